//! A file system that stores other bytes than it is given.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Access, DirEntry, File, FileSystem, FsId, LockState, SyncSite, write_all_at};

/// Bytes that are scrambled at a time.
const PIECE_BYTES: usize = 4096;

/// Scrambles bytes on their way to the file system behind and unscrambles them on the way back.
///
/// Whoever reads or writes around the seam sees, or leaves, bytes that make no sense. Gaps are
/// filled with scrambled zeros, so a write past the end is more than one call behind.
#[derive(Debug, Clone)]
pub struct ScrambleFs(Arc<dyn FileSystem>);

#[derive(Debug)]
struct ScrambleFile {
    inner: Box<dyn File>,
    /// Keeps a gap and the write after it together, against other threads of this handle.
    growing: Mutex<()>,
    writable: bool,
}

impl ScrambleFs {
    /// Scrambles what is stored in `inner`.
    #[must_use]
    pub fn new(inner: Arc<dyn FileSystem>) -> Self {
        Self(inner)
    }
}

fn wrap(inner: Box<dyn File>, access: Access) -> Box<dyn File> {
    let writable = access == Access::ReadWrite;
    Box::new(ScrambleFile {
        inner,
        growing: Mutex::new(()),
        writable,
    })
}

/// Scrambles or unscrambles bytes that stand at `offset` of a file.
fn scramble(bytes: &mut [u8], offset: u64) {
    for (at, byte) in (0..).zip(bytes) {
        // Wrapping, because an impossible offset is for the file system behind to refuse.
        *byte ^= pad(offset.wrapping_add(at));
    }
}

/// The pad of one position: never 0, so that every byte changes.
fn pad(at: u64) -> u8 {
    // An odd multiplier of high weight spreads neighbouring positions over the top bits.
    (at.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8 | 1
}

impl FileSystem for ScrambleFs {
    fn id(&self) -> FsId {
        self.0.id()
    }

    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn File>> {
        Ok(wrap(self.0.open(path, access)?, access))
    }

    fn create_new(&self, path: &Path) -> io::Result<Box<dyn File>> {
        Ok(wrap(self.0.create_new(path)?, Access::ReadWrite))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.0.rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.0.remove_file(path)
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<DirEntry>> {
        self.0.read_dir(path)
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        self.0.create_dir(path)
    }

    fn sync_dir(&self, path: &Path, site: SyncSite) -> io::Result<()> {
        self.0.sync_dir(path, site)
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn File>> {
        Ok(wrap(self.0.lock(path)?, Access::ReadWrite))
    }

    fn lock_state(&self, path: &Path) -> io::Result<LockState> {
        self.0.lock_state(path)
    }
}

impl ScrambleFile {
    /// Lengthens the file to `to` with scrambled zeros, if it is shorter.
    fn grow(&self, to: u64) -> io::Result<()> {
        let mut at = self.inner.len()?;
        if at < to {
            // The length first, because the file system behind says what is too long.
            self.inner.set_len(to)?;
        }
        while at < to {
            let len = usize::try_from(to - at)
                .unwrap_or(PIECE_BYTES)
                .min(PIECE_BYTES);
            let mut zeros = vec![0; len];
            scramble(&mut zeros, at);
            write_all_at(&*self.inner, &zeros, at)?;
            at += len as u64;
        }
        Ok(())
    }
}

impl File for ScrambleFile {
    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        let read = self.inner.read_at(buf, offset)?;
        let (filled, _) = buf.split_at_mut(read.min(buf.len()));
        scramble(filled, offset);
        Ok(read)
    }

    fn write_at(&self, buf: &[u8], offset: u64) -> io::Result<usize> {
        if buf.is_empty() || !self.writable {
            return self.inner.write_at(buf, offset);
        }
        let mut bytes = buf.to_vec();
        scramble(&mut bytes, offset);
        let _growing = self.growing.lock().unwrap_or_else(PoisonError::into_inner);
        self.grow(offset)?;
        self.inner.write_at(&bytes, offset)
    }

    fn len(&self) -> io::Result<u64> {
        self.inner.len()
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let _growing = self.growing.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.writable || len <= self.inner.len()? {
            return self.inner.set_len(len);
        }
        self.grow(len)
    }

    fn sync_data(&self, site: SyncSite) -> io::Result<()> {
        self.inner.sync_data(site)
    }

    fn sync_all(&self, site: SyncSite) -> io::Result<()> {
        self.inner.sync_all(site)
    }
}
