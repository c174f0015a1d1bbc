//! zlayer-consensus: a log in redb 2, and one in memory.

use std::convert::Infallible;

use raft_log_verify::Payload;
use raft_log_verify::openraft_0_9::{Store, store};
use zlayer_consensus::storage::mem_store::MemLogStore;
use zlayer_consensus::storage::redb_store::RedbLogStore;

use super::{SERVER, Texts};
use crate::case::{Case, Part};

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

/// The rule that both break without a crash.
const PURGE: [&str; 1] = ["purge-beyond-end"];

pub(super) fn cases() -> Vec<Case> {
    let ready = redb("zlayer-consensus-0.14").created_before();
    vec![
        Case::clean(ready)
            .breaks(Part::Files, &PURGE)
            .breaks(Part::Short, &PURGE)
            .breaks(Part::Random, &PURGE),
        Case::clean(memory("zlayer-consensus-0.14-memory"))
            .breaks(Part::Files, &["read-range"])
            .breaks(Part::Short, &["usable-after-recovery"])
            .breaks(Part::Random, &PURGE),
    ]
}
