//! Rule `log-state`.

use super::rule::{Rule, Severity, Violation};
use super::seen::show;
use super::transition::Transition;
use crate::subject::Caller;

/// Statement, source and severity.
pub static RULE: Rule = Rule {
    name: "log-state",
    judged_from: Caller::Core,
    severity: Severity::Fatal,
    statement: "last id = id of the last entry, else the purged id, else none; it never looks at the \
              state machine",
    source: "documentation of RaftLogStorage::get_log_state",
    not_compared: "nothing",
};

/// Compares the log state.
///
/// # Errors
/// The purged id or the last id differs.
pub fn check(step: &Transition<'_>) -> Result<(), Violation> {
    let seen = &step.seen.state;
    if seen.purged != step.after.purged {
        return Err(RULE.broken(format!(
            "purged id is {}, expected {}",
            show(seen.purged.as_ref()),
            show(step.after.purged.as_ref())
        )));
    }
    let last = step.after.last_id();
    if seen.last == last {
        return Ok(());
    }
    Err(RULE.broken(format!(
        "last id is {}, expected {}",
        show(seen.last.as_ref()),
        show(last.as_ref())
    )))
}
