//! The simulated disk as the kernel asks for it.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use crash_disk::sim::{DEFAULT_BLOCK_BYTES, SimFs};
use crash_disk::{Access, FileSystem, SyncSite, write_all_at};
use fuser::{
    AccessFlags, BsdFileFlags, Errno, FileAttr, FileHandle, FileType, Filesystem, FopenFlags,
    Generation, INodeNo, KernelConfig, LockOwner, OpenFlags, RenameFlags, ReplyAttr, ReplyCreate,
    ReplyData, ReplyDirectory, ReplyEmpty, ReplyEntry, ReplyOpen, ReplyStatfs, ReplyWrite,
    ReplyXattr, Request, TimeOrNow, WriteFlags,
};
use rustix::fs::OFlags;
use rustix::process::{getgid, getuid};

use super::nodes::Nodes;
use super::{CallLog, DiskCall};

/// The name under which the root tells how many calls have changed the disk.
pub(crate) const STEP_ATTRIBUTE: &str = "user.crash-mount.step";

/// The kernel keeps no names and attributes: every question is asked.
const TTL: Duration = Duration::ZERO;

/// Most bytes of one write.
const MAX_WRITE: u32 = 1 << 20;

/// Opened so that each write is synced: its data, or everything.
const DSYNC: i32 = OFlags::DSYNC.bits().cast_signed();
const SYNC: i32 = OFlags::SYNC.bits().cast_signed();

/// `fallocate`: the length stays as it is.
const KEEP_SIZE: i32 = 1;

/// Free space that is shown, in blocks.
const FREE_BLOCKS: u64 = 1 << 24;

/// A simulated disk that writes down what changes it.
pub(crate) struct ServedFs<W> {
    fs: SimFs,
    state: Mutex<State<W>>,
}

struct State<W> {
    nodes: Nodes,
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
fn errno(error: &io::Error) -> Errno {
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

    fn state(&self) -> MutexGuard<'_, State<W>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn path(state: &State<W>, parent: INodeNo, name: &OsStr) -> io::Result<PathBuf> {
        // The disk knows names that are text only.
        let name = name.to_str().ok_or(io::ErrorKind::Unsupported)?;
        Ok(state.nodes.get(parent.0)?.path.join(name))
    }

