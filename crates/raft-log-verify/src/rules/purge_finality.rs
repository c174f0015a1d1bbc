//! Rule `purge-finality`.

use super::rule::{Rule, Severity, Violation};
use super::seen::show;
use super::transition::Transition;
use crate::reference::Write;
use crate::subject::Caller;

/// Statement, source and severity.
pub static RULE: Rule = Rule {
    name: "purge-finality",
    judged_from: Caller::Core,
    severity: Severity::Fatal,
    statement: "purged entries are unreadable when purge returns; the purged id is the full id given \
              and never moves back; strict: durable on return",
    source: "what the core relies on; nodes that cannot restart after compaction",
    breach: "purged entries stay, or the purged id is wrong",
    meaning: "the log and the snapshot of the node do not fit together: openraft may refuse to \
              start the node, or starts it with entries missing",
    not_compared: "for callers below strict: a purge that a crash undoes while the log stays contiguous",
};

/// Looks for purged entries and compares the purged id.
///
/// # Errors
/// One is still read, one too many is gone, or the purged id is another.
pub fn check(step: &Transition<'_>) -> Result<(), Violation> {
    let seen = step.seen.state.purged.as_ref();
    let before = step.before.purged.as_ref();
    RULE.require(seen >= before, || {
        format!("the purged id moved back from {} to {}", show(before), show(seen))
    })?;
    let Some(Write::Purge(id)) = step.write else { return Ok(()) };
    RULE.judged();
    let after = step.after.purged.as_ref();
    RULE.require(seen == after, || {
        format!("after purge {id} the purged id is {}, expected {}", show(seen), show(after))
    })?;
    if let Some(left) = step.seen.entries.iter().find(|seen| step.after.is_purged(seen.id.index)) {
        return Err(RULE.broken(format!("purge {id} returned, {} is still read", left.id)));
    }
    step.lost().map_or(Ok(()), |lost| {
        Err(RULE.broken(format!("purge {id} took entry {lost} above it away")))
    })
}
