//! A log in memory that notes every call.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::io;
use std::ops::RangeBounds;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use openraft::storage::{LogFlushed, RaftLogStorage};
use openraft::{LogId, LogState, OptionalSend, RaftLogReader, StorageError, StorageIOError, Vote};
use openraft_timevault::verify::caller::{Call, History, Run};
use openraft_timevault::verify::log as words;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::{Entry, NodeConfig};

type Failed = StorageError<u64>;

/// Longest time from an append to its answer.
const SLOWEST: Duration = Duration::from_millis(8);

/// The disk of one node. It outlives the node's processes.
pub(crate) struct Disk {
    entries: BTreeMap<u64, Entry>,
    purged: Option<LogId<u64>>,
    vote: Option<Vote<u64>>,
    committed: Option<LogId<u64>>,
    /// Entries of the append that is not answered yet.
    unanswered: Option<u64>,
    /// Number of the process that has the log open. Calls of earlier ones fail and are not noted.
    process: u64,
    /// Times from an append to its answer, and what a kill leaves of one without; `None`: it is answered at once.
    chance: Option<StdRng>,
    pub(crate) history: History,
}

/// A process's handle of its node's log. Clones are its readers.
#[derive(Clone)]
pub(crate) struct RecordedLog {
    disk: Arc<Mutex<Disk>>,
    process: u64,
}

impl Disk {
    /// One that is slow at random.
    pub(crate) fn slow(seed: u64) -> Arc<Mutex<Self>> {
        Self::new(Some(StdRng::seed_from_u64(seed)))
    }

    /// One that answers at once.
    pub(crate) fn prompt() -> Arc<Mutex<Self>> {
        Self::new(None)
    }

    fn new(chance: Option<StdRng>) -> Arc<Mutex<Self>> {
        Arc::new(Mutex::new(Self {
            entries: BTreeMap::new(),
            purged: None,
            vote: None,
            committed: None,
            unanswered: None,
            process: 0,
            chance,
            history: History::default(),
        }))
    }

    fn last(&self) -> Option<LogId<u64>> {
        let last = self.entries.values().next_back().map(|entry| entry.log_id);
        last.or(self.purged)
    }

    fn note(&mut self, call: Call) {
        self.history.calls.push(call);
    }

    /// The process ends, now. Of an append that is not answered any part may be lost.
    pub(crate) fn stop(&mut self) {
        self.process += 1;
        let unanswered = self.unanswered.take().unwrap_or(0);
        let kept = match &mut self.chance {
            Some(chance) => chance.random_range(0..=unanswered),
            None => unanswered,
        };
        for _ in kept..unanswered {
            self.entries.pop_last();
        }
        self.note(Call::Stop { kept });
    }
}

pub(crate) fn id(id: LogId<u64>) -> words::LogId {
    words::LogId {
        term: id.leader_id.term,
        node: id.leader_id.node_id,
        index: id.index,
    }
}

impl RecordedLog {
    pub(crate) fn open(disk: &Arc<Mutex<Disk>>) -> Self {
        let process = {
            let mut disk = disk.lock().unwrap();
            disk.note(Call::Open);
            disk.process
        };
        let disk = Arc::clone(disk);
        Self { disk, process }
    }

    fn disk(&self) -> Result<MutexGuard<'_, Disk>, Failed> {
        let disk = self.disk.lock().unwrap();
        if disk.process == self.process {
            return Ok(disk);
        }
        let ended = io::Error::other("the process has ended");
        Err(StorageIOError::read(&ended).into())
    }

    fn call(&self, call: Call) -> Result<MutexGuard<'_, Disk>, Failed> {
        let mut disk = self.disk()?;
        disk.note(call);
        Ok(disk)
    }
}

