//! Calls that fail while an open recovers from a crash: such an open may be refused, but what it
//! has done and not done by then must leave a store that the next one opens.

use std::collections::HashSet;

use timevault::fs::{CallKind, Fault};
use timevault::sim_fs::{CrashPoint, Keep, Profile, SimFs};
use tokio::runtime::Runtime;

use super::{CrashFailure, Cut, Left, Recording, judge};
use crate::verify::counts::{Counts, count};
use crate::verify::op::Program;
use crate::verify::reference::LogImage;
use crate::verify::rules::{Seen, Violation, recovery_idempotent, sticky_recovery};
use crate::verify::runner::{Disk, Run, step_of};
use crate::verify::subject::{Subject, Tuning};

/// The kinds of calls that fail, one after another. Every sync is of the first kind of the two.
const KINDS: [CallKind; 7] = [
    CallKind::SyncData,
    CallKind::Write,
    CallKind::Rename,
    CallKind::CreateNew,
    CallKind::Remove,
    CallKind::SetLen,
    CallKind::Read,
];

/// More calls of one kind than any open makes.
const MOST_CALLS: u64 = 200;

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
        let horizon = recording.journal.horizon(step_of(point));
        for keep in KEPT {
            let view = recording.disk.view(point, Profile::default());
            if !seen.insert((view.disk(&keep).image_hash(), horizon)) {
                continue;
            }
            let states = States {
                subject,
                tuning: program.tuning,
                recording: &recording,
                admissible: recording.journal.admissible(step_of(point)),
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
    recording: &'a Recording<S>,
    admissible: Vec<LogImage<S::Config>>,
    crash: (CrashPoint, Keep),
}

impl<S: Subject> States<'_, S> {
    fn disk(&self) -> SimFs {
        let (point, keep) = &self.crash;
        self.recording.disk.crash_at(*point, keep)
    }

    fn judge(&self, runtime: &Runtime, counts: &mut Counts) -> Result<(), CrashFailure> {
        for kind in KINDS {
            for nth in 1..=MOST_CALLS {
                let disk = self.disk();
                match kind {
                    // The disk itself fails the sync: it knows which pages are lost by that.
                    CallKind::SyncData => disk.fail_sync(nth, EIO),
                    kind => disk.fail_call(kind, nth, Fault::EIO),
                }
                let judged = runtime.block_on(Box::pin(self.open(&disk)));
                let struck = judged.map_err(|violation| {
                    let (point, keep) = &self.crash;
                    let cut = Cut {
                        point: *point,
                        left: Left::PowerCut(Profile::default(), keep.clone()),
                    };
                    let what = cut.to_string();
                    CrashFailure::Crash {
                        trail: vec![cut],
                        violation: violation.at(&format!(
                            "{what}, then {kind:?} {nth} of the recovery failed"
                        )),
                    }
                })?;
                if !struck {
                    break;
                }
                counts.one(count::RECOVERY_FAULTS);
            }
        }
        Ok(())
    }

    /// Opens the disk, on which a call will fail; judges what it shows, what the next open shows,
    /// and what an open shows after a power cut in between. Whether a call failed.
    async fn open(&self, disk: &SimFs) -> Result<bool, Violation> {
        let mut run = self.run(disk.clone());
        let refused = run.attempt_open().await?.is_some();
        if disk.faults_fired() == 0 {
            return Ok(false);
        }
        let first = match refused {
            true => None,
            false => Some(self.admitted(&mut run).await?),
        };
        let cut = disk.crash_now(&Keep::None);
        run.reader = None;
        drop(run.store.take());
        disk.clear_faults();
        run.open().await?;
        let second = self.admitted(&mut run).await?;
        if let Some(first) = &first {
            recovery_idempotent::check(first, &second)?;
        }
        let mut run = self.run(cut);
        run.open().await?;
        let after_cut = self.admitted(&mut run).await?;
        match &first {
            Some(first) => sticky_recovery::check(first, &after_cut)?,
            None => {}
        }
        Ok(true)
    }

    fn run(&self, disk: SimFs) -> Run<'_, S> {
        let mut run = Run::on(self.subject, Disk::Simulated(disk), self.tuning);
        run.largest = self.recording.journal.longest();
        run
    }

    async fn admitted(&self, run: &mut Run<'_, S>) -> Result<Seen<S::Config>, Violation> {
        let seen = run.see().await?;
        judge::classify(&seen, &self.admissible, &self.recording.journal)?;
        Ok(seen)
    }
}

/// Errno of a failed input or output.
const EIO: i32 = 5;
