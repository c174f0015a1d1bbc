//! Findings that are accepted, one by one or by a baseline.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test")]

use std::fs;
use std::path::Path;
use std::process::Command;

use raft_log_verify::campaign::{
    BASELINE_VERSION, Baseline, BaselineError, CI, KnownFinding, Outcome, RECORD,
};
use raft_log_verify::openraft_0_9::{HarnessTypes, Store, store_on_seam};
use raft_log_verify::seeded::{Bug, PlainWal};
use raft_log_verify::{Config, NoProgress, Report, check};

/// Which bug the store of a test has that another test starts, and its baseline.
const BUG: &str = "KNOWN_BUG";
const FILE: &str = "KNOWN_FILE";

fn plain(bug: Option<Bug>) -> Store<HarnessTypes, PlainWal> {
    store_on_seam("plain", move |place, _| async move {
        PlainWal::open(&place, bug, None).await
    })
}

/// Enough for the bugs of this file, and no more.
fn config() -> Config {
    Config {
        sequences: 20,
        real_sequences: 0,
        random_crashes: 0,
        fault_length: 0,
        kill_rounds: 0,
        ..Config::quick()
    }
}

fn report(bug: &str, config: &Config) -> Report {
    check(&plain(Bug::by_name(bug)), config, &NoProgress)
}

#[test]
fn a_known_finding_is_shown_and_fails_nothing() {
    let store = plain(Some(Bug::VoteNotSynced));
    let mut store = store.known("vote-durability", "accepted");
    for other in [
        "open-after-crash",
        "sticky-recovery",
        "usable-after-recovery",
    ] {
        store = store.known(other, "the same");
    }
    store.check_with(&config());
    let known = config().known("vote-durability", "accepted").unwrap();
    let report = report("vote-not-synced", &known);
    let text = report.to_string();
    assert!(
        text.contains("\nbroken, known: vote-durability: accepted"),
        "{text}"
    );
    let outcomes = report.judgements();
    let vote = outcomes.iter().find(|it| it.rule.name == "vote-durability");
    assert!(
        matches!(vote.unwrap().outcome, Outcome::Known { .. }),
        "{text}"
    );
}

#[test]
#[should_panic(expected = "vote-durability")]
fn a_finding_that_is_not_known_fails() {
    let store = plain(Some(Bug::VoteNotSynced));
    store.known("log-state", "no").check_with(&config());
}

#[test]
#[should_panic(expected = "there is no rule \"vote-endures\". The rules are: log-state, ")]
fn a_rule_that_does_not_exist_cannot_be_known() {
    let _ = plain(None).known("vote-endures", "a typo");
}

#[test]
fn a_known_finding_that_is_gone_is_said_and_fails_nothing() {
    plain(None)
        .known("vote-durability", "accepted")
        .check_with(&config());
    let known = config().known("vote-durability", "accepted").unwrap();
    let text = report("", &known).to_string();
    let gone = "NOT FOUND ANY MORE, though known: vote-durability: accepted";
    assert!(text.contains(gone), "{text}");
}

/// Holds a store against its baseline.
#[test]
#[ignore = "started by other tests, with an environment of its own"]
fn held() {
    let bug = std::env::var(BUG).unwrap_or_default();
    let file = std::env::var(FILE).unwrap_or_default();
    plain(Bug::by_name(&bug))
        .baseline(file)
        .check_with(&Config {
            out: Some(std::env::temp_dir().join("raft-log-verify-known")),
            ..config()
        });
}

