//! Rule `read-limited`.

use super::rule::{Rule, Severity, Violation};
use crate::log::ReadEntry;
use crate::reference::LogImage;
use crate::subject::Caller;

/// Statement, source and severity.
pub static RULE: Rule = Rule {
    name: "read-limited",
    judged_from: Caller::Core,
    severity: Severity::Fatal,
    statement: "limited_get_log_entries on a range that holds entries returns a non-empty prefix \
              beginning at its start",
    source: "documentation of RaftLogReader::limited_get_log_entries",
    breach: "a limited read returns nothing, or what it was not asked for",
    meaning: "a follower that lags gets wrong entries, or never gets the next one",
    not_compared: "where the prefix ends",
};

/// Compares what a limited read of `start .. end` returned.
///
/// # Errors
/// It is not a prefix of what is held, or empty where something is.
pub fn check_read(
    (start, end): (u64, u64),
    read: &[ReadEntry],
    image: &LogImage,
) -> Result<(), Violation> {
    RULE.judged();
    let expected: Vec<_> = match start < end {
        true => image.entries.range(start..end).map(|(_, entry)| &entry.id).collect(),
        false => Vec::new(),
    };
    let got: Vec<_> = read.iter().map(|entry| &entry.id).collect();
    RULE.require(expected.starts_with(&got) && got.is_empty() == expected.is_empty(), || {
        format!(
            "a limited read of {start}..{end} returned {} entries from {:?}, held are {} from {:?}",
            got.len(),
            got.first().map(ToString::to_string),
            expected.len(),
            expected.first().map(ToString::to_string)
        )
    })
}
