//! The calls of the seam, as wrappers see them.

use std::fmt;
use std::path::Path;

use super::SyncSite;

/// Which call of [`FileSystem`](super::FileSystem) or [`File`](super::File) it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CallKind {
    /// `FileSystem::open`.
    Open,
    /// `FileSystem::create_new`.
    CreateNew,
    /// `File::read_at`.
    Read,
    /// `File::write_at`.
    Write,
    /// `File::set_len`.
    SetLen,
    /// `File::len`.
    Len,
    /// `File::sync_data`.
    SyncData,
    /// `File::sync_all`.
    SyncAll,
    /// `FileSystem::rename`.
    Rename,
    /// `FileSystem::remove_file`.
    Remove,
    /// `FileSystem::read_dir`.
    ReadDir,
    /// `FileSystem::create_dir`.
    CreateDir,
    /// `FileSystem::sync_dir`.
    SyncDir,
    /// `FileSystem::lock`.
    Lock,
}

impl CallKind {
    /// All kinds.
    pub const ALL: [Self; 14] = [
        Self::Open,
        Self::CreateNew,
        Self::Read,
        Self::Write,
        Self::SetLen,
        Self::Len,
        Self::SyncData,
        Self::SyncAll,
        Self::Rename,
        Self::Remove,
        Self::ReadDir,
        Self::CreateDir,
        Self::SyncDir,
        Self::Lock,
    ];

    /// The kinds that make something durable.
    pub const SYNCS: [Self; 3] = [Self::SyncData, Self::SyncAll, Self::SyncDir];

    /// Name of the method.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::CreateNew => "create_new",
            Self::Read => "read_at",
            Self::Write => "write_at",
            Self::SetLen => "set_len",
            Self::Len => "len",
            Self::SyncData => "sync_data",
            Self::SyncAll => "sync_all",
            Self::Rename => "rename",
            Self::Remove => "remove_file",
            Self::ReadDir => "read_dir",
            Self::CreateDir => "create_dir",
            Self::SyncDir => "sync_dir",
            Self::Lock => "lock",
        }
    }
}

impl fmt::Display for CallKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One call on its way through a [`HookFs`](super::HookFs).
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// Which call.
    pub kind: CallKind,
    /// The path that it names, or that its file was opened by.
    pub path: &'a Path,
    /// The new path of a rename.
    pub to: Option<&'a Path>,
    /// Where a read or write begins, in bytes; the new length of `set_len`; else 0.
    pub offset: u64,
    /// How many bytes a read or write asks for; else 0.
    pub len: u64,
    /// The place in the source that asks for a sync.
    pub site: Option<SyncSite>,
}
