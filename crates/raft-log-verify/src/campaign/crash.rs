//! All programs over the small alphabet up to a length, with every crash state of each.

use super::programs::Programs;
use super::{Config, Phase, Progress};
use crate::crash::Scope;
use crate::op::{Program, StartState, letters};
use crate::subject::{Subject, Tuning};

/// The phase of short programs.
#[derive(Debug, Clone)]
pub struct CrashPhase {
    /// Longest programs.
    pub length: usize,
    /// Their sizes, and those of the disk.
    pub tuning: Tuning,
    /// Which crash states of each.
    pub scope: Scope,
}

impl CrashPhase {
    /// Programs of up to so many operations, of the usual sizes.
    #[must_use]
    pub const fn new(length: usize, scope: Scope) -> Self {
        Self {
            length,
            tuning: Tuning::SMALL,
            scope,
        }
    }

    /// Its name: crash states, or crashes in the recovery from them as well.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match (self.scope.nested.is_empty(), self.tuning.fill_bytes) {
            (true, 0) => "crash states",
            (true, _) => "crash states, filled files",
            (false, 0) => "crashes in recovery",
            (false, _) => "crashes in recovery, filled files",
        }
    }

    /// How many programs there are: each length from 0 on, from each start state.
    #[must_use]
    pub fn programs(&self) -> u64 {
        let per_start: u64 = (0..=self.length).map(Self::of_length).sum();
        per_start * StartState::ALL.len() as u64
    }

    /// How many programs of this length there are, from each start state.
    fn of_length(length: usize) -> u64 {
        (letters(length).len() as u64).pow(length as u32)
    }

    /// The `number`-th program; shorter ones come first.
    #[must_use]
    pub fn program(&self, number: u64) -> Option<Program> {
        let starts = StartState::ALL.len() as u64;
        let start = *StartState::ALL.get((number % starts) as usize)?;
        let (mut rest, mut length) = (number / starts, 0);
        while rest >= Self::of_length(length) {
            rest -= Self::of_length(length);
            length += 1;
        }
        let letters = letters(length);
        let mut ops = Vec::new();
        for _ in 0..length {
            let letter = letters.get((rest % letters.len() as u64) as usize)?;
            ops.push((letter.op)());
            rest /= letters.len() as u64;
        }
        Some(Program {
            tuning: self.tuning,
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
        let programs = Programs {
            phase: self.name(),
            total: self.programs(),
            program: &|number| self.program(number),
        };
        programs.explore(subject, &self.scope, (config, progress))
    }
}
