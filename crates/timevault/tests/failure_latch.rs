//! Every call fails once, in every way: the operation that meets it returns an error, everything
//! after is refused with that first error, and an open of the same disk shows everything that was
//! acknowledged, also after a power cut.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "test code"
)]

mod support;

use std::sync::Arc;

use crash_disk::sim::{Keep, Profile, SimFs};
use crash_disk::{CallCounter, CallKind, Fault, FaultPlan, FaultRule, FileSystem, HookFs};
use support::*;
use timevault::{Error, Jsonl, Partition, Store, StoreOptions};

/// A write of the program.
#[derive(Debug, Clone, Copy)]
enum Step {
    Append(&'static [u64]),
    Truncate(u64),
    Purge(u64),
    Close,
}

/// Rolls, cuts within and over chunks, purges within and over chunks, an emptied log, a close.
const PROGRAM: [Step; 14] = [
    Step::Append(&[1, 2, 3]),
    Step::Append(&[4]),
    Step::Append(&[5, 6, 7, 8, 9, 10]),
    Step::Truncate(10),
    Step::Truncate(6),
    Step::Append(&[6, 7, 8]),
    Step::Purge(1),
    Step::Append(&[9, 10, 11, 12]),
    Step::Purge(7),
    Step::Truncate(0),
    Step::Append(&[8]),
    Step::Append(&[9, 10, 11]),
    Step::Purge(8),
    Step::Close,
];

#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct State {
    keys: Vec<u64>,
    purged: Option<u64>,
}

impl State {
    fn after(&self, step: Step) -> Self {
        let mut next = self.clone();
        match step {
            Step::Append(keys) => next.keys.extend(keys),
            Step::Truncate(key) => next.keys.retain(|k| *k < key),
            Step::Purge(key) => {
                next.purged = Some(key);
                next.keys.retain(|k| *k > key);
            }
            Step::Close => {}
        }
        next
    }

    /// Whether this may be found after `step` failed on `before`: a part of it in its order.
    fn may_follow(&self, before: &Self, step: Step) -> bool {
        let after = before.after(step);
        if matches!(step, Step::Purge(_)) {
            return *self == *before || *self == after;
        }
        let (short, long) = if after.keys.len() < before.keys.len() {
            (&after.keys, &before.keys)
        } else {
            (&before.keys, &after.keys)
        };
        self.purged == before.purged && self.keys.starts_with(short) && long.starts_with(&self.keys)
    }

    fn of(partition: &Partition) -> Self {
        let keys: Vec<u64> = contents(partition).iter().map(|(key, _)| *key).collect();
        assert_eq!(contents(partition), entries(keys.iter().copied()));
        Self {
            keys,
            purged: partition.last_purge_id().unwrap(),
        }
    }
}

fn store(fs: Arc<dyn FileSystem>) -> Result<Store, Error> {
    Store::open(
        ROOT,
        StoreOptions {
            fill_step: 60,
            index_sync_bytes: 100,
            ..options(fs)
        },
    )
}

fn create_or_open(fs: Arc<dyn FileSystem>) -> Result<Partition, Error> {
    let store = store(fs)?;
    match store.create_partition(ID, config(200, 2), Arc::new(Jsonl)) {
        Err(Error::PartitionExists { .. }) => store.open_partition(ID, Arc::new(Jsonl)),
        created => created,
    }
}

fn apply(partition: &mut Option<Partition>, step: Step) -> Result<(), Error> {
    let open = partition.as_mut().unwrap();
    match step {
        Step::Append(keys) => try_append(open, keys),
        Step::Truncate(key) => open.truncate(key),
        Step::Purge(key) => open.purge(key),
        Step::Close => partition.take().unwrap().close(),
    }
}

/// How far the program came.
enum Outcome {
    /// Create or open failed.
    NotOpen(Error),
    /// A step failed; the state before it.
    Failed(State, Step),
    Done(State),
}

