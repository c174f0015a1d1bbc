//! What a shard of a campaign came to, as a file: all that the whole needs from it.

use std::collections::BTreeMap;

use crash_disk::sim::{Level, StateCount};
use serde::{Deserialize, Serialize};

use super::{Cause, Shard};
use crate::counts::Counts;
use crate::crash::{Drawing, Memory};
use crate::op::Program;
use crate::text_form;

/// Name of the file.
pub const SHARD_FILE: &str = "shard.json";

/// Version of the file.
pub const SHARD_VERSION: u32 = 1;

/// What a shard came to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ShardFile {
    /// [`SHARD_VERSION`].
    pub(crate) version: u32,
    /// Which shard.
    #[serde(with = "text_form")]
    pub(crate) shard: Shard,
    /// Name of the subject.
    pub(crate) subject: String,
    /// What the campaign was told, as text: the shards and the whole have to be told the same.
    pub(crate) config: String,
    /// The phases.
    pub(crate) phases: Vec<PhaseOfShard>,
}

/// What a shard came to in one phase.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PhaseOfShard {
    pub(crate) name: String,
    /// Pieces that passed.
    pub(crate) passed: u64,
    pub(crate) ended: Ended,
    pub(crate) counts: Counts,
    pub(crate) judged: Counts,
    pub(crate) breaches: Counts,
    /// Operation, situation and how often they met.
    pub(crate) met: Vec<(String, String, u64)>,
    /// Crash points and states that are possible, by the name of the profile.
    pub(crate) points: BTreeMap<String, Points>,
    /// The crashed disks that were judged, where the phase has a memory of them.
    pub(crate) memory: Option<Memory>,
    pub(crate) found: Vec<FoundInShard>,
}

/// Crash points under a profile.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Points {
    pub(crate) points: u64,
    #[serde(with = "text_form")]
    pub(crate) possible: StateCount,
    /// States judged, level by level, where the phase has no memory of them.
    pub(crate) judged: [u64; Level::ALL.len()],
}

/// How a shard ended a phase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Ended {
    /// All its pieces were done.
    Done,
    /// It was stopped before.
    Stopped,
    /// The harness could not go on.
    HarnessBroken(String),
}

/// What a shard has found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct FoundInShard {
    pub(crate) number: u64,
    pub(crate) rule: String,
    pub(crate) violation: String,
    pub(crate) program: Program,
    pub(crate) cause: Cause,
    pub(crate) timeline: String,
    pub(crate) drawing: Option<Drawing>,
}

/// What every version of the file has.
#[derive(Debug, Deserialize)]
struct Head {
    version: u32,
}

impl ShardFile {
    /// The file's content.
    ///
    /// # Errors
    /// Never in practice: everything in it serializes.
    pub(crate) fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    /// Reads a file's content.
    ///
    /// # Errors
    /// It is no such file, or one of another version.
    pub(crate) fn from_json(json: &str) -> Result<Self, String> {
        let head: Head = serde_json::from_str(json).map_err(|error| error.to_string())?;
        if head.version != SHARD_VERSION {
            let version = head.version;
            return Err(format!(
                "version {version}; this program reads version {SHARD_VERSION}"
            ));
        }
        serde_json::from_str(json).map_err(|error| error.to_string())
    }
}
