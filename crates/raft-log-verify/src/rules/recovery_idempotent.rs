//! Rule `recovery-idempotent`.

use super::rule::{Rule, Severity, Violation};
use super::seen::Seen;
use crate::subject::Caller;

/// Statement, source and severity.
pub static RULE: Rule = Rule {
    name: "recovery-idempotent",
    judged_from: Caller::Core,
    severity: Severity::Fatal,
    statement: "opening again, or crashing inside recovery at any point and opening, gives the same \
              state",
    source: "what was recovered has been shown",
    breach: "two opens show different logs",
    meaning: "what the node has told the others after its first start is not true after the second",
    not_compared: "crashes inside recovery more than one level deep",
};

/// Compares what two opens show.
///
/// # Errors
/// They differ.
pub fn check(first: &Seen, second: &Seen) -> Result<(), Violation> {
    RULE.judged();
    RULE.require(first == second, || {
        format!("the first open showed {first:?}, the second {second:?}")
    })
}
