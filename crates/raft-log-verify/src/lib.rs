//! A harness that judges any Raft log store.
//!
//! Programs of operations are run on the store under test and on a reference log in memory, and
//! compared after every step by the [rules] of the contract. On a simulated disk the power is cut
//! as well.

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

pub mod audit;
pub mod bindings;
pub mod caller;
pub mod campaign;
pub mod counts;
pub mod crash;
pub mod damage;
pub mod fault;
mod halt;
pub mod kill;
pub mod log;
pub mod op;
pub mod payload;
pub mod reference;
pub mod reports;
pub mod rules;
pub mod runner;
pub mod seeded;
pub mod subject;
pub mod tally;
pub mod tasks;
mod text_form;

pub use bindings::openraft_0_9;
#[cfg(feature = "openraft_0_10")]
pub use bindings::openraft_0_10;
pub use campaign::{Config, NoProgress, Progress, Report, check};
pub use kill::serve_if_asked;
pub use log::{Log, LogError, LogReader};
pub use payload::{Labelled, Nested, Payload, PayloadSeed, PayloadShape, Shaped, Tagged};
pub use runner::{can_mount, serve_disk_if_asked};
pub use subject::{Caller, Capabilities, Health, Hints, Place, Subject, Tuning};
