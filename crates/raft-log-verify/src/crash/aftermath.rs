//! What follows a recovery: openraft starts, what was shown stays, and the store works on.

use std::collections::HashSet;

use crash_disk::sim::{CrashView, Level, Profile, SimFs};

use super::again::Again;
use super::allowed::Allowed;
use crate::log::{EntryContent, Log as _};
use crate::op::{Lead, Op, Spot};
use crate::reference::LogImage;
use crate::rules::{
    Seen, Violation, open_after_crash, recovery_idempotent, show, sticky_recovery,
    usable_after_recovery,
};
use crate::runner::{Disk, Run, Steps, of_store};
use crate::subject::Subject;

/// States of a power cut inside a clean close.
const INSIDE_A_CLOSE: Level = Level::L0;

/// States of a power cut behind it.
const BEHIND_A_CLOSE: Level = Level::L2;

/// States of a power cut behind a write.
const BEHIND_A_WRITE: Level = Level::L2;

/// Entries that are more than a small segment takes.
const ENTRIES_OF_A_ROLL: usize = 9;

/// Judges what follows a recovery, in the run that has just opened the store.
///
/// # Errors
/// openraft does not start, a power cut takes back what was shown, another open shows something
/// else, or the store does not work.
pub(crate) async fn check<S: Subject>(
    run: &mut Run<'_, S>,
    (disk, power): (&SimFs, Profile),
    seen: &Seen,
) -> Result<(), Violation> {
    check_start(run, seen).await?;
    check_sticky(run, &disk.view_now(power), seen).await?;
    let again = reopened(run, &disk.process_kill()).await?;
    recovery_idempotent::check(seen, &again)?;
    use_it(run).await
}

