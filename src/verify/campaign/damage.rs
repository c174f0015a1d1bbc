//! Damaged files, as a phase.

use super::workers;
use super::{Config, Counterexample, ModelDisk, Phase, Progress, Verdict};
use crate::verify::counts::Counts;
use crate::verify::crash::damage;
use crate::verify::op::{Program, StartState};
use crate::verify::subject::{Subject, Tuning};

/// The phase of damaged files: each start state, each file, several places.
#[derive(Debug, Clone, Copy)]
pub struct DamagePhase;

impl DamagePhase {
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
        progress.phase(damage::PHASE, StartState::ALL.len() as u64);
        let runtime = workers::runtime()?;
        let mut phase = Phase::new(damage::PHASE, Verdict::Clean, Counts::default());
        for (number, start) in StartState::ALL.into_iter().enumerate() {
            let program = Program {
                tuning: Tuning::SMALL,
                start,
                ops: Vec::new(),
            };
            match runtime.block_on(Box::pin(damage::check(subject, &program))) {
                Ok(counts) => phase.counts.merge(&counts),
                Err(violation) => {
                    phase.verdict = Verdict::Broken(Box::new(Counterexample {
                        subject: subject.name(),
                        phase: damage::PHASE,
                        seed: config.seed,
                        number: number as u64,
                        program,
                        violation,
                        disk: ModelDisk::Simulated,
                        crash: Vec::new(),
                        fault: None,
                        timeline: String::new(),
                    }));
                    return Ok(phase);
                }
            }
            progress.advance(1);
        }
        Ok(phase)
    }
}
