//! Rule `append-durability`.

use super::rule::{Rule, Severity, Violation};
use super::seen::Seen;
use crate::reference::LogImage;
use crate::subject::Caller;

/// Statement, source and severity.
pub static RULE: Rule = Rule {
    name: "append-durability",
    judged_from: Caller::Core,
    severity: Severity::Fatal,
    statement: "after callback Ok the entries survive any crash",
    source: "documentation of RaftLogStorage::append",
    breach: "acknowledged entries are lost in a crash",
    meaning: "the leader counts this node for its majority once an append is acknowledged; if the \
              node loses the entry, the cluster can lose what a client was told is committed",
    not_compared: "nothing",
};

/// Looks for an entry that every admissible state holds and the store lost.
///
/// # Errors
/// There is one.
pub fn check(seen: &Seen, admissible: &[LogImage]) -> Result<(), Violation> {
    let Some((first, others)) = admissible.split_first() else { return Ok(()) };
    let mut promised = first.entries.values().filter(|entry| {
        others.iter().all(|image| image.entries.get(&entry.id.index) == Some(*entry))
    });
    promised.find(|entry| !seen.holds(entry.id)).map_or(Ok(()), |entry| {
        Err(RULE.broken(format!("expected the acknowledged entry {}, seen {seen:?}", entry.id)))
    })
}
