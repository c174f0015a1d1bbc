//! Every seeded bug is found, by a rule that is about it; every correct store is clean; and
//! `docs/detection-matrix.md` says the same.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use openraft_timevault::verify::bugs;
use openraft_timevault::verify::campaign::{BugInfo, Config, Correct, NoProgress, hunt_all};
use openraft_timevault::verify::races::{self, RACES};
use openraft_timevault::verify::seeded::Oddity;
use openraft_timevault::verify::subject::SuiteVerdict;

const DOCUMENT: &str = include_str!("../docs/detection-matrix.md");

/// The cells of the document's rows that have so many, before the races, code marks taken away.
fn rows(cells: usize) -> Vec<Vec<String>> {
    let (stores, _) = DOCUMENT.split_once("\n## Races\n").unwrap();
    let rows = stores.lines().filter_map(|line| {
        let row = line.strip_prefix("| ")?.strip_suffix(" |")?;
        let row: Vec<String> = row.split(" | ").map(|cell| cell.replace('`', "")).collect();
        (row.len() == cells).then_some(row)
    });
    // The first is the head.
    rows.skip(1).collect()
}

#[test]
fn every_bug_is_found_again() {
    let config = Config {
        floors: false,
        ..Config::default()
    };
    let (_, detections) = hunt_all(&bugs::all(), &config, &NoProgress).unwrap();
    assert_eq!(detections.len(), bugs::all().len());
    for detection in detections {
        let found = detection
            .found
            .as_ref()
            .map(|found| found.violation.rule.name);
        assert!(detection.is_right(), "{}: {found:?}", detection.bug);
    }
}

#[test]
fn the_document_tells_of_every_bug_and_of_no_other_rules() {
    let all: BTreeSet<BugInfo> = bugs::all().iter().map(|bug| bug.info()).collect();
    let mut told = BTreeSet::new();
    let mut others = Vec::new();
    for row in rows(11) {
        let [code, name, store, text, rules, ..] = row.as_slice() else {
            panic!("{row:?}");
        };
        let known = |info: &&BugInfo| info.store == store && info.name == name;
        let bug = all.iter().find(known);
        let bug = *bug.unwrap_or_else(|| panic!("{store}+{name}"));
        assert_eq!((code.as_str(), text.as_str()), (bug.code, bug.text));
        for rule in rules.split(", ") {
            if !bug.may_break(rule) {
                others.push(format!("{bug}: {rule}"));
            }
        }
        told.insert(bug);
    }
    assert_eq!(others, Vec::<String>::new());
    assert_eq!(told, all);
    let correct: Vec<String> = rows(4).into_iter().map(|row| row[0].clone()).collect();
    let stores: Vec<String> = bugs::correct().iter().map(|store| store.name()).collect();
    assert_eq!(correct, stores);
    assert!(rows(4).iter().all(|row| row[2] == "nothing"));
}

/// The names between the quotes of every `planted("...")` below a folder, and the text of all files there.
fn planted_below(dir: &Path, names: &mut BTreeSet<String>, sources: &mut String) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            planted_below(&path, names, sources);
        } else {
            let text = fs::read_to_string(&path).unwrap();
            let calls = text.split("planted(\"").skip(1);
            names.extend(calls.map(|call| call.split('"').next().unwrap().to_owned()));
            sources.push_str(&text);
        }
    }
}

#[test]
fn every_race_that_can_be_planted_stands_in_the_document() {
    let (mut names, mut sources) = (BTreeSet::new(), String::new());
    for dir in ["src/log_store", "crates/timevault/src"] {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join(dir);
        planted_below(&dir, &mut names, &mut sources);
    }
    let told: BTreeSet<String> = RACES.iter().map(|race| race.name.to_owned()).collect();
    assert_eq!(told, names);
    for race in RACES {
        assert!(
            sources.contains(&format!("fn {}()", race.model)),
            "{race:?}"
        );
        // Once where it is planted, once where a model has to find it.
        let named = sources.matches(&format!("\"{}\"", race.name)).count();
        assert!(named >= 2, "{race:?}");
    }
    assert!(DOCUMENT.ends_with(&races::markdown()));
}

fn is_clean(store: &dyn Correct) {
    let report = store.check(&Config::quick());
    if let Some(found) = report.counterexample() {
        panic!("{}: {found}", store.name());
    }
    assert_eq!(report.not_clean().next(), None);
}

macro_rules! odd {
    ($($name:ident: $oddity:ident),* $(,)?) => {
        $(#[test]
        fn $name() {
            let stores = bugs::correct();
            let odd = stores.iter().find(|store| store.name() == Oddity::$oddity.name());
            is_clean(&**odd.unwrap());
        })*
    };
}

odd!(
    entries_kept_in_memory_until_synced: InMemoryUntilSynced,
    a_purge_that_deletes_later: PurgeDeletesLater,
    extra_entries_after_a_crash: ExtraEntries,
    preallocated_files: Preallocated,
    the_vote_in_the_log: VoteInLog,
    one_sync_for_many_appends: OneSyncForMany,
    an_index_rebuilt_at_every_open: IndexRebuilt,
    committed_not_stored: CommittedNotStored,
);

#[test]
fn openrafts_suite_passes_on_the_correct_stores_and_on_the_odd_ones() {
    // All at once, because the suite sleeps most of its time.
    let stores = bugs::correct();
    let runs: Vec<_> = stores
        .iter()
        .map(|store| (store.name(), store.suite()))
        .collect();
    for (name, run) in runs {
        assert_eq!(run.unwrap().verdict(), SuiteVerdict::Passed, "{name}");
    }
}
