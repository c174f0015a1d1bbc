//! The small files of a log, read as JSON.

use std::path::Path;

use crash_disk::FileSystem;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ids::AnyLogId;
use crate::LogStoreError;
use crate::log_store::core::{COMMITTED_FILE, PURGE_FILE, VOTE_FILE};
use crate::log_store::small_file::{self, SmallFile};

/// A vote of any type config.
#[derive(Debug, Serialize, Deserialize)]
struct AnyVoteFile {
    #[serde(deserialize_with = "Option::deserialize")]
    vote: Option<AnyVote>,
}

/// What every vote has.
#[derive(Debug, Serialize, Deserialize)]
struct AnyVote {
    leader_id: AnyVoteLeader,
    committed: bool,
}

/// Who is voted for. The member that names the node depends on openraft's feature `single-term-leader`.
#[derive(Debug, Serialize, Deserialize)]
struct AnyVoteLeader {
    term: u64,
    #[serde(flatten)]
    node: serde_json::Map<String, Value>,
}

#[derive(Debug, Serialize, Deserialize)]
struct AnyPurgeFile {
    last_deleted: AnyLogId,
}

#[derive(Debug, Serialize, Deserialize)]
struct AnyCommittedFile {
    #[serde(deserialize_with = "Option::deserialize")]
    committed: Option<AnyLogId>,
}

impl SmallFile for AnyVoteFile {
    const NAME: &'static str = VOTE_FILE;
    const WHAT: &'static str = "vote";
}

impl SmallFile for AnyPurgeFile {
    const NAME: &'static str = PURGE_FILE;
    const WHAT: &'static str = "purged id";
}

impl SmallFile for AnyCommittedFile {
    const NAME: &'static str = COMMITTED_FILE;
    const WHAT: &'static str = "committed id";
}

/// The small files of a log: what each holds, or why it can't be read. `None`: no such file.
#[derive(Debug)]
pub struct SmallFiles {
    /// The vote, as JSON; `null` before the first one.
    pub vote: Result<Option<Value>, LogStoreError>,
    /// The purged id.
    pub purged: Result<Option<AnyLogId>, LogStoreError>,
    /// The committed id. Whether it can be trusted is another question.
    pub committed: Result<Option<Option<AnyLogId>>, LogStoreError>,
}

impl SmallFiles {
    /// Reads the files in the partition's directory.
    #[must_use]
    pub fn read(fs: &dyn FileSystem, dir: &Path) -> Self {
        let vote = small_file::read::<AnyVoteFile>(fs, dir);
        let purged = small_file::read::<AnyPurgeFile>(fs, dir);
        let committed = small_file::read::<AnyCommittedFile>(fs, dir);
        let json = |file: AnyVoteFile| serde_json::to_value(file.vote).unwrap_or(Value::Null);
        Self {
            vote: vote.map(|file| file.map(json)),
            purged: purged.map(|file| file.map(|file| file.last_deleted)),
            committed: committed.map(|file| file.map(|file| file.committed)),
        }
    }
}
