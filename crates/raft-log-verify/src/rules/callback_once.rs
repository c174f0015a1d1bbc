//! Rule `callback-once`.

use super::rule::{Rule, Severity, Violation};
use crate::log::Flushed;
use crate::subject::Caller;

/// Statement, source and severity.
pub static RULE: Rule = Rule {
    name: "callback-once",
    judged_from: Caller::Core,
    severity: Severity::Fatal,
    statement: "each callback is called exactly once, with an error if the write failed; never Ok \
              after an earlier failed sync; if append itself returns an error the callback may be \
              dropped, never Ok; an empty append is called back after everything before it is \
              durable; strict: in call order; dropping the store resolves what is pending",
    source: "the core waits for it, for ever",
    breach: "an append is not answered once, in order and truly",
    meaning: "openraft waits for the answer to each append: without it nothing more is committed; \
              a false one counts entries that are not on disk",
    not_compared: "how long it takes, up to the bound after which it counts as never",
};

/// The violation of a callback that was dropped.
#[must_use]
pub fn dropped(append: &str) -> Violation {
    RULE.broken(format!("the callback of {append} was dropped without a call"))
}

/// The violation of a callback that is never called.
#[must_use]
pub fn never_called(append: &str) -> Violation {
    RULE.broken(format!("the callback of {append} is never called"))
}

/// The violation of a callback that was called with Ok though `append` returned an error.
#[must_use]
pub fn ok_after_error(append: &str) -> Violation {
    RULE.broken(format!("{append} returned an error, but its callback was called with Ok"))
}

/// The violation of a callback that was called with an error on a healthy disk.
fn failed(append: &str, error: &str) -> Violation {
    RULE.broken(format!("the callback of {append} was called with an error: {error}"))
}

/// Whether a callback came, and with Ok, as it must on a healthy disk; `None` where it is never called.
///
/// # Errors
/// It did not.
pub(crate) fn check_done(append: &str, answer: Option<Flushed>) -> Result<(), Violation> {
    match answer {
        Some(Flushed::Ok) => Ok(()),
        Some(Flushed::Err(error)) => Err(failed(append, &error)),
        Some(Flushed::Dropped) => Err(dropped(append)),
        None => Err(never_called(append)),
    }
}

/// Compares the order in which callbacks fired: `fired` holds, for each append in call order,
/// whether its callback has fired at one moment.
///
/// # Errors
/// A later one fired before an earlier one.
pub fn check_order(fired: &[bool]) -> Result<(), Violation> {
    RULE.judged();
    RULE.require(fired.is_sorted_by(|earlier, later| earlier >= later), || {
        format!("callbacks fired out of call order: {fired:?}")
    })
}
