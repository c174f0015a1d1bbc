//! Looking at a log from outside: is it whole, and what is in it? For any type config.
//!
//! Built on [`timevault::inspect`], which looks at partitions. Adds what belongs to a Raft log: the vote,
//! the purged id, the committed id and the log ids of the entries. Damage and what a crash leaves are told
//! apart by the same code as in an open. Nothing is written and no lock is taken.
//!
//! ```no_run
//! use openraft_timevault::inspect::LogInspector;
//! use openraft_timevault::timevault::inspect::Severity;
//!
//! let inspector = LogInspector::default();
//! let target = inspector.target("/var/lib/node-1/log".as_ref())?;
//! for dir in &target.partitions {
//!     let report = inspector.log(dir, target.lock, &mut ());
//!     assert!(report.partition.severity() < Severity::Damage, "{:?}", report.partition.findings);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod any_entry;
mod contents;
mod ids;
mod kind;
mod log;
mod small_files;

pub use any_entry::{AnyEntry, EntryKind, EntryView};
pub use ids::{AnyLeaderId, AnyLogId, AnyNodeId};
pub use kind::*;
pub use log::{LogInspector, LogReport, LogState};
pub use small_files::SmallFiles;
