//! The guide for a store in a database.

pub mod my_raft;

// The test file:
use my_raft::{DbStore, open_database};
use raft_log_verify::openraft_0_9;

#[test]
#[ignore = "run by a test that looks whether a disk can be mounted"]
fn keeps_the_contract() {
    openraft_0_9::store("db-store", |dir| async move {
        // `dir` exists; the database is a file in it.
        let database = open_database(&dir.join("raft.db"))?;
        DbStore::new(database)
    })
    // If creating the database's file is not to be judged (some databases cannot be opened when it was cut short):
    .created_before()
    .check();
}
