//! The log store and its decisions.
//!
//! Every call is decided when it is made, from what was issued before it: a refused one has
//! changed nothing, an accepted one is handed to the writer whole. What is waited for comes before
//! (room in the queue) or after (the disk), so a future may be dropped wherever it stands.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use openraft::storage::LogFlushed;
use openraft::{CommittedLeaderId, LogId, RaftLogId, RaftTypeConfig, Vote};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use timevault::{Partition, Store, StoreOptions};
use uuid::Uuid;

use super::core::{Core, Records};
use super::encode;
use super::error::{EncodeError, LogStoreError};
use super::opening;
use super::options::LogStoreOptions;
use super::reader::TimevaultLogReader;
use super::recovery::Recovered;
use super::small_file::{self, CommittedFile, PurgeFile, VoteFile};

/// The log of one raft node, on a timevault partition.
///
/// Implements [`RaftLogStorage`](openraft::storage::RaftLogStorage). Made by [`open`](Self::open)
/// or [`open_dir`](Self::open_dir); readers come from
/// [`get_log_reader`](openraft::storage::RaftLogStorage::get_log_reader).
///
/// * Appends are readable when the call returns and durable when the callback is called; votes,
///   truncates and purges are durable when the call returns. Writes reach the disk in the order
///   they were called.
/// * After a failed write the store answers every call with [`LogStoreError::Failed`] until it is
///   opened again. Calls that are refused change nothing.
/// * No call blocks the calling thread for a sync. Futures may be dropped at any point: the write
///   happens whole or not at all, in its place in the order.
/// * Dropping the store lets the writer finish what was issued and close the log; opening it again
///   waits for that. To hear of the end, use [`close`](Self::close).
pub struct TimevaultLogStore<C: RaftTypeConfig> {
    core: Core,
    reader: TimevaultLogReader<C>,
    vote: Option<Vote<C::NodeId>>,
    committed: Option<LogId<C::NodeId>>,
    purged: Option<LogId<C::NodeId>>,
    /// Id of the last entry issued, else the purged id.
    last: Option<LogId<C::NodeId>>,
    /// The leader whose node id was found storable last.
    checked: Option<CommittedLeaderId<C::NodeId>>,
}

impl<C: RaftTypeConfig> fmt::Debug for TimevaultLogStore<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TimevaultLogStore")
            .field("path", &self.path())
            .field("vote", &self.vote)
            .field("purged", &self.purged)
            .field("last", &self.last)
            .finish_non_exhaustive()
    }
}

/// An append that was accepted and waits for room.
struct Plan<NID: openraft::NodeId> {
    cut: Option<u64>,
    records: Records,
    last: Option<LogId<NID>>,
}

impl<C: RaftTypeConfig> TimevaultLogStore<C> {
    /// Opens the log with partition id `id` in `store`, and creates it when there is none.
    ///
    /// Works on a thread of its own; needs no async runtime. Waits for a log of this process that
    /// is being closed.
    ///
    /// # Errors
    /// [`LogStoreError::Engine`] when the partition is open already, is none of this entry format
    /// or is damaged; [`LogStoreError::Damaged`], [`LogStoreError::VoteMissing`],
    /// [`LogStoreError::PurgeBehind`] and [`LogStoreError::HoleAtFront`] for small files that no
    /// crash leaves like this; [`LogStoreError::IdNotStorable`] for a node id that JSON can't have
    /// as a map key; errors of the disk. Damage is reported with nothing cut.
    pub async fn open(
        store: &Store,
        id: Uuid,
        options: LogStoreOptions,
    ) -> Result<Self, LogStoreError> {
        let store = store.clone();
        opening::off_executor(move || opening::open_log(&store, id, &options)).await
    }

    /// Opens a log that has the directory `root` for itself, and creates both when missing.
    ///
    /// The directory becomes a store with one partition,
    /// [`SINGLE_LOG_ID`](super::SINGLE_LOG_ID). It is locked while the log is open.
    ///
    /// # Errors
    /// As [`open`](Self::open), and when the directory is locked by another store.
    pub async fn open_dir(
        root: impl AsRef<Path>,
        options: LogStoreOptions,
    ) -> Result<Self, LogStoreError> {
        Self::open_dir_with(root, StoreOptions::default(), options).await
    }

    /// As [`open_dir`](Self::open_dir), with settings for the store, such as another file system.
    ///
    /// # Errors
    /// As [`open_dir`](Self::open_dir).
    pub async fn open_dir_with(
        root: impl AsRef<Path>,
        store_options: StoreOptions,
        options: LogStoreOptions,
    ) -> Result<Self, LogStoreError> {
        let root = root.as_ref().to_path_buf();
        opening::off_executor(move || opening::open_single(&root, store_options, &options)).await
    }

