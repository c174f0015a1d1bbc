//! Recorded traffic: what real nodes did to their logs, done to the store under test.

use super::compared::Compared;
use super::programs::Programs;
use super::{Config, Floor, ModelDisk, Phase, Progress, Verdict};
use crate::caller::recorded;
use crate::counts::{Counts, count};
use crate::crash::Scope;
use crate::op::{Op, Program};
use crate::subject::Subject;

/// The phase of recorded traffic: a program for each recorded node.
#[derive(Debug, Clone, Copy, Default)]
pub struct TrafficPhase;

impl TrafficPhase {
    /// Its name.
    pub const NAME: &'static str = "recorded traffic";

    /// Its name where the power is cut.
    pub const CRASHES: &'static str = "crash states, recorded traffic";

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
        let programs = programs()?;
        let compared = Compared {
            phase: Self::NAME,
            disk: match subject.capabilities().file_system {
                true => ModelDisk::Simulated,
                false => ModelDisk::Real,
            },
            total: programs.len() as u64,
            program: &|number| {
                let program = nth(&programs, number).cloned();
                program.unwrap_or_default()
            },
            enough: &enough,
        };
        compared.run(subject, (config, progress))
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
        let recorded = programs()?;
        let programs = Programs {
            phase: Self::CRASHES,
            total: (recorded.len() as u64).min(config.random_crashes),
            program: &|number| nth(&recorded, number).map(up_to_a_write),
        };
        let scope = Scope {
            idle_too: true,
            ..scope.clone()
        };
        programs.explore(subject, &scope, (config, progress))
    }
}

/// The programs, one for each recorded node.
fn programs() -> std::io::Result<Vec<Program>> {
    let histories = recorded().map_err(std::io::Error::other)?;
    Ok(histories.iter().map(Program::recorded).collect())
}

fn nth(programs: &[Program], number: u64) -> Option<&Program> {
    programs.get(usize::try_from(number).ok()?)
}

fn up_to_a_write(program: &Program) -> Program {
    let mut program = program.clone();
    let writes = |op: &Op| matches!(op, Op::Recorded { call } if call.range().is_none());
    while program.ops.pop_if(|op| !writes(op)).is_some() {}
    program
}

/// Clean, if any was run.
fn enough(counts: &Counts) -> Verdict {
    let floor = Floor {
        name: count::SEQUENCES,
        least: 1,
    };
    Verdict::of_floors([(floor, counts.of(count::SEQUENCES))])
}
