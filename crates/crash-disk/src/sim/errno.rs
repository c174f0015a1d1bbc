//! The errors of the simulated disk carry the numbers that Linux gives.

use std::io;

pub(super) const ENOENT: i32 = 2;
/// A write to a file that was opened for reading.
pub(super) const EBADF: i32 = 9;
pub(super) const EEXIST: i32 = 17;
pub(super) const ENOTDIR: i32 = 20;
pub(super) const EISDIR: i32 = 21;
/// A cut of a file that was opened for reading; a directory that is to move into itself.
pub(super) const EINVAL: i32 = 22;
pub(super) const EFBIG: i32 = 27;
pub(super) const ENOSPC: i32 = 28;
/// A directory that still holds something is to go.
pub(super) const ENOTEMPTY: i32 = 39;

pub(super) fn error(number: i32) -> io::Error {
    io::Error::from_raw_os_error(number)
}

/// No such file or directory.
pub(super) fn not_found() -> io::Error {
    error(ENOENT)
}

/// Something that is no directory stands where one is needed.
pub(super) fn not_a_directory() -> io::Error {
    error(ENOTDIR)
}

/// A directory stands where a file is needed.
pub(super) fn is_a_directory() -> io::Error {
    error(EISDIR)
}

/// The name is taken.
pub(super) fn exists() -> io::Error {
    error(EEXIST)
}
