//! Opening logs away from the async executor.

use std::path::Path;
use std::sync::Arc;

use openraft::RaftTypeConfig;
use timevault::{Error, Partition, Store, StoreOptions};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::core::{Executor, Internals, Lane};
use super::encode;
use super::entry_format::EntryFormat;
use super::error::LogStoreError;
use super::options::LogStoreOptions;
use super::recovery::recover;
use super::store::TimevaultLogStore;
use super::turn::{LogKey, Turn};

/// Partition of a log that has a store of its own.
pub const SINGLE_LOG_ID: Uuid = Uuid::from_u128(0x6f70_656e_7261_6674_8074_696d_6576_6c74);

impl<C: RaftTypeConfig> TimevaultLogStore<C> {
    /// Opens the log with partition id `id` in `store`, and creates it when there is none.
    ///
    /// Needs no async runtime: works on one of the [`OPENER_THREADS`](super::OPENER_THREADS) that all
    /// logs of the process share. Waits there for a store of this log that is being closed in this
    /// process and for another open of this log, each up to [`CLOSE_WAIT`](timevault::CLOSE_WAIT). So
    /// closes and opens that hang on their disk hold up the opens of other logs.
    ///
    /// If the future is dropped, an open that has begun goes on, and the log is closed when it is
    /// through; the next open waits for that.
    ///
    /// # Errors
    /// [`LogStoreError::Engine`] when the partition is open already, is none of this entry format
    /// or is damaged; [`LogStoreError::Damaged`], [`LogStoreError::VoteMissing`],
    /// [`LogStoreError::PurgeBehind`] and [`LogStoreError::HoleAtFront`] for small files that no
    /// crash leaves like this; [`LogStoreError::NotThisType`] and [`LogStoreError::FileNotThisType`]
    /// when an entry or file that an open has to read is intact and was written with other types;
    /// [`LogStoreError::IdNotStorable`] for a node id that JSON can't have
    /// as a map key; errors of the disk. Damage is reported with nothing cut.
    pub async fn open(
        store: &Store,
        id: Uuid,
        options: LogStoreOptions,
    ) -> Result<Self, LogStoreError> {
        let store = store.clone();
        let log = LogKey::new(&**store.fs(), store.root(), id);
        let internals = Internals::usual();
        let executor = Arc::clone(&internals.executor);
        let open = move || open_log(&store, id, &options, internals);
        off_caller(&*executor, log, open).await
    }

    /// Opens a log that has the directory `root` for itself, and creates both when missing.
    ///
    /// The directory becomes a store with one partition,
    /// [`SINGLE_LOG_ID`]. It is locked while the log is open.
    ///
    /// # Errors
    /// As [`open`](Self::open), and when the directory is locked by another store.
    pub async fn open_dir(
        root: impl AsRef<Path>,
        options: LogStoreOptions,
    ) -> Result<Self, LogStoreError> {
        Self::open_dir_with(root, StoreOptions::default(), options).await
    }

    /// As [`open_dir`](Self::open_dir), with settings for the store, such as another file system.
    ///
    /// # Errors
    /// As [`open_dir`](Self::open_dir).
    pub async fn open_dir_with(
        root: impl AsRef<Path>,
        store_options: StoreOptions,
        options: LogStoreOptions,
    ) -> Result<Self, LogStoreError> {
        Self::open_dir_on(root, store_options, options, Internals::usual()).await
    }

    /// As [`open_dir_with`](Self::open_dir_with), with other internals.
    pub(crate) async fn open_dir_on(
        root: impl AsRef<Path>,
        store_options: StoreOptions,
        options: LogStoreOptions,
        internals: Internals,
    ) -> Result<Self, LogStoreError> {
        let root = root.as_ref().to_path_buf();
        let log = LogKey::new(&*store_options.fs, &root, SINGLE_LOG_ID);
        let executor = Arc::clone(&internals.executor);
        let open = move || {
            // The partition keeps the root locked, so the store need not be kept.
            let store = Store::open(root, store_options)?;
            open_log(&store, SINGLE_LOG_ID, &options, internals)
        };
        off_caller(&*executor, log, open).await
    }
}

/// Has a blocking open of `log` done by the executor, when no other open of that log is under way. If the
/// future is dropped, the log is closed again as soon as it is open.
async fn off_caller<C: RaftTypeConfig>(
    executor: &dyn Executor,
    log: LogKey,
    open: impl FnOnce() -> Result<TimevaultLogStore<C>, LogStoreError> + Send + 'static,
) -> Result<TimevaultLogStore<C>, LogStoreError> {
    executor.start(Lane::Open).map_err(LogStoreError::Threads)?;
    let (tx, rx) = oneshot::channel();
    let task = Box::new(move || {
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
    });
    executor.submit(Lane::Open, task);
    // Only a panic in the open leaves the channel without an answer.
    rx.await.unwrap_or(Err(LogStoreError::WriterPanicked))
}

/// Opens or creates a log.
fn open_log<C: RaftTypeConfig>(
    store: &Store,
    id: Uuid,
    options: &LogStoreOptions,
    internals: Internals,
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
    let recovered = recover::<C>(&mut partition, internals.seeded)?;
    TimevaultLogStore::start(partition, recovered, options, internals)
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
