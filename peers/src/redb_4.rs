//! redb: a table by index; every write is a transaction that is durable when `commit` returns.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use redb::{Database, Durability, ReadableDatabase as _, Table, TableDefinition};

use crate::suite::log::{Entry, Log, Reader, Subject};

const LOG: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("log");
const OTHER: TableDefinition<'_, &str, u64> = TableDefinition::new("other");

#[derive(Clone)]
struct Redb(Arc<Database>);

/// The subject.
pub fn subject() -> Subject {
    Subject {
        name: "redb 4",
        open,
        counted: open,
    }
}

fn open(dir: &Path) -> Box<dyn Log> {
    std::fs::create_dir_all(dir).unwrap();
    let log = Redb(Arc::new(Database::create(dir.join("redb")).unwrap()));
    log.write(|_| ());
    Box::new(log)
}

impl Redb {
    fn write(&self, change: impl FnOnce(&mut Table<'_, u64, &'static [u8]>)) {
        let mut transaction = self.0.begin_write().unwrap();
        transaction.set_durability(Durability::Immediate).unwrap();
        change(&mut transaction.open_table(LOG).unwrap());
        transaction.commit().unwrap();
    }
}

impl Reader for Redb {
    fn read(&mut self, range: Range<u64>) -> Vec<Entry> {
        let table = self.0.begin_read().unwrap().open_table(LOG).unwrap();
        let pairs = table.range(range).unwrap();
        let entry = |(_, value): (_, redb::AccessGuard<'_, &[u8]>)| {
            serde_json::from_slice(value.value()).unwrap()
        };
        pairs.map(|pair| entry(pair.unwrap())).collect()
    }
}

impl Log for Redb {
    fn append(&mut self, entries: Vec<Entry>) {
        self.write(|table| {
            for entry in entries {
                let value = serde_json::to_vec(&entry).unwrap();
                table.insert(entry.log_id.index, value.as_slice()).unwrap();
            }
        });
    }

    fn read(&mut self, range: Range<u64>) -> Vec<Entry> {
        Reader::read(self, range)
    }

    fn reader(&self) -> Option<Box<dyn Reader>> {
        Some(Box::new(self.clone()))
    }

    fn truncate(&mut self, from: u64) {
        self.write(|table| table.retain_in(from.., |_, _| false).unwrap());
    }

    fn purge(&mut self, upto: u64) {
        self.write(|table| table.retain_in(..=upto, |_, _| false).unwrap());
    }

    fn vote(&mut self, term: u64) {
        let mut transaction = self.0.begin_write().unwrap();
        transaction.set_durability(Durability::Immediate).unwrap();
        transaction
            .open_table(OTHER)
            .unwrap()
            .insert("vote", term)
            .unwrap();
        transaction.commit().unwrap();
    }

    fn close(self: Box<Self>) {}
}
