//! All programs over the small alphabet up to a length, with every crash state of each.

use timevault::sim_fs::Level;
use tokio::runtime::Runtime;

use super::workers;
use super::{Config, Counterexample, ModelDisk, Phase, Progress, Verdict};
use crate::verify::counts::{Counts, count};
use crate::verify::crash::{CrashFailure, explore};
use crate::verify::op::{ALPHABET, Program, StartState, shrink};
use crate::verify::subject::{Subject, Tuning};

/// The phase of short programs.
#[derive(Debug, Clone, Copy)]
pub struct CrashPhase {
    /// Longest programs.
    pub length: usize,
    /// How many crash states of each point.
    pub level: Level,
}

impl CrashPhase {
    /// Its name.
    pub const NAME: &'static str = "crash states";

    /// How many programs there are: each length from 0 on, from each start state.
    #[must_use]
    pub fn programs(&self) -> u64 {
        let per_start: u64 = (0..=self.length)
            .map(|length| (ALPHABET.len() as u64).pow(length as u32))
            .sum();
        per_start * StartState::ALL.len() as u64
    }

    /// The `number`-th program; shorter ones come first.
    #[must_use]
    pub fn program(&self, number: u64) -> Option<Program> {
        let starts = StartState::ALL.len() as u64;
        let letters = ALPHABET.len() as u64;
        let start = *StartState::ALL.get((number % starts) as usize)?;
        let (mut rest, mut length) = (number / starts, 0);
        while rest >= letters.pow(length) {
            rest -= letters.pow(length);
            length += 1;
        }
        let mut ops = Vec::new();
        for _ in 0..length {
            let letter = ALPHABET.get((rest % letters) as usize)?;
            ops.push((letter.op)());
            rest /= letters;
        }
        Some(Program {
            tuning: Tuning::SMALL,
            start,
            ops,
        })
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
        let total = self.programs();
        progress.phase(Self::NAME, total);
        let work = |runtime: &Runtime, number: u64| {
            let program = self
                .program(number)
                .unwrap_or_else(|| Program::of(Vec::new()));
            explore(runtime, subject, &program, self.level)
                .map_err(|failure| Box::new((program, failure)))
        };
        let outcome = workers::run((total, config.threads), progress, &work)?;
        let mut counts = Counts::default();
        outcome
            .passed
            .iter()
            .for_each(|explored| counts.merge(&explored.counts));
        counts.add(count::PROGRAMS, outcome.passed.len() as u64);
        let verdict = match outcome.failed {
            None if (outcome.passed.len() as u64) < total => Verdict::Stopped,
            None => Verdict::Clean,
            Some((number, failed)) => {
                let (program, failure) = *failed;
                let runtime = workers::runtime()?;
                let (program, failure) = smallest(&runtime, subject, self.level, &program, failure);
                let crash = match &failure {
                    CrashFailure::Live(_) => None,
                    CrashFailure::Crash { point, keep, .. } => {
                        Some((point.to_string(), keep.clone()))
                    }
                };
                Verdict::Broken(Box::new(Counterexample {
                    subject: subject.name(),
                    phase: Self::NAME,
                    seed: config.seed,
                    number,
                    program,
                    violation: failure.violation().clone(),
                    disk: ModelDisk::Simulated,
                    crash,
                    damage: None,
                }))
            }
        };
        Ok(Phase {
            name: Self::NAME,
            verdict,
            counts,
        })
    }
}

fn smallest<S: Subject>(
    runtime: &Runtime,
    subject: &S,
    level: Level,
    program: &Program,
    failure: CrashFailure,
) -> (Program, CrashFailure) {
    let rule = failure.violation().rule.name;
    let mut last = failure;
    let small = shrink(
        program,
        &mut |candidate| match explore(runtime, subject, candidate, level) {
            Err(failure) if failure.violation().rule.name == rule => {
                last = failure;
                true
            }
            _ => false,
        },
    );
    (small, last)
}
