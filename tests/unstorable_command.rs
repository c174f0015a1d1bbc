//! A command that the log can't store, in a running node: what is asked beforehand, and what happens to
//! whoever does not ask.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::result_large_err,
    reason = "tests"
)]

mod common;

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use common::{NoPeers, StateMachine};
use openraft::error::{Fatal, RaftError};
use openraft::{EntryPayload, SnapshotPolicy};
use openraft_timevault::{
    EncodeError, LogStoreError, LogStoreOptions, TimevaultLogStore, can_store,
};
use serde::{Deserialize, Serialize};

/// Reads back as long as `by_shard` is empty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "command")]
enum Command {
    Set { key: String },
    Rebalance { by_shard: BTreeMap<u64, String> },
}

openraft::declare_raft_types!(CommandConfig: D = Command, R = (), Node = ());

const NODE: u64 = 1;
/// Long enough for one node to elect itself.
const PATIENCE: Duration = Duration::from_secs(30);

async fn open(dir: &Path) -> TimevaultLogStore<CommandConfig> {
    TimevaultLogStore::open_dir(dir, LogStoreOptions::default())
        .await
        .unwrap()
}

/// A node that leads.
async fn start(dir: &Path) -> openraft::Raft<CommandConfig> {
    let config = openraft::Config {
        snapshot_policy: SnapshotPolicy::Never,
        ..openraft::Config::default()
    };
    let config = Arc::new(config.validate().unwrap());
    let machine = StateMachine::default();
    let log = open(dir).await;
    let raft = openraft::Raft::new(NODE, config, NoPeers, log, machine)
        .await
        .unwrap();
    if !raft.is_initialized().await.unwrap() {
        let members = BTreeMap::from([(NODE, ())]);
        raft.initialize(members).await.unwrap();
    }
    let wait = raft.wait(Some(PATIENCE));
    wait.current_leader(NODE, "leads").await.unwrap();
    raft
}

fn set(key: &str) -> Command {
    Command::Set {
        key: key.to_owned(),
    }
}

/// The commands in the log.
async fn commands(dir: &Path) -> Vec<Command> {
    let log = open(dir).await;
    let entries = log.reader().entries(..).unwrap();
    log.close().await.unwrap();
    let command = |entry: openraft::Entry<CommandConfig>| match entry.payload {
        EntryPayload::Normal(command) => Some(command),
        _ => None,
    };
    entries.into_iter().filter_map(command).collect()
}

/// The error of the log store at the bottom of openraft's.
fn reason(error: &(dyn Error + 'static)) -> String {
    let mut texts = vec![error.to_string()];
    let mut below = error.source();
    while let Some(error) = below {
        texts.push(error.to_string());
        below = error.source();
    }
    texts.join("\n")
}

#[tokio::test]
async fn a_command_that_cannot_be_stored_is_refused_beforehand_or_ends_the_node_and_only_that() {
    let dir = tempfile::tempdir().unwrap();
    let unstorable = Command::Rebalance {
        by_shard: BTreeMap::from([(7, "b".to_owned())]),
    };
    let refused = can_store::<CommandConfig>(&unstorable);
    assert!(
        matches!(refused, Err(EncodeError::NotReadBack(_))),
        "{refused:?}"
    );
    for good in [
        set("a"),
        Command::Rebalance {
            by_shard: BTreeMap::new(),
        },
    ] {
        assert_eq!(can_store::<CommandConfig>(&good), Ok(()));
    }

    // Asked beforehand, nothing has happened.
    let raft = start(dir.path()).await;
    raft.client_write(set("a")).await.unwrap();

    // Sent all the same, it ends the node, and the node says why.
    let sent = raft.client_write(unstorable).await.unwrap_err();
    let RaftError::Fatal(fatal) = sent else {
        panic!("{sent:?}")
    };
    let stopped = raft.wait(Some(PATIENCE));
    let stopped = stopped
        .metrics(|metrics| metrics.running_state.is_err(), "stops")
        .await
        .unwrap();
    let Err(Fatal::StorageError(storage)) = stopped.running_state else {
        panic!("{:?} {fatal:?}", stopped.running_state)
    };
    let text = reason(&storage);
    // Behind the membership, the leader's blank entry and "a".
    let refused_entry = LogStoreError::NotStorable {
        index: 3,
        reason: EncodeError::NotReadBack(String::new()),
    };
    assert!(text.contains(&refused_entry.to_string()), "{text}");
    drop(raft.shutdown().await);
    drop(raft);

    // Nothing of it is in the log, and what was acknowledged is.
    assert_eq!(commands(dir.path()).await, [set("a")]);
    let raft = start(dir.path()).await;
    raft.client_write(set("b")).await.unwrap();
    raft.shutdown().await.unwrap();
    drop(raft);
    assert_eq!(commands(dir.path()).await, [set("a"), set("b")]);
}
