//! The disk a program runs on.

use std::path::PathBuf;
use std::sync::Arc;

use crash_disk::sim::{SimFs, SimOptions};
use crash_disk::{FileSystem, StdFs};
use tempfile::TempDir;

/// The disk a program runs on.
#[derive(Debug)]
pub enum Disk {
    /// Simulated, in memory.
    Simulated(SimFs),
    /// A temporary directory on a real disk; removed when dropped.
    Real(TempDir),
    /// A directory of a real disk that belongs to somebody else.
    At(PathBuf),
}

impl Disk {
    /// The store's directory on a simulated disk.
    pub const SIM_DIR: &str = "/store";

    /// A simulated disk with blocks of so many bytes; `record` where crash points of the past are
    /// wanted.
    ///
    /// # Errors
    /// The disk cannot hold the store's directory.
    pub fn simulated(record: bool, block_bytes: usize) -> std::io::Result<Self> {
        let disk = SimFs::with_options(SimOptions {
            record,
            block_bytes,
        });
        disk.create_dir(Self::SIM_DIR.as_ref())?;
        disk.sync_dir("/".as_ref(), crash_disk::SyncSite::here())?;
        Ok(Self::Simulated(disk))
    }

    /// A new directory of a real disk.
    ///
    /// # Errors
    /// Whatever the system says.
    pub fn real() -> std::io::Result<Self> {
        tempfile::Builder::new()
            .prefix("raft-log-verify-")
            .tempdir()
            .map(Self::Real)
    }

    /// The file system.
    #[must_use]
    pub fn fs(&self) -> Arc<dyn FileSystem> {
        match self {
            Self::Simulated(disk) => Arc::new(disk.clone()),
            Self::Real(_) | Self::At(_) => Arc::new(StdFs),
        }
    }

    /// The store's directory.
    #[must_use]
    pub fn dir(&self) -> PathBuf {
        match self {
            Self::Simulated(_) => PathBuf::from(Self::SIM_DIR),
            Self::Real(dir) => dir.path().to_owned(),
            Self::At(dir) => dir.clone(),
        }
    }

    /// The simulated disk, if it is one.
    #[must_use]
    pub fn sim(&self) -> Option<&SimFs> {
        match self {
            Self::Simulated(disk) => Some(disk),
            Self::Real(_) | Self::At(_) => None,
        }
    }

    /// Calls that changed the disk so far; 0 on a real one.
    #[must_use]
    pub fn step(&self) -> u64 {
        self.sim().map_or(0, SimFs::step)
    }
}
