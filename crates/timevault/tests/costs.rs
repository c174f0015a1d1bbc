//! What each operation costs, counted exactly at the seam, for a short log and a long one. The
//! figures are printed; every bound has a name.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "test code"
)]

mod support;

use std::path::Path;
use std::sync::Arc;

use crash_disk::sim::{Keep, SimFs, TreeEntry};
use crash_disk::{CallCounter, CallKind, Counts, FileSystem, HookFs};
use support::*;
use timevault::{Jsonl, Partition, RecordRef, Store, StoreOptions};

/// Lengths of the logs that are measured.
const LENGTHS: [u64; 2] = [1_000, 100_000];
/// Chunks that each has at least.
const LEAST_CHUNKS: u64 = 8;
/// Records of an index block, and of a batch.
const BLOCK: u64 = 64;
/// Longest stored record of these tests.
const RECORD_BYTES: u64 = 80;
/// Bytes of a block, at most.
const BLOCK_BYTES: u64 = BLOCK * RECORD_BYTES;
/// Longest `metadata.json`, manifest line and index line.
const METADATA_BYTES: u64 = 512;
const LINE_BYTES: u64 = 160;
/// By how much the open chunk is filled ahead.
const FILL_STEP: u64 = 4096;

struct Measured {
    fs: SimFs,
    counter: Arc<CallCounter>,
    partition: Partition,
    chunk_bytes: u64,
}

impl Measured {
    /// A log of this many records in batches of [`BLOCK`], closed cleanly and open again.
    fn new(records: u64) -> Self {
        let chunk_bytes = records * 50 / (LEAST_CHUNKS + 2);
        let disk = SimFs::new_unrecorded();
        let store = Store::open(ROOT, filling(Arc::new(disk.clone()))).unwrap();
        let mut partition = store
            .create_partition(ID, config(chunk_bytes, BLOCK), Arc::new(Jsonl))
            .unwrap();
        let mut keys = (1..=records).peekable();
        while keys.peek().is_some() {
            let batch: Vec<u64> = keys.by_ref().take(BLOCK as usize).collect();
            append(&mut partition, &batch);
        }
        partition.close().unwrap();
        drop(store);
        Self::open(disk, chunk_bytes)
    }

    fn open(fs: SimFs, chunk_bytes: u64) -> Self {
        let counter = CallCounter::new();
        let counted = HookFs::new(Arc::new(fs.clone()), counter.clone());
        let partition = Store::open(ROOT, filling(Arc::new(counted)))
            .unwrap()
            .open_partition(ID, Arc::new(Jsonl))
            .unwrap();
        assert!(partition.stats().chunks >= LEAST_CHUNKS);
        Self {
            fs,
            counter,
            partition,
            chunk_bytes,
        }
    }

    /// What `run` costs, in all and on the files whose names end like this.
    fn cost<T>(&mut self, suffix: &str, run: impl FnOnce(&mut Partition) -> T) -> (Counts, Counts) {
        let before = (self.counter.counts(), self.counter.counts_for(suffix));
        run(&mut self.partition);
        (
            self.counter.counts().since(&before.0),
            self.counter.counts_for(suffix).since(&before.1),
        )
    }

    fn file_bytes(&self, path: &Path) -> u64 {
        bytes_of(&self.fs.to_tree(), path).len() as u64
    }

    /// The manifest, and the longest index of a chunk.
    fn manifest_and_index(&self) -> u64 {
        let indexes = self
            .fs
            .to_tree()
            .into_iter()
            .filter_map(|(path, entry)| match entry {
                TreeEntry::File(bytes) if path.extension()? == "index" => Some(bytes.len() as u64),
                _ => None,
            });
        self.file_bytes(&manifest()) + indexes.max().unwrap()
    }

    /// Most bytes that a truncate reads: the index twice, to find the cut and to see which lines of
    /// the file stay, and the block that is cut.
    fn truncate_reads(&self) -> u64 {
        2 * self.manifest_and_index() + BLOCK_BYTES
    }

    fn block_of(&self, chunk_id: u64, key: u64) -> u64 {
        let text = text_of(&self.fs.to_tree(), &index(chunk_id));
        let lines = text
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let block = lines
            .filter(|line| line["block_max_key"].as_u64() >= Some(key))
            .take(1);
        block
            .map(|line| line["block_len_bytes"].as_u64().unwrap())
            .sum()
    }
}

fn filling(fs: Arc<dyn FileSystem>) -> StoreOptions {
    StoreOptions {
        fill_step: FILL_STEP,
        ..options(fs)
    }
}

