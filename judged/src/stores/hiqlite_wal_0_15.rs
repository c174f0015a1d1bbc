//! hiqlite-wal: with `LogSync::Immediate` an append is synced before it is answered; with another setting later.

use std::path::PathBuf;

use hiqlite_wal::error::Error;
use hiqlite_wal::{LogStore, LogSync};
use raft_log_verify::openraft_0_9::{Store, store};
use raft_log_verify::{Payload, PayloadSeed};

use super::stopped::{Stopped, stop};
use super::{SERVER, Texts};
use crate::case::Case;

/// Bytes of a file of the log: the fewest that are allowed. A file with less than 4 KiB of space is rolled over.
const FILE_BYTES: u32 = 8 * 1024;

/// Most bytes of a command: the store does not take an entry that is longer than a file.
const MOST_BYTES: usize = 6 * 1024;

/// Bytes of a command where short programs are to meet a roll-over: with four of them a file is rolled over.
const LARGE: usize = 1100;

/// The text of a command.
fn command(seed: PayloadSeed) -> String {
    let mut text = Payload::grow(seed).text;
    text.truncate(text.floor_char_boundary(MOST_BYTES));
    text
}

/// The same, made longer.
fn large_command(seed: PayloadSeed) -> String {
    format!("{:LARGE$}", command(seed))
}

async fn start(dir: PathBuf, sync: LogSync) -> Result<LogStore<Texts>, Error> {
    LogStore::start(dir.display().to_string(), sync, FILE_BYTES).await
}

/// The store as it is.
fn subject(name: &str, sync: fn() -> LogSync) -> Store<Texts, LogStore<Texts>> {
    store(name, move |dir| start(dir, sync()))
        .payload(command)
        .closed_by(stop)
        .served_by(SERVER)
}

/// The store, stopped wherever it would be dropped.
fn stopped(name: &str, sync: fn() -> LogSync) -> Store<Texts, Stopped> {
    store(name, move |dir| async move {
        start(dir, sync()).await.map(Stopped::new)
    })
    .payload(command)
    .closed_by(Stopped::stop)
    .served_by(SERVER)
}

pub(super) fn cases() -> Vec<Case> {
    let immediate = || LogSync::Immediate;
    // No sync comes within a program, but the first one, which comes at once.
    let interval = || LogSync::IntervalMillis(10_000);
    let rolls = stopped("hiqlite-wal-0.15-rolls", immediate).payload(large_command);
    vec![
        Case::of(subject("hiqlite-wal-0.15", immediate).created_before())
            .longest(1)
            .breaks(&["read-range", "purge-beyond-end"])
            .breaks_at_times(&["usable-after-recovery"]),
        Case::of(subject("hiqlite-wal-0.15-creation", immediate))
            .longest(1)
            .breaks(&["read-range", "purge-beyond-end", "open-after-crash"])
            .breaks_at_times(&["usable-after-recovery"]),
        Case::of(rolls.created_before()).longest(1).breaks(&[
            "read-range",
            "purge-beyond-end",
            "append-durability",
        ]),
        // Each open behind a drop is waited for in vain.
        Case::of(subject("hiqlite-wal-0.15-interval", interval).created_before())
            .longest(0)
            .random(0)
            .breaks(&["open-after-crash", "purge-beyond-end", "read-range"]),
        Case::of(stopped("hiqlite-wal-0.15-interval-stopped", interval).created_before())
            .longest(1)
            .breaks(&["read-range", "purge-beyond-end", "append-durability"]),
    ]
}
