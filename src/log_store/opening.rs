//! Opening logs away from the async executor.

use std::path::Path;
use std::sync::Arc;

use openraft::RaftTypeConfig;
use timevault::{Error, Partition, Store, StoreOptions};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::core::OPENERS;
use super::encode;
use super::entry_format::EntryFormat;
use super::error::LogStoreError;
use super::options::LogStoreOptions;
use super::recovery::recover;
use super::store::TimevaultLogStore;
use super::turn::{LogKey, Turn};

/// Partition of a log that has a store of its own.
pub const SINGLE_LOG_ID: Uuid = Uuid::from_u128(0x6f70_656e_7261_6674_8074_696d_6576_6c74);

/// Runs a blocking open of `log` on one of the [`OPENER_THREADS`](super::OPENER_THREADS), when no
/// other open of that log is under way. If the future is dropped, the log is closed again as soon as
/// it is open.
pub(super) async fn off_executor<C: RaftTypeConfig>(
    log: LogKey,
    open: impl FnOnce() -> Result<TimevaultLogStore<C>, LogStoreError> + Send + 'static,
) -> Result<TimevaultLogStore<C>, LogStoreError> {
    OPENERS.start().map_err(LogStoreError::Threads)?;
    let (tx, rx) = oneshot::channel();
    OPENERS.submit(Box::new(move || {
        if tx.is_closed() {
            return;
        }
        // Kept until the store is handed over or dropped: whoever opens the log next finds it in use
        // or marked as closing.
        let _turn = Turn::take(log);
        if !tx.is_closed() {
            // Dropping the store that nobody waits for closes it.
            drop(tx.send(open()));
        }
    }));
    // Only a panic in the open leaves the channel without an answer.
    rx.await.unwrap_or(Err(LogStoreError::WriterPanicked))
}

/// Opens or creates the only log of a store of its own.
pub(super) fn open_single<C: RaftTypeConfig>(
    root: &Path,
    store_options: StoreOptions,
    options: &LogStoreOptions,
) -> Result<TimevaultLogStore<C>, LogStoreError> {
    // The partition keeps the root locked, so the store need not be kept.
    open_log(&Store::open(root, store_options)?, SINGLE_LOG_ID, options)
}

/// Opens or creates a log.
pub(super) fn open_log<C: RaftTypeConfig>(
    store: &Store,
    id: Uuid,
    options: &LogStoreOptions,
) -> Result<TimevaultLogStore<C>, LogStoreError> {
    encode::check_node_id(&C::NodeId::default()).map_err(|reason| {
        LogStoreError::IdNotStorable {
            what: "node id",
            reason,
        }
    })?;
    if options.partition.key_is_timestamp {
        let reason = "the order key of a raft log is an index".into();
        return Err(Error::InvalidConfig {
            field: "key_is_timestamp",
            reason,
        }
        .into());
    }
    let mut partition = open_or_create::<C>(store, id, options)?;
    let recovered = recover::<C>(&mut partition, store.options().seeded)?;
    TimevaultLogStore::start(partition, recovered, options)
}

fn open_or_create<C: RaftTypeConfig>(
    store: &Store,
    id: Uuid,
    options: &LogStoreOptions,
) -> Result<Partition, LogStoreError> {
    let format = Arc::new(EntryFormat::<C>::new());
    match store.open_partition(id, format.clone()) {
        Err(Error::PartitionNotFound { .. }) => {
            Ok(store.create_partition(id, options.partition, format)?)
        }
        opened => Ok(opened?),
    }
}
