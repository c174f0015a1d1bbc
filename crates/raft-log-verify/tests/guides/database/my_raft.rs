//! A store in a database. The database is a stand-in with the shape of an embedded one: a file that one process opens,
//! transactions, and a commit that is durable when it returns.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::fs::{self, File};
use std::io::{self, Cursor, Write as _};
use std::ops::RangeBounds;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use openraft::storage::{LogFlushed, RaftLogStorage};
use openraft::{
    Entry, LogId, LogState, OptionalSend, RaftLogReader, StorageError, StorageIOError, Vote,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Request {
    pub key: String,
    pub value: Option<String>,
}

openraft::declare_raft_types!(pub Types: D = Request, R = (), SnapshotData = Cursor<Vec<u8>>);

type Fallible<T> = Result<T, StorageError<u64>>;

/// What is in the database: values by their keys.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Tables {
    log: BTreeMap<u64, String>,
    meta: BTreeMap<String, String>,
}

/// The database.
pub struct Database {
    path: PathBuf,
    tables: Mutex<Tables>,
    /// Nobody else opens it while this is locked.
    _lock: File,
}

pub fn open_database(path: &Path) -> io::Result<Database> {
    let lock = File::create(path.with_extension("lock"))?;
    lock.try_lock().map_err(io::Error::other)?;
    let tables = match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Tables::default(),
        json => serde_json::from_slice(&json?)?,
    };
    let database = Database {
        path: path.to_owned(),
        tables: Mutex::new(tables),
        _lock: lock,
    };
    database.write(|_| Ok(()))?;
    Ok(database)
}

impl Database {
    /// Does a transaction; durable when it returns.
    fn write(&self, change: impl FnOnce(&mut Tables) -> io::Result<()>) -> io::Result<()> {
        let mut tables = self.tables.lock().unwrap();
        let mut new = tables.clone();
        change(&mut new)?;
        let beside = self.path.with_extension("new");
        let mut file = File::create(&beside)?;
        file.write_all(&serde_json::to_vec(&new)?)?;
        file.sync_all()?;
        fs::rename(&beside, &self.path)?;
        File::open(self.path.parent().unwrap_or(Path::new("/")))?.sync_all()?;
        *tables = new;
        Ok(())
    }

    fn read(&self) -> Tables {
        self.tables.lock().unwrap().clone()
    }
}

/// The store.
#[derive(Clone)]
pub struct DbStore(Arc<Database>);

fn failed(error: &io::Error) -> StorageError<u64> {
    StorageIOError::write(error).into()
}

fn decoded<T: DeserializeOwned>(json: &str) -> Fallible<T> {
    serde_json::from_str(json).map_err(|error| failed(&error.into()))
}

impl DbStore {
    pub fn new(database: Database) -> io::Result<Self> {
        Ok(Self(Arc::new(database)))
    }

    fn meta<T: DeserializeOwned>(&self, key: &str) -> Fallible<Option<T>> {
        let tables = self.0.read();
        tables.meta.get(key).map(|json| decoded(json)).transpose()
    }

    fn set_meta(&self, key: &str, value: &impl Serialize) -> Fallible<()> {
        let written = self.0.write(|tables| {
            tables
                .meta
                .insert(key.to_owned(), serde_json::to_string(value)?);
            Ok(())
        });
        written.map_err(|error| failed(&error))
    }

    fn write(&self, change: impl FnOnce(&mut Tables) -> io::Result<()>) -> Fallible<()> {
        self.0.write(change).map_err(|error| failed(&error))
    }
}

impl RaftLogReader<Types> for DbStore {
    async fn try_get_log_entries<R: RangeBounds<u64> + Clone + Debug + OptionalSend>(
        &mut self,
        range: R,
    ) -> Fallible<Vec<Entry<Types>>> {
        let tables = self.0.read();
        tables
            .log
            .range(range)
            .map(|(_, json)| decoded(json))
            .collect()
    }
}

impl RaftLogStorage<Types> for DbStore {
    type LogReader = Self;

    async fn get_log_state(&mut self) -> Fallible<LogState<Types>> {
        let purged = self.meta("purged")?;
        let tables = self.0.read();
        let last = tables.log.values().next_back();
        let last: Option<Entry<Types>> = last.map(|json| decoded(json)).transpose()?;
        Ok(LogState {
            last_purged_log_id: purged,
            last_log_id: last.map(|entry| entry.log_id).or(purged),
        })
    }

    async fn get_log_reader(&mut self) -> Self {
        self.clone()
    }

    async fn save_vote(&mut self, vote: &Vote<u64>) -> Fallible<()> {
        self.set_meta("vote", vote)
    }

    async fn read_vote(&mut self) -> Fallible<Option<Vote<u64>>> {
        self.meta("vote")
    }

    async fn save_committed(&mut self, committed: Option<LogId<u64>>) -> Fallible<()> {
        self.set_meta("committed", &committed)
    }

    async fn read_committed(&mut self) -> Fallible<Option<LogId<u64>>> {
        Ok(self.meta("committed")?.flatten())
    }

    async fn append<I>(&mut self, entries: I, callback: LogFlushed<Types>) -> Fallible<()>
    where
        I: IntoIterator<Item = Entry<Types>> + OptionalSend,
        I::IntoIter: OptionalSend,
    {
        self.write(|tables| {
            for entry in entries {
                let json = serde_json::to_string(&entry)?;
                tables.log.insert(entry.log_id.index, json);
            }
            Ok(())
        })?;
        callback.log_io_completed(Ok(()));
        Ok(())
    }

    async fn truncate(&mut self, from: LogId<u64>) -> Fallible<()> {
        self.write(|tables| {
            tables.log.split_off(&from.index);
            Ok(())
        })
    }

    async fn purge(&mut self, upto: LogId<u64>) -> Fallible<()> {
        self.write(|tables| {
            tables.log = tables.log.split_off(&(upto.index + 1));
            let json = serde_json::to_string(&upto)?;
            tables.meta.insert("purged".to_owned(), json);
            Ok(())
        })
    }
}
