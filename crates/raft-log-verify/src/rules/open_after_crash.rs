//! Rule `open-after-crash`.

use super::rule::{Rule, Severity, Violation};
use crate::subject::Caller;

/// Statement, source and severity.
pub static RULE: Rule = Rule {
    name: "open-after-crash",
    judged_from: Caller::Core,
    severity: Severity::Fatal,
    statement: "after a pure crash open succeeds, and StorageHelper::get_initial_state succeeds with \
              a state machine applied at any id from the purged one to the last acknowledged \
              committed one; a tool that tells damage calls it none",
    source: "a store that refuses is a lost node",
    breach: "the store cannot be opened or started after a crash",
    meaning: "the node does not come back by itself after a crash; a power cut that hits several \
              nodes can stop the whole cluster",
    not_compared: "snapshots, which are not the log store's",
};

/// The violation of an open that failed.
#[must_use]
pub fn refused(error: &str) -> Violation {
    RULE.broken(format!("open failed: {error}"))
}

/// The violation of a crashed store that its own tool calls damaged.
#[must_use]
pub fn called_damaged(damage: &str) -> Violation {
    RULE.broken(format!("a check of the crashed store finds damage: {damage}"))
}

/// The violation of a state that could not be read after open.
#[must_use]
pub fn unreadable(error: &str) -> Violation {
    RULE.broken(format!("open succeeded, but the state cannot be read: {error}"))
}

/// The violation of a state that openraft does not start from.
#[must_use]
pub fn not_startable(applied: &str, error: &str) -> Violation {
    RULE.broken(format!("openraft does not start with applied = {applied}: {error}"))
}
