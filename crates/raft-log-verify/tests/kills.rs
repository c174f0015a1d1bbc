//! Killed processes without anything that the author of a store sets up: a test is its own child.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test"
)]

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crash_disk::StdFs;
use raft_log_verify::campaign::{Cause, REPLAY};
use raft_log_verify::counts::count;
use raft_log_verify::kill::{KillChild, is_child};
use raft_log_verify::openraft_0_9::{HarnessTypes, Store, store, store_on_seam};
use raft_log_verify::seeded::{Bug, PlainWal};
use raft_log_verify::tasks::Tasks;
use raft_log_verify::{Caller, Config, NoProgress, Place, Report, check, serve_if_asked};
use rustix::process::{Pid, Signal, kill_process};

/// The plain WAL on threads of its own.
async fn open(dir: PathBuf, bug: Option<Bug>) -> io::Result<PlainWal> {
    let place = Place {
        tasks: Tasks::on_threads(),
        ..Place::new(Arc::new(StdFs), dir)
    };
    PlainWal::open(&place, bug, None).await
}

/// The same as a store that does its own input and output.
fn plain(name: &str, bug: Option<Bug>) -> Store<HarnessTypes, PlainWal> {
    store(name, move |dir| open(dir, bug)).without_power_cuts()
}

/// Kills, and nothing else.
fn kills(seed: u64) -> Config {
    Config {
        seed,
        sequences: 0,
        real_sequences: 0,
        crash_length: 0,
        random_crashes: 0,
        fault_length: 0,
        kill_rounds: 20,
        ..Config::quick()
    }
}

/// A test with one test thread does not know its name, and is not its own child.
fn has_a_name() -> bool {
    let named = std::thread::current().name() != Some("main");
    if !named {
        eprintln!("SKIPPED: a test with one test thread does not know its name");
    }
    named
}

/// What the kills of a store come to; `None` in a process that is to serve another one.
fn judged(subject: &Store<HarnessTypes, PlainWal>, config: &Config) -> Option<Report> {
    if serve_if_asked(subject) {
        return None;
    }
    let config = Config {
        kill_child: KillChild::current(subject),
        ..config.clone()
    };
    let report = check(subject, &config, &NoProgress);
    for phase in &report.phases {
        let counts: BTreeMap<_, _> = phase.counts.iter().collect();
        println!("seed {}: {counts:?}", config.seed);
    }
    Some(report)
}

#[test]
fn a_correct_store_is_clean_whoever_calls_it() {
    if !is_child() && !has_a_name() {
        return;
    }
    // The process that serves comes to each of these calls, and serves at the one that it was started for.
    for seed in 1..=5 {
        let caller = if seed % 2 == 0 {
            Caller::Trait
        } else {
            Caller::Core
        };
        let report = judged(&plain("plain", None).caller(caller), &kills(seed));
        let Some(report) = report else { continue };
        assert!(report.is_clean(), "{report}");
        let counts = &report.phases.first().unwrap().counts;
        assert_eq!(counts.of(count::KILLED), 20);
        assert!(counts.of(count::STOOD) > 10, "{counts:?}");
        assert_eq!(counts.of(count::STOOD_ONLY), 0);
    }
}

#[test]
fn a_creation_that_is_durable_before_is_not_killed() {
    if !is_child() && !has_a_name() {
        return;
    }
    let open = |dir: PathBuf| async move {
        if is_child() && fs::read_dir(&dir)?.next().is_none() {
            return Err(io::Error::other("created by a process that is killed"));
        }
        open(dir, None).await
    };
    let store = store("created before", open).without_power_cuts();
    if let Some(report) = judged(&store.created_before(), &kills(1)) {
        assert!(report.is_clean(), "{report}");
    }
}

#[test]
fn each_store_of_a_test_has_a_child_of_its_own() {
    if !is_child() && !has_a_name() {
        return;
    }
    let bug = Bug::by_name("acknowledged-in-memory");
    for (broken, bug) in [(false, None), (true, bug), (false, None)] {
        let out = tempfile::tempdir().unwrap();
        let config = Config {
            out: Some(out.path().to_owned()),
            ..kills(1)
        };
        if let Some(report) = judged(&plain("of one name", bug), &config) {
            assert_eq!(report.counterexample().is_some(), broken, "{report}");
        }
    }
}

