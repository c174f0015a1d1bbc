//! Rule `read-range`.

use std::fmt::Debug;
use std::ops::RangeBounds;

use super::rule::{Rule, Severity, Violation};
use super::seen::texts;
use crate::log::ReadEntry;
use crate::reference::LogImage;
use crate::subject::Caller;

/// Statement, source and severity.
pub static RULE: Rule = Rule {
    name: "read-range",
    judged_from: Caller::Core,
    severity: Severity::Contract,
    statement: "a read returns exactly the entries held in its range, ascending, and does not panic; \
              core: a..b and a..=b of what is held; trait: empty ranges, unbounded ones, up to \
              u64::MAX; strict: also an excluded start and inverted ends",
    source: "documentation of RaftLogReader::try_get_log_entries; published stores panic on \
             unbounded ranges or return entries for an empty one",
    breach: "a read does not return the entries of its range",
    meaning: "the node applies or sends other entries than the log holds, or stops: openraft \
              takes a missing entry for a fatal error",
    not_compared: "ranges that the caller does not ask for",
};

/// Compares the entries that a read of `range` returned with those that `image` holds in it.
///
/// # Errors
/// They are not the ones held.
pub fn check_read(
    range: impl RangeBounds<u64> + Debug,
    read: &[ReadEntry],
    image: &LogImage,
) -> Result<(), Violation> {
    RULE.judged();
    let expected = image.entries.values().filter(|entry| range.contains(&entry.id.index));
    let expected = expected.map(|entry| entry.id);
    let read = read.iter().map(|entry| entry.id);
    RULE.require(read.clone().eq(expected.clone()), || {
        let (read, expected) = (texts(read), texts(expected));
        format!("a read of {range:?} returned {read:?}, expected {expected:?}")
    })
}

/// The violation of a read that failed.
#[must_use]
pub fn failed(range: &impl Debug, error: &impl std::fmt::Display) -> Violation {
    RULE.broken(format!("a read of {range:?} failed: {error}"))
}
