//! Rule `exclusive-open`.

use super::rule::{Rule, Severity, Violation};
use crate::subject::Caller;

/// Statement, source and severity.
pub static RULE: Rule = Rule {
    name: "exclusive-open",
    judged_from: Caller::Strict,
    severity: Severity::Contract,
    statement: "a second open of the same store for writing is refused, in this process and in \
              another; a dead process's lock does not block; a reader does not hold it",
    source: "two writers destroy a log",
    breach: "the store can be opened twice",
    meaning: "two processes that write to one log destroy it",
    not_compared: "the text of the error",
};

/// The violation of a second open that succeeded.
#[must_use]
pub fn opened_twice() -> Violation {
    RULE.broken("a second open succeeded while the store was open")
}
