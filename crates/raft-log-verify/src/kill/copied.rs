//! Copies of a store's directory: the files as the kernel shows them, so as a killed process leaves them.
#![expect(
    clippy::disallowed_methods,
    reason = "a copy of all that is there, which the seam does not know"
)]

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use tempfile::TempDir;

use super::system::data_from;

/// What the names of temporary directories of this phase begin with.
const PREFIX: &str = "raft-log-verify-kill-";

/// A new temporary directory.
///
/// # Errors
/// The machine refuses it.
pub(super) fn new_dir() -> io::Result<TempDir> {
    tempfile::Builder::new().prefix(PREFIX).tempdir()
}

/// A copy of a directory in a path of its own.
///
/// # Errors
/// The machine refuses it.
pub(super) fn copy_of(dir: &Path) -> io::Result<TempDir> {
    let copy = new_dir()?;
    copy_into(dir, copy.path())?;
    Ok(copy)
}

/// A directory that is kept in place of what had its name.
///
/// # Errors
/// The machine refuses it.
pub(super) fn keep(dir: &Path, path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    fs::create_dir_all(path)?;
    copy_into(dir, path)
}

fn copy_into(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (kind, path) = (entry.file_type()?, entry.path());
        let copy = to.join(entry.file_name());
        if kind.is_dir() {
            fs::create_dir(&copy)?;
            copy_into(&path, &copy)?;
        } else if kind.is_file() {
            copy_file(&path, &copy)?;
        } else if kind.is_symlink() {
            copy_link(&path, &copy)?;
        }
        // Pipes and sockets hold nothing once their process is gone.
    }
    Ok(())
}

/// Copies what is in a file. Holes stay holes: there are logs that are mostly hole.
fn copy_file(from: &Path, to: &Path) -> io::Result<()> {
    let (mut source, mut copy) = (File::open(from)?, File::create_new(to)?);
    let meta = source.metadata()?;
    let mut at = 0;
    while let Some(data) = data_from(&source, at)? {
        source.seek(SeekFrom::Start(data.start))?;
        copy.seek(SeekFrom::Start(data.start))?;
        io::copy(&mut (&mut source).take(data.end - data.start), &mut copy)?;
        at = data.end;
    }
    copy.flush()?;
    copy.set_len(meta.len())?;
    copy.set_permissions(meta.permissions())
}

#[cfg(unix)]
fn copy_link(from: &Path, to: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(fs::read_link(from)?, to)
}

#[cfg(not(unix))]
fn copy_link(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use std::os::unix::fs::{FileExt as _, MetadataExt as _};

    use super::*;

    /// Bytes before the data of a sparse file.
    const HOLE: u64 = 8 << 20;

    #[test]
    fn a_copy_has_everything_and_the_holes_stay_holes() {
        let dir = new_dir().unwrap();
        fs::create_dir(dir.path().join("sub")).unwrap();
        fs::write(dir.path().join("sub/small"), "content").unwrap();
        fs::write(dir.path().join("empty"), "").unwrap();
        std::os::unix::fs::symlink("sub/small", dir.path().join("link")).unwrap();
        let sparse = File::create_new(dir.path().join("sparse")).unwrap();
        sparse.write_all_at(b"data", HOLE).unwrap();
        sparse.set_len(3 * HOLE).unwrap();
        let copy = copy_of(dir.path()).unwrap();
        let read = |name: &str| fs::read(copy.path().join(name)).unwrap();
        assert_eq!(read("sub/small"), b"content");
        assert_eq!(read("link"), b"content");
        assert_eq!(read("empty"), b"");
        let mut expected = vec![0; 3 * HOLE as usize];
        expected[HOLE as usize..][..4].copy_from_slice(b"data");
        assert!(read("sparse") == expected);
        let blocks = |dir: &TempDir| fs::metadata(dir.path().join("sparse")).unwrap().blocks();
        assert!(blocks(&copy) <= 2 * blocks(&dir) + 8);
    }

    #[test]
    fn what_is_kept_takes_the_place_of_what_was_kept() {
        let (dir, out) = (new_dir().unwrap(), new_dir().unwrap());
        let kept = out.path().join("some/kept");
        fs::write(dir.path().join("first"), "1").unwrap();
        keep(dir.path(), &kept).unwrap();
        fs::remove_file(dir.path().join("first")).unwrap();
        fs::write(dir.path().join("second"), "2").unwrap();
        keep(dir.path(), &kept).unwrap();
        assert_eq!(fs::read_dir(&kept).unwrap().count(), 1);
        assert_eq!(fs::read(kept.join("second")).unwrap(), b"2");
    }
}