#[test]
fn the_check_of_a_store_kills_without_being_told() {
    plain("own files", None).check_with(&kills(6));
    let open = |place: Place, _| async move { PlainWal::open(&place, None, None).await };
    store_on_seam::<HarnessTypes, _, _, _>("on the seam", open).check_with(&kills(7));
    plain("named", None)
        .served_by("server")
        .check_with(&kills(8));
}

/// No test, but the child of a store that names it.
#[test]
fn server() {
    serve_if_asked(&plain("named", None));
}

#[test]
fn what_is_only_in_memory_when_it_is_acknowledged_is_found() {
    if !is_child() && !has_a_name() {
        return;
    }
    let bug = Bug::by_name("acknowledged-in-memory");
    assert!(bug.is_some());
    for seed in 1..=5 {
        let out = tempfile::tempdir().unwrap();
        let config = Config {
            out: Some(out.path().to_owned()),
            ..kills(seed)
        };
        let Some(report) = judged(&plain("in memory", bug), &config) else {
            continue;
        };
        let found = report.counterexample();
        let found = found.unwrap_or_else(|| panic!("not found: {report}"));
        println!("{found}");
        let rules = ["append-durability", "write-order", "purge-finality"];
        assert!(rules.contains(&found.violation.rule.name), "{found}");
        assert_eq!(found.cause, Cause::Killed);
        assert!(found.timeline.contains("round"), "{found}");
        // The directory is kept as the process left it: the store opens it, and has not what was acknowledged.
        let kept = fs::read_dir(out.path()).unwrap();
        let kept: Vec<_> = kept.map(|entry| entry.unwrap().path()).collect();
        let told = |path: &&PathBuf| found.timeline.contains(path.to_str().unwrap());
        let left = kept.iter().find(told).unwrap();
        assert!(fs::read_dir(left).unwrap().count() > 0);
    }
}

#[test]
fn a_child_that_does_not_serve_accuses_nobody() {
    for child in ["nobody", "server"] {
        let config = Config {
            kill_child: KillChild::test(child),
            ..kills(1)
        };
        let report = check(&plain("plain", None), &config, &NoProgress);
        let why = report.harness_broken().unwrap();
        assert!(why.contains("has to be serve_if_asked"), "{why}");
        assert!(report.counterexample().is_none());
    }
}

#[test]
fn values_that_another_process_does_not_have_accuse_nobody() {
    if !is_child() && !has_a_name() {
        return;
    }
    let other_values = plain("other values", None).compared_by(|entry| {
        let mut bytes = serde_json::to_vec(entry)?;
        bytes.extend(std::process::id().to_le_bytes());
        Ok(bytes)
    });
    if let Some(report) = judged(&other_values, &kills(1)) {
        let why = report.harness_broken().unwrap();
        assert!(why.contains("in another process"), "{why}");
    }
}

#[test]
fn kills_without_a_child_are_not_judged() {
    let report = check(&plain("plain", None), &kills(1), &NoProgress);
    assert!(report.phases.is_empty(), "{report}");
    let why = report.not_judged.iter().find(|(name, _)| *name == "kill");
    assert!(why.unwrap().1.contains("served_by"), "{report}");
}

/// Judges a broken store, or runs what the environment names.
#[test]
#[ignore = "fails on purpose, in a process that another test starts"]
fn broken() {
    let bug = Bug::by_name("acknowledged-in-memory");
    let out = std::env::var_os("BROKEN_OUT").map(PathBuf::from);
    plain("in memory", bug).check_with(&Config { out, ..kills(1) });
}

