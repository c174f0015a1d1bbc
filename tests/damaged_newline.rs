//! A damaged newline makes two records one. Where keys are consecutive the reader counts lines
//! instead of decoding them, so the count is wrong from there to the end of the block: that is
//! reported with the place of the damage, whichever entry is asked for.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crash_disk::sim::{SimFs, Tree, TreeEntry};
use openraft::{CommittedLeaderId, Entry, EntryPayload, LogId, RaftLogReader as _};
use openraft_timevault::verify::openraft_0_9::HarnessTypes;
use openraft_timevault::verify::tasks::Runtime;
use openraft_timevault::{
    EntryFormat, LogStoreError, LogStoreOptions, SINGLE_LOG_ID, TimevaultLogStore,
};
use timevault::{Error, Partition, Record, Store, StoreOptions};

/// Entries of the log: some chunks of some blocks.
const ENTRIES: u64 = 17;
/// Records per block.
const BLOCK: u64 = 4;

fn options(fs: &SimFs) -> StoreOptions {
    StoreOptions {
        fs: Arc::new(fs.clone()),
        fill_step: 0,
        ..StoreOptions::default()
    }
}

fn log_options() -> LogStoreOptions {
    let mut options = LogStoreOptions::default();
    options.partition.chunk_roll.max_bytes = 700;
    options.partition.index.max_records = BLOCK;
    options
}

fn runtime() -> Runtime {
    Runtime::new().unwrap()
}

async fn open(fs: &SimFs) -> Result<TimevaultLogStore<HarnessTypes>, LogStoreError> {
    TimevaultLogStore::open_dir_with("/log", options(fs), log_options()).await
}

fn object(index: u64) -> Vec<u8> {
    let entry = Entry::<HarnessTypes> {
        log_id: LogId::new(CommittedLeaderId::new(1, 1), index),
        payload: EntryPayload::Blank,
    };
    serde_json::to_vec(&entry).unwrap()
}

/// The log after `end`.
fn tree_after(end: fn(Partition)) -> Tree {
    let fs = SimFs::new_unrecorded();
    // Made by the log store, so that the small files are there.
    runtime().block_on(async { open(&fs).await.unwrap().close().await.unwrap() });
    let store = Store::open("/log", options(&fs)).unwrap();
    let mut partition = store.open_partition(SINGLE_LOG_ID, plugin()).unwrap();
    for index in 0..ENTRIES {
        partition.append(index, &object(index)).unwrap();
        partition.sync().unwrap();
    }
    end(partition);
    drop(store);
    fs.to_tree()
}

fn plugin() -> Arc<EntryFormat<HarnessTypes>> {
    Arc::new(EntryFormat::new())
}

/// Calls `judge` once for every newline of every chunk and some bytes in its place, with the disk,
/// the chunk's path and the offset of the line that the newline ended.
fn for_every_newline(tree: &Tree, judge: &dyn Fn(&SimFs, &Path, u64)) {
    for (path, entry) in tree {
        let TreeEntry::File(bytes) = entry else {
            continue;
        };
        if path.extension().is_none_or(|suffix| suffix != "chunk") {
            continue;
        }
        let mut line = 0;
        for at in memchr::memchr_iter(b'\n', bytes) {
            for byte in [b'x', b' ', b'}', 0, 0x0b] {
                let mut bytes = bytes.clone();
                bytes[at] = byte;
                let mut tree = tree.clone();
                tree.insert(path.clone(), TreeEntry::File(bytes));
                judge(&SimFs::from_tree(&tree).unwrap(), path, line);
            }
            line = at as u64 + 1;
        }
    }
}

/// The place that an error of damage names.
fn place(error: Error) -> (PathBuf, u64) {
    match error {
        Error::Damaged { path, offset, .. } => (path, offset),
        other => panic!("not an error of damage: {other}"),
    }
}

fn same_place(error: Error, path: &Path, line: u64) {
    let (named, offset) = place(error);
    assert!(named.ends_with(path), "{}", named.display());
    assert_eq!(offset, line, "in {}", path.display());
}

#[test]
fn a_damaged_newline_is_reported_with_its_place_where_keys_are_counted() {
    let tree = tree_after(|partition| partition.close().unwrap());
    for_every_newline(&tree, &|fs, path, line| {
        let opened = Store::open("/log", options(fs))
            .unwrap()
            .open_partition(SINGLE_LOG_ID, plugin());
        let partition = match opened {
            Ok(partition) => partition,
            Err(error) => return same_place(error, path, line),
        };
        let mut refused = 0;
        for index in 0..ENTRIES {
            match partition.read_range(index..=index) {
                Ok(records) => {
                    let payload = object(index);
                    let order_key = index;
                    assert_eq!(records, [Record { order_key, payload }]);
                }
                Err(error) => {
                    refused += 1;
                    same_place(error, path, line);
                }
            }
        }
        assert!(refused > 0, "{} at {line} went unnoticed", path.display());
    });
}

#[test]
fn a_log_store_names_the_place_of_a_damaged_newline_whatever_is_read() {
    let runtime = runtime();
    let tree = tree_after(|partition| partition.close().unwrap());
    for_every_newline(&tree, &|fs, path, line| {
        let named = format!("{} at offset {line}:", path.display());
        runtime.block_on(async {
            let mut store = match open(fs).await {
                Ok(store) => store,
                Err(error) => {
                    assert!(error.to_string().contains(&named), "{error}");
                    return;
                }
            };
            let mut refused = 0;
            for index in 0..ENTRIES {
                match store.try_get_log_entries(index..=index).await {
                    Ok(entries) => assert_eq!(entries[0].log_id.index, index),
                    Err(error) => {
                        refused += 1;
                        assert!(error.to_string().contains(&named), "{named} {error}");
                    }
                }
            }
            assert!(refused > 0, "{named} went unnoticed");
        });
    });
}