impl RaftLogReader<NodeConfig> for RecordedLog {
    async fn try_get_log_entries<RB: RangeBounds<u64> + Clone + Debug + OptionalSend>(
        &mut self,
        range: RB,
    ) -> Result<Vec<Entry>, Failed> {
        let (start, end) = (range.start_bound().cloned(), range.end_bound().cloned());
        let disk = self.call(Call::Read { start, end })?;
        Ok(disk
            .entries
            .range(range)
            .map(|(_, entry)| entry.clone())
            .collect())
    }

    async fn limited_get_log_entries(
        &mut self,
        start: u64,
        end: u64,
    ) -> Result<Vec<Entry>, Failed> {
        let disk = self.call(Call::ReadLimited { start, end })?;
        let entries = disk.entries.range(start..end);
        Ok(entries.map(|(_, entry)| entry.clone()).collect())
    }
}

impl RaftLogStorage<NodeConfig> for RecordedLog {
    type LogReader = Self;

    async fn get_log_state(&mut self) -> Result<LogState<NodeConfig>, Failed> {
        let disk = self.call(Call::State)?;
        Ok(LogState {
            last_purged_log_id: disk.purged,
            last_log_id: disk.last(),
        })
    }

    async fn get_log_reader(&mut self) -> Self {
        // A process that has ended gets a reader whose calls fail.
        drop(self.call(Call::Reader));
        self.clone()
    }

    async fn save_vote(&mut self, vote: &Vote<u64>) -> Result<(), Failed> {
        let saved = words::Vote {
            term: vote.leader_id.term,
            node: vote.leader_id.node_id,
            committed: vote.committed,
        };
        self.call(Call::SaveVote(saved))?.vote = Some(*vote);
        Ok(())
    }

    async fn read_vote(&mut self) -> Result<Option<Vote<u64>>, Failed> {
        Ok(self.call(Call::ReadVote)?.vote)
    }

    async fn save_committed(&mut self, committed: Option<LogId<u64>>) -> Result<(), Failed> {
        self.call(Call::SaveCommitted(committed.map(id)))?.committed = committed;
        Ok(())
    }

    async fn read_committed(&mut self) -> Result<Option<LogId<u64>>, Failed> {
        Ok(self.call(Call::ReadCommitted)?.committed)
    }

    async fn append<I>(
        &mut self,
        entries: I,
        callback: LogFlushed<NodeConfig>,
    ) -> Result<(), Failed>
    where
        I: IntoIterator<Item = Entry> + OptionalSend,
        I::IntoIter: OptionalSend,
    {
        let entries: Vec<Entry> = entries.into_iter().collect();
        let ids: Vec<_> = entries.iter().map(|entry| id(entry.log_id)).collect();
        let wait = {
            let mut disk = self.call(Call::Append(Run::of(&ids)))?;
            disk.unanswered = Some(ids.len() as u64);
            disk.entries
                .extend(entries.into_iter().map(|entry| (entry.log_id.index, entry)));
            let chance = disk.chance.as_mut();
            chance.map(|chance| chance.random_range(Duration::ZERO..SLOWEST))
        };
        let log = self.clone();
        let answer = move || {
            let answered = log.call(Call::Answered);
            let answered = answered.map(|mut disk| disk.unanswered = None);
            callback.log_io_completed(answered.map_err(io::Error::other));
        };
        match wait {
            None => answer(),
            Some(wait) => drop(tokio::spawn(async move {
                tokio::time::sleep(wait).await;
                answer();
            })),
        }
        Ok(())
    }

    async fn truncate(&mut self, from: LogId<u64>) -> Result<(), Failed> {
        let mut disk = self.call(Call::Truncate(id(from)))?;
        drop(disk.entries.split_off(&from.index));
        Ok(())
    }

    async fn purge(&mut self, upto: LogId<u64>) -> Result<(), Failed> {
        let mut disk = self.call(Call::Purge(id(upto)))?;
        disk.entries = disk.entries.split_off(&(upto.index + 1));
        disk.purged = Some(upto);
        Ok(())
    }
}
