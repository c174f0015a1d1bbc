//! What calls cost, as exact counts at the file-system seam.
//!
//! The bounds do not grow with the log: a named constant, the manifest, and one chunk's index.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::{Entry, Store, id, run};
use crash_disk::sim::{Keep, SimFs, TreeEntry};
use crash_disk::{CallCounter, CallKind, Counts, FileSystem, Gate, HookFs};
use openraft::storage::{RaftLogStorage, RaftLogStorageExt};
use openraft::{EntryPayload, Vote};
use openraft_timevault::timevault::{ChunkRoll, StoreOptions};
use openraft_timevault::{DEFAULT_INDEX_RECORDS, LogStoreOptions};

/// Entries in one append while the log is made.
const BATCH: u64 = 50;
/// Bytes of payload; with the rest of the record about 160.
const PAYLOAD: usize = 40;
/// More than one encoded entry takes.
const RECORD_BYTES: u64 = 200;
/// More than an index block of entries takes.
const BLOCK_BYTES: u64 = DEFAULT_INDEX_RECORDS * RECORD_BYTES;
/// More than metadata, vote, purge and committed file and the lock file take together.
const SMALL_FILES: u64 = 2_000;
/// Bytes by which the chunk is filled ahead in these logs; a crash leaves them to be read.
const FILL_STEP: u64 = 32 << 10;
/// Bytes of chunk that a power cut may leave without index lines in these logs.
const INDEX_SYNC_BYTES: u64 = 64 << 10;

/// A read of one entry: its block, twice if the read goes over a border.
const POINT_READ: u64 = 2 * BLOCK_BYTES;
/// A clean reopen: the small files, the block of the last entry and those of the last batch.
const CLEAN_REOPEN: u64 = SMALL_FILES + 3 * BLOCK_BYTES;
/// A reopen after the process was killed: what no index line covers and the filling besides.
const KILL_REOPEN: u64 = CLEAN_REOPEN + BLOCK_BYTES + FILL_STEP;
/// A reopen after a power cut: index lines that were not synced are gone too.
const POWER_CUT_REOPEN: u64 = KILL_REOPEN + INDEX_SYNC_BYTES;
/// A purge: the purge file and the metadata.
const PURGE: u64 = SMALL_FILES;
/// A truncate: one index line.
const TRUNCATE: u64 = SMALL_FILES;
/// Chunks that each log must have.
const CHUNKS: u64 = 8;
/// Appends in flight at once.
const IN_FLIGHT: u64 = 64;
/// Syncs that they may take together.
const ROUND_SYNCS: u64 = 2;
/// Long enough for a thread to reach the gate on the busiest machine.
const PATIENCE: Duration = Duration::from_secs(60);

const ROOT: &str = "log";

/// A log store on a simulated disk, with a counter at the seam.
struct Counted {
    disk: SimFs,
    counter: Arc<CallCounter>,
    store: Store,
}

impl Counted {
    async fn open(disk: &SimFs, chunk_bytes: u64, gate: &Arc<Gate>) -> Self {
        let counter = CallCounter::new();
        let counted = HookFs::new(Arc::new(disk.clone()), Arc::clone(&counter) as _);
        let fs: Arc<dyn FileSystem> =
            Arc::new(HookFs::new(Arc::new(counted), Arc::clone(gate) as _));
        let store_options = StoreOptions {
            fs,
            fill_step: FILL_STEP,
            index_sync_bytes: INDEX_SYNC_BYTES,
            ..StoreOptions::default()
        };
        let mut options = LogStoreOptions::default();
        options.partition.chunk_roll = ChunkRoll {
            max_bytes: chunk_bytes,
            ..options.partition.chunk_roll
        };
        let store = Store::open_dir_with(ROOT, store_options, options)
            .await
            .unwrap();
        Self {
            disk: disk.clone(),
            counter,
            store,
        }
    }

    async fn plain(disk: &SimFs, chunk_bytes: u64) -> Self {
        Self::open(disk, chunk_bytes, &Gate::new(&[])).await
    }

