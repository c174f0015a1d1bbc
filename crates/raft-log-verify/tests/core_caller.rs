//! A store that can do no more than openraft's core asks of it is innocent: it refuses every call that the core does
//! not make, it holds its files as long as a reader is there, it removes purged entries in a second step, and it keeps
//! what a later leader's purge would make stale. Nothing may be found in it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crash_disk::FsId;
use raft_log_verify::caller::{Call, CoreCaller, CoreStep, Run};
use raft_log_verify::log::{
    Ack, Entry, IndexRange, LogId, LogState, PendingAppend, ReadEntry, Vote,
};
use raft_log_verify::seeded::{Bug, PlainReader, PlainSubject, PlainWal};
use raft_log_verify::{
    Caller, Capabilities, Config, Log, LogError, LogReader, NoProgress, Place, Subject, Tuning,
    check,
};

/// What the core has asked for so far.
struct Core {
    caller: CoreCaller,
    /// The append that is in flight: the core waits for it before it does anything else.
    flying: Option<PendingAppend>,
}

impl Core {
    /// Refuses what the core does not ask for, and reads of what is gone.
    fn take(&mut self, call: &Call) -> Result<(), LogError> {
        if let Some(flying) = &self.flying
            && flying.now().is_some()
        {
            self.flying = None;
            self.caller.take(&Call::Answered)?;
        }
        match self.caller.take(call)? {
            CoreStep::ReadPurged | CoreStep::ReadTruncated => {
                Err(format!("{call:?} is not all held").into())
            }
            _ => Ok(()),
        }
    }

    fn read(&mut self, range: IndexRange) -> Result<(), LogError> {
        let IndexRange { start, end, .. } = range;
        self.take(&Call::Read { start, end })
    }
}

/// A directory on its disk.
type Dir = (FsId, PathBuf);

/// The directory of each store and each reader that holds files.
static HOLDERS: Mutex<Vec<Dir>> = Mutex::new(Vec::new());

fn holders() -> MutexGuard<'static, Vec<Dir>> {
    HOLDERS.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Clone)]
struct Narrow(PlainSubject);

struct NarrowLog {
    log: PlainWal,
    core: Arc<Mutex<Core>>,
    held: Held,
}

struct NarrowReader {
    reader: PlainReader,
    core: Arc<Mutex<Core>>,
    _held: Held,
}

/// Counts as one who holds the files, until it is dropped.
struct Held(Dir);

impl Held {
    fn new(dir: Dir) -> Self {
        holders().push(dir.clone());
        Self(dir)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut holders = holders();
        let at = holders.iter().position(|dir| *dir == self.0).unwrap();
        holders.swap_remove(at);
    }
}

impl Subject for Narrow {
    type Log = NarrowLog;

    fn name(&self) -> String {
        "narrow".to_owned()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            caller: Caller::Core,
            exclusive: false,
            unstorable: false,
            ..self.0.capabilities()
        }
    }

    async fn open(&self, place: &Place, tuning: Tuning) -> Result<NarrowLog, LogError> {
        let dir = (place.fs.id(), place.dir.clone());
        if holders().contains(&dir) {
            return Err("a reader or a store holds the files".into());
        }
        let mut log = self.0.open(place, tuning).await?;
        let state = log.state().await?;
        let entries = match state.held() {
            Some(range) => log.read(range).await?,
            None => Vec::new(),
        };
        let known = (Log::vote(&mut log).await?, log.committed().await?);
        let held = entries.iter().map(|entry| entry.id);
        let core = Core {
            caller: CoreCaller::holding(held, state.purged, known),
            flying: None,
        };
        Ok(NarrowLog {
            log,
            core: Arc::new(Mutex::new(core)),
            held: Held::new(dir),
        })
    }

    async fn close(&self, log: NarrowLog) -> Result<(), LogError> {
        self.0.close(log.log).await
    }
}

impl NarrowLog {
    fn core<T>(&self, ask: impl FnOnce(&mut Core) -> Result<T, LogError>) -> Result<T, LogError> {
        ask(&mut asked(&self.core))
    }
}

