//! All shards of a campaign, read from their files.
#![expect(
    clippy::disallowed_methods,
    reason = "the harness's own files, not a store's"
)]

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Shard;
use super::shard_file::{PhaseOfShard, SHARD_FILE, ShardFile};

/// All shards of a campaign, in their order.
#[derive(Debug)]
pub struct Joined(Vec<ShardFile>);

/// Why shards can't be joined.
#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    /// The file of a shard can't be read.
    #[error("{file:?}: {error}")]
    Read {
        /// The file.
        file: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// It is not the file of a shard, or not one that this program reads.
    #[error("{file:?}: {why}")]
    Malformed {
        /// The file.
        file: PathBuf,
        /// Why.
        why: String,
    },
    /// It is a shard of another campaign.
    #[error("{file:?}: another {what}: expected {expected}, found {found}")]
    Differs {
        /// The file.
        file: PathBuf,
        /// What differs.
        what: &'static str,
        /// That of the whole, or of the shards before.
        expected: String,
        /// That of the file.
        found: String,
    },
    /// A shard is there twice.
    #[error("{file:?}: shard {shard} is there twice")]
    Twice {
        /// The file.
        file: PathBuf,
        /// The shard.
        shard: Shard,
    },
    /// Some are missing.
    #[error("shards are missing: {missing}")]
    Missing {
        /// Which ones.
        missing: String,
    },
}

impl Joined {
    /// Reads the shards of a campaign, one from each folder, in any order. They are of this subject and config.
    ///
    /// # Errors
    /// A file can't be read, or is not of this campaign; a shard is missing or there twice.
    pub(super) fn read(
        folders: &[PathBuf],
        (subject, config): (&str, &str),
    ) -> Result<Self, JoinError> {
        let mut shards: Vec<ShardFile> = Vec::new();
        for folder in folders {
            let file = folder.join(SHARD_FILE);
            let shard = read(&file)?;
            let of = shards.first().unwrap_or(&shard).shard.of();
            same(&file, "subject", subject, &shard.subject)?;
            same(&file, "campaign", config, &shard.config)?;
            let number = |of: u64| format!("number of shards: {of}");
            same(&file, "division", &number(of), &number(shard.shard.of()))?;
            if shards.iter().any(|known| known.shard == shard.shard) {
                let shard = shard.shard;
                return Err(JoinError::Twice { file, shard });
            }
            shards.push(shard);
        }
        shards.sort_by_key(|file| file.shard.number());
        let of = shards.first().map_or(1, |first| first.shard.of());
        let is_there = |number| shards.iter().any(|file| file.shard.number() == number);
        let missing = (1..=of).filter(|number| !is_there(*number));
        let missing: Vec<String> = missing.map(|number| format!("{number}/{of}")).collect();
        match missing.is_empty() {
            true => Ok(Self(shards)),
            false => Err(JoinError::Missing {
                missing: missing.join(", "),
            }),
        }
    }

    /// What the shards came to in the phase of this name.
    ///
    /// # Errors
    /// A shard has no such phase.
    pub(super) fn phase(&self, name: &str) -> io::Result<Vec<&PhaseOfShard>> {
        let phases = self.0.iter().map(|file| {
            let found = file.phases.iter().find(|phase| phase.name == name);
            found.ok_or_else(|| {
                let shard = file.shard;
                io::Error::other(format!("shard {shard} did not come to the phase {name:?}"))
            })
        });
        phases.collect()
    }
}

fn read(file: &Path) -> Result<ShardFile, JoinError> {
    let json = fs::read_to_string(file).map_err(|error| JoinError::Read {
        file: file.to_path_buf(),
        error,
    })?;
    ShardFile::from_json(&json).map_err(|why| JoinError::Malformed {
        file: file.to_path_buf(),
        why,
    })
}

fn same(file: &Path, what: &'static str, expected: &str, found: &str) -> Result<(), JoinError> {
    match expected == found {
        true => Ok(()),
        false => Err(JoinError::Differs {
            file: file.to_path_buf(),
            what,
            expected: expected.to_owned(),
            found: found.to_owned(),
        }),
    }
}
