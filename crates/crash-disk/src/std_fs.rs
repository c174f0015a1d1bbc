//! The real file system, on `std::fs`.
#![expect(
    clippy::disallowed_methods,
    reason = "this file is the seam's real side, the only place that may touch std::fs"
)]

use std::fs::{self, OpenOptions, TryLockError};
use std::io;
use std::path::Path;

#[cfg(target_os = "linux")]
use super::LockState;
use super::{Access, DirEntry, File, FileSystem, FsId, NotAFile, SyncSite};

/// The operating system's file system.
///
/// Durability is what the system's `fsync` and `fdatasync` give. On macOS, `std` asks for
/// `F_FULLFSYNC`. A directory is synced by opening it and syncing the handle.
#[derive(Debug, Clone, Copy, Default)]
pub struct StdFs;

#[derive(Debug)]
struct StdFile {
    file: fs::File,
    locked: bool,
}

impl StdFile {
    fn boxed(file: fs::File, locked: bool) -> Box<dyn File> {
        Box::new(Self { file, locked })
    }
}

impl Drop for StdFile {
    fn drop(&mut self) {
        if self.locked {
            // Closing alone would not do: while another thread starts a process, that process holds
            // a copy of the handle for a moment, and the lock with it.
            let _closing_follows = self.file.unlock();
        }
    }
}

impl FileSystem for StdFs {
    fn id(&self) -> FsId {
        FsId::HOST
    }

    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn File>> {
        // The kind first, because opening a pipe waits for its other end.
        let kind = fs::metadata(path)?.file_type();
        if !kind.is_file() {
            return Err(NotAFile(name_of(kind)).into());
        }
        let write = access == Access::ReadWrite;
        let file = OpenOptions::new().read(true).write(write).open(path)?;
        Ok(StdFile::boxed(file, false))
    }

    fn create_new(&self, path: &Path) -> io::Result<Box<dyn File>> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .open(path)?;
        Ok(StdFile::boxed(file, false))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<DirEntry>> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            // Links are followed, as in every other call; a dangling link is an entry all the same.
            let followed = match entry.file_type()?.is_symlink() {
                true => fs::metadata(entry.path()).ok(),
                false => None,
            };
            let meta = match followed.map_or_else(|| entry.metadata(), Ok) {
                Ok(meta) => meta,
                // Removed between the listing and the look at it: no longer an entry.
                Err(e) if e.kind() == io::ErrorKind::NotFound => continue,
                Err(e) => return Err(e),
            };
            entries.push(DirEntry {
                name: entry.file_name().to_string_lossy().into_owned(),
                is_dir: meta.is_dir(),
                len: if meta.is_file() { meta.len() } else { 0 },
            });
        }
        Ok(entries)
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        fs::create_dir(path)
    }

    fn sync_dir(&self, path: &Path, _site: SyncSite) -> io::Result<()> {
        fs::File::open(path)?.sync_all()
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn File>> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(StdFile::boxed(file, true)),
            Err(TryLockError::WouldBlock) => Err(io::ErrorKind::WouldBlock.into()),
            Err(TryLockError::Error(e)) => Err(e),
        }
    }

    #[cfg(target_os = "linux")]
    fn lock_state(&self, path: &Path) -> io::Result<LockState> {
        use std::os::unix::fs::MetadataExt as _;
        let meta = fs::metadata(path)?;
        // Linux lists all locks by device and inode. The file itself tells only whoever tries to
        // take the lock.
        let Ok(locks) = fs::read_to_string("/proc/locks") else {
            return Ok(LockState::Unknown);
        };
        let file = (device_name(meta.dev()), meta.ino().to_string());
        let held = locks.lines().any(|line| is_lock_of(line, &file));
        Ok(if held {
            LockState::Held
        } else {
            LockState::NotSeen
        })
    }
}

/// The kind of a file that is no regular file, with its article.
fn name_of(kind: fs::FileType) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        if kind.is_fifo() {
            return "a named pipe";
        }
        if kind.is_socket() {
            return "a socket";
        }
        if kind.is_char_device() || kind.is_block_device() {
            return "a device";
        }
    }
    match kind.is_dir() {
        true => "a directory",
        false => "something else",
    }
}

/// A device number as `/proc/locks` writes it.
#[cfg(target_os = "linux")]
fn device_name(dev: u64) -> String {
    // How Linux packs the two parts into one number.
    let major = ((dev >> 8) & 0xfff) | ((dev >> 32) & 0xffff_f000);
    let minor = (dev & 0xff) | ((dev >> 12) & 0xffff_ff00);
    format!("{major:02x}:{minor:02x}")
}

/// Whether a line of `/proc/locks` is about an exclusive lock on the file, such as
/// `1: FLOCK  ADVISORY  WRITE 3298 fe:00:10010634 0 EOF`. The line of a process that only waits for
/// the lock has an arrow in it.
#[cfg(target_os = "linux")]
fn is_lock_of(line: &str, (device, inode): &(String, String)) -> bool {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [_, "FLOCK", "ADVISORY", "WRITE", _, file, ..] = words.as_slice() else {
        return false;
    };
    file.rsplit_once(':') == Some((device, inode))
}

impl File for StdFile {
    #[cfg(unix)]
    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(&self.file, buf, offset)
    }

    #[cfg(unix)]
    fn write_at(&self, buf: &[u8], offset: u64) -> io::Result<usize> {
        std::os::unix::fs::FileExt::write_at(&self.file, buf, offset)
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.file.set_len(len)
    }

    fn sync_data(&self, _site: SyncSite) -> io::Result<()> {
        self.file.sync_data()
    }

    fn sync_all(&self, _site: SyncSite) -> io::Result<()> {
        self.file.sync_all()
    }
}
