//! Rule `purge-beyond-end`.

use super::rule::{Rule, Severity, Violation};
use super::seen::show;
use super::transition::Transition;
use crate::reference::Write;
use crate::subject::Caller;

/// Statement, source and severity.
pub static RULE: Rule = Rule {
    name: "purge-beyond-end",
    judged_from: Caller::Core,
    severity: Severity::Fatal,
    statement: "purging past the last entry leaves an empty log with last = purged = the given id; \
              the next append arrives at its index + 1",
    source: "the core at snapshot install and at start-up",
    breach: "a purge past the last entry leaves a wrong log",
    meaning: "a follower that has installed a snapshot cannot go on from it: the next entries do \
              not fit behind its log",
    not_compared: "nothing",
};

/// Compares the log after a purge past its end.
///
/// # Errors
/// Entries are left, or last and purged id are not the given one.
pub fn check(step: &Transition<'_>) -> Result<(), Violation> {
    let Some(Write::Purge(id)) = step.write else { return Ok(()) };
    let beyond = step.before.last_id().is_none_or(|last| last.index < id.index);
    if !beyond || step.after.purged.as_ref() != Some(id) {
        return Ok(());
    }
    RULE.judged();
    let state = &step.seen.state;
    let told = (state.purged.as_ref(), state.last.as_ref());
    RULE.require(step.seen.entries.is_empty() && told == (Some(id), Some(id)), || {
        let (entries, purged, last) = (step.seen.entries.len(), show(told.0), show(told.1));
        format!("after purge {id} past the end: {entries} entries, purged {purged}, last {last}")
    })
}
