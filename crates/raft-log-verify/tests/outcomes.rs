//! A failure of the harness or of the machine says nothing of a store, and a panic of a store is the store's.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test")]

use raft_log_verify::campaign::{Cause, Verdict};
use raft_log_verify::kill::KillChild;
use raft_log_verify::log::Entry;
use raft_log_verify::seeded::{PlainSubject, PlainWal};
use raft_log_verify::{
    Capabilities, Config, LogError, NoProgress, Place, Report, Subject, Tuning, check,
};

/// The correct store, but something panics.
#[derive(Clone, Copy)]
enum Panics {
    /// Code of the harness: what a binding makes of an entry.
    InTheHarness,
    /// The store's own code.
    InTheStore,
}

impl Subject for Panics {
    type Log = PlainWal;

    fn name(&self) -> String {
        "panics".to_owned()
    }

    fn capabilities(&self) -> Capabilities {
        PlainSubject::default().capabilities()
    }

    async fn open(&self, place: &Place, tuning: Tuning) -> Result<PlainWal, LogError> {
        match self {
            Self::InTheStore => panic!("out of luck"),
            Self::InTheHarness => PlainSubject::default().open(place, tuning).await,
        }
    }

    async fn close(&self, log: PlainWal) -> Result<(), LogError> {
        PlainSubject::default().close(log).await
    }

    fn fingerprint(&self, entry: Entry) -> Result<Vec<u8>, LogError> {
        match self {
            Self::InTheStore => PlainSubject::default().fingerprint(entry),
            Self::InTheHarness => panic!("out of luck"),
        }
    }
}

/// Random programs, or only crash states.
fn judge(subject: Panics, crashes: bool) -> Report {
    let config = Config {
        sequences: if crashes { 0 } else { 20 },
        real_sequences: 0,
        random_crashes: 0,
        fault_length: 0,
        ..Config::quick()
    };
    check(&subject, &config, &NoProgress)
}

#[test]
fn a_panic_of_the_harness_accuses_no_store() {
    for crashes in [false, true] {
        let report = judge(Panics::InTheHarness, crashes);
        assert_eq!(report.harness_broken(), Some("out of luck"), "{report}");
        assert!(
            report.counterexample().is_none() && !report.is_clean(),
            "{report}"
        );
    }
}

#[test]
fn a_panic_of_the_store_is_found() {
    for crashes in [false, true] {
        let report = judge(Panics::InTheStore, crashes);
        let found = report.counterexample().unwrap();
        assert!(found.violation.text.contains("out of luck"), "{found}");
        assert!(matches!(found.cause, Cause::Program(_)), "{found}");
        assert!(report.harness_broken().is_none());
    }
}

#[test]
fn a_machine_that_starts_no_child_accuses_no_store() {
    let config = Config {
        sequences: 0,
        real_sequences: 0,
        crash_length: 0,
        random_crashes: 0,
        fault_length: 0,
        kill_rounds: 1,
        kill_child: Some(KillChild::program(
            "/there/is/no/such/program",
            [] as [&str; 0],
        )),
        ..Config::quick()
    };
    let report = check(&PlainSubject::default(), &config, &NoProgress);
    let kill = report.phases.iter().find(|phase| phase.name == "kill");
    assert!(
        matches!(kill.unwrap().verdict, Verdict::HarnessBroken(_)),
        "{report}"
    );
    let why = report.harness_broken().unwrap();
    assert!(why.contains("the machine refuses a process"), "{why}");
}
