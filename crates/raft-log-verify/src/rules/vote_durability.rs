//! Rule `vote-durability`.

use super::rule::{Rule, Severity, Violation};
use super::seen::{Seen, show};
use crate::reference::LogImage;
use crate::subject::Caller;

/// Statement, source and severity.
pub static RULE: Rule = Rule {
    name: "vote-durability",
    judged_from: Caller::Core,
    severity: Severity::Fatal,
    statement: "after save_vote returned Ok no crash brings back an older vote; a half-written vote \
              is never seen",
    source: "documentation of RaftLogStorage::save_vote",
    breach: "a saved vote is lost in a crash",
    meaning: "the node may vote a second time in one term: two leaders, each of which commits \
              entries that the other overwrites",
    not_compared: "nothing",
};

/// Compares the vote with those of the admissible states.
///
/// # Errors
/// It is none of them.
pub fn check(seen: &Seen, admissible: &[LogImage]) -> Result<(), Violation> {
    RULE.require(admissible.iter().any(|image| image.vote == seen.vote), || {
        let allowed = admissible.iter().map(|image| show(image.vote.as_ref()));
        let mut allowed: Vec<_> = allowed.collect();
        allowed.dedup();
        let seen = show(seen.vote.as_ref());
        format!("expected the vote {} after the crash, seen {seen}", allowed.join(" or "))
    })
}