/// Runs the program; once a step failed, everything after it must be refused with the same error.
fn run(fs: Arc<dyn FileSystem>) -> Outcome {
    let partition = match create_or_open(fs) {
        Ok(partition) => partition,
        Err(error) => return Outcome::NotOpen(error),
    };
    let mut partition = Some(partition);
    let mut state = State::default();
    for step in PROGRAM {
        match apply(&mut partition, step) {
            Ok(()) => state = state.after(step),
            Err(Error::Failed { first }) => {
                assert!(
                    matches!(&*first, Error::Io { .. } | Error::Damaged { .. }),
                    "{step:?}: {first:?}"
                );
                if let Some(partition) = partition {
                    assert_latched(partition, &first);
                }
                return Outcome::Failed(state, step);
            }
            Err(other) => panic!("{step:?} failed without a latch: {other:?}"),
        }
    }
    Outcome::Done(state)
}

/// Everything is refused with the first error.
fn assert_latched(mut partition: Partition, first: &Arc<Error>) {
    let reader = partition.reader();
    let refusals = [
        partition.append(1_000, b"1"),
        partition.append_batch(&[]),
        partition.sync(),
        partition.truncate(0),
        partition.truncate(u64::MAX),
        partition.purge(0),
        partition.purge(1_000),
        partition.read_range(0..=u64::MAX).map(drop),
        partition.last_record().map(drop),
        partition.first_key().map(drop),
        partition.check().map(drop),
        reader.read_range(0..=u64::MAX).map(drop),
        reader.last_key().map(drop),
        reader.last_purge_id().map(drop),
        partition.close(),
    ];
    for (n, refusal) in refusals.into_iter().enumerate() {
        match refusal {
            Err(Error::Failed { first: again }) => {
                assert!(
                    Arc::ptr_eq(&again, first),
                    "refusal {n}: {again} is not {first}"
                );
            }
            other => panic!("refusal {n} is {other:?}"),
        }
    }
}

/// What an open after the failure shows, and that it stays and can be written on.
fn judge(disk: &SimFs, outcome: &Outcome, place: &str) {
    let fs: Arc<dyn FileSystem> = Arc::new(disk.clone());
    let partition = create_or_open(Arc::clone(&fs))
        .unwrap_or_else(|error| panic!("{place}: not reopened: {error}"));
    let found = State::of(&partition);
    match outcome {
        Outcome::NotOpen(_) => assert_eq!(found, State::default(), "{place}"),
        Outcome::Done(state) => assert_eq!(found, *state, "{place}"),
        Outcome::Failed(before, step) => {
            assert!(
                found.may_follow(before, *step),
                "{place}: {found:?} after {step:?} on {before:?}"
            );
        }
    }
    partition.check().unwrap();
    drop(partition);
    // What was shown survives a power cut that keeps nothing else.
    let cut: Arc<dyn FileSystem> = Arc::new(disk.view_now(Profile::Posix).disk(&Keep::None));
    let mut partition = create_or_open(Arc::clone(&cut)).unwrap_or_else(|error| {
        panic!("{place}: {found:?} shown, then refused after a power cut: {error}")
    });
    assert_eq!(State::of(&partition), found, "{place}: after a power cut");
    append(&mut partition, &[100, 101]);
    partition.close().unwrap();
    let expected = found.after(Step::Append(&[100, 101]));
    assert_eq!(
        State::of(&create_or_open(cut).unwrap()),
        expected,
        "{place}: written on"
    );
}

