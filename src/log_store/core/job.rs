//! What stands in a log's queue.

use std::io;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::records::Records;
use crate::log_store::LogStoreError;

/// Called once with the outcome of an append.
pub(crate) type Callback = Box<dyn FnOnce(io::Result<()>) + Send>;

/// Takes the outcome of a job to whoever waits for it.
pub(crate) type Reply = oneshot::Sender<Result<(), LogStoreError>>;

/// Tells whoever still waits.
pub(super) fn answer(done: Option<Reply>, result: Result<(), LogStoreError>) {
    if let Some(done) = done {
        // The waiting future may have been dropped; the write stands all the same.
        let _unheard = done.send(result);
    }
}

/// Calls a [`Callback`] exactly once, with an error when it is dropped before.
pub(crate) struct Completion(Option<Callback>);

impl Completion {
    pub(crate) fn new(callback: Callback) -> Self {
        Self(Some(callback))
    }

    pub(crate) fn call(mut self, result: io::Result<()>) {
        if let Some(callback) = self.0.take() {
            callback(result);
        }
    }
}

impl Drop for Completion {
    fn drop(&mut self) {
        if let Some(callback) = self.0.take() {
            callback(Err(io::Error::other(
                "the log's writer ended before the append",
            )));
        }
    }
}

/// An append in the queue.
pub(crate) struct AppendJob {
    /// Position among all appends of the log.
    pub(crate) seq: u64,
    /// The entries; may be none.
    pub(crate) records: Arc<Records>,
    /// Told when the entries are durable.
    pub(crate) done: Completion,
    /// The room that the append takes in the queue, given back when it is dropped.
    pub(crate) room: Option<OwnedSemaphorePermit>,
}

/// A write that waits for its turn.
pub(crate) enum Job {
    Append(AppendJob),
    /// Remove the entries from an index on.
    Truncate {
        from: u64,
        done: Option<Reply>,
    },
    /// Write the purge file, hide the entries up to an index, and remove all others too if so
    /// told.
    Purge {
        file: Vec<u8>,
        index: u64,
        cut_above: bool,
        done: Reply,
    },
    /// Replace the vote file.
    Vote {
        file: Vec<u8>,
        done: Reply,
    },
    /// Overwrite the committed file.
    Committed {
        file: Vec<u8>,
    },
    /// Nothing: answered in its turn, when everything issued before is durable.
    Settle {
        done: Reply,
    },
    /// Close the partition; the last job of every queue.
    Close {
        done: Option<Reply>,
    },
}
