//! Something else where a file should stand.

use std::io;

/// What stands where a file should: a directory, a pipe, a device. An [`io::Error`] holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}, which is no regular file")]
pub struct NotAFile(
    /// What it is, with its article.
    pub &'static str,
);

impl From<NotAFile> for io::Error {
    fn from(what: NotAFile) -> Self {
        Self::new(io::ErrorKind::InvalidInput, what)
    }
}

/// Whether the error says that the path names something that is no regular file.
#[must_use]
pub fn is_not_a_file(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<NotAFile>())
}
