//! A network within the process that delays, loses and cuts.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use openraft::error::{InstallSnapshotError, RPCError, RaftError, RemoteError, Unreachable};
use openraft::network::{Backoff, RPCOption, RaftNetwork, RaftNetworkFactory};
use openraft::raft::{
    AppendEntriesRequest, AppendEntriesResponse, InstallSnapshotRequest, InstallSnapshotResponse,
    VoteRequest, VoteResponse,
};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::{NodeConfig, Raft};

type Failed<E> = RPCError<u64, (), E>;

/// Longest way of a call, or of its answer.
const FARTHEST: Duration = Duration::from_millis(12);
/// Share of calls that are lost before they arrive, and of answers that are lost on the way back.
const LOST: f64 = 0.03;
/// Pause before a node that can't be reached is tried again.
const PAUSE: Duration = Duration::from_millis(40);

struct State {
    nodes: BTreeMap<u64, Raft>,
    /// Nodes that reach only each other; empty where all reach all.
    island: BTreeSet<u64>,
    rng: StdRng,
}

/// The network.
#[derive(Clone)]
pub(crate) struct Network(Arc<Mutex<State>>);

/// What a node reaches others by.
#[derive(Clone)]
pub(crate) struct Port {
    network: Network,
    from: u64,
}

/// The way from one node to another.
pub(crate) struct Link {
    port: Port,
    to: u64,
}

impl Network {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(State {
            nodes: BTreeMap::new(),
            island: BTreeSet::new(),
            rng: StdRng::seed_from_u64(seed),
        })))
    }

    pub(crate) fn port(&self, from: u64) -> Port {
        let network = self.clone();
        Port { network, from }
    }

    pub(crate) fn connect(&self, id: u64, raft: Raft) {
        self.0.lock().unwrap().nodes.insert(id, raft);
    }

    pub(crate) fn disconnect(&self, id: u64) {
        self.0.lock().unwrap().nodes.remove(&id);
    }

    /// Cuts these nodes off from the others. None: all reach all again.
    pub(crate) fn cut(&self, island: BTreeSet<u64>) {
        self.0.lock().unwrap().island = island;
    }
}

impl RaftNetworkFactory<NodeConfig> for Port {
    type Network = Link;

    async fn new_client(&mut self, to: u64, _node: &()) -> Link {
        let port = self.clone();
        Link { port, to }
    }
}

impl Link {
    /// One way of a call or an answer.
    async fn way<E: std::error::Error>(&self) -> Result<Raft, Failed<E>> {
        let (wait, lost) = {
            let mut state = self.port.network.0.lock().unwrap();
            (
                state.rng.random_range(Duration::ZERO..FARTHEST),
                state.rng.random_bool(LOST),
            )
        };
        tokio::time::sleep(wait).await;
        let state = self.port.network.0.lock().unwrap();
        let reached = state.island.contains(&self.port.from) == state.island.contains(&self.to);
        let raft = state.nodes.get(&self.to).filter(|_| reached && !lost);
        raft.cloned().ok_or_else(|| {
            let error = io::Error::other("not reached");
            RPCError::Unreachable(Unreachable::new(&error))
        })
    }

    async fn ask<T, E: std::error::Error>(
        &self,
        call: impl AsyncFnOnce(Raft) -> Result<T, E>,
    ) -> Result<T, Failed<E>> {
        let raft = self.way().await?;
        let answer = call(raft).await;
        drop(self.way().await?);
        answer.map_err(|e| RPCError::RemoteError(RemoteError::new(self.to, e)))
    }
}

impl RaftNetwork<NodeConfig> for Link {
    async fn append_entries(
        &mut self,
        rpc: AppendEntriesRequest<NodeConfig>,
        _option: RPCOption,
    ) -> Result<AppendEntriesResponse<u64>, Failed<RaftError<u64>>> {
        self.ask(async |raft| raft.append_entries(rpc).await).await
    }

    async fn install_snapshot(
        &mut self,
        rpc: InstallSnapshotRequest<NodeConfig>,
        _option: RPCOption,
    ) -> Result<InstallSnapshotResponse<u64>, Failed<RaftError<u64, InstallSnapshotError>>> {
        self.ask(async |raft| raft.install_snapshot(rpc).await)
            .await
    }

    async fn vote(
        &mut self,
        rpc: VoteRequest<u64>,
        _option: RPCOption,
    ) -> Result<VoteResponse<u64>, Failed<RaftError<u64>>> {
        self.ask(async |raft| raft.vote(rpc).await).await
    }

    fn backoff(&self) -> Backoff {
        Backoff::new(std::iter::repeat(PAUSE))
    }
}
