//! Which file system it is that a path belongs to.

use std::sync::atomic::{AtomicU64, Ordering};

/// Tells the file systems of one process apart: together with a path it names one directory.
///
/// Two answers of [`FileSystem::id`](super::FileSystem::id) are equal when the same path leads to
/// the same file in both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FsId(u64);

impl FsId {
    /// The one whose paths are the operating system's.
    pub const HOST: Self = Self(0);

    /// One with paths of its own, different from all others in this process.
    #[must_use]
    pub fn unique() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(FsId::HOST.0 + 1);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}
