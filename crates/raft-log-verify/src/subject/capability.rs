//! What a subject offers, and so what the harness can judge.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Who calls the store. Each caller asks for more than the one before, so a store that satisfies
/// `Strict` satisfies all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Caller {
    /// What openraft 0.9's core can do: one write at a time, appends at last + 1.
    Core,
    /// Anything the documentation of the trait allows: several appends in flight.
    Trait,
    /// What the timevault store promises on top: refusals, durable truncate and purge.
    Strict,
}

impl Caller {
    /// All callers, the least demanding first.
    pub const ALL: [Self; 3] = [Self::Core, Self::Trait, Self::Strict];

    /// Its name in texts and files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Trait => "trait",
            Self::Strict => "strict",
        }
    }
}

impl Caller {
    /// Who relies on what this caller is the first to ask for, in words.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Core => "openraft's core (caller core)",
            Self::Trait => {
                "callers that do all that the trait's documentation allows (caller trait)"
            }
            Self::Strict => "callers of a store that promises more than the trait (caller strict)",
        }
    }
}

impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a subject offers.
#[derive(Debug, Clone, Copy)]
pub struct Capabilities {
    /// The most demanding caller that the store says to satisfy.
    pub caller: Caller,
    /// Whether all I/O goes through the [`FileSystem`](crash_disk::FileSystem) it is opened
    /// with. Without it crashes, faults and damage are not judged.
    pub file_system: bool,
    /// Whether the committed log id is stored. `None`: either is right.
    pub committed: Option<bool>,
    /// Whether a second open of the same place is refused.
    pub exclusive: bool,
    /// Whether [`Hints::segments`](super::Hints::segments) says something.
    pub segments: bool,
    /// Whether [`PayloadShape::Unstorable`](crate::PayloadShape::Unstorable) makes data which the
    /// store has to refuse. If not, such entries are not appended.
    pub unstorable: bool,
}
