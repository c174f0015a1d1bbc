//! raft-log as a log store of openraft, for the cluster.

use std::fmt::Debug;
use std::ops::{Bound, RangeBounds};
use std::path::Path;

use openraft::storage::{LogFlushed, RaftLogStorage};
use openraft::{
    CommittedLeaderId, LogId, LogState, OptionalSend, RaftLogReader, StorageError, StorageIOError,
    Vote,
};
use raft_log::api::raft_log_writer::RaftLogWriter as _;

use crate::raft_log_0_4::{Id, Store, Told, triple};
use crate::suite::cluster;
use crate::suite::log::{Entry, Types};

type Failed = StorageError<u64>;

/// The store.
#[derive(Clone)]
struct RaftLogStore(Store);

/// The store for clusters.
pub fn store() -> cluster::Store {
    let run = |dir: &Path, quick| {
        cluster::measure(dir, quick, |dir| {
            std::future::ready(RaftLogStore(Store::open(&dir)))
        })
    };
    cluster::Store {
        name: "raft-log 0.4",
        run,
    }
}

fn id(&((term, node), index): &Id) -> LogId<u64> {
    LogId::new(CommittedLeaderId::new(term, node), index)
}

impl RaftLogReader<Types> for RaftLogStore {
    async fn try_get_log_entries<RB: RangeBounds<u64> + Clone + Debug + OptionalSend>(
        &mut self,
        range: RB,
    ) -> Result<Vec<Entry>, Failed> {
        let from = match range.start_bound() {
            Bound::Included(&index) => index,
            Bound::Excluded(&index) => index + 1,
            Bound::Unbounded => 0,
        };
        let to = match range.end_bound() {
            Bound::Included(&index) => index + 1,
            Bound::Excluded(&index) => index,
            Bound::Unbounded => u64::MAX,
        };
        Ok(self.0.entries(from..to))
    }
}

impl RaftLogStorage<Types> for RaftLogStore {
    type LogReader = Self;

    async fn get_log_state(&mut self) -> Result<LogState<Types>, Failed> {
        let log = self.0.0.lock().unwrap();
        let state = log.log_state();
        Ok(LogState {
            last_purged_log_id: state.purged().map(id),
            last_log_id: state.last().map(id),
        })
    }

    async fn get_log_reader(&mut self) -> Self {
        self.clone()
    }

    async fn save_vote(&mut self, vote: &Vote<u64>) -> Result<(), Failed> {
        let (leader, committed) = (vote.leader_id, u64::from(vote.committed));
        self.0
            .change(|log| log.save_vote(((leader.term, leader.node_id), committed)));
        Ok(())
    }

    async fn read_vote(&mut self) -> Result<Option<Vote<u64>>, Failed> {
        let log = self.0.0.lock().unwrap();
        let vote = log.log_state().vote().copied();
        Ok(vote.map(|((term, node), committed)| match committed {
            1 => Vote::new_committed(term, node),
            _ => Vote::new(term, node),
        }))
    }

    async fn append<I>(&mut self, entries: I, callback: LogFlushed<Types>) -> Result<(), Failed>
    where
        I: IntoIterator<Item = Entry> + OptionalSend,
        I::IntoIter: OptionalSend,
    {
        let told = Told::new(move |result| callback.log_io_completed(result));
        let issued = self.0.issue(entries, told);
        issued.map_err(|e| StorageIOError::write_logs(&e).into())
    }

    async fn truncate(&mut self, log_id: LogId<u64>) -> Result<(), Failed> {
        self.0.change(|log| log.truncate(log_id.index));
        Ok(())
    }

    async fn purge(&mut self, log_id: LogId<u64>) -> Result<(), Failed> {
        self.0.change(|log| log.purge(triple(log_id)));
        Ok(())
    }
}
