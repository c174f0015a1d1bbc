//! A node of the cluster: a directory, a state machine, and a running Raft.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use openraft::storage::RaftLogStorage;
use openraft::{Config, LogId, SnapshotPolicy, Vote};
use openraft_timevault::timevault::{ChunkRoll, IndexConfig};
use openraft_timevault::{LogStoreOptions, TimevaultLogStore};

use super::machine::{Machine, Shelf};
use super::router::Router;
use super::{Entry, NodeConfig, Raft};

/// Long enough for everything that is waited for, on the busiest machine.
const PATIENCE: Duration = Duration::from_secs(120);
/// Writes that are under way at the same time.
const IN_FLIGHT: usize = 50;
/// Entries that stay in the log when a snapshot covers them.
pub(crate) const KEPT: u64 = 20;

/// What a log store holds.
#[derive(Debug, PartialEq)]
pub(crate) struct Content {
    pub(crate) vote: Option<Vote<u64>>,
    pub(crate) purged: Option<LogId<u64>>,
    pub(crate) last: Option<LogId<u64>>,
    /// Entries as JSON, because they can't be compared.
    pub(crate) entries: Vec<String>,
}

pub(crate) struct Node {
    pub(crate) id: u64,
    pub(crate) dir: PathBuf,
    pub(crate) raft: Raft,
    pub(crate) machine: Machine,
    shelf: Shelf,
    reader: openraft_timevault::TimevaultLogReader<NodeConfig>,
    router: Router,
    /// Index of the last entry that a client of this node had an answer for.
    answered: AtomicU64,
}

/// A stopped node: what a machine that is switched off still has.
pub(crate) struct Stopped {
    id: u64,
    pub(crate) dir: PathBuf,
    pub(crate) machine: Machine,
    shelf: Shelf,
    router: Router,
    /// What its log had acknowledged.
    pub(crate) acknowledged: Content,
}

/// Elections are started by the test; the timeouts only bound calls and the leader's lease.
fn raft_config() -> Arc<Config> {
    let config = Config {
        heartbeat_interval: 400,
        election_timeout_min: 1_000,
        election_timeout_max: 1_200,
        install_snapshot_timeout: 10_000,
        snapshot_policy: SnapshotPolicy::Never,
        max_in_snapshot_log_to_keep: KEPT,
        enable_elect: false,
        ..Config::default()
    };
    Arc::new(config.validate().unwrap())
}

/// Small chunks, so that the log rolls and purges remove chunks.
pub(crate) async fn open_store(dir: &PathBuf) -> TimevaultLogStore<NodeConfig> {
    let mut options = LogStoreOptions::default();
    options.partition.chunk_roll = ChunkRoll {
        max_bytes: 4_000,
        ..options.partition.chunk_roll
    };
    options.partition.index = IndexConfig {
        max_records: 7,
        ..options.partition.index
    };
    TimevaultLogStore::open_dir(dir, options).await.unwrap()
}

fn to_json(entries: &[Entry]) -> Vec<String> {
    entries
        .iter()
        .map(|entry| serde_json::to_string(entry).unwrap())
        .collect()
}

impl Content {
    pub(crate) async fn of(store: &mut TimevaultLogStore<NodeConfig>) -> Self {
        let state = store.get_log_state().await.unwrap();
        Self {
            vote: store.read_vote().await.unwrap(),
            purged: state.last_purged_log_id,
            last: state.last_log_id,
            entries: to_json(&store.reader().entries(..).unwrap()),
        }
    }
}

impl Node {
    pub(crate) async fn start(id: u64, dir: PathBuf, router: &Router) -> Self {
        let store = open_store(&dir).await;
        Self::run(id, dir, Shelf::default(), router.clone(), store).await
    }

    async fn run(
        id: u64,
        dir: PathBuf,
        shelf: Shelf,
        router: Router,
        store: TimevaultLogStore<NodeConfig>,
    ) -> Self {
        let machine = Machine::restored(&shelf);
        let reader = store.reader();
        let raft = Raft::new(id, raft_config(), router.clone(), store, machine.clone())
            .await
            .unwrap();
        router.connect(id, &raft).await;
        Self {
            answered: AtomicU64::new(0),
            id,
            dir,
            raft,
            machine,
            shelf,
            reader,
            router,
        }
    }

