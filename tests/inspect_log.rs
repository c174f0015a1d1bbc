//! Looking at a log from outside agrees with opening it: after every crash, and about every changed
//! byte, cut and missing file.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod common;
mod configs;

use std::collections::{BTreeMap, HashSet};
use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

use common::{Config, Store, append, id, run};
use configs::OwnEntry;
use crash_disk::sim::{Level, Profile, SimFs, Tree, TreeEntry};
use crash_disk::{Call, CallKind, Hook, HookFs, Verdict};
use openraft::storage::{RaftLogReader, RaftLogStorage, RaftLogStorageExt};
use openraft::{LogId, RaftTypeConfig, Vote};
use openraft_timevault::inspect::{LogInspector, LogReport, LogState};
use openraft_timevault::timevault::StoreOptions;
use openraft_timevault::timevault::inspect::{Finding, Severity};
use openraft_timevault::{EntryFormat, LogStoreError, LogStoreOptions, TimevaultLogStore};
use serde_json::Value;

const ROOT: &str = "/log";

/// Small chunks and blocks, so that a short log has several.
fn options() -> LogStoreOptions {
    let mut options = LogStoreOptions::default();
    options.partition.chunk_roll.max_bytes = 400;
    options.partition.index.max_records = 2;
    options
}

async fn open<C: RaftTypeConfig>(fs: &SimFs) -> Result<TimevaultLogStore<C>, LogStoreError> {
    let store = StoreOptions {
        fs: Arc::new(fs.clone()),
        fill_step: 64,
        ..StoreOptions::default()
    };
    TimevaultLogStore::open_dir_with(ROOT, store, options()).await
}

/// What an inspection finds; `None` before there is a partition, or a file in it.
fn inspect(fs: &SimFs) -> Option<LogReport> {
    let inspector = LogInspector::new(Arc::new(fs.clone()));
    let target = inspector.target(Path::new(ROOT)).ok()?;
    let dir = target.partitions.first()?;
    let report = inspector.log(dir, target.lock, &mut ());
    // With the types of the log, the same is found.
    let typed =
        LogInspector::with_format(Arc::new(fs.clone()), Arc::new(EntryFormat::<Config>::new()));
    let typed = typed.log(dir, target.lock, &mut ());
    let names = |report: &LogReport| {
        let findings = report.partition.findings.iter();
        findings
            .map(|f| (f.kind.name, f.offset))
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&typed), names(&report));
    let empty = names(&report) == [("empty-partition", None)];
    (!empty).then_some(report)
}

fn json<T: serde::Serialize>(value: &T) -> Value {
    serde_json::to_value(value).unwrap()
}

/// What the open shows, as an inspection tells it.
async fn shown(store: &mut Store) -> [Value; 4] {
    let state = store.get_log_state().await.unwrap();
    [
        json(&store.read_vote().await.unwrap()),
        json(&state.last_purged_log_id),
        json(&store.read_committed().await.unwrap()),
        json(&state.last_log_id),
    ]
}

fn told(log: &LogState) -> [Value; 4] {
    [
        log.vote.clone().unwrap_or(Value::Null),
        json(&log.purged),
        json(&log.committed),
        json(&log.last),
    ]
}

/// Two chunks of entries, a purge inside, a truncate, and a purge beyond the end that leaves a
/// stale suffix if it is cut short.
async fn program(store: &mut Store) {
    store.save_vote(&Vote::new(1, 3)).await.unwrap();
    append(store, 1, 0..3).await;
    append(store, 1, 3..7).await;
    store.save_committed(Some(id(1, 4))).await.unwrap();
    store.purge(id(1, 2)).await.unwrap();
    store.truncate(id(1, 6)).await.unwrap();
    store.save_vote(&Vote::new_committed(2, 1)).await.unwrap();
    append(store, 2, 6..8).await;
    store.save_committed(Some(id(2, 7))).await.unwrap();
    store.purge(id(3, 5)).await.unwrap();
    append(store, 3, 6..9).await;
}

#[test]
fn after_every_crash_an_inspection_tells_what_the_open_will_show() {
    run(async {
        let fs = SimFs::new();
        let mut store = open(&fs).await.unwrap();
        program(&mut store).await;
        store.close().await.unwrap();
        let mut seen = HashSet::new();
        let mut kinds = BTreeMap::new();
        for point in fs.points() {
            let view = fs.view(point, Profile::Posix);
            for state in view.states(Level::L1) {
                let disk = view.disk(&state.keep);
                if !seen.insert(disk.image_hash()) {
                    continue;
                }
                let what = view.describe(&state.keep);
                let looked = inspect(&disk);
                let mut store = open(&disk).await.unwrap();
                let shown = shown(&mut store).await;
                drop(store);
                let Some(looked) = looked else {
                    assert_eq!(shown, [(); 4].map(|()| Value::Null), "{what}");
                    continue;
                };
                let findings = &looked.partition.findings;
                let severity = looked.partition.severity();
                assert!(
                    severity <= Severity::RecoveryPending,
                    "{findings:?}\n{what}"
                );
                for finding in findings {
                    *kinds.entry(finding.kind.name).or_insert(0) += 1;
                }
                let log = looked.log.unwrap_or_default();
                assert_eq!(told(&log), shown, "{findings:?}\n{what}");
            }
        }
        assert!(seen.len() > 200, "{} states", seen.len());
        for kind in [
            "torn-tail",
            "purge-ahead",
            "stale-suffix",
            "write-cut-short",
            "temp-file",
        ] {
            assert!(kinds.contains_key(kind), "{kind} is not among {kinds:?}");
        }
    });
}