/// The recovery once more, on a disk that records it, and a power cut right behind it. Where it does something that the
/// disk does not know, nothing is judged.
///
/// # Errors
/// The store does not open, or a power cut takes back what was shown.
pub(crate) async fn check_recovery<S: Subject>(
    run: &Run<'_, S>,
    (again, power): (&Again<'_>, Profile),
    seen: &Seen,
) -> Result<(), Violation> {
    let mut other = beside(run, again.disk(run.subject));
    let steps = other.disk().steps();
    there(&steps, other.open().await)?;
    let recorded = other.disk().recorded(run.tuning.block_bytes);
    match recorded.is_whole() {
        true => check_sticky(run, &recorded.disk.view_now(power), seen).await,
        false => Ok(()),
    }
}

/// The same on real files, where no power is cut: the API starts, another open shows the same, and the store works.
///
/// # Errors
/// As [`check`].
pub(crate) async fn check_on_files<S: Subject>(
    run: &mut Run<'_, S>,
    seen: &Seen,
) -> Result<(), Violation> {
    check_start(run, seen).await?;
    run.close_unclean();
    run.open().await?;
    let again = run.see().await?;
    recovery_idempotent::check(seen, &again)?;
    use_it(run).await
}

/// The API starts with a state machine applied at the purged id, and at the committed one.
async fn check_start<S: Subject>(run: &mut Run<'_, S>, seen: &Seen) -> Result<(), Violation> {
    let purged = seen.state.purged;
    let committed = seen.committed.filter(|id| Some(*id) > purged);
    for applied in [Some(purged), committed.map(Some)].into_iter().flatten() {
        let started = of_store(run.store()?.starts(applied)).await;
        if let Some(Err(error)) = started {
            let shown = show(applied.as_ref());
            return Err(open_after_crash::not_startable(&shown, &error.to_string()));
        }
    }
    Ok(())
}

/// A power cut right after the open: whatever of the pending it keeps, the same is shown.
async fn check_sticky<S: Subject>(
    run: &Run<'_, S>,
    view: &CrashView,
    seen: &Seen,
) -> Result<(), Violation> {
    if view.pending_len() == 0 {
        return Ok(());
    }
    for state in view.states(Level::L2) {
        let stays = check_stays(run, &view.disk(&state.keep), seen).await;
        stays.map_err(|violation| violation.at(&view.describe(&state.keep)))?;
    }
    Ok(())
}

/// What an open of a disk after a power cut shows must be what was shown before.
async fn check_stays<S: Subject>(
    run: &Run<'_, S>,
    disk: &SimFs,
    seen: &Seen,
) -> Result<(), Violation> {
    let shown = reopened(run, disk).await;
    let shown = shown.map_err(|violation| sticky_recovery::RULE.broken(violation.to_string()))?;
    sticky_recovery::check(seen, &shown)
}

/// An open and a clean close right after it, and a power cut inside the close or behind it: the
/// same is shown. Only here is something closed that a crash has left and no write has mended.
///
/// # Errors
/// The close fails, or something else is shown.
pub(crate) async fn check_close<S: Subject>(
    run: &Run<'_, S>,
    (again, power): (&Again<'_>, Profile),
    seen: &Seen,
) -> Result<(), Violation> {
    let mut other = beside(run, again.disk(run.subject));
    let steps = other.disk().steps();
    there(&steps, other.open().await)?;
    let opened = other.disk().step();
    other.reader = None;
    there(&steps, other.close().await)?;
    let recorded = other.disk().recorded(run.tuning.block_bytes);
    if !recorded.is_whole() {
        return Ok(());
    }
    let disk = recorded.disk;
    let points = disk.points_between(opened, disk.step());
    let states = |point| (disk.view(point, power), INSIDE_A_CLOSE);
    let inside = points.into_iter().map(states);
    let behind = (disk.view_now(power), BEHIND_A_CLOSE);
    let mut tried = HashSet::new();
    for (view, level) in inside.chain([behind]) {
        for state in view.states(level) {
            let disk = view.disk(&state.keep);
            if !tried.insert(disk.image_hash()) {
                continue;
            }
            let stays = check_stays(run, &disk, seen).await;
            stays.map_err(|violation| {
                violation.at(&format!("a clean close, {}", view.describe(&state.keep)))
            })?;
        }
    }
    Ok(())
}

/// One write after the recovery, and a power cut when it is acknowledged: what the write left is shown.
/// A leftover that the recovery has put away, but not for good, would be taken for something else
/// beside what was written since.
///
/// # Errors
/// The write fails, or something else is shown.
pub(crate) async fn check_cut<S: Subject>(
    run: &Run<'_, S>,
    (again, power): (&Again<'_>, Profile),
    (image, seen): (&LogImage, &Seen),
) -> Result<(), Violation> {
    for op in [roll(), purge_beyond(), Op::Truncate { at: Spot::First }] {
        let mut other = beside(run, again.disk(run.subject));
        let steps = other.disk().steps();
        there(&steps, other.open().await)?;
        other.adopt(image.clone(), seen.committed);
        let fails =
            |violation: Violation| usable_after_recovery::fails(op.name(), &violation.to_string());
        there(&steps, other.step(&op).await).map_err(fails)?;
        there(&steps, other.quiesce().await)?;
        let recorded = other.disk().recorded(run.tuning.block_bytes);
        if !recorded.is_whole() {
            return Ok(());
        }
        let (view, step) = (recorded.disk.view_now(power), recorded.disk.step());
        let journal = other.into_journal();
        let allowed = Allowed::after(&journal, step);
        for state in view.states(BEHIND_A_WRITE) {
            let shown = reopened(run, &view.disk(&state.keep)).await;
            shown
                .and_then(|shown| allowed.find(&shown, &journal).map(drop))
                .map_err(|violation| {
                    let cut = format!(
                        "the store is opened again, {} is acknowledged, the power fails: {}",
                        op.name(),
                        view.describe(&state.keep)
                    );
                    violation.at(&cut)
                })?;
        }
    }
    Ok(())
}

/// Entries for more than one segment.
fn roll() -> Op {
    Op::Append {
        entries: vec![EntryContent::Blank; ENTRIES_OF_A_ROLL],
        lead: Lead::Same,
    }
}

fn purge_beyond() -> Op {
    Op::Purge {
        at: Spot::Above(3),
        lead: Lead::Same,
    }
}

/// What an open of another disk shows.
async fn reopened<S: Subject>(run: &Run<'_, S>, disk: &SimFs) -> Result<Seen, Violation> {
    let disk = match run.subject.disk_server() {
        Some(_) => Disk::written_out(disk),
        None => Disk::Simulated(disk.clone()),
    };
    let mut other = beside(run, disk);
    other.open().await?;
    other.see().await
}

/// What was seen on a disk that is still there. What a store says on one that is gone says nothing of the store.
fn there<T>(steps: &Steps, seen: Result<T, Violation>) -> Result<T, Violation> {
    seen.inspect_err(|_| {
        steps.now();
    })
}

/// A run of the same store on another disk, with no longer entries and no other committed ids.
fn beside<'a, S: Subject>(run: &Run<'a, S>, disk: Disk) -> Run<'a, S> {
    let mut other = Run::on(run.subject, disk, run.tuning);
    other.largest = run.largest;
    other.journal.recall(run.journal.committed());
    other
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
