//! openraft's own test suite on the log store.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use common::{Config, StateMachine, Store};
use openraft::StorageError;
use openraft::testing::{StoreBuilder, Suite};
use openraft_timevault::LogStoreOptions;
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

#[test]
fn openraft_suite_on_real_files() {
    Suite::test_all(OnRealFiles).unwrap();
}
