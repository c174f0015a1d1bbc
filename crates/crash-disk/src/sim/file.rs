//! An open file of the simulated disk.

use std::io;
use std::path::Path;
use std::sync::Arc;

use super::call::Detail;
use super::errno::{EBADF, EFBIG, EINVAL, error, not_found};
use super::image::text;
use super::ino::Ino;
use super::op::OpKind;
use super::state::{Doing, State};
use super::{MAX_FILE_BYTES, SimFs};
use crate::{CallKind, File, SyncSite};

/// What a handle was made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Read,
    Write,
    /// Writes, and holds the lock of the file.
    Lock,
}

/// An open file of a [`SimFs`]. It stays good when the name goes.
#[derive(Debug)]
pub struct SimFile {
    pub(super) fs: SimFs,
    pub(super) ino: Ino,
    pub(super) path: Arc<str>,
    purpose: Purpose,
}

impl SimFs {
    /// A handle of a file. Takes the state, because nothing may come between finding the file and
    /// opening it.
    pub(super) fn handle(
        &self,
        state: &mut State,
        ino: Ino,
        path: &Path,
        purpose: Purpose,
    ) -> SimFile {
        state.opened(ino);
        SimFile {
            fs: self.clone(),
            ino,
            path: text(path),
            purpose,
        }
    }
}

impl SimFile {
    fn sync(&self, kind: CallKind, site: SyncSite) -> io::Result<()> {
        let mut state = self.fs.state();
        let admitted = state.admit(kind, &self.path).map(|_| ());
        state.sync(kind, &self.path, self.ino, site, admitted)
    }
}

impl File for SimFile {
    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut state = self.fs.state();
        let most = state.admit(CallKind::Read, &self.path)?;
        let file = state.live.file(self.ino).ok_or_else(not_found)?;
        let (part, _) = buf.split_at_mut(most.min(buf.len()));
        Ok(file.read(part, offset, state.live.block_bytes()))
    }

    fn write_at(&self, buf: &[u8], offset: u64) -> io::Result<usize> {
        let mut state = self.fs.state();
        let most = state.admit(CallKind::Write, &self.path)?;
        if self.purpose == Purpose::Read {
            return Err(error(EBADF));
        }
        let (part, _) = buf.split_at(most.min(buf.len()));
        if part.is_empty() {
            return Ok(0);
        }
        state.write(&self.path, self.ino, part, offset)
    }

    fn len(&self) -> io::Result<u64> {
        let mut state = self.fs.state();
        state.admit(CallKind::Len, &self.path)?;
        Ok(state.live.file(self.ino).ok_or_else(not_found)?.len())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut state = self.fs.state();
        state.admit(CallKind::SetLen, &self.path)?;
        if self.purpose == Purpose::Read {
            return Err(error(EINVAL));
        }
        if len > MAX_FILE_BYTES {
            return Err(error(EFBIG));
        }
        let old = state.live.file(self.ino).ok_or_else(not_found)?.len();
        state.take_space(old, len)?;
        let doing = Doing {
            kind: CallKind::SetLen,
            path: Arc::clone(&self.path),
            detail: Detail::SetLen(len),
        };
        let size = OpKind::Size {
            ino: self.ino,
            from: old,
            to: len,
            by_write: false,
        };
        state.mutate(doing, (old != len).then_some(size));
        Ok(())
    }

    fn sync_data(&self, site: SyncSite) -> io::Result<()> {
        self.sync(CallKind::SyncData, site)
    }

    fn sync_all(&self, site: SyncSite) -> io::Result<()> {
        self.sync(CallKind::SyncAll, site)
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
