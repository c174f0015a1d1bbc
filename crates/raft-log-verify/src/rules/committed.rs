//! Rule `committed`.

use super::rule::{Rule, Severity, Violation};
use super::seen::show;
use crate::subject::Caller;
use crate::log::LogId;

/// Statement, source and severity.
pub static RULE: Rule = Rule {
    name: "committed",
    judged_from: Caller::Core,
    severity: Severity::Fatal,
    statement: "if stored: live, the last saved; after a crash a saved one or none, never above the \
              last log id; if not stored: none",
    source: "the core re-applies up to it",
    breach: "the committed id is wrong",
    meaning: "openraft applies all entries up to this id when the node starts: if it is too high, \
              the node applies what the cluster has not committed",
    not_compared: "which of the saved ones, after a crash",
};

/// Compares the committed id of a living store.
///
/// # Errors
/// It is not the last one saved, or one is read though none is stored.
pub fn check_live(seen: Option<&LogId>, saved: Option<&LogId>) -> Result<(), Violation> {
    RULE.judged();
    RULE.require(seen == saved, || {
        format!("read_committed returned {}, saved was {}", show(seen), show(saved))
    })
}

/// Judges the committed id after an open.
///
/// # Errors
/// It was never saved, or it is above the last log id.
pub fn check_recovered(
    seen: Option<&LogId>,
    last: Option<&LogId>,
    saved: &[Option<LogId>],
) -> Result<(), Violation> {
    RULE.judged();
    let was_saved = seen.is_none() || saved.iter().any(|saved| saved.as_ref() == seen);
    RULE.require(was_saved, || format!("{} was never saved", show(seen)))?;
    let index = |id: Option<&LogId>| id.map(|id| id.index);
    RULE.require(seen <= last && index(seen) <= index(last), || {
        format!("{} is above the last id {}", show(seen), show(last))
    })
}
