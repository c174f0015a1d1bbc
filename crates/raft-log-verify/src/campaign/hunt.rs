//! The hunt for one bug: the parts of a campaign, one after another, until it is found.

use crate::tasks::Runtime;
use crash_disk::sim::{Level, Profile};
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;

use super::compared::smallest;
use super::fault::{FaultPhase, Trouble};
use super::model::ModelPhase;
use super::programs::smallest as smallest_crash;
use super::recovery_faults::recovering;
use super::{BugInfo, Part};
use super::{
    Cause, Config, Counterexample, CrashPhase, DamagePhase, ModelDisk, NoProgress, RecoveryPhase,
    run_program,
};
use crate::crash::{CrashFailure, Judged, Scope, explore, recovery_faults};
use crate::damage;
use crate::op::Program;
use crate::subject::Subject;

/// Random programs that a bug may hide from.
const SEQUENCES: u64 = 400;

/// Longest programs of the exhaustive part that a bug may hide from.
const LENGTH: usize = 1;

/// How a bug was found, or not.
#[derive(Debug, Clone)]
pub struct Detection {
    /// The bug.
    pub bug: BugInfo,
    /// What found it, shrunk.
    pub found: Option<Counterexample>,
    /// What it took.
    pub effort: Effort,
}

/// What was run until a bug was found, the program that found it included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Effort {
    /// Programs.
    pub programs: u64,
    /// Their operations, those on the way to the start states included.
    pub operations: u64,
}

impl Effort {
    fn count(&mut self, program: &Program) {
        self.programs += 1;
        self.operations += (program.start.ops().len() + program.ops.len()) as u64;
    }
}

impl Detection {
    /// Whether it was found, by a rule that is about it.
    #[must_use]
    pub fn is_right(&self) -> bool {
        self.found
            .as_ref()
            .is_some_and(|found| self.bug.may_break(found.violation.rule.name))
    }
}

/// Looks for one bug, which the subject has: in the part of the campaign that is meant for it, then in the
/// others.
///
/// # Errors
/// The machine refuses threads or memory.
pub fn hunt<S: Subject>(bug: BugInfo, subject: &S, config: &Config) -> std::io::Result<Detection> {
    let runtime = Runtime::new()?;
    Hunt::new(subject.clone(), config, &runtime).run(bug)
}

/// Looks for one bug in the crash states of short programs alone.
///
/// # Errors
/// The machine refuses threads or memory.
pub fn hunt_crashes<S: Subject>(
    subject: &S,
    config: &Config,
) -> std::io::Result<Option<Counterexample>> {
    let runtime = Runtime::new()?;
    Ok(Hunt::new(subject.clone(), config, &runtime).crashes())
}

struct Hunt<'a, S: Subject> {
    subject: S,
    config: Config,
    runtime: &'a Runtime,
    effort: Effort,
}

impl<'a, S: Subject> Hunt<'a, S> {
    fn new(subject: S, config: &Config, runtime: &'a Runtime) -> Self {
        Self {
            subject,
            config: Config {
                floors: false,
                end_at_first_finding: true,
                ..config.clone()
            },
            runtime,
            effort: Effort::default(),
        }
    }

    fn run(mut self, bug: BugInfo) -> std::io::Result<Detection> {
        let others = Part::ALL.into_iter().filter(|part| *part != bug.part);
        let mut found = None;
        for part in std::iter::once(bug.part).chain(others) {
            found = match part {
                Part::Programs => self.programs(),
                Part::Crashes => self.crashes(),
                Part::Faults => self.faults(),
                Part::Recovery => self.recovery(),
                Part::Damage => self.damage()?,
            };
            if found.is_some() {
                break;
            }
        }
        Ok(Detection {
            bug,
            found,
            effort: self.effort,
        })
    }

    fn programs(&mut self) -> Option<Counterexample> {
        let model = ModelPhase {
            name: "in memory",
            disk: ModelDisk::Simulated,
            sequences: SEQUENCES,
            big: true,
        };
        // The long log last: what it finds is found by something shorter as well, or is about what
        // an open costs.
        for number in (1..SEQUENCES).chain([0]) {
            let program = model.program(&self.subject, &self.config, number);
            self.effort.count(&program);
            let Err(failure) = run_program(self.runtime, &self.subject, model.disk, &program)
            else {
                continue;
            };
            // It went no further than this.
            let left = failure
                .step
                .map_or(program.ops.len(), |step| program.ops.len() - step - 1);
            self.effort.operations -= left as u64;
            let (program, failure) =
                smallest(self.runtime, &self.subject, model.disk, program, failure);
            return Some(Counterexample {
                violation: failure.violation,
                ..self.counterexample(model.name, number, program)
            });
        }
        None
    }

