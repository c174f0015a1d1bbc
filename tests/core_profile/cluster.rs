//! A cluster of real nodes that lives through random trouble, in time that does not pass but is skipped.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use openraft::{ChangeMembers, Config, SnapshotPolicy};
use openraft_timevault::verify::caller::History;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};

use super::Raft;
use super::log::{Disk, RecordedLog};
use super::machine::{Machine, Shelf};
use super::network::Network;

/// Events in the life of a cluster.
const EVENTS: usize = 120;
/// Most nodes at a time.
const MOST_NODES: usize = 6;
/// How long a call to a node may take before it is given up.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long the cluster gets to agree in the end.
const CALM: Duration = Duration::from_secs(20);

struct Node {
    disk: Arc<Mutex<Disk>>,
    shelf: Shelf,
    machine: Machine,
    /// `None` while it is down.
    raft: Option<Raft>,
}

struct Cluster {
    rng: StdRng,
    network: Network,
    config: Arc<Config>,
    nodes: BTreeMap<u64, Node>,
    next_id: u64,
    next_value: u64,
    finished: Vec<History>,
}

/// The histories of all nodes of the cluster of this seed.
pub(crate) async fn record(seed: u64) -> Vec<History> {
    let mut rng = StdRng::seed_from_u64(seed);
    let heartbeat = rng.random_range(20..80);
    let config = Config {
        heartbeat_interval: heartbeat,
        election_timeout_min: heartbeat * 3,
        election_timeout_max: heartbeat * 6,
        max_payload_entries: rng.random_range(1..12),
        replication_lag_threshold: rng.random_range(3..40),
        snapshot_policy: SnapshotPolicy::LogsSinceLast(rng.random_range(5..40)),
        max_in_snapshot_log_to_keep: rng.random_range(0..10),
        purge_batch_size: rng.random_range(1..4),
        snapshot_max_chunk_size: 64,
        ..Config::default()
    };
    let mut cluster = Cluster {
        network: Network::new(rng.random()),
        rng,
        config: Arc::new(config.validate().unwrap()),
        nodes: BTreeMap::new(),
        next_id: 1,
        next_value: 0,
        finished: Vec::new(),
    };
    let voters = cluster.rng.random_range(1..=4);
    for _ in 0..voters {
        cluster.new_node().await;
    }
    let ids: BTreeSet<u64> = cluster.nodes.keys().copied().collect();
    let first = cluster.nodes[&1].raft.clone().unwrap();
    first.initialize(ids).await.unwrap();
    for _ in 0..EVENTS {
        cluster.event().await;
    }
    cluster.calm_down().await;
    cluster.end().await
}

