//! The process that serves a mounted disk to a store that does its own input and output.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use super::own_program::{own_program, own_test};

/// How a process is started that serves a mounted disk: the program itself, up to where it serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiskServer {
    program: PathBuf,
    args: Vec<OsString>,
}

impl DiskServer {
    /// This test binary, with this test only, also if it is ignored. It has to call
    /// [`serve_if_asked`](crate::serve_if_asked), or one of the checks of a store, before anything else. `None` where
    /// the system does not say what the program is.
    #[must_use]
    pub fn test(name: &str) -> Option<Self> {
        let args = [
            "--exact",
            name,
            "--include-ignored",
            "--nocapture",
            "--test-threads=1",
        ];
        Some(Self {
            program: own_program()?,
            args: args.map(OsString::from).to_vec(),
        })
    }

    /// This program, which calls [`serve_disk_if_asked`](crate::serve_disk_if_asked) before anything else. `None` where
    /// the system does not say what the program is.
    #[must_use]
    pub fn this_program() -> Option<Self> {
        Some(Self {
            program: own_program()?,
            args: std::env::args_os().skip(1).collect(),
        })
    }

    /// The test or the program that this thread belongs to. `None` for a test whose name is not known.
    pub(crate) fn current() -> Option<Self> {
        if std::thread::current().name() == Some("main") {
            let program = Self::this_program()?;
            let folder = program.program.parent();
            if !folder.is_some_and(|dir| dir.ends_with("deps")) {
                return Some(program);
            }
        }
        Self::test(&own_test()?)
    }

    /// The command that starts it.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.args);
        command
    }
}
