//! Rule `purge-stale-suffix`.

use super::rule::{Rule, Severity, Violation};
use super::transition::Transition;
use crate::reference::Write;
use crate::subject::Caller;

/// Statement, source and severity.
pub static RULE: Rule = Rule {
    name: "purge-stale-suffix",
    judged_from: Caller::Trait,
    severity: Severity::Fatal,
    statement: "if the first entry above the purge index has a log id below the purge id, everything \
              above goes too",
    source: "openraft 0.9 appends over such a suffix; its core truncates what conflicts before it installs a \
              snapshot, so only the purge at start-up may meet one",
    breach: "entries of an old leader stay behind a purge",
    meaning: "entries that the snapshot has made void are taken for the log that follows it",
    not_compared: "nothing",
};

/// Looks for a stale suffix behind a purge.
///
/// # Errors
/// It is still there.
pub fn check(step: &Transition<'_>) -> Result<(), Violation> {
    let Some(Write::Purge(id)) = step.write else { return Ok(()) };
    if step.before.purged.as_ref() >= Some(id) || !step.before.stale_suffix(id) {
        return Ok(());
    }
    RULE.judged();
    step.seen.entries.first().map_or(Ok(()), |left| {
        Err(RULE.broken(format!("after purge {id} the older entry {} is still there", left.id)))
    })
}
