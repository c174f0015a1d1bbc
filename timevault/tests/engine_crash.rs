//! Every crash state of random engine programs on the simulated disk: what an open shows must be
//! a state that the program passed through, no older than what was durable, and it must stay.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "test code"
)]

use std::collections::HashSet;
use std::sync::Arc;

use proptest::prelude::*;
use timevault::fs::FileSystem;
use timevault::sim_fs::{Keep, Level, Profile, SimFs};
use timevault::{
    ChunkRoll, Error, IndexConfig, Jsonl, Partition, PartitionConfig, RecordRef, Store,
    StoreOptions,
};
use uuid::Uuid;

const ID: Uuid = Uuid::from_u128(0x42);

#[derive(Debug, Clone)]
enum Op {
    Append { gaps: Vec<u8>, sync: bool },
    Truncate(u8),
    Purge(u8),
    Reopen,
    Drop,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => (prop::collection::vec(0u8..3, 1..6), prop::bool::weighted(0.7))
            .prop_map(|(gaps, sync)| Op::Append { gaps, sync }),
        2 => any::<u8>().prop_map(Op::Truncate),
        2 => any::<u8>().prop_map(Op::Purge),
        1 => Just(Op::Reopen),
        1 => Just(Op::Drop),
    ]
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct State {
    records: Vec<(u64, String)>,
    purged: Option<u64>,
}

/// The states a write passes through, the one before and the one after included.
type Passage = Vec<State>;

#[derive(Debug)]
struct Done {
    passage: Passage,
    /// Steps of the disk when the write was done.
    step: u64,
    /// Whether everything up to here is durable then.
    durable: bool,
}

#[derive(Debug, Clone, Copy)]
struct Setup {
    max_bytes: u64,
    max_records: u64,
    fill_step: u64,
}

fn open(fs: &SimFs, setup: &Setup) -> (Store, Partition) {
    let options = StoreOptions {
        fs: Arc::new(fs.clone()),
        fill_step: setup.fill_step,
        index_sync_bytes: 300,
        ..StoreOptions::default()
    };
    let store = Store::open("/store", options).unwrap();
    let config = PartitionConfig {
        chunk_roll: ChunkRoll {
            max_bytes: setup.max_bytes,
            max_hours: 24,
        },
        index: IndexConfig {
            max_records: setup.max_records,
            max_hours: 24,
        },
        ..PartitionConfig::default()
    };
    let partition = match store.create_partition(ID, config, Arc::new(Jsonl)) {
        Err(Error::PartitionExists { .. }) => store.open_partition(ID, Arc::new(Jsonl)).unwrap(),
        result => result.unwrap(),
    };
    (store, partition)
}

fn state_of(partition: &Partition) -> State {
    let records = partition.read_range(0..=u64::MAX).unwrap();
    State {
        records: records
            .into_iter()
            .map(|r| (r.order_key, String::from_utf8(r.payload).unwrap()))
            .collect(),
        purged: partition.last_purge_id(),
    }
}

fn pick(state: &State, next: u64, at: u8) -> u64 {
    let first = state
        .records
        .first()
        .map_or(next, |r| r.0)
        .saturating_sub(2);
    first + u64::from(at) * (next + 3 - first) / 256
}

fn truncated(state: &State, key: u64) -> Passage {
    let kept = state.records.partition_point(|r| r.0 < key);
    (kept..=state.records.len())
        .rev()
        .map(|len| State {
            records: state.records[..len].to_vec(),
            ..state.clone()
        })
        .collect()
}

fn purged(state: &State, key: u64) -> Passage {
    let to = state.purged.max(Some(key));
    let records = state
        .records
        .iter()
        .filter(|r| Some(r.0) > to)
        .cloned()
        .collect();
    vec![
        state.clone(),
        State {
            records,
            purged: to,
        },
    ]
}

fn run(ops: &[Op], setup: &Setup) -> Vec<Done> {
    let fs = SimFs::new();
    let (mut store, mut partition) = open(&fs, setup);
    let mut state = State::default();
    let mut done = vec![Done {
        passage: vec![state.clone()],
        step: fs.step(),
        durable: true,
    }];
    let (mut next, mut written) = (5, 0u64);
    for op in ops {
        let mut durable = true;
        let passage = match op {
            Op::Append { gaps, sync } => {
                let mut passage = vec![state.clone()];
                for gap in gaps {
                    next += u64::from(*gap);
                    written += 1;
                    let mut longer = passage.last().unwrap().clone();
                    longer
                        .records
                        .push((next, format!("\"{written}{}\"", "x".repeat(*gap as usize))));
                    passage.push(longer);
                }
                let batch = &passage.last().unwrap().records[state.records.len()..];
                let refs: Vec<RecordRef<'_>> = batch
                    .iter()
                    .map(|(key, text)| RecordRef {
                        order_key: *key,
                        payload: text.as_bytes(),
                    })
                    .collect();
                partition.append_batch(&refs).unwrap();
                if *sync {
                    partition.sync().unwrap();
                }
                durable = *sync;
                passage
            }
            Op::Truncate(at) => {
                let key = pick(&state, next, *at);
                partition.truncate(key).unwrap();
                let passage = truncated(&state, key);
                let last = passage.last().unwrap().records.last().map_or(0, |r| r.0);
                next = last.max(state.purged.map_or(0, |p| p + 1));
                passage
            }
            Op::Purge(at) => {
                let key = pick(&state, next, *at);
                partition.purge(key).unwrap();
                next = next.max(key + 1);
                purged(&state, key)
            }
            Op::Reopen => {
                partition.close().unwrap();
                drop(store);
                (store, partition) = open(&fs, setup);
                vec![state.clone()]
            }
            Op::Drop => {
                drop(partition);
                drop(store);
                (store, partition) = open(&fs, setup);
                vec![state.clone()]
            }
        };
        state = passage.last().unwrap().clone();
        assert_eq!(state_of(&partition), state, "live, after {op:?}");
        done.push(Done {
            passage,
            step: fs.step(),
            durable,
        });
    }
    judge_all(&fs, &done, setup, ops);
    done
}

