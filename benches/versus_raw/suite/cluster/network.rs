//! The network of a cluster: calls within the process.

use std::collections::BTreeMap;
use std::error::Error;
use std::io;
use std::sync::{Arc, Mutex};

use openraft::Raft;
use openraft::error::{InstallSnapshotError, RPCError, RaftError, RemoteError, Unreachable};
use openraft::network::{RPCOption, RaftNetwork, RaftNetworkFactory};
use openraft::raft::{
    AppendEntriesRequest, AppendEntriesResponse, InstallSnapshotRequest, InstallSnapshotResponse,
    VoteRequest, VoteResponse,
};

use super::super::log::Types;

type Failed<E> = RPCError<u64, (), E>;

/// Knows the nodes. Clones share it.
#[derive(Clone, Default)]
pub struct Network(Arc<Mutex<BTreeMap<u64, Raft<Types>>>>);

/// The way to one node.
pub struct Link {
    network: Network,
    target: u64,
}

impl Network {
    /// The node can be reached from now on.
    pub fn connect(&self, id: u64, node: &Raft<Types>) {
        self.0.lock().unwrap().insert(id, node.clone());
    }
}

impl RaftNetworkFactory<Types> for Network {
    type Network = Link;

    async fn new_client(&mut self, target: u64, _node: &()) -> Link {
        Link {
            network: self.clone(),
            target,
        }
    }
}

impl Link {
    fn node<E: Error>(&self) -> Result<Raft<Types>, Failed<E>> {
        let node = self.network.0.lock().unwrap().get(&self.target).cloned();
        let unreachable = || Unreachable::new(&io::Error::other("not started yet"));
        node.ok_or_else(|| RPCError::Unreachable(unreachable()))
    }

    fn answered<T, E: Error>(&self, answer: Result<T, E>) -> Result<T, Failed<E>> {
        answer.map_err(|e| RPCError::RemoteError(RemoteError::new(self.target, e)))
    }
}

impl RaftNetwork<Types> for Link {
    async fn append_entries(
        &mut self,
        rpc: AppendEntriesRequest<Types>,
        _option: RPCOption,
    ) -> Result<AppendEntriesResponse<u64>, Failed<RaftError<u64>>> {
        let node = self.node()?;
        self.answered(node.append_entries(rpc).await)
    }

    async fn install_snapshot(
        &mut self,
        rpc: InstallSnapshotRequest<Types>,
        _option: RPCOption,
    ) -> Result<InstallSnapshotResponse<u64>, Failed<RaftError<u64, InstallSnapshotError>>> {
        let node = self.node()?;
        self.answered(node.install_snapshot(rpc).await)
    }

    async fn vote(
        &mut self,
        rpc: VoteRequest<u64>,
        _option: RPCOption,
    ) -> Result<VoteResponse<u64>, Failed<RaftError<u64>>> {
        let node = self.node()?;
        self.answered(node.vote(rpc).await)
    }
}
