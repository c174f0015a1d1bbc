//! Rule `log-state`.

use super::rule::{Rule, Severity, Violation};
use super::seen::show;
use super::transition::Transition;
use crate::log::LogId;
use crate::subject::Caller;

/// Statement, source and severity.
pub static RULE: Rule = Rule {
    name: "log-state",
    judged_from: Caller::Core,
    severity: Severity::Fatal,
    statement: "last id = id of the last entry, else the purged id, else none; it never looks at the \
              state machine",
    source: "documentation of RaftLogStorage::get_log_state",
    breach: "the log state is not that of the log",
    meaning: "openraft decides from the last log id whether the node starts, and for whom it \
              votes: with a wrong one the node stops, or helps to elect a leader that misses \
              committed entries",
    not_compared: "nothing",
};

/// Compares the log state.
///
/// # Errors
/// The purged id or the last id differs.
pub fn check(step: &Transition<'_>) -> Result<(), Violation> {
    RULE.judged();
    let equal = |name: &str, seen: Option<LogId>, expected: Option<LogId>| {
        RULE.require(seen == expected, || {
            format!("{name} id is {}, expected {}", show(seen.as_ref()), show(expected.as_ref()))
        })
    };
    equal("purged", step.seen.state.purged, step.after.purged)?;
    equal("last", step.seen.state.last, step.after.last_id())
}
