//! Rule `cancel-safety`.

use super::rule::{Rule, Severity, Violation};
use super::seen::Seen;
use crate::reference::LogImage;
use crate::subject::Caller;

/// Statement, source and severity.
pub static RULE: Rule = Rule {
    name: "cancel-safety",
    judged_from: Caller::Strict,
    severity: Severity::Contract,
    statement: "dropping any future at any await point leaves the store consistent: the write \
              happened or not, in order",
    source: "async Rust",
    breach: "a call that was dropped leaves the store inconsistent",
    meaning: "a timeout or a shutdown at the wrong moment damages the log of the node",
    not_compared: "which of the two",
};

/// Finds the state among `allowed` that the store shows after a cancelled write.
///
/// # Errors
/// It shows none of them.
pub fn settle<'a>(
    cancelled: &str,
    seen: &Seen,
    allowed: &'a [LogImage],
) -> Result<&'a LogImage, Violation> {
    RULE.judged();
    allowed.iter().find(|image| seen.is(image)).ok_or_else(|| {
        RULE.broken(format!("after a cancelled {cancelled} the store shows {seen:?}"))
    })
}

/// The violation of a store that refuses a write after an earlier one was cancelled.
#[must_use]
pub fn stuck(cancelled: &str, error: &str) -> Violation {
    RULE.broken(format!("after a cancelled {cancelled} the next write fails: {error}"))
}
