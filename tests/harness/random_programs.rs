//! Random programs through proptest. What fails is shrunk, and its seed is kept in
//! `proptest-regressions/random_programs.txt`, from where it is run first the next time.
//!
//! A seed dies when its strategy changes, so every shrunk case also becomes a named test that tells its
//! story, and [`KEPT`] says which seed stands for which.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test"
)]

use crash_disk::sim::Level;
use openraft_timevault::verify::campaign::{ModelDisk, run_program};
use openraft_timevault::verify::crash::{Judged, Scope, explore};
use openraft_timevault::verify::op::{
    Op, Program, SequenceMix, Spot, StartState, program_strategy,
};
use openraft_timevault::verify::seeded::PlainSubject;
use openraft_timevault::verify::tasks::Runtime;
use openraft_timevault::verify::{Subject as _, Tuning, timevault};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{FileFailurePersistence, RngAlgorithm, RngSeed, TestRng, TestRunner};
use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;

openraft_timevault::verify::judge_store!(plain_wal, PlainSubject::default());

/// Seeds that failed.
const SEEDS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/proptest-regressions/random_programs.txt"
);

fn runtime() -> Runtime {
    Runtime::new().unwrap()
}

fn programs() -> BoxedStrategy<Program> {
    program_strategy(SequenceMix {
        capabilities: timevault().capabilities(),
        simulated: true,
        big: true,
        length: (1, 30),
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 64,
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(SEEDS))),
        ..ProptestConfig::default()
    })]

    #[test]
    fn random_programs_keep_the_contract(program in programs()) {
        let subject = timevault();
        let run = run_program(&runtime(), &subject, ModelDisk::Simulated, &program);
        prop_assert!(run.is_ok(), "{}", run.unwrap_err());
    }
}

/// A case that once failed: the test that tells its story, and whether a program begins like it.
type Case = (&'static str, fn(&Program) -> bool);

/// The cases that have a seed in the file.
const KEPT: [Case; 3] = [
    (
        "random_programs::a_kill_inside_a_truncate_of_all_and_then_a_power_cut",
        |program| {
            let cut = Op::Truncate { at: Spot::First };
            program.start == StartState::ThreeSegments && program.ops.first() == Some(&cut)
        },
    ),
    (
        "truncate_hole::a_hole_before_what_a_truncate_cuts_off_is_no_damage",
        |program| {
            let cut = |op: &Op| matches!(op, Op::Truncate { at: Spot::Part(_) });
            let appends = |op: &Op| matches!(op, Op::Append { entries, .. } if !entries.is_empty());
            let filled = program.tuning.fill_bytes > 0;
            let small_blocks = program.tuning.block_bytes == Tuning::FILLED.block_bytes;
            let [first, second, ..] = &program.ops[..] else {
                return false;
            };
            filled && small_blocks && appends(first) && cut(second)
        },
    ),
    (
        "truncate_hole::an_open_makes_the_line_of_a_cut_durable_before_it_cuts",
        |program| {
            let opens = |op: &Op| matches!(op, Op::Crash { .. });
            let cut = program.start == StartState::TruncatedOverSegment;
            cut && program.ops.first().is_some_and(opens)
        },
    ),
];

/// The program that proptest grows of a seed in its file.
fn grown(seed: &[u8; 32]) -> Program {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, seed);
    let mut runner = TestRunner::new_with_rng(ProptestConfig::default(), rng);
    programs().new_tree(&mut runner).unwrap().current()
}

/// The seed of a line and what stands behind it.
fn seed_of(line: &str) -> ([u8; 32], &str) {
    let (hex, comment) = line.strip_prefix("cc ").unwrap().split_once(" # ").unwrap();
    let digits = |at: usize| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap();
    assert_eq!(hex.len(), 64, "{line}");
    (std::array::from_fn(digits), comment)
}

/// A new line is one that proptest has written: its case needs a test with a name, and a place in
/// [`KEPT`]. A seed that no longer grows its case has died: `find_seeds` finds another.
#[test]
fn every_seed_grows_a_case_that_has_a_named_test() {
    let text = std::fs::read_to_string(SEEDS).unwrap();
    let lines = text.lines().filter(|line| line.starts_with("cc "));
    let kept: Vec<&str> = lines
        .map(|line| {
            let (seed, comment) = seed_of(line);
            let case = KEPT.iter().find(|(name, _)| *name == comment);
            let (name, is_like) = case.unwrap_or_else(|| panic!("no named test yet: {line}"));
            let program = grown(&seed);
            assert!(
                is_like(&program),
                "{name} is not grown any more: {program:#?}"
            );
            *name
        })
        .collect();
    let names: Vec<&str> = KEPT.iter().map(|(name, _)| *name).collect();
    assert_eq!(kept, names);
}

#[test]
#[ignore = "prints seeds for the file, after the strategy has changed"]
fn find_seeds() {
    for (name, is_like) in KEPT {
        let seed = |number: u64| {
            let mut seed = [0; 32];
            ChaCha8Rng::seed_from_u64(number).fill_bytes(&mut seed);
            seed
        };
        let seed = (0..).map(seed).find(|seed| is_like(&grown(seed))).unwrap();
        let hex: String = seed.iter().map(|byte| format!("{byte:02x}")).collect();
        println!("cc {hex} # {name}");
    }
}

/// A process killed after the cut of a chunk and before its sync; the next open took the chunk for
/// a purged one, and a power cut then brought its old length back beside an empty manifest.
#[test]
fn a_kill_inside_a_truncate_of_all_and_then_a_power_cut() {
    let program = Program {
        tuning: Tuning::SMALL,
        start: StartState::ThreeSegments,
        ops: vec![Op::Truncate { at: Spot::First }],
    };
    let subject = timevault();
    let scope = Scope::default().nested(&[Level::L2]);
    if let Err(failure) = explore(&runtime(), &subject, &program, &scope, &Judged::new()) {
        panic!("{failure}");
    }
}
