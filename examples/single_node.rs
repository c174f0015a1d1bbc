//! A Raft of one node whose log is a directory that you can read.
//!
//! ```sh
//! cargo run --example single_node            # in ./single-node-log
//! cargo run --example single_node -- DIR     # in a directory of your choice
//! ```
//!
//! Run it twice: the second run finds the log of the first, and Raft applies it to the new, empty
//! state machine. The state machine here is the shortest that works, a list of lines in memory.
#![allow(clippy::print_stdout, reason = "the example tells what it does")]
#![allow(clippy::result_large_err, reason = "openraft's own error type")]

use std::error::Error;
use std::io::Cursor;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use openraft::error::{InstallSnapshotError, RPCError, RaftError, Unreachable};
use openraft::network::{RPCOption, RaftNetwork, RaftNetworkFactory};
use openraft::raft::{
    AppendEntriesRequest, AppendEntriesResponse, InstallSnapshotRequest, InstallSnapshotResponse,
    VoteRequest, VoteResponse,
};
use openraft::storage::{RaftStateMachine, Snapshot};
use openraft::{
    EntryPayload, LogId, OptionalSend, Raft, RaftSnapshotBuilder, SnapshotMeta, SnapshotPolicy,
    StorageError, StoredMembership,
};
use openraft_timevault::{LogStoreOptions, TimevaultLogStore, can_store};

openraft::declare_raft_types!(
    /// Lines of text in the log.
    pub TypeConfig: D = String, R = (), Node = ()
);

const NODE: u64 = 1;
/// Long enough for one node to elect itself.
const PATIENCE: Duration = Duration::from_secs(10);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let dir = std::env::args().nth(1);
    let dir = dir.unwrap_or_else(|| "single-node-log".into());

    // The log store is all that is special about this node.
    let log = TimevaultLogStore::<TypeConfig>::open_dir(&dir, LogStoreOptions::default()).await?;
    let reader = log.reader();
    println!("opened {}", log.path().display());
    println!("it holds {} entries", reader.entries(..)?.len());

    let machine = Lines::default();
    // The lines are only in memory, so the log must stay whole: no snapshots, no purge.
    let config = openraft::Config {
        snapshot_policy: SnapshotPolicy::Never,
        ..openraft::Config::default()
    };
    let config = Arc::new(config.validate()?);
    let raft = Raft::new(NODE, config, NoPeers, log, machine.clone()).await?;
    if !raft.is_initialized().await? {
        raft.initialize(std::collections::BTreeMap::from([(NODE, ())]))
            .await?;
        println!("initialized a cluster of one node");
    }
    let wait = raft.wait(Some(PATIENCE));
    let metrics = wait.current_leader(NODE, "lead").await?;
    println!("node {NODE} leads in term {}", metrics.current_term);

    for line in ["one", "two", "three"] {
        // A log that refuses an entry ends the node, so ask before.
        can_store::<TypeConfig>(&line.to_string())?;
        let written = raft.client_write(line.to_string()).await?;
        println!("wrote {line:?} as {}", written.log_id);
    }
    println!("the state machine has {:?}", machine.lines());

    raft.shutdown().await?;
    println!("stopped; look at the log with:");
    println!("  cat {dir}/partitions/*/*/*/chunks/*.chunk | jq -c .payload");
    Ok(())
}

/// A state machine that keeps every line.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    applied: Option<LogId<u64>>,
    membership: StoredMembership<u64, ()>,
    lines: Vec<String>,
}

impl Lines {
    fn with<T>(&self, f: impl FnOnce(&mut State) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn lines(&self) -> Vec<String> {
        self.with(|state| state.lines.clone())
    }
}

type Failed = StorageError<u64>;

impl RaftStateMachine<TypeConfig> for Lines {
    type SnapshotBuilder = Self;

    async fn applied_state(
        &mut self,
    ) -> Result<(Option<LogId<u64>>, StoredMembership<u64, ()>), Failed> {
        Ok(self.with(|state| (state.applied, state.membership.clone())))
    }

    async fn apply<I>(&mut self, entries: I) -> Result<Vec<()>, Failed>
    where
        I: IntoIterator<Item = openraft::Entry<TypeConfig>> + OptionalSend,
        I::IntoIter: OptionalSend,
    {
        let apply = |state: &mut State, entry: openraft::Entry<TypeConfig>| {
            state.applied = Some(entry.log_id);
            match entry.payload {
                EntryPayload::Normal(line) => state.lines.push(line),
                EntryPayload::Membership(membership) => {
                    state.membership = StoredMembership::new(Some(entry.log_id), membership);
                }
                EntryPayload::Blank => {}
            }
        };
        Ok(self.with(|state| entries.into_iter().map(|e| apply(state, e)).collect()))
    }

    async fn get_snapshot_builder(&mut self) -> Self {
        self.clone()
    }

    async fn begin_receiving_snapshot(&mut self) -> Result<Box<Cursor<Vec<u8>>>, Failed> {
        Ok(Box::default())
    }

    async fn install_snapshot(
        &mut self,
        meta: &SnapshotMeta<u64, ()>,
        snapshot: Box<Cursor<Vec<u8>>>,
    ) -> Result<(), Failed> {
        let text = String::from_utf8_lossy(snapshot.get_ref()).into_owned();
        self.with(|state| {
            state.applied = meta.last_log_id;
            state.membership = meta.last_membership.clone();
            state.lines = text.lines().map(String::from).collect();
        });
        Ok(())
    }

    async fn get_current_snapshot(&mut self) -> Result<Option<Snapshot<TypeConfig>>, Failed> {
        Ok(None)
    }
}

impl RaftSnapshotBuilder<TypeConfig> for Lines {
    async fn build_snapshot(&mut self) -> Result<Snapshot<TypeConfig>, Failed> {
        Ok(self.with(|state| Snapshot {
            meta: SnapshotMeta {
                last_log_id: state.applied,
                last_membership: state.membership.clone(),
                snapshot_id: format!("{:?}", state.applied),
            },
            snapshot: Box::new(Cursor::new(state.lines.join("\n").into_bytes())),
        }))
    }
}

/// A network without anybody in it.
struct NoPeers;

impl NoPeers {
    fn unreachable<T, E: Error>() -> Result<T, RPCError<u64, (), E>> {
        let error = std::io::Error::other("there is no other node");
        Err(RPCError::Unreachable(Unreachable::new(&error)))
    }
}

impl RaftNetworkFactory<TypeConfig> for NoPeers {
    type Network = Self;

    async fn new_client(&mut self, _target: u64, _node: &()) -> Self {
        Self
    }
}

impl RaftNetwork<TypeConfig> for NoPeers {
    async fn append_entries(
        &mut self,
        _rpc: AppendEntriesRequest<TypeConfig>,
        _option: RPCOption,
    ) -> Result<AppendEntriesResponse<u64>, RPCError<u64, (), RaftError<u64>>> {
        Self::unreachable()
    }

    async fn install_snapshot(
        &mut self,
        _rpc: InstallSnapshotRequest<TypeConfig>,
        _option: RPCOption,
    ) -> Result<InstallSnapshotResponse<u64>, RPCError<u64, (), RaftError<u64, InstallSnapshotError>>>
    {
        Self::unreachable()
    }

    async fn vote(
        &mut self,
        _rpc: VoteRequest<u64>,
        _option: RPCOption,
    ) -> Result<VoteResponse<u64>, RPCError<u64, (), RaftError<u64>>> {
        Self::unreachable()
    }
}
