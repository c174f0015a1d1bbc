//! Opens and judges the crash states of a recorded run.

use std::collections::HashSet;

use timevault::sim_fs::{CrashPoint, Keep, Level, Profile, SimFs};
use tokio::runtime::Runtime;

use super::{CrashFailure, Recording, initial_state, judge};
use crate::verify::counts::{Counts, count};
use crate::verify::op::{Lead, Op, Program};
use crate::verify::reference::{EntryContent, LogImage};
use crate::verify::rules::{
    Seen, Violation, committed, open_after_crash, recovery_idempotent, sticky_recovery,
    usable_after_recovery,
};
use crate::verify::runner::{Disk, Run, step_of};
use crate::verify::subject::{Subject, Tuning};

/// What was covered.
#[derive(Debug, Clone, Default)]
pub struct Explored {
    /// Operations, crash points, states possible and judged.
    pub counts: Counts,
}

/// Runs the program once and judges every state that a power cut during its last operation may
/// leave, up to `level`.
///
/// # Errors
/// The first state that breaks a rule, or a rule broken without a crash.
pub fn explore<S: Subject>(
    runtime: &Runtime,
    subject: &S,
    program: &Program,
    level: Level,
) -> Result<Explored, CrashFailure> {
    let recording = runtime
        .block_on(Box::pin(Recording::new(subject, program)))
        .map_err(CrashFailure::Live)?;
    let mut counts = Counts::default();
    counts.add(count::OPERATIONS, program.ops.len() as u64);
    let mut seen = HashSet::new();
    for point in recording.points() {
        counts.one(count::CRASH_POINTS);
        let view = recording.disk.view(point, Profile::default());
        let mut admissible = None;
        for state in view.states(level) {
            counts.one(count::CRASH_STATES);
            let disk = view.disk(&state.keep);
            if !seen.insert((disk.image_hash(), recording.journal.horizon(step_of(point)))) {
                continue;
            }
            counts.one(count::CRASH_JUDGED);
            let admissible = admissible
                .get_or_insert_with(|| recording.journal.admissible(step_of(point)));
            let judged = runtime.block_on(Box::pin(judge_disk(
                subject,
                program.tuning,
                (disk, &recording),
                admissible,
                &mut counts,
            )));
            judged.map_err(|violation| CrashFailure::Crash {
                point,
                keep: state.keep.clone(),
                violation: violation.at(&view.describe(&state.keep)),
            })?;
        }
    }
    Ok(Explored { counts })
}

/// Judges one crash state of a program.
///
/// # Errors
/// It breaks a rule.
pub fn replay_state<S: Subject>(
    runtime: &Runtime,
    subject: &S,
    program: &Program,
    (point, keep): (CrashPoint, &Keep),
) -> Result<(), CrashFailure> {
    let recording = runtime
        .block_on(Box::pin(Recording::new(subject, program)))
        .map_err(CrashFailure::Live)?;
    let view = recording.disk.view(point, Profile::default());
    let admissible = recording.journal.admissible(step_of(point));
    let judged = runtime.block_on(Box::pin(judge_disk(
        subject,
        program.tuning,
        (view.disk(keep), &recording),
        &admissible,
        &mut Counts::default(),
    )));
    judged.map_err(|violation| CrashFailure::Crash {
        point,
        keep: keep.clone(),
        violation: violation.at(&view.describe(keep)),
    })
}

/// Opens a crashed disk and judges what it shows, that it goes on showing it, and that the store
/// works.
async fn judge_disk<S: Subject>(
    subject: &S,
    tuning: Tuning,
    (disk, recording): (SimFs, &Recording<S>),
    admissible: &[LogImage<S::Config>],
    counts: &mut Counts,
) -> Result<(), Violation> {
    let journal = &recording.journal;
    let mut run = Run::on(subject, Disk::Simulated(disk.clone()), tuning);
    run.open().await?;
    let seen = run.see().await?;
    let image = judge::classify(&seen, admissible, journal)?;
    let last = seen.state.last_log_id.as_ref();
    committed::check_recovered::<S::Config>(seen.committed.as_ref(), last, journal.committed())?;
    check_start(&mut run, &seen).await?;
    check_sticky(subject, tuning, &disk, &seen).await?;
    run.adopt(image.clone(), seen.committed.clone());
    run.close_unclean();
    run.open().await?;
    recovery_idempotent::check(&seen, &run.see().await?)?;
    let used = use_it(&mut run).await;
    counts.add(count::TORN_TAILS, run.counts.of(count::TORN_TAILS));
    used
}

/// openraft starts with a state machine applied at the purged id, and at the committed one.
async fn check_start<S: Subject>(
    run: &mut Run<'_, S>,
    seen: &Seen<S::Config>,
) -> Result<(), Violation> {
    let purged = seen.state.last_purged_log_id.clone();
    let committed = seen.committed.clone().filter(|id| Some(id) > purged.as_ref());
    for applied in [Some(purged), committed.map(Some)].into_iter().flatten() {
        let shown = applied.as_ref().map_or_else(|| "nothing".to_owned(), ToString::to_string);
        let store = run.store()?;
        initial_state::starts::<S::Config, S::Store>(store, applied)
            .await
            .map_err(|error| open_after_crash::not_startable(&shown, &error.to_string()))?;
    }
    Ok(())
}

/// A power cut right after the open, with nothing kept that was not made durable.
async fn check_sticky<S: Subject>(
    subject: &S,
    tuning: Tuning,
    disk: &SimFs,
    seen: &Seen<S::Config>,
) -> Result<(), Violation> {
    if disk.view_now(Profile::default()).pending_len() == 0 {
        return Ok(());
    }
    let cut = disk.crash_now(&Keep::None);
    let mut run = Run::on(subject, Disk::Simulated(cut), tuning);
    run.open().await.map_err(|violation| sticky_recovery::RULE.broken(violation.to_string()))?;
    sticky_recovery::check(seen, &run.see().await?)
}

/// Appends, votes, truncates, purges, reads and reopens.
async fn use_it<S: Subject>(run: &mut Run<'_, S>) -> Result<(), Violation> {
    let append = || Op::Append { entries: vec![EntryContent::Blank; 2], lead: Lead::Same };
    let ops = [
        append(),
        Op::Vote { up: 1, node: 1, committed: true },
        Op::Truncate { at: crate::verify::op::Spot::Last },
        append(),
        Op::Purge { at: crate::verify::op::Spot::First, lead: Lead::Same },
        Op::Reopen,
    ];
    for op in ops {
        run.step(&op).await.map_err(|violation| {
            usable_after_recovery::fails(op.name(), &violation.to_string())
        })?;
    }
    Ok(())
}
