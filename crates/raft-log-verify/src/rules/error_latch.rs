//! Rule `error-latch`.

use super::rule::{Rule, Severity, Violation};
use crate::subject::Caller;

/// Statement, source and severity.
pub static RULE: Rule = Rule {
    name: "error-latch",
    judged_from: Caller::Core,
    severity: Severity::Fatal,
    statement: "after a failed sync (strict: any failed write) nothing is reported Ok until reopen; \
              what was acknowledged stays true; what was not is withdrawn from reads and state, or \
              they give the error",
    source: "a failed fsync may drop pages, and a retry lies",
    breach: "after a failing disk the store reports success",
    meaning: "the leader counts entries of this node that may never reach its disk, and the \
              cluster can lose what it has committed",
    not_compared: "the committed id, which is never synced",
};

/// The violation of a write that was reported Ok after another had failed.
#[must_use]
pub fn ok_after_failure(failed: &str, write: &str) -> Violation {
    RULE.broken(format!("{write} was reported Ok after {failed} had failed"))
}

/// The violation of a write during which a sync failed, reported Ok all the same.
#[must_use]
pub fn swallowed(write: &str) -> Violation {
    RULE.broken(format!("a sync failed, and {write} was reported Ok all the same"))
}

/// The violation of a state, shown after a failed write, that holds what was never acknowledged or
/// lacks what was.
#[must_use]
pub fn shown(seen: &str, expected: &str) -> Violation {
    RULE.broken(format!("after a failed write the store shows {seen}, acknowledged is {expected}"))
}