    async fn append(&mut self, indexes: impl IntoIterator<Item = u64>) {
        let entries: Vec<Entry> = indexes.into_iter().map(entry).collect();
        self.store.blocking_append(entries).await.unwrap();
    }
}

fn entry(index: u64) -> Entry {
    Entry {
        log_id: id(1, index),
        payload: EntryPayload::Normal("x".repeat(PAYLOAD)),
    }
}

/// Sizes of the files of the log.
struct Sizes {
    chunks: u64,
    manifest: u64,
    /// The largest one.
    index: u64,
}

impl Sizes {
    fn of(disk: &SimFs) -> Self {
        let mut sizes = Self {
            chunks: 0,
            manifest: 0,
            index: 0,
        };
        for (path, file) in &disk.to_tree() {
            let TreeEntry::File(bytes) = file else {
                continue;
            };
            let len = bytes.len() as u64;
            match path.extension().and_then(|ending| ending.to_str()) {
                Some("chunk") => sizes.chunks += 1,
                Some("index") => sizes.index = sizes.index.max(len),
                Some("jsonl") => sizes.manifest = len,
                _ => {}
            }
        }
        sizes
    }
}

/// Bytes read by opening this disk, with the log's length checked.
async fn reopen_cost(disk: &SimFs, chunk_bytes: u64, entries: u64) -> u64 {
    let mut counted = Counted::plain(disk, chunk_bytes).await;
    let read = counted.counter.counts().bytes(CallKind::Read);
    let state = counted.store.get_log_state().await.unwrap();
    assert_eq!(state.last_log_id, Some(id(1, entries - 1)));
    counted.store.close().await.unwrap();
    read
}

/// Bytes written since an earlier count.
fn written(now: &Counts, before: &Counts) -> u64 {
    now.since(before).bytes(CallKind::Write)
}

fn check(entries: u64, what: &str, bytes: u64, constant: u64, sizes: &Sizes) {
    let bound = constant + sizes.manifest + sizes.index;
    println!("{entries:>7} entries: {what:<28} {bytes:>7} bytes, bound {bound}");
    assert!(bytes <= bound, "{what} at {entries}: {bytes} over {bound}");
    assert!(bytes > 0, "{what} at {entries}: nothing was counted");
}

async fn costs_at(entries: u64) {
    // Ten chunks and a bit.
    let chunk_bytes = entries * 130 / 10;
    let disk = SimFs::new_unrecorded();
    let mut log = Counted::plain(&disk, chunk_bytes).await;
    log.store.save_vote(&Vote::new(1, 0)).await.unwrap();
    for first in (0..entries).step_by(usize::try_from(BATCH).unwrap()) {
        log.append(first..first + BATCH).await;
    }
    // The next appends would write the index lines that are due; a crash comes before them.
    let killed = log.disk.process_kill();
    let cut = log.disk.crash_now(&Keep::None);
    log.store.close().await.unwrap();
    let sizes = Sizes::of(&disk);
    println!(
        "{entries:>7} entries: {} chunks, manifest {} bytes, largest index {} bytes",
        sizes.chunks, sizes.manifest, sizes.index
    );
    assert!(sizes.chunks >= CHUNKS, "{} chunks", sizes.chunks);

    let clean = reopen_cost(&disk, chunk_bytes, entries).await;
    check(
        entries,
        "read by a clean reopen",
        clean,
        CLEAN_REOPEN,
        &sizes,
    );
    let kill = reopen_cost(&killed, chunk_bytes, entries).await;
    check(entries, "read after a kill", kill, KILL_REOPEN, &sizes);
    let power = reopen_cost(&cut, chunk_bytes, entries).await;
    check(
        entries,
        "read after a power cut",
        power,
        POWER_CUT_REOPEN,
        &sizes,
    );

    let mut log = Counted::plain(&disk, chunk_bytes).await;
    let reader = log.store.reader();
    for index in [0, entries / 3, entries / 2, entries - 1] {
        let before = log.counter.counts();
        assert_eq!(reader.entries(index..=index).unwrap().len(), 1);
        let read = log.counter.counts().since(&before).bytes(CallKind::Read);
        let what = format!("read for entry {index}");
        check(entries, &what, read, POINT_READ, &sizes);
    }

    let before = log.counter.counts();
    log.store.truncate(id(1, entries - 10)).await.unwrap();
    let bytes = written(&log.counter.counts(), &before);
    check(
        entries,
        "written by a truncate of 10",
        bytes,
        TRUNCATE,
        &sizes,
    );
    let before = log.counter.counts();
    log.store.purge(id(1, entries / 2)).await.unwrap();
    let bytes = written(&log.counter.counts(), &before);
    check(entries, "written by a purge of half", bytes, PURGE, &sizes);
    let held = reader.entries(..).unwrap();
    assert_eq!(held.len() as u64, entries / 2 - 11);
    log.store.close().await.unwrap();
}

