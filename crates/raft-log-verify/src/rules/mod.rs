//! The contract of a Raft log store, one rule per file.
//!
//! Each file holds the rule's statement, its source, its severity, what is deliberately not
//! compared, and the comparison itself. A violation always carries the rule's name.

pub mod recovered;
mod rule;
mod seen;
mod transition;

macro_rules! rules {
    ($($module:ident),* $(,)?) => {
        $(pub mod $module;)*

        /// Every rule, in the order of the contract.
        pub static ALL: &[&Rule] = &[$(&$module::RULE),*];
    };
}

rules!(
    log_state,
    read_range,
    read_limited,
    entry_fidelity,
    read_your_append,
    reader_atomicity,
    no_hole,
    vote_roundtrip,
    write_order,
    append_durability,
    vote_durability,
    truncate_finality,
    purge_finality,
    purge_beyond_end,
    purge_stale_suffix,
    append_overlap,
    append_below_purge,
    append_ascending,
    append_hole_refused,
    callback_once,
    error_latch,
    cancel_safety,
    committed,
    executor_free,
    open_after_crash,
    purge_window,
    recovery_idempotent,
    sticky_recovery,
    recovery_cost,
    usable_after_recovery,
    no_phantom,
    damage_reported,
    exclusive_open,
    drop_clean,
);

pub use rule::{Rule, Severity, Violation};
pub use seen::Seen;
pub(crate) use seen::show;
pub use transition::Transition;

use super::reference::{LogImage, Write};

/// The rule of that name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Rule> {
    ALL.iter().copied().find(|rule| rule.name == name)
}

/// Compares what a store shows after a write, a refusal or a reopen with what it must show. Rules
/// that tell more about the cause come first.
///
/// # Errors
/// The first rule that is broken.
pub fn compare(step: &Transition<'_>) -> Result<(), Violation> {
    truncate_finality::check(step)?;
    purge_beyond_end::check(step)?;
    purge_stale_suffix::check(step)?;
    purge_finality::check(step)?;
    append_below_purge::check(step)?;
    append_overlap::check(step)?;
    no_hole::check(step)?;
    read_your_append::check(step)?;
    entry_fidelity::check_read(&step.seen.entries, step.after)?;
    read_range::check_read(.., &step.seen.entries, step.after)?;
    log_state::check(step)?;
    vote_roundtrip::check(step)
}

/// The rule that a store breaks when it refuses a write that it has to accept.
#[must_use]
pub fn refused(write: &Write, before: &LogImage, error: &str) -> Violation {
    let text = format!("{write:?} was refused: {error}");
    match write {
        Write::Append(entries) => match entries.first().map(|entry| entry.id.index) {
            Some(first) if before.is_purged(first) => append_below_purge::refused(error),
            Some(first) if first < before.next_index() => append_overlap::RULE.broken(text),
            _ => read_your_append::RULE.broken(text),
        },
        Write::Truncate(_) => truncate_finality::RULE.broken(text),
        Write::Purge(_) => purge_finality::RULE.broken(text),
        Write::Vote(_) => vote_roundtrip::RULE.broken(text),
        Write::Committed(_) => committed::RULE.broken(text),
    }
}
