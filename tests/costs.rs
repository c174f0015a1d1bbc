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
use openraft_timevault::timevault::{ChunkRoll, MAX_BLOCK_BYTES, StoreOptions};
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
        Self::filling(disk, chunk_bytes, gate, FILL_STEP).await
    }

    /// With this step of filling ahead.
    async fn filling(disk: &SimFs, chunk_bytes: u64, gate: &Arc<Gate>, fill_step: u64) -> Self {
        let counter = CallCounter::new();
        let counted = HookFs::new(Arc::new(disk.clone()), Arc::clone(&counter) as _);
        let fs: Arc<dyn FileSystem> =
            Arc::new(HookFs::new(Arc::new(counted), Arc::clone(gate) as _));
        let store_options = StoreOptions {
            fs,
            fill_step,
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

    /// Whether a read of the entry with this index reads no more than that.
    fn reads(&self, what: &str, index: u64, most: u64) -> bool {
        let before = self.counter.counts();
        assert_eq!(self.store.reader().entries(index..=index).unwrap().len(), 1);
        let bound = Cost {
            read: most,
            ..Cost::default()
        };
        self.within(what, &before, bound)
    }

    /// Whether the calls since an earlier count cost no more than that. Tells what they cost.
    fn within(&self, what: &str, before: &Counts, bound: Cost) -> bool {
        let counts = self.counter.counts().since(before);
        let cost = Cost {
            syncs: counts.syncs(),
            writes: counts.calls(CallKind::Write),
            written: counts.bytes(CallKind::Write),
            read: counts.bytes(CallKind::Read),
        };
        let fits = cost.syncs <= bound.syncs
            && cost.writes <= bound.writes
            && cost.written <= bound.written
            && cost.read <= bound.read;
        let verdict = if fits { "within" } else { "OVER" };
        println!("{what}: {cost:?}, {verdict} {bound:?}");
        fits
    }
}

/// Calls and bytes at the file-system seam.
#[derive(Debug, Clone, Copy, Default)]
struct Cost {
    syncs: u64,
    writes: u64,
    written: u64,
    read: u64,
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

/// Bytes that sealing adds to an entry's JSON, with the newline; a batch has one more, its mark.
const SEAL: u64 = 21;
/// More than a line of the index takes.
const INDEX_LINE: u64 = 130;
/// More than a manifest of a few chunks takes.
const MANIFEST: u64 = 500;

/// An entry with a payload of this length.
fn long_entry(index: u64, payload: usize) -> Entry {
    Entry {
        log_id: id(1, index),
        payload: EntryPayload::Normal("x".repeat(payload)),
    }
}

/// Bytes that these entries take in a chunk.
fn record_bytes(entries: &[Entry]) -> u64 {
    let len = |entry| serde_json::to_vec(entry).unwrap().len() as u64 + SEAL;
    entries.iter().map(len).sum::<u64>() + 1
}

/// A log that does not fill ahead, so that what is written is what is needed.
async fn unfilled(disk: &SimFs, chunk_bytes: u64) -> Counted {
    Counted::filling(disk, chunk_bytes, &Gate::new(&[]), 0).await
}

#[test]
fn an_append_writes_its_records_and_nothing_else() {
    run(async {
        let disk = SimFs::new_unrecorded();
        let mut log = unfilled(&disk, 64 << 20).await;
        log.append([0]).await;
        let (mut next, mut good) = (1, true);
        // The lines of blocks that are full go out with the append after.
        for (count, payload, index_lines) in [
            (1, 128, 0),
            (16, 128, 0),
            (256, 128, 0),
            (1, 128, 2),
            (256, 16 << 10, 1),
            // An entry of 16 KiB is a block of its own.
            (1, 1 << 20, 256),
        ] {
            let entries = next..next + count;
            next = entries.end;
            let entries: Vec<_> = entries.map(|index| long_entry(index, payload)).collect();
            let bound = Cost {
                // The index is synced too where enough of the chunk is behind it.
                syncs: if payload == 1 << 20 { 2 } else { 1 },
                writes: if index_lines > 0 { 2 } else { 1 },
                written: record_bytes(&entries) + index_lines * INDEX_LINE,
                read: 0,
            };
            let before = log.counter.counts();
            log.store.blocking_append(entries).await.unwrap();
            good &= log.within(&format!("append of {count} x {payload}"), &before, bound);
        }
        log.store.close().await.unwrap();
        assert!(good);
    });
}

#[test]
fn filling_ahead_writes_every_place_once_more() {
    run(async {
        const STEP: u64 = 1 << 20;
        let disk = SimFs::new_unrecorded();
        let gate = Gate::new(&[]);
        let mut log = Counted::filling(&disk, 64 << 20, &gate, STEP).await;
        log.append([0]).await;
        let before = log.counter.counts();
        let mut records = 0;
        for index in 1..=20_000 {
            let entry = [long_entry(index, 128)];
            records += record_bytes(&entry);
            log.store.blocking_append(entry).await.unwrap();
        }
        let written = written(&log.counter.counts(), &before);
        println!("{written} bytes written for {records} of records");
        // The records, the filling up to the end of the step after them, and the index.
        assert!(written <= 2 * records + STEP + records / 50);
        log.store.close().await.unwrap();
    });
}

#[test]
fn what_changes_little_writes_little() {
    run(async {
        let disk = SimFs::new_unrecorded();
        let mut log = unfilled(&disk, 64_000).await;
        let mut good = true;
        let cost = |syncs, writes, written, read| Cost {
            syncs,
            writes,
            written,
            read,
        };

        // The file and its directory.
        let before = log.counter.counts();
        log.store.save_vote(&Vote::new(1, 0)).await.unwrap();
        good &= log.within("vote", &before, cost(2, 1, 100, 0));

        for first in (0..1_000).step_by(50) {
            log.append(first..first + 50).await;
        }
        // Chunk, index, directory of the next ones, manifest and its directory, record.
        let mut next = 1_000;
        loop {
            let before = log.counter.counts();
            log.append([next]).await;
            next += 1;
            let made = log.counter.counts().since(&before);
            if made.calls(CallKind::CreateNew) > 0 {
                let written = MANIFEST + 2 * INDEX_LINE + RECORD_BYTES;
                good &= log.within("append that rolls", &before, cost(6, 3, written, 0));
                break;
            }
        }
        log.append(next..next + 300).await;
        next += 300;
        log.append([next]).await;

        // Need: 2 syncs, 1 write, and of the last block what is before the cut. Today the block is read by the
        // caller and by the writer, all of the index is read again, and a line of the cut comes and goes.
        let before = log.counter.counts();
        log.store.truncate(id(1, next - 10)).await.unwrap();
        let read = 2 * BLOCK_BYTES + 5 * INDEX_LINE;
        let bound = cost(3, 2, 2 * INDEX_LINE, read);
        good &= log.within("truncate in a chunk", &before, bound);

        // The manifest, what a truncate in a chunk takes, and the directory of what goes.
        let before = log.counter.counts();
        log.store.truncate(id(1, 600)).await.unwrap();
        let read = 2 * BLOCK_BYTES + 10 * INDEX_LINE;
        let bound = cost(6, 3, MANIFEST + 2 * INDEX_LINE, read);
        good &= log.within("truncate over chunks", &before, bound);

        // Need: one replaced file, 2 syncs, and one record. Today the purge file and the metadata are replaced,
        // and a block is read.
        let before = log.counter.counts();
        log.store.purge(id(1, 100)).await.unwrap();
        let bound = cost(4, 2, 600, BLOCK_BYTES + 5 * INDEX_LINE);
        good &= log.within("purge in a chunk", &before, bound);
        let before = log.counter.counts();
        log.store.purge(id(1, 550)).await.unwrap();
        let bound = cost(6, 3, 600 + MANIFEST, BLOCK_BYTES + 5 * INDEX_LINE);
        good &= log.within("purge over chunks", &before, bound);
        log.store.close().await.unwrap();

        // Need: the small files and the last block; nothing to write or to sync. Today the last batch, whose
        // bytes may be in a page cache only, is written and synced again also after a clean close.
        let log = unfilled(&disk, 64_000).await;
        let read = SMALL_FILES + MANIFEST + 10 * INDEX_LINE + 4 * BLOCK_BYTES;
        let bound = cost(4, 3, 50 * RECORD_BYTES, read);
        good &= log.within("open, closed cleanly", &Counts::default(), bound);
        log.store.close().await.unwrap();
        assert!(good);
    });
}

/// A read of one entry takes nothing from the disk where the entry was just appended, and else its block: of long
/// entries the entry itself.
#[test]
fn a_read_of_one_entry_takes_its_block_or_nothing() {
    run(async {
        let mut good = true;
        for payload in [200, 20_000, 1_000_000] {
            let disk = SimFs::new_unrecorded();
            let mut log = unfilled(&disk, 640 << 20).await;
            for index in 0..=DEFAULT_INDEX_RECORDS {
                let entry = [long_entry(index, payload)];
                log.store.blocking_append(entry).await.unwrap();
            }
            let last = DEFAULT_INDEX_RECORDS;
            let what = |index| format!("read of entry {index} of {payload} B");
            good &= log.reads(&(what(last) + ", just appended"), last, 0);
            log.store.close().await.unwrap();

            let log = unfilled(&disk, 640 << 20).await;
            let record = record_bytes(&[long_entry(0, payload)]) + 2;
            for index in [0, last / 2, last] {
                good &= log.reads(&what(index), index, record.max(MAX_BLOCK_BYTES));
            }
            log.store.close().await.unwrap();
        }
        assert!(good);
    });
}
