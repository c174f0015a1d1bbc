//! Drives a phase: numbered pieces of work on some threads, its findings, and its verdict.
//!
//! Behind a piece that breaks a rule the phase begins again at the same piece, and passes breaches of that rule over. The
//! pieces before it have passed, so the outcome is the same with any number of threads.

use std::io;

use crate::tasks::Runtime;

use super::driven::Driven;
use super::report::{Counterexample, Phase, Verdict};
use super::{Cause, Config, Progress, Share, shared_phase, workers};
use crate::counts::Counts;
use crate::crash::{Drawing, Judged};
use crate::halt::{Halt, caught};
use crate::op::Program;
use crate::rules::{Violation, open_after_crash};
use crate::tally::{self, Tally};

/// Findings of a campaign that are made as small as they can be. Further ones are shown as they were found.
const MOST_SHRUNK: usize = 8;

/// What is found when a rule is broken.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) program: Program,
    pub(super) violation: Violation,
    pub(super) cause: Cause,
    /// What happened, one event per line; empty where the program says it all.
    pub(super) timeline: String,
    /// The same, to be drawn.
    pub(super) drawing: Option<Drawing>,
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

    /// Does a piece. Where it can tell the breaches of a rule apart, it counts those of the rules in `passed_over` and
    /// goes on.
    ///
    /// # Errors
    /// It breaks a rule.
    fn piece(
        &self,
        runtime: &Runtime,
        number: u64,
        passed_over: &[&'static str],
    ) -> Result<Self::Passed, Self::Broken>;

    /// Adds up what came of the pieces, in their order: sums, so that the sums of shards are those of the whole.
    fn gather(&self, passed: Vec<Self::Passed>, phase: &mut Phase);

    /// What the pieces remember together, where they do.
    fn memory(&self) -> Option<&Judged> {
        None
    }

    /// Adds what is no sum, when so many pieces have passed.
    fn conclude(&self, _passed: u64, _phase: &mut Phase) {}

    /// The verdict when no rule was broken: clean, if enough happened.
    fn enough(&self, phase: &Phase) -> Verdict;

    /// What was broken, as it was found.
    fn as_found(&self, broken: Self::Broken) -> Found;

    /// What was broken.
    fn violation<'a>(&self, broken: &'a Self::Broken) -> &'a Violation;

    /// The smallest that still breaks the rule, while breaches of the rules in `passed_over` are passed over. What cannot
    /// be made smaller stays as it was found.
    fn smallest(&self, _: &Runtime, broken: Self::Broken, _: &[&'static str]) -> Found {
        self.as_found(broken)
    }
}

/// Why a piece ended.
enum Stopped<B> {
    Broken(B),
    Halt(Halt),
}

/// What a piece came to, and what was counted. Nothing where it broke a rule that is passed over.
type Done<P> = (Option<<P as Pieces>::Passed>, Tally);

/// A piece that ends a leg of the phase.
type Failed<P> = Box<Stopped<<P as Pieces>::Broken>>;

/// Drives the phase. A store that panics has broken a rule; a harness that is broken ends the phase without a word about
/// the store.
///
/// # Errors
/// The machine refuses a runtime; the shards of which it is joined have no such phase.
pub(super) fn drive<P: Pieces>(
    pieces: &P,
    (subject, config): (String, &Config),
    progress: &dyn Progress,
) -> io::Result<Phase> {
    let driven = match &config.share {
        Share::Joined(shards) => {
            let of = (pieces.name(), subject.as_str(), config.seed);
            let shards = shards.phase(pieces.name())?;
            shared_phase::join(&shards, of, &config.passed_over, pieces.memory())?
        }
        Share::Whole | Share::Shard(_) => run(pieces, (subject, config), progress)?,
    };
    let shard = config.share.shard();
    let of_shard = shard.map(|_| shared_phase::split(&driven, pieces.memory()));
    let Driven {
        mut phase,
        passed,
        ended,
    } = driven;
    phase.of_shard = of_shard.into_iter().collect();
    pieces.conclude(passed, &mut phase);
    let broken = phase.tally.breaches.iter().next().is_some();
    phase.verdict = match ended {
        Some(verdict) => verdict,
        None if broken => Verdict::Broken,
        // How much is enough only the whole can tell.
        None if shard.is_some() => Verdict::Clean,
        None => pieces.enough(&phase),
    };
    Ok(phase)
}

