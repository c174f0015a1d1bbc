//! Kinds of damage to files.

/// A kind of damage to files, for counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DamageKind {
    /// One bit.
    Flip,
    /// A run of zeros.
    Zero,
    /// Blocks that changed places.
    Swap,
    /// A block put back.
    StaleBlock,
    /// A file put back.
    Rollback,
    /// A file cut.
    Cut,
    /// A line lost.
    Lost,
    /// A file extended.
    Extend,
    /// A file missing.
    MissingFile,
    /// A directory missing.
    MissingDir,
}

impl DamageKind {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Flip,
        Self::Zero,
        Self::Swap,
        Self::StaleBlock,
        Self::Rollback,
        Self::Cut,
        Self::Lost,
        Self::Extend,
        Self::MissingFile,
        Self::MissingDir,
    ];

    /// Its name in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Flip => "one bit changed",
            Self::Zero => "sector, block or line zeroed",
            Self::Swap => "two blocks swapped",
            Self::StaleBlock => "block as it once was",
            Self::Rollback => "whole file as it once was",
            Self::Cut => "file cut",
            Self::Lost => "line lost",
            Self::Extend => "file extended",
            Self::MissingFile => "file missing",
            Self::MissingDir => "directory missing",
        }
    }
}
