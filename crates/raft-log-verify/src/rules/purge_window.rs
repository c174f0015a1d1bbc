//! Rule `purge-window`.

use super::rule::{Rule, Severity, Violation};
use crate::subject::Caller;

/// Statement, source and severity.
pub static RULE: Rule = Rule {
    name: "purge-window",
    judged_from: Caller::Strict,
    severity: Severity::Fatal,
    statement: "a crash between the write of the purged id and the removal of entries, and at every \
              other point of a purge, the cut of a stale suffix included, is completed at open: \
              purged id = the saved one, entries up to it gone, no hole",
    source: "a store that keeps the purged id beside the entries",
    breach: "a purge that was cut short is not completed",
    meaning: "after a crash the log begins elsewhere than its purged id says, and the node may \
              not start",
    not_compared: "how the removal is divided",
};

/// The violation of a purge that open did not complete.
#[must_use]
pub fn incomplete(what: &str) -> Violation {
    RULE.broken(format!("an interrupted purge was not completed at open: {what}"))
}
