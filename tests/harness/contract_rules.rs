//! One test per rule of the contract, with the rule's name: it holds on the stores that are meant
//! to be correct, and a switch that breaks it turns it red.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test"
)]

use std::sync::LazyLock;

use openraft_timevault::verify::SeededBug;
use openraft_timevault::verify::campaign::{
    Config, ModelDisk, NoProgress, Seeded, check, run_program,
};
use openraft_timevault::verify::log::EntryContent;
use openraft_timevault::verify::op::{Op, Program};
use openraft_timevault::verify::rules::{self, by_name};
use openraft_timevault::verify::seeded::{Bug, PlainSubject};
use openraft_timevault::verify::tasks::Runtime;
use openraft_timevault::verify::{Subject, bugs, timevault};

/// Seeds with which a rule may find a bug.
const SEEDS: u64 = 8;

/// What a short campaign found on the correct stores, with the rule: nothing.
static CORRECT: LazyLock<Vec<(&'static str, String)>> = LazyLock::new(|| {
    let mut found = Vec::new();
    found.extend(judge(&PlainSubject::default()));
    found.extend(judge(&timevault()));
    found
});

fn judge<S: Subject>(subject: &S) -> Option<(&'static str, String)> {
    let config = Config {
        sequences: 100,
        real_sequences: 3,
        ..Config::quick()
    };
    let report = check(subject, &config, &NoProgress);
    let found = report.counterexample()?;
    Some((
        found.violation.rule.name,
        format!("{}: {}", found.subject, found.violation),
    ))
}

/// A store with a bug.
struct Store(Box<dyn Seeded>);

impl From<Bug> for Store {
    fn from(bug: Bug) -> Self {
        Self(bugs::plain(bug).unwrap())
    }
}

impl From<SeededBug> for Store {
    fn from(bug: SeededBug) -> Self {
        Self(bugs::timevault(bug).unwrap())
    }
}

/// The rule holds on the correct stores, and this bug breaks it.
fn turns_red(rule: &str, bug: impl Into<Store>) {
    let Store(bug) = bug.into();
    let name = bug.info();
    assert!(by_name(rule).is_some(), "there is no rule {rule}");
    for (broken, violation) in &*CORRECT {
        assert_ne!(*broken, rule, "{violation}");
    }
    // Several rules can be about a bug, and which one meets it first depends on the programs.
    let by_this_rule = (1..=SEEDS).any(|seed| {
        let config = Config {
            seed,
            ..Config::quick()
        };
        let detection = bug.hunt(&config).unwrap();
        let found = detection.found.as_ref().expect("the bug is found");
        assert!(detection.is_right(), "{}", found.violation);
        found.violation.rule.name == rule
    });
    assert!(by_this_rule, "{name} is found by other rules only");
}

macro_rules! rules {
    ($($name:ident: $bug:path),* $(,)?) => {
        $(#[test]
        fn $name() {
            turns_red(&stringify!($name).replace('_', "-"), $bug);
        })*

        /// Rules that a test of their name turns red.
        const RED: &[&str] = &[$(stringify!($name)),*];
    };
}

rules!(
    log_state: Bug::LastNoneAtBlock,
    read_range: Bug::EmptyRangeReadsOne,
    read_limited: Bug::LimitedReadsNothing,
    entry_fidelity: Bug::NumbersAsFloats,
    read_your_append: Bug::ReaderIsSnapshot,
    reader_atomicity: Bug::ReadInHalves,
    no_hole: Bug::ReadSkipsOne,
    vote_roundtrip: Bug::VoteFlagLost,
    append_durability: Bug::AppendNotSynced,
    vote_durability: Bug::VoteNotSynced,
    truncate_finality: Bug::TruncateKeepsBorder,
    purge_finality: Bug::PurgeKeepsBorder,
    purge_beyond_end: Bug::PurgeBeyondKeepsLast,
    purge_stale_suffix: Bug::StaleSuffixSurvives,
    append_overlap: Bug::OverlapKeepsTail,
    append_below_purge: Bug::AppendUnpurges,
    append_ascending: Bug::DisorderAccepted,
    append_hole_refused: Bug::HoleAccepted,
    callback_once: Bug::CallbackDropped,
    error_latch: Bug::NotLatched,
    cancel_safety: Bug::CancelLosesEntry,
    committed: Bug::CommittedAhead,
    executor_free: Bug::SyncOnExecutor,
    open_after_crash: Bug::VoteTruncateAndWrite,
    sticky_recovery: Bug::TailNotRewritten,
    usable_after_recovery: Bug::TailNotCut,
    damage_reported: Bug::DamageSkipped,
    exclusive_open: Bug::SecondOpenSucceeds,
    write_order: Bug::VoteOvertakes,
    purge_window: SeededBug::EngineRepurgeSkipped,
    recovery_idempotent: Bug::TailCutTooFar,
    recovery_cost: SeededBug::AllChunksRead,
    no_phantom: Bug::ZerosAreARecord,
);

#[test]
fn every_rule_is_turned_red_by_a_bug() {
    // `drop_clean` has a test of its own below.
    let red: Vec<String> = RED
        .iter()
        .chain(&["drop_clean"])
        .map(|name| name.replace('_', "-"))
        .collect();
    for rule in rules::ALL {
        assert!(red.iter().any(|name| name == rule.name), "{}", rule.name);
    }
}

/// The same bug is found by `append-durability` where the power is cut, so here it is not.
#[test]
fn drop_clean() {
    for (broken, violation) in &*CORRECT {
        assert_ne!(*broken, "drop-clean", "{violation}");
    }
    let runtime = Runtime::new().unwrap();
    let program = Program::of(vec![Op::DropReopen {
        pending: vec![EntryContent::Blank],
    }]);
    let run = |bug: Option<Bug>| {
        let subject = bug.map_or_else(PlainSubject::default, PlainSubject::with);
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
