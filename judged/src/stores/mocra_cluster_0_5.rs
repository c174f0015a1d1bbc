//! mocra-cluster: a log in redb 2.

use mocra_cluster::raft_log_store::RedbLogStore;
use mocra_cluster::{Cmd, TypeConfig};
use raft_log_verify::Payload;
use raft_log_verify::openraft_0_9::{Store, store};

use super::{OF_REDB_2, SERVER};
use crate::case::Case;

fn subject(name: &str) -> Store<TypeConfig, RedbLogStore> {
    let open = |dir: std::path::PathBuf| async move { RedbLogStore::open(dir.join("log.redb")) };
    store(name, open)
        .payload(|seed| Cmd::Delete {
            key: Payload::grow(seed).text.into_bytes(),
        })
        .served_by(SERVER)
}

pub(super) fn cases() -> Vec<Case> {
    let ready = subject("mocra-cluster-0.5").created_before();
    vec![
        Case::of(ready).longest(0).random(OF_REDB_2),
        Case::of(subject("mocra-cluster-0.5-creation"))
            .longest(1)
            .random(OF_REDB_2)
            .breaks(&["open-after-crash", "vote-durability"]),
    ]
}
