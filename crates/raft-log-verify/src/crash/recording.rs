//! One run of a program on a recorded disk.

use std::sync::Arc;

use crate::tasks::Runtime;
use crash_disk::sim::{CrashPoint, SimFs};

use super::state::Judge;
use super::{Judged, Scope};
use crate::counts::count;
use crate::halt;
use crate::op::Program;
use crate::reference::Journal;
use crate::runner::{Calls, Disk, Failure, Mounted, Recorded, Run};
use crate::subject::{Caller, Subject, Tuning};

/// A recorded run: the disk, and what was issued and acknowledged during its last operation.
#[derive(Debug)]
pub struct Recording {
    /// The disk with its history.
    pub disk: SimFs,
    /// Calls made before the last operation.
    pub from: u64,
    /// Calls made when it was done.
    pub to: u64,
    /// What was issued and acknowledged.
    pub journal: Journal,
    /// The calls, of a mounted disk.
    calls: Option<Calls>,
    /// Whether the caller is the core, which waits for each write and for nothing else.
    core: bool,
    /// Whether an operation before the last meant nothing where it stood.
    idle: bool,
    /// How many there were.
    operations: usize,
}

impl Recording {
    /// Runs the program. Its last operation is the one in which the power will be cut; without
    /// operations it is the first open, or the way to the start state.
    ///
    /// # Errors
    /// A rule is broken without a crash.
    pub async fn new<S: Subject>(subject: &S, program: &Program) -> Result<Self, Failure> {
        let block_bytes = program.tuning.block_bytes;
        let disk = match subject.disk_server() {
            Some(server) => Mounted::start(&server).map(|disk| Disk::Mounted(Arc::new(disk))),
            None => Disk::simulated(true, block_bytes),
        };
        let disk = disk.unwrap_or_else(|error| halt::give_up("there is no disk", &error));
        let steps = disk.steps();
        // What a store says on a disk that is gone says nothing of the store.
        let failed = |violation, step| {
            steps.now();
            Failure { violation, step }
        };
        let fail = |violation| failed(violation, None);
        let mut run = Run::on(subject, disk, program.tuning);
        if subject.created_before() {
            run.create().await.map_err(fail)?;
        }
        let mut from = run.disk().step();
        run.open_new().await.map_err(fail)?;
        let mut number = None;
        for op in program.start.ops() {
            from = run.disk().step();
            run.step(&op).await.map_err(fail)?;
        }
        // Those on the way to the start state are no operations of the program.
        let on_the_way = run.counts.of(count::SKIPPED);
        let mut idle = false;
        for op in &program.ops {
            idle |= run.counts.of(count::SKIPPED) > on_the_way;
            number = Some(number.map_or(0, |number| number + 1));
            from = run.disk().step();
            let done = run.step(op).await;
            done.map_err(|violation| failed(violation, number))?;
        }
        // What the store does behind its answers belongs to the operation too.
        run.quiesce().await.map_err(fail)?;
        let to = run.disk().step();
        let Recorded { disk, calls } = run.disk().recorded(block_bytes);
        // Here a panic in its drop is the store's.
        run.close_unclean();
        let core = run.caller == Caller::Core;
        Ok(Self {
            disk,
            from,
            to,
            journal: run.into_journal(),
            calls,
            core,
            idle,
            operations: program.ops.len(),
        })
    }

    /// Whether an operation before the last one changed nothing because it meant nothing where it
    /// stood: a program without it comes to the same.
    #[must_use]
    pub fn is_longer_than_needed(&self) -> bool {
        self.idle
    }

    /// Whether the store asked a mounted disk for nothing that it does not know. What it does where that is refused may not
    /// be what it does on others, so its crashes are not judged.
    pub(super) fn is_known(&self) -> bool {
        self.calls.as_ref().is_none_or(Calls::are_known)
    }

    /// Whether the store wrote into mapped files. The kernel keeps that for a killed process, and the disk has not seen it
    /// yet, so kills are not judged.
    pub(super) fn has_mapped(&self) -> bool {
        self.calls.as_ref().is_some_and(Calls::have_mapped)
    }

    /// The steps of the last operation that are syncs of a mounted disk, from the last of them to the first.
    pub(super) fn syncs(&self) -> Vec<u64> {
        let last = self.from + 1..=self.to;
        let syncs = self.calls.iter().flat_map(Calls::syncs);
        let mut syncs: Vec<u64> = syncs.filter(|sync| last.contains(sync)).collect();
        syncs.reverse();
        syncs
    }

    /// From now on the disk is as if this sync had done nothing, and no other.
    pub(super) fn leave_out(&mut self, sync: u64, block_bytes: usize) {
        if let Some(calls) = &self.calls {
            self.disk = calls
                .without_sync(sync, block_bytes)
                .unwrap_or_else(|error| halt::give_up("the calls cannot be made again", &error));
        }
    }

    /// The judge of what crashes leave of this run.
    pub(crate) fn judge<'a, S: Subject>(
        &'a self,
        runtime: &'a Runtime,
        subject: &'a S,
        (tuning, scope, judged): (Tuning, &'a Scope, &'a Judged),
    ) -> Judge<'a, S> {
        Judge {
            runtime,
            subject,
            tuning,
            journal: &self.journal,
            calls: self.calls.as_ref(),
            killed_at: None,
            aftermath: scope.aftermath_of(self.operations),
            power: scope.power(),
            judged,
            passed_over: &scope.passed_over,
        }
    }

    /// The points at which the power can be cut during the last operation.
    #[must_use]
    pub fn points(&self) -> Vec<CrashPoint> {
        let mut points = self.disk.points_between(self.from, self.to);
        // What was promised without a call of the disk is lost behind the promise. Under the other callers everything
        // is done by now, and a call would be there.
        if points.is_empty() && self.core {
            points.push(CrashPoint::After(self.to));
        }
        points
    }
}
