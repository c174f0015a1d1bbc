//! Calls that fail while an open recovers from a crash: such an open may be refused, but what it
//! has done and not done by then must leave a store that the next one opens.

use std::collections::HashSet;

use crate::tasks::Runtime;
use crash_disk::sim::{CrashPoint, Keep, Profile, SimFs};

use super::{CrashFailure, Cut, Left, Recording};
use crate::counts::{Counts, count};
use crate::op::Program;
use crate::reference::LogImage;
use crate::rules::{Seen, Violation, recovered, recovery_idempotent, sticky_recovery};
use crate::runner::{Aim, Disk, Run};
use crate::subject::{Subject, Tuning};

/// What is kept of a crash: all, so that recovery has most to do, and nothing.
const KEPT: [Keep; 2] = [Keep::All, Keep::None];

/// Runs the program once, and lets every call of every recovery from a crash in its last operation
/// fail.
///
/// # Errors
/// The first rule that is broken.
pub fn recovery_faults<S: Subject>(
    runtime: &Runtime,
    subject: &S,
    program: &Program,
) -> Result<Counts, CrashFailure> {
    let recording = runtime
        .block_on(Box::pin(Recording::new(subject, program)))
        .map_err(CrashFailure::Live)?;
    let mut counts = Counts::default();
    let mut seen = HashSet::new();
    for point in recording.points() {
        let horizon = recording.journal.horizon(point.complete_calls());
        for keep in KEPT {
            let view = recording.disk.view(point, Profile::default());
            if !seen.insert((view.disk(&keep).image_hash(), horizon)) {
                continue;
            }
            let states = States {
                subject,
                tuning: program.tuning,
                recording: &recording,
                admissible: recording.journal.admissible(point.complete_calls()),
                crash: (point, keep),
            };
            states.judge(runtime, &mut counts)?;
        }
    }
    Ok(counts)
}

/// A crash state, as often as it is wanted.
struct States<'a, S: Subject> {
    subject: &'a S,
    tuning: Tuning,
    recording: &'a Recording,
    admissible: Vec<LogImage>,
    crash: (CrashPoint, Keep),
}

impl<S: Subject> States<'_, S> {
    fn disk(&self) -> SimFs {
        let (point, keep) = &self.crash;
        self.recording.disk.crash_at(*point, keep)
    }

    /// Opens the disk once to number the calls of the recovery, then once for each of them and each way
    /// in which it can fail.
    fn judge(&self, runtime: &Runtime, counts: &mut Counts) -> Result<(), CrashFailure> {
        let aims = runtime.block_on(Box::pin(self.aims()));
        for aim in aims.map_err(|violation| self.failure(violation, "healthy"))? {
            let judged = runtime.block_on(Box::pin(self.open(&aim)));
            let struck = judged.map_err(|violation| self.failure(violation, &aim.to_string()))?;
            counts.one(match struck {
                true => count::RECOVERY_FAULTS,
                false => count::NOT_MET,
            });
        }
        Ok(())
    }

    fn failure(&self, violation: Violation, what: &str) -> CrashFailure {
        let (point, keep) = &self.crash;
        let cut = Cut {
            point: *point,
            left: Left::PowerCut(Profile::default(), keep.clone()),
        };
        let violation = violation.at(&format!("{cut}, then in the recovery {what}"));
        CrashFailure::Crash {
            trail: vec![cut],
            violation,
        }
    }

    async fn aims(&self) -> Result<Vec<Aim>, Violation> {
        let mut run = self.run(self.disk());
        run.watch.strikes.note();
        run.open().await?;
        Ok(Aim::all(run.watch.strikes.noted()))
    }

    /// Opens the disk, on which a call will fail; judges what it shows, what the next open shows,
    /// and what an open shows after a power cut in between. Whether the call failed.
    async fn open(&self, aim: &Aim) -> Result<bool, Violation> {
        let disk = self.disk();
        let mut run = self.run(disk.clone());
        run.watch.strikes.aim(aim.clone());
        let refused = run.attempt_open().await?.is_some();
        if !run.watch.strikes.disarm() {
            return Ok(false);
        }
        let first = match refused {
            true => None,
            false => Some(self.admitted(&mut run).await?),
        };
        let cut = disk.crash_now(&Keep::None);
        run.close_unclean();
        run.open().await?;
        let second = self.admitted(&mut run).await?;
        if let Some(first) = &first {
            recovery_idempotent::check(first, &second)?;
        }
        let mut run = self.run(cut);
        run.open().await?;
        let after_cut = self.admitted(&mut run).await?;
        if let Some(first) = &first {
            sticky_recovery::check(first, &after_cut)?;
        }
        Ok(true)
    }

    fn run(&self, disk: SimFs) -> Run<'_, S> {
        let mut run = Run::on(self.subject, Disk::Simulated(disk), self.tuning);
        run.largest = self.recording.journal.longest();
        run
    }

    async fn admitted(&self, run: &mut Run<'_, S>) -> Result<Seen, Violation> {
        let seen = run.see().await?;
        recovered::judge(&seen, &self.admissible, &self.recording.journal)?;
        Ok(seen)
    }
}
