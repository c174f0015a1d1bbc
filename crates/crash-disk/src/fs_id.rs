//! The identity of a file system.

use std::sync::atomic::{AtomicU64, Ordering};

/// Tells the file systems of one process apart: an id and a path together name one file.
///
/// Two file systems have the same [`id`](super::FileSystem::id) when the same path leads to the
/// same file in both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FsId(u64);

impl FsId {
    /// The file system of the operating system.
    pub const HOST: Self = Self(0);

    /// The id of a file system with paths of its own; no other in this process has the same id.
    #[must_use]
    pub fn unique() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(FsId::HOST.0 + 1);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}