    fn wait(&self) -> openraft::metrics::Wait<u64, (), openraft::TokioRuntime> {
        self.raft.wait(Some(PATIENCE))
    }

    /// Writes values through this node, the leader, and waits until they are committed.
    pub(crate) async fn write(&self, values: impl IntoIterator<Item = u64>) {
        let values: Vec<u64> = values.into_iter().collect();
        for values in values.chunks(IN_FLIGHT) {
            let mut committed = Vec::new();
            for value in values {
                committed.push(self.raft.client_write_ff(*value).await.unwrap());
            }
            for answer in committed {
                let written = answer.await.unwrap().unwrap();
                self.answered
                    .fetch_max(written.log_id.index, Ordering::Relaxed);
            }
        }
    }

    /// Index of the last entry that the node is known to have applied. A client has its answer before the metrics
    /// tell of it.
    pub(crate) fn applied(&self) -> u64 {
        let metrics = self.raft.metrics().borrow().clone();
        let told = metrics.last_applied.unwrap().index;
        told.max(self.answered.load(Ordering::Relaxed))
    }

    pub(crate) async fn caught_up(&self, index: u64) {
        self.wait()
            .applied_index_at_least(Some(index), format!("node {}", self.id))
            .await
            .unwrap();
    }

    pub(crate) async fn follows(&self, leader: u64) {
        self.wait()
            .current_leader(leader, format!("node {}", self.id))
            .await
            .unwrap();
    }

    /// Makes this node the leader. Others refuse it while the old leader's lease runs, so it asks
    /// until they don't.
    pub(crate) async fn take_the_lead(&self) {
        let asked = async {
            while self.raft.current_leader().await != Some(self.id) {
                self.raft.trigger().elect().await.unwrap();
                let won = self.raft.wait(Some(Duration::from_millis(500)));
                let _not_yet = won.current_leader(self.id, "elected").await;
            }
        };
        tokio::time::timeout(PATIENCE, asked).await.unwrap();
    }

    /// Builds a snapshot of all that is applied and waits until the log is purged up to it, but
    /// for the entries that are kept.
    pub(crate) async fn snapshot_and_purge(&self) {
        let applied = self.applied();
        self.raft.trigger().snapshot().await.unwrap();
        let purged = |m: &openraft::RaftMetrics<u64, ()>| {
            m.snapshot.is_some_and(|id| id.index >= applied)
                && m.purged.is_some_and(|id| id.index + KEPT >= applied)
        };
        self.wait()
            .metrics(purged, format!("node {} snapshot and purge", self.id))
            .await
            .unwrap();
    }

    /// Takes the node off the network, notes what its log has acknowledged, and stops it.
    pub(crate) async fn stop(self) -> Stopped {
        self.router.disconnect(self.id).await;
        // The answer comes from the core's own task, which waits for each of its writes; so all
        // that it knows is acknowledged, and nothing more comes.
        let vote = self.raft.with_raft_state(|state| *state.vote_ref()).await;
        let entries = self.reader.entries(..).unwrap();
        let (first, last) = (entries[0].log_id, entries[entries.len() - 1].log_id);
        let knows_them = |m: &openraft::RaftMetrics<u64, ()>| {
            m.last_log_index == Some(last.index)
                && m.purged.map_or(0, |id| id.index + 1) == first.index
        };
        let wait = self.wait();
        let metrics = wait.metrics(knows_them, "what the log holds");
        let acknowledged = Content {
            vote: Some(vote.unwrap()),
            purged: metrics.await.unwrap().purged,
            last: Some(last),
            entries: to_json(&entries),
        };
        self.raft.shutdown().await.unwrap();
        Stopped {
            id: self.id,
            dir: self.dir,
            machine: self.machine,
            shelf: self.shelf,
            router: self.router,
            acknowledged,
        }
    }
}

impl Stopped {
    /// Opens the log again, compares it with what was acknowledged, and starts the node with a new
    /// instance of its state machine.
    pub(crate) async fn reopen(self) -> Node {
        let mut store = open_store(&self.dir).await;
        assert_eq!(Content::of(&mut store).await, self.acknowledged);
        Node::run(self.id, self.dir, self.shelf, self.router, store).await
    }
}
