//! Bugs on purpose: a small correct store with one switch per bug, by which the harness itself is
//! tested. A rule that no switch turns red is a rule that may not work. Variants of the store that
//! are odd and correct test the opposite: that the harness finds nothing in them.

mod bug;
mod oddity;
mod plain_subject;
mod plain_wal;

pub use bug::Bug;
pub use oddity::Oddity;
pub use plain_subject::PlainSubject;
pub use plain_wal::{PlainReader, PlainWal};

use crate::campaign::{Correct, CorrectStore, Seeded, SeededStore};
use crate::subject::SuiteRun;

/// Starts the suite of an API on a plain WAL.
pub type Suite = fn(PlainSubject) -> SuiteRun;

/// The plain WAL with each of its bugs, in the order of the corpus.
#[must_use]
pub fn bugs(suite: Option<Suite>) -> Vec<Box<dyn Seeded>> {
    let seeded = |(bug, info): &(Bug, _)| -> Box<dyn Seeded> {
        let subject = PlainSubject {
            suite,
            ..PlainSubject::with(*bug)
        };
        Box::new(SeededStore::new(*info, subject))
    };
    bug::ALL.iter().map(seeded).collect()
}

/// The correct plain WAL and its odd variants, in which nothing may be found.
#[must_use]
pub fn correct(suite: Option<Suite>) -> Vec<Box<dyn Correct>> {
    let plain = PlainSubject {
        suite,
        ..PlainSubject::default()
    };
    let odd = |oddity: Oddity| -> Box<dyn Correct> {
        let subject = PlainSubject {
            oddity: Some(oddity),
            ..plain
        };
        Box::new(CorrectStore::named(oddity.name(), oddity.text(), subject))
    };
    let mut all: Vec<Box<dyn Correct>> = vec![Box::new(CorrectStore::new("nothing", plain))];
    all.extend(Oddity::ALL.map(odd));
    all
}
