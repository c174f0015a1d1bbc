//! Killed processes, as a phase.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::tasks::Runtime;

use super::driver::{self, Found, Pieces};
use super::repro_file;
use super::{Cause, Config, Floor, Phase, Progress, Verdict};
use crate::counts::{Counts, count};
use crate::halt;
use crate::kill::{KillChild, KillFailure, Rounds, STANDS};
use crate::op::Program;
use crate::rules::{Violation, recovered};
use crate::subject::Subject;
use crate::tally;

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
        let begin = || Rounds::new(&runtime, subject, (&self.child, config.seed));
        let work = Work {
            rounds: Mutex::new(begin()?),
            begin: &begin,
            counts: Mutex::default(),
            total: self.rounds,
            last: config
                .share
                .nth(config.share.count(self.rounds).saturating_sub(1)),
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
    /// Makes them anew, on another directory.
    begin: &'a (dyn Fn() -> std::io::Result<Rounds<'a, S>> + Sync),
    /// What happened on directories that were given up.
    counts: Mutex<Counts>,
    total: u64,
    /// The last round that is done here.
    last: u64,
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
        self.total
    }

    /// What a child does is drawn from the seed and the round; when it is killed is not.
    fn program(&self, _: u64) -> Program {
        Program::default()
    }

    /// Behind a broken rule the rounds go on in a new directory: nobody knows what the old one should hold.
    fn piece(&self, _: &Runtime, round: u64, _: &[&'static str]) -> Result<(), KillFailure> {
        let mut rounds = self.rounds.lock().unwrap_or_else(PoisonError::into_inner);
        let done = tally::aside(|| {
            let done = rounds.round(round);
            done.unwrap_or_else(|error| halt::give_up("the machine refuses a process", &error))?;
            if round < self.last {
                return Ok(());
            }
            let looked = rounds.finish(round + 1);
            looked.unwrap_or_else(|error| halt::give_up("the machine refuses a copy", &error))
        });
        if done.is_err() {
            self.counts().merge(&rounds.counts);
            let begun = (self.begin)();
            *rounds = begun
                .unwrap_or_else(|error| halt::give_up("the machine refuses a directory", &error));
        }
        done
    }

    fn gather(&self, _: Vec<()>, phase: &mut Phase) {
        let rounds = self.rounds.lock().unwrap_or_else(PoisonError::into_inner);
        phase.counts.merge(&rounds.counts);
        phase.counts.merge(&self.counts());
        // How often a child opens the store is a matter of time; each round is judged.
        for rule in recovered::OF_EACH_STATE {
            let killed = phase.counts.of(count::KILLED);
            phase.tally.judged.add(rule.name, killed);
        }
    }

    fn enough(&self, phase: &Phase) -> Verdict {
        floors(self.config, &phase.counts)
    }

    fn violation<'b>(&self, failure: &'b KillFailure) -> &'b Violation {
        &failure.violation
    }

    fn as_found(&self, failure: KillFailure) -> Found {
        let folder = repro_file::folder(self.config.out.as_deref());
        let rule = failure.violation.rule.name;
        let name = repro_file::stem((&self.subject, rule), (self.config.seed, failure.round));
        let path = folder.join(name);
        let kept = match failure.keep(&path) {
            Ok(()) => format!("the directory as it was left: {}", path.display()),
            Err(error) => format!("the directory could not be kept: {error}"),
        };
        Found {
            program: Program::default(),
            timeline: format!("  {failure}\n  {kept}"),
            violation: failure.violation,
            cause: Cause::Killed,
            drawing: None,
        }
    }
}

impl<S: Subject> Work<'_, S> {
    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
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
