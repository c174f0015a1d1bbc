//! redb: every write is a transaction. `Immediate` promises that it is durable when `commit` returns; `None` promises
//! nothing.

use raft_log_verify::LogError;

use super::{Change, KeyValue, Pair, subject};
use crate::case::Case;

macro_rules! binding {
    ($version:ident) => {
        mod $version {
            use super::*;
            use ::$version::{
                Database, Durability, ReadableDatabase as _, TableDefinition, TableError,
            };

            const TABLE: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("log");

            struct Store(Database, Durability);

            impl KeyValue for Store {
                fn write(&mut self, changes: Vec<Change>) -> Result<(), LogError> {
                    let mut transaction = self.0.begin_write()?;
                    transaction.set_durability(self.1)?;
                    {
                        let mut table = transaction.open_table(TABLE)?;
                        for change in changes {
                            match change {
                                Change::Put(key, value) => {
                                    drop(table.insert(key.as_slice(), value.as_slice())?);
                                }
                                Change::Remove(key) => drop(table.remove(key.as_slice())?),
                            }
                        }
                    }
                    Ok(transaction.commit()?)
                }

                fn scan(&self, from: &[u8], to: &[u8]) -> Result<Vec<Pair>, LogError> {
                    let transaction = self.0.begin_read()?;
                    let table = match transaction.open_table(TABLE) {
                        Err(TableError::TableDoesNotExist(_)) => return Ok(Vec::new()),
                        other => other?,
                    };
                    let mut pairs = Vec::new();
                    for pair in table.range(from..to)? {
                        let (key, value) = pair?;
                        pairs.push((key.value().to_vec(), value.value().to_vec()));
                    }
                    Ok(pairs)
                }
            }

            /// The subjects of this version.
            pub(super) fn cases(name: &str) -> Vec<Case> {
                let store = |name: &str, durability| {
                    subject(name, move |dir| {
                        Ok(Store(Database::create(dir.join("log.redb"))?, durability))
                    })
                };
                let none = format!("{name}-none");
                vec![
                    Case::of(store(name, Durability::Immediate).created_before()),
                    Case::of(store(&format!("{name}-creation"), Durability::Immediate))
                        .longest(1)
                        .breaks(&[
                            "append-durability",
                            "open-after-crash",
                            "sticky-recovery",
                            "vote-durability",
                        ]),
                    Case::of(store(&none, Durability::None).created_before())
                        .forgets()
                        .breaks(&["append-durability", "vote-durability"])
                        .breaks_at_times(&["purge-finality", "truncate-finality", "write-order"]),
                ]
            }
        }
    };
}

binding!(redb_3);
binding!(redb_4);

pub(super) fn cases() -> Vec<Case> {
    let mut cases = redb_4::cases("redb-4");
    cases.extend(redb_3::cases("redb-3"));
    cases
}
