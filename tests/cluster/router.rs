//! The network of the cluster: calls within the process, with a switch for each node.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use openraft::error::{InstallSnapshotError, RPCError, RaftError, RemoteError, Unreachable};
use openraft::network::{Backoff, RPCOption, RaftNetwork, RaftNetworkFactory};
use openraft::raft::{
    AppendEntriesRequest, AppendEntriesResponse, InstallSnapshotRequest, InstallSnapshotResponse,
    VoteRequest, VoteResponse,
};
use tokio::sync::{OwnedRwLockReadGuard, RwLock};

use super::{NodeConfig, Raft};

type Port = Arc<RwLock<Option<Raft>>>;
type Failed<E> = RPCError<u64, (), E>;

/// Pause before a node that can't be reached is tried again.
const PAUSE: Duration = Duration::from_millis(50);

/// Knows the nodes that can be reached.
#[derive(Clone, Default)]
pub(crate) struct Router(Arc<Mutex<BTreeMap<u64, Port>>>);

/// The way to one node.
pub(crate) struct Link {
    target: u64,
    port: Port,
}

impl Router {
    fn port(&self, id: u64) -> Port {
        Arc::clone(self.0.lock().unwrap().entry(id).or_default())
    }

    /// The node can be reached from now on.
    pub(crate) async fn connect(&self, id: u64, raft: &Raft) {
        *self.port(id).write().await = Some(raft.clone());
    }

    /// The node can't be reached any more, and no call to it is under way when this returns.
    pub(crate) async fn disconnect(&self, id: u64) {
        *self.port(id).write().await = None;
    }
}

impl RaftNetworkFactory<NodeConfig> for Router {
    type Network = Link;

    async fn new_client(&mut self, target: u64, _node: &()) -> Link {
        let port = self.port(target);
        Link { target, port }
    }
}

impl Link {
    async fn reach<E: std::error::Error>(
        &self,
    ) -> Result<OwnedRwLockReadGuard<Option<Raft>, Raft>, Failed<E>> {
        let port = Arc::clone(&self.port).read_owned().await;
        OwnedRwLockReadGuard::try_map(port, Option::as_ref).map_err(|_| {
            let error = io::Error::other("the node is switched off");
            RPCError::Unreachable(Unreachable::new(&error))
        })
    }

    fn answered<T, E: std::error::Error>(&self, answer: Result<T, E>) -> Result<T, Failed<E>> {
        answer.map_err(|e| RPCError::RemoteError(RemoteError::new(self.target, e)))
    }
}

impl RaftNetwork<NodeConfig> for Link {
    async fn append_entries(
        &mut self,
        rpc: AppendEntriesRequest<NodeConfig>,
        _option: RPCOption,
    ) -> Result<AppendEntriesResponse<u64>, Failed<RaftError<u64>>> {
        let raft = self.reach().await?;
        self.answered(raft.append_entries(rpc).await)
    }

    async fn install_snapshot(
        &mut self,
        rpc: InstallSnapshotRequest<NodeConfig>,
        _option: RPCOption,
    ) -> Result<InstallSnapshotResponse<u64>, Failed<RaftError<u64, InstallSnapshotError>>> {
        let raft = self.reach().await?;
        self.answered(raft.install_snapshot(rpc).await)
    }

    async fn vote(
        &mut self,
        rpc: VoteRequest<u64>,
        _option: RPCOption,
    ) -> Result<VoteResponse<u64>, Failed<RaftError<u64>>> {
        let raft = self.reach().await?;
        self.answered(raft.vote(rpc).await)
    }

    fn backoff(&self) -> Backoff {
        Backoff::new(std::iter::repeat(PAUSE))
    }
}
