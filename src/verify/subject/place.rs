//! Where a store is opened, and with which sizes.

use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use timevault::fs::FileSystem;

/// A directory on a file system.
#[derive(Debug, Clone)]
pub struct Place {
    /// The file system. A store that does its own I/O ignores it and is opened on real
    /// directories only.
    pub fs: Arc<dyn FileSystem>,
    /// The directory.
    pub dir: PathBuf,
}

/// Sizes that a sequence asks the store to work with, drawn small so that borders are met often.
/// A store without such sizes ignores them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tuning {
    /// Bytes after which a segment is closed and the next one begun.
    pub segment_bytes: u64,
    /// Entries per block of an index.
    pub block_entries: u64,
    /// Bytes by which the file is filled ahead of the writes; 0 = not.
    pub fill_bytes: u64,
}

impl Tuning {
    /// Sizes of the programs that are written by hand: a handful of entries per segment.
    pub const SMALL: Self = Self {
        segment_bytes: 700,
        block_entries: 3,
        fill_bytes: 0,
    };
}
