//! What the author of a store tells the harness: how the store is opened, and what it promises.

use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;

use super::bound::Bound;
use super::nodes::Nodes;
use super::ratchet::Ratchet;
use super::signs::Signs;
use super::test_source::lines_of;
use super::values::{Types, Values};
use crate::campaign::{
    self, Cause, Config, Counterexample, KnownFinding, REPLAY, Report, Repro, read_repro, replay,
    replay_kills, repro_file,
};
use crate::kill::{KillChild, serve_if_asked};
use crate::log::{Entry, Log, LogError};
use crate::payload::PayloadSeed;
use crate::reports;
use crate::runner::{MOUNTS, can_mount, unseen_syncs};
use crate::subject::{
    Caller, Capabilities, DiskServer, Hints, NoHints, Place, Subject, SuiteRun, Tuning,
};

/// Where the environment sets it, a check passes that could cut no power because no disk can be mounted: for people who
/// work on a store on such a machine. Where disks can be mounted it changes nothing.
const OPTIONAL: &str = "RAFT_LOG_VERIFY_POWER_CUTS_OPTIONAL";

/// What to do where no disk can be mounted.
fn unmounted(name: &str, why: &str) -> String {
    format!(
        "NOT PASSED: no power was cut, so a store that never syncs would pass. {name} does its own input and output, and no \
         disk can be mounted for it: {why}.\n\
         - to judge all of it: Linux with /dev/fuse, as root, with fusermount3, or under `unshare -Urm`\n\
         - on this machine only: set {OPTIONAL}=1, and the check passes and says what was not judged\n\
         - everywhere: .without_power_cuts() before .check(), or open the store on the seam (store_on_seam)"
    )
}

type Boxed<T> = Pin<Box<dyn Future<Output = Result<T, LogError>> + Send>>;

/// How a store is opened.
pub(super) type Open<L> = Arc<dyn Fn(Place, Tuning) -> Boxed<L> + Send + Sync>;

/// How a store is closed.
type Close<L> = Arc<dyn Fn(L) -> Boxed<()> + Send + Sync>;

/// A store under test. Everything but how it is opened has a default.
pub struct Store<T: Types, L> {
    name: String,
    capabilities: Capabilities,
    open: Open<L>,
    close: Option<Close<L>>,
    values: Arc<Values<T>>,
    hints: Arc<dyn Hints>,
    /// Starts the suite of the API on stores that are opened like this one.
    pub(super) suite: Option<fn(Open<L>) -> SuiteRun>,
    /// Whether the author knows that no power is cut.
    without_power_cuts: bool,
    /// Who serves the mounted disks, where it is not the test that judges.
    disk_server: Option<DiskServer>,
    /// Which process is killed, where it is not the test that judges.
    kill_child: Option<KillChild>,
    /// Whether the store is created durably before anything that is judged.
    created_before: bool,
    /// Findings that are accepted.
    known: Vec<KnownFinding>,
    /// The file of those that may only get fewer.
    baseline: Option<PathBuf>,
}

