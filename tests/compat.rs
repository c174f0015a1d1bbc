//! Stores that a release wrote, kept as files: this release must read them, and must write the same
//! bytes for the same operations.
//!
//! `tests/compat/<format version>/<case>/` holds a store and `expected.jsonl`, what it must read as.
//! The lock file is left out, and so are empty directories, which git does not keep. To add a case:
//! add it to `CASES`, run
//! `cargo test -p openraft-timevault --test compat -- --ignored write_the_fixtures`, look at the
//! difference in git, commit. A difference in a case that was there already is a change of the
//! format: it needs a decision record, and the old files stay, under a name of their own.
#![cfg(not(feature = "single-term-leader"))]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "tests look at files from outside"
)]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use common::{Store, append, copy_tree, entry, id, run};
use openraft::storage::{RaftLogReader, RaftLogStorage, RaftLogStorageExt};
use openraft::{EntryPayload, Membership, Vote};
use openraft_timevault::LogStoreOptions;
use openraft_timevault::inspect::LogInspector;
use openraft_timevault::timevault::inspect::Severity;
use openraft_timevault::timevault::{
    ChunkRoll, IndexConfig, Jsonl, Partition, PartitionConfig, StoreOptions,
};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The format version whose fixtures this release writes.
const VERSION: &str = "1";
/// What each fixture reads as.
const EXPECTED: &str = "expected.jsonl";
/// The plain partition.
const PLAIN: uuid::Uuid = uuid::Uuid::from_u128(0x0011_2233_4455_6677_8899_aabb_ccdd_eeff);
/// Directories that a partition has and git does not keep when they are empty.
const DIRECTORIES: [&str; 3] = ["chunks", "gc", "tmp"];

/// Writes one case into a directory.
type Write = fn(&Path);

/// Name, writer, and what an inspection says before the first open.
const CASES: &[(&str, Write, Severity)] = &[
    ("empty", empty, Severity::Note),
    ("closed", closed, Severity::Note),
    ("multi_chunk", multi_chunk, Severity::Note),
    ("purged", purged, Severity::Note),
    ("crashed", crashed, Severity::RecoveryPending),
    ("jsonl", jsonl, Severity::Note),
    ("jsonl_crashed", jsonl_crashed, Severity::RecoveryPending),
];

fn store_options() -> StoreOptions {
    StoreOptions {
        fill_step: 128,
        ..StoreOptions::default()
    }
}

async fn open(dir: &Path, chunk_bytes: u64) -> Store {
    let mut options = LogStoreOptions::default();
    options.partition.chunk_roll.max_bytes = chunk_bytes;
    options.partition.index.max_records = 2;
    let opened = Store::open_dir_with(dir, store_options(), options).await;
    opened.unwrap()
}

fn empty(dir: &Path) {
    run(async { open(dir, 1 << 20).await.close().await.unwrap() });
}

/// Every kind of payload, a vote and a committed id, in one chunk.
async fn write_all_kinds(store: &mut Store) {
    let with = |index, payload| {
        let mut entry = entry(1, index);
        entry.payload = payload;
        entry
    };
    store.save_vote(&Vote::new(1, 0)).await.unwrap();
    let members = Membership::new(vec![[1, 2].into(), [2, 3].into()], ());
    store
        .blocking_append([with(0, EntryPayload::Membership(members))])
        .await
        .unwrap();
    store
        .blocking_append([with(1, EntryPayload::Blank)])
        .await
        .unwrap();
    let text = "quote \" backslash \\ tab \t control \u{1} é 漢 😀";
    let texts = [with(2, EntryPayload::Normal(text.into())), entry(1, 3)];
    store.blocking_append(texts).await.unwrap();
    store.save_committed(Some(id(1, 2))).await.unwrap();
    store.save_vote(&Vote::new_committed(2, 1)).await.unwrap();
}

fn closed(dir: &Path) {
    run(async {
        let mut store = open(dir, 1 << 20).await;
        write_all_kinds(&mut store).await;
        store.close().await.unwrap();
    });
}