/// Runs the program with the n-th call of the kind failing, for every n there is, and returns how
/// many runs there were and how many of them ended early.
fn fail_each(kind: CallKind, suffix: Option<&str>, repeat: bool, fault: Fault) -> (u64, u64) {
    let mut early = 0;
    for nth in 1.. {
        let plan = FaultPlan::new(vec![FaultRule {
            kind,
            path_suffix: suffix.map(Into::into),
            nth,
            repeat,
            fault,
        }]);
        let disk = SimFs::new();
        let outcome = run(Arc::new(HookFs::new(Arc::new(disk.clone()), plan.clone())));
        if plan.fired() == 0 {
            assert!(
                matches!(outcome, Outcome::Done(_)),
                "{kind}: fails without a fault"
            );
            return (nth - 1, early);
        }
        let place = format!("{kind} {nth} {fault:?} on {suffix:?}, repeat {repeat}");
        early += u64::from(!matches!(outcome, Outcome::Done(_)));
        if let Outcome::NotOpen(error) = &outcome {
            assert!(
                matches!(error, Error::Io { .. } | Error::Failed { .. }),
                "{place}: {error:?}"
            );
        }
        judge(&disk, &outcome, &place);
    }
    (0, 0)
}

#[test]
fn every_call_that_changes_the_disk_fails_once() {
    for kind in [
        CallKind::Write,
        CallKind::SetLen,
        CallKind::SyncData,
        CallKind::SyncDir,
        CallKind::Rename,
        CallKind::CreateNew,
        CallKind::CreateDir,
        CallKind::Remove,
    ] {
        for fault in [Fault::EIO, Fault::ENOSPC] {
            let (runs, early) = fail_each(kind, None, false, fault);
            println!("{kind} {fault:?}: {runs} runs, {early} ended early");
            assert!(runs >= 4, "{kind}: {runs}");
            if (kind, fault) != (CallKind::Write, Fault::ENOSPC) {
                assert_eq!(early, runs, "{kind} {fault:?}: a failure went unnoticed");
            }
        }
    }
}

#[test]
fn every_call_that_only_looks_fails_once() {
    for kind in [
        CallKind::Open,
        CallKind::Read,
        CallKind::Len,
        CallKind::ReadDir,
    ] {
        let (runs, early) = fail_each(kind, None, false, Fault::EIO);
        println!("{kind}: {runs} runs, {early} ended early");
        assert!(early > 0, "{kind}");
    }
}

#[test]
fn a_full_disk_fails_every_write_from_some_point_on() {
    let (runs, early) = fail_each(CallKind::Write, None, true, Fault::ENOSPC);
    println!("{runs} runs");
    assert_eq!(early, runs);
}

#[test]
fn short_and_interrupted_calls_are_gone_on_with() {
    for kind in [CallKind::Write, CallKind::Read] {
        for fault in [Fault::Interrupted, Fault::Short(1), Fault::Short(7)] {
            let (runs, early) = fail_each(kind, None, false, fault);
            assert!(runs > 0);
            assert_eq!(early, 0, "{kind} {fault:?}");
        }
    }
}

/// ENOSPC on the write that also fills ahead: the records alone still fit.
#[test]
fn no_room_to_fill_ahead_is_not_a_failed_append() {
    let (runs, early) = fail_each(CallKind::Write, Some(".chunk"), false, Fault::ENOSPC);
    println!("{runs} writes to chunks, {early} without filling");
    assert!(early < runs, "no fill was refused");
    // Every second write, and a fill that fails in the middle.
    for fault in [Fault::ENOSPC, Fault::Short(0)] {
        let rules = (1..60).map(|n| FaultRule {
            kind: CallKind::Write,
            path_suffix: Some(".chunk".into()),
            nth: 2 * n - 1,
            repeat: false,
            fault,
        });
        let plan = FaultPlan::new(rules.collect());
        let disk = SimFs::new();
        let hooked: Arc<dyn FileSystem> =
            Arc::new(HookFs::new(Arc::new(disk.clone()), plan.clone()));
        let store = Store::open(
            ROOT,
            StoreOptions {
                fill_step: 10,
                ..options(hooked)
            },
        )
        .unwrap();
        // Each record is longer than the step, so that every write fills.
        let mut partition = store
            .create_partition(ID, config(1 << 20, 4), Arc::new(Jsonl))
            .unwrap();
        for key in 1..=20 {
            append(&mut partition, &[key]);
        }
        assert_eq!(plan.fired(), 20);
        assert_eq!(contents(&partition), entries(1..=20));
        drop((partition, store));
        let cut = disk.view_now(Profile::Posix).disk(&Keep::None);
        assert_eq!(contents(&open_on(&cut).unwrap()), entries(1..=20));
    }
}

