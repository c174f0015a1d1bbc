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
    not_compared: "nothing",
};

/// Compares the vote with those of the admissible states.
///
/// # Errors
/// It is none of them.
pub fn check(seen: &Seen, admissible: &[LogImage]) -> Result<(), Violation> {
    RULE.require(admissible.iter().any(|image| image.vote == seen.vote), || {
        let allowed = admissible.iter().map(|image| show(image.vote.as_ref()));
        let allowed: Vec<_> = allowed.collect();
        format!("vote {} after a crash, allowed {allowed:?}", show(seen.vote.as_ref()))
    })
}
