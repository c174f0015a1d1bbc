//! Killed processes, as a phase.

use super::workers;
use super::{Config, Counterexample, Floor, ModelDisk, Phase, Progress, Verdict};
use crate::counts::{Counts, count};
use crate::kill::{KillChild, KillFailure, Rounds};
use crate::op::Program;
use crate::subject::Subject;

/// Rounds from which on the shares are judged; below, chance decides.
const LEAST_ROUNDS: u64 = 100;

/// One in so many is killed inside a write, at least.
const WRITE_ONE_IN: u64 = 2;

/// One in so many is killed inside an open, at least.
const OPEN_ONE_IN: u64 = 10;

/// The phase of killed processes: all rounds on one directory.
#[derive(Debug, Clone)]
pub struct KillPhase {
    /// How the child is started.
    pub child: KillChild,
    /// How many children.
    pub rounds: u64,
}

impl KillPhase {
    /// Its name.
    pub const NAME: &'static str = "kill";

    /// Runs the phase.
    ///
    /// # Errors
    /// The machine refuses processes or the directory.
    pub fn run<S: Subject>(
        &self,
        subject: &S,
        config: &Config,
        progress: &dyn Progress,
    ) -> std::io::Result<Phase> {
        progress.phase(Self::NAME, self.rounds);
        let runtime = workers::runtime()?;
        let mut rounds = Rounds::new(&runtime, subject, (&self.child, config.seed))?;
        let mut verdict = None;
        for round in 0..self.rounds {
            if progress.stop() {
                verdict = Some(Verdict::Stopped);
                break;
            }
            if let Err(failure) = rounds.round(round)? {
                verdict = Some(broken(subject, config, failure));
                break;
            }
            progress.advance(1);
        }
        if !matches!(verdict, Some(Verdict::Broken(_)))
            && let Err(violation) = rounds.finish()
        {
            let round = self.rounds;
            verdict = Some(broken(subject, config, KillFailure { round, violation }));
        }
        let verdict = verdict.unwrap_or_else(|| floors(config, &rounds.counts));
        Ok(Phase::new(Self::NAME, verdict, rounds.counts))
    }
}

fn broken<S: Subject>(subject: &S, config: &Config, failure: KillFailure) -> Verdict {
    Verdict::Broken(Box::new(Counterexample {
        subject: subject.name(),
        phase: KillPhase::NAME,
        seed: config.seed,
        number: failure.round,
        // What it did is drawn from the seed and the round; when it was killed is not.
        program: Program::of(Vec::new()),
        violation: failure.violation,
        disk: ModelDisk::Real,
        crash: Vec::new(),
        fault: None,
        timeline: String::new(),
        damage: None,
    }))
}

/// Clean, if enough were killed where it hurts.
fn floors(config: &Config, counts: &Counts) -> Verdict {
    let rounds = counts.of(count::KILLED);
    if !config.floors || rounds < LEAST_ROUNDS {
        return Verdict::Clean;
    }
    let floors = [
        (count::KILLED_IN_WRITE, rounds / WRITE_ONE_IN),
        (count::KILLED_IN_OPEN, rounds / OPEN_ONE_IN),
        (count::CHILD_WRITES, rounds),
        (count::CHILD_OPENS, rounds / WRITE_ONE_IN),
    ];
    let reached = |(name, least)| (Floor { name, least }, counts.of(name));
    Verdict::of_floors(floors.into_iter().map(reached))
}
