//! A store for the types of one application, which writes on a thread of its own.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Cursor, Write as _};
use std::net::{AddrParseError, SocketAddr};
use std::ops::RangeBounds;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, mpsc};
use std::thread::JoinHandle;

use openraft::storage::{LogFlushed, RaftLogStorage};
use openraft::{
    Entry, LogId, LogState, OptionalSend, RaftLogReader, StorageError, StorageIOError, Vote,
};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

/// A command. Its kind stands beside its fields, so nothing can be made of it without knowing a kind.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "kebab-case")]
pub enum Command {
    Push { queue: String, body: String },
    Pop { queue: String },
}

impl Command {
    pub fn push(queue: &str, body: String) -> Self {
        let queue = queue.to_owned();
        Self::Push { queue, body }
    }
}

/// A node, which has a real address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peer {
    address: SocketAddr,
}

impl Peer {
    pub fn new(address: String) -> Result<Self, AddrParseError> {
        Ok(Self {
            address: address.parse()?,
        })
    }
}

impl Default for Peer {
    fn default() -> Self {
        Self {
            address: SocketAddr::from(([0, 0, 0, 0], 0)),
        }
    }
}

openraft::declare_raft_types!(
    pub Types: D = Command, R = (), NodeId = u16, Node = Peer, SnapshotData = Cursor<Vec<u8>>
);

type Fallible<T> = Result<T, StorageError<u16>>;

#[derive(Clone, Serialize, Deserialize)]
enum Record {
    Vote(Vote<u16>),
    Append(Vec<Entry<Types>>),
    Truncate(u64),
    Purge(LogId<u16>),
}

#[derive(Default)]
struct State {
    vote: Option<Vote<u16>>,
    purged: Option<LogId<u16>>,
    log: BTreeMap<u64, Entry<Types>>,
}

impl State {
    fn apply(&mut self, record: Record) {
        match record {
            Record::Vote(vote) => self.vote = Some(vote),
            Record::Append(entries) => {
                let entries = entries.into_iter().map(|entry| (entry.log_id.index, entry));
                self.log.extend(entries);
            }
            Record::Truncate(from) => drop(self.log.split_off(&from)),
            Record::Purge(upto) => {
                self.log = self.log.split_off(&(upto.index + 1));
                self.purged = Some(upto);
            }
        }
    }
}

/// Is called when a record is durable.
type Done = Box<dyn FnOnce(io::Result<()>) + Send>;

type Jobs = mpsc::Sender<(Record, Done)>;

#[derive(Clone)]
pub struct LogReader(Arc<Mutex<State>>);

pub struct AppLog {
    state: Arc<Mutex<State>>,
    jobs: Jobs,
    writer: JoinHandle<()>,
}

