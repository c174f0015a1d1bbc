//! Killed processes, as a phase.

use std::sync::{Mutex, PoisonError};

use crate::tasks::Runtime;

use super::driver::{self, Found, Pieces};
use super::repro_file;
use super::{Cause, Config, Floor, Phase, Progress, Verdict};
use crate::counts::{Counts, count};
use crate::halt;
use crate::kill::{KillChild, KillFailure, Rounds, STANDS};
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
        let runtime = Runtime::new()?;
        let rounds = Rounds::new(&runtime, subject, (&self.child, config.seed))?;
        let work = Work {
            rounds: Mutex::new(rounds),
            total: self.rounds,
            subject: subject.name(),
            config,
        };
        // One after the other: all work on one directory.
        let config = Config {
            threads: 1,
            ..config.clone()
        };
        driver::drive(&work, (subject.name(), &config), progress)
    }
}

/// The rounds, and the last look behind them.
struct Work<'a, S: Subject> {
    rounds: Mutex<Rounds<'a, S>>,
    total: u64,
    subject: String,
    config: &'a Config,
}

impl<S: Subject> Pieces for Work<'_, S> {
    type Passed = ();
    type Broken = KillFailure;

    fn name(&self) -> &'static str {
        KillPhase::NAME
    }

    fn total(&self) -> u64 {
        self.total + 1
    }

    /// What a child does is drawn from the seed and the round; when it is killed is not.
    fn program(&self, _: u64) -> Program {
        Program::of(Vec::new())
    }

    fn piece(&self, _: &Runtime, round: u64) -> Result<(), KillFailure> {
        let mut rounds = self.rounds.lock().unwrap_or_else(PoisonError::into_inner);
        if round == self.total {
            let looked = rounds.finish(round);
            return looked
                .unwrap_or_else(|error| halt::give_up("the machine refuses a copy", &error));
        }
        let done = rounds.round(round);
        done.unwrap_or_else(|error| halt::give_up("the machine refuses a process", &error))
    }

    fn gather(&self, _: Vec<()>, phase: &mut Phase) {
        let rounds = self.rounds.lock().unwrap_or_else(PoisonError::into_inner);
        phase.counts.merge(&rounds.counts);
    }

    fn enough(&self, phase: &Phase) -> Verdict {
        floors(self.config, &phase.counts)
    }

    fn smallest(&self, _: &Runtime, failure: KillFailure) -> Found {
        let folder = repro_file::folder(self.config.out.as_deref());
        let rule = failure.violation.rule.name;
        let name = repro_file::stem((&self.subject, rule), (self.config.seed, failure.round));
        let path = folder.join(name);
        let kept = match failure.keep(&path) {
            Ok(()) => format!("the directory as it was left: {}", path.display()),
            Err(error) => format!("the directory could not be kept: {error}"),
        };
        Found {
            program: Program::of(Vec::new()),
            timeline: format!("  {failure}\n  {kept}"),
            violation: failure.violation,
            cause: Cause::Killed,
        }
    }
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
        (count::STOOD, if STANDS { rounds / WRITE_ONE_IN } else { 0 }),
        (count::CHILD_WRITES, rounds),
        (count::CHILD_OPENS, rounds / WRITE_ONE_IN),
    ];
    let reached = |(name, least)| (Floor { name, least }, counts.of(name));
    Verdict::of_floors(floors.into_iter().map(reached))
}
