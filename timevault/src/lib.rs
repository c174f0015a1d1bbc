//! Append-only JSON-lines partitions with an order key.
//!
//! A *store* is a directory with a write lock. It holds *partitions*: ordered streams of records,
//! each with a `u64` order key that never descends. Records are JSON lines in *chunk* files that a
//! person can read with `jq`.

pub mod fs;
#[cfg(feature = "sim-fs")]
pub mod sim_fs;
