//! Rule `recovery-cost`.

use super::rule::{Rule, Severity, Violation};
use crate::subject::Caller;

/// Statement, source and severity.
pub static RULE: Rule = Rule {
    name: "recovery-cost",
    judged_from: Caller::Strict,
    severity: Severity::Note,
    statement: "bytes read at open after any crash stay below a named bound, whatever the log length",
    source: "start-up time must not grow with the log",
    breach: "an open reads too much",
    meaning: "the longer the log, the longer the node is away after a crash",
    not_compared: "time",
};

/// Compares the bytes that an open read with the bound.
///
/// # Errors
/// It read more.
pub fn check(read: u64, bound: u64) -> Result<(), Violation> {
    RULE.judged();
    RULE.require(read <= bound, || format!("open read {read} bytes, the bound is {bound}"))
}
