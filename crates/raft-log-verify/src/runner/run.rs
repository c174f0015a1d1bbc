//! One run of a program.

use std::fmt;
use std::sync::Arc;

use crash_disk::HookFs;

use super::author::Author;
use super::disk::Disk;
use super::of_store;
use super::watch::Watch;
use crate::counts::{Counts, count};
use crate::halt::{self, store_call};
use crate::log::{Log, LogId};
use crate::op::{Op, Program};
use crate::reference::{Journal, LogImage};
use crate::rules::{
    Seen, Transition, Violation, compare, executor_free, open_after_crash, recovered,
};
use crate::subject::{Caller, Place, Subject, Tuning};
use crate::tally::{self, situation};
use crate::tasks::set_order;

pub(crate) type ReaderOf<S> = <<S as Subject>::Log as Log>::Reader;

/// A broken rule, and where in the program it was seen.
#[derive(Debug, Clone)]
pub struct Failure {
    /// What was broken.
    pub violation: Violation,
    /// Number of the operation, from 0; `None` = on the way to the start state.
    pub step: Option<usize>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.step {
            Some(step) => write!(f, "operation {step}: {}", self.violation),
            None => write!(f, "before the first operation: {}", self.violation),
        }
    }
}

/// A run: the store, the reference log beside it, and the disk below.
pub struct Run<'a, S: Subject> {
    pub(crate) subject: &'a S,
    pub(crate) caller: Caller,
    // Before the disk, which is unmounted when it is dropped.
    pub(crate) reader: Option<ReaderOf<S>>,
    pub(crate) store: Option<S::Log>,
    pub(crate) disk: Disk,
    pub(crate) watch: Arc<Watch>,
    pub(crate) tuning: Tuning,
    pub(crate) image: LogImage,
    pub(crate) committed: Option<LogId>,
    pub(crate) journal: Journal,
    pub(crate) author: Author,
    /// Stored length of the longest entry so far, in bytes, as far as its fingerprint tells.
    pub(crate) largest: u64,
    /// Whether a store of this run was closed or dropped before.
    pub(crate) let_go: bool,
    /// The last write whose return was its acknowledgement, and the step at which that came.
    pub(crate) answered: Option<(usize, u64)>,
    /// What happened so far.
    pub counts: Counts,
}

impl<'a, S: Subject> Run<'a, S> {
    /// Opens a new store on `disk`.
    ///
    /// # Errors
    /// The store does not open, or is not empty.
    pub async fn new(subject: &'a S, disk: Disk, tuning: Tuning) -> Result<Self, Violation> {
        let mut run = Self::on(subject, disk, tuning);
        run.open_new().await?;
        Ok(run)
    }

    /// Opens a store that nothing was written to.
    ///
    /// # Errors
    /// The store does not open, or is not empty.
    pub(crate) async fn open_new(&mut self) -> Result<(), Violation> {
        self.open().await?;
        self.compare(None, &LogImage::empty()).await
    }

    /// Creates the store, closes it, and makes durable what it has left.
    ///
    /// # Errors
    /// As [`Self::open_new`], or the store does not close.
    pub(crate) async fn create(&mut self) -> Result<(), Violation> {
        self.open_new().await?;
        self.close().await?;
        let synced = self.disk.sync();
        synced.unwrap_or_else(|error| halt::give_up("the disk cannot be synced", &error));
        Ok(())
    }

    /// A run on a disk that may hold a store already; nothing is opened yet.
    #[must_use]
    pub fn on(subject: &'a S, disk: Disk, tuning: Tuning) -> Self {
        let watch = Watch::new(&disk);
        set_order(tuning.order);
        Self {
            subject,
            caller: subject.capabilities().caller,
            disk,
            watch,
            tuning,
            store: None,
            reader: None,
            image: LogImage::empty(),
            committed: None,
            journal: Journal::new(LogImage::empty(), None, subject.capabilities().caller),
            author: Author::new(subject.leaders()),
            largest: 0,
            let_go: false,
            answered: None,
            counts: Counts::default(),
        }
    }

