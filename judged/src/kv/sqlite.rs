//! SQLite through rusqlite: one table, every write a transaction.

use std::path::Path;

use raft_log_verify::LogError;
use rusqlite::{Connection, params};

use super::{Change, KeyValue, Pair, subject};
use crate::bare::Bare;
use crate::case::Case;
use crate::kv::log::KvLog;

/// Pages of the write-ahead log after which it is copied into the database: few, so that short programs meet that.
const CHECKPOINT_PAGES: u32 = 4;

struct Store(Connection);

impl Store {
    fn open(dir: &Path, journal: &str, synchronous: &str) -> Result<Self, LogError> {
        let connection = Connection::open(dir.join("log.sqlite"))?;
        connection.pragma_update(None, "journal_mode", journal)?;
        connection.pragma_update(None, "synchronous", synchronous)?;
        connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
        connection.execute_batch(
            "CREATE TABLE IF NOT EXISTS log (key BLOB PRIMARY KEY, value BLOB) WITHOUT ROWID",
        )?;
        Ok(Self(connection))
    }
}

impl KeyValue for Store {
    fn write(&mut self, changes: Vec<Change>) -> Result<(), LogError> {
        let transaction = self.0.transaction()?;
        for change in changes {
            match change {
                Change::Put(key, value) => transaction.execute(
                    "INSERT OR REPLACE INTO log VALUES (?, ?)",
                    params![key, value],
                )?,
                Change::Remove(key) => {
                    transaction.execute("DELETE FROM log WHERE key = ?", params![key])?
                }
            };
        }
        Ok(transaction.commit()?)
    }

    fn scan(&self, from: &[u8], to: &[u8]) -> Result<Vec<Pair>, LogError> {
        let mut query = self
            .0
            .prepare_cached("SELECT key, value FROM log WHERE key >= ? AND key < ? ORDER BY key")?;
        let pairs = query.query_map(params![from, to], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(pairs.collect::<Result<_, _>>()?)
    }
}

fn store(name: &str, journal: &'static str, synchronous: &'static str) -> Bare<KvLog> {
    subject(name, move |dir| Store::open(dir, journal, synchronous))
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::of(store("sqlite-wal-full", "WAL", "FULL").created_before()),
        Case::of(store("sqlite-wal-full-creation", "WAL", "FULL")),
        Case::of(store("sqlite-wal-normal", "WAL", "NORMAL").created_before())
            .forgets()
            .breaks(&[
                "append-durability",
                "vote-durability",
                "write-order",
                "truncate-finality",
            ]),
        Case::of(store("sqlite-delete-extra", "DELETE", "EXTRA").created_before())
            .longest(1)
            .breaks(&["sticky-recovery"]),
        Case::of(store("sqlite-delete-full", "DELETE", "FULL").created_before())
            .forgets()
            .breaks(&["append-durability"]),
    ]
}
