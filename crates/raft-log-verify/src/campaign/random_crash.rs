//! Random long programs, with every crash state of the last operation of each.

use super::programs::Programs;
use super::{Config, ModelDisk, ModelPhase, Phase, Progress};
use crate::crash::Scope;
use crate::op::{Op, Program};
use crate::subject::Subject;

/// Fewest and most operations of a program.
const LENGTH: (usize, usize) = (1, 200);

/// The phase of random long programs.
#[derive(Debug, Clone)]
pub struct RandomCrashPhase {
    /// How many programs.
    pub programs: u64,
    /// Which crash states of each.
    pub scope: Scope,
}

impl RandomCrashPhase {
    /// Its name.
    pub const NAME: &'static str = "crash states, random";

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
        let programs = Programs {
            phase: Self::NAME,
            total: self.programs,
            program: &|number| Some(self.program(subject, config, number)),
        };
        let scope = Scope {
            idle_too: true,
            ..self.scope.clone()
        };
        programs.explore(subject, &scope, (config, progress))
    }

    /// The `number`-th program: what a healthy disk sees of a random one.
    fn program<S: Subject>(&self, subject: &S, config: &Config, number: u64) -> Program {
        let config = Config {
            length: LENGTH,
            // A stream of its own.
            seed: config.seed.rotate_left(u64::BITS / 2),
            ..config.clone()
        };
        let model = ModelPhase {
            name: Self::NAME,
            disk: ModelDisk::Simulated,
            sequences: self.programs,
            // Each crash point of a write has as many states as it has blocks, and each is read whole.
            big: false,
        };
        // The first of them is no random one.
        let mut program = model.program(subject, &config, number + 1);
        program.ops.retain(leaves_the_disk_alone);
        while program.ops.pop_if(|op| !writes(op)).is_some() {}
        program
    }
}

/// Whether it may change the disk, so that there are points at which to crash. Not what a drop leaves
/// open: the journal goes on from what was found behind it, and does not tell of the points before.
fn writes(op: &Op) -> bool {
    op.is_plain_write()
        || matches!(
            op,
            Op::Burst { .. } | Op::AppendBelow { .. } | Op::Committed { .. } | Op::Reopen
        )
}

/// Whether the disk stays healthy and the same one: the crash comes at the end.
fn leaves_the_disk_alone(op: &Op) -> bool {
    !matches!(op, Op::Crash { .. } | Op::Fault { .. })
}
