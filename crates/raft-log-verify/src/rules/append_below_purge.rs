//! Rule `append-below-purge`.

use super::rule::{Rule, Severity, Violation};
use super::seen::show;
use super::transition::Transition;
use crate::reference::Write;
use crate::subject::Caller;

/// Statement, source and severity.
pub static RULE: Rule = Rule {
    name: "append-below-purge",
    judged_from: Caller::Strict,
    severity: Severity::Contract,
    statement: "entries at or below the purged index change nothing and are acknowledged in order",
    source: "openraft's Suite does it",
    breach: "an append below the purged index is refused or changes the log",
    meaning: "entries that are sent a second time stop the node or change its log",
    not_compared: "nothing",
};

/// Compares the log after an append that reaches below the purge point.
///
/// # Errors
/// An entry came back, or the purged id changed.
pub fn check(step: &Transition<'_>) -> Result<(), Violation> {
    let Some(Write::Append(entries)) = step.write else { return Ok(()) };
    if !entries.iter().any(|entry| step.before.is_purged(entry.id.index)) {
        return Ok(());
    }
    RULE.judged();
    let (before, purged) = (step.before.purged.as_ref(), step.seen.state.purged.as_ref());
    RULE.require(purged == before, || {
        let (before, purged) = (show(before), show(purged));
        format!("an append below the purge point moved it from {before} to {purged}")
    })?;
    let back = step.seen.entries.iter().find(|seen| step.before.is_purged(seen.id.index));
    if let Some(back) = back {
        return Err(RULE.broken(format!("the purged entry {} is read again", back.id)));
    }
    step.lost().map_or(Ok(()), |lost| {
        Err(RULE.broken(format!("an append below the purge point took entry {lost} away")))
    })
}

/// The violation of an append that was refused because of entries below the purge point.
#[must_use]
pub fn refused(error: &str) -> Violation {
    RULE.broken(format!("an append below the purge point was refused: {error}"))
}
