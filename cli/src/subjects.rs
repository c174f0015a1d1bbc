//! The stores that the command line knows by name.

use std::io;

use openraft_timevault::verify::campaign::{Audited, Config, Report, Repro, audit, check, replay};
use openraft_timevault::verify::kill::serve;
use openraft_timevault::verify::rules::Violation;
use openraft_timevault::verify::seeded::{BugId, Oddity, PlainSubject};
use openraft_timevault::verify::{Progress, TimevaultSubject};

use crate::exit::Exit;

/// A store that the command line knows.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Known {
    Timevault(TimevaultSubject),
    Plain(PlainSubject),
}

impl Known {
    /// The store of that name.
    pub(crate) fn by_name(name: &str) -> io::Result<Self> {
        let (store, bug) = match name.split_once('+') {
            Some((store, bug)) => (store, Some(bug)),
            None => (name, None),
        };
        let unknown = || {
            io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("no store is called {name:?}"),
            )
        };
        let Some(bug) = bug else {
            return match store {
                "timevault" => Ok(Self::Timevault(TimevaultSubject::default())),
                "plain-wal" => Ok(Self::Plain(PlainSubject::default())),
                _ => Err(unknown()),
            };
        };
        match (BugId::by_name(store, bug), Oddity::by_name(bug)) {
            (Some(BugId::Timevault(bug)), _) => {
                Ok(Self::Timevault(TimevaultSubject { bug: Some(bug) }))
            }
            (Some(BugId::Plain(bug)), _) => Ok(Self::Plain(PlainSubject::with(bug))),
            (None, Some(oddity)) if store == "plain-wal" => {
                Ok(Self::Plain(PlainSubject::odd(oddity)))
            }
            _ => Err(unknown()),
        }
    }

    /// Judges it.
    pub(crate) fn check(&self, config: &Config, progress: &dyn Progress) -> io::Result<Report> {
        match self {
            Self::Timevault(subject) => check(subject, config, progress),
            Self::Plain(subject) => check(subject, config, progress),
        }
    }

    /// Leaves out its syncs, one by one.
    pub(crate) fn audit(
        &self,
        config: &Config,
        progress: &dyn Progress,
    ) -> io::Result<Vec<Audited>> {
        match self {
            Self::Timevault(subject) => audit(subject, config, progress),
            Self::Plain(subject) => audit(subject, config, progress),
        }
    }

    /// Is the process that is killed.
    pub(crate) fn serve(&self) -> io::Result<Exit> {
        match self {
            Self::Timevault(subject) => serve(subject),
            Self::Plain(subject) => serve(subject),
        }
        .map(|()| Exit::Violation)
    }

    /// Runs a repro file on it.
    pub(crate) fn replay(&self, repro: &Repro) -> io::Result<Option<Violation>> {
        match self {
            Self::Timevault(subject) => replay(subject, repro),
            Self::Plain(subject) => replay(subject, repro),
        }
    }
}
