//! Random programs, compared with the reference log step by step.

use crate::tasks::Runtime;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config as ProptestConfig, RngAlgorithm, TestRng, TestRunner};
use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::driver::{self, Found, Pieces};
use super::{Cause, Config, ModelDisk, Phase, Progress, Verdict, floors};
use crate::counts::{Counts, count};
use crate::halt::{self, Halt};
use crate::op::{Op, Program, SequenceMix, program_strategy, shrink};
use crate::rules::{Violation, read_range};
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
        let work = Work {
            phase: self,
            subject,
            config,
        };
        driver::drive(&work, (subject.name(), config), progress)
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

/// The phase on a subject.
struct Work<'a, S> {
    phase: &'a ModelPhase,
    subject: &'a S,
    config: &'a Config,
}

impl<S: Subject> Pieces for Work<'_, S> {
    type Passed = Counts;
    type Broken = (Program, Failure);

    fn name(&self) -> &'static str {
        self.phase.name
    }

    fn total(&self) -> u64 {
        self.phase.sequences
    }

    fn program(&self, number: u64) -> Program {
        self.phase.program(self.subject, self.config, number)
    }

    fn piece(
        &self,
        runtime: &Runtime,
        number: u64,
        _: &[&'static str],
    ) -> Result<Counts, (Program, Failure)> {
        let program = self.program(number);
        run_program(runtime, self.subject, self.phase.disk, &program)
            .map_err(|failure| (program, failure))
    }

    fn gather(&self, passed: Vec<Counts>, phase: &mut Phase) {
        passed.iter().for_each(|passed| phase.counts.merge(passed));
        phase.counts.add(count::SEQUENCES, passed.len() as u64);
    }

    fn enough(&self, phase: &Phase) -> Verdict {
        let size = (self.phase.disk, self.phase.sequences);
        floors::judge(size, self.subject, self.config, &phase.counts)
    }

    fn violation<'a>(&self, (_, failure): &'a (Program, Failure)) -> &'a Violation {
        &failure.violation
    }

    fn as_found(&self, (program, failure): (Program, Failure)) -> Found {
        Found {
            program,
            violation: failure.violation,
            cause: Cause::Program(self.phase.disk),
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
        let disk = self.phase.disk;
        self.as_found(smallest(runtime, self.subject, disk, program, failure))
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
    let disk = disk.unwrap_or_else(|error| halt::give_up("there is no disk", &error));
    let running = halt::caught(|| {
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
    match running {
        Ok(run) => run,
        Err(Halt::StorePanicked(text)) => Err(Failure {
            violation: read_range::RULE.broken(format!("panic: {text}")),
            step: None,
        }),
        Err(Halt::HarnessBroken(text)) => halt::again(text),
    }
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
