//! What a caller does to its log: the calls one by one, and which sequences of them openraft's core makes.
//!
//! The harness plays callers. That it plays the core truly is not believed but compared with recordings of
//! real nodes: every recorded [`History`] is accepted by [`CoreCaller`], and so is every program that the
//! harness runs as [`Caller::Core`](crate::Caller::Core).

mod call;
mod core_caller;
mod history;
mod recorded;
mod step;

pub use call::{Call, Run};
pub use core_caller::{CoreCaller, NotCore};
pub use history::{History, HistoryError};
pub use recorded::recorded;
pub use step::CoreStep;
