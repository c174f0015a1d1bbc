//! A simulated disk behind the kernel, where this system and this build have one.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::process::Command;

use crash_disk::sim::{CrashPoint, SimFs};
use tempfile::{Builder, TempDir};

use super::names::PREFIX;
#[cfg(all(target_os = "linux", feature = "mount"))]
use super::names::store_dir;
#[cfg(all(target_os = "linux", feature = "mount"))]
use super::sync_all::sync_all;
use crate::subject::DiskServer;

/// Whether this build can mount.
pub(crate) const MOUNTS: bool = cfg!(all(target_os = "linux", feature = "mount"));

/// A disk with its history.
#[derive(Debug)]
pub(crate) struct Recorded {
    pub(crate) disk: SimFs,
    /// What the store asked for that a mounted disk does not know.
    pub(crate) unknown: Vec<String>,
    /// Whether the store wrote into mapped files: what a killed process leaves of them is not known.
    pub(crate) mapped: bool,
    /// The calls, of a mounted disk.
    pub(crate) calls: Option<Calls>,
}

/// The calls of a mounted disk: what it takes to mount it again as a killed process has left it.
#[derive(Debug)]
pub(crate) struct Calls(
    #[cfg(all(target_os = "linux", feature = "mount"))] crash_mount::CallLog,
    #[cfg(not(all(target_os = "linux", feature = "mount")))] std::convert::Infallible,
);

impl Recorded {
    /// One of which everything is known.
    pub(crate) fn of(disk: SimFs) -> Self {
        Self {
            disk,
            unknown: Vec::new(),
            mapped: false,
            calls: None,
        }
    }

    /// Whether all is known of what a power cut leaves of it.
    pub(crate) fn is_whole(&self) -> bool {
        self.unknown.is_empty()
    }
}

/// A mounted simulated disk; elsewhere there is none.
pub struct Mounted(
    #[cfg(all(target_os = "linux", feature = "mount"))] crash_mount::Mount,
    #[cfg(not(all(target_os = "linux", feature = "mount")))] std::convert::Infallible,
);

impl fmt::Debug for Mounted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a mounted disk in {}", self.dir().display())
    }
}

/// Whether disks can be mounted here that this process serves.
///
/// # Errors
/// Why not: this system or this build has no mounts, this user may not mount, or nothing is served.
pub fn can_mount(server: &DiskServer) -> io::Result<()> {
    Mounted::start(server).map(drop)
}

/// The calls by which a store may have made its disk durable without that a mounted disk has seen it: those that this
/// program makes in a traced run, or else those that it could make.
#[cfg(all(target_os = "linux", feature = "mount"))]
pub(crate) fn unseen_syncs(program: Option<&Command>) -> Vec<String> {
    use crash_mount::UnseenSyncs;
    let unseen = program.map_or_else(UnseenSyncs::of_this_process, UnseenSyncs::of);
    unseen.names().to_vec()
}

#[cfg(not(all(target_os = "linux", feature = "mount")))]
pub(crate) fn unseen_syncs(_: Option<&Command>) -> Vec<String> {
    Vec::new()
}

/// If this process was started to serve a mounted disk, serves it and ends with it. Else returns at once.
pub fn serve_disk_if_asked() {
    #[cfg(all(target_os = "linux", feature = "mount"))]
    crash_mount::serve_if_asked();
}

/// A disk that records. Its blocks are no smaller than a sector: the kernel writes whole ones, and a store may rely on
/// that.
#[cfg(all(target_os = "linux", feature = "mount"))]
fn recording(block_bytes: usize) -> SimFs {
    SimFs::with_options(crash_disk::sim::SimOptions {
        record: true,
        block_bytes: block_bytes.max(crash_disk::sim::SECTOR_BYTES),
    })
}

#[cfg(all(target_os = "linux", feature = "mount"))]
impl Mounted {
    /// Mounts a disk with an empty directory for the store, which is durable.
    pub(crate) fn start(server: &DiskServer) -> io::Result<Self> {
        let mount = crash_mount::Mount::start(server.command())?;
        let mounted = Self(mount);
        crash_disk::FileSystem::create_dir(&crash_disk::StdFs, &mounted.dir())?;
        let (root, site) = (mounted.0.path(), crash_disk::SyncSite::here());
        crash_disk::FileSystem::sync_dir(&crash_disk::StdFs, &root, site)?;
        Ok(mounted)
    }

