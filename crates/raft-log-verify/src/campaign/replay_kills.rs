//! Runs the rounds of a killed process again, some times: when it is killed is a matter of time.

use std::fmt;
use std::io;

use super::Repro;
use crate::kill::{KillChild, Rounds};
use crate::rules::Violation;
use crate::subject::Subject;
use crate::tasks::Runtime;

/// How often the rounds are run.
const TIMES: u64 = 10;

/// Most rounds before the one that was broken: they fill the directory.
const ROUNDS_BEFORE: u64 = 7;

/// How often a repro file of a killed process was seen again.
#[derive(Debug, Clone)]
pub struct SeenAgain {
    /// How often its rounds were run, each time in a new directory.
    pub times: u64,
    /// How often a rule was broken.
    pub seen: u64,
    /// The last that was seen.
    pub last: Option<Violation>,
}

impl fmt::Display for SeenAgain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { times, seen, last } = self;
        match last {
            Some(violation) => write!(f, "seen again in {seen} of {times}: {violation}"),
            None => write!(f, "not seen again in {times}"),
        }
    }
}

/// Runs the rounds of a killed process again: the one that was broken, and some before it that fill the directory.
///
/// # Errors
/// The machine refuses processes or directories.
pub fn replay_kills<S: Subject>(
    subject: &S,
    repro: &Repro,
    child: &KillChild,
) -> io::Result<SeenAgain> {
    let runtime = Runtime::new()?;
    let mut again = SeenAgain {
        times: TIMES,
        seen: 0,
        last: None,
    };
    for _ in 0..TIMES {
        if let Some(violation) = once(&runtime, subject, (repro, child))? {
            again.seen += 1;
            again.last = Some(violation);
        }
    }
    Ok(again)
}

fn once<S: Subject>(
    runtime: &Runtime,
    subject: &S,
    (repro, child): (&Repro, &KillChild),
) -> io::Result<Option<Violation>> {
    let mut rounds = Rounds::new(runtime, subject, (child, repro.seed))?;
    for round in repro.number.saturating_sub(ROUNDS_BEFORE)..=repro.number {
        if let Err(failure) = rounds.round(round)? {
            return Ok(Some(failure.violation));
        }
    }
    let looked = rounds.finish(repro.number)?;
    Ok(looked.err().map(|failure| failure.violation))
}
