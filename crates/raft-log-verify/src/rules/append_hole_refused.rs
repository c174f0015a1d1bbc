//! Rule `append-hole-refused`.

use super::rule::{Rule, Severity, Violation};
use super::transition::Transition;
use crate::subject::Caller;

/// Statement, source and severity.
pub static RULE: Rule = Rule {
    name: "append-hole-refused",
    judged_from: Caller::Strict,
    severity: Severity::Contract,
    statement: "an append that leaves a hole is an error that changes nothing",
    source: "documentation of RaftLogStorage: no holes",
    breach: "an append that leaves a hole is accepted",
    meaning: "a mistake of a caller becomes a log that openraft cannot start from, and nobody \
              notices",
    not_compared: "the text of the error",
};

/// The violation of such an append that was acknowledged.
#[must_use]
pub fn acknowledged(ids: &str) -> Violation {
    RULE.broken(format!("an append with a hole was acknowledged: {ids}"))
}

/// Compares the log after the refusal.
///
/// # Errors
/// It changed.
pub fn check_unchanged(step: &Transition<'_>) -> Result<(), Violation> {
    step.check_unchanged(&RULE)
}
