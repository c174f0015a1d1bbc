//! After a failed write or sync nothing is reported as done, and nothing that was not
//! acknowledged is shown, until the log is opened again.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::path::Path;
use std::sync::Arc;

use crate::common::{Store, append, entry, id, ids, run};
use crash_disk::{CallKind, Fault, FaultPlan, FaultRule, HookFs, StdFs};
use openraft::Vote;
use openraft::storage::{RaftLogStorage, RaftLogStorageExt};
use openraft_timevault::timevault::StoreOptions;
use openraft_timevault::{LogStoreError, LogStoreOptions};

async fn open(dir: &Path, plan: &Arc<FaultPlan>) -> Store {
    let fs = Arc::new(HookFs::new(Arc::new(StdFs), Arc::clone(plan) as _));
    // Without filling ahead, so that every write to a chunk is one of records.
    let disk = StoreOptions {
        fs,
        fill_step: 0,
        ..StoreOptions::default()
    };
    Store::open_dir_with(dir, disk, LogStoreOptions::default())
        .await
        .unwrap()
}

fn nth(kind: CallKind, suffix: &str, nth: u64) -> Arc<FaultPlan> {
    FaultPlan::new(vec![FaultRule {
        kind,
        path_suffix: Some(suffix.to_owned()),
        nth,
        repeat: false,
        fault: Fault::EIO,
    }])
}

/// A closed log of five entries with a vote.
async fn five_entries(dir: &Path) {
    let mut store = open(dir, &FaultPlan::new(Vec::new())).await;
    store.save_vote(&Vote::new(1, 0)).await.unwrap();
    append(&mut store, 1, 0..5).await;
    store.close().await.unwrap();
}

/// Everything is refused with the first failure.
async fn latched(store: &mut Store) {
    let first = "refused after an earlier failure";
    let refusals = [
        store.blocking_append([entry(1, 5)]).await.unwrap_err(),
        store.save_vote(&Vote::new(9, 0)).await.unwrap_err(),
        store.truncate(id(1, 2)).await.unwrap_err(),
        store.purge(id(1, 2)).await.unwrap_err(),
        store.save_committed(None).await.unwrap_err(),
        store.read_vote().await.unwrap_err(),
        store.read_committed().await.unwrap_err(),
        store.get_log_state().await.unwrap_err(),
    ];
    for refusal in refusals {
        assert!(refusal.to_string().contains(first), "{refusal}");
    }
    let read = store.reader().entries(..);
    assert!(
        matches!(read, Err(LogStoreError::Failed { .. })),
        "{read:?}"
    );
}

#[test]
fn error_latch() {
    run(async {
        let mut fired = 0;
        for (kind, suffix) in [
            (CallKind::Write, ".chunk"),
            (CallKind::SyncData, ".chunk"),
            (CallKind::Write, "raft_vote.json.tmp"),
            (CallKind::SyncData, "raft_vote.json.tmp"),
            (CallKind::Rename, "raft_vote.json.tmp"),
            (CallKind::Rename, "raft_purge.json.tmp"),
            (CallKind::Rename, "metadata.json.tmp"),
            (CallKind::Rename, "manifest.jsonl.tmp"),
        ] {
            // The first calls of a kind may belong to the open.
            for n in 1..5 {
                let dir = tempfile::tempdir().unwrap();
                five_entries(dir.path()).await;
                let plan = nth(kind, suffix, n);
                let fs = Arc::new(HookFs::new(Arc::new(StdFs), Arc::clone(&plan) as _));
                let disk = StoreOptions {
                    fs,
                    fill_step: 0,
                    ..StoreOptions::default()
                };
                let opened =
                    Store::open_dir_with(dir.path(), disk, LogStoreOptions::default()).await;
                let Ok(mut store) = opened else { continue };

                let mut acknowledged = 5;
                let mut vote = Vote::new(1, 0);
                let mut purged = 0;
                loop {
                    if store
                        .blocking_append([entry(1, acknowledged)])
                        .await
                        .is_err()
                    {
                        break;
                    }
                    acknowledged += 1;
                    let next = Vote::new(vote.leader_id.term + 1, 0);
                    if store.save_vote(&next).await.is_err() {
                        break;
                    }
                    vote = next;
                    if store.purge(id(1, purged)).await.is_err() {
                        break;
                    }
                    purged += 1;
                    if acknowledged > 15 {
                        break;
                    }
                }
                if plan.fired() == 0 {
                    continue;
                }
                fired += 1;
                latched(&mut store).await;
                assert!(store.close().await.is_err());

                let mut store = open(dir.path(), &FaultPlan::new(Vec::new())).await;
                let held = ids(&store);
                assert!(
                    held.last().unwrap().1 + 1 >= acknowledged,
                    "{kind} {suffix} {n}"
                );
                let read = store.read_vote().await.unwrap().unwrap();
                assert!(read >= vote, "{kind} {suffix} {n}");
                let last = held.last().unwrap().1;
                append(&mut store, 1, [last + 1]).await;
            }
        }
        assert!(fired >= 20, "only {fired} failures were met");
    });
}

#[test]
fn appends_in_flight_fail_together_and_in_order() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        five_entries(dir.path()).await;
        let plan = FaultPlan::new(vec![FaultRule {
            kind: CallKind::Write,
            path_suffix: Some(".chunk".to_owned()),
            nth: 3,
            repeat: false,
            fault: Fault::ENOSPC,
        }]);
        let mut store = open(dir.path(), &plan).await;
        let mut flushed = Vec::new();
        for index in 5..40 {
            let (done, callback) = crate::common::callback().await;
            if store.append([entry(1, index)], callback).await.is_err() {
                break;
            }
            flushed.push(done);
        }
        let mut outcomes = Vec::new();
        for done in flushed {
            outcomes.push(done.await.unwrap().is_ok());
        }
        let acknowledged = outcomes.iter().take_while(|ok| **ok).count();
        assert!(
            !outcomes.iter().skip(acknowledged).any(|ok| *ok),
            "{outcomes:?}"
        );
        drop(store);
        let held = ids(&open(dir.path(), &FaultPlan::new(Vec::new())).await);
        assert!(held.len() >= 5 + acknowledged, "{held:?}");
    });
}

#[test]
fn a_failed_write_of_the_committed_file_does_not_matter() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        five_entries(dir.path()).await;
        let plan = nth(CallKind::Write, "raft_committed.json", 1);
        let mut store = open(dir.path(), &plan).await;
        store.save_committed(Some(id(1, 2))).await.unwrap();
        append(&mut store, 1, 5..6).await;
        assert_eq!(plan.fired(), 1);
        assert_eq!(store.read_committed().await.unwrap(), Some(id(1, 2)));
        store.save_committed(Some(id(1, 3))).await.unwrap();
        store.close().await.unwrap();
        let mut store = open(dir.path(), &plan).await;
        assert_eq!(store.read_committed().await.unwrap(), Some(id(1, 3)));
    });
}
