//! What makes a [`Log`](crate::log::Log) of a real API: one folder for each, and nothing outside of them knows it.

pub mod openraft_0_9;

use crate::seeded::PlainSubject;
use crate::subject::SuiteRun;

/// Starts the suite of the API that a plain WAL has a binding to.
pub(crate) fn suite_of_plain_wal(subject: PlainSubject) -> Option<SuiteRun> {
    Some(openraft_0_9::suite_of_plain_wal(subject))
}
