//! Which call of an operation fails, and in which way.

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use crash_disk::{Call, CallKind};
use serde::{Deserialize, Serialize};

use crate::op::FaultKind;
use crate::text_form;

/// One call of an operation: the `nth` of its kind on its file, counted from 1.
///
/// Counted by file, because an open may begin while the store that was dropped before it is still
/// being closed: which of the two comes first is a matter of threads, but they do not call the same
/// files at the same time.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CallId {
    /// Its kind.
    pub kind: CallKind,
    /// Its number among those of its kind on its file.
    pub nth: u64,
    /// The file or directory.
    pub path: PathBuf,
}

impl CallId {
    /// Whether the call changes the disk or asks for a sync.
    #[must_use]
    pub fn is_change(&self) -> bool {
        !matches!(
            self.kind,
            CallKind::Open | CallKind::Read | CallKind::Len | CallKind::ReadDir | CallKind::Lock
        )
    }
}

/// A way in which a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Way {
    /// EIO. A sync fails as on Linux: its pages count as clean, and the next sync returns Ok.
    Io,
    /// ENOSPC.
    NoSpace,
    /// EINTR.
    Interrupted,
    /// Half of the bytes are handled; no error.
    Short,
}

impl FaultKind {
    /// Whether it is a call of this kind.
    pub(super) fn meets(self, call: &Call<'_>) -> bool {
        match self {
            Self::Write | Self::WriteNoSpace => call.kind == CallKind::Write,
            // Half of one byte is none, which is another kind of failure.
            Self::ShortWrite => call.kind == CallKind::Write && call.len > 1,
            Self::Sync => matches!(call.kind, CallKind::SyncData | CallKind::SyncAll),
            Self::SyncDir => call.kind == CallKind::SyncDir,
            Self::Rename => call.kind == CallKind::Rename,
            Self::Create => call.kind == CallKind::CreateNew,
        }
    }

    /// The way in which it fails.
    pub(super) fn way(self) -> Way {
        match self {
            Self::Write | Self::Sync | Self::SyncDir | Self::Rename | Self::Create => Way::Io,
            Self::WriteNoSpace => Way::NoSpace,
            Self::ShortWrite => Way::Short,
        }
    }
}

impl Way {
    const ALL: [Self; 4] = [Self::Io, Self::NoSpace, Self::Interrupted, Self::Short];

    /// The ways that fit a call of this kind over so many bytes. None fits a lock, which is retried
    /// while another holds it.
    #[must_use]
    pub fn fitting(kind: CallKind, len: u64) -> &'static [Self] {
        match kind {
            // Half of one byte is none, and a call that does nothing is another kind of failure.
            CallKind::Write if len > 1 => &[Self::Io, Self::NoSpace, Self::Short],
            CallKind::Write
            | CallKind::CreateNew
            | CallKind::CreateDir
            | CallKind::Rename
            | CallKind::SetLen => &[Self::Io, Self::NoSpace],
            CallKind::Read if len > 1 => &[Self::Io, Self::Interrupted, Self::Short],
            CallKind::Read | CallKind::Open => &[Self::Io, Self::Interrupted],
            CallKind::Remove
            | CallKind::SyncData
            | CallKind::SyncAll
            | CallKind::SyncDir
            | CallKind::Len
            | CallKind::ReadDir => &[Self::Io],
            CallKind::Lock => &[],
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Io => "EIO",
            Self::NoSpace => "ENOSPC",
            Self::Interrupted => "EINTR",
            Self::Short => "short",
        }
    }

    /// The system's number of the error, where there is one.
    #[must_use]
    pub fn errno(self) -> Option<i32> {
        match self {
            Self::Io => Some(5),
            Self::NoSpace => Some(28),
            Self::Interrupted => Some(4),
            Self::Short => None,
        }
    }
}

/// A call, and the way in which it fails.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Aim {
    /// The call.
    #[serde(with = "text_form")]
    pub call: CallId,
    /// The way.
    #[serde(with = "text_form")]
    pub way: Way,
}

impl Aim {
    /// Every way in which each of these calls can fail; a call comes with its bytes.
    #[must_use]
    pub fn all(calls: Vec<(CallId, u64)>) -> Vec<Self> {
        let ways = |(call, len): (CallId, u64)| {
            let ways = Way::fitting(call.kind, len).iter();
            ways.map(move |way| Self {
                call: call.clone(),
                way: *way,
            })
        };
        calls.into_iter().flat_map(ways).collect()
    }

    /// Whether pages or entries are lost by it for good: what only a sync that reports it tells.
    #[must_use]
    pub fn is_sync(&self) -> bool {
        CallKind::SYNCS.contains(&self.call.kind)
    }

    /// The count of such failures.
    #[must_use]
    pub fn count(&self) -> &'static str {
        match (self.call.kind, self.way) {
            (CallKind::Write, Way::Io) => "failed: write, EIO",
            (CallKind::Write, Way::NoSpace) => "failed: write, ENOSPC",
            (CallKind::Write, _) => "failed: write, short",
            (CallKind::CreateNew | CallKind::CreateDir, Way::Io) => "failed: create, EIO",
            (CallKind::CreateNew | CallKind::CreateDir, _) => "failed: create, ENOSPC",
            (CallKind::Rename, Way::Io) => "failed: rename, EIO",
            (CallKind::Rename, _) => "failed: rename, ENOSPC",
            (CallKind::SetLen, Way::Io) => "failed: set length, EIO",
            (CallKind::SetLen, _) => "failed: set length, ENOSPC",
            (CallKind::Remove, _) => "failed: unlink, EIO",
            (CallKind::SyncData | CallKind::SyncAll, _) => "failed: sync of a file",
            (CallKind::SyncDir, _) => "failed: sync of a directory",
            (CallKind::Read, Way::Short) => "failed: read, short",
            (CallKind::Read | CallKind::Open, Way::Interrupted) => "failed: read or open, EINTR",
            (CallKind::Open, _) => "failed: open of a file, EIO",
            _ => "failed: read, EIO",
        }
    }
}

impl fmt::Display for Aim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.way, self.call)
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Way {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|way| way.name() == text);
        known.ok_or_else(|| format!("no call fails like {text:?}"))
    }
}

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.kind, self.nth, self.path.display())
    }
}

impl FromStr for CallId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no call");
        let mut parts = text.splitn(3, ':');
        let (Some(kind), Some(nth), Some(path)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(wrong());
        };
        let kind = CallKind::ALL.into_iter().find(|known| known.name() == kind);
        Ok(Self {
            kind: kind.ok_or_else(wrong)?,
            nth: nth.parse().map_err(|_| wrong())?,
            path: path.into(),
        })
    }
}

/// Numbers calls by kind and file.
#[derive(Debug, Default)]
pub(crate) struct Tally(HashMap<(CallKind, PathBuf), u64>);

impl Tally {
    /// The next call.
    pub(crate) fn number(&mut self, call: &Call<'_>) -> CallId {
        let path = call.path.to_path_buf();
        let nth = self.0.entry((call.kind, path.clone())).or_default();
        *nth += 1;
        CallId {
            kind: call.kind,
            nth: *nth,
            path,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_back() {
        let call = CallId {
            kind: CallKind::SyncData,
            nth: 3,
            path: "/store/a:b".into(),
        };
        assert_eq!(call.to_string().parse(), Ok(call));
        for way in Way::ALL {
            assert_eq!(way.to_string().parse(), Ok(way));
        }
        assert!("write_at:x:/a".parse::<CallId>().is_err());
        assert!("nothing".parse::<Way>().is_err());
    }
}
