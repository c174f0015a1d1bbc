//! hiqlite-wal: with `LogSync::Immediate` an append is synced before it is answered; with another setting later.

use hiqlite_wal::{LogStore, LogSync};
use raft_log_verify::openraft_0_9::{Store, store};
use raft_log_verify::Payload;

use super::Texts;
use crate::case::{Case, Judged};

/// Bytes of a file of the log: few, so that short programs meet a roll-over.
const FILE_BYTES: u32 = 8 * 1024;

type Hiqlite = Store<Texts, LogStore<Texts>>;

fn subject(name: &str, sync: fn() -> LogSync) -> Hiqlite {
    let open = move |dir: std::path::PathBuf| {
        LogStore::start(dir.display().to_string(), sync(), FILE_BYTES)
    };
    store(name, open)
        .payload(|seed| Payload::grow(seed).text)
        .closed_by(LogStore::stop)
        .disk_served_by("main")
}

impl Judged for Hiqlite {}

pub(super) fn cases() -> Vec<Case> {
    let immediate = || LogSync::Immediate;
    vec![
        Case::broken(subject("hiqlite-wal-0.15", immediate).created_before(), "append-durability"),
        Case::broken(
            subject("hiqlite-wal-0.15-creation", immediate),
            "open-after-crash",
        ),
        Case::broken(
            subject("hiqlite-wal-0.15-interval", || LogSync::IntervalMillis(200)).created_before(),
            "append-durability",
        ),
    ]
}
