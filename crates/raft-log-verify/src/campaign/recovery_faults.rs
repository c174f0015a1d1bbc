//! Calls that fail while an open recovers from a crash, as a phase.

use crate::tasks::Runtime;

use super::driver::{self, Found, Pieces};
use super::{Cause, Config, Floor, Phase, Progress, Verdict};
use crate::counts::{Counts, count};
use crate::crash::{CrashFailure, recovery_faults};
use crate::op::{Program, StartState, letters};
use crate::rules::Violation;
use crate::subject::{Subject, Tuning};

/// The sizes that are tried.
const TUNINGS: [Tuning; 2] = [Tuning::SMALL, Tuning::FILLED];

/// Calls that fail for each program, at least: a recovery makes some twenty, from several crashes.
const EACH: u64 = 40;

/// The phase of calls that fail during recovery: each operation of the small alphabet from each
/// start state, small files and filled ones, crashed at each point.
#[derive(Debug, Clone, Copy, Default)]
pub struct RecoveryPhase {
    /// Small files only: half of the programs.
    pub small_only: bool,
}

impl RecoveryPhase {
    /// Its name.
    pub const NAME: &'static str = "failing recovery";

    /// How many programs there are.
    #[must_use]
    pub fn programs(self) -> u64 {
        let tunings = if self.small_only { 1 } else { TUNINGS.len() };
        (letters(1).len() * StartState::ALL.len() * tunings) as u64
    }

    /// The `number`-th program.
    #[must_use]
    pub fn program(self, number: u64) -> Option<Program> {
        let number = usize::try_from(number).ok()?;
        let (letters, starts) = (letters(1), StartState::ALL);
        let of_each = letters.len() * starts.len();
        let letter = letters.get(number % of_each / starts.len())?;
        Some(Program {
            tuning: *TUNINGS.get(number / of_each)?,
            start: *starts.get(number % starts.len())?,
            ops: vec![(letter.op)()],
        })
    }

    /// Runs the phase.
    ///
    /// # Errors
    /// The machine refuses threads or memory.
    pub fn run<S: Subject>(
        self,
        subject: &S,
        config: &Config,
        progress: &dyn Progress,
    ) -> std::io::Result<Phase> {
        let work = Work {
            phase: self,
            subject,
            config,
        };
        driver::drive(&work, (subject.name(), config), progress)
    }
}

/// The phase on a subject.
struct Work<'a, S> {
    phase: RecoveryPhase,
    subject: &'a S,
    config: &'a Config,
}

impl<S: Subject> Pieces for Work<'_, S> {
    type Passed = Counts;
    type Broken = (Program, CrashFailure);

    fn name(&self) -> &'static str {
        RecoveryPhase::NAME
    }

    fn total(&self) -> u64 {
        self.phase.programs()
    }

    fn program(&self, number: u64) -> Program {
        let program = self.phase.program(number);
        program.unwrap_or_default()
    }

    fn piece(
        &self,
        runtime: &Runtime,
        number: u64,
        _: &[&'static str],
    ) -> Result<Counts, (Program, CrashFailure)> {
        let program = self.program(number);
        recovery_faults(runtime, self.subject, &program).map_err(|failure| (program, failure))
    }

    fn gather(&self, passed: Vec<Counts>, phase: &mut Phase) {
        passed.iter().for_each(|passed| phase.counts.merge(passed));
        phase.counts.add(count::PROGRAMS, passed.len() as u64);
    }

    fn enough(&self, phase: &Phase) -> Verdict {
        enough(self.config, &phase.counts)
    }

    fn violation<'a>(&self, (_, failure): &'a (Program, CrashFailure)) -> &'a Violation {
        failure.violation()
    }

    /// The programs are as short as they can be.
    fn as_found(&self, (program, failure): (Program, CrashFailure)) -> Found {
        Found {
            program,
            violation: failure.violation().clone(),
            cause: recovering(&failure),
            timeline: String::new(),
            drawing: None,
        }
    }
}

/// What led to a failure: a call that failed in the recovery from a crash, or the program alone.
pub(super) fn recovering(failure: &CrashFailure) -> Cause {
    match failure.trail() {
        [] => Cause::PROGRAM,
        trail => Cause::FailingRecovery(trail.to_vec()),
    }
}

/// Clean, if enough calls failed.
fn enough(config: &Config, counts: &Counts) -> Verdict {
    let floor = Floor {
        name: count::RECOVERY_FAULTS,
        least: counts.of(count::PROGRAMS) * EACH,
    };
    let reached = (floor, counts.of(floor.name));
    Verdict::of_floors(config.floors.then_some(reached))
}
