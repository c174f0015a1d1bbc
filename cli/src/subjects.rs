//! The stores that the command line knows by name.

use std::io;

use openraft_timevault::timevault::SeededBug;
use openraft_timevault::verify::campaign::{Audited, Config, Report, Repro, audit, check, replay};
use openraft_timevault::verify::kill::serve;
use openraft_timevault::verify::rules::Violation;
use openraft_timevault::verify::seeded::{Bug, PlainSubject};
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
        match store {
            "timevault" => {
                let bug = match bug {
                    Some(bug) => Some(timevault_bug(bug).ok_or_else(unknown)?),
                    None => None,
                };
                Ok(Self::Timevault(TimevaultSubject { bug }))
            }
            "plain-wal" => {
                let bug = match bug {
                    Some(bug) => Some(Bug::by_name(bug).ok_or_else(unknown)?),
                    None => None,
                };
                Ok(Self::Plain(PlainSubject { bug }))
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

fn timevault_bug(name: &str) -> Option<SeededBug> {
    [
        SeededBug::EngineRepurgeSkipped,
        SeededBug::AdapterRepurgeSkipped,
        SeededBug::RecoveredTailNotSynced,
        SeededBug::ChunkCutBeforeIndex,
        SeededBug::AppendNotSynced,
        SeededBug::NewChunkNotSynced,
    ]
    .into_iter()
    .find(|bug| format!("{bug:?}") == name)
}
