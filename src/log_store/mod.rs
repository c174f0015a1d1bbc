//! The log store: a raft node's log, vote and purge point on a timevault partition.
//!
//! From the outside in: [`TimevaultLogStore`] and [`TimevaultLogReader`] speak openraft and decide
//! about every call; the core below them knows only indexes and bytes and does the writes, one
//! after the other, on threads that all logs of the process share ([`WRITER_THREADS`],
//! [`OPENER_THREADS`]).

mod can_store;
pub(crate) mod core;
pub(crate) mod encode;
pub(crate) mod entry_format;
mod error;
mod finite;
#[cfg(all(test, shuttle))]
mod model;
mod opening;
mod options;
mod read_back;
mod reader;
pub(crate) mod recovery;
mod reserved;
pub(crate) mod seeded;
pub(crate) mod small_file;
mod storage;
mod storage_error;
mod store;
mod sync;
mod turn;
mod writes;

pub use self::core::{OPENER_THREADS, WRITER_THREADS};
pub use can_store::can_store;
pub use encode::MAX_DEPTH;
pub use entry_format::{ENTRY_FORMAT_ID, EntryFormat};
pub use error::{EncodeError, LogStoreError};
pub use opening::SINGLE_LOG_ID;
pub use options::{
    DEFAULT_CHUNK_BYTES, DEFAULT_INDEX_RECORDS, DEFAULT_LIMITED_READ_BYTES, DEFAULT_QUEUE_BYTES,
    DEFAULT_RECENT_BYTES, LogStoreOptions,
};
pub use reader::TimevaultLogReader;
pub use store::TimevaultLogStore;
