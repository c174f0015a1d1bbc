//! Makes a [`Log`](crate::log::Log) of the stores of a real API. Each API has a folder; nothing outside of these
//! folders names it.

mod bound;
mod defaults;
mod door;
mod made;
mod nodes;
#[cfg(feature = "openraft_0_10")]
pub mod openraft_0_10;
pub mod openraft_0_9;
mod ratchet;
mod signs;
mod test_source;
mod tried;
mod values;

pub use bound::Bound;
pub use door::Store;
pub use values::{Types, Values};
