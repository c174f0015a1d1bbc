//! Random programs, compared with the reference log step by step.

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config as ProptestConfig, RngAlgorithm, TestRng, TestRunner};
use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::compared::Compared;
use super::{Config, ModelDisk, Phase, Progress, floors};
use crate::op::{Program, SequenceMix, program_strategy};
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
        let compared = Compared {
            phase: self.name,
            disk: self.disk,
            total: self.sequences,
            program: &|number| self.program(subject, config, number),
            enough: &|counts| floors::judge((self.disk, self.sequences), subject, config, counts),
        };
        compared.run(subject, (config, progress))
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
    tree.map_or_else(|_| Program::default(), |tree| tree.current())
}
