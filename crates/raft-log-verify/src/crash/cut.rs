//! One crash: under which rules, at which moment, and what it left.

use std::fmt;
use std::str::FromStr;

use crash_disk::sim::{CrashPoint, CrashView, Keep, Profile, SimFs};
use serde::{Deserialize, Serialize};

use crate::text_form;

/// Stands for what a killed process leaves: all it wrote, none of it made durable by that.
pub const KILL: &str = "kill";

/// One crash of a disk. In files each part is its text: `after:12` or `inside:12:100`, `kill` or
/// `posix prefix:3`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cut {
    /// When.
    #[serde(with = "text_form")]
    pub point: CrashPoint,
    /// What was left.
    #[serde(with = "text_form")]
    pub left: Left,
}

/// What a crash left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Left {
    /// The process died: everything it wrote is there, and what was pending still is.
    Killed,
    /// The power failed: this much of what was pending, under the rules of this profile.
    PowerCut(Profile, Keep),
}

impl Cut {
    /// The disk that is left.
    #[must_use]
    pub fn of(&self, disk: &SimFs) -> SimFs {
        self.left.on(&self.view(disk))
    }

    /// The moment.
    #[must_use]
    pub fn view(&self, disk: &SimFs) -> CrashView {
        disk.view(self.point, self.profile())
    }

    /// The moment, if it is one at which the process was killed.
    pub(crate) fn killed_at(&self) -> Option<CrashPoint> {
        matches!(self.left, Left::Killed).then_some(self.point)
    }

    /// The rules.
    #[must_use]
    pub fn profile(&self) -> Profile {
        match self.left {
            Left::Killed => Profile::Kill,
            Left::PowerCut(profile, _) => profile,
        }
    }
}

/// In words, for people.
impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.left {
            Left::Killed => write!(f, "the process is killed ")?,
            Left::PowerCut(..) => write!(f, "the power fails ")?,
        }
        match self.point {
            CrashPoint::After(0) => write!(f, "before the first call of the disk")?,
            CrashPoint::After(calls) => write!(f, "after call {calls} of the disk")?,
            CrashPoint::Inside { call, bytes } => {
                write!(f, "inside call {call} of the disk, {bytes} bytes into it")?;
            }
        }
        match &self.left {
            Left::Killed => Ok(()),
            Left::PowerCut(profile, keep) => {
                write!(f, "; {}; {}", kept(keep), promised(*profile))
            }
        }
    }
}

/// Which file systems may leave this.
fn promised(profile: Profile) -> &'static str {
    match profile {
        Profile::Ext4 => "the file system promises what ext4 does",
        Profile::Xfs => "the file system promises what XFS does",
        Profile::Posix => "the file system promises what POSIX does, and ext4 and XFS promise more",
        _ => "the file system promises nothing",
    }
}

/// What is kept of what was not synced.
fn kept(keep: &Keep) -> String {
    match keep {
        Keep::None => "nothing that was not synced is kept".to_owned(),
        Keep::All => "all that was not synced is kept".to_owned(),
        keep => format!("of what was not synced a part is kept ({keep})"),
    }
}

impl Left {
    /// The disk that is left of a view.
    #[must_use]
    pub fn on(&self, view: &CrashView) -> SimFs {
        match self {
            Self::Killed => view.process_kill(),
            Self::PowerCut(_, keep) => view.disk(keep),
        }
    }
}

impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Killed => f.write_str(KILL),
            Self::PowerCut(profile, keep) => write!(f, "{profile} {keep}"),
        }
    }
}

impl FromStr for Left {
    type Err = String;

    /// Reads what [`Display`](fmt::Display) writes.
    fn from_str(text: &str) -> Result<Self, String> {
        if text == KILL {
            return Ok(Self::Killed);
        }
        let (profile, keep) = text
            .split_once(' ')
            .ok_or_else(|| format!("{text:?} names no profile and choice"))?;
        let profile = profile.parse().map_err(|error| format!("{error}"))?;
        let keep = keep.parse().map_err(|error| format!("{error}"))?;
        Ok(Self::PowerCut(profile, keep))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn text_form_reads_back() {
        let all = [
            Left::Killed,
            Left::PowerCut(Profile::Posix, Keep::None),
            Left::PowerCut(Profile::Ext4, Keep::Subset(vec![true, false])),
        ];
        for left in all {
            assert_eq!(left.to_string().parse::<Left>().unwrap(), left);
        }
        assert!("posix".parse::<Left>().is_err());
        assert!("gentle none".parse::<Left>().is_err());
        assert!("posix some".parse::<Left>().is_err());
    }

    #[test]
    fn a_cut_is_told_in_words() {
        let cut = |point, left| Cut { point, left }.to_string();
        let first = cut(CrashPoint::After(0), Left::Killed);
        assert_eq!(
            first,
            "the process is killed before the first call of the disk"
        );
        let inside = CrashPoint::Inside { call: 3, bytes: 10 };
        assert_eq!(
            cut(inside, Left::PowerCut(Profile::Posix, Keep::Prefix(2))),
            "the power fails inside call 3 of the disk, 10 bytes into it; of what was not synced a part is \
             kept (prefix:2); the file system promises what POSIX does, and ext4 and XFS promise more"
        );
    }
}