/// Batches of several lengths over several chunks, with a truncate in between.
async fn write_chunks(store: &mut Store) {
    store.save_vote(&Vote::new_committed(1, 1)).await.unwrap();
    append(store, 1, 0..1).await;
    append(store, 1, 1..6).await;
    append(store, 1, 6..8).await;
    store.truncate(id(1, 7)).await.unwrap();
    append(store, 2, 7..12).await;
}

fn multi_chunk(dir: &Path) {
    run(async {
        let mut store = open(dir, 400).await;
        write_chunks(&mut store).await;
        store.close().await.unwrap();
    });
}

fn purged(dir: &Path) {
    run(async {
        let mut store = open(dir, 400).await;
        write_chunks(&mut store).await;
        store.purge(id(1, 5)).await.unwrap();
        store.close().await.unwrap();
    });
}

/// As a kill in the middle of a write leaves it.
fn crashed(dir: &Path) {
    let live = tempfile::tempdir().unwrap();
    run(async {
        let mut store = open(live.path(), 400).await;
        write_chunks(&mut store).await;
        copy_tree(live.path(), dir);
        store.close().await.unwrap();
    });
    tear(
        dir,
        br#" {"log_id":{"leader_id":{"term":2,"node_id":0},"ind"#,
    );
}

fn plain(root: &Path) -> (timevault::Store, Partition) {
    let store = timevault::Store::open(root, store_options()).unwrap();
    let config = PartitionConfig {
        chunk_roll: ChunkRoll {
            max_bytes: 300,
            max_hours: 24,
        },
        index: IndexConfig {
            max_records: 2,
            max_hours: 24,
        },
        ..PartitionConfig::default()
    };
    let partition = store.create_partition(PLAIN, config, Arc::new(Jsonl));
    (store, partition.unwrap())
}

/// Records with equal keys among them, over several chunks, purged in part.
fn write_plain(partition: &mut Partition) {
    for at in 0..8_u64 {
        let payload = format!(r#"{{"at":{at},"text":"é \n"}}"#);
        let key = 1_700_000_000_000 + at / 2 * 1_000;
        partition.append(key, payload.as_bytes()).unwrap();
        partition.sync().unwrap();
    }
    partition.purge(1_700_000_000_000).unwrap();
}

fn jsonl(dir: &Path) {
    let (_store, mut partition) = plain(dir);
    write_plain(&mut partition);
    partition.close().unwrap();
}

fn jsonl_crashed(dir: &Path) {
    let live = tempfile::tempdir().unwrap();
    let (_store, mut partition) = plain(live.path());
    write_plain(&mut partition);
    copy_tree(live.path(), dir);
    drop(partition);
    tear(dir, br#" {"timestamp":17000000"#);
}

/// Puts half a record behind the last one of the open chunk, over its filling.
fn tear(root: &Path, half: &[u8]) {
    let chunks = partition_of(root).join("chunks");
    let mut names: Vec<_> = fs::read_dir(&chunks)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    names.retain(|path| path.extension().is_some_and(|ending| ending == "chunk"));
    let last = names.iter().max().unwrap();
    let mut bytes = fs::read(last).unwrap();
    let filled = bytes
        .iter()
        .rev()
        .take_while(|byte| **byte == b'\n')
        .count();
    let end = bytes.len() + 1 - filled;
    bytes.splice(end..bytes.len().min(end + half.len()), half.iter().copied());
    fs::write(last, bytes).unwrap();
}

/// The only partition of a store.
fn partition_of(root: &Path) -> PathBuf {
    let target = LogInspector::default().target(root).unwrap();
    target.partitions.first().unwrap().clone()
}

/// What a store reads as: opens it, so it is for a copy.
fn read(root: &Path) -> String {
    let is_log = partition_of(root).join("raft_vote.json").is_file();
    let lines = if is_log {
        read_log(root)
    } else {
        read_plain(root)
    };
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn read_log(root: &Path) -> Vec<Value> {
    run(async {
        let mut store = open(root, 400).await;
        let state = store.get_log_state().await.unwrap();
        let mut lines = vec![json!({
            "vote": store.read_vote().await.unwrap(),
            "committed": store.read_committed().await.unwrap(),
            "purged": state.last_purged_log_id,
            "last": state.last_log_id,
        })];
        let entries = store.try_get_log_entries(..).await.unwrap();
        lines.extend(entries.iter().map(|entry| json!(entry)));
        store.close().await.unwrap();
        lines
    })
}

fn read_plain(root: &Path) -> Vec<Value> {
    let store = timevault::Store::open(root, store_options()).unwrap();
    let partition = store.open_partition(PLAIN, Arc::new(Jsonl)).unwrap();
    let mut lines = vec![json!({ "purged": partition.last_purge_id().unwrap() })];
    for record in partition.read_range(0..=u64::MAX).unwrap() {
        let payload: Value = serde_json::from_slice(&record.payload).unwrap();
        lines.push(json!({ "key": record.order_key, "payload": payload }));
    }
    partition.close().unwrap();
    lines
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compat")
}

/// A copy with the directories that git does not keep.
fn copy_of(fixture: &Path) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    copy_tree(fixture, copy.path());
    fs::remove_file(copy.path().join(EXPECTED)).unwrap();
    for name in DIRECTORIES {
        fs::create_dir_all(partition_of(copy.path()).join(name)).unwrap();
    }
    copy
}

/// The files of a store by name, the lock file left out.
fn files(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    fn walk(root: &Path, dir: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(root, &path, files);
            } else if path.extension().is_none_or(|ending| ending != "lock") {
                let name = path.strip_prefix(root).unwrap().to_path_buf();
                files.insert(name, fs::read(path).unwrap());
            }
        }
    }
    let mut all = BTreeMap::new();
    walk(root, root, &mut all);
    all.remove(Path::new(EXPECTED));
    all
}

