//! What a correct store may do that looks strange.

/// A way in which the [`PlainWal`](super::PlainWal) can differ from the usual log store and be
/// correct all the same. A harness that objects to one asks for more than the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Oddity {
    /// Nothing of an entry is on the disk before its sync: the whole log is replaced atomically.
    InMemoryUntilSynced,
    /// A purge only hides; what it hid is deleted at a later open.
    PurgeDeletesLater,
    /// Entries are written as they come and synced when nothing else is to do, so a crash leaves
    /// many that were never acknowledged.
    ExtraEntries,
    /// The file is filled with zeros ahead of what is written.
    Preallocated,
    /// The vote is a record of the log.
    VoteInLog,
    /// Appends that wait are written and synced together.
    OneSyncForMany,
    /// A side file with the offset of each entry is written anew at every open.
    IndexRebuilt,
    /// The committed id is not stored.
    CommittedNotStored,
}

impl Oddity {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::InMemoryUntilSynced,
        Self::PurgeDeletesLater,
        Self::ExtraEntries,
        Self::Preallocated,
        Self::VoteInLog,
        Self::OneSyncForMany,
        Self::IndexRebuilt,
        Self::CommittedNotStored,
    ];

    /// Its name on the command line and in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::InMemoryUntilSynced => "in-memory-until-synced",
            Self::PurgeDeletesLater => "purge-deletes-later",
            Self::ExtraEntries => "extra-entries",
            Self::Preallocated => "preallocated",
            Self::VoteInLog => "vote-in-log",
            Self::OneSyncForMany => "one-sync-for-many",
            Self::IndexRebuilt => "index-rebuilt",
            Self::CommittedNotStored => "committed-not-stored",
        }
    }

    /// What is odd about it.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::InMemoryUntilSynced => "entries are kept in memory until synced",
            Self::PurgeDeletesLater => "a purge hides first and deletes later",
            Self::ExtraEntries => "extra un-acknowledged entries are present after a crash",
            Self::Preallocated => "files are preallocated",
            Self::VoteInLog => "the vote is kept in the same log",
            Self::OneSyncForMany => "one sync serves many appends",
            Self::IndexRebuilt => "an index is rebuilt at every open",
            Self::CommittedNotStored => "the committed id is not stored",
        }
    }

    /// The oddity of that name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|oddity| oddity.name() == name)
    }
}
