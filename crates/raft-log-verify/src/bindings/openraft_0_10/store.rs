//! Stores of openraft 0.10 as an author describes them.

use std::future::Future;
use std::path::PathBuf;

use openraft_0_10::RaftTypeConfig;
use openraft_0_10::storage::RaftLogStorage;

use super::values::Config;
use crate::bindings;
use crate::log::LogError;
use crate::subject::{Place, Tuning};

/// A store of openraft under test, made by [`store`] or [`store_on_seam`].
pub type Store<C, L> = bindings::Store<Config<C>, L>;

/// A store that does its own input and output in the directory that it is given.
///
/// It is judged on real files, as openraft's core calls it. No power is cut; the report says what was not
/// judged.
pub fn store<C, L, F, E>(
    name: impl Into<String>,
    open: impl Fn(PathBuf) -> F + Send + Sync + 'static,
) -> Store<C, L>
where
    C: RaftTypeConfig<Term = u64>,
    L: RaftLogStorage<C>,
    F: Future<Output = Result<L, E>> + Send + 'static,
    E: Into<LogError>,
{
    Store::in_dir(name, open)
}

/// A store that does its input and output through the [`FileSystem`](crash_disk::FileSystem) that it is given, and
/// that takes its sizes from the [`Tuning`] if it has any: everything is judged.
pub fn store_on_seam<C, L, F, E>(
    name: impl Into<String>,
    open: impl Fn(Place, Tuning) -> F + Send + Sync + 'static,
) -> Store<C, L>
where
    C: RaftTypeConfig<Term = u64>,
    L: RaftLogStorage<C>,
    F: Future<Output = Result<L, E>> + Send + 'static,
    E: Into<LogError>,
{
    Store::on_seam(name, open)
}