    /// All short programs, in an order that the seed decides.
    fn crashes(&mut self) -> Option<Counterexample> {
        let phase = short_programs();
        for number in shuffled(phase.programs(), self.config.seed) {
            let Some(program) = phase.program(number) else {
                continue;
            };
            self.effort.count(&program);
            let Some((scope, failure)) = self.crashes_of(&program) else {
                continue;
            };
            let (program, failure) =
                smallest_crash(self.runtime, &self.subject, &scope, &program, failure);
            return Some(Counterexample {
                violation: failure.violation().clone(),
                cause: Cause::crash(failure.trail()),
                ..self.counterexample(phase.name(), number, program)
            });
        }
        None
    }

    /// Power cuts before killed processes: what is wrong without a kill is told without one.
    fn crashes_of(&self, program: &Program) -> Option<(Scope, CrashFailure)> {
        let scopes = [&[Profile::Posix][..], &[Profile::Kill, Profile::Posix]]
            .map(|profiles| Scope::new(Level::L2, profiles));
        scopes.into_iter().find_map(|scope| {
            let judged = crash_states(self.runtime, &self.subject, program, &scope);
            judged.err().map(|failure| (scope, failure))
        })
    }

    fn recovery(&mut self) -> Option<Counterexample> {
        let phase = RecoveryPhase::default();
        for number in shuffled(phase.programs(), self.config.seed) {
            let Some(program) = phase.program(number) else {
                continue;
            };
            self.effort.count(&program);
            let Err(failure) = recovery_faults(self.runtime, &self.subject, &program) else {
                continue;
            };
            return Some(Counterexample {
                violation: failure.violation().clone(),
                cause: recovering(&failure),
                ..self.counterexample(RecoveryPhase::NAME, number, program)
            });
        }
        None
    }

    /// Failing calls and then full disks, program by program.
    fn faults(&mut self) -> Option<Counterexample> {
        let programs = short_programs();
        for number in shuffled(programs.programs(), self.config.seed) {
            let Some(program) = programs.program(number) else {
                continue;
            };
            self.effort.count(&program);
            for trouble in [Trouble::FailingCalls, Trouble::FullDisk] {
                let phase = FaultPhase {
                    length: LENGTH,
                    trouble,
                };
                let Err(failure) = phase.check(self.runtime, &self.subject, &program, &[]) else {
                    continue;
                };
                let (program, failure) =
                    phase.smallest(self.runtime, &self.subject, (&program, failure), &[]);
                return Some(Counterexample {
                    violation: failure.violation,
                    cause: Cause::struck(failure.struck),
                    ..self.counterexample(phase.name(), number, program)
                });
            }
        }
        None
    }

    /// The small stores are the same for every seed; which of their bytes are damaged it decides.
    fn damage(&mut self) -> std::io::Result<Option<Counterexample>> {
        let phase = DamagePhase.run(&self.subject, &self.config, &NoProgress)?;
        let found = phase.found.into_iter().next();
        let programs = DamagePhase.programs(&self.config);
        let at = found
            .as_ref()
            .and_then(|found| DamagePhase.store_of(&self.config, found));
        let tried = at.map_or(programs.len(), |at| at + 1);
        for program in programs.iter().take(tried) {
            self.effort.count(program);
        }
        debug_assert_eq!(phase.name, damage::PHASE);
        Ok(found)
    }

    /// A counterexample that says everything but what is broken.
    fn counterexample(&self, phase: &'static str, number: u64, program: Program) -> Counterexample {
        Counterexample {
            subject: self.subject.name(),
            phase,
            seed: self.config.seed,
            number,
            program,
            violation: crate::rules::write_order::RULE.broken(""),
            cause: Cause::PROGRAM,
            timeline: String::new(),
            drawing: None,
        }
    }
}

/// The programs of the exhaustive parts.
fn short_programs() -> CrashPhase {
    CrashPhase::new(LENGTH, Scope::default())
}

/// The numbers below `total` in an order that the seed decides.
fn shuffled(total: u64, seed: u64) -> Vec<u64> {
    let mut numbers: Vec<u64> = (0..total).collect();
    numbers.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    numbers
}

/// Judges the crash states of a program.
pub(super) fn crash_states<S: Subject>(
    runtime: &Runtime,
    subject: &S,
    program: &Program,
    scope: &Scope,
) -> Result<(), CrashFailure> {
    explore(runtime, subject, program, scope, &Judged::new()).map(drop)
}
