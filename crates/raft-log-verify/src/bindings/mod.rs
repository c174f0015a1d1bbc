//! What makes a [`Log`](crate::log::Log) of a real API: one folder for each, and nothing outside of them knows it.

mod defaults;
mod door;
mod nodes;
mod open;
#[cfg(feature = "openraft_0_10")]
pub mod openraft_0_10;
pub mod openraft_0_9;
mod values;

pub use door::{Api, Store};
pub use values::{Types, Values};
