//! Any [`RaftLogStorage`](openraft_0_10::storage::RaftLogStorage) of openraft 0.10, as its alpha
//! `0.10.0-alpha.37` has it, with any type config whose terms are `u64`.
//!
//! What differs from 0.9 for a log: a truncate names the entry that stays, errors are [`std::io::Error`], and a
//! callback can be made by anybody. openraft's start-up code is not asked here.

mod log;
mod plain_wal;
mod store;
mod types;
mod values;

pub use store::{Store, store, store_on_seam};
pub use types::HarnessTypes;
