//! Rule `reader-atomicity`.

use std::fmt::Debug;
use std::ops::RangeBounds;

use super::rule::{Rule, Severity, Violation};
use super::seen::texts;
use super::{entry_fidelity, read_range};
use crate::log::ReadEntry;
use crate::reference::LogImage;
use crate::subject::Caller;

/// Statement, source and severity.
pub static RULE: Rule = Rule {
    name: "reader-atomicity",
    judged_from: Caller::Core,
    severity: Severity::Fatal,
    statement: "a read concurrent with writes equals the log at one moment between its call and its \
              return; never a hole, never old and new suffix mixed",
    source: "what the core relies on when it replicates",
    breach: "a read beside a write shows a log that never was",
    meaning: "a leader may send a follower entries that never stood in one log together",
    not_compared: "which of the moments",
};

/// Compares what a read of `range` returned with the log at each of `moments`.
///
/// # Errors
/// It equals the log at none of them.
pub fn check_read(
    range: impl RangeBounds<u64> + Clone + Debug,
    read: &[ReadEntry],
    moments: &[LogImage],
) -> Result<(), Violation> {
    RULE.judged();
    let equals = |image: &LogImage| {
        read_range::check_read(range.clone(), read, image).is_ok()
            && entry_fidelity::check_read(read, image).is_ok()
    };
    RULE.require(moments.iter().any(equals), || {
        format!(
            "a read of {range:?} during writes returned {:?}, which was the log at none of {} moments, \
             from {:?} to {:?}",
            texts(read.iter().map(|entry| entry.id)),
            moments.len(),
            moments.first(),
            moments.last()
        )
    })
}
