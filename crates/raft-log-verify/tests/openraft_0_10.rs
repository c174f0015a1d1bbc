//! The binding to openraft 0.10: the campaign runs through it on a small store, finds nothing in the correct one and
//! a missing sync in the broken one.
#![cfg(feature = "openraft_0_10")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use raft_log_verify::openraft_0_10::{HarnessTypes, Store, store_on_seam};
use raft_log_verify::seeded::{Bug, PlainWal};
use raft_log_verify::{Caller, Config, NoProgress, check};

fn plain(bug: Option<Bug>) -> Store<HarnessTypes, PlainWal> {
    store_on_seam("plain-wal", move |place, _| async move {
        PlainWal::open(&place, bug, None).await
    })
    .closed_by(|store| async {
        store.close().await;
        Ok::<(), std::io::Error>(())
    })
    .caller(Caller::Trait)
    .stores_committed(true)
    .exclusive(true)
    .refuses_unstorable(true)
}

#[test]
fn a_correct_store_is_clean() {
    plain(None).check();
}

#[test]
fn a_missing_sync_is_found() {
    let subject = plain(Some(Bug::AppendNotSynced));
    let report = check(&subject, &Config::quick(), &NoProgress);
    let found = report.counterexample().unwrap();
    assert_eq!(found.violation.rule.name, "append-durability", "{found}");
}

#[test]
#[should_panic(expected = "truncate-finality")]
fn the_entry_that_a_truncate_keeps_is_the_right_one() {
    plain(Some(Bug::TruncateKeepsBorder)).check();
}
