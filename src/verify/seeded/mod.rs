//! Bugs on purpose: a small correct store and the store of this package, with one switch per bug,
//! by which the harness itself is tested. A rule that no switch turns red is a rule that may not
//! work. And stores that are odd and correct, by which it is tested the other way round.

mod bug;
mod bug_id;
mod corpus;
mod oddity;
mod plain_subject;
mod plain_wal;

pub use bug::Bug;
pub use bug_id::{BugId, Part};
pub use oddity::Oddity;
pub use plain_subject::PlainSubject;
pub use plain_wal::PlainWal;
