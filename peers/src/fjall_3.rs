//! fjall: a keyspace by index; every write is a batch that is synced.

use std::ops::{Bound, Range};
use std::path::Path;

use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};

use crate::crew::Crew;
use crate::suite::log::{Entry, Log, Reader, Subject};

const VOTE: &[u8] = b"vote";

#[derive(Clone)]
struct Store {
    database: Database,
    log: Keyspace,
    other: Keyspace,
}

struct Fjall {
    store: Store,
    crew: Crew,
}

/// The subject.
pub fn subject() -> Subject {
    Subject {
        name: "fjall 3",
        open,
        counted: open,
    }
}

fn open(dir: &Path) -> Box<dyn Log> {
    std::fs::create_dir_all(dir).unwrap();
    let database = Database::builder(dir.join("fjall")).open().unwrap();
    let keyspace = |name| {
        database
            .keyspace(name, KeyspaceCreateOptions::default)
            .unwrap()
    };
    let (log, other) = (keyspace("log"), keyspace("other"));
    Box::new(Fjall {
        store: Store {
            database,
            log,
            other,
        },
        crew: Crew::default(),
    })
}

fn key(index: u64) -> [u8; 8] {
    index.to_be_bytes()
}

impl Store {
    fn append(&self, entries: &[Entry]) {
        let mut batch = self.database.batch().durability(Some(PersistMode::SyncAll));
        for entry in entries {
            let value = serde_json::to_vec(entry).unwrap();
            batch.insert(&self.log, key(entry.log_id.index), value);
        }
        batch.commit().unwrap();
    }

    fn remove(&self, range: (Bound<[u8; 8]>, Bound<[u8; 8]>)) {
        let mut batch = self.database.batch().durability(Some(PersistMode::SyncAll));
        for pair in self.log.range(range) {
            batch.remove(&self.log, pair.key().unwrap());
        }
        batch.commit().unwrap();
    }
}

impl Reader for Store {
    fn read(&mut self, range: Range<u64>) -> Vec<Entry> {
        let pairs = self.log.range(key(range.start)..key(range.end));
        pairs
            .map(|pair| serde_json::from_slice(&pair.value().unwrap()).unwrap())
            .collect()
    }
}

impl Log for Fjall {
    fn append(&mut self, entries: Vec<Entry>) {
        self.store.append(&entries);
    }

    fn ready(&mut self, appends: usize) {
        self.crew.ready(appends);
    }

    fn append_in_flight(&mut self, entries: Vec<Entry>) {
        let job = |entry| {
            let store = self.store.clone();
            Box::new(move || store.append(&[entry])) as _
        };
        self.crew.run(entries.into_iter().map(job).collect());
    }

    fn read(&mut self, range: Range<u64>) -> Vec<Entry> {
        self.store.read(range)
    }

    fn reader(&self) -> Option<Box<dyn Reader>> {
        Some(Box::new(self.store.clone()))
    }

    fn truncate(&mut self, from: u64) {
        self.store
            .remove((Bound::Included(key(from)), Bound::Unbounded));
    }

    fn purge(&mut self, upto: u64) {
        self.store
            .remove((Bound::Unbounded, Bound::Included(key(upto))));
    }

    fn vote(&mut self, term: u64) {
        let mut batch = self
            .store
            .database
            .batch()
            .durability(Some(PersistMode::SyncAll));
        batch.insert(&self.store.other, VOTE, key(term));
        batch.commit().unwrap();
    }

    fn close(self: Box<Self>) {}
}
