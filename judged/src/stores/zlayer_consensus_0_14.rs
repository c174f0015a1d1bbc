//! zlayer-consensus: a log in redb 2, and one in memory.

use std::convert::Infallible;

use raft_log_verify::Payload;
use raft_log_verify::openraft_0_9::{Store, store};
use zlayer_consensus::storage::mem_store::MemLogStore;
use zlayer_consensus::storage::redb_store::RedbLogStore;

use super::{OF_REDB_2, SERVER, Texts};
use crate::case::Case;

fn redb(name: &str) -> Store<Texts, RedbLogStore<Texts>> {
    let open = |dir: std::path::PathBuf| async move { RedbLogStore::new(dir.join("log.redb")) };
    store(name, open)
        .payload(|seed| Payload::grow(seed).text)
        .served_by(SERVER)
}

fn memory(name: &str) -> Store<Texts, MemLogStore<Texts>> {
    let open = |_| async { Ok::<_, Infallible>(MemLogStore::new()) };
    store(name, open)
        .payload(|seed| Payload::grow(seed).text)
        .served_by(SERVER)
}

pub(super) fn cases() -> Vec<Case> {
    let ready = redb("zlayer-consensus-0.14").created_before();
    vec![
        Case::of(ready).longest(0).random(OF_REDB_2).breaks(&[
            "log-state",
            "purge-beyond-end",
            "usable-after-recovery",
        ]),
        Case::of(memory("zlayer-consensus-0.14-memory"))
            .longest(1)
            .breaks(&["read-range", "purge-beyond-end", "usable-after-recovery"])
            .breaks_at_times(&[
                "append-durability",
                "drop-clean",
                "log-state",
                "purge-finality",
                "vote-durability",
                "write-order",
            ]),
    ]
}
