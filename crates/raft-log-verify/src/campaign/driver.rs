//! Drives a phase: numbered pieces of work on some threads, up to the first that breaks a rule, and its verdict.

use std::io;

use crate::tasks::Runtime;

use super::report::{Counterexample, Phase, Verdict};
use super::{Cause, Config, Progress, workers};
use crate::counts::Counts;
use crate::halt::{Halt, caught};
use crate::op::Program;
use crate::rules::{Violation, open_after_crash};

/// What is found when a rule is broken.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) program: Program,
    pub(super) violation: Violation,
    pub(super) cause: Cause,
    /// What happened, one event per line; empty where the program says it all.
    pub(super) timeline: String,
}

/// What a phase is: its pieces, what they add up to, and how one that breaks a rule is made small.
pub(super) trait Pieces: Sync {
    /// What a piece comes to.
    type Passed: Send;

    /// A piece that breaks a rule.
    type Broken: Send;

    /// Name of the phase.
    fn name(&self) -> &'static str;

    /// How many pieces there are.
    fn total(&self) -> u64;

    /// The program of a piece.
    fn program(&self, number: u64) -> Program;

    /// Does a piece.
    ///
    /// # Errors
    /// It breaks a rule.
    fn piece(&self, runtime: &Runtime, number: u64) -> Result<Self::Passed, Self::Broken>;

    /// Adds up what came of the pieces, in their order.
    fn gather(&self, passed: Vec<Self::Passed>, phase: &mut Phase);

    /// The verdict when no rule was broken: clean, if enough happened.
    fn enough(&self, phase: &Phase) -> Verdict;

    /// The smallest that still breaks the rule.
    fn smallest(&self, runtime: &Runtime, broken: Self::Broken) -> Found;
}

/// Why a piece ended.
enum Stopped<B> {
    Broken(B),
    Halt(Halt),
}

/// Drives the phase. A store that panics has broken a rule; a harness that is broken ends the phase without a word about
/// the store.
///
/// # Errors
/// The machine refuses a runtime.
pub(super) fn drive<P: Pieces>(
    pieces: &P,
    (subject, config): (String, &Config),
    progress: &dyn Progress,
) -> io::Result<Phase> {
    let total = pieces.total();
    progress.phase(pieces.name(), total);
    let work = |runtime: &Runtime, number: u64| match caught(|| pieces.piece(runtime, number)) {
        Ok(Ok(passed)) => Ok(passed),
        Ok(Err(broken)) => Err(Box::new(Stopped::Broken(broken))),
        Err(ending) => Err(Box::new(Stopped::Halt(ending))),
    };
    let outcome = workers::run((total, config.threads), progress, &work)?;
    let mut phase = Phase::new(pieces.name(), Verdict::Clean, Counts::default());
    let stopped = outcome.failed.is_none() && (outcome.passed.len() as u64) < total;
    pieces.gather(outcome.passed, &mut phase);
    let broken = |number, found: Found| {
        Verdict::Broken(Box::new(Counterexample {
            subject,
            phase: pieces.name(),
            seed: config.seed,
            number,
            program: found.program,
            violation: found.violation,
            cause: found.cause,
            timeline: found.timeline,
        }))
    };
    phase.verdict = match outcome.failed.map(|(number, stopped)| (number, *stopped)) {
        None if stopped => Verdict::Stopped,
        None => pieces.enough(&phase),
        Some((number, Stopped::Broken(found))) => {
            let runtime = Runtime::new()?;
            match caught(|| pieces.smallest(&runtime, found)) {
                Ok(found) => broken(number, found),
                Err(Halt::StorePanicked(text)) => broken(number, panicked(pieces, number, &text)),
                Err(Halt::HarnessBroken(text)) => Verdict::HarnessBroken(text),
            }
        }
        Some((number, Stopped::Halt(Halt::StorePanicked(text)))) => {
            broken(number, panicked(pieces, number, &text))
        }
        Some((_, Stopped::Halt(Halt::HarnessBroken(text)))) => Verdict::HarnessBroken(text),
    };
    Ok(phase)
}

/// A store that panicked where nobody looks for a smaller program.
fn panicked<P: Pieces>(pieces: &P, number: u64, text: &str) -> Found {
    Found {
        program: pieces.program(number),
        violation: open_after_crash::RULE.broken(format!("the store panicked: {text}")),
        cause: Cause::PROGRAM,
        timeline: String::new(),
    }
}
