//! The guide for a store in files.

pub mod my_raft;

// The test file:
use my_raft::FileStore;
use raft_log_verify::openraft_0_9;

#[test]
#[ignore = "run by a test that looks whether a disk can be mounted"]
fn keeps_the_contract() {
    openraft_0_9::store("file-store", |dir| async move { FileStore::open(&dir) }).check();
}
