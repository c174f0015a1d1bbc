//! The sync audit: which sync of a store is needed for what, seen by leaving out one at a time.
//!
//! [`Ignoring`] is a subject around another one: it lets the store run on a file system that answers
//! the syncs of one place in the source with Ok and does nothing. It stands between the store and
//! the disk wherever the store is opened, so the syncs of a recovery are left out too.

mod ignoring;
mod site;
mod skip_fs;

pub use ignoring::Ignoring;
pub use site::{Site, Synced, sort_sites};
pub use skip_fs::{Heard, Skip, SkipFs, Skipped};
