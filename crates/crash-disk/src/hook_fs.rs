//! A file system that asks a hook before each call and tells it the result.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::{Access, Call, CallKind, DirEntry, File, FileSystem, FsId, LockState, SyncSite};

/// What a hook decides about a call.
#[derive(Debug)]
pub enum Verdict {
    /// It goes on.
    Proceed,
    /// It fails with this error and does not reach the file system behind.
    Fail(io::Error),
    /// A read or write is cut to this many bytes; any other call goes on.
    Short(usize),
}

/// Stands in the way of every call of a [`HookFs`].
pub trait Hook: fmt::Debug + Send + Sync + 'static {
    /// Decides about a call. May block, from several threads at once.
    fn before(&self, call: &Call<'_>) -> Verdict {
        let _ = call;
        Verdict::Proceed
    }

    /// Learns the result: bytes for a read or write, the length for `len`, else 0. Also called
    /// for calls that [`before`](Self::before) made fail.
    fn after(&self, call: &Call<'_>, result: Result<u64, &io::Error>) {
        let _ = (call, result);
    }
}

/// A file system with a [`Hook`] in front. Several may be stacked; the outermost decides first.
#[derive(Debug, Clone)]
pub struct HookFs {
    inner: Arc<dyn FileSystem>,
    hook: Arc<dyn Hook>,
}

#[derive(Debug)]
struct HookFile {
    inner: Box<dyn File>,
    hook: Arc<dyn Hook>,
    path: Arc<Path>,
}

impl HookFs {
    /// Puts `hook` in front of `inner`.
    #[must_use]
    pub fn new(inner: Arc<dyn FileSystem>, hook: Arc<dyn Hook>) -> Self {
        Self { inner, hook }
    }

    fn run<T>(&self, call: &Call<'_>, act: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        through(&*self.hook, call, |_| act(), |_| 0)
    }

    fn wrap(&self, file: Box<dyn File>, path: &Path) -> Box<dyn File> {
        Box::new(HookFile {
            inner: file,
            hook: Arc::clone(&self.hook),
            path: path.into(),
        })
    }
}

/// Lets a call through as the hook decides; `act` is given the most bytes it may handle.
fn through<T>(
    hook: &dyn Hook,
    call: &Call<'_>,
    act: impl FnOnce(usize) -> io::Result<T>,
    size: impl FnOnce(&T) -> u64,
) -> io::Result<T> {
    let result = match hook.before(call) {
        Verdict::Proceed => act(usize::MAX),
        Verdict::Short(bytes) => act(bytes),
        Verdict::Fail(error) => Err(error),
    };
    hook.after(call, result.as_ref().map(size));
    result
}

/// A call that names a path and nothing else.
fn on_path(kind: CallKind, path: &Path) -> Call<'_> {
    Call {
        kind,
        path,
        to: None,
        offset: 0,
        len: 0,
        site: None,
    }
}

fn sync_of(kind: CallKind, path: &Path, site: SyncSite) -> Call<'_> {
    Call {
        site: Some(site),
        ..on_path(kind, path)
    }
}

impl FileSystem for HookFs {
    fn id(&self) -> FsId {
        self.inner.id()
    }

    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn File>> {
        let file = self.run(&on_path(CallKind::Open, path), || {
            self.inner.open(path, access)
        })?;
        Ok(self.wrap(file, path))
    }

    fn create_new(&self, path: &Path) -> io::Result<Box<dyn File>> {
        let file = self.run(&on_path(CallKind::CreateNew, path), || {
            self.inner.create_new(path)
        })?;
        Ok(self.wrap(file, path))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let call = Call {
            to: Some(to),
            ..on_path(CallKind::Rename, from)
        };
        self.run(&call, || self.inner.rename(from, to))
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.run(&on_path(CallKind::Remove, path), || {
            self.inner.remove_file(path)
        })
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<DirEntry>> {
        self.run(&on_path(CallKind::ReadDir, path), || {
            self.inner.read_dir(path)
        })
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        self.run(&on_path(CallKind::CreateDir, path), || {
            self.inner.create_dir(path)
        })
    }

    fn sync_dir(&self, path: &Path, site: SyncSite) -> io::Result<()> {
        let call = sync_of(CallKind::SyncDir, path, site);
        self.run(&call, || self.inner.sync_dir(path, site))
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn File>> {
        let file = self.run(&on_path(CallKind::Lock, path), || self.inner.lock(path))?;
        Ok(self.wrap(file, path))
    }

    /// The hook does not see this call: the engine itself never asks for the state of a lock.
    fn lock_state(&self, path: &Path) -> io::Result<LockState> {
        self.inner.lock_state(path)
    }
}

impl HookFile {
    /// A read or write of this many bytes.
    fn transfer(&self, kind: CallKind, len: usize, offset: u64) -> Call<'_> {
        Call {
            offset,
            len: len as u64,
            ..on_path(kind, &self.path)
        }
    }

    fn run(&self, call: &Call<'_>, act: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        through(&*self.hook, call, |_| act(), |()| 0)
    }
}

impl File for HookFile {
    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        let call = self.transfer(CallKind::Read, buf.len(), offset);
        let act = |most: usize| {
            let (part, _) = buf.split_at_mut(most.min(buf.len()));
            self.inner.read_at(part, offset)
        };
        through(&*self.hook, &call, act, |n| *n as u64)
    }

    fn write_at(&self, buf: &[u8], offset: u64) -> io::Result<usize> {
        let call = self.transfer(CallKind::Write, buf.len(), offset);
        let act = |most: usize| {
            let (part, _) = buf.split_at(most.min(buf.len()));
            self.inner.write_at(part, offset)
        };
        through(&*self.hook, &call, act, |n| *n as u64)
    }

    fn len(&self) -> io::Result<u64> {
        let call = on_path(CallKind::Len, &self.path);
        through(&*self.hook, &call, |_| self.inner.len(), |len| *len)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let call = Call {
            offset: len,
            ..on_path(CallKind::SetLen, &self.path)
        };
        self.run(&call, || self.inner.set_len(len))
    }

    fn sync_data(&self, site: SyncSite) -> io::Result<()> {
        let call = sync_of(CallKind::SyncData, &self.path, site);
        self.run(&call, || self.inner.sync_data(site))
    }

    fn sync_all(&self, site: SyncSite) -> io::Result<()> {
        let call = sync_of(CallKind::SyncAll, &self.path, site);
        self.run(&call, || self.inner.sync_all(site))
    }
}
