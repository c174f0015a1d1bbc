//! The number of an inode.

/// Number of an inode: the identity of a file or directory, whatever its names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Ino(pub(super) usize);

impl Ino {
    /// The root directory.
    pub(super) const ROOT: Self = Self(0);
}