/// Does the pieces that are done here.
///
/// # Errors
/// The machine refuses a runtime.
fn run<P: Pieces>(
    pieces: &P,
    (subject, config): (String, &Config),
    progress: &dyn Progress,
) -> io::Result<Driven> {
    let total = config.share.count(pieces.total());
    progress.phase(pieces.name(), total);
    let mut phase = Phase::new(pieces.name(), Verdict::Clean, Counts::default());
    let mut passed_over = config.passed_over.clone();
    let (mut passed, mut from) = (Vec::new(), 0);
    let ended = loop {
        let work = |runtime: &Runtime, place: u64| {
            piece(pieces, runtime, config.share.nth(place), &passed_over)
        };
        let leg = workers::run((from..total, config.threads), progress, &work)?;
        let whole = from + leg.passed.len() as u64 == total;
        for (piece, tally) in leg.passed {
            passed.extend(piece);
            phase.tally.merge(&tally);
        }
        let (place, stopped) = match leg.failed.map(|(place, stopped)| (place, *stopped)) {
            None if whole => break None,
            None => break Some(Verdict::Stopped),
            Some((_, Stopped::Halt(Halt::HarnessBroken(why)))) => {
                break Some(Verdict::HarnessBroken(why));
            }
            Some(failed) => failed,
        };
        let number = config.share.nth(place);
        let found = match small(pieces, (number, stopped), &passed_over)? {
            Ok(found) => found,
            Err(why) => break Some(Verdict::HarnessBroken(why)),
        };
        let rule = found.violation.rule.name;
        phase.found.push(Counterexample {
            subject: subject.clone(),
            phase: pieces.name(),
            seed: config.seed,
            number,
            program: found.program,
            violation: found.violation,
            cause: found.cause,
            timeline: found.timeline,
            drawing: found.drawing,
        });
        if config.end_at_first_finding {
            phase.tally.breaches.one(rule);
            break Some(Verdict::Broken);
        }
        passed_over.push(rule);
        from = place;
    };
    let count = passed.len() as u64;
    pieces.gather(passed, &mut phase);
    Ok(Driven {
        phase,
        passed: count,
        ended,
    })
}

/// Does a piece. A rule that it breaks and that is passed over is counted.
fn piece<P: Pieces>(
    pieces: &P,
    runtime: &Runtime,
    number: u64,
    passed_over: &[&'static str],
) -> Result<Done<P>, Failed<P>> {
    // What an earlier phase left on this thread is none of it.
    tally::take();
    let done = caught(|| pieces.piece(runtime, number, passed_over));
    let rule = match &done {
        Ok(Ok(_)) => None,
        Ok(Err(broken)) => Some(pieces.violation(broken).rule.name),
        Err(Halt::StorePanicked(_)) => Some(open_after_crash::RULE.name),
        Err(Halt::HarnessBroken(_)) => None,
    };
    if let Some(rule) = rule.filter(|rule| passed_over.contains(rule)) {
        tally::breach(rule);
        return Ok((None, tally::take()));
    }
    match done {
        Ok(Ok(passed)) => Ok((Some(passed), tally::take())),
        Ok(Err(broken)) => Err(Box::new(Stopped::Broken(broken))),
        Err(ending) => Err(Box::new(Stopped::Halt(ending))),
    }
}

/// What was found, made small unless the campaign has found much already; inside, why the harness is broken.
///
/// # Errors
/// The machine refuses a runtime.
fn small<P: Pieces>(
    pieces: &P,
    (number, stopped): (u64, Stopped<P::Broken>),
    passed_over: &[&'static str],
) -> io::Result<Result<Found, String>> {
    let broken = match stopped {
        Stopped::Broken(broken) => broken,
        Stopped::Halt(Halt::StorePanicked(text)) => {
            return Ok(Ok(panicked(pieces, number, &text)));
        }
        Stopped::Halt(Halt::HarnessBroken(why)) => return Ok(Err(why)),
    };
    if passed_over.len() >= MOST_SHRUNK {
        return Ok(Ok(pieces.as_found(broken)));
    }
    let runtime = Runtime::new()?;
    Ok(
        match caught(|| pieces.smallest(&runtime, broken, passed_over)) {
            Ok(found) => Ok(found),
            Err(Halt::StorePanicked(text)) => Ok(panicked(pieces, number, &text)),
            Err(Halt::HarnessBroken(why)) => Err(why),
        },
    )
}

/// A store that panicked where nobody looks for a smaller program.
fn panicked<P: Pieces>(pieces: &P, number: u64, text: &str) -> Found {
    Found {
        program: pieces.program(number),
        violation: open_after_crash::RULE.broken(format!("the store panicked: {text}")),
        cause: Cause::PROGRAM,
        timeline: String::new(),
        drawing: None,
    }
}
