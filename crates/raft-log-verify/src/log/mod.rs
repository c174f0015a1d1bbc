//! The harness's own types: the log under test, and what goes into it and comes out of it.
//!
//! Programs, reference log and rules know these types only. A [binding](crate::bindings) makes a [`Log`] of
//! the log store of a real API.

mod ack;
mod api;
mod entry;
mod grown;
mod log_id;
mod range;
mod state;
mod vote;

pub use ack::{Ack, Flushed, PendingAppend};
pub use api::{Log, LogError, LogReader, NoReader};
pub use entry::{Entry, EntryContent, ReadEntry};
pub use grown::{Content, Grown, Members};
pub use log_id::LogId;
pub use range::{Form, IndexRange};
pub use state::LogState;
pub use vote::Vote;
