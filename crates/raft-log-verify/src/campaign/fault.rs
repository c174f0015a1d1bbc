//! Failing calls and full disks, as phases: all programs over the small alphabet up to a length.

use crate::tasks::Runtime;

use super::driver::{self, Found, Pieces};
use super::{Cause, Config, CrashPhase, Floor, Phase, Progress, Verdict};
use crate::counts::{Counts, count};
use crate::crash::Scope;
use crate::fault::{FaultFailure, check_calls, check_full};
use crate::op::{Program, shrink_alike};
use crate::rules::Violation;
use crate::subject::Subject;

/// What is done to the last operation of every program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Every call fails once, in every way that fits it.
    FailingCalls,
    /// There is too little space.
    FullDisk,
}

/// A phase of disks in trouble.
#[derive(Debug, Clone, Copy)]
pub struct FaultPhase {
    /// Longest programs.
    pub length: usize,
    /// The trouble.
    pub trouble: Trouble,
}

impl FaultPhase {
    /// Name of the phase of failing calls.
    pub const FAULT: &'static str = "fault";
    /// Name of the phase of full disks.
    pub const FULL: &'static str = "full disk";

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self.trouble {
            Trouble::FailingCalls => Self::FAULT,
            Trouble::FullDisk => Self::FULL,
        }
    }

    /// Runs the phase.
    ///
    /// # Errors
    /// The machine refuses threads or memory.
    pub fn run<S: Subject>(
        &self,
        subject: &S,
        config: &Config,
        progress: &dyn Progress,
    ) -> std::io::Result<Phase> {
        let work = Work {
            phase: self,
            programs: CrashPhase::new(self.length, Scope::default()),
            subject,
            config,
        };
        driver::drive(&work, (subject.name(), config), progress)
    }

    pub(super) fn check<S: Subject>(
        &self,
        runtime: &Runtime,
        subject: &S,
        program: &Program,
        passed_over: &[&'static str],
    ) -> Result<Counts, FaultFailure> {
        match self.trouble {
            Trouble::FailingCalls => check_calls(runtime, subject, program, passed_over),
            Trouble::FullDisk => check_full(runtime, subject, program, passed_over),
        }
    }

    pub(super) fn smallest<S: Subject>(
        &self,
        runtime: &Runtime,
        subject: &S,
        (program, failure): (&Program, FaultFailure),
        passed_over: &[&'static str],
    ) -> (Program, FaultFailure) {
        shrink_alike(
            (program, failure),
            |failure| failure.violation.rule.name,
            |candidate| {
                let checked = self.check(runtime, subject, candidate, passed_over);
                checked.err()
            },
        )
    }

    /// Clean, if enough happened: the least of each count for every program that was judged.
    fn floors<S: Subject>(&self, subject: &S, config: &Config, counts: &Counts) -> Verdict {
        if !config.floors {
            return Verdict::Clean;
        }
        let programs = counts.of(count::PROGRAMS);
        let (of_each, of_all) = match self.trouble {
            Trouble::FailingCalls => (EACH_FAULT, EVERY_FAULT),
            Trouble::FullDisk => (EACH_FULL, [].as_slice()),
        };
        let of_all = of_all
            .iter()
            .filter(|_| subject.capabilities().segments)
            .map(|name| (*name, 1));
        let floors = of_each
            .iter()
            .map(|(name, times)| (*name, (programs * times / HALF).max(1)))
            .chain(of_all);
        Verdict::of_floors(floors.map(|(name, least)| (Floor { name, least }, counts.of(name))))
    }
}

/// The phase on a subject.
struct Work<'a, S> {
    phase: &'a FaultPhase,
    programs: CrashPhase,
    subject: &'a S,
    config: &'a Config,
}

impl<S: Subject> Pieces for Work<'_, S> {
    type Passed = Counts;
    type Broken = (Program, FaultFailure);

    fn name(&self) -> &'static str {
        self.phase.name()
    }

    fn total(&self) -> u64 {
        self.programs.programs()
    }

    fn program(&self, number: u64) -> Program {
        let program = self.programs.program(number);
        program.unwrap_or_default()
    }

    fn piece(
        &self,
        runtime: &Runtime,
        number: u64,
        passed_over: &[&'static str],
    ) -> Result<Counts, (Program, FaultFailure)> {
        let mut counts = Counts::default();
        for program in variants(self.program(number)) {
            let checked = self
                .phase
                .check(runtime, self.subject, &program, passed_over);
            match checked {
                Ok(more) => counts.merge(&more),
                Err(failure) => return Err((program, failure)),
            }
        }
        Ok(counts)
    }

    fn gather(&self, passed: Vec<Counts>, phase: &mut Phase) {
        passed.iter().for_each(|passed| phase.counts.merge(passed));
    }

    fn enough(&self, phase: &Phase) -> Verdict {
        self.phase.floors(self.subject, self.config, &phase.counts)
    }

    fn violation<'a>(&self, (_, failure): &'a (Program, FaultFailure)) -> &'a Violation {
        &failure.violation
    }

    fn smallest(
        &self,
        runtime: &Runtime,
        (program, failure): (Program, FaultFailure),
        passed_over: &[&'static str],
    ) -> Found {
        let found = (&program, failure);
        let small = self
            .phase
            .smallest(runtime, self.subject, found, passed_over);
        self.as_found(small)
    }

    fn as_found(&self, (program, failure): (Program, FaultFailure)) -> Found {
        Found {
            program,
            violation: failure.violation,
            cause: Cause::struck(failure.struck),
            timeline: String::new(),
            drawing: None,
        }
    }
}

/// Bytes by which files are filled ahead where that is tried.
const FILL_BYTES: u64 = 256;

/// The program; a short one also with files that are filled ahead of the writes.
fn variants(program: Program) -> Vec<Program> {
    let mut variants = vec![program];
    if let Some(program) = variants.first().filter(|program| program.ops.len() < 2) {
        let mut filling = program.clone();
        filling.tuning.fill_bytes = FILL_BYTES;
        variants.push(filling);
    }
    variants
}

/// The floors of each program count halves.
const HALF: u64 = 2;

/// Half so many times in each program of failing calls.
const EACH_FAULT: &[(&str, u64)] = &[
    ("failed: write, EIO", 1),
    ("failed: write, ENOSPC", 1),
    ("failed: write, short", 1),
    ("failed: sync of a file", 1),
    (count::FAILED_WRITES, 2),
    (count::LATER_REFUSED, 1),
    (count::LATER_DONE, 1),
    (count::MENDED, 6),
    (count::CUTS_JUDGED, 4),
];

/// Once at least, in a store with segments.
const EVERY_FAULT: &[&str] = &[
    "failed: create, EIO",
    "failed: create, ENOSPC",
    "failed: rename, EIO",
    "failed: unlink, EIO",
    "failed: set length, EIO",
    "failed: sync of a directory",
    "failed: read, EIO",
    "failed: read, short",
    "failed: read or open, EINTR",
    count::FAILED_OPENS,
];

/// Half so many times in each program of full disks.
const EACH_FULL: &[(&str, u64)] = &[
    (count::BOUNDED, 6),
    (count::FITTED, 2),
    (count::FAILED_WRITES, 2),
    (count::LATER_REFUSED, 2),
    (count::FULL_OPENS, 6),
    (count::MENDED, 6),
];
