//! rivven-cluster: a log in redb 2.

use raft_log_verify::Payload;
use raft_log_verify::openraft_0_9::{Store, store};
use rivven_cluster::raft::{RaftRequest, TypeConfig};
use rivven_cluster::{MetadataCommand, RedbLogStore};

use super::{OF_REDB_2, SERVER};
use crate::case::Case;

fn subject(name: &str) -> Store<TypeConfig, RedbLogStore> {
    let open = |dir: std::path::PathBuf| async move { RedbLogStore::new(dir.join("log.redb")) };
    store(name, open)
        .payload(|seed| RaftRequest {
            command: MetadataCommand::DeleteTopic {
                name: Payload::grow(seed).text,
            },
        })
        .served_by(SERVER)
}

pub(super) fn cases() -> Vec<Case> {
    let ready = subject("rivven-cluster-0.0.22").created_before();
    vec![
        Case::of(ready)
            .longest(0)
            .random(OF_REDB_2)
            .breaks(&[
                "read-range",
                "truncate-finality",
                "usable-after-recovery",
                "write-order",
            ])
            .breaks_at_times(&["no-hole"]),
    ]
}