    /// Runs a whole program, beginning with the operations that lead to its start state.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub async fn program(&mut self, program: &Program) -> Result<(), Failure> {
        for op in program.start.ops() {
            let done = self.step(&op).await;
            done.map_err(|violation| Failure {
                violation,
                step: None,
            })?;
        }
        for (number, op) in program.ops.iter().enumerate() {
            let done = self.step(op).await;
            done.map_err(|violation| Failure {
                violation,
                step: Some(number),
            })?;
        }
        Ok(())
    }

    /// Performs one operation on the store and on the reference log, and compares them.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub async fn step(&mut self, op: &Op) -> Result<(), Violation> {
        self.counts.one(count::OPERATIONS);
        self.counts.one(op.name());
        // Whatever the strict store returned from is durable, and every step waits for its writes.
        if self.caller == Caller::Strict {
            self.rebase();
        }
        // The runtime of a run has one thread, so it is the executor's.
        let judged = self.caller == Caller::Strict && self.disk.sim().is_some();
        self.watch
            .executor
            .is(judged.then(|| std::thread::current().id()));
        let (situation, skipped) = (self.situation(), self.counts.of(count::SKIPPED));
        self.perform_step(op).await?;
        if self.counts.of(count::SKIPPED) == skipped {
            tally::met((op.name(), situation));
        }
        if judged {
            executor_free::RULE.judged();
        }
        match self.watch.executor.take().first() {
            Some(call) => Err(executor_free::blocked(op.name(), call)),
            None => Ok(()),
        }
    }

    /// What the log is like now.
    fn situation(&self) -> &'static str {
        match (self.image.purged, self.image.entries.is_empty()) {
            (None, true) => situation::NEW,
            (None, false) => situation::WHOLE,
            (Some(_), false) => situation::PURGED,
            (Some(_), true) => situation::PURGED_TO_ITS_END,
        }
    }

    async fn perform_step(&mut self, op: &Op) -> Result<(), Violation> {
        if self.caller < op.least_caller() {
            self.counts.one(count::SKIPPED);
            return Ok(());
        }
        match op {
            Op::Append { .. }
            | Op::AppendOver { .. }
            | Op::AppendBelow { .. }
            | Op::AppendHole { .. }
            | Op::AppendUnordered { .. }
            | Op::AppendUnstorable { .. }
            | Op::Truncate { .. }
            | Op::Purge { .. }
            | Op::PurgeBack { .. }
            | Op::Vote { .. }
            | Op::Committed { .. } => self.write(op).await,
            Op::Recorded { call } => match call.range() {
                Some((range, limited)) => self.read_recorded(range, limited).await,
                None => self.write(op).await,
            },
            Op::Burst {
                appends,
                lead,
                behind,
            } => self.burst(appends, *lead, behind).await,
            Op::Read { range } => self.read(*range).await,
            Op::ReadLimited { from, to } => self.read_limited(*from, *to).await,
            Op::ReadAcross { range, writes } => self.read_across(*range, writes).await,
            Op::Cancel { write, polls } => self.cancel(write, *polls).await,
            Op::OpenTwice => self.open_twice().await,
            Op::Reopen => self.reopen().await,
            Op::DropReopen { pending } => self.drop_reopen(pending).await,
            Op::Fault { kind, nth, writes } => self.fault(*kind, *nth, writes).await,
            Op::Crash { write, call, keep } => self.crash(write, *call, *keep).await,
        }
    }

    /// The state that the reference log is in.
    #[must_use]
    pub fn image(&self) -> &LogImage {
        &self.image
    }

    /// The disk below.
    #[must_use]
    pub fn disk(&self) -> &Disk {
        &self.disk
    }

    /// What was issued and acknowledged.
    #[must_use]
    pub fn into_journal(self) -> Journal {
        self.journal
    }

    /// Goes on from what a recovery has shown.
    pub(crate) fn adopt(&mut self, image: LogImage, committed: Option<LogId>) {
        let mut journal = Journal::new(image.clone(), committed, self.caller);
        journal.recall(self.journal.committed());
        self.journal = journal;
        self.image = image;
        self.committed = committed;
        self.author.much_later();
    }

    /// Drops the store without a close.
    pub(crate) fn close_unclean(&mut self) {
        store_call(|| self.reader = None);
        self.drop_store();
    }

    /// Drops the store. A reader stays only where the store promises that it holds nothing: in a database an open
    /// reader holds the files, and openraft drops its readers with the node.
    pub(crate) fn drop_store(&mut self) {
        self.drop_reader_below_strict();
        self.let_go |= self.store.is_some();
        store_call(|| self.store = None);
    }

    /// Drops the early reader before the store goes, unless the store promises to let go all the same.
    pub(crate) fn drop_reader_below_strict(&mut self) {
        if self.caller < Caller::Strict {
            store_call(|| self.reader = None);
        }
    }

    /// Where the store is opened: the disk, with the watch in between.
    pub(crate) fn place(&self) -> Place {
        let fs = HookFs::new(self.disk.fs(), Arc::clone(&self.watch) as _);
        Place::new(Arc::new(fs), self.disk.dir())
    }

    /// The open store.
    pub(crate) fn store(&mut self) -> Result<&mut S::Log, Violation> {
        self.store
            .as_mut()
            .ok_or_else(|| open_after_crash::RULE.broken("the store is not open"))
    }

    /// Reads everything the store shows, as its caller takes it when it starts.
    pub(crate) async fn see(&mut self) -> Result<Seen, Violation> {
        let seen = self.see_as_it_is().await?;
        Ok(seen.at_a_start(self.caller))
    }

    /// Reads everything the store shows.
    async fn see_as_it_is(&mut self) -> Result<Seen, Violation> {
        let caller = self.caller;
        let store = self.store()?;
        of_store(Seen::read(store, caller))
            .await
            .map_err(|error| open_after_crash::unreadable(&error.to_string()))
    }

    /// Judges what the store shows after a recovery: the admissible state that it is, and all that was seen.
    pub(crate) async fn recovered(
        &mut self,
        admissible: &[LogImage],
    ) -> Result<(LogImage, Seen), Violation> {
        let seen = self.see().await?;
        let image = recovered::judge(&seen, admissible, &self.journal)?.clone();
        Ok((image, seen))
    }

    /// Compares what the store shows with the reference log, after `write` or nothing.
    pub(crate) async fn compare(
        &mut self,
        write: Option<&crate::reference::Write>,
        before: &LogImage,
    ) -> Result<(), Violation> {
        let seen = self.see_as_it_is().await?;
        compare(&Transition {
            write,
            before,
            after: &self.image,
            seen: &seen,
        })?;
        self.compare_committed(&seen)
    }

    pub(crate) fn compare_committed(&self, seen: &Seen) -> Result<(), Violation> {
        let stored = match self.subject.capabilities().committed {
            Some(stored) => stored,
            None if seen.committed.is_none() => return Ok(()),
            None => true,
        };
        let expected = self.committed.as_ref().filter(|_| stored);
        crate::rules::committed::check_live(seen.committed.as_ref(), expected)
    }

    /// Everything issued so far is durable: later crashes are judged from here on.
    pub(crate) fn rebase(&mut self) {
        self.journal.rebase(self.image.clone());
    }
}

impl<S: Subject> fmt::Debug for Run<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "run of {} in {:?}", self.subject.name(), self.image)
    }
}
