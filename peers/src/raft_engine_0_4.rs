//! raft-engine: a message of protobuf for each entry, which carries its index. It has no truncate: a later
//! append replaces what it meets, so the end of the log is a value of its own.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use protobuf::well_known_types::Any;
use raft_engine::{Command, Config, Engine, LogBatch, MessageExt};

use crate::crew::Crew;
use crate::suite::log::{Entry, Log, Reader, Subject};

/// The group of the log.
const GROUP: u64 = 1;

/// The index in the name of the type, the entry as its value.
struct Indexed;

impl MessageExt for Indexed {
    type Entry = Any;

    fn index(entry: &Any) -> u64 {
        entry.type_url.parse().expect("we wrote it")
    }
}

#[derive(Clone)]
struct Store(Arc<Engine>);

struct RaftEngine {
    store: Store,
    crew: Crew,
}

/// The subject.
pub fn subject() -> Subject {
    Subject {
        name: "raft-engine 0.4",
        open,
        counted: open,
    }
}

fn open(dir: &Path) -> Box<dyn Log> {
    // The engine makes its own directory and none above.
    std::fs::create_dir_all(dir).unwrap();
    let dir = dir.join("engine").display().to_string();
    let engine = Engine::open(Config {
        dir,
        ..Config::default()
    })
    .unwrap();
    Box::new(RaftEngine {
        store: Store(Arc::new(engine)),
        crew: Crew::default(),
    })
}

impl Store {
    fn append(&self, group: u64, entries: &[Entry]) {
        let encoded = |entry: &Entry| {
            let mut any = Any::new();
            any.type_url = entry.log_id.index.to_string();
            any.value = serde_json::to_vec(entry).unwrap();
            any
        };
        let encoded: Vec<Any> = entries.iter().map(encoded).collect();
        self.write(|batch| batch.add_entries::<Indexed>(group, &encoded).unwrap());
    }

    fn write(&self, fill: impl FnOnce(&mut LogBatch)) {
        let mut batch = LogBatch::default();
        fill(&mut batch);
        self.0.write(&mut batch, true).unwrap();
    }

    fn put(&self, key: &[u8], value: u64) {
        let value = value.to_be_bytes().to_vec();
        self.write(|batch| batch.put(GROUP, key.to_vec(), value).unwrap());
    }
}

impl Reader for Store {
    fn read(&mut self, range: Range<u64>) -> Vec<Entry> {
        let mut found = Vec::new();
        let (from, to) = (range.start, range.end);
        self.0
            .fetch_entries_to::<Indexed>(GROUP, from, to, None, &mut found)
            .unwrap();
        found
            .iter()
            .map(|any| serde_json::from_slice(&any.value).unwrap())
            .collect()
    }
}

impl Log for RaftEngine {
    fn append(&mut self, entries: Vec<Entry>) {
        self.store.append(GROUP, &entries);
    }

    fn ready(&mut self, appends: usize) {
        self.crew.ready(appends);
    }

    fn append_in_flight(&mut self, entries: Vec<Entry>) {
        // The engine takes the entries of a group in their order only, and threads come in any: so each is
        // one of a group of its own.
        let job = |entry: Entry| {
            let store = self.store.clone();
            Box::new(move || store.append(GROUP + 1 + entry.log_id.index, &[entry])) as _
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
        self.store.put(b"end", from);
    }

    fn purge(&mut self, upto: u64) {
        let index = upto + 1;
        self.store
            .write(|batch| batch.add_command(GROUP, Command::Compact { index }));
        self.store.0.purge_expired_files().unwrap();
    }

    fn vote(&mut self, term: u64) {
        self.store.put(b"vote", term);
    }

    fn close(self: Box<Self>) {}
}
