//! The process that is killed.

use std::env;
use std::io::{self, Read as _, Write as _};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use super::event::Event;
use super::moment::Waits;
use super::script::{self, Script, Step};
use super::{DIR, ROUND, SEED};
use super::{system, values};
use crate::halt::{self, Halt};
use crate::log::PendingAppend;
use crate::reference::Write;
use crate::rules::{Violation, callback_once, refused};
use crate::runner::{Disk, Done, Run, in_time};
use crate::subject::{Caller, Subject};

/// Appends that may be in flight at once.
const MOST_IN_FLIGHT: usize = 4;

/// How long an idle child is idle: long enough to be met there.
const IDLE: Duration = Duration::from_millis(2);

/// Works on the store that the parent named, until it is killed.
///
/// # Errors
/// This process was not started as a child, or its parent has gone.
pub fn serve<S: Subject>(subject: &S) -> io::Result<()> {
    let dir = PathBuf::from(env::var_os(DIR).ok_or(io::ErrorKind::NotFound)?);
    let (seed, round) = (number(SEED)?, number(ROUND)?);
    system::die_with_parent()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()?;
    let mut run = Run::on(subject, Disk::At(dir), script::tuning(round));
    run.author = run.author.in_era(round);
    // What the process before has held may take a moment to be free.
    run.let_go = true;
    let mut child = Child {
        run,
        script: Script::new(seed, round),
        flying: Vec::new(),
        waits: Waits::draw(seed, round),
        report: io::stdout(),
    };
    match halt::caught(|| runtime.block_on(Box::pin(child.work()))) {
        Ok(Err(End::Broken(violation))) => child.tell(&Event::Broken(violation.to_string())),
        Ok(Err(End::Alone(error))) => Err(error),
        Ok(Ok(())) => Ok(()),
        Err(Halt::StorePanicked(text)) => {
            child.tell(&Event::Broken(format!("the store panicked: {text}")))
        }
        Err(Halt::HarnessBroken(text)) => Err(io::Error::other(text)),
    }
}

fn number<T: FromStr>(name: &str) -> io::Result<T> {
    let text = env::var(name).map_err(io::Error::other)?;
    text.parse()
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, format!("{name} is {text:?}")))
}

/// Why a child ends before it is killed.
enum End {
    /// The store broke a rule.
    Broken(Violation),
    /// Nobody listens any more.
    Alone(io::Error),
}

impl From<Violation> for End {
    fn from(violation: Violation) -> Self {
        Self::Broken(violation)
    }
}

impl From<io::Error> for End {
    fn from(error: io::Error) -> Self {
        Self::Alone(error)
    }
}

struct Child<'a, S: Subject> {
    run: Run<'a, S>,
    script: Script,
    /// Appends whose callback is out, by step.
    flying: Vec<(u64, Write, PendingAppend)>,
    waits: Waits,
    report: io::Stdout,
}

impl<S: Subject> Child<'_, S> {
    async fn work(&mut self) -> Result<(), End> {
        self.write_line(&Event::Values(values::sample(self.run.subject)))?;
        self.open().await?;
        loop {
            let (number, step) = self.script.step();
            match step {
                Step::Write { op, hold } => {
                    let Some(write) = self.run.accepted(&op) else {
                        continue;
                    };
                    self.write(number, write, hold).await?;
                }
                Step::Reopen => {
                    self.land().await?;
                    self.tell(&Event::Closing)?;
                    self.run.close().await?;
                    self.open().await?;
                }
                Step::Drop => {
                    self.land().await?;
                    self.tell(&Event::Closing)?;
                    self.run.close_unclean();
                    self.open().await?;
                }
                Step::Idle => {
                    self.land().await?;
                    self.tell(&Event::Idle)?;
                    tokio::time::sleep(IDLE).await;
                }
            }
        }
    }

    async fn open(&mut self) -> Result<(), End> {
        self.tell(&Event::Opening)?;
        self.run.open().await?;
        let seen = self.run.see().await?;
        self.tell(&Event::Opened(seen.state_hash()))?;
        self.run.image = seen.image();
        Ok(())
    }

    async fn write(&mut self, step: u64, write: Write, hold: bool) -> Result<(), End> {
        self.tell(&Event::Issued(step))?;
        let number = self.run.issue(&write);
        match self.run.perform(&write).await? {
            Done::Refused(error) => {
                return Err(refused(&write, &self.run.image, &error).into());
            }
            Done::Returned(Some(pending)) => {
                self.flying.push((step, write.clone(), pending));
            }
            Done::Returned(None) => self.tell(&Event::Acknowledged(step))?,
        }
        self.run.advance(&write)?;
        self.run.promise(&write, number);
        self.run.rebase();
        let many = self.run.caller >= Caller::Trait;
        if !(hold && many && self.flying.len() < MOST_IN_FLIGHT) {
            self.land().await?;
        }
        Ok(())
    }

    /// Waits for the callbacks that are out.
    async fn land(&mut self) -> Result<(), End> {
        for (step, write, pending) in std::mem::take(&mut self.flying) {
            let what = format!("{write:?}");
            callback_once::check_done(&what, in_time(pending.settled()).await)?;
            self.tell(&Event::Acknowledged(step))?;
        }
        Ok(())
    }

    /// Reports, and waits where it is to be looked at.
    fn tell(&mut self, event: &Event) -> io::Result<()> {
        self.write_line(event)?;
        if !self.waits.is_now(event) {
            return Ok(());
        }
        self.write_line(&Event::Waiting)?;
        // The end of the input is the end of the parent.
        io::stdin().read_exact(&mut [0])
    }

    /// Writes a line in one call, so that a kill leaves whole lines.
    fn write_line(&mut self, event: &Event) -> io::Result<()> {
        let line = format!("{event}\n");
        self.report.write_all(line.as_bytes())?;
        self.report.flush()
    }
}
