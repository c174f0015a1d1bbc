//! What the log store decides about writes.
//!
//! Every call is decided when it is made, from what was issued before it: a refused one has
//! changed nothing, an accepted one is handed to the writer whole. What is waited for comes before
//! (room in the queue) or after (the disk), so a future may be dropped wherever it stands.

use openraft::storage::LogFlushed;
use openraft::{LogId, NodeId, RaftLogId, RaftTypeConfig, Vote};

use super::core::Records;
use super::encode;
use super::error::{EncodeError, LogStoreError};
use super::read_back;
use super::reserved;
use super::small_file::{self, CommittedFile, PurgeFile, VoteFile};
use super::store::TimevaultLogStore;

/// An append that was accepted and has not been issued.
pub(super) struct AppendPlan<NID: NodeId> {
    /// From where on held entries have to go.
    cut: Option<u64>,
    /// The entries above the purge point.
    records: Records,
    /// Id of the last of them.
    last: Option<LogId<NID>>,
}

impl<C: RaftTypeConfig> TimevaultLogStore<C> {
    pub(super) async fn store_vote(&mut self, vote: &Vote<C::NodeId>) -> Result<(), LogStoreError> {
        encode::check_leader(&vote.leader_id).map_err(|reason| LogStoreError::IdNotStorable {
            what: "vote",
            reason,
        })?;
        let file = small_file::to_bytes(&VoteFile {
            vote: Some(vote.clone()),
        })?;
        let pending = self.core.save_vote(file)?;
        self.vote = Some(vote.clone());
        pending.wait().await
    }

    pub(super) fn store_committed(
        &mut self,
        committed: Option<LogId<C::NodeId>>,
    ) -> Result<(), LogStoreError> {
        if let Some(id) = &committed {
            self.check_leader_of(id)
                .map_err(|reason| LogStoreError::IdNotStorable {
                    what: "committed id",
                    reason,
                })?;
        }
        let file = CommittedFile { committed };
        self.core.save_committed(small_file::to_bytes(&file)?)?;
        self.committed = file.committed;
        Ok(())
    }

    pub(super) async fn issue_append(
        &mut self,
        plan: Result<AppendPlan<C::NodeId>, LogStoreError>,
        callback: LogFlushed<C>,
    ) -> Result<(), LogStoreError> {
        let plan = plan?;
        let room = self.core.room(plan.records.byte_len()).await?;
        let callback = Box::new(move |result| callback.log_io_completed(result));
        self.core
            .append(plan.cut, plan.records, Some(room), callback)?;
        if plan.last.is_some() {
            self.last = plan.last;
        }
        Ok(())
    }

    /// Encodes the entries and decides whether the log takes them.
    pub(super) fn plan_append(
        &mut self,
        entries: impl IntoIterator<Item = C::Entry>,
    ) -> Result<AppendPlan<C::NodeId>, LogStoreError> {
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
                    .push(|out| self.encode(&entry, out))
                    .map_err(|reason| LogStoreError::NotStorable { index, reason })?;
            }
            previous = Some(entry);
        }
        let last = previous
            .filter(|_| !records.is_empty())
            .map(|e| e.get_log_id().clone());
        Ok(AppendPlan { cut, records, last })
    }

    /// Encodes an entry that must be readable once it is acknowledged.
    fn encode(&self, entry: &C::Entry, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let start = out.len();
        encode::object(entry, out)?;
        let json = out.get(start..).unwrap_or_default();
        // Names that serde_json keeps for itself are compared in any case: looking for them costs nothing.
        if self.read_back || reserved::may_be_in(json) {
            read_back::check::<C>(entry, json)?;
        }
        Ok(())
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
        let held = self.core.shared().held()?;
        let Some((first, _)) = held.filter(|&(_, last)| index <= last) else {
            return self.core.settle()?.wait().await;
        };
        let from = index.max(first);
        let new_last = match from.checked_sub(1).filter(|&before| before >= first) {
            Some(before) => Some(self.reader.log_id_at(before)?),
            None => self.purged.clone(),
        };
        let pending = self.core.truncate(from)?;
        self.last = new_last;
        pending.wait().await
    }

    pub(super) async fn issue_purge(&mut self, id: LogId<C::NodeId>) -> Result<(), LogStoreError> {
        let held = self.core.shared().held()?;
        if let Some(purged) = &self.purged {
            if id <= *purged {
                return self.core.settle()?.wait().await;
            }
            if id.index < purged.index {
                let (purged, attempted) = (purged.to_string(), id.to_string());
                return Err(LogStoreError::PurgeMovesBack { purged, attempted });
            }
        }
        self.check_leader_of(&id)
            .map_err(|reason| LogStoreError::IdNotStorable {
                what: "purged id",
                reason,
            })?;
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
        let Some(above) = id.index.checked_add(1) else {
            return Ok(false);
        };
        let Some((first, _)) = held.filter(|&(_, last)| above <= last) else {
            return Ok(false);
        };
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
            encode::check_leader(leader)?;
            self.checked = Some(leader.clone());
        }
        Ok(())
    }
}

/// Refuses an id that is not above the one before it.
fn ascending<NID: NodeId>(
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
    Err(LogStoreError::Hole {
        expected: last.saturating_add(1),
        attempted: index,
    })
}
