//! In place of a simulated disk behind the kernel, where this system or this build has none.

use std::convert::Infallible;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::process::Command;

use crash_disk::sim::{CrashPoint, SimFs};

use crate::subject::DiskServer;

/// Whether this system and this build can mount.
pub(crate) const MOUNTS: bool = false;

/// If this process was started to serve a mounted disk, serves it and ends with it. Else returns at once.
pub fn serve_disk_if_asked() {}

/// The calls by which a store may have made its disk durable without that a mounted disk has seen it: there is none.
pub(crate) fn unseen_syncs(_: Option<&Command>) -> Vec<String> {
    Vec::new()
}

/// A mounted simulated disk; here there is none.
pub struct Mounted(Infallible);

impl fmt::Debug for Mounted {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {}
    }
}

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

    pub(crate) fn recorded(&self, _: usize) -> io::Result<(SimFs, Calls)> {
        match self.0 {}
    }
}

/// The calls of a mounted disk.
#[derive(Debug)]
pub(crate) struct Calls(Infallible);

impl Calls {
    pub(crate) fn are_known(&self) -> bool {
        match self.0 {}
    }

    pub(crate) fn have_mapped(&self) -> bool {
        match self.0 {}
    }

    pub(crate) fn syncs(&self) -> Vec<u64> {
        match self.0 {}
    }

    pub(crate) fn without_sync(&self, _: u64, _: usize) -> io::Result<SimFs> {
        match self.0 {}
    }
}
