//! The purge window: the power is cut after `raft_purge.json` is durable and before the partition
//! purge starts, and at every other point of a purge.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

use std::collections::BTreeSet;
use std::sync::Arc;

use crash_disk::sim::{CrashPoint, Level, Profile, SimFs};
use openraft_timevault::verify::Log as _;
use openraft_timevault::verify::SeededBug;
use openraft_timevault::verify::crash::{Judged, Recording, Scope, explore};
use openraft_timevault::verify::op::{Lead, Op, Program, Spot, StartState};
use openraft_timevault::verify::openraft_0_9::HarnessTypes;
use openraft_timevault::verify::tasks::Runtime;
use openraft_timevault::verify::{
    Place, Subject as _, Timevault, Tuning, timevault, timevault_with,
};

/// The purges: within a chunk, at a border, over chunks, of all, beyond the end, and with a stale
/// suffix behind. Three entries fill a chunk, and the first is purged already.
fn purges() -> Vec<(&'static str, Op)> {
    let purge = |at, lead| Op::Purge { at, lead };
    vec![
        ("within a chunk", purge(Spot::First, Lead::Same)),
        (
            "at a border",
            purge(Spot::Border { nth: 0, off: -2 }, Lead::Same),
        ),
        (
            "one before a border",
            purge(Spot::Border { nth: 0, off: -3 }, Lead::Same),
        ),
        ("over chunks", purge(Spot::Part(160), Lead::Same)),
        ("of all", purge(Spot::Last, Lead::Same)),
        ("beyond the end", purge(Spot::Above(5), Lead::Same)),
        (
            "with a stale suffix",
            purge(Spot::Part(100), Lead::Later(2)),
        ),
        (
            "with a stale suffix of one",
            purge(Spot::Part(250), Lead::Later(2)),
        ),
    ]
}

fn programs() -> impl Iterator<Item = (String, Program)> {
    let starts = [StartState::ThreeSegments, StartState::TruncatedOverSegment];
    starts.into_iter().flat_map(|start| {
        purges().into_iter().map(move |(name, op)| {
            let program = Program {
                tuning: Tuning::SMALL,
                start,
                ops: vec![op],
            };
            (format!("{name}, from {}", start.name()), program)
        })
    })
}

fn runtime() -> Runtime {
    Runtime::new().unwrap()
}

/// Chunks that are wholly at or below the purged index: the next chunk begins at or below the
/// index after it.
fn leftover_chunks(disk: &SimFs, purged: Option<u64>) -> Vec<u64> {
    let names = disk.to_tree().into_keys().filter_map(|path| {
        let in_chunks = path
            .parent()
            .is_some_and(|parent| parent.ends_with("chunks"));
        let name = path
            .file_name()?
            .to_str()?
            .strip_suffix(".chunk")?
            .to_owned();
        in_chunks.then(|| u64::from_str_radix(&name, 16).unwrap())
    });
    let ids: Vec<u64> = names.collect::<BTreeSet<_>>().into_iter().collect();
    let Some(purged) = purged else {
        return Vec::new();
    };
    ids.windows(2)
        .filter(|pair| pair[1] <= purged + 1)
        .map(|pair| pair[0])
        .collect()
}

/// What breaks, if anything, at any point of any of the purges.
fn judge(subject: &Timevault<HarnessTypes>) -> Result<u64, String> {
    let runtime = runtime();
    let mut judged = 0;
    for (name, program) in programs() {
        explore(
            &runtime,
            subject,
            &program,
            &Scope::default(),
            &Judged::new(),
        )
        .map_err(|failure| format!("{name}: {failure}"))?;
        let recording = runtime.block_on(Recording::new(subject, &program)).unwrap();
        for point in recording.points() {
            judged += no_leftovers(&runtime, subject, (&recording, point), &name)?;
        }
    }
    Ok(judged)
}

/// Opens every state of this point and looks for chunks that should be gone.
fn no_leftovers(
    runtime: &Runtime,
    subject: &Timevault<HarnessTypes>,
    (recording, point): (&Recording, CrashPoint),
    name: &str,
) -> Result<u64, String> {
    let view = recording.disk.view(point, Profile::default());
    let mut judged = 0;
    for state in view.states(Level::L2) {
        let disk = view.disk(&state.keep);
        let place = Place::new(Arc::new(disk.clone()), "/store");
        let purged = runtime.block_on(async {
            let mut log = subject.open(&place, Tuning::SMALL).await.unwrap();
            log.state().await.unwrap().purged.map(|id| id.index)
        });
        let left = leftover_chunks(&disk, purged);
        if !left.is_empty() {
            return Err(format!(
                "{name}: {}: chunks {left:?} left over",
                view.describe(&state.keep)
            ));
        }
        judged += 1;
    }
    Ok(judged)
}

#[test]
fn purge_window() {
    let judged = judge(&timevault()).unwrap_or_else(|error| panic!("{error}"));
    assert!(judged > 1_000, "only {judged} states were judged");
}

#[test]
fn the_purge_file_is_durable_before_the_partition_purge_starts() {
    let (_, program) = programs().next().unwrap();
    let recording = runtime()
        .block_on(Recording::new(&timevault(), &program))
        .unwrap();
    let calls: Vec<_> = (recording.from + 1..=recording.to)
        .filter_map(|number| recording.disk.call(number))
        .map(|call| call.text)
        .collect();
    let first = |what: &str| {
        calls
            .iter()
            .position(|call| call.contains(what))
            .expect(what)
    };
    assert!(
        first("raft_purge.json") < first("metadata.json"),
        "{calls:#?}"
    );
}

#[test]
fn skipping_the_re_purge_of_the_log_store_turns_it_red() {
    let subject = timevault_with(SeededBug::AdapterRepurgeSkipped);
    judge(&subject).expect_err("a purge file without a partition purge goes unnoticed");
}

#[test]
fn skipping_the_re_purge_of_the_engine_turns_it_red() {
    let subject = timevault_with(SeededBug::EngineRepurgeSkipped);
    judge(&subject).expect_err("chunks left over go unnoticed");
}
