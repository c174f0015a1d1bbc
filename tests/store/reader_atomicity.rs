//! A read beside writes gives the log as it was at one moment between its call and its return.
//!
//! One thread writes and keeps a journal of all states the log went through, with the number of
//! writes begun and ended; other threads read and look for a state of that time that has exactly
//! what they got.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::panic,
    reason = "tests"
)]

use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::common::{Config, Entry, Store, id, run};
use crash_disk::sim::SimFs;
use crash_disk::{FileSystem, StdFs};
use openraft::EntryPayload;
use openraft::storage::{RaftLogStorage, RaftLogStorageExt};
use openraft_timevault::timevault::{ChunkRoll, IndexConfig, StoreOptions};
use openraft_timevault::{LogStoreOptions, TimevaultLogReader};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Threads that read.
const READERS: u64 = 2;
/// Reads that must have been under way while a write was.
const OVERLAPPED: u64 = 2_000;
/// Writes that are made in any case.
const WRITES: u64 = 600;
/// Writes after which the threads must have met; a bound for a machine that runs one at a time.
const MOST_WRITES: u64 = 60_000;
/// Length at which the log is purged.
const LONG: usize = 120;

/// The log at one moment: index, term and text of every entry.
type Log = Vec<(u64, u64, String)>;

#[derive(Debug, Default)]
struct Journal {
    /// State 0, and the state after each write.
    states: Mutex<Vec<Arc<Log>>>,
    /// Writes whose call was made.
    begun: AtomicU64,
    /// Writes that have returned.
    ended: AtomicU64,
    overlapped: AtomicU64,
    reads: AtomicU64,
    stop: AtomicBool,
}

fn entry(term: u64, index: u64, text: String) -> Entry {
    Entry {
        log_id: id(term, index),
        payload: EntryPayload::Normal(text),
    }
}

/// The log as it should be, and the random writes that change it.
struct Writer {
    rng: ChaCha8Rng,
    log: Log,
    /// Index after the last.
    next: u64,
    term: u64,
    number: u64,
}

enum Write {
    Append(Vec<Entry>),
    Truncate(u64),
    Purge(u64, u64),
}

impl Writer {
    /// Chooses a write and changes the log by it.
    fn choose(&mut self) -> Write {
        self.number += 1;
        let (first, last) = match (self.log.first(), self.log.last()) {
            (Some(first), Some(last)) => (first.0, last.0),
            _ => return self.append(self.next),
        };
        let purge = if self.log.len() > LONG { 60 } else { 8 };
        let dice = self.rng.random_range(0..100 + purge);
        match dice {
            0..50 => self.append(self.next),
            50..85 => {
                // Near the end mostly, as a new leader does it; from anywhere at times.
                let near = first.max(last.saturating_sub(12));
                let from = if dice < 80 { near } else { first };
                let at = self.rng.random_range(from..=last);
                self.term += 1;
                self.append(at)
            }
            85..100 => {
                let from = self
                    .rng
                    .random_range(first.max(last.saturating_sub(9))..=last);
                self.log.retain(|entry| entry.0 < from);
                self.next = from;
                self.term += 1;
                Write::Truncate(from)
            }
            _ => self.purge(first, last),
        }
    }

    fn append(&mut self, from: u64) -> Write {
        self.log.retain(|entry| entry.0 < from);
        let count = self.rng.random_range(1..=9);
        self.next = from + count;
        let entries = (from..self.next).map(|index| {
            let text = format!("{}-{index}", self.number);
            self.log.push((index, self.term, text.clone()));
            entry(self.term, index, text)
        });
        Write::Append(entries.collect())
    }

    fn purge(&mut self, first: u64, last: u64) -> Write {
        let at = self.rng.random_range(first..=last);
        if self.rng.random_range(0..8) == 0 {
            // Of a later leader: what is above goes too.
            self.term += 2;
            self.log.clear();
            self.next = at + 1;
            return Write::Purge(self.term - 1, at);
        }
        let term = self.log[usize::try_from(at - first).unwrap()].1;
        self.log.retain(|entry| entry.0 > at);
        Write::Purge(term, at)
    }
}

async fn write(store: &mut Store, seed: u64, journal: &Journal) {
    let mut writer = Writer {
        rng: ChaCha8Rng::seed_from_u64(seed),
        log: Log::new(),
        next: 0,
        term: 1,
        number: 0,
    };
    let mut flushed = Vec::new();
    while writer.number < WRITES || journal.overlapped.load(Ordering::SeqCst) < OVERLAPPED {
        if writer.number >= MOST_WRITES {
            break;
        }
        let next = writer.choose();
        let waits = writer.rng.random_range(0..4) == 0;
        journal
            .states
            .lock()
            .unwrap()
            .push(Arc::new(writer.log.clone()));
        journal.begun.fetch_add(1, Ordering::SeqCst);
        match next {
            Write::Append(entries) if waits => store.blocking_append(entries).await.unwrap(),
            Write::Append(entries) => {
                let (done, callback) = crate::common::callback().await;
                store.append(entries, callback).await.unwrap();
                flushed.push(done);
            }
            Write::Truncate(from) => store.truncate(id(writer.term, from)).await.unwrap(),
            Write::Purge(term, index) => store.purge(id(term, index)).await.unwrap(),
        }
        journal.ended.fetch_add(1, Ordering::SeqCst);
    }
    for done in flushed {
        done.await.unwrap().unwrap();
    }
}

