//! Damaged stores: every kind of damage in every file of small and large stores, closed and left by
//! a power cut. What each comes to has a class; see `docs/fault-model.md`.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test"
)]

use openraft_timevault::verify::SeededBug;
use openraft_timevault::verify::campaign::{
    Config, Counterexample, DamagePhase, NoProgress, Repro, Verdict, replay,
};
use openraft_timevault::verify::counts::count;
use openraft_timevault::verify::damage::{Outcome, Tally};
use openraft_timevault::verify::seeded::{Bug, PlainSubject};
use openraft_timevault::verify::subject::DamageKind;
use openraft_timevault::verify::{Subject, timevault, timevault_with};

/// Runs the phase, which must be clean, and prints what it came to.
fn clean<S: Subject>(subject: &S, config: &Config) -> Tally {
    let (phase, tally) = DamagePhase.tally(subject, config, &NoProgress).unwrap();
    println!("{}\n{}", subject.name(), tally.table());
    for (name, count) in phase.counts.iter() {
        println!("{name}: {count}");
    }
    if let Some(found) = phase.found.first() {
        panic!("{}\n{:?}", found.violation, found.cause);
    }
    assert!(matches!(phase.verdict, Verdict::Clean), "{phase:?}");
    assert!(phase.counts.of(count::DAMAGES) > 0);
    tally
}

/// Few places in each file: those of the campaign are six times as many.
fn quick() -> Config {
    Config {
        floors: true,
        ..Config::quick()
    }
}

#[test]
fn damage_to_our_store_is_reported_or_harmless() {
    let tally = clean(&timevault(), &quick());
    // What is put back as a whole is all that may pass unnoticed.
    for kind in DamageKind::ALL {
        let whole = matches!(
            kind,
            DamageKind::Rollback | DamageKind::StaleBlock | DamageKind::MissingDir
        );
        let untold = tally.of(kind, Outcome::RolledBack);
        assert!(whole || untold == 0, "{}: {untold}", kind.name());
    }
    assert_eq!(tally.of(DamageKind::MissingFile, Outcome::TornTail), 0);
}

#[test]
fn damage_to_a_log_in_one_file_is_reported_or_harmless() {
    clean(&PlainSubject::default(), &quick());
}

fn broken<S: Subject>(subject: &S) -> Counterexample {
    let phase = DamagePhase.run(subject, &quick(), &NoProgress).unwrap();
    match phase.found.into_iter().next() {
        Some(found) => found,
        None => panic!("{} is {:?}", subject.name(), phase.verdict),
    }
}

/// Written to a repro file, read and run again, it breaks the same rule in the same words.
fn replays<S: Subject>(subject: &S, found: &Counterexample) {
    assert_eq!(
        found.violation.rule.name, "damage-reported",
        "{}",
        found.violation
    );
    let json = Repro::new(found).to_json().unwrap();
    let repro = Repro::from_json(&json).unwrap();
    let again = replay(subject, &repro).unwrap().unwrap();
    assert_eq!(again.to_string(), found.violation.to_string());
}

#[test]
fn stores_that_overlook_damage_are_found_and_replayed() {
    for bug in [
        SeededBug::ManifestLineSkipped,
        SeededBug::UnnamedChunksDeleted,
        SeededBug::DamageCutAsTail,
    ] {
        let subject = timevault_with(bug);
        let found = broken(&subject);
        assert!(found.program.ops.len() < 5, "found in a large store only");
        replays(&subject, &found);
        let correct = timevault();
        let repro = Repro::new(&found);
        assert!(replay(&correct, &repro).unwrap().is_none());
    }
    let subject = PlainSubject::with(Bug::DamageSkipped);
    replays(&subject, &broken(&subject));
}

/// `cargo test --release --test harness damage -- --ignored --nocapture`
#[test]
#[ignore = "minutes; prints the figures of docs/fault-model.md"]
fn many_places_of_many_stores() {
    let config = Config {
        damage_stores: 2,
        damage_places: 8,
        ..Config::default()
    };
    clean(&timevault(), &config);
    clean(&PlainSubject::default(), &config);
}