/// Whether [`held`] passes, and what it prints.
fn held_as(bug: &str, file: &Path, environment: &[(&str, &str)]) -> (bool, String) {
    let mut test = Command::new(std::env::current_exe().unwrap());
    test.args(["--exact", "held", "--ignored", "--nocapture"]);
    test.env_remove(CI).env_remove(RECORD);
    test.env(BUG, bug).env(FILE, file);
    let output = test.envs(environment.iter().copied()).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

#[test]
fn a_baseline_lets_nothing_get_worse_and_nothing_vanish() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("known.json");
    let (passes, text) = held_as("vote-not-synced", &file, &[]);
    assert!(
        !passes && text.contains("there is no baseline. Record one"),
        "{text}"
    );

    let (passes, text) = held_as("vote-not-synced", &file, &[(RECORD, "1")]);
    assert!(passes && text.contains("findings in"), "{text}");
    let recorded = Baseline::read(&file, "plain").unwrap();
    assert!(
        recorded
            .known
            .iter()
            .any(|known| known.rule.name == "vote-durability")
    );

    let (passes, text) = held_as("vote-not-synced", &file, &[]);
    assert!(
        passes && text.contains("broken, known: vote-durability"),
        "{text}"
    );

    // Worse: another bug breaks rules that are not in the file.
    let (passes, text) = held_as("append-not-synced", &file, &[]);
    assert!(
        !passes && text.contains("broken (fatal): append-durability"),
        "{text}"
    );

    let (passes, text) = held_as("", &file, &[]);
    assert!(
        !passes && text.contains("in the baseline, and not found any more"),
        "{text}"
    );
    assert!(text.contains("take the entries out of \"known\""), "{text}");

    // Recorded anew it is empty, and a correct store passes.
    assert!(held_as("", &file, &[(RECORD, "1")]).0);
    assert!(Baseline::read(&file, "plain").unwrap().known.is_empty());
    assert!(held_as("", &file, &[]).0);
}

#[test]
fn a_baseline_is_not_recorded_where_ci_is_set() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("known.json");
    let (passes, text) = held_as("", &file, &[(RECORD, "1"), (CI, "true")]);
    assert!(
        !passes && text.contains("is not recorded where CI is set"),
        "{text}"
    );
    assert!(!file.exists());
}

#[test]
fn a_reason_is_kept_when_a_baseline_is_recorded_anew() {
    let known = config().known("vote-durability", "accepted").unwrap();
    let report = report("vote-not-synced", &known);
    let baseline = Baseline::of(&report, &[]);
    let of = |rule| baseline.known.iter().find(|known| known.rule.name == rule);
    assert_eq!(of("vote-durability").unwrap().why, "accepted");
    // What is accepted elsewhere is left to that.
    let elsewhere = [KnownFinding::new("vote-durability", "in code").unwrap()];
    let known = Baseline::of(&report, &elsewhere).known;
    assert!(
        known
            .iter()
            .all(|known| known.rule.name != "vote-durability")
    );
}

#[test]
fn a_bad_baseline_is_refused_with_what_was_expected_and_found() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("known.json");
    let read = |json: &str| {
        fs::write(&file, json).unwrap();
        Baseline::read(&file, "plain").unwrap_err()
    };
    let error = read("not json");
    assert!(matches!(error, BaselineError::NoBaseline { .. }), "{error}");
    let error = read(r#"{"version": 9, "whatever": 1}"#);
    assert!(
        matches!(error, BaselineError::Version { found: 9, .. }),
        "{error}"
    );
    let text = error.to_string();
    assert!(
        text.contains(&format!(
            "expected version {BASELINE_VERSION}, found version 9"
        )),
        "{text}"
    );
    assert!(text.starts_with(&file.display().to_string()), "{text}");
    let error = read(r#"{"version": 1, "store": "other", "known": []}"#);
    assert!(matches!(error, BaselineError::Store { .. }), "{error}");
    assert!(
        error
            .to_string()
            .contains("expected a baseline of \"plain\", found one of \"other\"")
    );
    let error = read(r#"{"version": 1, "store": "plain", "known": [{"rule": "no", "why": ""}]}"#);
    assert!(matches!(error, BaselineError::Rule { .. }), "{error}");
    let error = read(r#"{"version": 1, "store": "plain", "known": [], "more": 1}"#);
    assert!(matches!(error, BaselineError::NoBaseline { .. }), "{error}");
    let error = Baseline::read(&dir.path().join("none.json"), "plain").unwrap_err();
    assert!(matches!(error, BaselineError::Missing { .. }), "{error}");
}