#[test]
fn costs_do_not_grow_with_the_log() {
    run(async {
        for entries in [1_000, 100_000] {
            costs_at(entries).await;
        }
    });
}

#[test]
fn a_lone_append_is_one_write_and_one_sync() {
    run(async {
        let disk = SimFs::new_unrecorded();
        let mut log = Counted::plain(&disk, 64 << 20).await;
        log.append([0]).await;
        let appends = 3 * DEFAULT_INDEX_RECORDS;
        let before = log.counter.counts();
        let [chunk_before, index_before] =
            [".chunk", ".index"].map(|name| log.counter.counts_for(name));
        for index in 1..=appends {
            log.append([index]).await;
        }
        let all = log.counter.counts().since(&before);
        let chunk = log.counter.counts_for(".chunk").since(&chunk_before);
        let index = log.counter.counts_for(".index").since(&index_before);
        println!(
            "{appends} lone appends: {} data writes of {} bytes (filling included), {} index \
             writes of {} bytes, {} syncs, {} calls in all",
            chunk.calls(CallKind::Write),
            chunk.bytes(CallKind::Write),
            index.calls(CallKind::Write),
            index.bytes(CallKind::Write),
            all.syncs(),
            all.total_calls()
        );
        assert_eq!(chunk.calls(CallKind::Write), appends);
        assert_eq!(all.syncs(), appends);
        // Index lines are counted apart: one for each full block, and nothing else besides.
        let blocks = appends / DEFAULT_INDEX_RECORDS;
        assert!(index.calls(CallKind::Write) <= blocks);
        assert_eq!(
            all.total_calls(),
            2 * appends + index.calls(CallKind::Write)
        );
    });
}

#[test]
fn appends_in_flight_share_syncs() {
    run(async {
        let disk = SimFs::new_unrecorded();
        let gate = Gate::new(&[CallKind::SyncData]);
        let mut log = Counted::open(&disk, 64 << 20, &gate).await;
        // The first append of a log makes its first chunk, which takes syncs of its own.
        log.append([0]).await;
        for round in 0..5 {
            let before = log.counter.counts();
            let closed = gate.close();
            let mut flushed = Vec::new();
            for n in 0..IN_FLIGHT {
                let (done, callback) = common::callback().await;
                let entries = [entry(1 + round * IN_FLIGHT + n)];
                log.store.append(entries, callback).await.unwrap();
                flushed.push(done);
                if n == 0 {
                    // The first one's sync is held; the others queue up behind it.
                    assert!(gate.wait_held(1, PATIENCE));
                }
            }
            assert!(flushed.iter().all(|done| !done.is_finished()));
            drop(closed);
            for done in flushed {
                done.await.unwrap().unwrap();
            }
            let syncs = log.counter.counts().since(&before).syncs();
            println!("{IN_FLIGHT} appends in flight: {syncs} syncs");
            assert!((1..=ROUND_SYNCS).contains(&syncs), "{syncs} syncs");
        }
    });
}
