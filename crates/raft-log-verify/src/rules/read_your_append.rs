//! Rule `read-your-append`.

use super::rule::{Rule, Severity, Violation};
use super::transition::Transition;
use crate::log::ReadEntry;
use crate::reference::{LogImage, Write};
use crate::subject::Caller;

/// Statement, source and severity.
pub static RULE: Rule = Rule {
    name: "read-your-append",
    judged_from: Caller::Core,
    severity: Severity::Fatal,
    statement: "when append returns, every reader sees the entries, readers made earlier included, \
              callback fired or not",
    source: "documentation of RaftLogStorage::append",
    breach: "an append that has returned cannot be read",
    meaning: "the leader reads an entry right after its append to send it; where it is missing, \
              openraft stops the node",
    not_compared: "nothing",
};

/// Compares the entries of an append with what the store reads.
///
/// # Errors
/// One of them is not there.
pub fn check(step: &Transition<'_>) -> Result<(), Violation> {
    match step.write {
        Some(write) => check_read("the store", &step.seen.entries, write, step.after),
        None => Ok(()),
    }
}

/// Compares the entries of an append with what `reader` reads of everything.
///
/// # Errors
/// One of them is not there.
pub fn check_read(
    reader: &str,
    read: &[ReadEntry],
    write: &Write,
    after: &LogImage,
) -> Result<(), Violation> {
    let Write::Append(entries) = write else {
        return Ok(());
    };
    RULE.judged();
    for entry in entries.iter().filter(|entry| !after.is_purged(entry.id.index)) {
        if !read.iter().any(|seen| seen.id == entry.id) {
            return Err(RULE.broken(format!(
                "{reader} does not see entry {} though its append returned",
                entry.id
            )));
        }
    }
    Ok(())
}
