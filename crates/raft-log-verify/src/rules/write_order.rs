//! Rule `write-order`.

use super::rule::{Rule, Severity, Violation};
use super::seen::Seen;
use crate::reference::LogImage;
use crate::subject::Caller;

/// Statement, source and severity.
pub static RULE: Rule = Rule {
    name: "write-order",
    judged_from: Caller::Core,
    severity: Severity::Fatal,
    statement: "the state after a crash equals the state after some prefix of the issued writes, \
              votes and log together, that includes all acknowledged ones; the last one may be \
              partial",
    source: "documentation of RaftLogStorage: all write IO is serialized",
    breach: "a crash leaves a state that the log never was in",
    meaning: "the node starts from a log or a vote that no leader has given it, while the others \
              count on what it has acknowledged",
    not_compared: "the committed id, judged by its own rule",
};

/// Finds the state that a store shows after a crash among the admissible ones.
///
/// # Errors
/// It shows none of them, and no other rule says more.
pub fn find<'a>(seen: &Seen, admissible: &'a [LogImage]) -> Result<&'a LogImage, Violation> {
    admissible.iter().find(|image| seen.is(image)).ok_or_else(|| {
        RULE.broken(format!("{seen:?} is none of the {} states allowed: {admissible:?}", admissible.len()))
    })
}
