//! Why a dump ended early.

use std::io;

use openraft_timevault::timevault::Error;

/// Why a dump ended early.
pub(super) enum DumpError {
    /// Nobody takes the output.
    Output(io::Error),
    /// The store can't be read.
    Store(Error),
    /// There is no such entry.
    NoSuchEntry(String),
}

impl From<io::Error> for DumpError {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl From<Error> for DumpError {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}
