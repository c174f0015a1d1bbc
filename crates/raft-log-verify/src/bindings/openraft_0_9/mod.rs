//! Any [`RaftLogStorage`](openraft::storage::RaftLogStorage) of openraft 0.9, with any type config.
//!
//! ```
//! use raft_log_verify::openraft_0_9;
//! # use raft_log_verify::openraft_0_9::HarnessTypes;
//! # use raft_log_verify::{Place, seeded::PlainWal as MyStore};
//! # async fn open(dir: std::path::PathBuf) -> std::io::Result<MyStore> {
//! #     let fs = std::sync::Arc::new(crash_disk::StdFs);
//! #     MyStore::open(&Place::new(fs, dir), None, None).await
//! # }
//!
//! openraft_0_9::store("my-store", |dir| open(dir)).without_power_cuts().check();
//! ```

mod flushed;
mod initial_state;
mod log;
mod plain_wal;
mod store;
mod suite;
mod types;
mod values;

pub use store::{Store, store, store_on_seam};
pub use suite::suite_of_plain_wal;
pub use types::HarnessTypes;
