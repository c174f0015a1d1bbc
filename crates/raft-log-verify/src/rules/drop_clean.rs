//! Rule `drop-clean`.

use super::rule::{Rule, Severity, Violation};
use super::seen::Seen;
use crate::reference::LogImage;
use crate::subject::Caller;

/// Statement, source and severity.
pub static RULE: Rule = Rule {
    name: "drop-clean",
    judged_from: Caller::Core,
    severity: Severity::Fatal,
    statement: "dropping the store with work pending hangs nothing, and what was acknowledged is \
              there on reopen",
    source: "a Raft node is dropped at any moment",
    breach: "a store that is dropped hangs or loses something",
    meaning: "a node that is stopped hangs, or comes back without entries that it has acknowledged",
    not_compared: "what was not acknowledged",
};

/// Finds the state that a store shows after a drop with work pending.
///
/// # Errors
/// It shows none of those allowed.
pub fn find<'a>(seen: &Seen, allowed: &'a [LogImage]) -> Result<&'a LogImage, Violation> {
    RULE.judged();
    allowed.iter().find(|image| seen.is(image)).ok_or_else(|| {
        RULE.broken(format!("after a drop the store shows {seen:?}, allowed are {allowed:?}"))
    })
}

/// The violation of a drop or reopen that never ends.
#[must_use]
pub fn hangs(what: &str) -> Violation {
    RULE.broken(format!("{what} never ends"))
}