fn show(what: &str, records: u64, counts: &Counts) {
    let calls: Vec<String> = CallKind::ALL
        .into_iter()
        .filter(|kind| counts.calls(*kind) > 0)
        .map(|kind| format!("{kind} {}", counts.calls(kind)))
        .collect();
    println!(
        "{what}, {records} records: {} bytes read, {} written; {}",
        counts.bytes(CallKind::Read),
        counts.bytes(CallKind::Write),
        calls.join(", ")
    );
}

#[test]
fn a_point_read_costs_one_block() {
    for records in LENGTHS {
        let mut log = Measured::new(records);
        let ids = chunk_ids(&log.fs);
        let chunk_id = ids[ids.len() / 2];
        let key = chunk_id + BLOCK + 3;
        let read = |partition: &mut Partition, key| {
            assert_eq!(partition.read_range(key..=key).unwrap().len(), 1);
        };
        let (first, chunk_cost) = log.cost(".chunk", |partition| read(partition, key));
        show("first point read in a chunk", records, &first);
        let block = log.block_of(chunk_id, key);
        assert!(block <= BLOCK_BYTES, "{block}");
        assert_eq!(chunk_cost.calls(CallKind::Read), 1);
        assert_eq!(chunk_cost.bytes(CallKind::Read), block);
        let index_bytes = log.file_bytes(&index(chunk_id));
        assert_eq!(first.bytes(CallKind::Read), block + index_bytes);
        assert_eq!(first.bytes(CallKind::Write) + first.syncs(), 0);
        let (second, _) = log.cost(".chunk", |partition| read(partition, key + 1));
        show("next point read in it", records, &second);
        assert_eq!(
            (second.total_calls(), second.bytes(CallKind::Read)),
            (1, block)
        );
        let (last, _) = log.cost(".chunk", |partition| read(partition, records));
        assert!(
            last.bytes(CallKind::Read) <= BLOCK_BYTES,
            "the open chunk's index is known"
        );
    }
}

#[test]
fn a_lone_append_is_one_write_and_one_sync() {
    for records in LENGTHS {
        let mut log = Measured::new(records);
        let rolls = log.partition.stats().rolls;
        let mut exact = 0;
        for key in records + 1..=records + 200 {
            let (all, index) = log.cost(".index", |partition| append(partition, &[key]));
            if log.partition.stats().rolls > rolls {
                break;
            }
            assert_eq!(
                all.calls(CallKind::Write) - index.calls(CallKind::Write),
                1,
                "key {key}"
            );
            assert_eq!(all.syncs() - index.syncs(), 1, "key {key}");
            assert!(
                index.calls(CallKind::Write) <= 1 && index.syncs() == 0,
                "key {key}"
            );
            assert_eq!(all.calls(CallKind::SyncData), all.syncs());
            assert_eq!(all.total_calls(), 2 + index.total_calls(), "key {key}");
            exact += u64::from(index.total_calls() == 0);
            if key == records + 1 {
                show("lone append", records, &all);
            }
        }
        assert!(exact > 10, "{exact}");
    }
}

#[test]
fn a_batch_is_one_write_and_one_sync() {
    let mut log = Measured::new(LENGTHS[1]);
    let payloads: Vec<String> = (1..=100).map(|n| payload(LENGTHS[1] + n)).collect();
    let batch: Vec<RecordRef<'_>> = (LENGTHS[1] + 1..)
        .zip(&payloads)
        .map(|(order_key, payload)| RecordRef {
            order_key,
            payload: payload.as_bytes(),
        })
        .collect();
    let (all, _) = log.cost(".index", |partition| {
        partition.append_batch(&batch).unwrap();
        partition.sync().unwrap();
    });
    show("batch of 100", LENGTHS[1], &all);
    assert_eq!(
        (all.calls(CallKind::Write), all.syncs(), all.total_calls()),
        (1, 1, 2)
    );
}