/// A closed log with a vote, a purged and a committed id, over several chunks.
async fn closed() -> Tree {
    let fs = SimFs::new_unrecorded();
    let mut store: Store = open(&fs).await.unwrap();
    store.save_vote(&Vote::new(2, 7)).await.unwrap();
    append(&mut store, 1, 0..9).await;
    store.purge(id(1, 4)).await.unwrap();
    store.save_committed(Some(id(1, 6))).await.unwrap();
    store.close().await.unwrap();
    fs.to_tree()
}

/// Opens and reads everything.
async fn read_all(fs: &SimFs) -> Result<[Value; 4], LogStoreError> {
    let mut store = open::<Config>(fs).await?;
    store.reader().entries(..)?;
    Ok(shown(&mut store).await)
}

#[test]
fn every_changed_byte_cut_and_missing_file_is_judged_as_open_does() {
    run(async {
        let tree = closed().await;
        let expected = told(
            &inspect(&SimFs::from_tree(&tree).unwrap())
                .unwrap()
                .log
                .unwrap(),
        );
        let (mut found, mut harmless) = (0, 0);
        for (path, entry) in &tree {
            let TreeEntry::File(bytes) = entry else {
                continue;
            };
            if path.ends_with(".timevault.write.lock") {
                continue;
            }
            let mut changes: Vec<Option<Vec<u8>>> = vec![None];
            for at in 0..bytes.len() {
                let mut changed = bytes.clone();
                changed[at] ^= 1 << (at % 8);
                changes.push(Some(changed));
                if at % 3 == 0 {
                    changes.push(Some(bytes[..at].to_vec()));
                }
            }
            for change in changes {
                let removed = change.is_none();
                let mut tree = tree.clone();
                match change {
                    Some(bytes) => tree.insert(path.clone(), TreeEntry::File(bytes)),
                    None => tree.remove(path),
                };
                let fs = SimFs::from_tree(&tree).unwrap();
                let looked = inspect(&fs).unwrap();
                let severity = looked.partition.severity();
                let findings = &looked.partition.findings;
                match read_all(&fs).await {
                    Ok(shown) => {
                        let ignored = |f: &&Finding| f.kind.name == "committed-ignored";
                        let known = shown[2] != Value::Null
                            || removed
                            || findings.iter().any(|f| ignored(&f));
                        assert!(known, "{}: {findings:?}", path.display());
                        // Damage in what is purged is found here and shown to nobody.
                        let may_open = severity < Severity::NotJudged
                            || path.extension().is_some_and(|e| e == "index")
                            || path.ends_with("0000000000000003.chunk")
                            || path.ends_with("0000000000000000.chunk");
                        assert!(may_open, "{}: {findings:?}", path.display());
                        if severity < Severity::NotJudged {
                            assert_eq!(shown[0], expected[0]);
                            assert_eq!(told(&looked.log.unwrap()), shown);
                        }
                        harmless += 1;
                    }
                    Err(error) => {
                        assert!(
                            severity >= Severity::NotJudged,
                            "{}: {error} but {findings:?}",
                            path.display()
                        );
                        found += 1;
                    }
                }
            }
        }
        assert!(found > 1_000 && harmless > 100, "{found}, {harmless}");
    });
}

openraft::declare_raft_types!(
    /// Types with an entry that is not openraft's.
    pub Own: D = String, R = (), Node = (), Entry = OwnEntry
);

#[test]
fn entries_of_a_type_of_its_own_are_read_too() {
    run(async {
        let fs = SimFs::new_unrecorded();
        let mut store: TimevaultLogStore<Own> = open(&fs).await.unwrap();
        store.save_vote(&Vote::new_committed(1, 1)).await.unwrap();
        let entries = (0..9).map(|index| {
            let mut entry =
                <OwnEntry as openraft::entry::FromAppData<String>>::from_app_data("x".into());
            openraft::RaftLogId::set_log_id(&mut entry, &id(1, index));
            entry
        });
        store
            .blocking_append(entries.collect::<Vec<_>>())
            .await
            .unwrap();
        let last: Option<LogId<u64>> = store.get_log_state().await.unwrap().last_log_id;
        assert_eq!(store.try_get_log_entries(..).await.unwrap().len(), 9);
        store.close().await.unwrap();
        let inspector = LogInspector::new(Arc::new(fs));
        let target = inspector.target(Path::new(ROOT)).unwrap();
        let report = inspector.log(&target.partitions[0], target.lock, &mut ());
        assert_eq!(report.partition.findings, []);
        assert_eq!(json(&report.log.unwrap().last), json(&last));
    });
}

/// Fails every call that changes something or takes a lock, as a read-only mount does.
#[derive(Debug)]
struct ReadOnly;

impl Hook for ReadOnly {
    fn before(&self, call: &Call<'_>) -> Verdict {
        match call.kind {
            CallKind::Open | CallKind::Read | CallKind::Len | CallKind::ReadDir => Verdict::Proceed,
            _ => Verdict::Fail(std::io::ErrorKind::ReadOnlyFilesystem.into()),
        }
    }
}

#[test]
fn an_inspection_works_on_a_read_only_mount() {
    run(async {
        let tree = closed().await;
        let fs = SimFs::from_tree(&tree).unwrap();
        let read_only = Arc::new(HookFs::new(Arc::new(fs.clone()), Arc::new(ReadOnly)));
        let inspector = LogInspector::new(read_only);
        let target = inspector.target(Path::new(ROOT)).unwrap();
        let report = inspector.log(&target.partitions[0], target.lock, &mut ());
        assert_eq!(report.partition.findings, []);
        assert!(report.log.unwrap().vote.is_some());
        assert!(fs.to_tree() == tree);
    });
}
