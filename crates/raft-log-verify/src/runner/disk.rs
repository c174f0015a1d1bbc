//! The disk a program runs on.

use std::path::PathBuf;
use std::sync::Arc;

use crash_disk::sim::{SimFs, SimOptions};
use crash_disk::{FileSystem, StdFs, SyncSite};
use tempfile::{Builder, TempDir};

use super::mounted::{Calls, Mounted};
use super::names::{PREFIX, SIM_DIR, store_dir};
use super::sync_all::sync_all;
use crate::halt;
use crate::subject::DiskServer;

/// The disk a program runs on.
#[derive(Debug)]
pub enum Disk {
    /// Simulated, in memory.
    Simulated(SimFs),
    /// A temporary directory on a real disk; removed when dropped.
    Real(TempDir),
    /// A directory of a real disk that belongs to somebody else.
    At(PathBuf),
    /// What a simulated disk shows, as real files in a temporary directory.
    WrittenOut(TempDir),
    /// Simulated, behind the kernel.
    Mounted(Arc<Mounted>),
}

/// Says how many calls have changed a disk.
#[derive(Debug, Clone, Default)]
pub(crate) enum Steps {
    /// Nobody counts the calls of a real disk.
    #[default]
    Uncounted,
    Simulated(SimFs),
    Mounted(Arc<Mounted>),
}

impl Steps {
    /// Calls so far; 0 on a real disk.
    pub(crate) fn now(&self) -> u64 {
        match self {
            Self::Uncounted => 0,
            Self::Simulated(disk) => disk.step(),
            Self::Mounted(mounted) => mounted
                .step()
                .unwrap_or_else(|error| halt::give_up("the mounted disk is lost", &error)),
        }
    }
}

/// A disk with its history.
#[derive(Debug)]
pub(crate) struct Recorded {
    pub(crate) disk: SimFs,
    /// The calls, of a mounted disk.
    pub(crate) calls: Option<Calls>,
}

impl Recorded {
    /// Whether all is known of what a power cut leaves of it: not where a store asked a mounted disk for what that does not
    /// know.
    pub(crate) fn is_whole(&self) -> bool {
        self.calls.as_ref().is_none_or(Calls::are_known)
    }
}

/// Whether disks can be mounted here that this process serves.
///
/// # Errors
/// Why not: this system or this build has no mounts, this user may not mount, or nothing is served.
pub fn can_mount(server: &DiskServer) -> std::io::Result<()> {
    Mounted::start(server).map(drop)
}

/// Where directories are held in memory, if this system has such a place.
const IN_MEMORY: &str = "/dev/shm";

/// What the living process sees of a simulated disk, as real files. The directory is the disk's root.
fn written_out(disk: &SimFs) -> std::io::Result<TempDir> {
    let mut home = Builder::new();
    let home = home.prefix(PREFIX);
    let home = home.tempdir_in(IN_MEMORY).or_else(|_| home.tempdir())?;
    disk.install_to(&StdFs, home.path())?;
    Ok(home)
}

impl Disk {
    /// The store's directory on a simulated disk.
    pub const SIM_DIR: &str = SIM_DIR;

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
        disk.sync_dir("/".as_ref(), SyncSite::here())?;
        Ok(Self::Simulated(disk))
    }

    /// A new directory of a real disk.
    ///
    /// # Errors
    /// Whatever the system says.
    pub fn real() -> std::io::Result<Self> {
        Builder::new().prefix(PREFIX).tempdir().map(Self::Real)
    }

    /// What a simulated disk shows, as real files.
    pub(crate) fn written_out(disk: &SimFs) -> Self {
        let home = written_out(disk);
        Self::WrittenOut(
            home.unwrap_or_else(|error| halt::give_up("there is no room for a disk", &error)),
        )
    }

    /// The disk with its history. A real one has none.
    pub(crate) fn recorded(&self, block_bytes: usize) -> Recorded {
        let recorded = match self {
            Self::Simulated(disk) => Ok((disk.clone(), None)),
            Self::Mounted(mounted) => {
                let recorded = mounted.recorded(block_bytes);
                recorded.map(|(disk, calls)| (disk, Some(calls)))
            }
            Self::Real(_) | Self::At(_) | Self::WrittenOut(_) => {
                Err(std::io::Error::other("it is a real one"))
            }
        };
        let (disk, calls) =
            recorded.unwrap_or_else(|error| halt::give_up("the disk has no history", &error));
        Recorded { disk, calls }
    }

    /// The file system.
    #[must_use]
    pub fn fs(&self) -> Arc<dyn FileSystem> {
        match self {
            Self::Simulated(disk) => Arc::new(disk.clone()),
            Self::Real(_) | Self::At(_) | Self::WrittenOut(_) | Self::Mounted(_) => Arc::new(StdFs),
        }
    }

    /// The store's directory.
    #[must_use]
    pub fn dir(&self) -> PathBuf {
        match self {
            Self::Simulated(_) => PathBuf::from(Self::SIM_DIR),
            Self::Real(dir) => dir.path().to_owned(),
            Self::At(dir) => dir.clone(),
            Self::WrittenOut(home) => store_dir(home.path()),
            Self::Mounted(mounted) => mounted.dir(),
        }
    }

    /// The simulated disk, if it is one in this process.
    #[must_use]
    pub fn sim(&self) -> Option<&SimFs> {
        match self {
            Self::Simulated(disk) => Some(disk),
            Self::Real(_) | Self::At(_) | Self::WrittenOut(_) | Self::Mounted(_) => None,
        }
    }

    /// Calls that changed the disk so far; 0 on a real one.
    #[must_use]
    pub fn step(&self) -> u64 {
        self.steps().now()
    }

    /// Makes durable what is in the store's directory.
    ///
    /// # Errors
    /// Whatever the file system says.
    pub(crate) fn sync(&self) -> std::io::Result<()> {
        sync_all(&*self.fs(), &self.dir())
    }

    /// Who counts its calls.
    pub(crate) fn steps(&self) -> Steps {
        match self {
            Self::Simulated(disk) => Steps::Simulated(disk.clone()),
            Self::Mounted(mounted) => Steps::Mounted(Arc::clone(mounted)),
            Self::Real(_) | Self::At(_) | Self::WrittenOut(_) => Steps::Uncounted,
        }
    }
}
