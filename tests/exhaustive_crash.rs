//! Every program up to length 3 over the small alphabet, from every start state: each crash state at
//! the levels L0 to L2 under the profile `posix`, and each process kill, is opened, read and judged.
//! The campaign does the same under `ext4` and `xfs`, and works on more of the recovered disks.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test"
)]

use openraft_timevault::verify::TimevaultSubject;
use openraft_timevault::verify::campaign::{Config, CrashPhase, NoProgress, Verdict};
use openraft_timevault::verify::counts::count;
use openraft_timevault::verify::crash::{Aftermath, Scope};

#[test]
fn exhaustive_programs_of_length_3_are_clean() {
    let phase = CrashPhase {
        length: 3,
        scope: Scope {
            aftermath: Aftermath::EveryShape,
            ..Scope::default()
        },
    };
    let report = phase
        .run(
            &TimevaultSubject::default(),
            &Config::default(),
            &NoProgress,
        )
        .unwrap();
    for (name, count) in report.counts.iter() {
        println!("{name}: {count}");
    }
    if let Verdict::Broken(found) = &report.verdict {
        panic!(
            "{}\n{:?}\ncrash {:?}",
            found.violation, found.program, found.timeline
        );
    }
    assert_eq!(report.counts.of(count::PROGRAMS), phase.programs());
    assert!(report.counts.of(count::CRASH_JUDGED) > 300_000);
    assert!(report.counts.of(count::KILLS_JUDGED) > 90_000);
}