#[test]
fn what_a_test_finds_is_run_again() {
    let out = tempfile::tempdir().unwrap();
    let run = |replay: Option<&Path>| {
        let mut test = Command::new(std::env::current_exe().unwrap());
        test.args(["--exact", "broken", "--ignored", "--nocapture"]);
        test.args(["--test-threads", "2"]);
        test.env("BROKEN_OUT", out.path());
        if let Some(file) = replay {
            test.env(REPLAY, file);
        }
        let output = test.output().unwrap();
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    let found = run(None);
    assert!(found.contains("the directory as it was left"), "{found}");
    let file = found.split(&format!("{REPLAY}=")).nth(1);
    let file = file.and_then(|text| text.split(' ').next()).unwrap();
    assert!(Path::new(file).starts_with(out.path()), "{found}");
    let again = run(Some(Path::new(file)));
    assert!(again.contains("seen again in"), "{again}");
}

/// Marks the processes of one test, also those that they start.
const MARKED: &str = "RAFT_LOG_VERIFY_TEST_MARK";

/// Judges for a long time.
#[test]
#[ignore = "never ends, in a process that another test kills"]
fn endless() {
    plain("endless", None).check_with(&Config {
        kill_rounds: u64::MAX - 1,
        ..kills(1)
    });
}

/// The state letters of the processes that carry a mark.
fn marked(mark: &str) -> BTreeMap<u32, char> {
    let mark = format!("{MARKED}={mark}");
    let mut found = BTreeMap::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|pid| pid.parse().ok()) else {
            continue;
        };
        let environ = fs::read(entry.path().join("environ")).unwrap_or_default();
        if !environ
            .split(|byte| *byte == 0)
            .any(|var| var == mark.as_bytes())
        {
            continue;
        }
        let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        let state = stat
            .rsplit(") ")
            .next()
            .and_then(|rest| rest.chars().next());
        found.extend(state.map(|state| (pid, state)));
    }
    found
}

/// Waits until it is so; a bound keeps a test from hanging.
fn wait_until(what: &str, so: impl Fn() -> bool) {
    const PATIENCE: Duration = Duration::from_secs(60);
    let begun = Instant::now();
    while !so() {
        assert!(begun.elapsed() < PATIENCE, "{what}");
        std::thread::yield_now();
    }
}

#[test]
fn a_harness_that_is_killed_leaves_no_process() {
    let signal = |process: &Child, signal| kill_process(Pid::from_child(process), signal).unwrap();
    for number in 0..20 {
        let mark = format!("{}-{number}", std::process::id());
        let mut harness = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "endless", "--ignored", "--test-threads=2"])
            .env(MARKED, &mark)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let own = harness.id();
        let children = || {
            let mut states = marked(&mark);
            states.remove(&own);
            states
        };
        wait_until("no child is started", || !children().is_empty());
        // The harness stands still itself, so that it is known what its child does when it dies: in every other run
        // the child stands too.
        let known = || number % 2 == 1 || children().values().any(|state| *state == 'T');
        loop {
            signal(&harness, Signal::STOP);
            wait_until("it goes on", || marked(&mark).get(&own) == Some(&'T'));
            if known() {
                break;
            }
            signal(&harness, Signal::CONT);
            std::thread::yield_now();
        }
        harness.kill().unwrap();
        harness.wait().unwrap();
        wait_until("a process is left", || children().is_empty());
    }
}

/// The plain WAL, but it refuses a directory that belongs to a process which lives, unless that has started this one.
fn possessive() -> Store<HarnessTypes, PlainWal> {
    let open = |dir: PathBuf| async move {
        let owner = dir.join("owner");
        let own = std::process::id().to_string();
        let parent = std::os::unix::process::parent_id().to_string();
        // A kill may leave the file empty.
        let held_by = fs::read_to_string(&owner).unwrap_or_default();
        let stranger = !["", &own, &parent].contains(&held_by.as_str());
        if stranger && Path::new("/proc").join(&held_by).exists() {
            return Err(io::Error::other(format!("it belongs to {held_by}")));
        }
        fs::write(&owner, own)?;
        let place = Place {
            tasks: Tasks::on_threads(),
            ..Place::new(Arc::new(StdFs), dir)
        };
        PlainWal::open(&place, None, None).await
    };
    store("possessive", open).without_power_cuts()
}

#[test]
fn a_store_that_looks_at_the_process_which_holds_it_is_not_accused() {
    if !is_child() && !has_a_name() {
        return;
    }
    if let Some(report) = judged(&possessive(), &kills(1)) {
        assert!(report.is_clean(), "{report}");
        let counts = &report.phases.first().unwrap().counts;
        assert!(counts.of(count::STOOD_ONLY) > 0, "{counts:?}");
    }
}
