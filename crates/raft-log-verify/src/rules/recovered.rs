//! Judges a recovered state: which rule it breaks, if it breaks one.

use crate::log::LogId;
use crate::reference::{Journal, LogImage, Write};
use crate::rules::{
    Rule, Seen, Transition, Violation, append_durability, committed, no_hole, no_phantom,
    open_after_crash, purge_finality, purge_window, truncate_finality, vote_durability,
    write_order,
};

/// What is judged of every state that a crash leaves.
pub(crate) const OF_EACH_STATE: [&Rule; 6] = [
    &open_after_crash::RULE,
    &write_order::RULE,
    &append_durability::RULE,
    &vote_durability::RULE,
    &no_phantom::RULE,
    &no_hole::RULE,
];

/// Finds the admissible state that the store shows, or else the broken rule that tells most about
/// the cause. The committed id must be one that was saved.
///
/// # Errors
/// The store shows no admissible state, or a committed id that it should not.
pub fn judge<'a>(
    seen: &Seen,
    admissible: &'a [LogImage],
    journal: &Journal,
) -> Result<&'a LogImage, Violation> {
    OF_EACH_STATE.iter().for_each(|rule| rule.judged());
    let found = classify(seen, admissible, journal)?;
    check_committed(seen, journal)?;
    Ok(found)
}

/// The committed id after a recovery: one that was saved, or none, and never above the log.
///
/// # Errors
/// It is another one.
pub fn check_committed(seen: &Seen, journal: &Journal) -> Result<(), Violation> {
    let last = seen.state.last.as_ref();
    committed::check_recovered(seen.committed.as_ref(), last, journal.committed())
}

fn classify<'a>(
    seen: &Seen,
    admissible: &'a [LogImage],
    journal: &Journal,
) -> Result<&'a LogImage, Violation> {
    if let Ok(found) = write_order::find(seen, admissible) {
        return Ok(found);
    }
    interrupted_purge(seen, journal)?;
    let base = journal.base();
    no_hole::check(&Transition {
        write: None,
        before: base,
        after: base,
        seen,
    })?;
    purge_undone(seen, admissible)?;
    no_phantom::check(seen, journal)?;
    vote_durability::check(seen, admissible)?;
    append_durability::check(seen, admissible)?;
    came_back(seen, admissible)?;
    write_order::find(seen, admissible)
}

/// A purge that shows its id, but not all of its effect.
fn interrupted_purge(seen: &Seen, journal: &Journal) -> Result<(), Violation> {
    // A purge in two steps does no harm to a caller that never reads below the purged id.
    if journal.caller() < purge_window::RULE.judged_from {
        return Ok(());
    }
    let Some(Write::Purge(id)) = journal.issued().last().map(|issued| &issued.write) else {
        return Ok(());
    };
    // A purge to the purged id leaves nothing undone.
    let idle = journal.base().purged.as_ref() == Some(id);
    match !idle && seen.state.purged.as_ref() == Some(id) {
        true => Err(purge_window::incomplete(&format!("{seen:?}"))),
        false => Ok(()),
    }
}

/// A purged id below that of every admissible state, while the log is there.
fn purge_undone(seen: &Seen, admissible: &[LogImage]) -> Result<(), Violation> {
    let purged = seen.state.purged.as_ref();
    let mut images = admissible.iter();
    let undone = images.all(|image| purged < image.purged.as_ref()) && !seen.entries.is_empty();
    purge_finality::RULE.require(!undone, || format!("a purge came undone: {seen:?}"))
}

/// Looks for truncated entries that no admissible state holds.
fn came_back(seen: &Seen, admissible: &[LogImage]) -> Result<(), Violation> {
    let images = admissible.iter().map(|image| image.entries.values());
    let held = |id: LogId| images.clone().flatten().any(|entry| entry.id == id);
    match seen.entries.iter().find(|entry| !held(entry.id)) {
        Some(back) => Err(truncate_finality::RULE.broken(format!(
            "entry {} came back after a crash: {seen:?}",
            back.id
        ))),
        None => Ok(()),
    }
}
