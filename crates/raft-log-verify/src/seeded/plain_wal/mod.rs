//! A small, correct log store: one file of JSON lines, read whole at open, and a vote file.
//!
//! It is written to be obviously right, and to be broken by one switch at a time. All of the log
//! is in memory; the file is only appended to. Tasks of its own do the disk calls, one after the other.

mod closing;
mod disk;
mod job;
mod jobs;
mod log_text;
mod memory;
mod reader;
mod record;
mod shared;
mod store;
mod switches;
mod vote_file;
mod writer;

pub use reader::PlainReader;
pub use store::PlainWal;

pub(crate) use disk::LOG_FILE;
pub(crate) use switches::Switches;
