//! Rule `truncate-finality`.

use super::rule::{Rule, Severity, Violation};
use super::transition::Transition;
use crate::reference::Write;
use crate::subject::Caller;

/// The rule.
pub static RULE: Rule = Rule {
    name: "truncate-finality",
    judged_from: Caller::Core,
    severity: Severity::Fatal,
    statement: "removed entries are unreadable when truncate returns and never come back once a \
              later append is acknowledged (fatal) or a later vote (contract); strict: durable on \
              return",
    source: "what the core relies on",
    not_compared: "for callers below strict: entries that come back before a later write is \
              acknowledged",
};

/// Looks for removed entries.
///
/// # Errors
/// One is still there, or one too many is gone.
pub fn check(step: &Transition<'_>) -> Result<(), Violation> {
    let Some(Write::Truncate(from)) = step.write else { return Ok(()) };
    if let Some(left) = step.seen.entries.iter().find(|seen| seen.id.index >= from.index) {
        return Err(RULE.broken(format!("truncate {from} returned, {} is still read", left.id)));
    }
    let kept = step.after.entries.values().all(|entry| {
        step.seen.entries.iter().any(|seen| seen.id == entry.id)
    });
    if kept { Ok(()) } else { Err(RULE.broken(format!("truncate {from} removed entries below it"))) }
}
