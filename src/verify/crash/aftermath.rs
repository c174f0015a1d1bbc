//! What follows a recovery: openraft starts, what was shown stays, and the store works on.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use timevault::sim_fs::{Level, Profile, SimFs, TreeEntry};

use super::{Aftermath, initial_state};
use crate::verify::op::{Lead, Op, Spot};
use crate::verify::reference::EntryContent;
use crate::verify::rules::{
    Seen, Violation, open_after_crash, recovery_idempotent, sticky_recovery, usable_after_recovery,
};
use crate::verify::runner::{Disk, Run};
use crate::verify::subject::Subject;

/// Hash of what one recovery has in common with others, of which one is enough.
pub(crate) fn key<S: Subject>(aftermath: Aftermath, disk: &SimFs, seen: &Seen<S::Config>) -> u128 {
    match aftermath {
        Aftermath::EveryDisk => disk_key::<S>(disk, seen),
        Aftermath::EveryShape => shape_key(disk),
    }
}

/// Hash of everything that what follows depends on: the recovered disk, what the store shows of
/// it, and the calls that recovery made, so that a store which went another way to the same bytes
/// is looked at again.
fn disk_key<S: Subject>(disk: &SimFs, seen: &Seen<S::Config>) -> u128 {
    let mut hasher = DefaultHasher::new();
    for number in 1..=disk.step() {
        if let Some(call) = disk.call(number) {
            call.text.hash(&mut hasher);
        }
    }
    format!("{seen:?}").hash(&mut hasher);
    let committed = seen.committed.as_ref().map(ToString::to_string);
    committed.hash(&mut hasher);
    disk.state_hash() ^ u128::from(hasher.finish())
}

/// Hash of the calls that recovery made, the names of all files, which are empty, and what is
/// pending.
fn shape_key(disk: &SimFs) -> u128 {
    let mut hasher = DefaultHasher::new();
    for number in 1..=disk.step() {
        if let Some(call) = disk.call(number) {
            (call.kind.to_string(), call.path).hash(&mut hasher);
        }
    }
    for (path, entry) in disk.to_tree() {
        let empty = match entry {
            TreeEntry::File(bytes) => Some(bytes.is_empty()),
            TreeEntry::Dir => None,
        };
        (path, empty).hash(&mut hasher);
    }
    for op in disk.view_now(Profile::Posix).pending() {
        (op.path, op.what).hash(&mut hasher);
    }
    hasher.finish().into()
}

/// Judges what follows a recovery, in the run that has just opened the store.
///
/// # Errors
/// openraft does not start, a power cut takes back what was shown, another open shows something
/// else, or the store does not work.
pub(crate) async fn check<S: Subject>(
    run: &mut Run<'_, S>,
    disk: &SimFs,
    seen: &Seen<S::Config>,
) -> Result<(), Violation> {
    check_start(run, seen).await?;
    check_sticky(run, disk, seen).await?;
    let again = reopened(run, disk.process_kill()).await?;
    recovery_idempotent::check(seen, &again)?;
    use_it(run).await
}

/// openraft starts with a state machine applied at the purged id, and at the committed one.
async fn check_start<S: Subject>(
    run: &mut Run<'_, S>,
    seen: &Seen<S::Config>,
) -> Result<(), Violation> {
    let purged = seen.state.last_purged_log_id.clone();
    let committed = seen
        .committed
        .clone()
        .filter(|id| Some(id) > purged.as_ref());
    for applied in [Some(purged), committed.map(Some)].into_iter().flatten() {
        let shown = applied
            .as_ref()
            .map_or_else(|| "nothing".to_owned(), ToString::to_string);
        let store = run.store()?;
        initial_state::starts::<S::Config, S::Store>(store, applied)
            .await
            .map_err(|error| open_after_crash::not_startable(&shown, &error.to_string()))?;
    }
    Ok(())
}

/// A power cut right after the open: whatever of the pending it keeps, the same is shown.
async fn check_sticky<S: Subject>(
    run: &Run<'_, S>,
    disk: &SimFs,
    seen: &Seen<S::Config>,
) -> Result<(), Violation> {
    let view = disk.view_now(Profile::Posix);
    if view.pending_len() == 0 {
        return Ok(());
    }
    for state in view.states(Level::L2) {
        let shown = reopened(run, view.disk(&state.keep)).await;
        shown
            .map_err(|violation| sticky_recovery::RULE.broken(violation.to_string()))
            .and_then(|shown| sticky_recovery::check(seen, &shown))
            .map_err(|violation| violation.at(&view.describe(&state.keep)))?;
    }
    Ok(())
}

/// What an open of another disk shows.
async fn reopened<S: Subject>(run: &Run<'_, S>, disk: SimFs) -> Result<Seen<S::Config>, Violation> {
    let mut other = Run::on(run.subject, Disk::Simulated(disk), run.tuning);
    other.open().await?;
    other.see().await
}

/// Appends, votes, truncates, purges, reads, and reopens after a drop and after a close.
async fn use_it<S: Subject>(run: &mut Run<'_, S>) -> Result<(), Violation> {
    let append = || Op::Append {
        entries: vec![EntryContent::Blank; 2],
        lead: Lead::Same,
    };
    let ops = [
        append(),
        Op::Vote {
            up: 1,
            node: 1,
            committed: true,
        },
        Op::Truncate { at: Spot::Last },
        append(),
        Op::DropReopen {
            pending: Vec::new(),
        },
        Op::Purge {
            at: Spot::First,
            lead: Lead::Same,
        },
        Op::Reopen,
    ];
    for op in ops {
        run.step(&op)
            .await
            .map_err(|violation| usable_after_recovery::fails(op.name(), &violation.to_string()))?;
    }
    Ok(())
}
