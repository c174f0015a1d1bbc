//! Our log store, through openraft's storage traits.

use std::ops::Range;
use std::path::Path;
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Waker};

use crash_disk::{CallCounter, HookFs, StdFs};
use openraft::storage::{RaftLogStorage, RaftLogStorageExt};
use openraft::{RaftLogReader, Vote};
use openraft_timevault::timevault::StoreOptions;
use openraft_timevault::{LogStoreOptions, TimevaultLogReader, TimevaultLogStore};
use tokio::runtime::{Builder, Runtime};

use super::callback::Callback;
use super::log::{Entry, Log, Reader, Subject, Types, Waiting, id};

/// Name of the subject.
pub const NAME: &str = "ours";

struct Ours {
    log: TimevaultLogStore<Types>,
    callbacks: Vec<Callback>,
    counter: Option<Arc<CallCounter>>,
}

/// The subject.
pub fn subject() -> Subject {
    Subject {
        name: NAME,
        open,
        counted,
    }
}

/// The runtime of all logs: one thread, as there is one caller.
pub fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Builder::new_current_thread().enable_all().build().unwrap())
}

fn open(dir: &Path) -> Box<dyn Log> {
    open_with(dir, StoreOptions::default(), None)
}

fn counted(dir: &Path) -> Box<dyn Log> {
    let counter = CallCounter::new();
    let fs = Arc::new(HookFs::new(Arc::new(StdFs), Arc::clone(&counter) as _));
    open_with(
        dir,
        StoreOptions {
            fs,
            ..StoreOptions::default()
        },
        Some(counter),
    )
}

fn open_with(dir: &Path, store: StoreOptions, counter: Option<Arc<CallCounter>>) -> Box<dyn Log> {
    let opening = TimevaultLogStore::open_dir_with(dir, store, LogStoreOptions::default());
    let log = runtime().block_on(opening).unwrap();
    Box::new(Ours {
        log,
        callbacks: Vec::new(),
        counter,
    })
}

/// The output of a future that waits for nothing.
fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("a read waited"),
    }
}

impl Log for Ours {
    fn append(&mut self, entries: Vec<Entry>) {
        runtime()
            .block_on(self.log.blocking_append(entries))
            .unwrap();
    }

    fn ready(&mut self, appends: usize) {
        runtime().block_on(async {
            for _ in 0..appends {
                self.callbacks.push(Callback::make().await);
            }
        });
    }

    fn append_in_flight(&mut self, entries: Vec<Entry>) {
        runtime().block_on(async {
            let mut issued = Vec::with_capacity(entries.len());
            for entry in entries {
                let callback = self.callbacks.pop().expect("made before");
                self.log.append([entry], callback.flushed).await.unwrap();
                issued.push(callback.done);
            }
            for done in issued {
                done.await.unwrap().unwrap();
            }
        });
    }

    fn begin(&mut self, entries: Vec<Entry>) -> Waiting {
        let callback = self.callbacks.pop().expect("made before");
        let issued = self.log.append(entries, callback.flushed);
        runtime().block_on(issued).unwrap();
        Box::new(|| runtime().block_on(callback.done).unwrap().unwrap())
    }

    fn read(&mut self, range: Range<u64>) -> Vec<Entry> {
        now(self.log.try_get_log_entries(range)).unwrap()
    }

    fn reader(&self) -> Option<Box<dyn Reader>> {
        Some(Box::new(OursReader(self.log.reader())))
    }

    fn truncate(&mut self, from: u64) {
        runtime().block_on(self.log.truncate(id(from))).unwrap();
    }

    fn purge(&mut self, upto: u64) {
        runtime().block_on(self.log.purge(id(upto))).unwrap();
    }

    fn vote(&mut self, term: u64) {
        runtime()
            .block_on(self.log.save_vote(&Vote::new(term, 1)))
            .unwrap();
    }

    fn syncs(&self) -> Option<u64> {
        self.counter
            .as_ref()
            .map(|counter| counter.counts().syncs())
    }

    fn close(self: Box<Self>) {
        runtime().block_on(self.log.close()).unwrap();
    }
}

struct OursReader(TimevaultLogReader<Types>);

impl Reader for OursReader {
    fn read(&mut self, range: Range<u64>) -> Vec<Entry> {
        now(self.0.try_get_log_entries(range)).unwrap()
    }
}