#[test]
fn a_purge_of_half_writes_metadata_and_manifest() {
    for records in LENGTHS {
        let mut log = Measured::new(records);
        let chunks = log.partition.stats().chunks;
        let (all, chunk_cost) = log.cost(".chunk", |partition| {
            partition.purge(records / 2).unwrap();
        });
        show("purge of half", records, &all);
        let dropped = chunks - log.partition.stats().chunks;
        assert!(dropped >= LEAST_CHUNKS / 2 - 1, "{dropped}");
        let replaced = log.file_bytes(&metadata()) + log.file_bytes(&manifest());
        assert_eq!(all.bytes(CallKind::Write), replaced);
        assert!(replaced <= METADATA_BYTES + chunks * LINE_BYTES);
        assert_eq!(
            (all.calls(CallKind::Write), all.calls(CallKind::Rename)),
            (2, 2)
        );
        assert_eq!(all.bytes(CallKind::Read), 0);
        assert_eq!(chunk_cost.total_calls(), dropped, "one unlink for each");
        let (within, _) = log.cost(".chunk", |partition| {
            partition.purge(records / 2 + 1).unwrap();
        });
        show("purge within a chunk", records, &within);
        assert_eq!(within.bytes(CallKind::Write), log.file_bytes(&metadata()));
        assert_eq!(within.syncs(), 2, "the file and its directory");
    }
}

#[test]
fn a_truncate_of_ten_reads_a_block_and_writes_index_lines() {
    for records in LENGTHS {
        let mut log = Measured::new(records);
        let bound = log.manifest_and_index() + LINE_BYTES;
        let reads = log.truncate_reads();
        let (all, chunk_cost) = log.cost(".chunk", |partition| {
            partition.truncate(records - 9).unwrap();
        });
        show("truncate of ten", records, &all);
        assert!(all.bytes(CallKind::Write) <= bound, "at most {bound}");
        assert!(all.bytes(CallKind::Read) <= reads, "at most {reads}");
        assert_eq!(chunk_cost.bytes(CallKind::Write), 0, "nothing is copied");
        assert_eq!(log.partition.last_key().unwrap(), Some(records - 10));
        // And over chunks.
        let bound = log.manifest_and_index() + LINE_BYTES;
        let reads = log.truncate_reads();
        let (all, chunk_cost) = log.cost(".chunk", |partition| {
            partition.truncate(records / 2).unwrap();
        });
        show("truncate of half", records, &all);
        assert!(all.bytes(CallKind::Write) <= bound, "at most {bound}");
        assert!(all.bytes(CallKind::Read) <= reads, "at most {reads}");
        assert_eq!(chunk_cost.bytes(CallKind::Write), 0, "nothing is copied");
    }
}

#[test]
fn a_clean_open_reads_the_manifest_one_index_and_the_last_batch() {
    let mut read = Vec::new();
    for records in LENGTHS {
        let log = Measured::new(records);
        let all = log.counter.counts();
        show("clean open", records, &all);
        let bound = METADATA_BYTES + log.manifest_and_index() + 2 * BLOCK_BYTES;
        assert!(all.bytes(CallKind::Read) <= bound, "at most {bound}");
        assert!(all.bytes(CallKind::Write) <= 2 * BLOCK_BYTES + LINE_BYTES);
        assert!(log.counter.counts_for(".chunk").calls(CallKind::Read) <= 3);
        let index_bytes = log.manifest_and_index();
        read.push(all.bytes(CallKind::Read) - index_bytes.min(all.bytes(CallKind::Read)));
        assert_eq!(log.partition.recovery().scanned_records, 0);
    }
    println!("beyond manifest and one index: {read:?}");
}

#[test]
fn an_open_after_a_crash_reads_at_most_a_chunk() {
    for records in LENGTHS {
        let mut log = Measured::new(records);
        let rolls = log.partition.stats().rolls;
        // One chunk full of lone appends, and then half of one.
        let mut key = records;
        while log.partition.stats().rolls == rolls
            || log.partition.stats().open_chunk_bytes < log.chunk_bytes / 2
        {
            key += 1;
            append(&mut log.partition, &[key]);
        }
        let index_synced = log.partition.stats().open_chunk_bytes;
        drop(log.partition);
        for (name, disk) in [
            ("kill", log.fs.process_kill()),
            (
                "power cut",
                log.fs
                    .view_now(crash_disk::sim::Profile::Posix)
                    .disk(&Keep::None),
            ),
        ] {
            let log = Measured::open(disk, log.chunk_bytes);
            assert_eq!(log.partition.last_key().unwrap(), Some(key));
            let all = log.counter.counts();
            show(
                &format!("open after a {name} with {index_synced} bytes open"),
                records,
                &all,
            );
            let bound = METADATA_BYTES
                + log.manifest_and_index()
                + log.chunk_bytes
                + BLOCK_BYTES
                + FILL_STEP;
            assert!(all.bytes(CallKind::Read) <= bound, "at most {bound}");
            assert!(all.bytes(CallKind::Write) <= bound);
        }
    }
}
