//! What the harness says of openraft's core, against recordings of real nodes.
//!
//! Clusters of `openraft` nodes on a log that notes every call go through elections, cuts of the network, kills,
//! restarts, snapshots and changes of their members. The profile `core` must accept all that they do.
#![cfg(not(feature = "single-term-leader"))]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::result_large_err,
    reason = "tests"
)]

mod cluster;
mod log;
#[path = "../cluster/machine.rs"]
#[allow(dead_code, reason = "the other test watches more")]
mod machine;
mod network;
mod played;

use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;
use std::path::Path;

use openraft_timevault::verify::caller::{
    CoreCaller, CoreStep, History, recorded as recorded_histories,
};

openraft::declare_raft_types!(
    pub(crate) NodeConfig: D = u64, R = (), Node = ()
);

type Entry = openraft::Entry<NodeConfig>;
type Raft = openraft::Raft<NodeConfig>;

/// Clusters of the test that records anew.
const LIVE: u64 = 40;
/// Clusters of which the kept histories are chosen.
const RECORDED: u64 = 3_000;
/// Where the kept histories stand.
const KEPT: &str = "crates/raft-log-verify/src/caller/recorded.jsonl";
/// Kept histories that show each kind of step.
const EXAMPLES: usize = 2;

/// How often each kind of step was taken.
type Steps = BTreeMap<CoreStep, usize>;

/// The steps of a history, all of which must be of the core.
fn steps(history: &History) -> Steps {
    let (mut caller, mut steps) = (CoreCaller::default(), Steps::new());
    for (at, call) in history.calls.iter().enumerate() {
        match caller.take(call) {
            Ok(step) => *steps.entry(step).or_default() += 1,
            Err(error) => {
                let calls = History {
                    calls: history.calls[..=at].to_vec(),
                };
                panic!("call {at}: {error}\n{}", calls.to_text());
            }
        }
    }
    steps
}

/// How often each kind of step was taken in all of them, printed with their number.
fn counted(histories: &[History]) -> Steps {
    let mut all = Steps::new();
    for (step, count) in histories.iter().flat_map(steps) {
        *all.entry(step).or_default() += count;
    }
    println!(
        "{} nodes, {} calls",
        histories.len(),
        all.values().sum::<usize>()
    );
    for step in CoreStep::ALL {
        println!("{:>8}  {}", all.get(step).unwrap_or(&0), step.name());
    }
    all
}

/// The histories of all nodes of the cluster of this seed. The seed draws the trouble; openraft draws its
/// timeouts itself.
fn recorded(seed: u64) -> Vec<History> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(cluster::record(seed))
}

#[test]
fn kept_histories_are_accepted_and_show_every_kind_of_step() {
    let shown: Vec<CoreStep> = counted(&recorded_histories().unwrap())
        .into_keys()
        .collect();
    assert_eq!(shown, CoreStep::ALL);
}

/// The contract's document tells of every kind, and of no other.
#[test]
fn the_document_names_every_kind_of_step() {
    let contract = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/contract.md");
    let contract = fs::read_to_string(contract).unwrap();
    let table = contract
        .split("| kind of step | recorded |\n|---|---|\n")
        .nth(1);
    let rows = table
        .unwrap()
        .lines()
        .take_while(|line| line.starts_with('|'));
    let named: Vec<&str> = rows
        .map(|row| row.split('|').nth(1).unwrap().trim())
        .collect();
    let steps: Vec<&str> = CoreStep::ALL.iter().map(|step| step.name()).collect();
    assert_eq!(named, steps);
}

#[test]
fn live_nodes_do_what_is_accepted() {
    let histories: Vec<History> = (0..LIVE).flat_map(recorded).collect();
    counted(&histories);
    assert!(histories.len() as u64 > LIVE);
}

/// An innocent store is accused when the harness does what no caller does.
#[test]
fn what_the_harness_plays_as_the_core_is_accepted() {
    let histories = played::played();
    counted(&histories);
    assert!(!histories.is_empty());
}

/// Writes the kept histories anew: of many clusters, the shortest that show each kind of step.
#[test]
#[ignore = "writes into the source tree; run it to record anew, with --ignored --nocapture"]
fn record_anew() {
    let histories_of_all: Vec<History> = (0..RECORDED).flat_map(recorded).collect();
    counted(&histories_of_all);
    let mut best: BTreeMap<CoreStep, Vec<&History>> = BTreeMap::new();
    for history in &histories_of_all {
        for step in steps(history).into_keys() {
            let best = best.entry(step).or_default();
            best.push(history);
            best.sort_by_key(|history| history.calls.len());
            best.truncate(EXAMPLES);
        }
    }
    let chosen: BTreeMap<String, &History> = best
        .into_values()
        .flatten()
        .map(|history| (history.to_text(), history))
        .collect();
    let chosen: Vec<History> = chosen.into_values().cloned().collect();
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join(KEPT);
    fs::write(kept, History::all_to_text(&chosen)).unwrap();
}
