//! Rule `executor-free`.

use super::rule::{Rule, Severity, Violation};
use crate::subject::Caller;

/// Statement, source and severity.
pub static RULE: Rule = Rule {
    name: "executor-free",
    judged_from: Caller::Strict,
    severity: Severity::Contract,
    statement: "no call blocks its executor thread for a disk sync",
    source: "documentation of RaftLogStorage: avoid blocking",
    breach: "a call blocks its thread during a sync",
    meaning: "while the disk is slow, other tasks of the runtime wait as well: heartbeats are \
              late, and the cluster elects leaders without need",
    not_compared: "reads, which may touch the disk",
};

/// The violation of a disk call made on the executor's own thread.
#[must_use]
pub fn blocked(during: &str, call: &str) -> Violation {
    RULE.broken(format!("{during} makes the disk call \"{call}\" on the executor's thread"))
}
