//! A child that works, as its parent sees it: its report, and the power over it.

use std::io::{self, Read as _, Write as _};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

use super::event::Event;
use super::system;

/// Bytes that are read from the report at once.
const READ_BYTES: usize = 4096;

/// A child. It is gone when this is dropped.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    report: ChildStdout,
    /// What was read of the report and not looked at.
    unread: Vec<u8>,
}

impl Process {
    /// Starts it.
    ///
    /// # Errors
    /// The machine refuses a process.
    pub(super) fn start(mut command: Command) -> io::Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        match child.stdout.take() {
            Some(report) => Ok(Self {
                child,
                report,
                unread: Vec::new(),
            }),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    /// The next event of its report, which is waited for; `None` behind the last.
    ///
    /// # Errors
    /// The machine refuses to read.
    pub(super) fn next(&mut self) -> io::Result<Option<Event>> {
        loop {
            if let Some(event) = self.known() {
                return Ok(Some(event));
            }
            if self.read(READ_BYTES)? == 0 {
                return Ok(None);
            }
        }
    }

    /// Everything that it has reported and that was not heard yet. It has to stand still.
    ///
    /// # Errors
    /// The machine refuses to read.
    pub(super) fn reported(&mut self) -> io::Result<Vec<Event>> {
        let mut left = usize::try_from(system::readable(&self.report)?).unwrap_or(usize::MAX);
        while left > 0 {
            match self.read(left.min(READ_BYTES))? {
                0 => break,
                read => left -= read,
            }
        }
        Ok(std::iter::from_fn(|| self.known()).collect())
    }

    /// Makes all its threads stand still; `false` where none can be, or it has ended.
    ///
    /// # Errors
    /// The machine refuses it.
    pub(super) fn stop(&self) -> io::Result<bool> {
        system::stop(&self.child)
    }

    /// Lets it go on.
    ///
    /// # Errors
    /// The machine refuses it.
    pub(super) fn go_on(&self) -> io::Result<()> {
        system::go_on(&self.child)
    }

    /// Answers a child that waits. One that has gone needs no answer: the end of its report says so.
    pub(super) fn answer(&mut self) {
        if let Some(stdin) = &mut self.child.stdin {
            let _ = stdin.write_all(b"\n");
        }
    }

    /// Kills it.
    ///
    /// # Errors
    /// The machine refuses it.
    pub(super) fn kill(&mut self) -> io::Result<()> {
        self.child.kill()
    }

    /// Kills it, if it is still there, and returns how it ended.
    ///
    /// # Errors
    /// The machine refuses it.
    pub(super) fn end(&mut self) -> io::Result<ExitStatus> {
        let killed = self.child.kill();
        let status = self.child.wait()?;
        killed.map(|()| status)
    }

    fn read(&mut self, most: usize) -> io::Result<usize> {
        let before = self.unread.len();
        self.unread.resize(before + most, 0);
        let room = self.unread.get_mut(before..).unwrap_or_default();
        let read = self.report.read(room);
        self.unread
            .truncate(before + read.as_ref().copied().unwrap_or_default());
        read
    }

    /// The next event of which the whole line was read.
    fn known(&mut self) -> Option<Event> {
        loop {
            let end = self.unread.iter().position(|byte| *byte == b'\n')?;
            let line: Vec<u8> = self.unread.drain(..=end).collect();
            if let Ok(event) = String::from_utf8_lossy(&line).parse() {
                return Some(event);
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Also where the store or the harness panics: nothing may be left that stands still.
        let _ = self.end();
    }
}
