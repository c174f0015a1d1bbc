//! openraft's own test suite on the log store.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use std::sync::Arc;

use common::{Config, StateMachine, Store};
use crash_disk::sim::SimFs;
use openraft::StorageError;
use openraft::testing::{StoreBuilder, Suite};
use openraft_timevault::LogStoreOptions;
use openraft_timevault::timevault::StoreOptions;
use tempfile::TempDir;

/// A store with the default options in a directory of its own on a real file system.
struct OnRealFiles;

impl StoreBuilder<Config, Store, StateMachine<Config>, TempDir> for OnRealFiles {
    async fn build(&self) -> Result<(TempDir, Store, StateMachine<Config>), StorageError<u64>> {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open_dir(dir.path(), LogStoreOptions::default())
            .await
            .unwrap();
        Ok((dir, store, StateMachine::default()))
    }
}

/// A store with the default options on a simulated disk.
struct OnSimulatedDisk;

impl StoreBuilder<Config, Store, StateMachine<Config>> for OnSimulatedDisk {
    async fn build(&self) -> Result<((), Store, StateMachine<Config>), StorageError<u64>> {
        let fs = Arc::new(SimFs::new_unrecorded());
        let disk = StoreOptions {
            fs,
            ..StoreOptions::default()
        };
        let store = Store::open_dir_with("log", disk, LogStoreOptions::default())
            .await
            .unwrap();
        Ok(((), store, StateMachine::default()))
    }
}

#[test]
fn openraft_suite_on_real_files() {
    Suite::test_all(OnRealFiles).unwrap();
}

#[test]
fn openraft_suite_on_a_simulated_disk() {
    Suite::test_all(OnSimulatedDisk).unwrap();
}
