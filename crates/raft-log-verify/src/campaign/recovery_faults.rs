//! Calls that fail while an open recovers from a crash, as a phase.

use tokio::runtime::Runtime;

use super::workers;
use super::{Config, Counterexample, Floor, ModelDisk, Phase, Progress, Verdict};
use crate::counts::{Counts, count};
use crate::crash::{CrashFailure, recovery_faults};
use crate::op::{Program, StartState, letters};
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
        let total = self.programs();
        progress.phase(Self::NAME, total);
        let work = |runtime: &Runtime, number: u64| {
            let program = self
                .program(number)
                .unwrap_or_else(|| Program::of(Vec::new()));
            recovery_faults(runtime, subject, &program)
                .map_err(|failure| Box::new((program, failure)))
        };
        let outcome = workers::run((total, config.threads), progress, &work)?;
        let mut counts = Counts::default();
        outcome
            .passed
            .iter()
            .for_each(|passed| counts.merge(passed));
        counts.add(count::PROGRAMS, outcome.passed.len() as u64);
        let verdict = match outcome.failed {
            None if (outcome.passed.len() as u64) < total => Verdict::Stopped,
            None => enough(config, &counts),
            Some((number, failed)) => {
                let (program, failure) = *failed;
                let found = counterexample((subject, config), number, (program, failure));
                Verdict::Broken(Box::new(found))
            }
        };
        Ok(Phase::new(Self::NAME, verdict, counts))
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

/// What has to be told of a failure. The programs are as short as they can be.
pub(super) fn counterexample<S: Subject>(
    (subject, config): (&S, &Config),
    number: u64,
    (program, failure): (Program, CrashFailure),
) -> Counterexample {
    Counterexample {
        subject: subject.name(),
        phase: RecoveryPhase::NAME,
        seed: config.seed,
        number,
        program,
        violation: failure.violation().clone(),
        disk: ModelDisk::Simulated,
        crash: failure.trail().to_vec(),
        fault: None,
        timeline: String::new(),
        damage: None,
    }
}
