//! The process that serves a mounted disk to a store that does its own input and output.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

/// How a process is started that serves a mounted disk: the program itself, up to where it serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiskServer {
    program: PathBuf,
    args: Vec<OsString>,
}

impl DiskServer {
    /// This test binary, with this test only. It has to call [`serve_disk_if_asked`](crate::serve_disk_if_asked), or
    /// one of the checks of a store, before anything else. `None` where the system does not say what the program is.
    #[must_use]
    pub fn test(name: &str) -> Option<Self> {
        let args = ["--exact", name, "--nocapture", "--test-threads=1"];
        Some(Self {
            program: std::env::current_exe().ok()?,
            args: args.map(OsString::from).to_vec(),
        })
    }

    /// This program with the same arguments. Its `main` has to call [`serve_disk_if_asked`](crate::serve_disk_if_asked)
    /// before anything else. `None` where the system does not say what the program is.
    #[must_use]
    pub fn this_program() -> Option<Self> {
        Some(Self {
            program: std::env::current_exe().ok()?,
            args: std::env::args_os().skip(1).collect(),
        })
    }

    /// The test or the program that this thread belongs to. `None` for a test that shares the main thread with others,
    /// which has no name: it runs so with one test thread.
    pub(crate) fn current() -> Option<Self> {
        let thread = std::thread::current();
        match thread.name() {
            Some("main") => {
                let this = Self::this_program()?;
                let dir = this.program.parent();
                let of_tests = dir.is_some_and(|dir| dir.ends_with("deps"));
                (!of_tests).then_some(this)
            }
            Some(name) => Self::test(name),
            None => None,
        }
    }

    /// The command that starts it.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.args);
        command
    }
}
