//! Rule `sticky-recovery`.

use super::rule::{Rule, Severity, Violation};
use super::seen::Seen;
use crate::subject::Caller;

/// Statement, source and severity.
pub static RULE: Rule = Rule {
    name: "sticky-recovery",
    judged_from: Caller::Core,
    severity: Severity::Fatal,
    statement: "what a returned open has shown survives a power cut right after it",
    source: "page cache that was never synced",
    breach: "what an open has shown is lost in the next power cut",
    meaning: "after its start the node tells the leader which entries it has, and the leader \
              counts them; the next power cut takes them away",
    not_compared: "nothing",
};

/// Compares what an open showed with what the next one shows after a power cut.
///
/// # Errors
/// They differ.
pub fn check(first: &Seen, second: &Seen) -> Result<(), Violation> {
    RULE.judged();
    RULE.require(first == second, || {
        format!("open showed {first:?}, after a power cut it shows {second:?}")
    })
}
