//! The small store of the harness as one of openraft, so that openraft's own suite can be run on it.

use std::fmt::Debug;
use std::io;
use std::ops::RangeBounds;
use std::sync::LazyLock;

use openraft::storage::{LogFlushed, RaftLogStorage};
use openraft::{
    AnyError, BasicNode, Entry, EntryPayload, LogId as RaftId, LogState as RaftState, Membership,
    OptionalSend, RaftLogReader, StorageError, StorageIOError, Vote as RaftVote,
};

use super::HarnessTypes;
use super::values::Values;
use crate::bindings::defaults;
use crate::log::{Content, Flushed, Grown, IndexRange, Log, LogError, Members, PendingAppend};
use crate::seeded::{PlainReader, PlainWal};

/// openraft's values for those of the harness.
static VALUES: LazyLock<Values<HarnessTypes>> = LazyLock::new(Values::default);

fn grown(entry: Entry<HarnessTypes>) -> Grown {
    let content = match entry.payload {
        EntryPayload::Blank => Content::Blank,
        EntryPayload::Normal(payload) => Content::Normal(payload),
        EntryPayload::Membership(membership) => Content::Membership(Members {
            configs: membership.get_joint_config().clone(),
            // What is known of a node is the number in its address.
            nodes: membership
                .nodes()
                .map(|(id, node)| (*id, defaults::number(&node.addr)))
                .collect(),
        }),
    };
    Grown {
        id: VALUES.read_id(&entry.log_id),
        content,
    }
}

fn raft_entry(grown: Grown) -> Entry<HarnessTypes> {
    let payload = match grown.content {
        Content::Blank => EntryPayload::Blank,
        Content::Normal(payload) => EntryPayload::Normal(payload),
        Content::Membership(members) => {
            let nodes = members.nodes.into_iter();
            let nodes: std::collections::BTreeMap<_, _> = nodes
                .map(|(id, number)| (id, BasicNode::new(defaults::address(number))))
                .collect();
            EntryPayload::Membership(Membership::new(members.configs, nodes))
        }
    };
    Entry {
        log_id: VALUES.id(grown.id),
        payload,
    }
}

fn write(error: impl Into<LogError>) -> StorageError<u64> {
    let error = io::Error::other(error.into().to_string());
    StorageIOError::write(AnyError::new(&error)).into()
}

fn read(error: impl Into<LogError>) -> StorageError<u64> {
    let error = io::Error::other(error.into().to_string());
    StorageIOError::read(AnyError::new(&error)).into()
}

fn pair<R: RangeBounds<u64>>(range: &R) -> IndexRange {
    IndexRange::pair((range.start_bound().cloned(), range.end_bound().cloned()))
}

impl RaftLogReader<HarnessTypes> for PlainWal {
    async fn try_get_log_entries<R: RangeBounds<u64> + Clone + Debug + OptionalSend>(
        &mut self,
        range: R,
    ) -> Result<Vec<Entry<HarnessTypes>>, StorageError<u64>> {
        let entries = self.grown(pair(&range)).await.map_err(read)?;
        Ok(entries.into_iter().map(raft_entry).collect())
    }

    async fn limited_get_log_entries(
        &mut self,
        start: u64,
        end: u64,
    ) -> Result<Vec<Entry<HarnessTypes>>, StorageError<u64>> {
        let entries = self.grown_limited(start, end).await.map_err(read)?;
        Ok(entries.into_iter().map(raft_entry).collect())
    }
}

impl RaftLogReader<HarnessTypes> for PlainReader {
    async fn try_get_log_entries<R: RangeBounds<u64> + Clone + Debug + OptionalSend>(
        &mut self,
        range: R,
    ) -> Result<Vec<Entry<HarnessTypes>>, StorageError<u64>> {
        let entries = self.grown(pair(&range)).await.map_err(read)?;
        Ok(entries.into_iter().map(raft_entry).collect())
    }
}

impl RaftLogStorage<HarnessTypes> for PlainWal {
    type LogReader = PlainReader;

    async fn get_log_state(&mut self) -> Result<RaftState<HarnessTypes>, StorageError<u64>> {
        let state = self.state().await.map_err(read)?;
        Ok(RaftState {
            last_purged_log_id: state.purged.map(|id| VALUES.id(id)),
            last_log_id: state.last.map(|id| VALUES.id(id)),
        })
    }

    async fn get_log_reader(&mut self) -> PlainReader {
        self.new_reader()
    }

    async fn save_vote(&mut self, new: &RaftVote<u64>) -> Result<(), StorageError<u64>> {
        Log::save_vote(self, VALUES.read_vote(new))
            .await
            .map_err(write)
    }

    async fn read_vote(&mut self) -> Result<Option<RaftVote<u64>>, StorageError<u64>> {
        let vote = self.vote().await.map_err(read)?;
        Ok(vote.map(|vote| VALUES.vote(vote)))
    }

    async fn save_committed(
        &mut self,
        committed: Option<RaftId<u64>>,
    ) -> Result<(), StorageError<u64>> {
        let id = committed.map(|id| VALUES.read_id(&id));
        Log::save_committed(self, id).await.map_err(write)
    }

    async fn read_committed(&mut self) -> Result<Option<RaftId<u64>>, StorageError<u64>> {
        let committed = self.committed().await.map_err(read)?;
        Ok(committed.map(|id| VALUES.id(id)))
    }

    async fn append<I>(
        &mut self,
        entries: I,
        callback: LogFlushed<HarnessTypes>,
    ) -> Result<(), StorageError<u64>>
    where
        I: IntoIterator<Item = Entry<HarnessTypes>> + OptionalSend,
        I::IntoIter: OptionalSend,
    {
        let entries = entries.into_iter().map(grown).collect();
        let (ack, pending) = PendingAppend::new();
        self.append_grown(entries, ack).await.map_err(write)?;
        tokio::spawn(async move {
            match pending.settled().await {
                Flushed::Ok => callback.log_io_completed(Ok(())),
                Flushed::Err(error) => callback.log_io_completed(Err(io::Error::other(error))),
                Flushed::Dropped => drop(callback),
            }
        });
        Ok(())
    }

    async fn truncate(&mut self, from: RaftId<u64>) -> Result<(), StorageError<u64>> {
        let from = VALUES.read_id(&from);
        Log::truncate(self, from, None).await.map_err(write)
    }

    async fn purge(&mut self, upto: RaftId<u64>) -> Result<(), StorageError<u64>> {
        Log::purge(self, VALUES.read_id(&upto)).await.map_err(write)
    }
}