fn asked(core: &Mutex<Core>) -> MutexGuard<'_, Core> {
    core.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Log for NarrowLog {
    type Reader = NarrowReader;

    async fn append(&mut self, entries: Vec<Entry>, ack: Ack) -> Result<(), LogError> {
        let (inner, flying) = PendingAppend::new();
        let ids: Vec<LogId> = entries.iter().map(|entry| entry.id).collect();
        self.core(|core| {
            core.take(&Call::Append(Run::of(&ids)))?;
            core.flying = Some(flying.clone());
            Ok(())
        })?;
        ack.follow(async move { flying.settled().await });
        self.log.append(entries, inner).await
    }

    async fn truncate(&mut self, from: LogId, kept: Option<LogId>) -> Result<(), LogError> {
        self.core(|core| {
            core.take(&Call::Truncate(from))?;
            let last = core.caller.last();
            if last != kept {
                return Err(format!("kept is {kept:?}, not {last:?}").into());
            }
            Ok(())
        })?;
        self.log.truncate(from, kept).await
    }

    async fn purge(&mut self, upto: LogId) -> Result<(), LogError> {
        self.core(|core| core.take(&Call::Purge(upto)))?;
        self.log.purge(upto).await
    }

    async fn save_vote(&mut self, vote: Vote) -> Result<(), LogError> {
        self.core(|core| core.take(&Call::SaveVote(vote)))?;
        self.log.save_vote(vote).await
    }

    async fn vote(&mut self) -> Result<Option<Vote>, LogError> {
        Log::vote(&mut self.log).await
    }

    async fn save_committed(&mut self, committed: Option<LogId>) -> Result<(), LogError> {
        self.core(|core| core.take(&Call::SaveCommitted(committed)))?;
        self.log.save_committed(committed).await
    }

    async fn committed(&mut self) -> Result<Option<LogId>, LogError> {
        self.log.committed().await
    }

    async fn state(&mut self) -> Result<LogState, LogError> {
        self.log.state().await
    }

    async fn read(&mut self, range: IndexRange) -> Result<Vec<ReadEntry>, LogError> {
        self.core(|core| core.read(range))?;
        self.log.read(range).await
    }

    async fn read_limited(&mut self, start: u64, end: u64) -> Result<Vec<ReadEntry>, LogError> {
        self.core(|core| core.take(&Call::ReadLimited { start, end }))?;
        self.log.read_limited(start, end).await
    }

    async fn reader(&mut self) -> Option<NarrowReader> {
        Some(NarrowReader {
            reader: self.log.reader().await?,
            core: Arc::clone(&self.core),
            _held: Held::new(self.held.0.clone()),
        })
    }
}

impl LogReader for NarrowReader {
    async fn read(&mut self, range: IndexRange) -> Result<Vec<ReadEntry>, LogError> {
        asked(&self.core).read(range)?;
        self.reader.read(range).await
    }
}

#[test]
fn a_store_that_does_no_more_than_the_core_asks_is_innocent() {
    let subject = Narrow(PlainSubject::default());
    let config = Config {
        sequences: 400,
        real_sequences: 20,
        ..Config::quick()
    };
    let report = check(&subject, &config, &NoProgress);
    assert!(report.is_clean(), "{report}");
}

#[test]
fn what_the_core_never_meets_is_held_against_no_store() {
    let config = Config {
        sequences: 150,
        real_sequences: 5,
        random_crashes: 0,
        crash_length: 0,
        fault_length: 0,
        ..Config::quick()
    };
    for bug in [
        Bug::StaleSuffixSurvives,
        Bug::EmptyRangeReadsOne,
        Bug::UnboundedRangePanics,
        Bug::HoleAccepted,
        Bug::DisorderAccepted,
        Bug::OverlapKeepsTail,
        Bug::AppendUnpurges,
        Bug::PurgeMovesBack,
        Bug::PurgeKeepsBorder,
        Bug::CancelLosesEntry,
        Bug::NotWithdrawn,
    ] {
        let subject = Narrow(PlainSubject::with(bug));
        let report = check(&subject, &config, &NoProgress);
        assert!(report.is_clean(), "{bug:?}: {report}");
    }
}

#[test]
fn what_the_core_relies_on_is_still_found() {
    let config = Config {
        end_at_first_finding: true,
        ..Config::quick()
    };
    for bug in [
        Bug::AppendNotSynced,
        Bug::VoteNotSynced,
        Bug::TruncateKeepsBorder,
        Bug::CallbackBeforeSync,
        Bug::LastNoneAfterPurgeAll,
        Bug::ReadSkipsOne,
        Bug::SyncErrorSwallowed,
    ] {
        let subject = Narrow(PlainSubject::with(bug));
        let report = check(&subject, &config, &NoProgress);
        let found = report.counterexample();
        assert!(found.is_some(), "{bug:?}: {report}");
        let rule = found.unwrap().violation.rule;
        assert_eq!(rule.judged_from, Caller::Core, "{bug:?}: {report}");
    }
}
