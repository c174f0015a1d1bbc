//! What is to be done on the disk.

use tokio::sync::oneshot;

use super::closing::Closing;
use super::record::Record;
use crate::log::{Ack, Vote};

/// Lines to write, and who is told when they are durable.
pub(crate) type Append = (Vec<Record>, Ack);

/// A job of the writer.
pub(crate) enum Job {
    /// Write lines, sync, call back.
    Append(Append),
    /// Write lines, sync, answer.
    Lines(Vec<Record>, oneshot::Sender<Result<(), String>>),
    /// Replace the vote, answer.
    Vote(Vote, oneshot::Sender<Result<(), String>>),
    /// End once all earlier jobs are done, and drop the mark when the lock is free.
    Close(Closing),
    /// End at once; only a bug sends it.
    Stop,
}
