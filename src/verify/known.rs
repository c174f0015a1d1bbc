//! The stores that are known by name, with and without a bug.
//!
//! What is done with them is compiled here, once, and not in every program that does it.

use std::io;

use raft_log_verify::Progress;
use raft_log_verify::audit::Site;
use raft_log_verify::campaign::{
    Audited, Config, Report, Repro, SeenAgain, audit, check, replay, replay_kills, sync_sites,
};
use raft_log_verify::kill::{KillChild, serve};
use raft_log_verify::openraft_0_9::HarnessTypes;
use raft_log_verify::rules::Violation;
use raft_log_verify::seeded::{Bug, Oddity, PlainSubject};

use super::{Timevault, bugs, timevault, timevault_with};

/// A store that is known by name.
#[derive(Debug, Clone)]
pub enum Known {
    /// The store of this package.
    Timevault(Box<Timevault<HarnessTypes>>),
    /// The small store by which the harness is tested.
    Plain(PlainSubject),
}

impl Known {
    /// The store of that name: `timevault` or `plain-wal`, with `+NAME` behind it for one with a bug.
    ///
    /// # Errors
    /// No store or no bug is called that.
    pub fn by_name(name: &str) -> io::Result<Self> {
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
                "timevault" => Ok(Self::Timevault(Box::new(timevault()))),
                "plain-wal" => Ok(Self::Plain(PlainSubject::default())),
                _ => Err(unknown()),
            };
        };
        let plain = || match (Bug::by_name(bug), Oddity::by_name(bug)) {
            (Some(bug), _) => Some(PlainSubject::with(bug)),
            (None, oddity) => oddity.map(PlainSubject::odd),
        };
        match store {
            "timevault" => {
                let bug = bugs::by_name(bug).ok_or_else(unknown)?;
                Ok(Self::Timevault(Box::new(timevault_with(bug))))
            }
            "plain-wal" => plain().map(Self::Plain).ok_or_else(unknown),
            _ => Err(unknown()),
        }
    }

    /// Judges it: [`check`].
    #[must_use]
    pub fn check(&self, config: &Config, progress: &dyn Progress) -> Report {
        match self {
            Self::Timevault(subject) => check(&**subject, config, progress),
            Self::Plain(subject) => check(subject, config, progress),
        }
    }

    /// The syncs that it asks for: [`sync_sites`].
    ///
    /// # Errors
    /// The machine refuses a runtime; the store breaks a rule with all its syncs.
    pub fn sync_sites(&self) -> io::Result<Vec<Site>> {
        match self {
            Self::Timevault(subject) => sync_sites(&**subject),
            Self::Plain(subject) => sync_sites(subject),
        }
    }

    /// Leaves out one of them: [`audit`].
    ///
    /// # Errors
    /// The machine refuses threads or memory.
    pub fn audit(&self, config: &Config, (site, length): (Site, usize)) -> io::Result<Audited> {
        match self {
            Self::Timevault(subject) => audit(&**subject, config, (site, length)),
            Self::Plain(subject) => audit(subject, config, (site, length)),
        }
    }

    /// Is the process that is killed: [`serve`].
    ///
    /// # Errors
    /// This process was not started as a child, or its parent has gone.
    pub fn serve(&self) -> io::Result<()> {
        match self {
            Self::Timevault(subject) => serve(&**subject),
            Self::Plain(subject) => serve(subject),
        }
    }

    /// Runs a repro file of a killed process on it: [`replay_kills`].
    ///
    /// # Errors
    /// The machine refuses processes or directories.
    pub fn replay_kills(&self, repro: &Repro, child: &KillChild) -> io::Result<SeenAgain> {
        match self {
            Self::Timevault(subject) => replay_kills(&**subject, repro, child),
            Self::Plain(subject) => replay_kills(subject, repro, child),
        }
    }

    /// Runs a repro file on it: [`replay`].
    ///
    /// # Errors
    /// The machine refuses what is needed, the file's crash cannot be read, or it is of a killed process.
    pub fn replay(&self, repro: &Repro) -> io::Result<Option<Violation>> {
        match self {
            Self::Timevault(subject) => replay(&**subject, repro),
            Self::Plain(subject) => replay(subject, repro),
        }
    }
}
