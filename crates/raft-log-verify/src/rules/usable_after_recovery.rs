//! Rule `usable-after-recovery`.

use super::rule::{Rule, Severity, Violation};
use crate::subject::Caller;

/// Statement, source and severity.
pub static RULE: Rule = Rule {
    name: "usable-after-recovery",
    judged_from: Caller::Core,
    severity: Severity::Fatal,
    statement: "append, read, truncate, purge, vote and a clean reopen work after every recovery",
    source: "databases have broken here",
    breach: "the store cannot be used after a recovery",
    meaning: "the node comes back after a crash, and fails at one of its next writes",
    not_compared: "nothing",
};

/// The violation of a recovered store on which `what` fails.
#[must_use]
pub fn fails(what: &str, error: &str) -> Violation {
    RULE.broken(format!("{what} after recovery: {error}"))
}
