//! The author's door: how a store of openraft is opened, and what else is worth saying of it.

use std::fmt;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use openraft::RaftTypeConfig;
use openraft::storage::RaftLogStorage;

use super::log::BoundLog;
use super::nodes::Nodes;
use super::suite;
use super::types::HarnessTypes;
use super::values::Values;
use crate::campaign::{self, Config, NoProgress};
use crate::log::{Entry, LogError};
use crate::payload::PayloadSeed;
use crate::subject::{Caller, Capabilities, Hints, NoHints, Place, Subject, SuiteRun, Tuning};

type Boxed<T> = Pin<Box<dyn Future<Output = Result<T, LogError>> + Send>>;

/// How a store is opened.
pub(super) type Open<L> = Arc<dyn Fn(Place, Tuning) -> Boxed<L> + Send + Sync>;

/// How it is closed.
type Close<L> = Arc<dyn Fn(L) -> Boxed<()> + Send + Sync>;

/// A store of openraft under test, made by [`store`] or [`store_on_seam`]. Everything but how it is opened has a
/// default.
pub struct Store<C: RaftTypeConfig, L> {
    name: String,
    capabilities: Capabilities,
    open: Open<L>,
    close: Option<Close<L>>,
    values: Arc<Values<C>>,
    hints: Arc<dyn Hints>,
    suite: Option<fn(Open<L>) -> SuiteRun>,
}

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
    let mut store = store_on_seam(name, move |place, _| open(place.dir));
    store.capabilities.file_system = false;
    store
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
    Store {
        name: name.into(),
        capabilities: Capabilities {
            caller: Caller::Core,
            file_system: true,
            committed: None,
            exclusive: false,
            segments: false,
            unstorable: false,
        },
        open: Arc::new(move |place, tuning| {
            let opening = open(place, tuning);
            Box::pin(async move { opening.await.map_err(Into::into) })
        }),
        close: None,
        values: Arc::default(),
        hints: Arc::new(NoHints),
        suite: None,
    }
}

impl<C: RaftTypeConfig, L: RaftLogStorage<C>> Store<C, L> {
    /// How it is closed. One without a close is dropped.
    #[must_use]
    pub fn closed_by<F, E>(mut self, close: impl Fn(L) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<LogError>,
    {
        self.close = Some(Arc::new(move |store| {
            let closing = close(store);
            Box::pin(async move { closing.await.map_err(Into::into) })
        }));
        self
    }

    /// The most demanding caller that the store says to satisfy: openraft's core if nothing is said.
    #[must_use]
    pub fn caller(mut self, caller: Caller) -> Self {
        self.capabilities.caller = caller;
        self
    }

    /// Whether it stores the committed id. If nothing is said, either is right.
    #[must_use]
    pub fn stores_committed(mut self, stores: bool) -> Self {
        self.capabilities.committed = Some(stores);
        self
    }

    /// Whether it refuses a second open of the same directory. It need not, if nothing is said.
    #[must_use]
    pub fn exclusive(mut self, refuses: bool) -> Self {
        self.capabilities.exclusive = refuses;
        self
    }

    /// Whether it refuses what it could not read back, as [`PayloadShape::Unstorable`](crate::PayloadShape::Unstorable)
    /// makes it. Such entries are not appended, if nothing is said.
    #[must_use]
    pub fn refuses_unstorable(mut self, refuses: bool) -> Self {
        self.capabilities.unstorable = refuses;
        self
    }

    /// Node ids, where the default ones do not fit. Seeds are small numbers; different seeds should give different
    /// ids.
    #[must_use]
    pub fn node_ids(mut self, make: impl Fn(u64) -> C::NodeId) -> Self {
        Arc::make_mut(&mut self.values).nodes = Nodes::new(make);
        self
    }

    /// Nodes of a membership, where the default ones do not fit.
    #[must_use]
    pub fn nodes(mut self, make: impl Fn(u64) -> C::Node + Send + Sync + 'static) -> Self {
        Arc::make_mut(&mut self.values).node = Arc::new(make);
        self
    }

    /// Application data, where the default one does not fit. The same seed has to give the same value.
    #[must_use]
    pub fn payload(mut self, make: impl Fn(PayloadSeed) -> C::D + Send + Sync + 'static) -> Self {
        Arc::make_mut(&mut self.values).payload = Arc::new(make);
        self
    }

    /// By which two entries are compared: their JSON, unless something else is said.
    #[must_use]
    pub fn compared_by(
        mut self,
        bytes: impl Fn(&C::Entry) -> Result<Vec<u8>, LogError> + Send + Sync + 'static,
    ) -> Self {
        Arc::make_mut(&mut self.values).fingerprint = Arc::new(bytes);
        self
    }

    /// What only the author can know of the store's files. With `segments` they tell how many there are.
    #[must_use]
    pub fn hints(mut self, hints: impl Hints + 'static, segments: bool) -> Self {
        self.hints = Arc::new(hints);
        self.capabilities.segments = segments;
        self
    }

    /// Judges the store with a small campaign, and prints the report.
    ///
    /// # Panics
    /// It breaks a rule: with the rule, the program and what was seen. The machine refuses threads, memory or
    /// temporary directories.
    pub fn check(&self) {
        self.check_with(&Config::quick());
    }

    /// Judges the store with a campaign of that size, and prints the report.
    ///
    /// # Panics
    /// As [`Self::check`].
    #[expect(
        clippy::panic,
        clippy::print_stdout,
        reason = "the body of a test: it fails and prints as tests do"
    )]
    pub fn check_with(&self, config: &Config) {
        match campaign::check(self, config, &NoProgress) {
            Ok(report) if report.counterexample().is_none() => println!("{report}"),
            Ok(report) => panic!("{report}"),
            Err(error) => panic!("nothing was judged: the machine refuses what is needed: {error}"),
        }
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

impl<C: RaftTypeConfig, L: RaftLogStorage<C>> Subject for Store<C, L> {
    type Log = BoundLog<C, L>;

    fn name(&self) -> String {
        self.name.clone()
    }

    fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    async fn open(&self, place: &Place, tuning: Tuning) -> Result<Self::Log, LogError> {
        Ok(BoundLog {
            store: (self.open)(place.clone(), tuning).await?,
            values: Arc::clone(&self.values),
        })
    }

    async fn close(&self, log: Self::Log) -> Result<(), LogError> {
        match &self.close {
            Some(close) => close(log.store).await,
            None => Ok(()),
        }
    }

    fn fingerprint(&self, entry: Entry) -> Result<Vec<u8>, LogError> {
        (self.values.fingerprint)(&self.values.entry(entry))
    }

    fn leaders(&self) -> u64 {
        self.values.nodes.leaders()
    }

    fn suite(&self) -> Option<SuiteRun> {
        self.suite.map(|start| start(Arc::clone(&self.open)))
    }

    fn hints(&self) -> &dyn Hints {
        &*self.hints
    }
}

impl<C: RaftTypeConfig, L> Clone for Store<C, L> {
    fn clone(&self) -> Self {
        Self {
            name: self.name.clone(),
            capabilities: self.capabilities,
            open: Arc::clone(&self.open),
            close: self.close.clone(),
            values: Arc::clone(&self.values),
            hints: Arc::clone(&self.hints),
            suite: self.suite,
        }
    }
}

impl<C: RaftTypeConfig, L> fmt::Debug for Store<C, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name, capabilities, ..
        } = self;
        write!(f, "{name} with {capabilities:?}")
    }
}
