//! Truncates and purges that find nothing to do, behind an append that is not durable yet.
//!
//! Found by killed processes under load: a truncate above the end returned at once while an append
//! issued before it was still in the queue. The kill then left a log in which a later write had
//! been answered and an earlier one was missing, which no prefix of the writes explains.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crate::common::{Store, append, entry, id, ids, run};
use crash_disk::{CallKind, Gate, HookFs, StdFs};
use openraft::storage::RaftLogStorage;
use openraft_timevault::LogStoreOptions;
use openraft_timevault::timevault::StoreOptions;

/// Long enough for a thread to reach the gate on the busiest machine.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Debug, Clone, Copy)]
enum Idle {
    TruncateAboveTheEnd,
    PurgeToThePurgedId,
    PurgeBelowThePurgedId,
}

impl Idle {
    async fn call(self, store: &mut Store) {
        match self {
            Self::TruncateAboveTheEnd => store.truncate(id(1, 50)).await.unwrap(),
            Self::PurgeToThePurgedId => store.purge(id(1, 2)).await.unwrap(),
            Self::PurgeBelowThePurgedId => store.purge(id(1, 0)).await.unwrap(),
        }
    }
}

#[test]
fn a_cut_with_nothing_to_do_waits_for_the_appends_before_it() {
    run(async {
        for idle in [
            Idle::TruncateAboveTheEnd,
            Idle::PurgeToThePurgedId,
            Idle::PurgeBelowThePurgedId,
        ] {
            let dir = tempfile::tempdir().unwrap();
            let gate = Gate::new(&[CallKind::SyncData]);
            let disk = StoreOptions {
                fs: Arc::new(HookFs::new(Arc::new(StdFs), Arc::clone(&gate) as _)),
                ..StoreOptions::default()
            };
            let mut store = Store::open_dir_with(dir.path(), disk, LogStoreOptions::default())
                .await
                .unwrap();
            append(&mut store, 1, 0..5).await;
            store.purge(id(1, 2)).await.unwrap();
            // With an idle queue it is answered, and nothing has changed.
            idle.call(&mut store).await;
            assert_eq!(ids(&store), [(1, 3), (1, 4)], "{idle:?}");

            let closed = gate.close();
            let (done, callback) = crate::common::callback().await;
            store.append([entry(1, 5)], callback).await.unwrap();
            assert!(gate.wait_held(1, PATIENCE));
            {
                let mut cut = pin!(idle.call(&mut store));
                let mut context = Context::from_waker(Waker::noop());
                for _ in 0..3 {
                    let polled = cut.as_mut().poll(&mut context);
                    assert_eq!(polled, Poll::Pending, "{idle:?} was answered too early");
                    tokio::task::yield_now().await;
                }
                drop(closed);
                cut.await;
            }
            done.await.unwrap().unwrap();
            assert_eq!(ids(&store), [(1, 3), (1, 4), (1, 5)], "{idle:?}");
            store.close().await.unwrap();
        }
    });
}