    pub(super) fn start(
        partition: Partition,
        recovered: Recovered<C>,
        options: &LogStoreOptions,
    ) -> Result<Self, LogStoreError> {
        let Recovered { vote, purged, last, committed, held } = recovered;
        let purged_index = purged.as_ref().map(|id| id.index);
        let core = Core::start(partition, purged_index, held, options.queue_bytes)
            .map_err(LogStoreError::Threads)?;
        let reader = TimevaultLogReader::new(Arc::clone(core.shared()), options.limited_read_bytes);
        Ok(Self { core, reader, vote, committed, purged, last, checked: None })
    }

    /// Directory of the log's partition, with its chunks and small files.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.core.shared().path()
    }

    /// A reader of this log.
    #[must_use]
    pub fn reader(&self) -> TimevaultLogReader<C> {
        self.reader.clone()
    }

    /// Finishes what was issued, closes the log cleanly and waits for that. The log and, for
    /// [`open_dir`](Self::open_dir), the directory are then free.
    ///
    /// # Errors
    /// The first failure of the log, or that of the close. The log is free all the same; opening
    /// it again shows what is on the disk.
    pub async fn close(self) -> Result<(), LogStoreError> {
        self.core.close().await
    }

    pub(super) fn check(&self) -> Result<(), LogStoreError> {
        self.core.shared().check()
    }

    /// The purged id and the last id.
    #[expect(clippy::type_complexity, reason = "two optional ids")]
    pub(super) fn log_state(
        &self,
    ) -> Result<(Option<LogId<C::NodeId>>, Option<LogId<C::NodeId>>), LogStoreError> {
        self.check()?;
        Ok((self.purged.clone(), self.last.clone()))
    }

    pub(super) fn vote(&self) -> Result<Option<Vote<C::NodeId>>, LogStoreError> {
        self.check()?;
        Ok(self.vote.clone())
    }

    pub(super) fn committed(&self) -> Result<Option<LogId<C::NodeId>>, LogStoreError> {
        self.check()?;
        Ok(self.committed.clone())
    }

    pub(super) async fn store_vote(&mut self, vote: &Vote<C::NodeId>) -> Result<(), LogStoreError> {
        check_leader(&vote.leader_id)
            .map_err(|reason| LogStoreError::IdNotStorable { what: "vote", reason })?;
        let file = small_file::to_bytes(&VoteFile { vote: Some(vote.clone()) })?;
        let pending = self.core.save_vote(file)?;
        self.vote = Some(vote.clone());
        pending.wait().await
    }

    pub(super) fn store_committed(
        &mut self,
        committed: Option<LogId<C::NodeId>>,
    ) -> Result<(), LogStoreError> {
        let file = CommittedFile { committed };
        self.core.save_committed(small_file::to_bytes(&file)?)?;
        self.committed = file.committed;
        Ok(())
    }

    pub(super) async fn issue_append(
        &mut self,
        plan: Result<AppendPlan<C>, LogStoreError>,
        callback: LogFlushed<C>,
    ) -> Result<(), LogStoreError> {
        let AppendPlan(plan) = plan?;
        let room = self.core.room(plan.records.byte_len()).await?;
        let callback = Box::new(move |result| callback.log_io_completed(result));
        self.core.append(plan.cut, plan.records, Some(room), callback)?;
        if plan.last.is_some() {
            self.last = plan.last;
        }
        Ok(())
    }

    /// Encodes the entries and decides whether the log takes them.
    pub(super) fn plan_append(
        &mut self,
        entries: impl IntoIterator<Item = C::Entry>,
    ) -> Result<AppendPlan<C>, LogStoreError> {
        let held = self.core.shared().held()?;
        let purged_index = self.purged.as_ref().map(|id| id.index);
        let mut cut = None;
        let mut records = Records::default();
        let mut previous: Option<C::Entry> = None;
        for entry in entries {
            let id = entry.get_log_id();
            let index = id.index;
            self.check_leader_of(id)
                .map_err(|reason| LogStoreError::NotStorable { index, reason })?;
            ascending(previous.as_ref().map(RaftLogId::get_log_id), id)?;
            if purged_index.is_none_or(|purged| index > purged) {
                match records.last() {
                    Some(last) => follows(last, index)?,
                    None => {
                        cut = self.plan_first(held, id)?;
                        records = Records::starting_at(index);
                    }
                }
                records
                    .push(|out| encode::object(&entry, out))
                    .map_err(|reason| LogStoreError::NotStorable { index, reason })?;
            }
            previous = Some(entry);
        }
        let last = previous.filter(|_| !records.is_empty()).map(|e| e.get_log_id().clone());
        Ok(AppendPlan(Plan { cut, records, last }))
    }

    /// Decides about the first entry that is to be stored. Returns from where on held entries have
    /// to go.
    fn plan_first(
        &self,
        held: Option<(u64, u64)>,
        id: &LogId<C::NodeId>,
    ) -> Result<Option<u64>, LogStoreError> {
        let Some((first, last)) = held else {
            if let Some(purged) = &self.purged {
                ascending(Some(purged), id)?;
                follows(purged.index, id.index)?;
            }
            return Ok(None);
        };
        if id.index > last {
            ascending(self.last.as_ref(), id)?;
            follows(last, id.index)?;
            return Ok(None);
        }
        if id.index < first {
            return follows(last, id.index).map(|()| None);
        }
        if id.index == first {
            ascending(self.purged.as_ref(), id)?;
        } else {
            ascending(Some(&self.reader.log_id_at(id.index - 1)?), id)?;
        }
        Ok(Some(id.index))
    }

    pub(super) async fn issue_truncate(&mut self, index: u64) -> Result<(), LogStoreError> {
        let Some((first, last)) = self.core.shared().held()? else { return Ok(()) };
        if index > last {
            return Ok(());
        }
        let from = index.max(first);
        let new_last = match from.checked_sub(1).filter(|&before| before >= first) {
            Some(before) => Some(self.reader.log_id_at(before)?),
            None => self.purged.clone(),
        };
        let pending = self.core.truncate(from)?;
        self.last = new_last;
        pending.wait().await
    }

    pub(super) async fn issue_purge(
        &mut self,
        id: LogId<C::NodeId>,
    ) -> Result<(), LogStoreError> {
        let held = self.core.shared().held()?;
        if let Some(purged) = &self.purged {
            if id <= *purged {
                return Ok(());
            }
            if id.index < purged.index {
                let (purged, attempted) = (purged.to_string(), id.to_string());
                return Err(LogStoreError::PurgeMovesBack { purged, attempted });
            }
        }
        self.check_leader_of(&id)
            .map_err(|reason| LogStoreError::IdNotStorable { what: "purged id", reason })?;
        let cut_above = self.plan_purge(held, &id)?;
        let file = PurgeFile { last_deleted: id };
        let bytes = small_file::to_bytes(&file)?;
        let id = file.last_deleted;
        let pending = self.core.purge(bytes, id.index, cut_above)?;
        if cut_above || held.is_none_or(|(_, last)| id.index >= last) {
            self.last = Some(id.clone());
        }
        self.purged = Some(id);
        pending.wait().await
    }

    /// Whether the entries above the purge are of an older leader and have to go too.
    fn plan_purge(
        &self,
        held: Option<(u64, u64)>,
        id: &LogId<C::NodeId>,
    ) -> Result<bool, LogStoreError> {
        let Some(above) = id.index.checked_add(1) else { return Ok(false) };
        let Some((first, _)) = held.filter(|&(_, last)| above <= last) else { return Ok(false) };
        let stale = self.reader.log_id_at(first.max(above))? < *id;
        // With a purge point, the first entry is the one after it, and `id` is not below that.
        if !stale && above < first {
            let attempted = id.to_string();
            return Err(LogStoreError::PurgeLeavesHole { first, attempted });
        }
        Ok(stale)
    }

    fn check_leader_of(&mut self, id: &LogId<C::NodeId>) -> Result<(), EncodeError> {
        let leader = id.committed_leader_id();
        if self.checked.as_ref() != Some(leader) {
            check_leader(leader)?;
            self.checked = Some(leader.clone());
        }
        Ok(())
    }
}

