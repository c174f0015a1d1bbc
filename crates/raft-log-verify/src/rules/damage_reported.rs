//! Rule `damage-reported`.

use super::rule::{Rule, Severity, Violation};
use crate::subject::Caller;

/// Statement, source and severity.
pub static RULE: Rule = Rule {
    name: "damage-reported",
    judged_from: Caller::Strict,
    severity: Severity::Fatal,
    statement: "damaged bytes are never returned as an entry and never silently drop acknowledged \
              entries: a clear error with file and offset, or provably harmless",
    source: "protocol-aware recovery",
    breach: "damaged files go unnoticed",
    meaning: "a bad sector becomes a wrong command or a lost committed entry, and nobody notices",
    not_compared: "the text of the error, beyond the name of a file and the word offset",
};

/// The violation of damage that changed the state without an error.
#[must_use]
pub fn silent(damage: &str, seen: &str, expected: &str) -> Violation {
    RULE.broken(format!("{damage} went unnoticed: shown is {seen}, acknowledged {expected}"))
}

/// The violation of an error that names no file.
#[must_use]
pub fn unclear(damage: &str, error: &str) -> Violation {
    RULE.broken(format!("{damage}: the error names no file: {error}"))
}

/// The violation of an error that names a file, but no place in it.
#[must_use]
pub fn placeless(damage: &str, error: &str) -> Violation {
    RULE.broken(format!("{damage}: the error names no offset: {error}"))
}
