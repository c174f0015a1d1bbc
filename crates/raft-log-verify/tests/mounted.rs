//! Stores that do their own input and output, judged on mounted disks. Needs the right to mount; without, each test
//! says so and is skipped.
#![cfg(all(target_os = "linux", feature = "mount"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test"
)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use crash_disk::StdFs;
use crash_mount::UnseenSyncs;
use raft_log_verify::campaign::{
    Cause, ControlPhase, Counterexample, ModelDisk, Part, Phase, REPLAY, Repro, hunt_crashes,
    replay,
};
use raft_log_verify::counts::count;
use raft_log_verify::openraft_0_9::{HarnessTypes, Store, store};
use raft_log_verify::seeded::{Bug, Oddity, PlainSubject, PlainWal};
use raft_log_verify::subject::{DiskServer, Variant};
use raft_log_verify::tasks::Tasks;
use raft_log_verify::{Config, NoProgress, Place, Report, check, serve_if_asked};

/// No test, but the one who serves the disks of the others.
#[test]
fn disk_server() {
    serve_if_asked(&plain(None, None));
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
    store("plain", open).served_by("disk_server")
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

/// Crashes of short programs, up to the first finding.
fn brief() -> Config {
    Config {
        real_sequences: 0,
        random_crashes: 1,
        kill_rounds: 0,
        end_at_first_finding: true,
        ..Config::quick()
    }
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
    // The matrix judges all of them, for each caller.
    let oddities = [None].into_iter().chain(Oddity::ALL.map(Some));
    for oddity in oddities.step_by(3) {
        let report = check(&plain(None, oddity), &brief(), &NoProgress);
        assert!(report.is_clean(), "{oddity:?}: {report}");
        let phase = |phase: &&Phase| phase.name == ControlPhase::NAME;
        let control = &report.phases.iter().find(phase).unwrap().counts;
        // Of the append and of the vote.
        assert_eq!(control.of(count::LOSSES_SEEN), 2, "{oddity:?}");
    }
}

/// Bugs that few of the short programs show, each some seconds. The matrix looks for them.
const SLOW: [&str; 4] = [
    "callback-before-sync",
    "vote-answered-first",
    "vote-truncate-and-write",
    "vote-overtakes",
];

#[test]
fn every_bug_that_a_crash_shows_on_the_seam_it_shows_on_a_mount() {
    if !mounts() {
        return;
    }
    let server = DiskServer::test("disk_server").unwrap();
    let mut missed = Vec::new();
    for bug in Bug::all() {
        let info = bug.info().unwrap();
        if info.part != Part::Crashes || SLOW.contains(&info.name) {
            continue;
        }
        let subject = Variant::of(PlainSubject::with(bug)).on_mounts(server.clone());
        let found = hunt_crashes(&subject, &Config::quick()).unwrap();
        let rule = found.map(|found| found.violation.rule.name);
        if !rule.is_some_and(|rule| info.may_break(rule)) {
            missed.push((info.name, rule));
        }
    }
    assert_eq!(missed, []);
}

/// A store that does not sync its appends and calls `syncfs` when it is opened. Whether a power cut takes something from it
/// on a real disk is not known here, so nothing is said.
#[test]
fn a_store_that_may_rely_on_syncs_that_no_mount_sees_is_not_accused() {
    if !mounts() || std::thread::current().name() == Some("main") {
        return;
    }
    // The call goes past the C library, so that only a trace shows it. The traced run itself cannot trace.
    let is_traced = std::env::var_os(REPLAY).is_some();
    if !is_traced && UnseenSyncs::of(&Command::new("true")) != UnseenSyncs::NotCalled {
        eprintln!("SKIPPED: no process can be traced here");
        return;
    }
    let bug = Bug::by_name("append-not-synced");
    let open = move |dir: PathBuf| async move {
        rustix::fs::syncfs(std::fs::File::open(&dir)?)?;
        open(dir, bug, None).await
    };
    store::<HarnessTypes, _, _, _>("syncs-its-disk", open).check_with(&brief());
}

/// In a campaign one of a hundred servers was killed, and the store was told to have lost an append that had returned. What a
/// store says on a disk that is gone says nothing of the store.
#[test]
fn a_disk_whose_server_was_killed_accuses_nobody() {
    if !mounts() {
        return;
    }
    let on_lost_disks = |dir: PathBuf| async move {
        kill_server_of(&dir);
        open(dir, None, None).await
    };
    let lost = store::<HarnessTypes, _, _, _>("lost", on_lost_disks).served_by("disk_server");
    let report = check(&lost, &brief(), &NoProgress);
    assert!(report.counterexample().is_none(), "{report}");
    let why = report.harness_broken().unwrap();
    assert!(why.contains("the mounted disk is lost"), "{why}");
}

/// Kills the process that serves the mounted disk which holds a directory, if there is one.
fn kill_server_of(dir: &Path) {
    let point = format!("CRASH_MOUNT_POINT={}", dir.parent().unwrap().display());
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let environ = std::fs::read(entry.path().join("environ")).unwrap_or_default();
        let mut variables = environ.split(|byte| *byte == 0);
        if variables.any(|variable| variable == point.as_bytes()) {
            let id = entry.file_name().to_str().and_then(|id| id.parse().ok());
            let server = id.and_then(rustix::process::Pid::from_raw).unwrap();
            rustix::process::kill_process(server, rustix::process::Signal::KILL).unwrap();
        }
    }
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
    let loses = |report: &Report, rule: &str| {
        let mut findings = report.findings();
        findings.any(|found| found.violation.rule.name == rule)
    };
    // What the store forgets when it is created is lost later, too.
    let forgets = || plain(Bug::by_name("log-name-not-synced"), None);
    assert!(loses(&judged(forgets()), "append-durability"));
    let report = judged(forgets().created_before());
    assert!(!loses(&report, "append-durability"), "{report}");
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
    plain(bug, None).check_with(&Config { out, ..brief() });
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
    let command = found.lines().find(|line| line.contains(REPLAY)).unwrap();
    assert!(
        command.contains("cargo test") && command.ends_with(" broken"),
        "{found}"
    );
    assert!(Path::new(file).starts_with(out.path()), "{found}");
    let again = run(Some(Path::new(file)));
    assert!(again.contains("acknowledged entry"), "{again}");
    assert!(!again.contains(REPLAY), "{again}");
}

/// A fault that a short program shows on a mounted disk before any crash is seen again on a mounted disk, and not in a
/// directory of the host.
#[test]
fn what_needs_no_crash_is_seen_again_on_a_mounted_disk() {
    if !mounts() {
        return;
    }
    let bug = Bug::by_name("truncate-keeps-border");
    let on_a_mount = move |dir: PathBuf| async move {
        // What a simulated disk calls the directory, and a store's own input and output would take for the host's.
        match dir.starts_with("/store") {
            true => Err(std::io::Error::other("opened on the host's disk")),
            false => open(dir, bug, None).await,
        }
    };
    let store = store::<HarnessTypes, _, _, _>("plain", on_a_mount).served_by("disk_server");
    let goes_on = Config {
        end_at_first_finding: false,
        random_crashes: 0,
        ..brief()
    };
    let report = check(&store, &goes_on, &NoProgress);
    let no_crash = |found: &&Counterexample| found.cause == Cause::Program(ModelDisk::Simulated);
    let found = report.findings().find(no_crash);
    let found = found.unwrap_or_else(|| panic!("{report}"));
    let again = replay(&store, &Repro::new(found)).unwrap().unwrap();
    assert_eq!(again.rule.name, found.violation.rule.name, "{again}");
}
