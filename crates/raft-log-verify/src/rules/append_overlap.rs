//! Rule `append-overlap`.

use super::rule::{Rule, Severity, Violation};
use super::seen::texts;
use super::transition::Transition;
use crate::reference::Write;
use crate::subject::Caller;

/// Statement, source and severity.
pub static RULE: Rule = Rule {
    name: "append-overlap",
    judged_from: Caller::Strict,
    severity: Severity::Contract,
    statement: "an append at a held index replaces from there on, nothing old stays behind it",
    source: "openraft 0.9 appends over held entries after a start-up purge",
    breach: "an append over held entries leaves old ones",
    meaning: "entries of an old leader stay behind those of the new one, and the logs of two \
              nodes differ",
    not_compared: "nothing",
};

/// Looks for old entries behind an append over held ones.
///
/// # Errors
/// One is left.
pub fn check(step: &Transition<'_>) -> Result<(), Violation> {
    let Some(Write::Append(entries)) = step.write else { return Ok(()) };
    let first = entries.iter().find(|entry| !step.before.is_purged(entry.id.index));
    let Some(first) = first.filter(|first| step.before.entries.contains_key(&first.id.index)) else {
        return Ok(());
    };
    RULE.judged();
    let from = first.id.index;
    let expected = step.after.entries.range(from..).map(|(_, entry)| entry.id);
    let seen = step.seen.entries.iter().map(|seen| seen.id).filter(|id| id.index >= from);
    RULE.require(seen.clone().eq(expected.clone()), || {
        let (seen, expected) = (texts(seen), texts(expected));
        format!("after an append over {from} the log goes on with {seen:?}, expected {expected:?}")
    })
}
