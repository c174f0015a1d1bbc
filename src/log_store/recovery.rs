//! Opening a log: what the small files and the partition say is checked against each other, and a
//! purge that a crash cut short is completed.
//!
//! O16: everything is read and checked before anything is written, because damage is to be reported
//! with nothing changed.

use std::fmt::Display;
use std::io;
use std::path::PathBuf;

use crash_disk::{self as fs, SyncSite};
use openraft::{LogId, RaftLogId, RaftTypeConfig, Vote};
use timevault::Partition;

use super::core::{PURGE_FILE, VOTE_FILE};
use super::entry_format::decode_entry_at;
use super::error::LogStoreError;
use super::seeded::{Seeded, seeded};
use super::small_file::{self, CommittedFile, PurgeFile, VoteFile};

/// What an opened log holds.
#[derive(Debug)]
pub(crate) struct Recovered<C: RaftTypeConfig> {
    pub(crate) vote: Option<Vote<C::NodeId>>,
    pub(crate) purged: Option<LogId<C::NodeId>>,
    /// Id of the last entry, else the purged id.
    pub(crate) last: Option<LogId<C::NodeId>>,
    pub(crate) committed: Option<LogId<C::NodeId>>,
    /// First and last index.
    pub(crate) held: Option<(u64, u64)>,
}

/// Brings the small files and the partition together.
///
/// # Errors
/// [`LogStoreError::Damaged`], [`LogStoreError::VoteMissing`], [`LogStoreError::PurgeBehind`] and
/// [`LogStoreError::HoleAtFront`] for what no crash leaves; [`LogStoreError::NotThisType`] and
/// [`LogStoreError::FileNotThisType`]; and the errors of disk and engine.
pub(crate) fn recover<C: RaftTypeConfig>(
    partition: &mut Partition,
    seeded: Seeded,
) -> Result<Recovered<C>, LogStoreError> {
    let vote = small_file::read::<VoteFile<C::NodeId>>(&**partition.fs(), partition.path())?;
    let purge = small_file::read::<PurgeFile<C::NodeId>>(&**partition.fs(), partition.path())?;
    let purged = purge.map(|file| file.last_deleted);
    let temps = temp_files(partition)?;

    check_purge_file(partition, purged.as_ref())?;
    let vote = match vote {
        Some(file) => file.vote,
        None => {
            first_vote_file::<C>(partition, purged.as_ref())?;
            None
        }
    };
    if let Some(purged) = &purged {
        complete_purge::<C>(partition, purged, seeded)?;
    }
    let held = held(partition)?;
    let last = match held {
        Some((_, last)) => Some(log_id_at::<C>(partition, last)?),
        None => purged.clone(),
    };
    let mut recovered = Recovered {
        vote,
        purged,
        last,
        committed: None,
        held,
    };
    recovered.committed = committed(partition, &recovered);
    // Last of all, because where one of the small files is lost or damaged its temporary file may be all
    // there is of it.
    for temp in temps {
        match partition.fs().remove_file(&temp) {
            // The first vote file was written through it.
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            removed => removed.map_err(|e| LogStoreError::io("remove", &temp, e))?,
        }
    }
    Ok(recovered)
}

/// What crashed writes of the small files left. The committed file is written in place.
fn temp_files(partition: &Partition) -> Result<Vec<PathBuf>, LogStoreError> {
    fs::temp_files(
        &**partition.fs(),
        partition.path(),
        &[VOTE_FILE, PURGE_FILE],
    )
    .map_err(|(path, e)| LogStoreError::io("look for temporary files at", &path, e))
}

/// Refuses a log whose partition is purged further than the purge file tells. The file is written
/// first, so no crash leaves that; the full id of the purge point can't be had from anywhere else.
fn check_purge_file<NID: openraft::NodeId>(
    partition: &Partition,
    purged: Option<&LogId<NID>>,
) -> Result<(), LogStoreError> {
    match purge_file_behind(partition.last_purge_id()?, purged.map(|id| id.index)) {
        Some(index) => Err(LogStoreError::PurgeBehind {
            path: partition.path().join(PURGE_FILE),
            file: purged.map_or_else(|| "nothing: it is missing".into(), ToString::to_string),
            partition: index,
        }),
        None => Ok(()),
    }
}

/// The partition's purge point, if it is further than that of the purge file.
pub(crate) fn purge_file_behind(partition: Option<u64>, file: Option<u64>) -> Option<u64> {
    partition.filter(|index| file.is_none_or(|file| file < *index))
}

