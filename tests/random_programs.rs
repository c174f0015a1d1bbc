//! Random programs through proptest, whose failing seeds are kept in `proptest-regressions/`. A
//! seed dies when its strategy changes, so every shrunk case also becomes a named test below.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test"
)]

use openraft_timevault::timevault::sim_fs::Level;
use openraft_timevault::verify::campaign::{ModelDisk, run_program};
use openraft_timevault::verify::crash::{Judged, Scope, explore};
use openraft_timevault::verify::op::{
    Op, Program, SequenceMix, Spot, StartState, program_strategy,
};
use openraft_timevault::verify::seeded::PlainSubject;
use openraft_timevault::verify::{Subject as _, TimevaultSubject, Tuning};
use proptest::prelude::*;
use proptest::test_runner::{FileFailurePersistence, RngSeed};
use tokio::runtime::{Builder, Runtime};

openraft_timevault::judge_store!(plain_wal, PlainSubject::default());

/// Seeds that failed.
const SEEDS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/proptest-regressions/random_programs.txt"
);

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().build().unwrap()
}

fn programs() -> BoxedStrategy<Program> {
    program_strategy(SequenceMix {
        capabilities: TimevaultSubject::default().capabilities(),
        simulated: true,
        unstorable: true,
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
        let subject = TimevaultSubject::default();
        let run = run_program(&runtime(), &subject, ModelDisk::Simulated, &program);
        prop_assert!(run.is_ok(), "{}", run.unwrap_err());
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
    let subject = TimevaultSubject::default();
    let scope = Scope::default().nested(&[Level::L2]);
    if let Err(failure) = explore(&runtime(), &subject, &program, &scope, &Judged::new()) {
        panic!("{failure}");
    }
}
