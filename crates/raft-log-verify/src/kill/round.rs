//! Rounds: a child is started, heard, made to stand still, killed, and heard to the end.

use std::collections::VecDeque;
use std::fmt;
use std::io;

use crate::tasks::Runtime;
use tempfile::TempDir;

use super::copied::{copy_of, new_dir};
use super::event::Event;
use super::moment::{Moment, Stops};
use super::process::Process;
use super::shadow::{Doing, Shadow};
use super::{KillChild, KillFailure, script, values};
use crate::counts::{Counts, count};
use crate::halt::{self, Halt};
use crate::rules::{Violation, open_after_crash};
use crate::runner::{Disk, Run};
use crate::subject::Subject;

/// The parent opens the directory itself after so many rounds.
const LOOK_EVERY: u64 = 8;

/// So many of the last reports are told.
const REPORTS_TOLD: usize = 8;

/// Child and parent could not speak of the same entries.
const OTHER_VALUES: &str =
    "the same seed gives another payload, node id or node in another process";

/// Why a round ends before its kill.
enum Broken {
    /// The report shows it.
    Told(Violation),
    /// The copy shows it that was made when the child stood still for the so-many-th time.
    Stood(u64),
}

/// Rounds on one directory.
pub struct Rounds<'a, S: Subject> {
    child: &'a KillChild,
    subject: &'a S,
    seed: u64,
    /// What the values of the child have to come to.
    values: u64,
    dir: TempDir,
    /// The directory before the next child.
    left: TempDir,
    shadow: Shadow<'a, S>,
    /// The last reports of the child, and of the one before.
    heard: VecDeque<String>,
    heard_before: VecDeque<String>,
    /// Whether an open of this child has returned.
    opened: bool,
    runtime: &'a Runtime,
    /// What happened.
    pub counts: Counts,
}

