//! Rule `truncate-finality`.

use super::rule::{Rule, Severity, Violation};
use super::transition::Transition;
use crate::reference::Write;
use crate::subject::Caller;

/// Statement, source and severity.
pub static RULE: Rule = Rule {
    name: "truncate-finality",
    judged_from: Caller::Core,
    severity: Severity::Fatal,
    statement: "removed entries are unreadable when truncate returns and never come back once a \
              later append is acknowledged (fatal) or a later vote (contract); strict: durable on \
              return",
    source: "what the core relies on",
    breach: "truncated entries stay or come back",
    meaning: "entries of a leader that was voted out stand where the others have those of its \
              successor, and this node may apply them",
    not_compared: "for callers below strict: entries that come back before a later write is \
              acknowledged",
};

/// Looks for removed entries.
///
/// # Errors
/// One is still there, or one too many is gone.
pub fn check(step: &Transition<'_>) -> Result<(), Violation> {
    let Some(Write::Truncate(from)) = step.write else { return Ok(()) };
    RULE.judged();
    if let Some(left) = step.seen.entries.iter().find(|seen| seen.id.index >= from.index) {
        return Err(RULE.broken(format!("truncate {from} returned, {} is still read", left.id)));
    }
    step.lost().map_or(Ok(()), |_| {
        Err(RULE.broken(format!("truncate {from} removed entries below it")))
    })
}