/// As Linux does it: the failed sync reports once, its pages count as clean, and the next sync
/// succeeds without writing them.
#[test]
fn a_failed_sync_drops_pages_and_nothing_acknowledged() {
    let mut runs = 0;
    for nth in 1.. {
        let disk = SimFs::new();
        disk.fail_sync(nth, 5);
        let outcome = run(Arc::new(disk.clone()));
        if matches!(outcome, Outcome::Done(_)) {
            break;
        }
        judge(&disk, &outcome, &format!("sync {nth} dropped its pages"));
        // And with the power cut at once, before anybody reopens.
        let cut = disk.view_now(Profile::Posix).disk(&Keep::None);
        judge(
            &cut,
            &outcome,
            &format!("sync {nth} dropped its pages, power cut"),
        );
        runs = nth;
    }
    println!("{runs} syncs");
    assert!(runs > 50, "{runs}");
}

/// The story: a truncate emptied the only chunk, whose id was at the purge point, and the sync of
/// the cut failed. The next open took the chunk for purged and wrote a manifest without it, while
/// the cut was still in the page cache only. A power cut brought the records back, beside a manifest
/// that did not name them, and the partition could not be opened any more.
#[test]
fn a_cut_whose_sync_failed_is_durable_before_its_chunk_is_purged() {
    let disk = SimFs::new();
    let mut partition = create_on(&disk, config(1 << 20, 2));
    append(&mut partition, &[7, 8, 9]);
    partition.purge(7).unwrap();
    // Of the truncate's syncs the index's comes first, then the chunk's.
    disk.fail_sync(2, 5);
    let failed = partition.truncate(0).unwrap_err();
    assert!(failed.to_string().contains(".chunk"), "{failed}");
    drop(partition);
    let partition = open_on(&disk).unwrap();
    assert_eq!(
        (contents(&partition), partition.stats().chunks),
        (vec![], 0)
    );
    drop(partition);
    let cut = disk.view_now(Profile::Posix).disk(&Keep::None);
    let mut partition = open_on(&cut).unwrap();
    assert_eq!(contents(&partition), []);
    append(&mut partition, &[8]);
    partition.close().unwrap();
    assert_eq!(contents(&open_on(&cut).unwrap()), entries([8]));
}

#[test]
fn a_failed_read_is_no_failure_of_the_partition() {
    let disk = SimFs::new_unrecorded();
    let mut partition = create_on(&disk, config(200, 2));
    append(&mut partition, &(1..=9).collect::<Vec<_>>());
    partition.close().unwrap();
    let fault = |nth| FaultRule {
        kind: CallKind::Read,
        path_suffix: Some(".chunk".into()),
        nth,
        repeat: false,
        fault: Fault::EIO,
    };
    let counter = CallCounter::new();
    let counted = HookFs::new(Arc::new(disk.clone()), counter.clone());
    drop(
        store(Arc::new(counted))
            .unwrap()
            .open_partition(ID, Arc::new(Jsonl))
            .unwrap(),
    );
    let at_open = counter.counts_for(".chunk").calls(CallKind::Read);
    let plan = FaultPlan::new(vec![fault(at_open + 1)]);
    let hooked = HookFs::new(Arc::new(disk.clone()), plan.clone());
    let mut partition = store(Arc::new(hooked))
        .unwrap()
        .open_partition(ID, Arc::new(Jsonl))
        .unwrap();
    let error = partition.read_range(1..=1).unwrap_err();
    assert!(
        matches!(&error, Error::Io { path, .. } if path.ends_with(chunk(1))),
        "{error:?}"
    );
    assert_eq!(plan.fired(), 1);
    assert_eq!(contents(&partition), entries(1..=9));
    append(&mut partition, &[10]);
    partition.close().unwrap();
    assert_eq!(contents(&open_on(&disk).unwrap()), entries(1..=10));
}