fn checksum(bytes: &[u8]) -> u32 {
    let step = |sum: u32, byte: &u8| (sum ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
    bytes.iter().fold(0x811c_9dc5, step)
}

/// The next record and its length on disk; `None` at the end, and where it is torn.
fn record(bytes: &[u8]) -> Option<(Record, usize)> {
    let (len, rest) = bytes.split_first_chunk()?;
    let (sum, rest) = rest.split_first_chunk()?;
    let json = rest.get(..usize::try_from(u32::from_le_bytes(*len)).ok()?)?;
    let whole = !json.is_empty() && checksum(json) == u32::from_le_bytes(*sum);
    let record = whole.then(|| serde_json::from_slice(json).ok())??;
    Some((record, json.len() + 8))
}

fn write(file: &mut File, record: &Record) -> io::Result<()> {
    let json = serde_json::to_vec(record)?;
    let len = u32::try_from(json.len()).map_err(io::Error::other)?;
    let mut bytes = len.to_le_bytes().to_vec();
    bytes.extend(checksum(&json).to_le_bytes());
    bytes.extend(json);
    file.write_all(&bytes)?;
    file.sync_data()
}

impl AppLog {
    pub async fn open(dir: PathBuf) -> io::Result<Self> {
        let path = dir.join("app.log");
        let options = OpenOptions::new().create(true).append(true).clone();
        let mut file = options.open(&path)?;
        let bytes = fs::read(&path)?;
        let (mut state, mut rest) = (State::default(), bytes.as_slice());
        while let Some((record, len)) = record(rest) {
            state.apply(record);
            rest = rest.get(len..).unwrap_or_default();
        }
        file.set_len((bytes.len() - rest.len()) as u64)?;
        file.sync_all()?;
        File::open(&dir)?.sync_all()?;
        let (jobs, queue) = mpsc::channel::<(Record, Done)>();
        let writer = std::thread::spawn(move || {
            for (record, done) in queue {
                let written = write(&mut file, &record);
                let failed = written.is_err();
                done(written);
                if failed {
                    return;
                }
            }
        });
        let state = Arc::new(Mutex::new(state));
        Ok(Self {
            state,
            jobs,
            writer,
        })
    }

    /// Waits until all is written, and the file is free.
    pub async fn close(self) -> io::Result<()> {
        drop(self.jobs);
        let joined = self.writer.join();
        joined.map_err(|_| io::Error::other("the writer panicked"))
    }

    fn submit(&self, record: Record, done: Done) {
        self.state.lock().unwrap().apply(record.clone());
        // Where the writer has ended, `done` is dropped, which is the answer.
        let _ = self.jobs.send((record, done));
    }

    async fn written(&self, record: Record) -> Fallible<()> {
        let (tell, told) = oneshot::channel();
        self.submit(record, Box::new(move |written| drop(tell.send(written))));
        let gone = |_| Err(io::Error::other("the writer is gone"));
        let written = told.await.unwrap_or_else(gone);
        written.map_err(|error| StorageIOError::write(&error).into())
    }
}

impl RaftLogReader<Types> for LogReader {
    async fn try_get_log_entries<R: RangeBounds<u64> + Clone + Debug + OptionalSend>(
        &mut self,
        range: R,
    ) -> Fallible<Vec<Entry<Types>>> {
        let state = self.0.lock().unwrap();
        Ok(state
            .log
            .range(range)
            .map(|(_, entry)| entry.clone())
            .collect())
    }
}

impl RaftLogReader<Types> for AppLog {
    async fn try_get_log_entries<R: RangeBounds<u64> + Clone + Debug + OptionalSend>(
        &mut self,
        range: R,
    ) -> Fallible<Vec<Entry<Types>>> {
        self.get_log_reader().await.try_get_log_entries(range).await
    }
}

impl RaftLogStorage<Types> for AppLog {
    type LogReader = LogReader;

    async fn get_log_state(&mut self) -> Fallible<LogState<Types>> {
        let state = self.state.lock().unwrap();
        let last = state.log.values().next_back().map(|entry| entry.log_id);
        Ok(LogState {
            last_purged_log_id: state.purged,
            last_log_id: last.or(state.purged),
        })
    }

    async fn get_log_reader(&mut self) -> LogReader {
        LogReader(Arc::clone(&self.state))
    }

    async fn save_vote(&mut self, vote: &Vote<u16>) -> Fallible<()> {
        self.written(Record::Vote(*vote)).await
    }

    async fn read_vote(&mut self) -> Fallible<Option<Vote<u16>>> {
        Ok(self.state.lock().unwrap().vote)
    }

    async fn append<I>(&mut self, entries: I, callback: LogFlushed<Types>) -> Fallible<()>
    where
        I: IntoIterator<Item = Entry<Types>> + OptionalSend,
        I::IntoIter: OptionalSend,
    {
        let entries = entries.into_iter().collect();
        let done = Box::new(|written| callback.log_io_completed(written));
        self.submit(Record::Append(entries), done);
        Ok(())
    }

    async fn truncate(&mut self, from: LogId<u16>) -> Fallible<()> {
        self.written(Record::Truncate(from.index)).await
    }

    async fn purge(&mut self, upto: LogId<u16>) -> Fallible<()> {
        self.written(Record::Purge(upto)).await
    }
}
