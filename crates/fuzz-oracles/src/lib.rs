//! What the fuzz targets run that concern the log store: one function per target, from bytes to a property
//! that must hold. Those of the engine's own files are in the engine, which cargo-fuzz compiles with them.
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
mod directory;
mod log_store_ops;
mod open_partition;
mod payloads;
mod record;
mod seeds;
mod source;
mod state_files;
mod stored_line;
mod types;

/// The second implementation of the engine's files: shared with the engine's own fuzz targets, which are
/// compiled only for its tests and for cargo-fuzz.
#[path = "../../timevault/src/fuzz/oracle/mod.rs"]
mod oracle;

pub use decode::decode;
pub use decode_structured::decode_structured;
pub use directory::entry_key;
pub use log_store_ops::log_store_ops;
pub use open_partition::open_partition;
pub use payloads::payloads;
pub use record::record;
pub use seeds::{Seed, seeds};
pub use state_files::state_files;
pub use types::AnyTypes;

/// A target: its name, which is that of its directory of seeds, and its function.
pub type Target = (&'static str, fn(&[u8]));

/// All targets of which a part is in this crate, ascending by name.
pub const TARGETS: [Target; 7] = [
    ("decode", decode),
    ("decode_structured", decode_structured),
    ("log_store_ops", log_store_ops),
    ("open_partition", open_partition),
    ("payloads", payloads),
    ("record", record),
    ("state_files", state_files),
];

/// The targets of which a part is in the engine.
pub const ENGINE_TARGETS: [&str; 4] = ["index", "manifest", "record", "scan"];
