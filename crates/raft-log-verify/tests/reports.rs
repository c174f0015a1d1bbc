//! The files of a report: what stands in them, for a clean store, a broken one, and one that is hardly judged.
#![cfg(feature = "reports")]
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test")]

use std::fs;
use std::path::{Path, PathBuf};

use raft_log_verify::kill::KillChild;
use raft_log_verify::openraft_0_9::{HarnessTypes, store_on_seam};
use raft_log_verify::reports::{HTML, JUNIT, OUTCOMES, write};
use raft_log_verify::seeded::{Bug, PlainSubject, PlainWal};
use raft_log_verify::{Caller, Config, NoProgress, Report, check};

fn config() -> Config {
    Config {
        sequences: 30,
        real_sequences: 2,
        random_crashes: 0,
        ..Config::quick()
    }
}

fn clean() -> Report {
    check(&PlainSubject::default(), &config(), &NoProgress)
}

/// Two rules at least, one of them known; and one that is known and kept.
fn broken() -> Report {
    let known = config().known("sticky-recovery", "a reader of ours waits for the sync");
    let known = known.and_then(|config| config.known("log-state", "it was once broken"));
    let subject = PlainSubject::with(Bug::VoteNotSynced);
    let crashes = Config {
        sequences: 0,
        ..known.unwrap()
    };
    check(&subject, &crashes, &NoProgress)
}

/// No power is cut, nothing strict is asked for, and the machine starts no child.
fn hardly_judged() -> Report {
    let store = store_on_seam::<HarnessTypes, PlainWal, _, _>("half", |place, _| async move {
        PlainWal::open(&place, None, None).await
    });
    let config = Config {
        sequences: 0,
        crash_length: 0,
        fault_length: 0,
        kill_rounds: 1,
        kill_child: Some(KillChild::program("/there/is/no/such/program", [""; 0])),
        ..config()
    };
    check(&store.caller(Caller::Core), &config, &NoProgress)
}

/// Where the files are left, so that people can look at them.
fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("reports-{name}"))
}

fn written(name: &str, report: &Report) -> [String; 3] {
    let folder = folder(name);
    write(&folder, report).unwrap();
    [OUTCOMES, JUNIT, HTML].map(|file| fs::read_to_string(folder.join(file)).unwrap())
}

fn count(text: &str, what: &str) -> usize {
    text.matches(what).count()
}

/// Opens with no network and no script, and says everything in words too.
fn stands_alone(page: &str) {
    assert!(page.starts_with("<!DOCTYPE html><html lang=\"en\">"));
    for outside in ["<script", "src=", "href=", "@import", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
    let tables = count(page, "<table");
    assert!(tables > 4);
    assert_eq!(count(page, "<caption>"), tables);
    assert!(count(page, "scope=\"col\"") > tables && count(page, "scope=\"row\"") > tables);
    assert_eq!(count(page, "<svg"), count(page, "<desc"));
    let verdicts = page.find("id=\"verdicts\"").unwrap();
    let others = page.find("Findings").unwrap();
    assert!(verdicts < others, "verdicts come first");
}

#[test]
fn a_clean_store() {
    let report = clean();
    assert!(report.is_clean(), "{report}");
    let [lines, junit, page] = written("clean", &report);
    assert_eq!(lines.lines().count(), report.phases.len());
    assert!(
        !junit.contains("<failure") && !junit.contains("<error"),
        "{junit}"
    );
    stands_alone(&page);
    assert!(page.contains("no rule that was judged is broken"));
    assert!(
        report.to_string().contains("\nbroken: nothing\n"),
        "{report}"
    );
    assert!(
        report.to_string().contains("\nharness broken: nothing\n"),
        "{report}"
    );
}

#[test]
fn a_broken_store() {
    let report = broken();
    let [lines, junit, page] = written("broken", &report);
    let new = report.new_findings().count();
    assert!(new > 0 && report.findings().count() > new, "{report}");
    assert!(lines.contains("\"rule\":\"vote-durability\""), "{lines}");
    // A test case for each new finding and for each phase that met one.
    let rules = junit.split("</testsuite>").next().unwrap();
    assert_eq!(count(rules, "<failure"), new, "{junit}");
    let known = "<skipped message=\"broken, known, ";
    assert_eq!(count(rules, known), 1, "{junit}");
    stands_alone(&page);
    assert_eq!(count(&page, "<article"), report.findings().count());
    assert!(page.contains("<svg") && page.contains(">pending, kept</text>"));
    assert!(page.contains("Not found any more, though known: <code>log-state</code>"));
}

#[test]
fn a_store_that_is_hardly_judged() {
    let report = hardly_judged();
    let [_, junit, page] = written("hardly", &report);
    stands_alone(&page);
    assert!(page.contains("What is not judged is not passed"));
    assert!(page.contains("the machine refuses a process"));
    let skipped = "<skipped message=\"not judged: the caller does not need it\"";
    assert!(count(&junit, skipped) > 3, "{junit}");
    assert!(
        junit.contains("<error message=\"the machine refuses a process"),
        "{junit}"
    );
}

#[test]
fn the_same_seed_gives_the_same_files() {
    let (one, two) = (written("one", &clean()), written("two", &clean()));
    assert_eq!(one, two);
}

#[test]
fn a_check_writes_its_reports_where_it_is_told_to() {
    let out = tempfile::tempdir().unwrap();
    let store = store_on_seam::<HarnessTypes, PlainWal, _, _>("plain", |place, _| async move {
        PlainWal::open(&place, None, None).await
    });
    store.check_with(&Config {
        crash_length: 0,
        fault_length: 0,
        out: Some(out.path().to_owned()),
        ..config()
    });
    for file in [OUTCOMES, JUNIT, HTML] {
        assert!(out.path().join(file).exists(), "{file}");
    }
}
