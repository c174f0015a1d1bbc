//! How the process is started that is killed.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{DIR, NTH, ROUND, SEED, STORE, asked};
use crate::subject::{DiskServer, Subject};

/// How a process is started that serves the store under test until it is killed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KillChild {
    program: PathBuf,
    args: Vec<OsString>,
    /// Which of the calls of [`serve_if_asked`](crate::serve_if_asked) for the store serves.
    nth: u64,
}

impl KillChild {
    /// A program with its arguments that calls [`serve`](super::serve), or [`serve_if_asked`](crate::serve_if_asked).
    pub fn program(
        program: impl Into<PathBuf>,
        args: impl IntoIterator<Item = impl Into<OsString>>,
    ) -> Self {
        Self {
            program: program.into(),
            args: args.into_iter().map(Into::into).collect(),
            nth: 1,
        }
    }

    /// This test binary, with that test only: the first that it does is to call
    /// [`serve_if_asked`](crate::serve_if_asked) with the store. `None` where the system does not say what the program
    /// is.
    #[must_use]
    pub fn test(name: &str) -> Option<Self> {
        Some(Self::of(&DiskServer::test(name)?))
    }

    /// The test or the program that this thread belongs to, up to the call of
    /// [`serve_if_asked`](crate::serve_if_asked) for this store that came last on this thread. `None` for a test that
    /// does not know its name, as with one test thread.
    #[must_use]
    pub fn current(subject: &impl Subject) -> Option<Self> {
        let nth = asked::times(&subject.name()).max(1);
        Some(Self {
            nth,
            ..Self::of(&DiskServer::current()?)
        })
    }

    fn of(server: &DiskServer) -> Self {
        let command = server.command();
        Self::program(command.get_program(), command.get_args())
    }

    pub(super) fn command(&self, store: &str, dir: &Path, (seed, round): (u64, u64)) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(&self.args)
            .env(STORE, store)
            .env(NTH, self.nth.to_string())
            .env(DIR, dir)
            .env(SEED, seed.to_string())
            .env(ROUND, round.to_string());
        command
    }
}
