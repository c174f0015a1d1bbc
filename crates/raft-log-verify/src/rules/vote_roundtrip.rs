//! Rule `vote-roundtrip`.

use super::rule::{Rule, Severity, Violation};
use super::seen::show;
use super::transition::Transition;
use crate::subject::Caller;

/// Statement, source and severity.
pub static RULE: Rule = Rule {
    name: "vote-roundtrip",
    judged_from: Caller::Core,
    severity: Severity::Fatal,
    statement: "read_vote returns the last vote whose save returned Ok, committed flag and node id \
              kept; none before the first",
    source: "documentation of RaftLogStorage::read_vote",
    breach: "the vote is read back changed",
    meaning: "the node may vote twice in one term: two leaders, each of which commits entries \
              that the other overwrites",
    not_compared: "nothing",
};

/// Compares the vote.
///
/// # Errors
/// It is not the last one saved.
pub fn check(step: &Transition<'_>) -> Result<(), Violation> {
    RULE.judged();
    let (seen, expected) = (step.seen.vote.as_ref(), step.after.vote.as_ref());
    RULE.require(seen == expected, || {
        format!("read_vote returned {}, expected {}", show(seen), show(expected))
    })
}
