//! Every program of length 1 over the small alphabet, from every start state: every disk call of its
//! operation fails once, in every way that fits it, and the operation meets disks with too little
//! space. The bugs that only a fault shows are found again.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test"
)]

use openraft_timevault::verify::SeededBug;
use openraft_timevault::verify::campaign::{
    Cause, Config, FaultPhase, NoProgress, Phase, Repro, Trouble, Verdict, replay,
};
use openraft_timevault::verify::counts::count;
use openraft_timevault::verify::seeded::{Bug, PlainSubject};
use openraft_timevault::verify::{Subject, timevault, timevault_with};

fn run(subject: &impl Subject, trouble: Trouble) -> Phase {
    let phase = FaultPhase { length: 1, trouble };
    let config = Config {
        end_at_first_finding: true,
        ..Config::default()
    };
    let report = phase.run(subject, &config, &NoProgress).unwrap();
    for (name, count) in report.counts.iter() {
        println!("{name}: {count}");
    }
    report
}

fn clean(report: &Phase) {
    if let Some(found) = report.found.first() {
        panic!(
            "{}\n{:?}\n{:?}",
            found.violation, found.program, found.cause
        );
    }
    assert!(matches!(report.verdict, Verdict::Clean), "{report:?}");
    assert_eq!(report.counts.of(count::NOT_MET), 0);
}

#[test]
fn every_call_of_short_programs_may_fail() {
    clean(&run(&timevault(), Trouble::FailingCalls));
}

#[test]
fn a_full_disk_refuses_and_loses_nothing() {
    clean(&run(&timevault(), Trouble::FullDisk));
}

#[test]
fn the_plain_wal_keeps_its_promises_too() {
    clean(&run(&PlainSubject::default(), Trouble::FailingCalls));
    clean(&run(&PlainSubject::default(), Trouble::FullDisk));
}

/// The bug is found by one of these rules in a program of at most one operation, and its repro file
/// runs again without a seed.
#[track_caller]
fn found<S: Subject>((subject, correct): (&S, &S), rules: &[&str]) {
    let report = run(subject, Trouble::FailingCalls);
    let Some(found) = report.found.first() else {
        panic!("{} was not found", subject.name());
    };
    let rule = found.violation.rule.name;
    println!(
        "{}\n{:?}\n{:?}",
        found.violation, found.program.ops, found.cause
    );
    assert!(rules.contains(&rule), "found by {rule}");
    assert!(found.program.ops.len() <= 1);
    let json = Repro::new(found).to_json().unwrap();
    let repro = Repro::from_json(&json).unwrap();
    let again = replay(subject, &repro).unwrap();
    assert_eq!(again.unwrap().rule.name, rule);
    assert!(replay(correct, &repro).unwrap().is_none());
}

#[track_caller]
fn found_in_plain_wal(bug: Bug, rules: &[&str]) {
    let subject = PlainSubject::with(bug);
    found((&subject, &PlainSubject::default()), rules);
}

#[track_caller]
fn found_in_timevault(bug: SeededBug, rules: &[&str]) {
    let subject = timevault_with(bug);
    found((&subject, &timevault()), rules);
}

#[test]
fn the_error_of_a_sync_that_is_ignored_is_found() {
    found_in_plain_wal(Bug::SyncErrorSwallowed, &["error-latch"]);
}

#[test]
fn a_sync_that_is_tried_again_is_found() {
    found_in_plain_wal(Bug::SyncRetried, &["error-latch"]);
}

#[test]
fn writes_accepted_after_a_failed_sync_are_found() {
    found_in_plain_wal(Bug::NotLatched, &["error-latch"]);
}

#[test]
fn writes_accepted_after_a_full_disk_are_found() {
    let subject = PlainSubject::with(Bug::NotLatched);
    let report = run(&subject, Trouble::FullDisk);
    let Some(found) = report.found.first() else {
        panic!("not found");
    };
    assert_eq!(found.violation.rule.name, "error-latch");
    let repro = Repro::new(found);
    assert!(
        matches!(repro.cause, Cause::FullDisk(_)),
        "{:?}",
        repro.cause
    );
    let again = replay(&subject, &repro).unwrap();
    assert_eq!(again.unwrap().rule.name, "error-latch");
    assert!(replay(&PlainSubject::default(), &repro).unwrap().is_none());
}

#[test]
fn what_a_failed_append_goes_on_showing_is_found() {
    found_in_plain_wal(Bug::NotWithdrawn, &["error-latch"]);
}

#[test]
fn a_short_write_that_is_ignored_is_found() {
    // The record that is lost is that of the program's purge.
    found_in_plain_wal(
        Bug::ShortWriteIgnored,
        &["purge-finality", "append-durability"],
    );
}

#[test]
fn pages_that_a_failed_sync_dropped_and_an_open_did_not_write_again_are_missed() {
    // What the open has shown is gone, and what was appended behind it proves that it was there. Or the
    // open has gone on with a cut that failed and has left the line that announces it: then what was
    // appended behind the cut is cut off.
    found_in_timevault(
        SeededBug::RecoveredTailNotSynced,
        &["open-after-crash", "append-durability"],
    );
}

#[test]
fn an_append_without_a_sync_is_found() {
    found_in_timevault(
        SeededBug::AppendNotSynced,
        &["append-durability", "write-order"],
    );
}
