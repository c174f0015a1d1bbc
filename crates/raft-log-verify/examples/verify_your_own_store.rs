//! Judges a log store of one's own: once as it should be, and once with a mistake that only a power cut shows.
//!
//! `cargo run -p raft-log-verify --example verify_your_own_store`

#![expect(
    clippy::print_stdout,
    clippy::result_large_err,
    reason = "it shows what is found; openraft's error type is what it is"
)]

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::io;
use std::ops::RangeBounds;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crash_disk::{FileSystem, SyncSite, read_whole, replace, write_all_at};
use openraft::storage::{LogFlushed, RaftLogStorage};
use openraft::{
    Entry, LogId, LogState, OptionalSend, RaftLogReader, StorageError, StorageIOError, Vote,
};
use raft_log_verify::openraft_0_9::{Store, store_on_seam};
use raft_log_verify::{Config, NoProgress, check};
use serde::{Deserialize, Serialize};

openraft::declare_raft_types!(
    /// Commands are texts.
    pub Types: D = String, R = (), SnapshotData = io::Cursor<Vec<u8>>
);

/// All of the log.
#[derive(Default, Serialize, Deserialize)]
struct State {
    vote: Option<Vote<u64>>,
    purged: Option<LogId<u64>>,
    log: BTreeMap<u64, Entry<Types>>,
}

/// A store that writes all of its log anew at every change. It is simple, correct and slow.
#[derive(Clone)]
struct OneFile {
    fs: Arc<dyn FileSystem>,
    path: PathBuf,
    /// The mistake: the file takes the place of the old one before it is durable.
    careless: bool,
    state: Arc<Mutex<State>>,
}

impl OneFile {
    fn open(fs: Arc<dyn FileSystem>, path: PathBuf, careless: bool) -> io::Result<Self> {
        // What is read may be in the page cache only; then a power cut would take back what this open shows.
        if let Some(dir) = path.parent() {
            fs.sync_dir(dir, SyncSite::here())?;
        }
        let state = match read_whole(&*fs, &path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => State::default(),
            bytes => serde_json::from_slice(&bytes?)?,
        };
        Ok(Self {
            fs,
            path,
            careless,
            state: Arc::new(Mutex::new(state)),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut State)) -> Result<(), StorageError<u64>> {
        let mut state = self.state();
        change(&mut state);
        let written = serde_json::to_vec(&*state)
            .map_err(io::Error::other)
            .and_then(|json| self.write(&json));
        written.map_err(|error| StorageIOError::write(&error).into())
    }

    fn write(&self, json: &[u8]) -> io::Result<()> {
        if !self.careless {
            // Writes a file beside it, syncs it, gives it the name, syncs the directory.
            return replace(&*self.fs, &self.path, json, SyncSite::here());
        }
        let temp = self.path.with_extension("tmp");
        match self.fs.remove_file(&temp) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let file = self.fs.create_new(&temp)?;
        write_all_at(&*file, json, 0)?;
        self.fs.rename(&temp, &self.path)
    }
}

impl RaftLogReader<Types> for OneFile {
    async fn try_get_log_entries<R: RangeBounds<u64> + Clone + Debug + OptionalSend>(
        &mut self,
        range: R,
    ) -> Result<Vec<Entry<Types>>, StorageError<u64>> {
        let state = self.state();
        let held = state.log.iter().filter(|(index, _)| range.contains(*index));
        Ok(held.map(|(_, entry)| entry.clone()).collect())
    }
}

impl RaftLogStorage<Types> for OneFile {
    type LogReader = Self;

    async fn get_log_state(&mut self) -> Result<LogState<Types>, StorageError<u64>> {
        let state = self.state();
        let last = state.log.values().next_back().map(|entry| entry.log_id);
        Ok(LogState {
            last_purged_log_id: state.purged,
            last_log_id: last.or(state.purged),
        })
    }

    async fn get_log_reader(&mut self) -> Self {
        self.clone()
    }

    async fn save_vote(&mut self, vote: &Vote<u64>) -> Result<(), StorageError<u64>> {
        self.change(|state| state.vote = Some(*vote))
    }

    async fn read_vote(&mut self) -> Result<Option<Vote<u64>>, StorageError<u64>> {
        Ok(self.state().vote)
    }

    async fn append<I>(
        &mut self,
        entries: I,
        callback: LogFlushed<Types>,
    ) -> Result<(), StorageError<u64>>
    where
        I: IntoIterator<Item = Entry<Types>> + OptionalSend,
        I::IntoIter: OptionalSend,
    {
        self.change(|state| {
            let entries = entries.into_iter().map(|entry| (entry.log_id.index, entry));
            state.log.extend(entries);
        })?;
        callback.log_io_completed(Ok(()));
        Ok(())
    }

    async fn truncate(&mut self, from: LogId<u64>) -> Result<(), StorageError<u64>> {
        self.change(|state| drop(state.log.split_off(&from.index)))
    }

    async fn purge(&mut self, upto: LogId<u64>) -> Result<(), StorageError<u64>> {
        self.change(|state| {
            state.log = state.log.split_off(&(upto.index + 1));
            state.purged = Some(upto);
        })
    }
}

/// All that the harness needs to know.
fn judged(name: &str, careless: bool) -> Store<Types, OneFile> {
    store_on_seam(name, move |place, _| async move {
        OneFile::open(place.fs, place.dir.join("log.json"), careless)
    })
}

fn main() {
    for (name, careless) in [("one-file", false), ("one-file, careless", true)] {
        // In a test of yours it is `judged(name, careless).check()`, which panics where a rule is broken.
        let report = check(&judged(name, careless), &Config::quick(), &NoProgress);
        println!("{report}\n");
    }
}
