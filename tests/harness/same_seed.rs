//! The same seed gives the same run, disk call for disk call: counts do not depend on how many workers there are, and a
//! race that was found is found in every replay.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use openraft_timevault::verify::campaign::{Config, NoProgress, Repro, check, hunt, replay};
use openraft_timevault::verify::seeded::{Bug, PlainSubject};
use openraft_timevault::verify::{SeededBug, Subject, bugs, timevault, timevault_with};

/// How often a race is replayed.
const REPLAYS: usize = 100;

/// Every count of every phase, and what was covered.
fn counted<S: Subject>(subject: &S, threads: usize) -> Vec<String> {
    let config = Config {
        sequences: 60,
        random_crashes: 1,
        threads,
        ..Config::quick()
    };
    let report = check(subject, &config, &NoProgress);
    assert!(report.is_clean(), "{report}");
    let phases = report.phases.iter();
    phases
        .map(|phase| format!("{} {:#?} {:#?}", phase.name, phase.counts, phase.coverage))
        .collect()
}

fn counts_are_the_same<S: Subject>(subject: &S) {
    let alone = counted(subject, 1);
    assert!(alone.len() > 5, "{alone:?}");
    let threads = 2;
    assert_eq!(counted(subject, threads), alone, "with {threads} workers");
}

#[test]
fn counts_do_not_depend_on_the_workers() {
    counts_are_the_same(&timevault());
}

#[test]
fn counts_of_the_plain_wal_do_not_depend_on_the_workers() {
    counts_are_the_same(&PlainSubject::default());
}

#[test]
fn a_race_is_found_in_every_replay() {
    let config = Config {
        floors: false,
        ..Config::default()
    };
    let (info, bug) = (*Bug::VoteOvertakes.info().unwrap(), Bug::VoteOvertakes);
    let overtakes = PlainSubject::with(bug);
    let found = hunt(info, &overtakes, &config).unwrap().found.unwrap();
    always_again(&overtakes, &Repro::new(&found));

    let bug = SeededBug::IdleCutOvertakes;
    let overtaken = timevault_with(bug);
    let info = *bugs::info(bug).unwrap();
    let found = hunt(info, &overtaken, &config).unwrap().found.unwrap();
    always_again(&overtaken, &Repro::new(&found));
}

fn always_again<S: Subject>(subject: &S, repro: &Repro) {
    for number in 0..REPLAYS {
        let again = replay(subject, repro).unwrap();
        let again = again.unwrap_or_else(|| panic!("replay {number} of {}", repro.rule));
        assert_eq!(again.rule.name, repro.rule, "replay {number}");
    }
}