    /// Mounts a disk as a process that was killed at a point of these calls has left it.
    pub(crate) fn killed(
        server: &DiskServer,
        (calls, point): (&Calls, CrashPoint),
    ) -> io::Result<Self> {
        crash_mount::Mount::start_behind(server.command(), &calls.0.up_to(point)).map(Self)
    }

    /// Mounts a disk that holds what another shows, all of it durable.
    pub(crate) fn holding(server: &DiskServer, disk: &SimFs) -> io::Result<Self> {
        let mount = crash_mount::Mount::start(server.command())?;
        disk.install_to(&crash_disk::StdFs, &mount.path())?;
        sync_all(&crash_disk::StdFs, &mount.path())?;
        Ok(Self(mount))
    }

    /// The store's directory.
    pub(crate) fn dir(&self) -> PathBuf {
        store_dir(&self.0.path())
    }

    pub(crate) fn step(&self) -> io::Result<u64> {
        self.0.step()
    }

    /// The same disk with its history.
    pub(crate) fn recorded(&self, block_bytes: usize) -> io::Result<Recorded> {
        let log = self.0.calls().map_err(io::Error::other)?;
        let disk = recording(block_bytes);
        crash_mount::replay(&log, &disk).map_err(io::Error::other)?;
        let mut recorded = Recorded::of(disk);
        for call in &log.calls {
            match call {
                crash_mount::DiskCall::Unsupported { what } => recorded.unknown.push(what.clone()),
                crash_mount::DiskCall::Mapped => recorded.mapped = true,
                _ => {}
            }
        }
        recorded.calls = Some(Calls(log));
        Ok(recorded)
    }
}

#[cfg(all(target_os = "linux", feature = "mount"))]
impl Calls {
    /// The steps of these that are syncs, counted from 1.
    pub(crate) fn syncs(&self) -> Vec<u64> {
        use crash_mount::DiskCall;
        let steps = self.0.calls.iter().filter(|call| call.is_step());
        let syncs = steps.zip(1..).filter(|(call, _)| {
            matches!(
                call,
                DiskCall::SyncData { .. } | DiskCall::SyncAll { .. } | DiskCall::SyncDir { .. }
            )
        });
        syncs.map(|(_, step)| step).collect()
    }

    /// The disk with its history, as it were if one of the syncs had done nothing.
    pub(crate) fn without_sync(&self, step: u64, block_bytes: usize) -> io::Result<SimFs> {
        let disk = recording(block_bytes);
        let replayed = crash_mount::replay_without_sync(&self.0, &disk, step);
        replayed.map_err(io::Error::other)?;
        Ok(disk)
    }
}

#[cfg(not(all(target_os = "linux", feature = "mount")))]
impl Calls {
    pub(crate) fn syncs(&self) -> Vec<u64> {
        match self.0 {}
    }

    pub(crate) fn without_sync(&self, _: u64, _: usize) -> io::Result<SimFs> {
        match self.0 {}
    }
}

#[cfg(not(all(target_os = "linux", feature = "mount")))]
impl Mounted {
    pub(crate) fn start(_: &DiskServer) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(crate) fn killed(_: &DiskServer, (calls, _): (&Calls, CrashPoint)) -> io::Result<Self> {
        match calls.0 {}
    }

    pub(crate) fn holding(_: &DiskServer, _: &SimFs) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(crate) fn dir(&self) -> PathBuf {
        match self.0 {}
    }

    pub(crate) fn step(&self) -> io::Result<u64> {
        match self.0 {}
    }

    pub(crate) fn recorded(&self, _: usize) -> io::Result<Recorded> {
        match self.0 {}
    }
}

/// Where directories are held in memory, if this system has such a place.
const IN_MEMORY: &str = "/dev/shm";

/// What the living process sees of a simulated disk, as real files. The directory is the disk's root.
pub(crate) fn written_out(disk: &SimFs) -> io::Result<TempDir> {
    let mut home = Builder::new();
    let home = home.prefix(PREFIX);
    let home = home.tempdir_in(IN_MEMORY).or_else(|_| home.tempdir())?;
    disk.install_to(&crash_disk::StdFs, home.path())?;
    Ok(home)
}
