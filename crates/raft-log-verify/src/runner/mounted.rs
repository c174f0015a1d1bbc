//! A simulated disk behind the kernel.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::process::Command;

use crash_disk::sim::{CrashPoint, SECTOR_BYTES, SimFs, SimOptions};
use crash_disk::{FileSystem as _, StdFs, SyncSite};
use crash_mount::{CallLog, DiskCall, UnseenSyncs};

use super::names::store_dir;
use super::sync_all::sync_all;
use crate::subject::DiskServer;

/// Whether this system and this build can mount.
pub(crate) const MOUNTS: bool = true;

/// If this process was started to serve a mounted disk, serves it and ends with it. Else returns at once.
pub fn serve_disk_if_asked() {
    crash_mount::serve_if_asked();
}

/// The calls by which a store may have made its disk durable without that a mounted disk has seen it: those that this
/// program makes in a traced run, or else those that it could make.
pub(crate) fn unseen_syncs(program: Option<&Command>) -> Vec<String> {
    let unseen = program.map_or_else(UnseenSyncs::of_this_process, UnseenSyncs::of);
    unseen.names().to_vec()
}

/// A mounted simulated disk; elsewhere there is none.
pub struct Mounted(crash_mount::Mount);

impl fmt::Debug for Mounted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a mounted disk in {}", self.dir().display())
    }
}

impl Mounted {
    /// Mounts a disk with an empty directory for the store, which is durable.
    pub(crate) fn start(server: &DiskServer) -> io::Result<Self> {
        let mounted = Self(crash_mount::Mount::start(server.command())?);
        StdFs.create_dir(&mounted.dir())?;
        StdFs.sync_dir(&mounted.0.path(), SyncSite::here())?;
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
        disk.install_to(&StdFs, &mount.path())?;
        sync_all(&StdFs, &mount.path())?;
        Ok(Self(mount))
    }

    /// The store's directory.
    pub(crate) fn dir(&self) -> PathBuf {
        store_dir(&self.0.path())
    }

    pub(crate) fn step(&self) -> io::Result<u64> {
        self.0.step()
    }

    /// The same disk with its history, and the calls.
    pub(crate) fn recorded(&self, block_bytes: usize) -> io::Result<(SimFs, Calls)> {
        let log = self.0.calls().map_err(io::Error::other)?;
        let disk = recording(block_bytes);
        crash_mount::replay(&log, &disk).map_err(io::Error::other)?;
        Ok((disk, Calls(log)))
    }
}

/// A disk that records. Its blocks are no smaller than a sector: the kernel writes whole ones, and a store may rely on
/// that.
fn recording(block_bytes: usize) -> SimFs {
    SimFs::with_options(SimOptions {
        record: true,
        block_bytes: block_bytes.max(SECTOR_BYTES),
    })
}

/// The calls of a mounted disk: what it takes to mount it again as a killed process has left it.
#[derive(Debug)]
pub(crate) struct Calls(CallLog);

impl Calls {
    /// Whether the store asked for nothing that a mounted disk does not know.
    pub(crate) fn are_known(&self) -> bool {
        let unknown = |call: &DiskCall| matches!(call, DiskCall::Unsupported { .. });
        !self.0.calls.iter().any(unknown)
    }

    /// Whether the store wrote into mapped files.
    pub(crate) fn have_mapped(&self) -> bool {
        self.0.calls.contains(&DiskCall::Mapped)
    }

    /// The steps of these that are syncs, counted from 1.
    pub(crate) fn syncs(&self) -> Vec<u64> {
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
