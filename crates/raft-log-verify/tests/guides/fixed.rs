//! The guide for a store with types of its own.

pub mod my_raft;

// The test file:
use my_raft::{AppLog, Command, Peer};
use raft_log_verify::{Payload, openraft_0_9};

#[test]
#[ignore = "run by a test that looks whether a disk can be mounted"]
fn keeps_the_contract() {
    openraft_0_9::store("app-log", |dir| async move { AppLog::open(dir).await })
        // Only what the harness cannot make by itself has to be said: here these two have checks of their own.
        .payload(|seed| Command::push("queue", Payload::grow(seed).text))
        .nodes(|node| Peer::new(format!("10.0.0.{}:4000", node % 256)).expect("an address"))
        // The store has a close that waits for its writer.
        .closed_by(|log| async move { log.close().await })
        .check();
}
