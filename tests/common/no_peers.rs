//! The network of a node that is alone.
#![allow(clippy::result_large_err, reason = "openraft's own error type")]

use openraft::error::{InstallSnapshotError, RPCError, RaftError, Unreachable};
use openraft::network::{RPCOption, RaftNetwork, RaftNetworkFactory};
use openraft::raft::{
    AppendEntriesRequest, AppendEntriesResponse, InstallSnapshotRequest, InstallSnapshotResponse,
    VoteRequest, VoteResponse,
};
use openraft::{Node, NodeId, RaftTypeConfig};

/// Reaches nobody.
pub struct NoPeers;

fn unreachable<T, NID: NodeId, N: Node, E: std::error::Error>() -> Result<T, RPCError<NID, N, E>> {
    let nobody = std::io::Error::other("there is no other node");
    Err(RPCError::Unreachable(Unreachable::new(&nobody)))
}

impl<C: RaftTypeConfig> RaftNetworkFactory<C> for NoPeers {
    type Network = Self;

    async fn new_client(&mut self, _target: C::NodeId, _node: &C::Node) -> Self {
        Self
    }
}

type Failed<C, E = openraft::error::Infallible> = RPCError<
    <C as RaftTypeConfig>::NodeId,
    <C as RaftTypeConfig>::Node,
    RaftError<<C as RaftTypeConfig>::NodeId, E>,
>;

impl<C: RaftTypeConfig> RaftNetwork<C> for NoPeers {
    async fn append_entries(
        &mut self,
        _rpc: AppendEntriesRequest<C>,
        _option: RPCOption,
    ) -> Result<AppendEntriesResponse<C::NodeId>, Failed<C>> {
        unreachable()
    }

    async fn install_snapshot(
        &mut self,
        _rpc: InstallSnapshotRequest<C>,
        _option: RPCOption,
    ) -> Result<InstallSnapshotResponse<C::NodeId>, Failed<C, InstallSnapshotError>> {
        unreachable()
    }

    async fn vote(
        &mut self,
        _rpc: VoteRequest<C::NodeId>,
        _option: RPCOption,
    ) -> Result<VoteResponse<C::NodeId>, Failed<C>> {
        unreachable()
    }
}