    fn attributes(&self, state: &State<W>, number: u64) -> io::Result<FileAttr> {
        let (kind, perm, size) = match &state.nodes.get(number)?.file {
            Some(file) => (FileType::RegularFile, 0o644, file.len()?),
            None => (FileType::Directory, 0o755, 0),
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
            nlink: 1,
            uid: getuid().as_raw(),
            gid: getgid().as_raw(),
            rdev: 0,
            blksize: DEFAULT_BLOCK_BYTES as u32,
            flags: 0,
        })
    }

    /// Makes a file that must not be there yet.
    fn make_file(&self, parent: INodeNo, name: &OsStr) -> io::Result<FileAttr> {
        let state = &mut *self.state();
        let path = Self::path(state, parent, name)?;
        let file = self.fs.create_new(&path)?;
        let number = state.nodes.add(&path, Some(file));
        state.note(&DiskCall::Create {
            path: text(&path),
            file: number,
        });
        self.attributes(state, number)
    }

    fn make_dir(&self, parent: INodeNo, name: &OsStr) -> io::Result<FileAttr> {
        let state = &mut *self.state();
        let path = Self::path(state, parent, name)?;
        self.fs.create_dir(&path)?;
        state.note(&DiskCall::CreateDir { path: text(&path) });
        let number = state.nodes.add(&path, None);
        self.attributes(state, number)
    }

    fn find(&self, parent: INodeNo, name: &OsStr) -> io::Result<FileAttr> {
        let state = &mut *self.state();
        let path = Self::path(state, parent, name)?;
        let (number, new) = state.nodes.lookup(&self.fs, &path)?;
        if new && state.nodes.get(number)?.file.is_some() {
            state.note(&DiskCall::Open {
                path: text(&path),
                file: number,
            });
        }
        self.attributes(state, number)
    }

    fn set_len(&self, number: u64, len: u64) -> io::Result<()> {
        let state = &mut *self.state();
        state.nodes.file(number)?.set_len(len)?;
        state.note(&DiskCall::SetLen { file: number, len });
        Ok(())
    }

    /// Writes bytes, of a mapped page or not.
    fn write_to(&self, number: u64, (bytes, mapped): (&[u8], bool), offset: u64) -> io::Result<()> {
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

    fn sync_file(&self, number: u64, data_only: bool) -> io::Result<()> {
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

    fn sync_directory(&self, number: u64) -> io::Result<()> {
        let state = &mut *self.state();
        let path = state.nodes.get(number)?.path.clone();
        self.fs.sync_dir(&path, SyncSite::here())?;
        state.note(&DiskCall::SyncDir { path: text(&path) });
        Ok(())
    }

    fn move_file(
        &self,
        from: (INodeNo, &OsStr),
        to: (INodeNo, &OsStr),
        flags: RenameFlags,
    ) -> io::Result<()> {
        let state = &mut *self.state();
        let from = Self::path(state, from.0, from.1)?;
        let to = Self::path(state, to.0, to.1)?;
        if flags.contains(RenameFlags::RENAME_NOREPLACE) {
            match self.fs.open(&to, Access::Read) {
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

    fn remove(&self, parent: INodeNo, name: &OsStr) -> io::Result<()> {
        let state = &mut *self.state();
        let path = Self::path(state, parent, name)?;
        self.fs.remove_file(&path)?;
        state.nodes.unnamed(&path);
        state.note(&DiskCall::Remove { path: text(&path) });
        Ok(())
    }

    /// Space ahead of what is written: the length, if it grows, is all that the disk keeps of it.
    fn allocate(&self, number: u64, end: Option<u64>, mode: i32) -> io::Result<()> {
        if mode & !KEEP_SIZE != 0 {
            return Err(io::ErrorKind::Unsupported.into());
        }
        let end = end.ok_or(io::ErrorKind::FileTooLarge)?;
        let len = self.state().nodes.file(number)?.len()?;
        match mode & KEEP_SIZE == 0 && end > len {
            true => self.set_len(number, end),
            false => Ok(()),
        }
    }

    /// Names and kinds of what a directory holds.
    fn list(&self, number: u64) -> io::Result<Vec<(String, FileType)>> {
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
    fn refuse(&self, what: &str) -> Errno {
        self.state().note(&DiskCall::Unsupported {
            what: what.to_owned(),
        });
        Errno::EOPNOTSUPP
    }

    /// The answer to what failed. What the disk does not know is written down.
    fn failed(&self, what: &str, error: &io::Error) -> Errno {
        match error.kind() {
            io::ErrorKind::Unsupported => self.refuse(what),
            _ => errno(error),
        }
    }
}

#[allow(clippy::too_many_arguments, reason = "the trait's")]
impl<W: io::Write + Send + 'static> Filesystem for ServedFs<W> {
    fn init(&mut self, _: &Request, config: &mut KernelConfig) -> io::Result<()> {
        // A kernel with a smaller bound keeps its own.
        let _ = config.set_max_write(MAX_WRITE);
        Ok(())
    }

    fn lookup(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        match self.find(parent, name) {
            Ok(attributes) => reply.entry(&TTL, &attributes, Generation(0)),
            Err(error) => reply.error(errno(&error)),
        }
    }

    fn forget(&self, _: &Request, ino: INodeNo, times: u64) {
        self.state().nodes.forget(ino.0, times);
    }

    fn getattr(&self, _: &Request, ino: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        let state = self.state();
        match self.attributes(&state, ino.0) {
            Ok(attributes) => reply.attr(&TTL, &attributes),
            Err(error) => reply.error(errno(&error)),
        }
    }

    /// Only the length is kept: modes, owners and times are nothing that a log rests on.
    fn setattr(
        &self,
        _: &Request,
        ino: INodeNo,
        _: Option<u32>,
        _: Option<u32>,
        _: Option<u32>,
        size: Option<u64>,
        _: Option<TimeOrNow>,
        _: Option<TimeOrNow>,
        _: Option<SystemTime>,
        _: Option<FileHandle>,
        _: Option<SystemTime>,
        _: Option<SystemTime>,
        _: Option<SystemTime>,
        _: Option<BsdFileFlags>,
        reply: ReplyAttr,
    ) {
        let set = size.map_or(Ok(()), |len| self.set_len(ino.0, len));
        match set.and_then(|()| self.attributes(&self.state(), ino.0)) {
            Ok(attributes) => reply.attr(&TTL, &attributes),
            Err(error) => reply.error(errno(&error)),
        }
    }

    fn mknod(
        &self,
        _: &Request,
        parent: INodeNo,
        name: &OsStr,
        mode: u32,
        _: u32,
        _: u32,
        reply: ReplyEntry,
    ) {
        let kind = rustix::fs::FileType::from_raw_mode(mode);
        if kind != rustix::fs::FileType::RegularFile {
            return reply.error(self.refuse("a node that is no file"));
        }
        match self.make_file(parent, name) {
            Ok(attributes) => reply.entry(&TTL, &attributes, Generation(0)),
            Err(error) => reply.error(self.failed("such a name", &error)),
        }
    }

    fn mkdir(&self, _: &Request, parent: INodeNo, name: &OsStr, _: u32, _: u32, reply: ReplyEntry) {
        match self.make_dir(parent, name) {
            Ok(attributes) => reply.entry(&TTL, &attributes, Generation(0)),
            Err(error) => reply.error(self.failed("such a name", &error)),
        }
    }

    fn create(
        &self,
        _: &Request,
        parent: INodeNo,
        name: &OsStr,
        _: u32,
        _: u32,
        _: i32,
        reply: ReplyCreate,
    ) {
        match self.make_file(parent, name) {
            Ok(attributes) => reply.created(
                &TTL,
                &attributes,
                Generation(0),
                FileHandle(0),
                FopenFlags::empty(),
            ),
            Err(error) => reply.error(self.failed("such a name", &error)),
        }
    }

    fn unlink(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        match self.remove(parent, name) {
            Ok(()) => reply.ok(),
            Err(error) => reply.error(errno(&error)),
        }
    }

    fn rmdir(&self, _: &Request, _: INodeNo, _: &OsStr, reply: ReplyEmpty) {
        reply.error(self.refuse("removing a directory"));
    }

    fn symlink(&self, _: &Request, _: INodeNo, _: &OsStr, _: &Path, reply: ReplyEntry) {
        reply.error(self.refuse("a symbolic link"));
    }

    fn link(&self, _: &Request, _: INodeNo, _: INodeNo, _: &OsStr, reply: ReplyEntry) {
        reply.error(self.refuse("a hard link"));
    }

    fn rename(
        &self,
        _: &Request,
        parent: INodeNo,
        name: &OsStr,
        newparent: INodeNo,
        newname: &OsStr,
        flags: RenameFlags,
        reply: ReplyEmpty,
    ) {
        match self.move_file((parent, name), (newparent, newname), flags) {
            Ok(()) => reply.ok(),
            Err(error) => {
                reply.error(self.failed("renaming a directory, or exchanging names", &error));
            }
        }
    }

    fn open(&self, _: &Request, _: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        reply.opened(FileHandle(0), FopenFlags::empty());
    }

    fn read(
        &self,
        _: &Request,
        ino: INodeNo,
        _: FileHandle,
        offset: u64,
        size: u32,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyData,
    ) {
        let state = self.state();
        let mut bytes = vec![0; size as usize];
        let read = state.nodes.file(ino.0);
        match read.and_then(|file| crash_disk::read_at_most(file, &mut bytes, offset)) {
            Ok(len) => reply.data(bytes.get(..len).unwrap_or_default()),
            Err(error) => reply.error(errno(&error)),
        }
    }

    fn write(
        &self,
        _: &Request,
        ino: INodeNo,
        _: FileHandle,
        offset: u64,
        data: &[u8],
        how: WriteFlags,
        opened: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyWrite,
    ) {
        let mapped = how.contains(WriteFlags::FUSE_WRITE_CACHE);
        let written = self.write_to(ino.0, (data, mapped), offset);
        // Not every kernel asks for the sync of a file that was opened so.
        let synced = written.and_then(|()| match opened.0 & DSYNC == DSYNC && !mapped {
            true => self.sync_file(ino.0, opened.0 & SYNC != SYNC),
            false => Ok(()),
        });
        match synced {
            // The kernel gives it as a number of 32 bits.
            Ok(()) => reply.written(u32::try_from(data.len()).unwrap_or(u32::MAX)),
            Err(error) => reply.error(errno(&error)),
        }
    }

    /// Every write has come already.
    fn flush(&self, _: &Request, _: INodeNo, _: FileHandle, _: LockOwner, reply: ReplyEmpty) {
        reply.ok();
    }

    fn fsync(&self, _: &Request, ino: INodeNo, _: FileHandle, datasync: bool, reply: ReplyEmpty) {
        match self.sync_file(ino.0, datasync) {
            Ok(()) => reply.ok(),
            Err(error) => reply.error(errno(&error)),
        }
    }

    fn fsyncdir(&self, _: &Request, ino: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        match self.sync_directory(ino.0) {
            Ok(()) => reply.ok(),
            Err(error) => reply.error(errno(&error)),
        }
    }

    fn readdir(
        &self,
        _: &Request,
        ino: INodeNo,
        _: FileHandle,
        offset: u64,
        mut reply: ReplyDirectory,
    ) {
        match self.list(ino.0) {
            Ok(names) => {
                for (at, (name, kind)) in (1..).zip(names).skip(offset as usize) {
                    // The number is asked for by name when it is needed.
                    if reply.add(INodeNo(u64::MAX), at, kind, name) {
                        break;
                    }
                }
                reply.ok();
            }
            Err(error) => reply.error(errno(&error)),
        }
    }

    fn statfs(&self, _: &Request, _: INodeNo, reply: ReplyStatfs) {
        let block = DEFAULT_BLOCK_BYTES as u32;
        reply.statfs(
            FREE_BLOCKS,
            FREE_BLOCKS,
            FREE_BLOCKS,
            0,
            0,
            block,
            255,
            block,
        );
    }

    fn getxattr(&self, _: &Request, ino: INodeNo, name: &OsStr, size: u32, reply: ReplyXattr) {
        if ino != INodeNo::ROOT || name != STEP_ATTRIBUTE {
            return reply.error(Errno::ENODATA);
        }
        let step = {
            // Behind every call that is being written down.
            let _state = self.state();
            self.fs.step().to_string()
        };
        match u32::try_from(step.len()) {
            Ok(len) if size == 0 => reply.size(len),
            Ok(len) if len <= size => reply.data(step.as_bytes()),
            _ => reply.error(Errno::ERANGE),
        }
    }

    fn access(&self, _: &Request, _: INodeNo, _: AccessFlags, reply: ReplyEmpty) {
        reply.ok();
    }

    fn fallocate(
        &self,
        _: &Request,
        ino: INodeNo,
        _: FileHandle,
        offset: u64,
        length: u64,
        mode: i32,
        reply: ReplyEmpty,
    ) {
        match self.allocate(ino.0, offset.checked_add(length), mode) {
            Ok(()) => reply.ok(),
            Err(error) => reply.error(self.failed("fallocate other than to extend", &error)),
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