/// Writes the vote file of a log that was never used, or refuses one that was.
fn first_vote_file<C: RaftTypeConfig>(
    partition: &Partition,
    purged: Option<&LogId<C::NodeId>>,
) -> Result<(), LogStoreError> {
    let path = partition.path().join(VOTE_FILE);
    if let Some(beside) = sign_of_use(purged, partition.last_key()?) {
        return Err(LogStoreError::VoteMissing { path, beside });
    }
    let bytes = small_file::to_bytes(&VoteFile::<C::NodeId> { vote: None })?;
    // O24: before the first append, because a vote file that is missing beside entries is then
    // always damage.
    fs::replace(&**partition.fs(), &path, &bytes, SyncSite::here())
        .map_err(|e| LogStoreError::io("replace", &path, e))
}

/// What shows that a log was used, so that its vote file must be there.
pub(crate) fn sign_of_use(purged: Option<impl Display>, last: Option<u64>) -> Option<String> {
    match (purged, last) {
        (Some(id), _) => Some(format!("the purged id {id}")),
        (None, Some(index)) => Some(format!("entries up to index {index}")),
        (None, None) => None,
    }
}

/// Does what is left of the purge that the purge file announces: hides the entries up to it, and
/// removes those above if they are of an older leader.
fn complete_purge<C: RaftTypeConfig>(
    partition: &mut Partition,
    purged: &LogId<C::NodeId>,
    seeded: Seeded,
) -> Result<(), LogStoreError> {
    let behind = partition
        .last_purge_id()?
        .is_none_or(|index| index < purged.index);
    // O23: the steps behind the purge file, in their order, at every open: which of them a crash cut
    // off is not known.
    if behind && !(seeded!(seeded, RepurgeSkipped)) {
        partition.purge(purged.index)?;
    }
    let Some((first, _)) = held(partition)? else {
        return Ok(());
    };
    match judge_front(purged, purged.index, first, || {
        log_id_at::<C>(partition, first)
    })? {
        Front::Whole => Ok(()),
        Front::StaleSuffix { .. } if seeded!(seeded, StaleCutSkipped) => Ok(()),
        Front::StaleSuffix { from } => Ok(partition.truncate(from)?),
        Front::Hole { expected } => Err(LogStoreError::HoleAtFront {
            path: partition.chunk_path(first),
            expected,
            found: first,
        }),
    }
}

/// What the first entry above the purge point is to it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Front {
    /// The entry that follows.
    Whole,
    /// One of an older leader, which the purge was to remove with everything from here on.
    StaleSuffix { from: u64 },
    /// Entries are missing in between.
    Hole { expected: u64 },
}

/// Judges the first entry that a purge up to `purged`, which has this index, leaves.
///
/// # Errors
/// That of `first_id`.
pub(crate) fn judge_front<I: PartialOrd, E>(
    purged: &I,
    purged_index: u64,
    first: u64,
    first_id: impl FnOnce() -> Result<I, E>,
) -> Result<Front, E> {
    let Some(above) = purged_index.checked_add(1) else {
        return Ok(Front::Whole);
    };
    if first >= above && first_id()? < *purged {
        return Ok(Front::StaleSuffix { from: above });
    }
    Ok(if first == above {
        Front::Whole
    } else {
        Front::Hole { expected: above }
    })
}

/// First and last index in the partition.
fn held(partition: &Partition) -> Result<Option<(u64, u64)>, LogStoreError> {
    Ok(partition.first_key()?.zip(partition.last_key()?))
}

fn log_id_at<C: RaftTypeConfig>(
    partition: &Partition,
    index: u64,
) -> Result<LogId<C::NodeId>, LogStoreError> {
    let records = partition.read_range(index..=index)?;
    let record = records
        .first()
        .ok_or(LogStoreError::MissingEntry { index })?;
    let entry = decode_entry_at::<C>(index, &record.payload)
        .map_err(|e| LogStoreError::bad_entry(index, &e))?;
    Ok(entry.get_log_id().clone())
}

/// The committed id, if it can be trusted. The file is written without a sync, so after a crash it
/// may be torn, or tell of entries that are gone.
fn committed<C: RaftTypeConfig>(
    partition: &Partition,
    log: &Recovered<C>,
) -> Option<LogId<C::NodeId>> {
    let read = small_file::read::<CommittedFile<C::NodeId>>(&**partition.fs(), partition.path());
    let committed = match read {
        Ok(file) => file?.committed?,
        Err(error) => {
            tracing::warn!(%error, "committed id not known");
            return None;
        }
    };
    let purged = log.purged.as_ref().map(|purged| purged.index);
    let same = |index| log_id_at::<C>(partition, index).ok().as_ref() == Some(&committed);
    committed_holds(committed.index, purged, log.held, same).then_some(committed)
}

/// Whether a committed id is one of the log: purged, or that of an entry that is held.
pub(crate) fn committed_holds(
    index: u64,
    purged: Option<u64>,
    held: Option<(u64, u64)>,
    same_id_at: impl FnOnce(u64) -> bool,
) -> bool {
    if purged.is_some_and(|purged| index <= purged) {
        return true;
    }
    held.is_some_and(|(first, last)| (first..=last).contains(&index)) && same_id_at(index)
}
