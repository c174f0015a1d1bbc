//! A file-system seam, and behind it a simulated disk that knows every state a power cut may leave.
//!
//! One small object-safe trait, [`FileSystem`], stands between a store and the disk. [`StdFs`] is the
//! real one; the trait is public, so users may bring their own. Wrappers count ([`CallCounter`]), fail
//! ([`FaultPlan`]), hold back ([`Gate`]) or scramble ([`ScrambleFs`]) the calls of any other. With the
//! feature `sim` there is `sim::SimFs`, a disk in memory that can crash.
//!
//! # What an implementation promises
//!
//! * [`File::sync_data`] and [`File::sync_all`] make the file's bytes and length durable. They say
//!   nothing about its directory entry.
//! * [`FileSystem::sync_dir`] makes the entries of one directory durable: names created, removed
//!   and renamed in it.
//! * [`FileSystem::rename`] replaces the target atomically for the living process.
//! * Calls may be made from several threads at once; each is atomic against the others.

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

mod call;
mod call_counter;
mod fault_plan;
mod file;
mod fs_id;
mod gate;
mod hook_fs;
mod io_ext;
mod not_a_file;
mod scramble_fs;
#[cfg(feature = "sim")]
pub mod sim;
mod std_fs;

use std::fmt;
use std::io;
use std::panic::Location;
use std::path::Path;

pub use call::{Call, CallKind};
pub use call_counter::{CallCounter, Counts};
#[cfg(feature = "sim")]
pub(crate) use fault_plan::FaultList;
pub use fault_plan::{Fault, FaultPlan, FaultRule};
pub use file::File;
pub use fs_id::FsId;
pub use gate::{Gate, GateGuard};
pub use hook_fs::{Hook, HookFs, Verdict};
pub use io_ext::{
    TEMP_SUFFIX, read_at_most, read_exact_piece, read_piece, read_whole, replace, temp_files,
    write_all_at,
};
pub use not_a_file::{NotAFile, is_not_a_file};
pub use scramble_fs::ScrambleFs;
pub use std_fs::StdFs;

/// One entry of a directory, as [`FileSystem::read_dir`] returns it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirEntry {
    /// File name without its directory. Names that are not Unicode are given in lossy form.
    pub name: String,
    /// Whether the entry is a directory.
    pub is_dir: bool,
    /// Length in bytes of a regular file; 0 for anything else.
    pub len: u64,
}

/// Whether somebody holds the lock of [`FileSystem::lock`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockState {
    /// Somebody holds it.
    Held,
    /// No holder is visible from here. Holders in another container or on another machine may be
    /// invisible.
    NotSeen,
    /// The system cannot tell unless the lock is tried.
    Unknown,
}

/// What an opened file may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Only reads.
    Read,
    /// Reads and writes.
    ReadWrite,
}

/// The place in the source that asks for a sync, so that an audit can tell one sync from another.
///
/// Real file systems ignore it. The simulated one can be told to skip the syncs of one site, and
/// a harness then has to find the loss.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SyncSite {
    at: &'static Location<'static>,
    name: Option<&'static str>,
}

impl SyncSite {
    /// The caller's place in the source.
    #[track_caller]
    #[must_use]
    pub fn here() -> Self {
        Self {
            at: Location::caller(),
            name: None,
        }
    }

    /// The caller's place in the source, with a name for tests.
    #[track_caller]
    #[must_use]
    pub fn named(name: &'static str) -> Self {
        Self {
            at: Location::caller(),
            name: Some(name),
        }
    }

    /// The name of the site, if it has one. Sites that do the same in two steps share a name.
    #[must_use]
    pub fn name(&self) -> Option<&'static str> {
        self.name
    }

    /// Source file of the site.
    #[must_use]
    pub fn file(&self) -> &'static str {
        self.at.file()
    }

    /// Line in the source file, counted from 1.
    #[must_use]
    pub fn line(&self) -> u32 {
        self.at.line()
    }
}

impl fmt::Debug for SyncSite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.at.file(), self.at.line())
    }
}

impl fmt::Display for SyncSite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// A file system as a store sees it. See the [crate](self) for what it promises.
///
/// Errors are plain [`io::Error`]s: the caller knows the path and what it was doing.
pub trait FileSystem: fmt::Debug + Send + Sync + 'static {
    /// Which file system this is: [`FsId::HOST`] where paths are the operating system's. A wrapper
    /// returns the id of the file system that it wraps.
    fn id(&self) -> FsId;

    /// Opens an existing file. Never waits for the other end of a pipe.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] when there is none; an error for which [`is_not_a_file`] is true when the
    /// path names a directory, a pipe or a device.
    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn File>>;

    /// Creates a file that must not exist yet, empty and open for reading and writing.
    ///
    /// Its directory entry is durable only after [`sync_dir`](Self::sync_dir) of the parent.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`] when the name is taken.
    fn create_new(&self, path: &Path) -> io::Result<Box<dyn File>>;

    /// Renames a file, replacing the target if there is one.
    ///
    /// # Errors
    /// Whatever the system reports; on error neither name has changed.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file's name. Handles that are open on it stay usable.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] when there is none.
    fn remove_file(&self, path: &Path) -> io::Result<()>;

    /// Lists a directory, in no particular order. An entry that is a symbolic link has the kind and the
    /// length of the link's target; a dangling link is listed as an empty file.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] when there is none.
    fn read_dir(&self, path: &Path) -> io::Result<Vec<DirEntry>>;

    /// Creates one directory; its parent must exist.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`] when the name is taken.
    fn create_dir(&self, path: &Path) -> io::Result<()>;

    /// Makes the entries of a directory durable.
    ///
    /// # Errors
    /// Whatever the system reports; the entries are then not known to be durable.
    fn sync_dir(&self, path: &Path, site: SyncSite) -> io::Result<()>;

    /// Opens or creates a file and takes an exclusive advisory lock on it, without waiting.
    ///
    /// The lock is held until the returned file is dropped or the process ends, however it ends.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] when somebody else, in this process or another, holds it.
    fn lock(&self, path: &Path) -> io::Result<Box<dyn File>>;

    /// Whether the lock on this file is held. Neither takes the lock nor writes, because the question
    /// must not keep a starting writer out. The default is [`LockState::Unknown`].
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] when there is no such file.
    fn lock_state(&self, path: &Path) -> io::Result<LockState> {
        let _ = path;
        Ok(LockState::Unknown)
    }
}
