//! The findings of an inspection, and the worst of them.

use std::io;
use std::path::{Path, PathBuf};

use super::kind::{
    FindingKind, INDEX_DAMAGED, INDEX_MISMATCH, INDEX_MISSING, NO_REPAIR, NOT_A_DIRECTORY,
    NOT_A_FILE, REPAIR, Severity, UNDECODABLE, UNKNOWN_FORMAT, UNREADABLE,
};
use crate::error::Error;
use crash_disk::is_not_a_file;

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What kind of finding it is.
    pub kind: &'static FindingKind,
    /// The file or directory.
    pub path: PathBuf,
    /// Where in the file, in bytes; `None` when it is about the whole of it, or it is not there.
    pub offset: Option<u64>,
    /// What should stand there; empty where there is nothing to say.
    pub expected: String,
    /// What stands there.
    pub found: String,
    /// Of an index: whether it can be written anew.
    repairable: Option<bool>,
}

impl Finding {
    /// A finding about a whole file or directory.
    #[must_use]
    pub fn new(kind: &'static FindingKind, path: &Path, found: impl Into<String>) -> Self {
        Self {
            kind,
            path: path.to_path_buf(),
            offset: None,
            expected: String::new(),
            found: found.into(),
            repairable: None,
        }
    }

    /// What to do about it, here.
    #[must_use]
    pub fn action(&self) -> &'static str {
        match self.repairable {
            Some(true) => REPAIR,
            Some(false) => NO_REPAIR,
            None => self.kind.action,
        }
    }

    /// Whether it is about an index that [`Inspector::rebuild_index`](super::Inspector::rebuild_index) can
    /// write anew.
    #[must_use]
    pub fn is_repairable(&self) -> bool {
        self.repairable == Some(true)
    }

    /// Whether it is about an index alone.
    pub(super) fn is_of_index(&self) -> bool {
        [&INDEX_MISSING, &INDEX_DAMAGED, &INDEX_MISMATCH].contains(&self.kind)
    }

    /// Of an index: whether it can be written anew. Changes nothing in any other.
    pub(super) fn set_repairable(&mut self, repairable: bool) {
        if self.is_of_index() {
            self.repairable = Some(repairable);
        }
    }

    /// With the place in the file.
    #[must_use]
    pub fn at(mut self, offset: u64) -> Self {
        self.offset = Some(offset);
        self
    }

    /// With what was expected.
    #[must_use]
    pub fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = expected.into();
        self
    }

    /// An error of the file system as a finding.
    #[must_use]
    pub fn from_io(path: &Path, error: &io::Error) -> Self {
        let kind = match error.kind() {
            io::ErrorKind::NotADirectory => &NOT_A_DIRECTORY,
            _ if is_not_a_file(error) => &NOT_A_FILE,
            _ => &UNREADABLE,
        };
        Self::new(kind, path, error.to_string())
    }

    /// An error of the engine as a finding; `kind` is for [`Error::Damaged`].
    #[must_use]
    pub fn from_error(kind: &'static FindingKind, dir: &Path, error: Error) -> Self {
        match error {
            Error::Damaged {
                path,
                offset,
                expected,
                found,
            } => Self::new(kind, &path, found).at(offset).expected(expected),
            Error::Undecodable {
                path,
                offset,
                format,
                reason,
                ..
            } => Self::new(&UNDECODABLE, &path, reason)
                .at(offset)
                .expected(format!("a record of the type that {format} is read as")),
            Error::UnknownPlugin {
                path,
                expected,
                found,
            } => Self::new(&UNKNOWN_FORMAT, &path, format!("format plugin {found:?}"))
                .expected(expected),
            Error::UnsupportedVersion {
                path,
                expected,
                found,
            } => Self::new(&UNKNOWN_FORMAT, &path, format!("format version {found}"))
                .expected(expected.to_string()),
            Error::Io { path, source, .. } => Self::from_io(&path, &source),
            other => Self::new(&UNREADABLE, dir, other.to_string()),
        }
    }
}

/// The worst of the findings; [`Severity::Note`] when there is none.
#[must_use]
pub fn worst<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Severity {
    let severities = findings.into_iter().map(|finding| finding.kind.severity);
    severities.max().unwrap_or(Severity::Note)
}
