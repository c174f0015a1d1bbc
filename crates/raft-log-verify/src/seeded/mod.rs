//! Bugs on purpose: a small correct store with one switch per bug, by which the harness itself is
//! tested. A rule that no switch turns red is a rule that may not work. And variants of it that are odd
//! and correct, by which it is tested the other way round.

mod bug;
mod corpus;
mod oddity;
mod plain_subject;
mod plain_wal;

pub use bug::Bug;
pub use oddity::Oddity;
pub use plain_subject::PlainSubject;
pub use plain_wal::{PlainReader, PlainWal};

use crate::campaign::{BugInfo, Correct, CorrectStore, Seeded, SeededStore};
use crate::subject::SuiteRun;

/// Starts the suite of an API on a plain WAL.
pub type Suite = fn(PlainSubject) -> SuiteRun;

/// The plain WAL with each of its bugs, in the order of the corpus.
#[must_use]
pub fn bugs(suite: Option<Suite>) -> Vec<Box<dyn Seeded>> {
    let seeded = |(bug, info): &(Bug, BugInfo)| -> Box<dyn Seeded> {
        let subject = PlainSubject {
            suite,
            ..PlainSubject::with(*bug)
        };
        Box::new(SeededStore::new(*info, subject))
    };
    corpus::all().map(seeded).collect()
}

/// The correct plain WAL and its odd variants, in which nothing may be found.
#[must_use]
pub fn correct(suite: Option<Suite>) -> Vec<Box<dyn Correct>> {
    let plain = PlainSubject {
        suite,
        ..PlainSubject::default()
    };
    let plain = CorrectStore::new("nothing", plain);
    let odd = Oddity::ALL.map(|oddity| -> Box<dyn Correct> {
        let subject = PlainSubject {
            suite,
            ..PlainSubject::odd(oddity)
        };
        Box::new(CorrectStore::named(oddity.name(), oddity.text(), subject))
    });
    std::iter::once(Box::new(plain) as Box<dyn Correct>)
        .chain(odd)
        .collect()
}

impl Bug {
    /// What is known about it.
    #[must_use]
    pub fn info(self) -> Option<&'static BugInfo> {
        corpus::all()
            .find(|(bug, _)| *bug == self)
            .map(|(_, info)| info)
    }

    /// The bug of that name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        corpus::all()
            .find(|(_, info)| info.name == name)
            .map(|(bug, _)| *bug)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::rules;

    #[test]
    fn every_bug_is_known_once_and_by_rules_that_there_are() {
        let bugs: Vec<Bug> = corpus::all().map(|(bug, _)| *bug).collect();
        let different: BTreeSet<Bug> = bugs.iter().copied().collect();
        assert_eq!(bugs.len(), different.len());
        for (bug, info) in corpus::all() {
            assert_eq!(Bug::by_name(info.name), Some(*bug));
            assert_eq!(bug.info(), Some(info));
            assert!(!info.rules.is_empty(), "{info}");
            for rule in info.rules {
                assert!(
                    rules::by_name(rule).is_some(),
                    "{info}: there is no rule {rule}"
                );
            }
        }
    }
}
