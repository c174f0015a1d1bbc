//! The author's door.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test")]

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use crash_disk::StdFs;
use raft_log_verify::openraft_0_9::{HarnessTypes, Store, store};
use raft_log_verify::seeded::PlainWal;
use raft_log_verify::tasks::Tasks;
use raft_log_verify::{Config, Place, Subject as _};

/// The plain WAL as a store that does its own input and output, on threads of its own.
async fn open(dir: PathBuf) -> std::io::Result<PlainWal> {
    let place = Place {
        tasks: Tasks::on_threads(),
        ..Place::new(Arc::new(StdFs), dir)
    };
    PlainWal::open(&place, None, None).await
}

fn plain() -> Store<HarnessTypes, PlainWal> {
    store("plain", open)
}

#[test]
fn a_store_of_its_own_io_is_judged_on_real_files() {
    plain().without_power_cuts().check_with(&Config {
        real_sequences: 30,
        ..Config::quick()
    });
    assert!(!plain().capabilities().file_system);
}

/// No disk can be mounted, because nobody serves it.
#[test]
#[ignore = "in a process that another test starts"]
fn blind() {
    plain().served_by("nobody").check_with(&Config {
        kill_rounds: 0,
        ..Config::quick()
    });
}

#[test]
fn a_pass_without_power_cuts_has_to_be_asked_for() {
    let judged = |optional: bool| {
        let mut test = Command::new(std::env::current_exe().unwrap());
        test.args(["--exact", "blind", "--ignored", "--nocapture"]);
        if optional {
            test.env("RAFT_LOG_VERIFY_POWER_CUTS_OPTIONAL", "1");
        }
        let output = test.output().unwrap();
        let text = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
        (output.status.success(), text.concat())
    };
    let (passes, text) = judged(false);
    assert!(!passes && text.contains("NOT PASSED"), "{text}");
    // Everything else was judged all the same, and the text says what to do.
    for part in [
        "kept ",
        "no power is cut: ",
        "/dev/fuse",
        "without_power_cuts",
    ] {
        assert!(text.contains(part), "no {part:?} in {text}");
    }
    let (passes, text) = judged(true);
    assert!(passes, "{text}");
    for part in [
        "kept ",
        "no power is cut: ",
        "no disk can be mounted here: ",
    ] {
        assert!(text.contains(part), "no {part:?} in {text}");
    }
}

#[test]
#[should_panic(expected = "two entries that were made alike are not equal")]
fn values_that_differ_from_themselves_accuse_nobody() {
    let number = std::sync::atomic::AtomicU64::new(0);
    let next = move || number.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    plain()
        .compared_by(move |_| Ok(next().to_le_bytes().to_vec()))
        .check();
}

#[tokio::test]
#[should_panic(expected = "write #[test] fn, not #[tokio::test]")]
async fn a_check_inside_a_runtime_says_what_to_write() {
    plain().check();
}
