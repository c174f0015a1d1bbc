//! The simulated disk that is served: what each question of the kernel does to it.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use crash_disk::sim::{DEFAULT_BLOCK_BYTES, SimFs};
use crash_disk::{File, FileSystem, SyncSite, write_all_at};
use fuser::{Errno, FileAttr, FileType, INodeNo, RenameFlags};
use rustix::process::{getgid, getuid};

use super::nodes::Nodes;
use super::{CallLog, DiskCall};

/// Modes of `fallocate`: the length stays as it is; a hole; zeros.
const KEEP_SIZE: i32 = 0x01;
const PUNCH_HOLE: i32 = 0x02;
const ZERO_RANGE: i32 = 0x10;

/// A simulated disk that writes down what changes it.
pub(crate) struct ServedFs<W> {
    pub(crate) fs: SimFs,
    state: Mutex<State<W>>,
}

pub(crate) struct State<W> {
    pub(crate) nodes: Nodes,
    log: W,
}

impl<W: io::Write> State<W> {
    /// Writes a call down. A log that cannot be written would tell of another disk: the server ends.
    fn note(&mut self, call: &DiskCall) {
        if CallLog::append(call, &mut self.log).is_err() {
            std::process::abort();
        }
    }
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// The number that the kernel gets for an error.
pub(crate) fn errno(error: &io::Error) -> Errno {
    if let Some(number) = error.raw_os_error() {
        return Errno::from_i32(number);
    }
    match error.kind() {
        io::ErrorKind::NotFound => Errno::ENOENT,
        io::ErrorKind::AlreadyExists => Errno::EEXIST,
        io::ErrorKind::IsADirectory => Errno::EISDIR,
        io::ErrorKind::NotADirectory => Errno::ENOTDIR,
        io::ErrorKind::DirectoryNotEmpty => Errno::ENOTEMPTY,
        io::ErrorKind::StorageFull => Errno::ENOSPC,
        io::ErrorKind::Unsupported => Errno::EOPNOTSUPP,
        _ => Errno::EIO,
    }
}

impl<W: io::Write + Send + 'static> ServedFs<W> {
    pub(crate) fn new(fs: SimFs, log: W) -> Self {
        let nodes = Nodes::new();
        Self {
            fs,
            state: Mutex::new(State { nodes, log }),
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State<W>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn path(state: &State<W>, parent: INodeNo, name: &OsStr) -> io::Result<PathBuf> {
        // The disk knows names that are text only.
        let name = name.to_str().ok_or(io::ErrorKind::Unsupported)?;
        Ok(state.nodes.get(parent.0)?.path.join(name))
    }

    pub(crate) fn attributes(&self, state: &State<W>, number: u64) -> io::Result<FileAttr> {
        let (kind, perm, size, links) = match &state.nodes.get(number)?.file {
            Some(file) => (FileType::RegularFile, 0o644, file.len()?, file.links()),
            None => (FileType::Directory, 0o755, 0, 1),
        };
        let time = SystemTime::UNIX_EPOCH;
        Ok(FileAttr {
            ino: INodeNo(number),
            size,
            blocks: size.div_ceil(512),
            atime: time,
            mtime: time,
            ctime: time,
            crtime: time,
            kind,
            perm,
            nlink: u32::try_from(links).unwrap_or(u32::MAX),
            uid: getuid().as_raw(),
            gid: getgid().as_raw(),
            rdev: 0,
            blksize: DEFAULT_BLOCK_BYTES as u32,
            flags: 0,
        })
    }

    /// Makes a file that must not be there yet.
    pub(crate) fn make_file(&self, parent: INodeNo, name: &OsStr) -> io::Result<FileAttr> {
        let state = &mut *self.state();
        let path = Self::path(state, parent, name)?;
        drop(self.fs.create_new(&path)?);
        let (number, _) = state.nodes.look_up(&self.fs, &path)?;
        state.note(&DiskCall::Create {
            path: text(&path),
            file: number,
        });
        self.attributes(state, number)
    }

    pub(crate) fn make_dir(&self, parent: INodeNo, name: &OsStr) -> io::Result<FileAttr> {
        let state = &mut *self.state();
        let path = Self::path(state, parent, name)?;
        self.fs.create_dir(&path)?;
        state.note(&DiskCall::CreateDir { path: text(&path) });
        let (number, _) = state.nodes.look_up(&self.fs, &path)?;
        self.attributes(state, number)
    }

    pub(crate) fn find(&self, parent: INodeNo, name: &OsStr) -> io::Result<FileAttr> {
        let state = &mut *self.state();
        let path = Self::path(state, parent, name)?;
        let (number, new) = state.nodes.look_up(&self.fs, &path)?;
        if new && state.nodes.get(number)?.file.is_some() {
            state.note(&DiskCall::Open {
                path: text(&path),
                file: number,
            });
        }
        self.attributes(state, number)
    }

    pub(crate) fn set_len(&self, number: u64, len: u64) -> io::Result<()> {
        let state = &mut *self.state();
        state.nodes.file(number)?.set_len(len)?;
        state.note(&DiskCall::SetLen { file: number, len });
        Ok(())
    }

    /// Writes bytes, of a mapped page or not.
    pub(crate) fn write_to(
        &self,
        number: u64,
        (bytes, mapped): (&[u8], bool),
        offset: u64,
    ) -> io::Result<()> {
        let state = &mut *self.state();
        if mapped {
            state.note(&DiskCall::Mapped);
        }
        write_all_at(state.nodes.file(number)?, bytes, offset)?;
        state.note(&DiskCall::Write {
            file: number,
            offset,
            len: bytes.len(),
            bytes: bytes.to_vec(),
        });
        Ok(())
    }

    pub(crate) fn sync_file(&self, number: u64, data_only: bool) -> io::Result<()> {
        let state = &mut *self.state();
        let file = state.nodes.file(number)?;
        if data_only {
            file.sync_data(SyncSite::here())?;
            state.note(&DiskCall::SyncData { file: number });
        } else {
            file.sync_all(SyncSite::here())?;
            state.note(&DiskCall::SyncAll { file: number });
        }
        Ok(())
    }

    pub(crate) fn sync_directory(&self, number: u64) -> io::Result<()> {
        let state = &mut *self.state();
        let path = state.nodes.get(number)?.path.clone();
        self.fs.sync_dir(&path, SyncSite::here())?;
        state.note(&DiskCall::SyncDir { path: text(&path) });
        Ok(())
    }

    pub(crate) fn move_file(
        &self,
        from: (INodeNo, &OsStr),
        to: (INodeNo, &OsStr),
        flags: RenameFlags,
    ) -> io::Result<()> {
        let state = &mut *self.state();
        let from = Self::path(state, from.0, from.1)?;
        let to = Self::path(state, to.0, to.1)?;
        if flags.contains(RenameFlags::RENAME_NOREPLACE) {
            match self.fs.look_up(&to) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                _ => return Err(io::ErrorKind::AlreadyExists.into()),
            }
        } else if !flags.is_empty() {
            return Err(io::ErrorKind::Unsupported.into());
        }
        self.fs.rename(&from, &to)?;
        state.nodes.renamed(&from, &to);
        state.note(&DiskCall::Rename {
            from: text(&from),
            to: text(&to),
        });
        Ok(())
    }

    pub(crate) fn remove(&self, parent: INodeNo, name: &OsStr) -> io::Result<()> {
        let state = &mut *self.state();
        let path = Self::path(state, parent, name)?;
        self.fs.remove_file(&path)?;
        state.note(&DiskCall::Remove { path: text(&path) });
        Ok(())
    }

    pub(crate) fn remove_directory(&self, parent: INodeNo, name: &OsStr) -> io::Result<()> {
        let state = &mut *self.state();
        let path = Self::path(state, parent, name)?;
        self.fs.remove_dir(&path)?;
        state.note(&DiskCall::RemoveDir { path: text(&path) });
        Ok(())
    }

    pub(crate) fn add_name(
        &self,
        number: u64,
        parent: INodeNo,
        name: &OsStr,
    ) -> io::Result<FileAttr> {
        let state = &mut *self.state();
        let path = Self::path(state, parent, name)?;
        self.fs.hard_link(state.nodes.file(number)?, &path)?;
        state.note(&DiskCall::Link {
            file: number,
            path: text(&path),
        });
        // The kernel is told of it once more.
        state.nodes.look_up(&self.fs, &path)?;
        self.attributes(state, number)
    }

    /// Space ahead of what is written, of which the length, if it grows, is all that the disk keeps; holes, and zeros.
    pub(crate) fn allocate(
        &self,
        number: u64,
        (offset, len): (u64, u64),
        mode: i32,
    ) -> io::Result<()> {
        let zeroes = matches!(mode & !KEEP_SIZE, PUNCH_HOLE | ZERO_RANGE);
        if mode & !KEEP_SIZE != 0 && !zeroes {
            return Err(io::ErrorKind::Unsupported.into());
        }
        let end = offset.checked_add(len).ok_or(io::ErrorKind::FileTooLarge)?;
        let old = self.state().nodes.file(number)?.len()?;
        if zeroes && offset < old {
            self.punch(number, offset, len)?;
        }
        match mode & KEEP_SIZE == 0 && end > old {
            true => self.set_len(number, end),
            false => Ok(()),
        }
    }

    fn punch(&self, number: u64, offset: u64, len: u64) -> io::Result<()> {
        let state = &mut *self.state();
        state.nodes.file(number)?.punch_hole(offset, len)?;
        state.note(&DiskCall::Punch {
            file: number,
            offset,
            len,
        });
        Ok(())
    }

    /// Names and kinds of what a directory holds.
    pub(crate) fn list(&self, number: u64) -> io::Result<Vec<(String, FileType)>> {
        let state = self.state();
        let path = &state.nodes.get(number)?.path;
        let kind = |is_dir| {
            if is_dir {
                FileType::Directory
            } else {
                FileType::RegularFile
            }
        };
        let mut names = vec![(".".to_owned(), kind(true)), ("..".to_owned(), kind(true))];
        let entries = self.fs.read_dir(path)?;
        names.extend(
            entries
                .into_iter()
                .map(|entry| (entry.name, kind(entry.is_dir))),
        );
        Ok(names)
    }

    /// Refuses what the disk does not know, and writes down that it was asked.
    pub(crate) fn refuse(&self, what: &str) -> Errno {
        self.state().note(&DiskCall::Unsupported {
            what: what.to_owned(),
        });
        Errno::EOPNOTSUPP
    }

    /// The answer to what failed. What the disk does not know is written down.
    pub(crate) fn failed(&self, what: &str, error: &io::Error) -> Errno {
        match error.kind() {
            io::ErrorKind::Unsupported => self.refuse(what),
            _ => errno(error),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "test code")]
mod tests {
    use super::*;

    #[test]
    fn pages_of_a_mapped_file_are_told_from_other_writes() {
        let served = ServedFs::new(SimFs::new_unrecorded(), Vec::new());
        let file = served
            .make_file(INodeNo::ROOT, OsStr::new("a"))
            .unwrap()
            .ino
            .0;
        served.write_to(file, (b"x", false), 0).unwrap();
        served.write_to(file, (b"y", true), 0).unwrap();
        let log = CallLog::read(&served.state().log[..]).unwrap();
        let mapped = |call: &DiskCall| *call == DiskCall::Mapped;
        assert_eq!(log.calls.iter().position(mapped), Some(2), "{log:?}");
        assert_eq!(log.calls.len(), 4);
    }
}