impl<T: Types, L: Send + 'static> Store<T, L> {
    /// A store that does its own input and output in the directory that it is given.
    pub(super) fn in_dir<F, E>(
        name: impl Into<String>,
        open: impl Fn(PathBuf) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<L, E>> + Send + 'static,
        E: Into<LogError>,
    {
        let mut store = Self::on_seam(name, move |place, _| open(place.dir));
        store.capabilities.file_system = false;
        store
    }

    /// A store that does its input and output through the file system that it is given.
    pub(super) fn on_seam<F, E>(
        name: impl Into<String>,
        open: impl Fn(Place, Tuning) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<L, E>> + Send + 'static,
        E: Into<LogError>,
    {
        Self {
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
            without_power_cuts: false,
            disk_server: None,
            kill_child: None,
            created_before: false,
            known: Vec::new(),
            baseline: None,
        }
    }

    /// How the store is closed. A store without a close is dropped.
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

    /// The most demanding caller that the store promises to satisfy: [`Caller::Core`] by default.
    #[must_use]
    pub fn caller(mut self, caller: Caller) -> Self {
        self.capabilities.caller = caller;
        self
    }

    /// Whether the store keeps the committed id. By default either is right.
    #[must_use]
    pub fn stores_committed(mut self, stores: bool) -> Self {
        self.capabilities.committed = Some(stores);
        self
    }

    /// Whether the store refuses a second open of the same directory. By default it need not.
    #[must_use]
    pub fn exclusive(mut self, refuses: bool) -> Self {
        self.capabilities.exclusive = refuses;
        self
    }

    /// Whether the store refuses what it could not read back, as
    /// [`PayloadShape::Unstorable`](crate::PayloadShape::Unstorable) makes it. By default such entries are not
    /// appended.
    #[must_use]
    pub fn refuses_unstorable(mut self, refuses: bool) -> Self {
        self.capabilities.unstorable = refuses;
        self
    }

    /// Node ids, where the default ones do not fit. Seeds are small numbers; different seeds should give different
    /// ids, and the same seed the same id in every process.
    #[must_use]
    pub fn node_ids(mut self, make: impl Fn(u64) -> T::NodeId) -> Self {
        Arc::make_mut(&mut self.values).nodes = Nodes::new(|seed| Some(make(seed)));
        self
    }

    /// Nodes of a membership, where the default ones do not fit.
    #[must_use]
    pub fn nodes(mut self, make: impl Fn(u64) -> T::Node + Send + Sync + 'static) -> Self {
        Arc::make_mut(&mut self.values).node = Arc::new(make);
        self
    }

    /// Application data, where the default one does not fit. The same seed has to give the same value.
    #[must_use]
    pub fn payload(
        mut self,
        make: impl Fn(PayloadSeed) -> T::Data + Send + Sync + 'static,
    ) -> Self {
        Arc::make_mut(&mut self.values).payload = Arc::new(make);
        self
    }

    /// The bytes by which two entries are compared: their JSON by default.
    #[must_use]
    pub fn compared_by(
        mut self,
        bytes: impl Fn(&T::Entry) -> Result<Vec<u8>, LogError> + Send + Sync + 'static,
    ) -> Self {
        Arc::make_mut(&mut self.values).fingerprint = Arc::new(bytes);
        self
    }

    /// What only the author can know of the store's files. With `segments` the hints tell how many segments there
    /// are.
    #[must_use]
    pub fn hints(mut self, hints: impl Hints + 'static, segments: bool) -> Self {
        self.hints = Arc::new(hints);
        self.capabilities.segments = segments;
        self
    }

    /// Judges a store that does its own input and output on real files only: no power is cut, no call of the disk fails,
    /// nothing is damaged. **A store that never syncs passes.** Without this, the power is cut on a mounted simulated
    /// disk, and [`check`](Self::check) refuses where none can be mounted, so that nobody takes a pass for more than it
    /// is.
    #[must_use]
    pub fn without_power_cuts(mut self) -> Self {
        self.without_power_cuts = true;
        self
    }

    /// Accepts that the store breaks this rule, and says why. It is judged and shown all the same, and does not fail the
    /// test. Where it is kept, the report says that it was not found any more.
    ///
    /// # Panics
    /// There is no rule of that name; the text has the names.
    #[expect(clippy::panic, reason = "a mistake in a test, told where it is made")]
    #[must_use]
    pub fn known(mut self, rule: &str, why: impl Into<String>) -> Self {
        match KnownFinding::new(rule, why) {
            Ok(known) => self.known.push(known),
            Err(error) => panic!("{error}"),
        }
        self
    }

    /// Names the file of the findings that the store is known to have. A finding that is not in the file fails, and so does
    /// one in the file that is not found any more. The file is written where the environment sets [`RECORD`], but not
    /// where it sets `CI`. A relative path begins at the folder of the test's package.
    ///
    /// [`RECORD`]: crate::campaign::RECORD
    #[must_use]
    pub fn baseline(mut self, path: impl Into<PathBuf>) -> Self {
        self.baseline = Some(path.into());
        self
    }

    /// Names the test of this binary that serves the mounted disks, and that is killed, where it is not the test that
    /// judges: [`serve_if_asked`], with this store, is all that it calls. A test that runs with one test thread needs
    /// one, because it does not know its own name.
    #[must_use]
    pub fn served_by(mut self, test: &str) -> Self {
        self.disk_server = DiskServer::test(test);
        self.kill_child = KillChild::test(test);
        self
    }
}

impl<T: Types, L: Send + 'static> Store<T, L>
where
    Bound<T, L>: Log,
{
    /// Says that the store is created durably before anything that is judged: it is opened, closed, and synced with all
    /// its files and directories. For a store that cannot be opened when its creation was cut short, so that this does
    /// not hide the rest. What a power cut leaves of a creation is then not judged, and the report says so.
    #[must_use]
    pub fn created_before(mut self) -> Self {
        self.created_before = true;
        self
    }

    /// Judges the store with a small campaign, and prints the report.
    ///
    /// A store that does its own input and output works on a simulated disk that is mounted for it, so that the power
    /// can be cut. The disk is served by a second process of the same program, which runs up to this call. Processes of
    /// the same kind work on the store in a temporary directory and are killed.
    ///
    /// # Panics
    /// - No disk can be mounted here for a store that does its own input and output, and
    ///   [`without_power_cuts`](Self::without_power_cuts) was not called: everything else is judged first. Not where the
    ///   environment sets `RAFT_LOG_VERIFY_POWER_CUTS_OPTIONAL`.
    /// - The store breaks a rule that is not known: the text has the rule, the program and what was seen.
    /// - A finding of the [`baseline`](Self::baseline) is not found any more, or the file is not a baseline of this
    ///   store.
    /// - The machine refuses threads, memory or temporary directories.
    /// - A type of the store has no default: the text names the method that says how its values are made.
    /// - Two values that are made of one seed are not equal.
    /// - It is called inside a tokio runtime, as in a `#[tokio::test]`.
    #[track_caller]
    pub fn check(&self) {
        self.check_with(&Config::quick());
    }

    /// Judges the store with a campaign of that size, and prints the report. What is found is written to a repro file, and
    /// the text of the panic says how to see it again: where the environment names such a file ([`REPLAY`]), that is
    /// run in place of the campaign.
    ///
    /// [`REPLAY`]: crate::campaign::REPLAY
    ///
    /// # Panics
    /// As [`Self::check`].
    #[expect(
        clippy::panic,
        clippy::print_stdout,
        reason = "the body of a test: it fails and prints as tests do"
    )]
    #[track_caller]
    pub fn check_with(&self, config: &Config) {
        let test = Location::caller();
        if tokio::runtime::Handle::try_current().is_ok() {
            panic!(
                "{}: a check has runtimes of its own, so it cannot run inside of one: write #[test] fn, not #[tokio::test] \
                 async fn",
                self.name
            );
        }
        if serve_if_asked(self) {
            return;
        }
        if let Err(text) = self.values.tried() {
            panic!("{}: {text}", self.name);
        }
        let (store, blind) = match self.mounting() {
            Ok(store) => (store, None),
            Err(why) => {
                let mut store = self.clone().without_power_cuts();
                store.disk_server = None;
                (store, Some(why))
            }
        };
        if let Some(file) = repro_file::asked() {
            match store.seen_again(&file, config) {
                Ok(text) => println!("{text}"),
                Err(text) => panic!("{text}"),
            }
            return;
        }
        let config = Config {
            kill_child: self.killed(config),
            ..config.clone()
        };
        match (store.judged(&config, test), blind) {
            (Ok(text), None) => println!("{text}"),
            (Err(text), None) => panic!("{text}"),
            (Ok(text), Some(why)) if std::env::var_os(OPTIONAL).is_some() => {
                println!("{text}\n{OPTIONAL} is set, and no disk can be mounted here: {why}");
            }
            // What was judged is told, and does not pass for more than it is.
            (Ok(text) | Err(text), Some(why)) => {
                panic!("{text}\n{}", unmounted(&self.name, &why));
            }
        }
    }

    /// Runs a campaign. `Err` if that fails the test.
    fn judged(&self, config: &Config, test: &Location<'_>) -> Result<String, String> {
        let ratchet = self.baseline.as_deref();
        let ratchet = ratchet.map(|path| Ratchet::new(path, &self.name));
        let ratchet = ratchet.transpose().map_err(|error| error.to_string())?;
        let mut config = config.clone();
        config.known.extend_from_slice(&self.known);
        let elsewhere = config.known.clone();
        config
            .known
            .extend(ratchet.iter().flat_map(Ratchet::known).cloned());
        let mut report = campaign::check(self, &config, &Signs::new(&self.name));
        let taken_back = self.take_back_unseen(&mut report, &config);
        if let Some(folder) = &config.out {
            let written = reports::write(folder, &report);
            written.map_err(|error| format!("{report}\n{}: {error}", folder.display()))?;
        }
        let mut text = report.to_string();
        if !self.capabilities.file_system && self.disk_server.is_none() {
            text += "\nno power was cut: a store that never syncs passes";
        }
        if taken_back {
            text += "\nwhat power cuts took away was not judged: a store that never syncs passes";
        }
        if report.harness_broken().is_some() {
            return Err(text);
        }
        let held = ratchet.map(|ratchet| ratchet.hold(&report, &elsewhere));
        let mut fails = report.new_findings().next().is_some();
        match held {
            Some(Ok(Some(recorded))) => return Ok(format!("{text}\n{recorded}")),
            Some(Err(vanished)) => {
                text += &format!("\n{vanished}");
                fails = true;
            }
            Some(Ok(None)) | None => {}
        }
        if !fails {
            return Ok(text);
        }
        let test = lines_of(test);
        for found in report.new_findings() {
            let again =
                repro_file::how_to_see_it_again(found, config.out.as_deref(), test.as_deref());
            text += &format!("\n{again}");
        }
        Err(text)
    }

    /// Takes back what a power cut on a mounted disk has shown of a store that may have made its disk durable by calls
    /// that such a disk does not see. Returns whether there was anything.
    fn take_back_unseen(&self, report: &mut Report, config: &Config) -> bool {
        const WHY: &str = "the store may make its disk durable by sync or syncfs, which a mounted disk does not see";
        let by_crash = |found: &Counterexample| matches!(found.cause, Cause::Crash(_));
        let found = report.findings().find(|found| by_crash(found));
        let Some(found) = found.filter(|_| self.disk_server.is_some()) else {
            return false;
        };
        let repro = repro_file::write_repro(&repro_file::folder(config.out.as_deref()), found);
        // The test once more, with what was found in place of the campaign.
        let again = DiskServer::current()
            .map(|test| test.command())
            .zip(repro.ok());
        let again = again.map(|(mut test, repro)| {
            test.env(REPLAY, repro);
            test
        });
        !unseen_syncs(again.as_ref()).is_empty() && report.take_back(by_crash, WHY)
    }

    /// Runs what a repro file says. `Err` if that breaks a rule, or cannot be run.
    fn seen_again(&self, file: &Path, config: &Config) -> Result<String, String> {
        let repro = read_repro(file).map_err(|error| error.to_string())?;
        let Repro { subject, rule, .. } = &repro;
        if *subject != self.name {
            return Ok(format!(
                "nothing is run: {} is of the store {subject}",
                file.display()
            ));
        }
        if repro.cause == Cause::Killed {
            let child = self.killed(config);
            let child =
                child.ok_or("this test does not know its name: run it with more test threads")?;
            let again = replay_kills(self, &repro, &child).map_err(|error| error.to_string())?;
            return match again.seen {
                0 => Ok(again.to_string()),
                _ => Err(again.to_string()),
            };
        }
        match replay(self, &repro).map_err(|error| error.to_string())? {
            Some(violation) => Err(violation.to_string()),
            None => Ok(format!("not seen again: {rule} holds")),
        }
    }

    /// Which process is killed: the one that the config names, or the author, or this test again.
    fn killed(&self, config: &Config) -> Option<KillChild> {
        let named = config
            .kill_child
            .clone()
            .or_else(|| self.kill_child.clone());
        named.or_else(|| KillChild::current(self))
    }

    /// The store, with who serves its disks if it needs them.
    fn mounting(&self) -> Result<Self, String> {
        let mut store = self.clone();
        if self.capabilities.file_system || self.without_power_cuts {
            store.disk_server = None;
            return Ok(store);
        }
        if !MOUNTS {
            return Err("this system or this build cannot mount".into());
        }
        let server = self.disk_server.clone().or_else(DiskServer::current);
        let no_name = "this test does not know its name, as with --test-threads=1: run it with more threads, alone \
                       (cargo test NAME -- --exact), or name a test that serves (served_by)";
        let server = server.ok_or(no_name)?;
        can_mount(&server).map_err(|error| error.to_string())?;
        store.disk_server = Some(server);
        Ok(store)
    }
}

