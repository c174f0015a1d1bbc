//! hiqlite-wal: with `LogSync::Immediate` an append is synced before it is answered; with another setting later.

use hiqlite_wal::{LogStore, LogSync};
use raft_log_verify::Payload;
use raft_log_verify::openraft_0_9::{Store, store};

use super::{SERVER, Texts};
use crate::case::{Case, OPENS, Part};

/// Bytes of a file of the log: the fewest that are allowed.
const FILE_BYTES: u32 = 8 * 1024;

type Hiqlite = Store<Texts, LogStore<Texts>>;

fn subject(name: &str, sync: fn() -> LogSync) -> Hiqlite {
    let open = move |dir: std::path::PathBuf| {
        LogStore::start(dir.display().to_string(), sync(), FILE_BYTES)
    };
    store(name, open)
        .payload(|seed| Payload::grow(seed).text)
        .closed_by(LogStore::stop)
        .served_by(SERVER)
}

/// What appends show: which of them is met first is a matter of threads.
const APPENDS: [&str; 3] = [
    "append-durability",
    "open-after-crash",
    "usable-after-recovery",
];

/// With the faults that need no crash.
fn known(subject: Hiqlite) -> Case {
    let case = Case::clean(subject).appends();
    case.breaks(Part::Files, &["read-range"])
        .breaks(Part::Short, &["purge-beyond-end"])
        .breaks(Part::Random, &["purge-beyond-end"])
}

pub(super) fn cases() -> Vec<Case> {
    let immediate = || LogSync::Immediate;
    vec![
        known(subject("hiqlite-wal-0.15", immediate).created_before())
            .breaks(Part::Appends, &APPENDS),
        Case::clean(subject("hiqlite-wal-0.15-creation", immediate))
            .breaks(Part::Files, &["read-range"])
            .breaks(Part::Short, &OPENS)
            .breaks(Part::Random, &["purge-beyond-end"]),
        Case::clean(
            subject("hiqlite-wal-0.15-interval", || LogSync::IntervalMillis(200)).created_before(),
        )
        .breaks(Part::Files, &OPENS)
        .breaks(Part::Short, &OPENS)
        .breaks(Part::Random, &["purge-beyond-end", "open-after-crash"]),
    ]
}
