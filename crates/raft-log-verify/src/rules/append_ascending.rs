//! Rule `append-ascending`.

use super::rule::{Rule, Severity, Violation};
use super::transition::Transition;
use crate::subject::Caller;

/// Statement, source and severity.
pub static RULE: Rule = Rule {
    name: "append-ascending",
    judged_from: Caller::Strict,
    severity: Severity::Contract,
    statement: "an append whose ids do not ascend (in the batch, against the entry before, against \
              the purged id) is an error that changes nothing",
    source: "Raft log matching",
    breach: "an append whose ids do not ascend is accepted",
    meaning: "a mistake of a caller becomes a log that no other node has, and nobody notices",
    not_compared: "the text of the error",
};

/// The violation of such an append that was acknowledged.
#[must_use]
pub fn acknowledged(ids: &str) -> Violation {
    RULE.broken(format!("an append with ids that do not ascend was acknowledged: {ids}"))
}

/// Compares the log after the refusal.
///
/// # Errors
/// It changed.
pub fn check_unchanged(step: &Transition<'_>) -> Result<(), Violation> {
    step.check_unchanged(&RULE)
}
