//! A read of a log that is held where it reads the disk, while the log changes under it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Waker};
use std::time::Duration;

use crate::common::{Store, append, entry, run};
use crash_disk::{Call, CallKind, Gate, Hook, HookFs, StdFs, Verdict};
use openraft::storage::RaftLogStorageExt;
use openraft_timevault::LogStoreOptions;
use openraft_timevault::timevault::StoreOptions;

/// Name of the thread whose first read of a chunk is held.
const HELD_READER: &str = "held reader";
/// Long enough for a thread to get somewhere on the busiest machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Holds the first read of a chunk by the thread [`HELD_READER`].
#[derive(Debug)]
struct HoldRead {
    reached: mpsc::SyncSender<()>,
    release: Mutex<mpsc::Receiver<()>>,
    done: AtomicBool,
}

impl Hook for HoldRead {
    fn before(&self, call: &Call<'_>) -> Verdict {
        let held = call.kind == CallKind::Read
            && call
                .path
                .extension()
                .is_some_and(|extension| extension == "chunk")
            && std::thread::current().name() == Some(HELD_READER);
        if held && !self.done.swap(true, Ordering::Relaxed) {
            self.reached.send(()).unwrap();
            self.release.lock().unwrap().recv_timeout(PATIENCE).unwrap();
        }
        Verdict::Proceed
    }
}

#[test]
fn a_read_never_mixes_a_new_middle_with_an_old_end() {
    let dir = tempfile::tempdir().unwrap();
    let (reached, is_reached) = mpsc::sync_channel(1);
    let (let_go, release) = mpsc::sync_channel(1);
    let hold = HoldRead {
        reached,
        release: Mutex::new(release),
        done: AtomicBool::new(false),
    };
    let gate = Gate::new(&[CallKind::SyncData]);
    let fs = HookFs::new(Arc::new(StdFs), Arc::new(hold));
    let fs = Arc::new(HookFs::new(Arc::new(fs), Arc::clone(&gate) as _));
    let disk = StoreOptions {
        fs,
        ..StoreOptions::default()
    };
    let options = LogStoreOptions {
        // What is durable is read from the disk.
        recent_bytes: 0,
        ..LogStoreOptions::default()
    };
    let open = Store::open_dir_with(dir.path(), disk, options);
    let mut store = run(open).unwrap();
    run(append(&mut store, 1, 0..10));

    // Ten entries on the disk, two in memory; then a read of all twelve that is held where it
    // reads the ten.
    let closed = gate.close();
    {
        let mut two = pin!(store.blocking_append([entry(1, 10), entry(1, 11)]));
        assert!(
            two.as_mut()
                .poll(&mut Context::from_waker(Waker::noop()))
                .is_pending()
        );
    }
    let reader = store.reader();
    let held = std::thread::Builder::new()
        .name(HELD_READER.to_owned())
        .spawn(move || reader.entries(..).unwrap())
        .unwrap();
    is_reached.recv_timeout(PATIENCE).unwrap();
    // Meanwhile five of the ten are replaced and the two behind them go.
    drop(closed);
    run(append(&mut store, 2, 5..10));
    let_go.send(()).unwrap();

    let read = held.join().unwrap();
    let terms: Vec<_> = read.iter().map(|e| e.log_id.leader_id.term).collect();
    assert_eq!(terms, [1, 1, 1, 1, 1, 2, 2, 2, 2, 2]);
}
