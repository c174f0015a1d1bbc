//! Every program up to length 3 over the small alphabet, from every start state: each crash state at
//! the levels L0 to L2 under the profile `posix`, and each process kill, is opened, read and judged.
//! The campaign does the same under `ext4` and `xfs`, and works on more of the recovered disks.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test"
)]

use openraft_timevault::verify::campaign::{
    Config, CrashPhase, NoProgress, Phase, RandomCrashPhase,
};
use openraft_timevault::verify::counts::{Counts, count};
use openraft_timevault::verify::crash::{Aftermath, Scope};
use openraft_timevault::verify::openraft_0_9::HarnessTypes;
use openraft_timevault::verify::{Timevault, Tuning, timevault};

/// Runs a phase, prints its counts, and expects no finding.
fn clean(run: impl FnOnce(&Timevault<HarnessTypes>, &Config) -> std::io::Result<Phase>) -> Counts {
    let phase = run(&timevault(), &Config::default()).unwrap();
    for (name, count) in phase.counts.iter() {
        println!("{name}: {count}");
    }
    if let Some(found) = phase.found.first() {
        panic!(
            "{}\n{:?}\ncrash {:?}",
            found.violation, found.program, found.timeline
        );
    }
    phase.counts
}

/// What is tried of each program.
fn scope() -> Scope {
    Scope {
        aftermath: Aftermath::EveryShape,
        ..Scope::default()
    }
}

#[test]
fn exhaustive_programs_of_length_3_are_clean() {
    let phase = CrashPhase::new(3, scope());
    let counts = clean(|subject, config| phase.run(subject, config, &NoProgress));
    assert_eq!(counts.of(count::PROGRAMS), phase.programs());
    assert!(counts.of(count::CRASH_JUDGED) > 300_000);
    assert!(counts.of(count::KILLS_JUDGED) > 90_000);
}

/// The sizes of real stores in small: files are filled ahead of the writes, and have several blocks.
#[test]
fn exhaustive_programs_on_filled_files_of_several_blocks_are_clean() {
    let phase = CrashPhase {
        tuning: Tuning::FILLED,
        ..CrashPhase::new(1, scope())
    };
    let counts = clean(|subject, config| phase.run(subject, config, &NoProgress));
    assert_eq!(counts.of(count::PROGRAMS), phase.programs());
    assert!(counts.of(count::CRASH_JUDGED) > 3_000);
    assert!(counts.of(count::KILLS_JUDGED) > 500);
}

/// A few of the campaign's.
#[test]
fn random_long_programs_are_clean() {
    let phase = RandomCrashPhase {
        programs: 12,
        scope: scope(),
    };
    let counts = clean(|subject, config| phase.run(subject, config, &NoProgress));
    assert_eq!(counts.of(count::PROGRAMS), phase.programs);
    assert!(counts.of(count::CRASH_JUDGED) > 100);
}