/// An append that was accepted.
pub(super) struct AppendPlan<C: RaftTypeConfig>(Plan<C::NodeId>);

/// Refuses an id that is not above the one before it.
fn ascending<NID: openraft::NodeId>(
    previous: Option<&LogId<NID>>,
    id: &LogId<NID>,
) -> Result<(), LogStoreError> {
    match previous {
        Some(previous) if id <= previous => Err(LogStoreError::NotAscending {
            previous: previous.to_string(),
            attempted: id.to_string(),
            index: id.index,
        }),
        _ => Ok(()),
    }
}

/// Refuses an index that is not the one after `last`.
fn follows(last: u64, index: u64) -> Result<(), LogStoreError> {
    if last.checked_add(1) == Some(index) {
        return Ok(());
    }
    Err(LogStoreError::Hole { expected: last.saturating_add(1), attempted: index })
}

/// The node id in a leader id, under the names that openraft's two kinds of leader id give it.
#[derive(Deserialize)]
struct NodeIdProbe<'a> {
    #[serde(borrow, alias = "voted_for")]
    node_id: Option<&'a RawValue>,
}

/// Checks the node id in a leader id, if it has one.
fn check_leader<T: Serialize>(leader_id: &T) -> Result<(), EncodeError> {
    let json =
        serde_json::to_string(leader_id).map_err(|e| EncodeError::Serializer(e.to_string()))?;
    // A leader id that is only a term is a number.
    if !json.starts_with('{') {
        return Ok(());
    }
    let probe: NodeIdProbe<'_> =
        serde_json::from_str(&json).map_err(|e| EncodeError::Serializer(e.to_string()))?;
    probe.node_id.map_or(Ok(()), encode::check_node_id)
}
