//! Recorded traffic: what real nodes did to their logs, done to the store under test.

use super::driver::{self, Found, Pieces};
use super::model::smallest;
use super::programs::Programs;
use super::{Cause, Config, Floor, ModelDisk, Phase, Progress, Verdict, run_program};
use crate::caller::recorded;
use crate::counts::{Counts, count};
use crate::crash::Scope;
use crate::halt;
use crate::op::{Op, Program};
use crate::rules::Violation;
use crate::runner::Failure;
use crate::subject::Subject;
use crate::tasks::Runtime;

/// The phase of recorded traffic.
#[derive(Debug, Clone)]
pub struct TrafficPhase {
    /// The programs, one for each recorded node.
    programs: Vec<Program>,
}

impl Default for TrafficPhase {
    fn default() -> Self {
        Self::new()
    }
}

impl TrafficPhase {
    /// Its name.
    pub const NAME: &'static str = "recorded traffic";

    /// Its name where the power is cut.
    pub const CRASHES: &'static str = "crash states, recorded traffic";

    /// All recorded nodes.
    #[must_use]
    pub fn new() -> Self {
        let histories = recorded();
        let histories = histories
            .unwrap_or_else(|error| halt::give_up("the recorded histories cannot be read", &error));
        Self {
            programs: histories.iter().map(Program::recorded).collect(),
        }
    }

    /// Runs the programs, and compares after each call.
    ///
    /// # Errors
    /// The machine refuses threads, memory or temporary directories.
    pub fn run<S: Subject>(
        &self,
        subject: &S,
        config: &Config,
        progress: &dyn Progress,
    ) -> std::io::Result<Phase> {
        let disk = match subject.capabilities().file_system {
            true => ModelDisk::Simulated,
            false => ModelDisk::Real,
        };
        let work = Work {
            phase: self,
            subject,
            disk,
        };
        driver::drive(&work, (subject.name(), config), progress)
    }

    /// Cuts the power in the last write of each program.
    ///
    /// # Errors
    /// The machine refuses threads or memory.
    pub fn crash<S: Subject>(
        &self,
        subject: &S,
        (config, scope): (&Config, &Scope),
        progress: &dyn Progress,
    ) -> std::io::Result<Phase> {
        let programs = Programs {
            phase: Self::CRASHES,
            total: (self.programs.len() as u64).min(config.random_crashes),
            program: &|number| self.up_to_a_write(number),
        };
        let scope = Scope {
            idle_too: true,
            ..scope.clone()
        };
        programs.explore(subject, &scope, (config, progress))
    }

    fn program(&self, number: u64) -> Option<&Program> {
        self.programs.get(usize::try_from(number).ok()?)
    }

    fn up_to_a_write(&self, number: u64) -> Option<Program> {
        let mut program = self.program(number)?.clone();
        let writes = |op: &Op| matches!(op, Op::Recorded { call } if call.range().is_none());
        while program.ops.pop_if(|op| !writes(op)).is_some() {}
        Some(program)
    }
}

struct Work<'a, S> {
    phase: &'a TrafficPhase,
    subject: &'a S,
    disk: ModelDisk,
}

impl<S: Subject> Pieces for Work<'_, S> {
    type Passed = Counts;
    type Broken = (Program, Failure);

    fn name(&self) -> &'static str {
        TrafficPhase::NAME
    }

    fn total(&self) -> u64 {
        self.phase.programs.len() as u64
    }

    fn program(&self, number: u64) -> Program {
        let program = self.phase.program(number).cloned();
        program.unwrap_or_else(|| Program::of(Vec::new()))
    }

    fn piece(
        &self,
        runtime: &Runtime,
        number: u64,
        _: &[&'static str],
    ) -> Result<Counts, (Program, Failure)> {
        let program = self.program(number);
        run_program(runtime, self.subject, self.disk, &program)
            .map_err(|failure| (program, failure))
    }

    fn gather(&self, passed: Vec<Counts>, phase: &mut Phase) {
        passed.iter().for_each(|passed| phase.counts.merge(passed));
        phase.counts.add(count::SEQUENCES, passed.len() as u64);
    }

    fn enough(&self, phase: &Phase) -> Verdict {
        let floor = Floor {
            name: count::SEQUENCES,
            least: 1,
        };
        Verdict::of_floors([(floor, phase.counts.of(count::SEQUENCES))])
    }

    fn violation<'b>(&self, broken: &'b (Program, Failure)) -> &'b Violation {
        &broken.1.violation
    }

    fn as_found(&self, (program, failure): (Program, Failure)) -> Found {
        Found {
            program,
            violation: failure.violation,
            cause: Cause::Program(self.disk),
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
        let (program, failure) = smallest(runtime, self.subject, self.disk, program, failure);
        self.as_found((program, failure))
    }
}