fn matches(log: &Log, range: &RangeInclusive<u64>, read: &[Entry]) -> bool {
    let held = log.iter().filter(|entry| range.contains(&entry.0));
    let read = read.iter().map(|entry| match &entry.payload {
        EntryPayload::Normal(text) => (
            entry.log_id.index,
            entry.log_id.leader_id.term,
            text.as_str(),
        ),
        other => panic!("{other:?} was never written"),
    });
    held.map(|(index, term, text)| (*index, *term, text.as_str()))
        .eq(read)
}

fn read(reader: &TimevaultLogReader<Config>, seed: u64, journal: &Journal) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    while !journal.stop.load(Ordering::SeqCst) {
        // Around the newest state, which ends anywhere.
        let newest = Arc::clone(journal.states.lock().unwrap().last().unwrap());
        let first = newest.first().map_or(0, |entry| entry.0.saturating_sub(2));
        let last = newest.last().map_or(first, |entry| entry.0);
        let range = match rng.random_range(0..4) {
            0 => 0..=u64::MAX,
            1 => last.saturating_sub(8)..=last + 8,
            2 => {
                let at = rng.random_range(first..=last);
                at..=at
            }
            _ => {
                let from = rng.random_range(first..=last);
                from..=rng.random_range(from..=last + 3)
            }
        };
        let earliest = journal.ended.load(Ordering::SeqCst);
        let begun = journal.begun.load(Ordering::SeqCst);
        let entries = reader.entries(range.clone()).unwrap();
        let ended = journal.ended.load(Ordering::SeqCst);
        let latest = journal.begun.load(Ordering::SeqCst);

        journal.reads.fetch_add(1, Ordering::SeqCst);
        // A write was under way all the time, or began or ended in between.
        if earliest < begun || begun < latest || earliest < ended {
            journal.overlapped.fetch_add(1, Ordering::SeqCst);
        }
        let (from, to) = (
            usize::try_from(earliest).unwrap(),
            usize::try_from(latest).unwrap(),
        );
        let states = journal.states.lock().unwrap()[from..=to].to_vec();
        assert!(
            states.iter().any(|log| matches(log, &range, &entries)),
            "a read of {range:?} is none of the states {from}..={to}:\n{:?}\n{states:?}",
            entries.iter().map(|e| e.log_id.index).collect::<Vec<_>>(),
        );
    }
}

fn readers_see_one_moment(fs: Arc<dyn FileSystem>, dir: &std::path::Path, seed: u64) {
    let store_options = StoreOptions {
        fs,
        fill_step: 256,
        ..StoreOptions::default()
    };
    let mut options = LogStoreOptions::default();
    options.partition.chunk_roll = ChunkRoll {
        max_bytes: 1_500,
        ..options.partition.chunk_roll
    };
    options.partition.index = IndexConfig {
        max_records: 3,
        ..options.partition.index
    };
    let journal = Journal::default();
    journal.states.lock().unwrap().push(Arc::default());
    let mut store = run(Store::open_dir_with(dir, store_options, options)).unwrap();
    thread::scope(|scope| {
        let readers: Vec<_> = (1..=READERS)
            .map(|n| {
                let (reader, journal) = (store.reader(), &journal);
                scope.spawn(move || read(&reader, seed + n, journal))
            })
            .collect();
        // Stops the readers also when a write panics.
        struct Stop<'a>(&'a Journal);
        impl Drop for Stop<'_> {
            fn drop(&mut self) {
                self.0.stop.store(true, Ordering::SeqCst);
            }
        }
        let stop = Stop(&journal);
        run(write(&mut store, seed, &journal));
        drop(stop);
        for reader in readers {
            reader.join().unwrap();
        }
    });
    run(store.close()).unwrap();
    let (writes, reads) = (journal.ended, journal.reads);
    let overlapped = journal.overlapped.load(Ordering::SeqCst);
    println!("seed {seed}: {writes:?} writes, {reads:?} reads, {overlapped} of them overlapped");
    assert!(
        overlapped >= OVERLAPPED,
        "too few reads met a write to say anything: {overlapped}"
    );
}

#[test]
fn reads_beside_writes_see_one_moment_on_real_files() {
    let dir = tempfile::tempdir().unwrap();
    readers_see_one_moment(Arc::new(StdFs), dir.path(), 7);
}

#[test]
fn reads_beside_writes_see_one_moment_on_a_simulated_disk() {
    for seed in [1, 2, 3] {
        let fs = Arc::new(SimFs::new_unrecorded());
        readers_see_one_moment(fs, "log".as_ref(), seed);
    }
}
