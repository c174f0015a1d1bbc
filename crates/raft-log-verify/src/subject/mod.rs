//! A log store under test, as its author describes it: an implementation of [`Subject`].

mod capability;
mod damage_kind;
mod disk_server;
mod health;
mod hints;
mod own_program;
mod place;
mod suite_run;
mod variant;

use std::future::Future;
use std::path::Path;

use crash_disk::FileSystem;

pub use capability::{Caller, Capabilities};
pub use damage_kind::DamageKind;
pub use disk_server::DiskServer;
pub use health::Health;
pub use hints::{Hints, NoHints};
pub(crate) use own_program::{own_program, own_test};
pub use place::{Place, Tuning};

pub use suite_run::{SuiteRun, SuiteVerdict};
pub use variant::Variant;

use super::log::{Entry, Grown, Log, LogError};

/// How many nodes lead where a subject does not say.
pub const LEADERS: u64 = 64;

/// A log store under test: how it is opened and closed, and what it promises.
///
/// The author of a store of openraft writes closures instead ([`bindings`](crate::bindings)); this trait is for
/// other logs. What it gives must be pure: the same seed gives the same value, in this process and the next, or a
/// failure cannot be replayed.
pub trait Subject: Clone + Send + Sync + 'static {
    /// The store, open.
    type Log: Log;

    /// Name in reports and repro files.
    fn name(&self) -> String;

    /// What can be judged, and which promises are made.
    fn capabilities(&self) -> Capabilities;

    /// Opens the store in `place`, a directory that exists and is empty the first time.
    ///
    /// # Errors
    /// Whatever the store says; rules decide whether it was right to refuse.
    fn open(
        &self,
        place: &Place,
        tuning: Tuning,
    ) -> impl Future<Output = Result<Self::Log, LogError>> + Send;

    /// Closes the store cleanly. A store without a close of its own is dropped.
    ///
    /// # Errors
    /// Whatever the store says.
    fn close(&self, log: Self::Log) -> impl Future<Output = Result<(), LogError>> + Send {
        async move {
            drop(log);
            Ok(())
        }
    }

    /// The bytes by which the content of an entry is compared: those that a read has to give for it.
    ///
    /// # Errors
    /// The entry cannot be encoded at all; then it is not appended.
    fn fingerprint(&self, entry: Entry) -> Result<Vec<u8>, LogError> {
        Ok(Grown::from(entry).to_bytes()?)
    }

    /// How many nodes lead, from 0: the node of an id is below it. 1 where ids carry no node.
    fn leaders(&self) -> u64 {
        LEADERS
    }

    /// Starts the test suite that comes with the store's API, where there is one.
    fn suite(&self) -> Option<SuiteRun> {
        None
    }

    /// Who serves the mounted disks on which the power is cut, for a store that does its own input and output. `None`:
    /// no power is cut.
    fn disk_server(&self) -> Option<DiskServer> {
        None
    }

    /// Whether the store is created durably before anything that is judged: it is opened, closed, and synced with all
    /// its files and directories. For a store whose creation may not be cut short, so that this does not hide the rest.
    /// The power is then not cut during the creation, and the report says so.
    fn created_before(&self) -> bool {
        false
    }

    /// What the author can tell of the store's files.
    fn hints(&self) -> &dyn Hints {
        &NoHints
    }
}

/// Names of the files in a directory of the seam, sorted; empty when there is no such directory.
#[must_use]
pub fn file_names(fs: &dyn FileSystem, dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs
        .read_dir(dir)
        .unwrap_or_default()
        .into_iter()
        .map(|entry| entry.name)
        .collect();
    names.sort();
    names
}
