//! raft-log: calls are written by `flush`, whose callback promises that they are durable.

use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};

use raft_log::api::raft_log_writer::RaftLogWriter as _;
use raft_log::{Callback, Config, RaftLog, Types};

use crate::suite::log::{Entry, Log, Reader, Subject, Waiting, id};

/// Term, node and index.
pub type Id = ((u64, u64), u64);

/// What the log holds: entries as JSON.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Kinds;

impl Types for Kinds {
    type LogId = Id;
    type LogPayload = Vec<u8>;
    type Vote = Id;
    type Callback = Told;
    type UserData = String;

    fn log_index(id: &Id) -> u64 {
        id.1
    }

    fn payload_size(payload: &Vec<u8>) -> u64 {
        payload.len() as u64
    }
}

/// Called when a flush is through.
pub struct Told(Box<dyn FnOnce(io::Result<()>) + Send>);

impl Told {
    pub fn new(call: impl FnOnce(io::Result<()>) + Send + 'static) -> Self {
        Self(Box::new(call))
    }
}

impl Callback for Told {
    fn send(self, result: io::Result<()>) {
        (self.0)(result);
    }
}

/// The log; readers share it.
#[derive(Clone)]
pub struct Store(pub Arc<Mutex<RaftLog<Kinds>>>);

/// The subject.
pub fn subject() -> Subject {
    Subject {
        name: "raft-log 0.4",
        open,
        counted: open,
    }
}

fn open(dir: &Path) -> Box<dyn Log> {
    Box::new(Store::open(dir))
}

/// An id as the log has it.
pub fn triple(id: openraft::LogId<u64>) -> Id {
    ((id.leader_id.term, id.leader_id.node_id), id.index)
}

impl Store {
    pub fn open(dir: &Path) -> Self {
        std::fs::create_dir_all(dir).unwrap();
        let log = RaftLog::open(Arc::new(Config::new(dir.display()))).unwrap();
        Self(Arc::new(Mutex::new(log)))
    }

    /// Issues an append; the callback is called when it is durable.
    pub fn issue(&self, entries: impl IntoIterator<Item = Entry>, told: Told) -> io::Result<()> {
        let encoded = |entry: Entry| (triple(entry.log_id), serde_json::to_vec(&entry).unwrap());
        let encoded: Vec<_> = entries.into_iter().map(encoded).collect();
        let mut log = self.0.lock().unwrap();
        log.append(encoded)?;
        log.flush(true, Some(told))
    }

    /// Makes a change; it is durable on return.
    pub fn change<T>(&self, change: impl FnOnce(&mut RaftLog<Kinds>) -> io::Result<T>) {
        let (tell, told) = answer();
        let mut log = self.0.lock().unwrap();
        change(&mut log).unwrap();
        log.flush(true, Some(tell)).unwrap();
        drop(log);
        told.recv().unwrap().unwrap();
    }

    /// The entries in the range.
    pub fn entries(&self, range: Range<u64>) -> Vec<Entry> {
        let log = self.0.lock().unwrap();
        let entries = log.read(range.start, range.end);
        entries
            .map(|entry| serde_json::from_slice(&entry.unwrap().1).unwrap())
            .collect()
    }
}

fn answer() -> (Told, Receiver<io::Result<()>>) {
    let (tell, told): (SyncSender<_>, _) = sync_channel(1);
    (Told::new(move |result| Callback::send(tell, result)), told)
}

impl Reader for Store {
    fn read(&mut self, range: Range<u64>) -> Vec<Entry> {
        self.entries(range)
    }
}

impl Log for Store {
    fn append(&mut self, entries: Vec<Entry>) {
        self.begin(entries)();
    }

    fn append_in_flight(&mut self, entries: Vec<Entry>) {
        let issued: Vec<Waiting> = entries
            .into_iter()
            .map(|entry| self.begin(vec![entry]))
            .collect();
        issued.into_iter().for_each(|waiting| waiting());
    }

    fn begin(&mut self, entries: Vec<Entry>) -> Waiting {
        let (tell, told) = answer();
        self.issue(entries, tell).unwrap();
        Box::new(move || told.recv().unwrap().unwrap())
    }

    fn read(&mut self, range: Range<u64>) -> Vec<Entry> {
        self.entries(range)
    }

    fn reader(&self) -> Option<Box<dyn Reader>> {
        Some(Box::new(self.clone()))
    }

    fn truncate(&mut self, from: u64) {
        self.change(|log| log.truncate(from));
    }

    fn purge(&mut self, upto: u64) {
        self.change(|log| log.purge(triple(id(upto))));
    }

    fn vote(&mut self, term: u64) {
        self.change(|log| log.save_vote(((term, 1), 1)));
    }

    fn close(self: Box<Self>) {}
}
