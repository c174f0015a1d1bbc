//! A store in files, as an author writes one: one file to which records are appended, and one for the vote.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Cursor, Read as _, Seek as _, SeekFrom, Write as _};
use std::ops::RangeBounds;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use openraft::storage::{LogFlushed, RaftLogStorage};
use openraft::{
    Entry, LogId, LogState, OptionalSend, RaftLogReader, StorageError, StorageIOError, Vote,
};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Command {
    Set { key: String, value: Vec<u8> },
    Remove { key: String },
}

openraft::declare_raft_types!(pub Types: D = Command, R = (), SnapshotData = Cursor<Vec<u8>>);

#[derive(Serialize, Deserialize)]
enum Record {
    Append(Entry<Types>),
    Truncate(u64),
    Purge(LogId<u64>),
}

struct Inner {
    dir: PathBuf,
    file: File,
    vote: Option<Vote<u64>>,
    purged: Option<LogId<u64>>,
    log: BTreeMap<u64, Entry<Types>>,
}

#[derive(Clone)]
pub struct FileStore(Arc<Mutex<Inner>>);

/// Tells a whole line from a torn one.
fn checksum(bytes: &[u8]) -> u64 {
    const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;
    let step = |sum: u64, byte: &u8| (sum ^ u64::from(*byte)).wrapping_mul(PRIME);
    bytes.iter().fold(BASIS, step)
}

fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

impl FileStore {
    pub fn open(dir: &Path) -> io::Result<Self> {
        let path = dir.join("log");
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(path)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let vote = match fs::read(dir.join("vote")) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            json => Some(serde_json::from_slice(&json?)?),
        };
        let mut inner = Inner {
            dir: dir.to_owned(),
            file,
            vote,
            purged: None,
            log: BTreeMap::new(),
        };
        let mut whole = 0;
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let Some(record) = decode(line) else { break };
            inner.apply(record);
            whole += line.len() as u64;
        }
        // A torn line goes, and what was read is made durable before it is shown.
        inner.file.set_len(whole)?;
        inner.file.seek(SeekFrom::Start(whole))?;
        inner.file.sync_all()?;
        sync_dir(dir)?;
        Ok(Self(Arc::new(Mutex::new(inner))))
    }

    fn change<T>(
        &self,
        change: impl FnOnce(&mut Inner) -> io::Result<T>,
    ) -> Result<T, StorageError<u64>> {
        let changed = change(&mut self.0.lock().unwrap());
        changed.map_err(|error| StorageIOError::write(&error).into())
    }
}

fn decode(line: &[u8]) -> Option<Record> {
    let (sum, json) = line.strip_suffix(b"\n")?.split_at_checked(16)?;
    let sum = u64::from_str_radix(std::str::from_utf8(sum).ok()?, 16).ok()?;
    (sum == checksum(json)).then(|| serde_json::from_slice(json).ok())?
}

impl Inner {
    fn apply(&mut self, record: Record) {
        match record {
            Record::Append(entry) => drop(self.log.insert(entry.log_id.index, entry)),
            Record::Truncate(from) => drop(self.log.split_off(&from)),
            Record::Purge(upto) => {
                self.log = self.log.split_off(&(upto.index + 1));
                self.purged = Some(upto);
            }
        }
    }

    fn write(&mut self, records: Vec<Record>) -> io::Result<()> {
        let mut lines = Vec::new();
        for record in &records {
            let json = serde_json::to_vec(record)?;
            write!(lines, "{:016x}", checksum(&json))?;
            lines.extend(json);
            lines.push(b'\n');
        }
        self.file.write_all(&lines)?;
        self.file.sync_data()?;
        records.into_iter().for_each(|record| self.apply(record));
        Ok(())
    }

    fn write_vote(&mut self, vote: Vote<u64>) -> io::Result<()> {
        let new = self.dir.join("vote.new");
        let mut file = File::create(&new)?;
        file.write_all(&serde_json::to_vec(&vote)?)?;
        file.sync_all()?;
        fs::rename(&new, self.dir.join("vote"))?;
        sync_dir(&self.dir)?;
        self.vote = Some(vote);
        Ok(())
    }
}

impl RaftLogReader<Types> for FileStore {
    async fn try_get_log_entries<R: RangeBounds<u64> + Clone + Debug + OptionalSend>(
        &mut self,
        range: R,
    ) -> Result<Vec<Entry<Types>>, StorageError<u64>> {
        let inner = self.0.lock().unwrap();
        Ok(inner
            .log
            .range(range)
            .map(|(_, entry)| entry.clone())
            .collect())
    }
}

impl RaftLogStorage<Types> for FileStore {
    type LogReader = Self;

    async fn get_log_state(&mut self) -> Result<LogState<Types>, StorageError<u64>> {
        let inner = self.0.lock().unwrap();
        let last = inner.log.values().next_back().map(|entry| entry.log_id);
        Ok(LogState {
            last_purged_log_id: inner.purged,
            last_log_id: last.or(inner.purged),
        })
    }

    async fn get_log_reader(&mut self) -> Self {
        self.clone()
    }

    async fn save_vote(&mut self, vote: &Vote<u64>) -> Result<(), StorageError<u64>> {
        self.change(|inner| inner.write_vote(*vote))
    }

    async fn read_vote(&mut self) -> Result<Option<Vote<u64>>, StorageError<u64>> {
        Ok(self.0.lock().unwrap().vote)
    }

    async fn append<I>(
        &mut self,
        entries: I,
        callback: LogFlushed<Types>,
    ) -> Result<(), StorageError<u64>>
    where
        I: IntoIterator<Item = Entry<Types>> + OptionalSend,
        I::IntoIter: OptionalSend,
    {
        let records = entries.into_iter().map(Record::Append).collect();
        self.change(|inner| inner.write(records))?;
        callback.log_io_completed(Ok(()));
        Ok(())
    }

    async fn truncate(&mut self, from: LogId<u64>) -> Result<(), StorageError<u64>> {
        self.change(|inner| inner.write(vec![Record::Truncate(from.index)]))
    }

    async fn purge(&mut self, upto: LogId<u64>) -> Result<(), StorageError<u64>> {
        self.change(|inner| inner.write(vec![Record::Purge(upto)]))
    }
}
