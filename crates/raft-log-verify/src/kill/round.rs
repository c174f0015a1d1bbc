//! Rounds: a child is started, heard, killed, and heard to the end.

use std::fmt;
use std::io::{self, BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Stdio};

use crate::tasks::Runtime;
use tempfile::TempDir;

use super::KillChild;
use super::event::Event;
use super::moment::Moment;
use super::shadow::{Doing, Shadow};
use crate::counts::{Counts, count};
use crate::rules::Violation;
use crate::subject::Subject;

/// The parent opens the directory itself after so many rounds.
const LOOK_EVERY: u64 = 8;

/// A rule that was broken after a kill.
#[derive(Debug, Clone)]
pub struct KillFailure {
    /// The round, from 0.
    pub round: u64,
    /// The rule.
    pub violation: Violation,
}

/// Rounds on one directory.
pub struct Rounds<'a, S: Subject> {
    child: &'a KillChild,
    seed: u64,
    dir: TempDir,
    shadow: Shadow<'a, S>,
    runtime: &'a Runtime,
    /// What happened.
    pub counts: Counts,
}

impl<'a, S: Subject> Rounds<'a, S> {
    /// No rounds yet; a new temporary directory.
    ///
    /// # Errors
    /// The machine refuses the directory.
    pub fn new(
        runtime: &'a Runtime,
        subject: &'a S,
        (child, seed): (&'a KillChild, u64),
    ) -> io::Result<Self> {
        let dir = tempfile::Builder::new()
            .prefix("raft-log-verify-kill-")
            .tempdir()?;
        Ok(Self {
            child,
            seed,
            shadow: Shadow::new(subject, dir.path()),
            dir,
            runtime,
            counts: Counts::default(),
        })
    }

    /// One round: start, listen, kill, and listen to what is left in the pipe.
    ///
    /// # Errors
    /// The machine refuses a process; inside, the rule that is broken.
    pub fn round(&mut self, round: u64) -> io::Result<Result<(), KillFailure>> {
        self.shadow.begin(self.seed, round);
        let mut child = self
            .child
            .command(self.dir.path(), self.seed, round)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let heard = self.listen(&mut child, round);
        // Also where a rule is broken: it must not work on the directory any more.
        let killed = child.kill();
        let status = child.wait()?;
        let failed = |violation| Ok(Err(KillFailure { round, violation }));
        if let Err(violation) = heard? {
            // What else the child reported was not heard, so a look at the directory would judge by too little.
            return failed(violation);
        }
        killed?;
        self.counts.one(match self.shadow.doing() {
            Doing::Write => count::KILLED_IN_WRITE,
            Doing::Open => count::KILLED_IN_OPEN,
            Doing::Close => count::KILLED_IN_CLOSE,
            Doing::Nothing => count::KILLED_IDLE,
        });
        self.counts.one(count::KILLED);
        if status.code().is_some() {
            // It says so where a rule is broken: this is something else.
            return Err(io::Error::other(format!(
                "the child ended by itself: {status}"
            )));
        }
        if (round + 1).is_multiple_of(LOOK_EVERY) {
            let clean = round % (2 * LOOK_EVERY) > LOOK_EVERY;
            let look = self.runtime.block_on(Box::pin(self.shadow.look(clean)));
            if let Err(violation) = look {
                return failed(violation);
            }
        }
        Ok(Ok(()))
    }

    /// Opens the directory a last time.
    ///
    /// # Errors
    /// The rule that is broken.
    pub fn finish(&mut self) -> Result<(), Violation> {
        self.runtime.block_on(Box::pin(self.shadow.look(true)))
    }

    /// Hears the child up to the kill and beyond it to the end of its report.
    fn listen(&mut self, child: &mut Child, round: u64) -> io::Result<Result<(), Violation>> {
        let Some(output) = child.stdout.take() else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        let mut moment = Moment::draw(self.seed, round);
        let mut report = BufReader::new(output);
        let mut killed = false;
        while let Some(event) = next(&mut report)? {
            if !killed && moment.is_now(&event) {
                moment.spin();
                child.kill()?;
                killed = true;
            }
            match event {
                Event::Opened(_) => self.counts.one(count::CHILD_OPENS),
                Event::Acknowledged(_) => self.counts.one(count::CHILD_WRITES),
                _ => {}
            }
            if let Err(violation) = self.shadow.hear(&event) {
                return Ok(Err(violation));
            }
        }
        Ok(Ok(()))
    }
}

impl<S: Subject> fmt::Debug for Rounds<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rounds in {}", self.dir.path().display())
    }
}

/// The next whole line that is part of the report.
fn next(report: &mut BufReader<ChildStdout>) -> io::Result<Option<Event>> {
    let mut line = String::new();
    loop {
        line.clear();
        if report.read_line(&mut line)? == 0 || !line.ends_with('\n') {
            return Ok(None);
        }
        if let Ok(event) = line.parse() {
            return Ok(Some(event));
        }
    }
}