#[test]
fn stores_of_every_release_read_as_they_did() {
    let mut read_ones = 0;
    for version in fs::read_dir(fixtures()).unwrap() {
        for fixture in fs::read_dir(version.unwrap().path()).unwrap() {
            let fixture = fixture.unwrap().path();
            let expected = fs::read_to_string(fixture.join(EXPECTED)).unwrap();
            let copy = copy_of(&fixture);
            assert_eq!(read(copy.path()), expected, "{}", fixture.display());
            assert_eq!(read(copy.path()), expected, "{} again", fixture.display());
            read_ones += 1;
        }
    }
    assert!(read_ones >= CASES.len(), "{read_ones} fixtures");
}

#[test]
fn an_inspection_of_each_fixture_finds_what_its_end_left() {
    for (case, _, expected) in CASES {
        let copy = copy_of(&fixtures().join(VERSION).join(case));
        let inspector = LogInspector::default();
        let target = inspector.target(copy.path()).unwrap();
        let [dir] = target.partitions.as_slice() else {
            unreachable!("a fixture has one partition")
        };
        let report = inspector.log(dir, target.lock, &mut ());
        let findings = &report.partition.findings;
        assert_eq!(
            report.partition.severity(),
            *expected,
            "{case}: {findings:?}"
        );
    }
}

#[test]
fn this_release_writes_the_same_bytes() {
    for (case, write, _) in CASES {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path());
        let (written, kept) = (
            files(dir.path()),
            files(&fixtures().join(VERSION).join(case)),
        );
        let names = |files: &BTreeMap<PathBuf, _>| files.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&written), names(&kept), "{case}");
        for (name, bytes) in &written {
            let (now, then) = (bytes.escape_ascii(), kept.get(name).unwrap().escape_ascii());
            assert_eq!(
                now.to_string(),
                then.to_string(),
                "{case}: {}",
                name.display()
            );
        }
    }
}

#[test]
#[ignore = "writes the fixtures anew; see the head of this file"]
fn write_the_fixtures() {
    for (case, write, _) in CASES {
        let fixture = fixtures().join(VERSION).join(case);
        if fixture.exists() {
            fs::remove_dir_all(&fixture).unwrap();
        }
        fs::create_dir_all(&fixture).unwrap();
        let dir = tempfile::tempdir().unwrap();
        write(dir.path());
        for (name, bytes) in files(dir.path()) {
            let path = fixture.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        fs::write(fixture.join(EXPECTED), read(dir.path())).unwrap();
        eprintln!("{} written", fixture.display());
    }
}
