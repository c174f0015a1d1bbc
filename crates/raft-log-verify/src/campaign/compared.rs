//! Numbered programs, each run on a new disk and compared with the reference log step by step.

use super::driver::{self, Found, Pieces};
use super::{Cause, Config, ModelDisk, Phase, Progress, Verdict};
use crate::counts::{Counts, count};
use crate::halt::{self, Halt};
use crate::op::{Op, Program, shrink_alike};
use crate::rules::{Violation, read_range};
use crate::runner::{Disk, Failure, Run};
use crate::subject::Subject;
use crate::tasks::Runtime;

/// Numbered programs of a phase.
pub(super) struct Compared<'a> {
    /// Name of the phase.
    pub(super) phase: &'static str,
    /// What they are run on.
    pub(super) disk: ModelDisk,
    /// How many there are.
    pub(super) total: u64,
    /// The one of a number, counted from 0.
    pub(super) program: &'a (dyn Fn(u64) -> Program + Sync),
    /// The verdict by what happened, when no rule was broken.
    pub(super) enough: &'a (dyn Fn(&Counts) -> Verdict + Sync),
}

impl Compared<'_> {
    /// Runs the programs, and compares after each step.
    ///
    /// # Errors
    /// The machine refuses threads, memory or temporary directories.
    pub(super) fn run<S: Subject>(
        &self,
        subject: &S,
        (config, progress): (&Config, &dyn Progress),
    ) -> std::io::Result<Phase> {
        let work = Work {
            programs: self,
            subject,
        };
        driver::drive(&work, (subject.name(), config), progress)
    }
}

/// The programs on a subject.
struct Work<'a, S> {
    programs: &'a Compared<'a>,
    subject: &'a S,
}

impl<S: Subject> Pieces for Work<'_, S> {
    type Passed = Counts;
    type Broken = (Program, Failure);

    fn name(&self) -> &'static str {
        self.programs.phase
    }

    fn total(&self) -> u64 {
        self.programs.total
    }

    fn program(&self, number: u64) -> Program {
        (self.programs.program)(number)
    }

    fn piece(
        &self,
        runtime: &Runtime,
        number: u64,
        _: &[&'static str],
    ) -> Result<Counts, (Program, Failure)> {
        let program = self.program(number);
        run_program(runtime, self.subject, self.programs.disk, &program)
            .map_err(|failure| (program, failure))
    }

    fn gather(&self, passed: Vec<Counts>, phase: &mut Phase) {
        passed.iter().for_each(|passed| phase.counts.merge(passed));
        phase.counts.add(count::SEQUENCES, passed.len() as u64);
    }

    fn enough(&self, phase: &Phase) -> Verdict {
        (self.programs.enough)(&phase.counts)
    }

    fn violation<'a>(&self, (_, failure): &'a (Program, Failure)) -> &'a Violation {
        &failure.violation
    }

    fn as_found(&self, (program, failure): (Program, Failure)) -> Found {
        Found {
            program,
            violation: failure.violation,
            cause: Cause::Program(self.programs.disk),
            timeline: String::new(),
            drawing: None,
        }
    }

    fn smallest(
        &self,
        runtime: &Runtime,
        (program, failure): (Program, Failure),
        _: &[&'static str],
    ) -> Found {
        let disk = self.programs.disk;
        self.as_found(smallest(runtime, self.subject, disk, program, failure))
    }
}

/// Runs a program on a new disk and returns what happened.
///
/// # Errors
/// The first rule that is broken.
pub fn run_program<S: Subject>(
    runtime: &Runtime,
    subject: &S,
    disk: ModelDisk,
    program: &Program,
) -> Result<Counts, Failure> {
    let crashes = program.ops.iter().any(|op| matches!(op, Op::Crash { .. }));
    let disk = match disk {
        ModelDisk::Simulated => Disk::simulated(crashes, program.tuning.block_bytes),
        ModelDisk::Real => Disk::real(),
    };
    let disk = disk.unwrap_or_else(|error| halt::give_up("there is no disk", &error));
    let running = halt::caught(|| {
        runtime.block_on(async {
            let run = Box::pin(Run::new(subject, disk, program.tuning)).await;
            let mut run = run.map_err(|violation| Failure {
                violation,
                step: None,
            })?;
            Box::pin(run.program(program)).await?;
            Ok(run.counts)
        })
    });
    match running {
        Ok(run) => run,
        Err(Halt::StorePanicked(text)) => Err(Failure {
            violation: read_range::RULE.broken(format!("panic: {text}")),
            step: None,
        }),
        Err(Halt::HarnessBroken(text)) => halt::again(text),
    }
}

/// The smallest program found that breaks the same rule.
pub(super) fn smallest<S: Subject>(
    runtime: &Runtime,
    subject: &S,
    disk: ModelDisk,
    program: Program,
    failure: Failure,
) -> (Program, Failure) {
    let mut cut = program;
    if let Some(step) = failure.step {
        cut.ops.truncate(step + 1);
    }
    shrink_alike(
        (&cut, failure),
        |failure| failure.violation.rule.name,
        |candidate| run_program(runtime, subject, disk, candidate).err(),
    )
}
