//! Random programs, compared with the reference log step by step.

use std::panic::AssertUnwindSafe;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config as ProptestConfig, RngAlgorithm, TestRng, TestRunner};
use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tokio::runtime::Runtime;

use super::{Config, Counterexample, ModelDisk, Phase, Progress, Verdict};
use super::{floors, workers};
use crate::counts::{Counts, count};
use crate::op::{Op, Program, SequenceMix, program_strategy, shrink};
use crate::rules::{open_after_crash, read_range};
use crate::runner::{Disk, Failure, Run};
use crate::subject::Subject;

/// A phase of random programs.
#[derive(Debug, Clone, Copy)]
pub struct ModelPhase {
    /// Its name.
    pub name: &'static str,
    /// The disk.
    pub disk: ModelDisk,
    /// How many programs.
    pub sequences: u64,
    /// Whether a payload of a mebibyte is drawn now and then.
    pub big: bool,
}

impl ModelPhase {
    /// Runs the phase.
    ///
    /// # Errors
    /// The machine refuses threads, memory or temporary directories.
    pub fn run<S: Subject>(
        &self,
        subject: &S,
        config: &Config,
        progress: &dyn Progress,
    ) -> std::io::Result<Phase> {
        progress.phase(self.name, self.sequences);
        let disk = self.disk;
        let work = |runtime: &Runtime, number: u64| {
            let program = self.program(subject, config, number);
            run_program(runtime, subject, disk, &program).map_err(|failure| (program, failure))
        };
        let outcome = workers::run((self.sequences, config.threads), progress, &work)?;
        let mut counts = Counts::default();
        outcome
            .passed
            .iter()
            .for_each(|passed| counts.merge(passed));
        counts.add(count::SEQUENCES, outcome.passed.len() as u64);
        let verdict = match outcome.failed {
            None if (outcome.passed.len() as u64) < self.sequences => Verdict::Stopped,
            None => floors::judge((self.disk, self.sequences), subject, config, &counts),
            Some((number, (program, failure))) => {
                let runtime = workers::runtime()?;
                let (program, violation) = smallest(&runtime, subject, disk, program, failure);
                Verdict::Broken(Box::new(Counterexample {
                    subject: subject.name(),
                    phase: self.name,
                    seed: config.seed,
                    number,
                    program,
                    violation: violation.violation,
                    disk: self.disk,
                    crash: Vec::new(),
                    fault: None,
                    timeline: String::new(),
                    damage: None,
                }))
            }
        };
        Ok(Phase::new(self.name, verdict, counts))
    }

    /// The `number`-th program: a long log first, then random ones.
    pub(super) fn program<S: Subject>(&self, subject: &S, config: &Config, number: u64) -> Program {
        let mix = self.mix(subject, config);
        match number {
            0 => Program::long_log(mix.simulated),
            number => grow(mix, self.seed(config.seed), number),
        }
    }

    fn mix<S: Subject>(&self, subject: &S, config: &Config) -> SequenceMix {
        SequenceMix {
            capabilities: subject.capabilities(),
            simulated: self.disk == ModelDisk::Simulated && subject.capabilities().file_system,
            big: self.big,
            length: config.length,
        }
    }

    /// The phases draw from streams of their own.
    fn seed(&self, seed: u64) -> u64 {
        match self.disk {
            ModelDisk::Simulated => seed,
            ModelDisk::Real => !seed,
        }
    }
}

/// The `number`-th program of a seed.
fn grow(mix: SequenceMix, seed: u64, number: u64) -> Program {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(number);
    let mut bytes = [0; 32];
    rng.fill_bytes(&mut bytes);
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let config = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let mut runner = TestRunner::new_with_rng(config, rng);
    let tree = program_strategy(mix).new_tree(&mut runner);
    // Growing fails only where a strategy filters, and none does.
    tree.map_or_else(|_| Program::of(Vec::new()), |tree| tree.current())
}

/// Runs a program on a new disk and returns what happened.
///
/// # Errors
/// The first rule that is broken.
pub fn run_program<S: Subject>(
    runtime: &Runtime,
    subject: &S,
    disk: ModelDisk,
    program: &Program,
) -> Result<Counts, Failure> {
    let crashes = program.ops.iter().any(|op| matches!(op, Op::Crash { .. }));
    let disk = match disk {
        ModelDisk::Simulated => Disk::simulated(crashes, program.tuning.block_bytes),
        ModelDisk::Real => Disk::real(),
    };
    let disk = disk.map_err(|error| Failure {
        violation: open_after_crash::RULE.broken(format!("there is no disk: {error}")),
        step: None,
    })?;
    let running = AssertUnwindSafe(|| {
        runtime.block_on(async {
            let run = Box::pin(Run::new(subject, disk, program.tuning)).await;
            let mut run = run.map_err(|violation| Failure {
                violation,
                step: None,
            })?;
            Box::pin(run.program(program)).await?;
            Ok(run.counts)
        })
    });
    std::panic::catch_unwind(running).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<&str>().copied().map(str::to_owned);
        let text = text
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_default();
        Err(Failure {
            violation: read_range::RULE.broken(format!("panic: {text}")),
            step: None,
        })
    })
}

/// The smallest program found that breaks the same rule.
pub(super) fn smallest<S: Subject>(
    runtime: &Runtime,
    subject: &S,
    disk: ModelDisk,
    program: Program,
    failure: Failure,
) -> (Program, Failure) {
    let rule = failure.violation.rule.name;
    let mut last = failure;
    let mut cut = program;
    if let Some(step) = last.step {
        cut.ops.truncate(step + 1);
    }
    let small = shrink(
        &cut,
        &mut |candidate| match run_program(runtime, subject, disk, candidate) {
            Err(failure) if failure.violation.rule.name == rule => {
                last = failure;
                true
            }
            _ => false,
        },
    );
    (small, last)
}
