//! One damage: a path and what became of what stood there.

use std::path::{Path, PathBuf};

use crate::subject::DamageKind;
use crash_disk::sim::{Tree, TreeEntry};
use serde::{Deserialize, Serialize};

/// Bytes that stand behind a file that was extended by garbage or zeros.
const EXTENDED_BY: usize = 600;

/// One damage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Damage {
    /// The file or directory, from the root of the disk.
    pub path: PathBuf,
    /// What became of it.
    pub change: Change,
}

/// What became of a file or directory. Offsets and lengths are in bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// One bit of the byte at `at` is another one.
    Flip {
        /// Which byte.
        at: usize,
        /// Which bit of it.
        bit: u8,
    },
    /// These bytes are zeros.
    Zero {
        /// The first of them.
        at: usize,
        /// How many.
        len: usize,
    },
    /// Two blocks of this length have changed places.
    Swap {
        /// Where one begins.
        one: usize,
        /// Where the other begins.
        other: usize,
        /// Length of each.
        len: usize,
    },
    /// A block holds what it held in an earlier image of the run; zeros where it held nothing.
    StaleBlock {
        /// Where it begins.
        at: usize,
        /// Its length.
        len: usize,
        /// Number of the image.
        image: usize,
    },
    /// The whole file is as it was in an earlier image of the run.
    Rollback {
        /// Number of the image.
        image: usize,
    },
    /// The file ends here.
    Cut {
        /// Its new length.
        len: usize,
    },
    /// These bytes are gone, what followed them has moved up.
    Lost {
        /// The first of them.
        at: usize,
        /// How many.
        len: usize,
    },
    /// Something stands behind the end.
    Extend {
        /// What.
        with: Extension,
    },
    /// The file, or the directory with all in it, is not there.
    Missing,
}

/// What stands behind the end of an extended file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Extension {
    /// Bytes that are neither text nor zeros.
    Garbage,
    /// Zeros.
    Zeros,
    /// A copy of the last line.
    LastLine,
}

impl Damage {
    /// Its kind.
    #[must_use]
    pub fn kind(&self, tree: &Tree) -> DamageKind {
        match self.change {
            Change::Flip { .. } => DamageKind::Flip,
            Change::Zero { .. } => DamageKind::Zero,
            Change::Swap { .. } => DamageKind::Swap,
            Change::StaleBlock { .. } => DamageKind::StaleBlock,
            Change::Rollback { .. } => DamageKind::Rollback,
            Change::Cut { .. } => DamageKind::Cut,
            Change::Lost { .. } => DamageKind::Lost,
            Change::Extend { .. } => DamageKind::Extend,
            Change::Missing => match tree.get(&self.path) {
                Some(TreeEntry::Dir) => DamageKind::MissingDir,
                _ => DamageKind::MissingFile,
            },
        }
    }

    /// The disk with this damage. `None` where it changes nothing, or nothing stands at the path.
    #[must_use]
    pub fn done_to(&self, tree: &Tree, images: &[Tree]) -> Option<Tree> {
        let mut damaged = tree.clone();
        let standing = tree.get(&self.path)?;
        if self.change == Change::Missing {
            damaged.retain(|path, _| !path.starts_with(&self.path));
            return Some(damaged);
        }
        let TreeEntry::File(bytes) = standing else {
            return None;
        };
        let image = |number: usize| file(images.get(number)?, &self.path);
        let changed = self.change.done_to(bytes, &image)?;
        if changed == *bytes {
            return None;
        }
        damaged.insert(self.path.clone(), TreeEntry::File(changed));
        Some(damaged)
    }

    /// The damage in words.
    #[must_use]
    pub fn describe(&self) -> String {
        format!("{:?} of {}", self.change, self.path.display())
    }
}

impl Change {
    fn done_to<'a>(
        &self,
        bytes: &[u8],
        image: &dyn Fn(usize) -> Option<&'a [u8]>,
    ) -> Option<Vec<u8>> {
        let mut changed = bytes.to_vec();
        match *self {
            Self::Flip { at, bit } => *changed.get_mut(at)? ^= 1_u8.checked_shl(bit.into())?,
            Self::Zero { at, len } => part(&mut changed, at, len)?.fill(0),
            Self::Swap { one, other, len } => {
                let first = part(&mut changed, one, len)?.to_vec();
                let second = part(&mut changed, other, len)?.to_vec();
                let both = first.len().min(second.len());
                part(&mut changed, one, both)?.copy_from_slice(second.get(..both)?);
                part(&mut changed, other, both)?.copy_from_slice(first.get(..both)?);
            }
            Self::StaleBlock { at, len, image: of } => {
                let old = image(of)?;
                let block = part(&mut changed, at, len)?;
                let held = old.get(at..).unwrap_or_default();
                let held = held.get(..block.len()).unwrap_or(held);
                block.fill(0);
                block.get_mut(..held.len())?.copy_from_slice(held);
            }
            Self::Rollback { image: of } => changed = image(of)?.to_vec(),
            Self::Cut { len } => changed.truncate(len),
            Self::Lost { at, len } => {
                // A file that a replayed damage meets may be shorter than the one that it was found on.
                let end = at.checked_add(len).filter(|end| *end <= changed.len())?;
                drop(changed.drain(at..end));
            }
            Self::Extend { with } => changed.extend(with.bytes(bytes)),
            Self::Missing => return None,
        }
        Some(changed)
    }
}

impl Extension {
    fn bytes(self, file: &[u8]) -> Vec<u8> {
        match self {
            // High bytes that no text begins with.
            Self::Garbage => (0..EXTENDED_BY).map(|at| 0x80 | (at % 63) as u8).collect(),
            Self::Zeros => vec![0; EXTENDED_BY],
            Self::LastLine => {
                let lines = file.split_inclusive(|byte| *byte == b'\n');
                let last = lines.rev().find(|line| line.len() > 1);
                last.unwrap_or_default().to_vec()
            }
        }
    }
}

/// So many bytes from `at`, or those up to the end.
fn part(bytes: &mut [u8], at: usize, len: usize) -> Option<&mut [u8]> {
    let end = at.checked_add(len)?.min(bytes.len());
    bytes.get_mut(at..end)
}

/// The bytes of the file at that path.
pub(super) fn file<'a>(tree: &'a Tree, path: &Path) -> Option<&'a [u8]> {
    match tree.get(path)? {
        TreeEntry::File(bytes) => Some(bytes),
        TreeEntry::Dir => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_lost_only_where_they_are() {
        let lost = |at, len| Change::Lost { at, len }.done_to(b"abcd", &|_| None);
        assert_eq!(lost(1, 2).as_deref(), Some(&b"ad"[..]));
        assert_eq!(lost(2, 3), None);
        assert_eq!(lost(2, usize::MAX), None);
    }
}
