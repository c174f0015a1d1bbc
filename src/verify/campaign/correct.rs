//! The stores in which nothing may be found.

use std::io;

use super::{Config, NoProgress, Report, check};
use crate::verify::seeded::{Oddity, PlainSubject};
use crate::verify::subject::TimevaultSubject;
use crate::verify::suite::SuiteRun;

/// A store in which nothing may be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CorrectStore {
    /// The store of this package.
    Timevault,
    /// The plain WAL.
    PlainWal,
    /// The plain WAL with an oddity.
    Odd(Oddity),
}

impl CorrectStore {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        let odd = Oddity::ALL.into_iter().map(Self::Odd);
        [Self::Timevault, Self::PlainWal].into_iter().chain(odd)
    }

    /// Its name in the document.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Timevault => "timevault",
            Self::PlainWal => "plain-wal",
            Self::Odd(oddity) => oddity.name(),
        }
    }

    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Timevault | Self::PlainWal => "nothing",
            Self::Odd(oddity) => oddity.text(),
        }
    }

    fn plain(self) -> PlainSubject {
        match self {
            Self::Odd(oddity) => PlainSubject::odd(oddity),
            Self::Timevault | Self::PlainWal => PlainSubject::default(),
        }
    }

    /// Runs a campaign.
    ///
    /// # Errors
    /// The machine refuses threads, memory or temporary directories.
    pub fn check(self, config: &Config) -> io::Result<Report> {
        match self {
            Self::Timevault => check(&TimevaultSubject::default(), config, &NoProgress),
            _ => check(&self.plain(), config, &NoProgress),
        }
    }

    /// Starts openraft's suite.
    #[must_use]
    pub fn suite(self) -> SuiteRun {
        match self {
            Self::Timevault => SuiteRun::start(&TimevaultSubject::default()),
            _ => SuiteRun::start(&self.plain()),
        }
    }
}
