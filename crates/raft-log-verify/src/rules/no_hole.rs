//! Rule `no-hole`.

use super::rule::{Rule, Severity, Violation};
use super::seen::show;
use super::transition::Transition;
use crate::subject::Caller;

/// Statement, source and severity.
pub static RULE: Rule = Rule {
    name: "no-hole",
    judged_from: Caller::Core,
    severity: Severity::Fatal,
    statement: "the entries from purged index + 1 up to the last are all there, always",
    source: "documentation of RaftLogStorage; start-up fails otherwise",
    breach: "there is a hole in the log",
    meaning: "openraft reads every index from the purged one to the last: at the hole the node \
              stops, and it does not start again",
    not_compared: "nothing",
};

/// Looks for a hole in what the store shows, whatever was expected.
///
/// # Errors
/// There is one.
pub fn check(step: &Transition<'_>) -> Result<(), Violation> {
    RULE.judged();
    let seen = step.seen;
    for pair in seen.entries.windows(2) {
        let [low, high] = pair else { continue };
        RULE.require(low.id.index.checked_add(1) == Some(high.id.index), || {
            format!("{} is followed by {}", low.id, high.id)
        })?;
    }
    let purged = seen.state.purged.as_ref();
    let first = seen.entries.first().map(|entry| &entry.id);
    if let (Some(purged), Some(first)) = (purged, first)
        && purged.index.checked_add(1) != Some(first.index)
    {
        return Err(RULE.broken(format!("purged is {purged}, but the first entry is {first}")));
    }
    let last = seen.entries.last().map(|entry| &entry.id).or(purged);
    match seen.state.last.as_ref() {
        Some(told) if last.is_none_or(|last| last.index < told.index) => Err(RULE.broken(format!(
            "last id is told as {told}, but nothing is held behind {}",
            show(last)
        ))),
        _ => Ok(()),
    }
}
