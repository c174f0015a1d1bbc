//! The author's door.
#![allow(clippy::panic, reason = "a test")]

use std::path::PathBuf;
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

#[test]
#[should_panic(expected = "a store that never syncs would pass")]
fn a_pass_without_power_cuts_has_to_be_asked_for() {
    plain().served_by("nobody").check();
}