impl<'a, S: Subject> Rounds<'a, S> {
    /// No rounds yet; a new temporary directory, in which the store stands that is created before it is judged.
    ///
    /// # Errors
    /// The machine refuses the directory.
    pub fn new(
        runtime: &'a Runtime,
        subject: &'a S,
        (child, seed): (&'a KillChild, u64),
    ) -> io::Result<Self> {
        let dir = new_dir()?;
        if subject.created_before() {
            let run = Run::on(subject, Disk::At(dir.path().to_owned()), script::tuning(0));
            // Where it cannot be created, the first child says so.
            let created = no_panic(|| runtime.block_on(Box::pin(created(run))));
            drop(created);
        }
        Ok(Self {
            child,
            subject,
            seed,
            values: values::sample(subject),
            shadow: Shadow::new(subject, dir.path()),
            left: copy_of(dir.path())?,
            dir,
            heard: VecDeque::new(),
            heard_before: VecDeque::new(),
            opened: false,
            runtime,
            counts: Counts::default(),
        })
    }

    /// One round: start, listen, kill, and listen to what is left in the pipe.
    ///
    /// # Errors
    /// The machine refuses a process, or child and parent do not see the same; inside, the rule that is broken.
    pub fn round(&mut self, round: u64) -> io::Result<Result<(), KillFailure>> {
        self.shadow.begin(self.seed, round);
        self.heard_before = std::mem::take(&mut self.heard);
        self.opened = false;
        let name = self.subject.name();
        let command = self
            .child
            .command(&name, self.dir.path(), (self.seed, round));
        let mut process = Process::start(command)?;
        let heard = self.listen(&mut process, round);
        // Also where a rule is broken: it must not work on the directory any more.
        let status = process.end()?;
        let heard = heard?;
        let before = std::mem::replace(&mut self.left, copy_of(self.dir.path())?);
        let stop = match heard {
            Err(Broken::Told(violation)) => return self.told(round, violation, before),
            Err(Broken::Stood(stop)) => Some(stop),
            Ok(()) => None,
        };
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
                "the child ended by itself ({status}): the first that it does has to be serve_if_asked, for this store"
            )));
        }
        if stop.is_some() || (round + 1).is_multiple_of(LOOK_EVERY) {
            let clean = round % (2 * LOOK_EVERY) > LOOK_EVERY;
            if let Err(violation) = self.look(clean) {
                return Ok(Err(self.failure((round, stop), violation)?));
            }
            self.left = copy_of(self.dir.path())?;
        }
        if stop.is_some() {
            self.counts.one(count::STOOD_ONLY);
        }
        Ok(Ok(()))
    }

    /// Opens the directory a last time.
    ///
    /// # Errors
    /// The machine refuses a copy; inside, the rule that is broken.
    pub fn finish(&mut self, round: u64) -> io::Result<Result<(), KillFailure>> {
        match self.look(true) {
            Ok(()) => Ok(Ok(())),
            Err(violation) => Ok(Err(KillFailure {
                left_by: round.saturating_sub(1),
                ..self.failure((round, None), violation)?
            })),
        }
    }

    /// Opens the directory.
    fn look(&mut self, clean: bool) -> Result<(), Violation> {
        let (runtime, shadow) = (self.runtime, &mut self.shadow);
        no_panic(|| runtime.block_on(Box::pin(shadow.look(clean))))
    }

    /// Opens a copy of a directory.
    fn look_at(&self, copy: &TempDir) -> Result<(), Violation> {
        no_panic(|| {
            self.runtime
                .block_on(Box::pin(self.shadow.look_at(copy.path())))
        })
    }

    /// What the report of a child shows. Where its first open was wrong, the directory from before is opened here: what
    /// only the child sees is no fault of the store's files.
    fn told(
        &mut self,
        round: u64,
        violation: Violation,
        before: TempDir,
    ) -> io::Result<Result<(), KillFailure>> {
        if self.opened {
            return Ok(Err(self.failure((round, None), violation)?));
        }
        match self.look_at(&copy_of(before.path())?) {
            Err(violation) => {
                self.left = before;
                self.heard = std::mem::take(&mut self.heard_before);
                Ok(Err(KillFailure {
                    left_by: round.saturating_sub(1),
                    ..self.failure((round, None), violation)?
                }))
            }
            Ok(()) => Err(io::Error::other(format!(
                "the child says: {violation}; but the same directory shows what it has to when it is opened here"
            ))),
        }
    }

    /// A failure, with the directory as the last kill left it.
    fn failure(
        &mut self,
        (round, stop): (u64, Option<u64>),
        violation: Violation,
    ) -> io::Result<KillFailure> {
        Ok(KillFailure {
            round,
            left_by: round,
            stop,
            violation,
            heard: Vec::from(std::mem::take(&mut self.heard)).join(", "),
            left: std::mem::replace(&mut self.left, new_dir()?),
        })
    }

    /// Hears the child up to the kill and beyond it to the end of its report.
    fn listen(&mut self, process: &mut Process, round: u64) -> io::Result<Result<(), Broken>> {
        let mut moment = Moment::draw(self.seed, round);
        let mut stops = Stops::draw(self.seed, round);
        let (mut killed, mut stood) = (false, 0);
        while let Some(event) = process.next()? {
            if let Event::Values(values) = event {
                if values != self.values {
                    return Err(io::Error::other(OTHER_VALUES));
                }
                continue;
            }
            let waits = event == Event::Waiting;
            if !killed && moment.is_now(&event) {
                moment.spin();
                process.kill()?;
                killed = true;
            }
            let stands = !killed && (waits || stops.is_now(&event)) && process.stop()?;
            if let Err(violation) = self.hear(&event) {
                return Ok(Err(Broken::Told(violation)));
            }
            let mut answers = waits;
            if stands {
                stood += 1;
                let events = process.reported()?;
                for event in &events {
                    killed |= moment.is_now(event);
                    answers |= *event == Event::Waiting;
                    if let Err(violation) = self.hear(event) {
                        return Ok(Err(Broken::Told(violation)));
                    }
                }
                if !self.copy_is_right()? {
                    return Ok(Err(Broken::Stood(stood)));
                }
                match killed {
                    true => process.kill()?,
                    false => process.go_on()?,
                }
            }
            if answers {
                process.answer();
            }
        }
        Ok(Ok(()))
    }

    /// Whether a copy of the directory, while the child stands still, shows what it may.
    fn copy_is_right(&mut self) -> io::Result<bool> {
        self.counts.one(count::STOOD);
        Ok(self.look_at(&copy_of(self.dir.path())?).is_ok())
    }

    fn hear(&mut self, event: &Event) -> Result<(), Violation> {
        match event {
            Event::Opened(_) => self.counts.one(count::CHILD_OPENS),
            Event::Acknowledged(_) => self.counts.one(count::CHILD_WRITES),
            _ => {}
        }
        if self.heard.len() == REPORTS_TOLD {
            self.heard.pop_front();
        }
        self.heard.push_back(event.words());
        self.shadow.hear(event)?;
        self.opened |= matches!(event, Event::Opened(_));
        Ok(())
    }
}

/// Creates the store.
async fn created<S: Subject>(mut run: Run<'_, S>) -> Result<(), Violation> {
    run.create().await
}

/// A panic of the store is a broken rule.
fn no_panic(look: impl FnOnce() -> Result<(), Violation>) -> Result<(), Violation> {
    match halt::caught(look) {
        Ok(looked) => looked,
        Err(Halt::StorePanicked(text)) => {
            Err(open_after_crash::RULE.broken(format!("the store panicked: {text}")))
        }
        Err(Halt::HarnessBroken(text)) => halt::again(text),
    }
}

impl<S: Subject> fmt::Debug for Rounds<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rounds in {}", self.dir.path().display())
    }
}
