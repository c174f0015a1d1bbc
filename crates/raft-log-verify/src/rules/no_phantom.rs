//! Rule `no-phantom`.

use super::rule::{Rule, Severity, Violation};
use super::seen::Seen;
use crate::reference::Journal;
use crate::subject::Caller;

/// Statement, source and severity.
pub static RULE: Rule = Rule {
    name: "no-phantom",
    judged_from: Caller::Core,
    severity: Severity::Fatal,
    statement: "every recovered entry was issued with that id and payload and was not overwritten by \
              an acknowledged later write",
    source: "what the core relies on",
    breach: "entries come back that nobody has written, or that were overwritten",
    meaning: "the node may apply or send entries that no leader has made, or that the cluster has \
              replaced",
    not_compared: "nothing",
};

/// Looks for entries that were never issued.
///
/// # Errors
/// There is one.
pub fn check(seen: &Seen, journal: &Journal) -> Result<(), Violation> {
    let phantom = seen.entries.iter().find(|seen| !journal.knows(&seen.id, &seen.fingerprint));
    phantom.map_or(Ok(()), |phantom| {
        Err(RULE.broken(format!("entry {} was never issued with this content", phantom.id)))
    })
}
