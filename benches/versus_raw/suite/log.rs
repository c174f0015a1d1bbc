//! What a log is to the benchmark.

use std::io::Cursor;
use std::ops::Range;
use std::path::Path;

use openraft::{CommittedLeaderId, EntryPayload, LogId};

openraft::declare_raft_types!(
    /// Commands are text.
    pub Types: D = String, R = (), Node = ()
);

/// An entry of the benchmark's logs.
pub type Entry = openraft::Entry<Types>;

/// What is left to wait for of an append that was issued.
pub type Waiting = Box<dyn FnOnce()>;

/// A log that is measured. It stops the benchmark where something fails.
pub trait Log {
    /// Appends entries. They are durable on return.
    fn append(&mut self, entries: Vec<Entry>);

    /// Makes what this many appends in flight will need and is no part of their cost.
    fn ready(&mut self, _appends: usize) {}

    /// Issues an append of each entry for itself. All are durable on return.
    fn append_in_flight(&mut self, entries: Vec<Entry>) {
        for entry in entries {
            self.append(vec![entry]);
        }
    }

    /// Issues an append; it is durable when what is returned was called.
    fn begin(&mut self, entries: Vec<Entry>) -> Waiting {
        self.append(entries);
        Box::new(|| ())
    }

    /// The entries in the range, all of them.
    fn read(&mut self, range: Range<u64>) -> Vec<Entry>;

    /// Something that reads beside the log, on another thread, if there is such a thing.
    fn reader(&self) -> Option<Box<dyn Reader>> {
        None
    }

    /// Removes the entries from an index on; durable on return.
    fn truncate(&mut self, from: u64);

    /// Removes the entries up to an index; durable on return.
    fn purge(&mut self, upto: u64);

    /// Saves a vote; durable on return.
    fn vote(&mut self, term: u64);

    /// Syncs that the log has asked for, where they can be counted.
    fn syncs(&self) -> Option<u64> {
        None
    }

    /// Closes the log.
    fn close(self: Box<Self>);
}

/// Reads a log beside its writer.
pub trait Reader: Send {
    /// The entries in the range, all of them.
    fn read(&mut self, range: Range<u64>) -> Vec<Entry>;
}

/// A kind of log.
#[derive(Clone, Copy)]
pub struct Subject {
    pub name: &'static str,
    /// Opens the log in a directory, and makes it when there is none.
    pub open: fn(&Path) -> Box<dyn Log>,
    /// The same with a counter of syncs.
    pub counted: fn(&Path) -> Box<dyn Log>,
}

/// Text of a length, without anything that JSON has to escape.
pub fn text(bytes: usize) -> String {
    "set key-0123456789 to value-abcdefghij; "
        .chars()
        .cycle()
        .take(bytes)
        .collect()
}

/// Id of the entry at an index.
pub fn id(index: u64) -> LogId<u64> {
    LogId::new(CommittedLeaderId::new(1, 1), index)
}

/// Entries with consecutive indexes.
pub fn entries(range: Range<u64>, text: &str) -> Vec<Entry> {
    let entry = |index| Entry {
        log_id: id(index),
        payload: EntryPayload::Normal(text.to_owned()),
    };
    range.map(entry).collect()
}

/// Appends entries in batches.
pub fn fill(log: &mut dyn Log, range: Range<u64>, batch: u64, text: &str) {
    for first in range.clone().step_by(batch as usize) {
        log.append(entries(first..range.end.min(first + batch), text));
    }
}
