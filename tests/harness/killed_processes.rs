//! Real processes, killed at random moments, twenty times on one directory.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test"
)]

use std::env;

use openraft_timevault::verify::campaign::{Config, KillPhase, NoProgress, Phase};
use openraft_timevault::verify::counts::count;
use openraft_timevault::verify::kill::{KillChild, is_child, serve};
use openraft_timevault::verify::seeded::{Bug, PlainSubject};
use openraft_timevault::verify::{Subject, timevault};

const ROUNDS: u64 = 20;

fn in_memory() -> PlainSubject {
    PlainSubject::with(Bug::AcknowledgedInMemory)
}

/// This test binary again, to run only that test.
fn child(test: &str) -> KillChild {
    let test = format!("killed_processes::{test}");
    let args = ["--exact", &test, "--ignored", "--nocapture"];
    KillChild::program(env::current_exe().unwrap(), args)
}

fn run(subject: &impl Subject, test: &str, rounds: u64) -> Phase {
    let phase = KillPhase {
        child: child(test),
        rounds,
    };
    let report = phase.run(subject, &Config::default(), &NoProgress).unwrap();
    for (name, count) in report.counts.iter() {
        println!("{name}: {count}");
    }
    report
}

fn clean(report: &Phase, rounds: u64) {
    if let Some(found) = report.found.first() {
        panic!("round {}: {}", found.number, found.violation);
    }
    assert_eq!(report.counts.of(count::KILLED), rounds);
}

#[test]
#[ignore = "run by the other tests of this file, in a process that they kill"]
fn timevault_child() {
    assert!(is_child());
    serve(&timevault()).unwrap();
}

#[test]
#[ignore = "run by the other tests of this file, in a process that they kill"]
fn plain_wal_child() {
    assert!(is_child());
    serve(&PlainSubject::default()).unwrap();
}

#[test]
#[ignore = "run by the other tests of this file, in a process that they kill"]
fn acknowledging_in_memory_child() {
    assert!(is_child());
    serve(&in_memory()).unwrap();
}

#[test]
fn killed_processes_lose_nothing_acknowledged() {
    clean(&run(&timevault(), "timevault_child", ROUNDS), ROUNDS);
}

#[test]
fn the_plain_wal_survives_kills_too() {
    clean(
        &run(&PlainSubject::default(), "plain_wal_child", ROUNDS),
        ROUNDS,
    );
}

#[test]
fn acknowledging_in_memory_is_found() {
    // Most rounds leave an append that was acknowledged and not written.
    let report = run(&in_memory(), "acknowledging_in_memory_child", ROUNDS);
    let Some(found) = report.found.first() else {
        panic!("not found in {ROUNDS} rounds");
    };
    println!("round {}: {}", found.number, found.violation);
    let rules = ["append-durability", "write-order", "purge-finality"];
    assert!(rules.contains(&found.violation.rule.name));
}
