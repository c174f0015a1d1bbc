//! Bugs on purpose: a small correct store with one switch per bug, by which the harness itself is
//! tested. A rule that no switch turns red is a rule that may not work.

mod bug;
mod plain_subject;
mod plain_wal;

pub use bug::Bug;
pub use plain_subject::PlainSubject;
pub use plain_wal::PlainWal;