impl Cluster {
    async fn new_node(&mut self) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        let shelf = Shelf::default();
        let node = Node {
            disk: Disk::slow(self.rng.random()),
            machine: Machine::restored(&shelf),
            shelf,
            raft: None,
        };
        self.nodes.insert(id, node);
        self.start(id).await;
        id
    }

    /// Starts a node that is down. Its state machine is the one that it had, or what its snapshot holds.
    async fn start(&mut self, id: u64) {
        let forgets = self.rng.random_bool(0.6);
        let node = self.nodes.get_mut(&id).unwrap();
        if node.raft.is_some() {
            return;
        }
        if forgets {
            node.machine = Machine::restored(&node.shelf);
        }
        let log = RecordedLog::open(&node.disk);
        let port = self.network.port(id);
        let raft = Raft::new(
            id,
            Arc::clone(&self.config),
            port,
            log,
            node.machine.clone(),
        );
        let raft = raft.await.unwrap();
        self.network.connect(id, raft.clone());
        node.raft = Some(raft);
    }

    /// Ends a node's process: in the middle of whatever it does, or after its own shutdown.
    async fn stop(&mut self, id: u64, killed: bool) {
        let node = self.nodes.get_mut(&id).unwrap();
        let Some(raft) = node.raft.take() else { return };
        self.network.disconnect(id);
        if killed {
            node.disk.lock().unwrap().stop();
            drop(tokio::spawn(async move { raft.shutdown().await }));
        } else {
            drop(raft.shutdown().await);
            node.disk.lock().unwrap().stop();
        }
    }

    fn running(&self) -> Vec<(u64, Raft)> {
        let running = |(id, node): (&u64, &Node)| Some((*id, node.raft.clone()?));
        self.nodes.iter().filter_map(running).collect()
    }

    fn any(&mut self) -> Option<(u64, Raft)> {
        self.running().choose(&mut self.rng).cloned()
    }

    /// A node that takes itself for the leader; there may be several.
    fn leader(&mut self) -> Option<Raft> {
        let leads = |(id, raft): &(u64, Raft)| raft.metrics().borrow().current_leader == Some(*id);
        let leaders: Vec<_> = self.running().into_iter().filter(leads).collect();
        leaders.choose(&mut self.rng).map(|(_, raft)| raft.clone())
    }

    async fn event(&mut self) {
        match self.rng.random_range(0..100) {
            0..40 => self.write().await,
            40..50 => self.cut(),
            50..58 => self.network.cut(BTreeSet::new()),
            58..68 => {
                if let Some((id, _)) = self.any() {
                    let killed = self.rng.random_bool(0.8);
                    self.stop(id, killed).await;
                }
            }
            68..80 => {
                let down = |(id, node): (&u64, &Node)| node.raft.is_none().then_some(*id);
                let down: Vec<u64> = self.nodes.iter().filter_map(down).collect();
                if let Some(id) = down.choose(&mut self.rng) {
                    self.start(*id).await;
                }
            }
            80..85 => {
                if let Some((_, raft)) = self.any() {
                    drop(raft.trigger().elect().await);
                }
            }
            85..90 => {
                if let Some((_, raft)) = self.any() {
                    drop(raft.trigger().snapshot().await);
                }
            }
            90..92 => {
                if let Some((_, raft)) = self.any() {
                    let upto = self.rng.random_range(0..=self.next_value);
                    drop(raft.trigger().purge_log(upto).await);
                }
            }
            92..96 => self.change_members().await,
            _ => self.retire().await,
        }
        let pause = match self.rng.random_range(0..4) {
            0 => 0,
            1 => self.rng.random_range(0..10),
            2 => self.rng.random_range(0..100),
            _ => self.rng.random_range(0..800),
        };
        tokio::time::sleep(Duration::from_millis(pause)).await;
    }

    /// Some writes, of which nobody waits for the outcome.
    async fn write(&mut self) {
        let Some(leader) = self.leader() else { return };
        for _ in 0..self.rng.random_range(1..12) {
            self.next_value += 1;
            let write = leader.client_write_ff(self.next_value);
            drop(tokio::time::timeout(PATIENCE, write).await);
        }
    }

    fn cut(&mut self) {
        let ids = self.nodes.keys().copied();
        let island = ids.filter(|_| self.rng.random_bool(0.4)).collect();
        self.network.cut(island);
    }

    /// Adds a node as a learner, or makes a random part of the nodes the voters.
    async fn change_members(&mut self) {
        let Some(leader) = self.leader() else { return };
        if self.nodes.len() < MOST_NODES && self.rng.random_bool(0.5) {
            let id = self.new_node().await;
            drop(tokio::spawn(async move {
                drop(tokio::time::timeout(PATIENCE, leader.add_learner(id, (), false)).await);
            }));
            return;
        }
        let ids: Vec<u64> = self.nodes.keys().copied().collect();
        let voters = ids.into_iter().filter(|_| self.rng.random_bool(0.7));
        let voters: BTreeSet<u64> = voters.collect();
        let (change, keep) = (ChangeMembers::ReplaceAllVoters(voters), self.rng.random());
        drop(tokio::spawn(async move {
            drop(tokio::time::timeout(PATIENCE, leader.change_membership(change, keep)).await);
        }));
    }

    /// Wipes a node that no member knows of any more. It never comes back.
    async fn retire(&mut self) {
        let mut members = BTreeSet::new();
        for (_, raft) in self.running() {
            let metrics = raft.metrics().borrow().clone();
            let membership = metrics.membership_config.membership();
            members.extend(membership.nodes().map(|(id, ())| *id));
        }
        let gone = self.nodes.keys().find(|id| !members.contains(id)).copied();
        if let Some(id) = gone.filter(|_| self.running().len() == self.nodes.len()) {
            self.finish(id).await;
        }
    }

    async fn finish(&mut self, id: u64) {
        self.stop(id, true).await;
        let node = self.nodes.remove(&id).unwrap();
        assert_eq!(node.machine.violations(), [""; 0]);
        let history = std::mem::take(&mut node.disk.lock().unwrap().history);
        self.finished.push(history);
    }

    /// All nodes run and reach each other until nothing moves any more.
    async fn calm_down(&mut self) {
        self.network.cut(BTreeSet::new());
        for id in self.nodes.keys().copied().collect::<Vec<_>>() {
            self.start(id).await;
        }
        tokio::time::sleep(CALM).await;
    }

    async fn end(mut self) -> Vec<History> {
        for id in self.nodes.keys().copied().collect::<Vec<_>>() {
            self.finish(id).await;
        }
        self.finished
    }
}
