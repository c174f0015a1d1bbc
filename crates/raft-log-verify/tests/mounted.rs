//! Stores that do their own input and output, judged on mounted disks. Needs the right to mount; without, each test
//! says so and is skipped.
#![cfg(all(target_os = "linux", feature = "mount"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test"
)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use crash_disk::StdFs;
use raft_log_verify::campaign::REPLAY;
use raft_log_verify::openraft_0_9::{HarnessTypes, Store, store};
use raft_log_verify::seeded::{Bug, Oddity, PlainWal};
use raft_log_verify::subject::DiskServer;
use raft_log_verify::tasks::Tasks;
use raft_log_verify::{Config, NoProgress, Place, Report, check, serve_disk_if_asked};

/// No test, but the one who serves the disks of the others.
#[test]
fn disk_server() {
    serve_disk_if_asked();
}

/// The plain WAL as a store that knows nothing of the seam, on threads of its own.
async fn open(dir: PathBuf, bug: Option<Bug>, oddity: Option<Oddity>) -> std::io::Result<PlainWal> {
    let place = Place {
        tasks: Tasks::on_threads(),
        ..Place::new(Arc::new(StdFs), dir)
    };
    PlainWal::open(&place, bug, oddity).await
}

fn plain(bug: Option<Bug>, oddity: Option<Oddity>) -> Store<HarnessTypes, PlainWal> {
    let open = move |dir: PathBuf| open(dir, bug, oddity);
    store("plain", open).disk_served_by("disk_server")
}

/// Whether a disk can be mounted here.
fn mounts() -> bool {
    let server = DiskServer::test("disk_server").map(|server| server.command());
    let mount = server.map(crash_mount::Mount::start);
    match mount {
        Some(Ok(_)) => true,
        other => {
            eprintln!("SKIPPED: nothing can be mounted here: {other:?}");
            false
        }
    }
}

fn judged(bug: Option<Bug>, oddity: Option<Oddity>) -> Report {
    let config = Config {
        real_sequences: 0,
        random_crashes: 1,
        kill_rounds: 0,
        ..Config::quick()
    };
    check(&plain(bug, oddity), &config, &NoProgress)
}

#[test]
fn a_test_serves_the_disks_of_its_own_store() {
    // With one test thread it does not know its name.
    if mounts() && std::thread::current().name() != Some("main") {
        let open = |dir: PathBuf| open(dir, None, None);
        store::<HarnessTypes, _, _, _>("plain", open).check();
    }
}

#[test]
fn innocent_stores_are_clean() {
    if !mounts() {
        return;
    }
    for oddity in [None].into_iter().chain(Oddity::ALL.map(Some)) {
        let report = judged(None, oddity);
        assert!(report.is_clean(), "{oddity:?}: {report}");
    }
}

/// Bugs of the plain WAL that programs of one operation show.
const BUGS: [&str; 8] = [
    "append-not-synced",
    "callback-before-sync",
    "vote-answered-first",
    "vote-not-synced",
    "vote-truncate-and-write",
    "rename-before-sync",
    "rename-without-dir-sync",
    "log-name-not-synced",
];

#[test]
fn what_a_power_cut_takes_away_is_found() {
    if !mounts() {
        return;
    }
    let mut missed = Vec::new();
    for name in BUGS {
        let bug = Bug::by_name(name);
        assert!(bug.is_some(), "{name}");
        let report = judged(bug, None);
        match report.counterexample() {
            Some(found) => println!("{name}: {}", found.violation),
            None => missed.push(name),
        }
    }
    assert_eq!(missed, [""; 0]);
}

#[test]
fn a_creation_that_is_durable_before_is_not_judged_and_the_report_says_so() {
    if !mounts() {
        return;
    }
    let judged = |store: Store<HarnessTypes, PlainWal>| {
        let config = Config {
            real_sequences: 0,
            random_crashes: 1,
            ..Config::quick()
        };
        check(&store, &config, &NoProgress)
    };
    // What the store forgets when it is created is lost later, too.
    let forgets = || plain(Bug::by_name("log-name-not-synced"), None);
    assert!(judged(forgets()).counterexample().is_some());
    let report = judged(forgets().created_before());
    assert!(report.is_clean(), "{report}");
    assert!(report.to_string().contains("creation"), "{report}");
    // Whatever else it forgets is still found.
    let forgets = plain(Bug::by_name("append-not-synced"), None);
    assert!(judged(forgets.created_before()).counterexample().is_some());
}

/// Judges a broken store, or runs what the environment names.
#[test]
#[ignore = "fails on purpose, in a process that another test starts"]
fn broken() {
    let bug = Bug::by_name("append-not-synced");
    let out = std::env::var_os("BROKEN_OUT").map(PathBuf::from);
    plain(bug, None).check_with(&Config {
        real_sequences: 0,
        out,
        ..Config::quick()
    });
}

#[test]
fn what_a_test_finds_is_seen_again() {
    if !mounts() {
        return;
    }
    let out = tempfile::tempdir().unwrap();
    let run = |replay: Option<&Path>| {
        let mut test = Command::new(std::env::current_exe().unwrap());
        test.args(["--exact", "broken", "--ignored", "--nocapture"]);
        test.env("BROKEN_OUT", out.path());
        if let Some(file) = replay {
            test.env(REPLAY, file);
        }
        let output = test.output().unwrap();
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    let found = run(None);
    let file = found.split(&format!("{REPLAY}=")).nth(1);
    let file = file.and_then(|text| text.split(' ').next()).unwrap();
    assert!(found.contains("cargo test broken"), "{found}");
    assert!(Path::new(file).starts_with(out.path()), "{found}");
    let again = run(Some(Path::new(file)));
    assert!(again.contains("acknowledged entry"), "{again}");
    assert!(!again.contains("to see it again"), "{again}");
}
