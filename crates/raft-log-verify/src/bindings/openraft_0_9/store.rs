//! Stores of openraft 0.9 behind the author's door.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::path::PathBuf;
use std::sync::Arc;

use openraft::RaftTypeConfig;
use openraft::storage::RaftLogStorage;

use super::log::BoundLog;
use super::suite;
use super::types::HarnessTypes;
use super::values::{Config, Values};
use crate::bindings::{self, Api};
use crate::log::{Entry, LogError};
use crate::subject::{Place, Tuning};

/// The API of openraft 0.9, for stores `L` with the types `C`.
pub struct OpenRaft<C, L>(PhantomData<fn() -> (C, L)>);

/// A store of openraft under test, made by [`store`] or [`store_on_seam`].
pub type Store<C, L> = bindings::Store<OpenRaft<C, L>>;

/// A store that does its own input and output in the directory that it is given.
///
/// It is judged on real files, as openraft's core calls it. Without the seam no power is cut; the report says
/// what was not judged.
pub fn store<C, L, F, E>(
    name: impl Into<String>,
    open: impl Fn(PathBuf) -> F + Send + Sync + 'static,
) -> Store<C, L>
where
    C: RaftTypeConfig,
    L: RaftLogStorage<C>,
    F: Future<Output = Result<L, E>> + Send + 'static,
    E: Into<LogError>,
{
    Store::in_dir(name, open)
}

/// A store that does its input and output through the [`FileSystem`](crash_disk::FileSystem) that it is given, and
/// that takes its sizes from the tuning if it has any: everything is judged.
pub fn store_on_seam<C, L, F, E>(
    name: impl Into<String>,
    open: impl Fn(Place, Tuning) -> F + Send + Sync + 'static,
) -> Store<C, L>
where
    C: RaftTypeConfig,
    L: RaftLogStorage<C>,
    F: Future<Output = Result<L, E>> + Send + 'static,
    E: Into<LogError>,
{
    Store::on_seam(name, open)
}

impl<C: RaftTypeConfig, L: RaftLogStorage<C>> Api for OpenRaft<C, L> {
    type Raw = L;
    type Log = BoundLog<C, L>;
    type Types = Config<C>;

    fn log(store: L, values: Arc<Values<C>>) -> BoundLog<C, L> {
        BoundLog { store, values }
    }

    fn store(log: BoundLog<C, L>) -> L {
        log.store
    }

    fn fingerprint(values: &Values<C>, entry: Entry) -> Result<Vec<u8>, LogError> {
        (values.fingerprint)(&values.entry(entry))
    }

    fn leaders(values: &Values<C>) -> u64 {
        values.leaders()
    }
}

impl<L: RaftLogStorage<HarnessTypes>> Store<HarnessTypes, L> {
    /// openraft's own suite can be run on it, for comparison.
    #[must_use]
    pub fn with_suite(mut self) -> Self {
        self.suite = Some(suite::start);
        self
    }
}

impl<C, L> fmt::Debug for OpenRaft<C, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("openraft 0.9")
    }
}
