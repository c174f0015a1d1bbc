//! The small store of the harness as one of openraft 0.10: the store on which this binding is tried.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::io;
use std::ops::RangeBounds;
use std::sync::LazyLock;

use openraft_0_10::entry::RaftEntry as _;
use openraft_0_10::storage::{IOFlushed, LogState as RaftState, RaftLogStorage};
use openraft_0_10::type_config::alias::{EntryOf, LogIdOf, VoteOf};
use openraft_0_10::{BasicNode, Entry, EntryPayload, Membership, OptionalSend, RaftLogReader};

use super::HarnessTypes;
use super::values::Values;
use crate::bindings::defaults;
use crate::log::{Content, Flushed, Grown, IndexRange, Log, LogError, Members, PendingAppend};
use crate::seeded::{PlainReader, PlainWal};

/// openraft's values for those of the harness.
static VALUES: LazyLock<Values<HarnessTypes>> = LazyLock::new(Values::default);

fn failed(error: impl Into<LogError>) -> io::Error {
    io::Error::other(error.into().to_string())
}

fn grown(entry: EntryOf<HarnessTypes>) -> Grown {
    let id = VALUES.read_id(&entry.log_id());
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
    Grown { id, content }
}

fn raft_entry(grown: Grown) -> io::Result<EntryOf<HarnessTypes>> {
    let payload = match grown.content {
        Content::Blank => EntryPayload::Blank,
        Content::Normal(payload) => EntryPayload::Normal(payload),
        Content::Membership(members) => {
            let nodes = members.nodes.into_iter();
            let nodes: BTreeMap<_, _> = nodes
                .map(|(id, seed)| (id, BasicNode::new(defaults::address(seed))))
                .collect();
            let membership = Membership::new(members.configs, nodes);
            EntryPayload::Membership(membership.map_err(|error| failed(error.to_string()))?)
        }
    };
    Ok(Entry {
        log_id: VALUES.id(grown.id),
        payload,
    })
}

impl RaftLogReader<HarnessTypes> for PlainReader {
    async fn try_get_log_entries<R: RangeBounds<u64> + Clone + Debug + OptionalSend>(
        &mut self,
        range: R,
    ) -> io::Result<Vec<EntryOf<HarnessTypes>>> {
        let range = (range.start_bound().cloned(), range.end_bound().cloned());
        let entries = self.grown(IndexRange::pair(range)).await;
        entries
            .map_err(failed)?
            .into_iter()
            .map(raft_entry)
            .collect()
    }

    async fn read_vote(&mut self) -> io::Result<Option<VoteOf<HarnessTypes>>> {
        Ok(self.vote().map(|vote| VALUES.vote(vote)))
    }
}

impl RaftLogStorage<HarnessTypes> for PlainWal {
    type LogReader = PlainReader;

    async fn get_log_state(&mut self) -> io::Result<RaftState<HarnessTypes>> {
        let state = Log::state(self).await.map_err(failed)?;
        Ok(RaftState {
            last_purged_log_id: state.purged.map(|id| VALUES.id(id)),
            last_log_id: state.last.map(|id| VALUES.id(id)),
        })
    }

    async fn get_log_reader(&mut self) -> PlainReader {
        self.new_reader()
    }

    async fn save_vote(&mut self, vote: &VoteOf<HarnessTypes>) -> io::Result<()> {
        Log::save_vote(self, VALUES.read_vote(vote))
            .await
            .map_err(failed)
    }

    async fn save_committed(&mut self, id: Option<LogIdOf<HarnessTypes>>) -> io::Result<()> {
        let id = id.map(|id| VALUES.read_id(&id));
        Log::save_committed(self, id).await.map_err(failed)
    }

    async fn read_committed(&mut self) -> io::Result<Option<LogIdOf<HarnessTypes>>> {
        let committed = Log::committed(self).await.map_err(failed)?;
        Ok(committed.map(|id| VALUES.id(id)))
    }

    async fn append<I>(&mut self, entries: I, callback: IOFlushed<HarnessTypes>) -> io::Result<()>
    where
        I: IntoIterator<Item = EntryOf<HarnessTypes>> + OptionalSend,
        I::IntoIter: OptionalSend,
    {
        let entries = entries.into_iter().map(grown).collect();
        let (ack, pending) = PendingAppend::new();
        self.append_grown(entries, ack).await.map_err(failed)?;
        tokio::spawn(async move {
            match pending.settled().await {
                Flushed::Ok => callback.io_completed(Ok(())),
                Flushed::Err(error) => callback.io_completed(Err(io::Error::other(error))),
                Flushed::Dropped => drop(callback),
            }
        });
        Ok(())
    }

    async fn truncate_after(&mut self, last: Option<LogIdOf<HarnessTypes>>) -> io::Result<()> {
        let last = last.map(|id| VALUES.read_id(&id));
        let from = crate::log::LogId {
            index: last.map_or(0, |last| last.index + 1),
            ..last.unwrap_or_default()
        };
        Log::truncate(self, from, last).await.map_err(failed)
    }

    async fn purge(&mut self, upto: LogIdOf<HarnessTypes>) -> io::Result<()> {
        Log::purge(self, VALUES.read_id(&upto))
            .await
            .map_err(failed)
    }
}
