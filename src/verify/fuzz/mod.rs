//! What the fuzz targets run: one function per target, from bytes to a property that must hold.
//!
//! A function returns when everything that must hold did. It panics when something did not: that
//! is what a fuzzer takes for a finding, and a test for a failure.

#![allow(
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a panic is how a finding shows"
)]

mod archive;
mod decode;
mod decode_structured;
mod index;
mod log_store_ops;
mod manifest;
mod open_partition;
mod oracle;
mod payloads;
mod record;
mod repair;
mod scan;
mod seeds;
mod source;
mod state_files;
mod types;

pub use decode::decode;
pub use decode_structured::decode_structured;
pub use index::index;
pub use log_store_ops::log_store_ops;
pub use manifest::manifest;
pub use open_partition::open_partition;
pub use payloads::payloads;
pub use record::record;
pub use scan::scan;
pub use seeds::{Seed, seeds};
pub use state_files::state_files;
pub use types::AnyTypes;

/// A target: its name, which is that of its directory of seeds, and its function.
pub type Target = (&'static str, fn(&[u8]));

/// All targets, ascending by name.
pub const TARGETS: [Target; 10] = [
    ("decode", decode),
    ("decode_structured", decode_structured),
    ("index", index),
    ("log_store_ops", log_store_ops),
    ("manifest", manifest),
    ("open_partition", open_partition),
    ("payloads", payloads),
    ("record", record),
    ("scan", scan),
    ("state_files", state_files),
];