fn judge_all(fs: &SimFs, done: &[Done], setup: &Setup, ops: &[Op]) {
    let mut seen = HashSet::new();
    let first_step = done[0].step;
    for point in fs.points_between(first_step, fs.step()) {
        let step = match point {
            timevault::sim_fs::CrashPoint::After(step) => step,
            timevault::sim_fs::CrashPoint::Inside { call, .. } => call - 1,
        };
        let finished = done.partition_point(|d| d.step <= step);
        let durable = done[..finished].iter().rposition(|d| d.durable).unwrap();
        let mut admissible: Vec<&State> = vec![done[durable].passage.last().unwrap()];
        for later in done.iter().take(finished + 1).skip(durable + 1) {
            admissible.extend(&later.passage);
        }
        let view = fs.view(point, Profile::Posix);
        for state in view.states(Level::L2) {
            let disk = view.disk(&state.keep);
            if !seen.insert((disk.image_hash(), finished)) {
                continue;
            }
            let what = || format!("{}\nops {ops:?}", view.describe(&state.keep));
            judge(&disk, &admissible, setup, &what);
        }
    }
}

fn judge(disk: &SimFs, admissible: &[&State], setup: &Setup, what: &dyn Fn() -> String) {
    let (store, mut partition) = {
        let result = std::panic::catch_unwind(|| open(disk, setup));
        result.unwrap_or_else(|_| panic!("open failed: {}", what()))
    };
    let found = state_of(&partition);
    assert!(
        admissible.contains(&&found),
        "inadmissible {found:?}\n{}",
        what()
    );
    partition.check().unwrap();
    drop((partition, store));
    // What the open has shown must survive a power cut that loses all that is not synced.
    let cut = disk.crash_now(&Keep::None);
    let (store_again, again) = open(&cut, setup);
    assert_eq!(state_of(&again), found, "not sticky: {}", what());
    drop((again, store_again));
    // And the store must work on.
    let (store_on, mut on) = open(&cut, setup);
    let key = found
        .records
        .last()
        .map_or(0, |r| r.0)
        .max(found.purged.map_or(0, |p| p + 1))
        + 1;
    on.append(key, b"\"more\"").unwrap();
    on.sync().unwrap();
    drop((on, store_on));
    let cut = cut.crash_now(&Keep::None);
    let (_store, last) = open(&cut, setup);
    assert_eq!(
        last.last_key(),
        Some(key),
        "lost after recovery: {}",
        what()
    );
    assert_eq!(state_of(&last).records.len(), found.records.len() + 1);
    partition = last;
    partition.close().unwrap();
    let _ = disk.read_dir(std::path::Path::new("/store"));
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: std::env::var("CASES").map_or(24, |c| c.parse().unwrap()),
        failure_persistence: None,
        rng_seed: prop::test_runner::RngSeed::Fixed(0x7113_5a18),
        ..ProptestConfig::default()
    })]

    #[test]
    fn every_crash_state_is_admissible(
        ops in prop::collection::vec(op(), 1..9),
        max_bytes in 100u64..500,
        max_records in 1u64..5,
        fill_step in prop_oneof![Just(0u64), 1u64..300],
    ) {
        run(&ops, &Setup { max_bytes, max_records, fill_step });
    }
}

/// A crash between the creation of a chunk that is to take the place of an empty one with a higher
/// id and the manifest that names it leaves an empty file below the last line, with no purge point
/// to explain it. An early version took it for a sign of lost manifest lines and refused to open.
#[test]
fn chunk_begun_below_an_empty_one_is_set_aside() {
    let append = Op::Append {
        gaps: vec![0],
        sync: false,
    };
    let setup = Setup {
        max_bytes: 100,
        max_records: 1,
        fill_step: 0,
    };
    run(&[append.clone(), Op::Truncate(0), append], &setup);
}

/// A torn append into an empty chunk whose id is purged: recovery drops the chunk, and a power cut
/// right after brings its file back with the torn bytes still in it. An early version took them
/// for damage.
#[test]
fn purged_chunk_that_comes_back_torn_is_removed() {
    let append = |gaps: &[u8]| Op::Append {
        gaps: gaps.to_vec(),
        sync: false,
    };
    let setup = Setup {
        max_bytes: 103,
        max_records: 1,
        fill_step: 0,
    };
    run(
        &[
            append(&[0, 1]),
            Op::Purge(86),
            Op::Truncate(0),
            append(&[0]),
        ],
        &setup,
    );
}
