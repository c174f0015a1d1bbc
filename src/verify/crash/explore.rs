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
    let mut exploration = Exploration {
        runtime,
        subject,
        tuning: program.tuning,
        recording: &recording,
        counts: Counts::default(),
        seen: HashSet::new(),
    };
    exploration
        .counts
        .add(count::OPERATIONS, program.ops.len() as u64);
    for point in recording.points() {
        exploration.point(point, level)?;
    }
    Ok(Explored {
        counts: exploration.counts,
    })
}

/// What a process leaves that is killed: all it wrote, none of it made durable by that.
pub const KILL: &str = "kill";

struct Exploration<'a, S: Subject> {
    runtime: &'a Runtime,
    subject: &'a S,
    tuning: Tuning,
    recording: &'a Recording<S>,
    counts: Counts,
    seen: HashSet<(u128, (usize, usize))>,
}

impl<S: Subject> Exploration<'_, S> {
    /// Judges the states that a power cut or a kill at this point may leave.
    fn point(&mut self, point: CrashPoint, level: Level) -> Result<(), CrashFailure> {
        self.counts.one(count::CRASH_POINTS);
        let journal = &self.recording.journal;
        let view = self.recording.disk.view(point, Profile::default());
        let horizon = journal.horizon(step_of(point));
        let admissible = journal.admissible(step_of(point));
        for state in view.states(level) {
            self.counts.one(count::CRASH_STATES);
            let disk = view.disk(&state.keep);
            if self.seen.insert((disk.image_hash(), horizon)) {
                self.counts.one(count::CRASH_JUDGED);
                let judged = self.judge(disk, &admissible);
                judged.map_err(|violation| CrashFailure::Crash {
                    point,
                    keep: state.keep.to_string(),
                    violation: violation.at(&view.describe(&state.keep)),
                })?;
            }
        }
        if matches!(point, CrashPoint::After(_)) && view.pending_len() > 0 {
            self.counts.one(count::KILLS_JUDGED);
            let judged = self.judge(self.recording.disk.process_kill_at(point), &admissible);
            judged.map_err(|violation| CrashFailure::Crash {
                point,
                keep: KILL.to_owned(),
                violation: violation.at(&format!("process killed {point}")),
            })?;
        }
        Ok(())
    }

    fn judge(&mut self, disk: SimFs, admissible: &[LogImage<S::Config>]) -> Result<(), Violation> {
        self.runtime.block_on(Box::pin(judge_disk(
            self.subject,
            self.tuning,
            (disk, self.recording),
            admissible,
            &mut self.counts,
        )))
    }
}

/// Judges one crash state of a program; without a choice of what is kept, a killed process.
///
/// # Errors
/// It breaks a rule.
pub fn replay_state<S: Subject>(
    runtime: &Runtime,
    subject: &S,
    program: &Program,
    (point, keep): (CrashPoint, Option<&Keep>),
) -> Result<(), CrashFailure> {
    let recording = runtime
        .block_on(Box::pin(Recording::new(subject, program)))
        .map_err(CrashFailure::Live)?;
    let disk = match keep {
        Some(keep) => recording.disk.crash_at(point, keep),
        None => recording.disk.process_kill_at(point),
    };
    let admissible = recording.journal.admissible(step_of(point));
    let judged = runtime.block_on(Box::pin(judge_disk(
        subject,
        program.tuning,
        (disk, &recording),
        &admissible,
        &mut Counts::default(),
    )));
    judged.map_err(|violation| CrashFailure::Crash {
        point,
        keep: keep.map_or_else(|| KILL.to_owned(), ToString::to_string),
        violation,
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
    run.open()
        .await
        .map_err(|violation| sticky_recovery::RULE.broken(violation.to_string()))?;
    sticky_recovery::check(seen, &run.see().await?)
}

/// Appends, votes, truncates, purges, reads and reopens.
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
        Op::Truncate {
            at: crate::verify::op::Spot::Last,
        },
        append(),
        Op::Purge {
            at: crate::verify::op::Spot::First,
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
