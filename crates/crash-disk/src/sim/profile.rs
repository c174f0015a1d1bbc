//! The rules by which a disk may lose what is pending.

use std::fmt;
use std::str::FromStr;

use super::ParseError;

/// The rules by which a disk may lose what is pending, ordered by how much they promise.
///
/// Under every profile but [`Kill`](Self::Kill) the data of each block is free, except that a later
/// write of a block implies the earlier ones and that a block written after a cut that took it
/// away implies the cut, and the last write-back of a block may be torn at
/// [`SECTOR_BYTES`](super::SECTOR_BYTES) ([`Keep::Torn`](super::Keep)).
///
/// `#` stands for garbage, `0` for a zero; *other sync* is a sync of any other file or directory.
///
/// | situation | kill | ext4 | xfs | posix | paranoid |
/// |---|---|---|---|---|---|
/// | create + write | there | absent, or there with length 0 or more, data or zeros; not absent after any other sync | the same, but a length only with the data of its last block | absent, or there with length 0 or more, data or zeros | as posix, garbage for zeros |
/// | create + write + sync of the file | there | there | there | absent or there | absent or there |
/// | append in a block that is there | there | old length, or new with data or zeros; only new after any other sync | old length, or new with data | old length, or new with data or zeros | also garbage |
/// | append of two blocks | there | each length, each block data or zeros | the same, but a length only with the data of its last block: a hole before a live block, no zero tail | as ext4 | also garbage |
/// | rename, file synced | new | old or new; only new after any other sync | as ext4 | old or new until a sync of the directory | as posix |
/// | rename over a file, not synced | new | the new name has the new length, data or zeros | length 0, or as far as its data came | empty, zeros or data | also garbage |
/// | unlink | gone | may come back until any sync | as ext4 | may come back until a sync of the directory | as posix |
/// | truncate to 0, then write | new | old, empty, zeros, partial or new; not old after any other sync | the same, but no zero tail | old, empty, zeros, partial or new | also garbage, and the old bytes at a new length |
/// | shrink | new | old, new, or the old length with the rest of the cut block zeroed | old or new | old or new | as ext4, until a sync of the file |
/// | preallocate + sync, then write | data | zeros or data | zeros or data | zeros or data | zeros or data |
///
/// Every disk that `kill`, `ext4` or `xfs` may leave is one that `posix` may leave, and every one of
/// `posix` is one of `paranoid`, with two exceptions: the zeroed rest of a cut block is known to ext4
/// and paranoid only, and after a failed sync a killed process leaves more than a power cut can.
/// `ext4` and `xfs` each leave disks that the other does not.
///
/// A failed sync publishes nothing. Data that it gave up comes back under no profile but `kill`; if a
/// later sync of the file succeeds, its length is there and the data are zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
#[non_exhaustive]
pub enum Profile {
    /// The process dies and the page cache stays: everything written is there, also what a failed
    /// sync gave up; a write under way is cut. Nothing is pending, so there is one state at each
    /// point. To let a power cut follow, begin with
    /// [`CrashView::process_kill`](super::CrashView::process_kill) instead.
    ///
    /// | of | permitted |
    /// |---|---|
    /// | everything | as the process saw it |
    Kill,
    /// As ext4 with delayed allocation and ordered data.
    ///
    /// | of | permitted |
    /// |---|---|
    /// | entries, `set_len`, lengths of appends within a block that is there | a prefix of their order, over all files and directories; any sync publishes all earlier ones |
    /// | lengths of appends to new blocks | come when the space is taken, at any time after the write and what was before it; without regard to data |
    /// | a rename over another file | takes the space at once: implies the lengths of what was written |
    /// | a cut inside a block | the rest of the block may be zeroed, and written anew, before the length is shorter |
    Ext4,
    /// As XFS.
    ///
    /// | of | permitted |
    /// |---|---|
    /// | entries, `set_len` | a prefix of their order, over all files and directories; any sync publishes all earlier ones |
    /// | lengths of appends | follow the data of the block they end in; the blocks before may be holes |
    /// | `set_len` | implies the appends before it, below the new length |
    Xfs,
    /// What POSIX promises and nothing more: see the table of the [module](super).
    #[default]
    Posix,
    /// No promise. As [`Posix`](Self::Posix), and besides:
    ///
    /// | of | permitted |
    /// |---|---|
    /// | what a file was extended by | zeros, or what the disk held: the bytes that the last cut of the file took away, beyond them garbage |
    /// | a cut inside a block | as [`Ext4`](Self::Ext4) |
    Paranoid,
}

impl Profile {
    /// All profiles, strongest promise first.
    pub const ALL: [Self; 5] = [
        Self::Kill,
        Self::Ext4,
        Self::Xfs,
        Self::Posix,
        Self::Paranoid,
    ];

    /// Name of the profile, as its text form.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Kill => "kill",
            Self::Ext4 => "ext4",
            Self::Xfs => "xfs",
            Self::Posix => "posix",
            Self::Paranoid => "paranoid",
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Profile {
    type Err = ParseError;

    /// Reads what [`Display`](fmt::Display) writes.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let found = Self::ALL.into_iter().find(|profile| profile.name() == text);
        found.ok_or_else(|| ParseError::new("profile", text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_reads_back() {
        for profile in Profile::ALL {
            assert_eq!(profile.to_string().parse::<Profile>().unwrap(), profile);
        }
        assert!("Posix".parse::<Profile>().is_err());
    }
}
