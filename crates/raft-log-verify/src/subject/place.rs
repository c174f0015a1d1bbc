//! Where a store is opened, and with which sizes.

use std::path::PathBuf;
use std::sync::Arc;

use crash_disk::FileSystem;
use crash_disk::sim::DEFAULT_BLOCK_BYTES;
use serde::{Deserialize, Serialize};

use crate::tasks::Tasks;

/// A directory on a file system.
#[derive(Debug, Clone)]
pub struct Place {
    /// The file system. A store that does its own I/O ignores it and is opened on real
    /// directories only.
    pub fs: Arc<dyn FileSystem>,
    /// The directory.
    pub dir: PathBuf,
    /// Runs the background work of a store that lets the harness say when it is done.
    pub tasks: Tasks,
}

impl Place {
    /// A directory on a file system, with the tasks of the run that this thread drives.
    #[must_use]
    pub fn new(fs: Arc<dyn FileSystem>, dir: impl Into<PathBuf>) -> Self {
        Self {
            fs,
            dir: dir.into(),
            tasks: Tasks::current(),
        }
    }
}

/// Sizes that a sequence asks the store and its disk to work with, drawn small so that borders are
/// met often. A store without such sizes ignores them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tuning {
    /// Bytes after which a segment is closed and the next one begun.
    pub segment_bytes: u64,
    /// Entries per block of an index.
    pub block_entries: u64,
    /// Bytes by which the file is filled ahead of the writes; 0 = not.
    pub fill_bytes: u64,
    /// Bytes of a block of the simulated disk: what a crash keeps or loses as a whole.
    #[serde(default = "default_block_bytes")]
    pub block_bytes: usize,
    /// The order in which the store's [tasks](crate::tasks) and its callers take turns: 0 is the plain order, in which
    /// tasks run while the caller waits; any other number is an order of its own.
    #[serde(default)]
    pub order: u64,
}

fn default_block_bytes() -> usize {
    DEFAULT_BLOCK_BYTES
}

impl Tuning {
    /// Sizes of the programs that are written by hand: a handful of entries per segment.
    pub const SMALL: Self = Self {
        segment_bytes: 700,
        block_entries: 3,
        fill_bytes: 0,
        block_bytes: DEFAULT_BLOCK_BYTES,
        order: 0,
    };

    /// The same, with files that are filled ahead of the writes, and with several blocks of the disk
    /// in each.
    pub const FILLED: Self = Self {
        fill_bytes: 300,
        block_bytes: 256,
        ..Self::SMALL
    };
}
