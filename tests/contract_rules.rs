//! One test per rule of the contract, with the rule's name: it holds on the stores that are meant
//! to be correct, and a switch that breaks it turns it red.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test"
)]

use std::sync::LazyLock;

use openraft_timevault::timevault::SeededBug;
use openraft_timevault::timevault::sim_fs::Level;
use openraft_timevault::verify::campaign::{
    Config, CrashPhase, ModelDisk, NoProgress, Verdict, check, hunt, run_program,
};
use openraft_timevault::verify::op::{Op, Program};
use openraft_timevault::verify::reference::EntryContent;
use openraft_timevault::verify::rules::by_name;
use openraft_timevault::verify::seeded::{Bug, PlainSubject};
use openraft_timevault::verify::{Subject, TimevaultSubject};
use tokio::runtime::Builder;

/// What a short campaign found on the correct stores, with the rule: nothing.
static CORRECT: LazyLock<Vec<(&'static str, String)>> = LazyLock::new(|| {
    let mut found = Vec::new();
    found.extend(judge(&PlainSubject::default()));
    found.extend(judge(&TimevaultSubject::default()));
    found
});

fn judge<S: Subject>(subject: &S) -> Option<(&'static str, String)> {
    let config = Config {
        sequences: 100,
        real_sequences: 3,
        ..Config::quick()
    };
    let report = check(subject, &config, &NoProgress).unwrap();
    let found = report.counterexample()?;
    Some((
        found.violation.rule.name,
        format!("{}: {}", found.subject, found.violation),
    ))
}

/// The rule holds on the correct stores, and this bug breaks it.
fn turns_red(rule: &str, bug: Bug) {
    assert!(by_name(rule).is_some(), "there is no rule {rule}");
    for (broken, violation) in &*CORRECT {
        assert_ne!(*broken, rule, "{violation}");
    }
    let detection = hunt(bug, &Config::quick()).unwrap();
    let found = detection.found.expect("the bug is found");
    assert_eq!(found.violation.rule.name, rule, "{}", found.violation);
}

macro_rules! rules {
    ($($name:ident: $bug:ident),* $(,)?) => {
        $(#[test]
        fn $name() {
            turns_red(&stringify!($name).replace('_', "-"), Bug::$bug);
        })*
    };
}

rules!(
    log_state: LastNoneAtBlock,
    read_range: EmptyRangeReadsOne,
    read_limited: LimitedReadsNothing,
    entry_fidelity: NumbersAsFloats,
    read_your_append: ReaderIsSnapshot,
    reader_atomicity: ReadInHalves,
    no_hole: ReadSkipsOne,
    vote_roundtrip: VoteFlagLost,
    append_durability: AppendNotSynced,
    vote_durability: VoteNotSynced,
    truncate_finality: TruncateKeepsBorder,
    purge_finality: PurgeKeepsBorder,
    purge_beyond_end: PurgeBeyondKeepsLast,
    purge_stale_suffix: StaleSuffixSurvives,
    append_overlap: OverlapKeepsTail,
    append_below_purge: AppendUnpurges,
    append_ascending: DisorderAccepted,
    append_hole_refused: HoleAccepted,
    callback_once: CallbackDropped,
    error_latch: NotLatched,
    cancel_safety: CancelLosesEntry,
    committed: CommittedAhead,
    executor_free: SyncOnExecutor,
    open_after_crash: VoteTruncateAndWrite,
    sticky_recovery: TailNotRewritten,
    usable_after_recovery: TailNotCut,
    damage_reported: DamageSkipped,
    exclusive_open: SecondOpenSucceeds,
);

/// The same bug is found by `append-durability` where the power is cut, so here it is not.
#[test]
fn drop_clean() {
    for (broken, violation) in &*CORRECT {
        assert_ne!(*broken, "drop-clean", "{violation}");
    }
    let runtime = Builder::new_current_thread().enable_time().build().unwrap();
    let program = Program::of(vec![Op::DropReopen {
        pending: vec![EntryContent::Blank],
    }]);
    let run = |bug| {
        let subject = PlainSubject { bug };
        run_program(&runtime, &subject, ModelDisk::Simulated, &program)
    };
    run(None).unwrap();
    let failure = run(Some(Bug::AcknowledgedInMemory)).unwrap_err();
    assert_eq!(failure.violation.rule.name, "drop-clean", "{failure}");
}

#[test]
fn the_correct_stores_are_clean() {
    assert!(CORRECT.is_empty(), "{:?}", *CORRECT);
}

#[test]
fn every_bug_of_the_timevault_store_is_found_by_short_programs() {
    let bugs = [
        SeededBug::AppendNotSynced,
        SeededBug::NewChunkNotSynced,
        SeededBug::AdapterRepurgeSkipped,
        SeededBug::RecoveredTailNotSynced,
    ];
    for bug in bugs {
        let subject = TimevaultSubject { bug: Some(bug) };
        let phase = CrashPhase {
            length: 1,
            level: Level::L2,
        };
        let phase = phase.run(&subject, &Config::quick(), &NoProgress).unwrap();
        assert!(
            matches!(phase.verdict, Verdict::Broken(_)),
            "{bug:?} is not found"
        );
    }
}
