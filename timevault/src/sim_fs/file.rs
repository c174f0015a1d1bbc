//! An open file of the simulated disk.

use std::io;
use std::sync::Arc;

use super::call::Detail;
use super::image::Ino;
use super::op::OpKind;
use super::state::Doing;
use super::{MAX_FILE_BYTES, SimFs};
use crate::fs::{CallKind, File, SyncSite};

/// Error number of Linux and macOS for a write to a file that was opened for reading.
const EBADF: i32 = 9;
/// Error number of Linux and macOS for a cut of a file that was opened for reading.
const EINVAL: i32 = 22;

/// What a handle was made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Read,
    Write,
    /// Writes, and holds the lock of the file.
    Lock,
}

/// A handle on an inode: it stays good when the name goes.
#[derive(Debug)]
pub(super) struct SimFile {
    fs: SimFs,
    ino: Ino,
    path: Arc<str>,
    purpose: Purpose,
}

impl SimFile {
    /// A handle of a file that has been noted as opened.
    pub(super) fn new(fs: SimFs, ino: Ino, path: Arc<str>, purpose: Purpose) -> Self {
        Self {
            fs,
            ino,
            path,
            purpose,
        }
    }
}

impl File for SimFile {
    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        let state = self.fs.state();
        let file = state.live.file(self.ino).ok_or(io::ErrorKind::NotFound)?;
        Ok(file.read(buf, offset, state.live.block_bytes()))
    }

    fn write_at(&self, buf: &[u8], offset: u64) -> io::Result<usize> {
        if self.purpose == Purpose::Read {
            return Err(io::Error::from_raw_os_error(EBADF));
        }
        if !buf.is_empty() {
            self.fs.state().write(&self.path, self.ino, buf, offset)?;
        }
        Ok(buf.len())
    }

    fn len(&self) -> io::Result<u64> {
        let state = self.fs.state();
        Ok(state
            .live
            .file(self.ino)
            .ok_or(io::ErrorKind::NotFound)?
            .len())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        if self.purpose == Purpose::Read {
            return Err(io::Error::from_raw_os_error(EINVAL));
        }
        if len > MAX_FILE_BYTES {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let mut state = self.fs.state();
        let old = state
            .live
            .file(self.ino)
            .ok_or(io::ErrorKind::NotFound)?
            .len();
        let path = Arc::clone(&self.path);
        let doing = Doing {
            kind: CallKind::SetLen,
            path,
            detail: Detail::SetLen(len),
        };
        let size = OpKind::Size {
            ino: self.ino,
            from: old,
            to: len,
        };
        state.mutate(doing, (old != len).then_some(size));
        Ok(())
    }

    fn sync_data(&self, site: SyncSite) -> io::Result<()> {
        self.fs
            .state()
            .sync(CallKind::SyncData, &self.path, self.ino, site)
    }

    fn sync_all(&self, site: SyncSite) -> io::Result<()> {
        self.fs
            .state()
            .sync(CallKind::SyncAll, &self.path, self.ino, site)
    }
}

impl Drop for SimFile {
    fn drop(&mut self) {
        let mut state = self.fs.state();
        if self.purpose == Purpose::Lock {
            state.locked.remove(&self.ino);
        }
        state.closed(self.ino);
    }
}
