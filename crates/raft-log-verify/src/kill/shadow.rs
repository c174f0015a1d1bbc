//! What the parent knows: the reference log beside the child's report.

use std::path::Path;

use super::event::Event;
use super::script::{self, Script, Step};
use crate::reference::Write;
use crate::rules::{Violation, open_after_crash, write_order};
use crate::runner::{Disk, Run};
use crate::subject::Subject;

/// What a child was doing when it was killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doing {
    /// A write was issued and not acknowledged.
    Write,
    /// An open had begun.
    Open,
    /// A close had begun.
    Close,
    /// Nothing, or it had not come so far.
    Nothing,
}

/// The reference log of a directory, through all rounds.
pub(super) struct Shadow<'a, S: Subject> {
    run: Run<'a, S>,
    script: Script,
    /// Writes that are not acknowledged: step, number in the journal, the write.
    flying: Vec<(u64, usize, Write)>,
    doing: Doing,
}

impl<'a, S: Subject> Shadow<'a, S> {
    /// That of an empty directory.
    pub(super) fn new(subject: &'a S, dir: &Path) -> Self {
        Self {
            run: Run::on(subject, Disk::At(dir.to_owned()), script::tuning(0)),
            script: Script::new(0, 0),
            flying: Vec::new(),
            doing: Doing::Nothing,
        }
    }

    /// A child begins.
    pub(super) fn begin(&mut self, seed: u64, round: u64) {
        self.script = Script::new(seed, round);
        self.run.tuning = script::tuning(round);
        self.run.author = self.run.author.in_era(round);
        // What the last child had in flight may be there or not.
        self.flying.clear();
        self.doing = Doing::Nothing;
    }

    /// What the child is doing, by what it has reported.
    pub(super) fn doing(&self) -> Doing {
        match self.doing {
            Doing::Nothing if !self.flying.is_empty() => Doing::Write,
            doing => doing,
        }
    }

    /// Takes a line of the report.
    ///
    /// # Errors
    /// An open showed what is not admissible, or the child says that a rule is broken.
    pub(super) fn hear(&mut self, event: &Event) -> Result<(), Violation> {
        match event {
            Event::Opening => self.doing = Doing::Open,
            Event::Opened(hash) => {
                self.doing = Doing::Nothing;
                return self.opened(*hash);
            }
            Event::Issued(step) => return self.issued(*step),
            Event::Acknowledged(step) => self.acknowledged(*step),
            Event::Closing => self.doing = Doing::Close,
            Event::Values(_) | Event::Idle | Event::Waiting => {}
            Event::Broken(text) => {
                return Err(open_after_crash::RULE.broken(format!("the child says: {text}")));
            }
        }
        Ok(())
    }

    /// Goes on from the admissible state with this hash.
    fn opened(&mut self, hash: u64) -> Result<(), Violation> {
        let admissible = self.run.journal.admissible(u64::MAX);
        let shown = admissible.iter().find(|image| image.state_hash() == hash);
        let Some(shown) = shown.cloned() else {
            return Err(write_order::RULE.broken(format!(
                "the child's open showed none of the {} states allowed: {admissible:?}",
                admissible.len()
            )));
        };
        self.flying.clear();
        self.run.image = shown;
        self.run.rebase();
        Ok(())
    }

    /// Plans the write of a step as the child did.
    fn issued(&mut self, step: u64) -> Result<(), Violation> {
        loop {
            let (number, next) = self.script.step();
            let write = match next {
                Step::Write { op, .. } => self.run.accepted(&op),
                Step::Reopen | Step::Drop | Step::Idle => None,
            };
            if number < step {
                continue;
            }
            let Some(write) = write else {
                // Child and parent are the same program: they draw and plan alike.
                return Err(write_order::RULE.broken(format!("step {step} issued nothing")));
            };
            let number = self.run.issue(&write);
            self.run.advance(&write)?;
            self.flying.push((step, number, write));
            return Ok(());
        }
    }

    fn acknowledged(&mut self, step: u64) {
        if let Some(at) = self.flying.iter().position(|(flying, ..)| *flying == step) {
            let (_, number, write) = self.flying.remove(at);
            self.run.promise(&write, number);
        }
        if self.flying.is_empty() && self.run.caller == crate::subject::Caller::Strict {
            self.run.rebase();
        }
    }

    /// Opens a copy of the store's directory in this process and compares what it shows with what is admissible. Of the
    /// store itself nothing more is known after it.
    ///
    /// # Errors
    /// It does not open, or shows something else.
    pub(super) async fn look_at(&self, copy: &Path) -> Result<(), Violation> {
        let disk = Disk::At(copy.to_owned());
        let mut run = Run::on(self.run.subject, disk, self.run.tuning);
        run.journal = self.run.journal.clone();
        run.largest = self.run.largest;
        run.open().await?;
        let admissible = run.journal.admissible(u64::MAX);
        run.recovered(&admissible).await?;
        run.close().await
    }

    /// Opens the store in this process and compares what it shows with what is admissible.
    ///
    /// # Errors
    /// It does not open, or shows something else.
    pub(super) async fn look(&mut self, clean: bool) -> Result<(), Violation> {
        self.run.open().await?;
        let admissible = self.run.journal.admissible(u64::MAX);
        let (image, _) = self.run.recovered(&admissible).await?;
        self.run.image = image;
        self.run.rebase();
        if clean {
            return self.run.close().await;
        }
        self.run.close_unclean();
        // The child's open is in another process, and would not wait for the closing of this one.
        self.run.open().await?;
        self.run.close().await
    }
}
