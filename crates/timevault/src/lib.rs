//! Append-only JSON-lines partitions with an order key.
//!
//! A *store* ([`Store`]) is a directory with a write lock. It holds *partitions* ([`Partition`]):
//! ordered streams of records, each with a `u64` order key that never descends. Records are JSON
//! lines in *chunk* files that a person can read with `jq`; a *sparse index* beside each chunk
//! finds a record by reading one block, and the *manifest* names the chunks that are alive.
//!
//! What a partition promises: a record is durable when [`Partition::sync`] returned after it was
//! appended; a truncate and a purge are durable when they return; whatever an open has shown
//! survives the next power cut; damaged bytes are reported with file and offset and are neither
//! returned as a record nor cut silently. Comments beside the writes give the write orders that
//! make this true.
//!
//! ```
//! use std::sync::Arc;
//! use timevault::{Jsonl, PartitionConfig, Store, StoreOptions};
//!
//! let dir = tempfile::tempdir()?;
//! let store = Store::open(dir.path().join("vault"), StoreOptions::default())?;
//! let id = uuid::Uuid::from_u128(7);
//! let mut partition =
//!     store.create_partition(id, PartitionConfig::default(), Arc::new(Jsonl))?;
//! partition.append(1_700_000_000_000, br#"{"temperature":21.5}"#)?;
//! partition.sync()?; // durable from here on
//! assert_eq!(partition.last_key()?, Some(1_700_000_000_000));
//! partition.close()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Every byte goes through the file-system seam of [`crash_disk`], whose feature `sim` has a simulated
//! disk for tests. Feature `seeded-bugs` compiles switches that break one rule each on purpose.

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

mod assertion;
mod block_check;
mod block_rule;
mod checksums;
mod chunk;
mod chunk_walk;
mod closing;
mod config;
mod error;
mod format;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzz;
mod hold;
mod index;
pub mod inspect;
mod jsonl;
mod layout;
mod line;
mod lines;
mod manifest;
mod metadata;
#[cfg(all(test, shuttle))]
mod model;
#[cfg(shuttle)]
#[doc(hidden)]
pub mod model_check;
mod partition;
mod reader;
mod scan;
pub mod sealed;
mod seeded;
mod store;
mod sync;
mod view;

pub use crash_disk;

pub use block_rule::MAX_BLOCK_BYTES;
pub use closing::{CLOSE_WAIT, ClosingMark};
pub use config::{
    ChunkRoll, DEFAULT_CHUNK_BYTES, DEFAULT_FILL_STEP, DEFAULT_HOURS, DEFAULT_INDEX_RECORDS,
    DEFAULT_INDEX_SYNC_BYTES, DEFAULT_RETENTION_DAYS, IndexConfig, MAX_FILL_STEP, PartitionConfig,
    Retention, StoreOptions,
};
pub use error::Error;
pub use format::{FormatError, FormatPlugin, Record, RecordRef, RecordVisitor};
pub use jsonl::Jsonl;
pub use partition::{CheckReport, Partition, PartitionStats, RecoveryReport};
pub use reader::PartitionReader;
#[cfg(feature = "seeded-bugs")]
pub use seeded::SeededBug;
pub use store::Store;
pub use view::MAX_OPEN_CHUNKS;