impl<T: Types, L: Send + 'static> Subject for Store<T, L>
where
    Bound<T, L>: Log,
{
    type Log = Bound<T, L>;

    fn name(&self) -> String {
        self.name.clone()
    }

    fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    async fn open(&self, place: &Place, tuning: Tuning) -> Result<Bound<T, L>, LogError> {
        Ok(Bound {
            store: (self.open)(place.clone(), tuning).await?,
            values: Arc::clone(&self.values),
        })
    }

    async fn close(&self, log: Bound<T, L>) -> Result<(), LogError> {
        match &self.close {
            Some(close) => close(log.store).await,
            None => Ok(()),
        }
    }

    fn fingerprint(&self, entry: Entry) -> Result<Vec<u8>, LogError> {
        (self.values.fingerprint)(&T::entry(&self.values, entry)?)
    }

    fn leaders(&self) -> u64 {
        T::leaders(&self.values)
    }

    fn suite(&self) -> Option<SuiteRun> {
        self.suite.map(|start| start(Arc::clone(&self.open)))
    }

    fn disk_server(&self) -> Option<DiskServer> {
        self.disk_server.clone()
    }

    fn created_before(&self) -> bool {
        self.created_before
    }

    fn hints(&self) -> &dyn Hints {
        &*self.hints
    }
}

impl<T: Types, L> Clone for Store<T, L> {
    fn clone(&self) -> Self {
        Self {
            name: self.name.clone(),
            capabilities: self.capabilities,
            open: Arc::clone(&self.open),
            close: self.close.clone(),
            values: Arc::clone(&self.values),
            hints: Arc::clone(&self.hints),
            suite: self.suite,
            without_power_cuts: self.without_power_cuts,
            disk_server: self.disk_server.clone(),
            kill_child: self.kill_child.clone(),
            created_before: self.created_before,
            known: self.known.clone(),
            baseline: self.baseline.clone(),
        }
    }
}

impl<T: Types, L> fmt::Debug for Store<T, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name, capabilities, ..
        } = self;
        write!(f, "{name} with {capabilities:?}")
    }
}
