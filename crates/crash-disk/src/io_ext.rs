//! What the engine builds from single calls of the seam: whole reads, whole writes, and the atomic
//! replacement of a small file.

use std::io;
use std::path::{Path, PathBuf};

use super::{Access, File, FileSystem, NotAFile, SyncSite};

/// Ends the name of a temporary file; it stands beside the file it will replace.
pub const TEMP_SUFFIX: &str = ".tmp";

/// Writes all of `buf` at `offset`, going on after short and interrupted writes.
///
/// # Errors
/// The first error of the file; [`io::ErrorKind::WriteZero`] when it takes no more bytes.
pub fn write_all_at(file: &dyn File, mut buf: &[u8], mut offset: u64) -> io::Result<()> {
    while !buf.is_empty() {
        match file.write_at(buf, offset) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(n) => {
                buf = buf.get(n..).unwrap_or_default();
                offset += n as u64;
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(())
}

/// Reads at `offset` until `buf` is full or the file ends, and returns how many bytes were read.
///
/// # Errors
/// The first error of the file.
pub fn read_at_most(file: &dyn File, buf: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut done = 0;
    while let Some(rest) = buf.get_mut(done..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, offset + done as u64) {
            Ok(0) => break,
            Ok(n) => done += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(done)
}

/// Reads `len` bytes at `offset` into memory, or those that there are.
///
/// # Errors
/// [`io::ErrorKind::OutOfMemory`] when there is no room for `len` bytes: the length of a damaged
/// file may be anything. Else the first error of the file.
pub fn read_piece(file: &dyn File, offset: u64, len: u64) -> io::Result<Vec<u8>> {
    let len = usize::try_from(len).map_err(|_| io::ErrorKind::OutOfMemory)?;
    let mut bytes = Vec::new();
    bytes
        .try_reserve_exact(len)
        .map_err(|_| io::Error::new(io::ErrorKind::OutOfMemory, format!("{len} bytes to read")))?;
    bytes.resize(len, 0);
    let read = read_at_most(file, &mut bytes, offset)?;
    bytes.truncate(read);
    Ok(bytes)
}

/// As [`read_piece`], all `len` bytes.
///
/// # Errors
/// As [`read_piece`]; [`io::ErrorKind::UnexpectedEof`] when the file is too short.
pub fn read_exact_piece(file: &dyn File, offset: u64, len: u64) -> io::Result<Vec<u8>> {
    let bytes = read_piece(file, offset, len)?;
    if (bytes.len() as u64) < len {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(bytes)
}

/// Reads a whole file into memory.
///
/// # Errors
/// [`io::ErrorKind::NotFound`] when there is none, else as [`read_piece`].
pub fn read_whole(fs: &dyn FileSystem, path: &Path) -> io::Result<Vec<u8>> {
    let file = fs.open(path, Access::Read)?;
    read_piece(&*file, 0, file.len()?)
}

/// Replaces the file at `path` by `bytes`, atomically: a crash leaves the old file or the new one,
/// never a mixture. When this returns, the new one is durable, its name too.
///
/// # Errors
/// The first error. The file at `path` is then the old one or the new one.
pub fn replace(fs: &dyn FileSystem, path: &Path, bytes: &[u8], site: SyncSite) -> io::Result<()> {
    let temp = temp_path(path);
    // A temp file of an earlier, failed replacement is worth nothing: it was never renamed.
    match fs.remove_file(&temp) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => {}
        // The caller names the file itself, which is not the one in the way.
        Err(e) if e.kind() == io::ErrorKind::IsADirectory => {
            let found = format!("{} is a directory", temp.display());
            return Err(io::Error::new(e.kind(), found));
        }
        result => result?,
    }
    let file = fs.create_new(&temp)?;
    write_all_at(&*file, bytes, 0)?;
    // O1: sync before rename, because a rename may become durable before the bytes do, and the file
    // would come back empty or as zeros under its final name.
    file.sync_data(site)?;
    fs.rename(&temp, path)?;
    // O1: rename before directory sync, because the sync is what makes the new name durable: before
    // it a power cut may bring the old file back.
    fs.sync_dir(path.parent().unwrap_or(Path::new("")), site)
}

/// The temporary files that crashed calls of [`replace`] left beside the files `names` of a directory.
///
/// A temporary file that is still there was never renamed, so the caller may remove it once the files
/// themselves are known to be whole. The removal needs no sync: a file that comes back after a crash is
/// still worth nothing.
///
/// # Errors
/// The first error, with the path that it is about. For a directory in the place of a temporary file,
/// [`is_not_a_file`](super::is_not_a_file) is true: the file beside it could never be replaced.
pub fn temp_files(
    fs: &dyn FileSystem,
    dir: &Path,
    names: &[&str],
) -> Result<Vec<PathBuf>, (PathBuf, io::Error)> {
    let listing = fs.read_dir(dir).map_err(|e| (dir.to_path_buf(), e))?;
    let of_ours = listing.into_iter().filter(|entry| {
        let beside = entry.name.strip_suffix(TEMP_SUFFIX);
        beside.is_some_and(|name| names.contains(&name))
    });
    let path = of_ours.map(|entry| match (dir.join(&entry.name), entry.is_dir) {
        (path, true) => Err((path, NotAFile("a directory").into())),
        (path, false) => Ok(path),
    });
    path.collect()
}

/// Where the temporary file of `path` stands: beside it, with [`TEMP_SUFFIX`] added.
fn temp_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(TEMP_SUFFIX);
    PathBuf::from(name)
}
