//! A store under test, and what is known of it.

use std::io;
use std::marker::PhantomData;
use std::path::Path;
use std::sync::Arc;

use raft_log_verify::campaign::{Repro, replay};
use raft_log_verify::crash::Scope;
use raft_log_verify::rules::Violation;
use raft_log_verify::subject::DiskServer;
use raft_log_verify::{
    Caller, Capabilities, Config, Log, LogError, NoProgress, Place, Report, Subject, Tuning, check,
};

use crate::appends;

/// Programs of up to so many operations, where a subject asks for no less.
const LONGEST: usize = 2;

/// Random programs without a crash.
const REAL_PROGRAMS: u64 = 20;

/// Random programs with crashes.
const RANDOM_PROGRAMS: u64 = 10;

/// Rules that a store breaks when it acknowledges what is not durable.
pub(crate) const DURABILITY: [&str; 2] = ["append-durability", "vote-durability"];

/// The rule that a store breaks when it refuses to open.
pub(crate) const OPENS: [&str; 1] = ["open-after-crash"];

/// What a store is judged by. Each part is judged whatever the others come to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Random programs on real files, without a crash.
    Files,
    /// Crash states of all short programs.
    Short,
    /// Crash states of random long programs.
    Random,
    /// Crash states of short programs of appends, votes and reopens: asked of stores that have a fault in the rest.
    Appends,
}

impl Part {
    pub(crate) const ALL: [Self; 4] = [Self::Files, Self::Short, Self::Random, Self::Appends];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Files => "no crash",
            Self::Short => "short programs",
            Self::Random => "random programs",
            Self::Appends => "appends only",
        }
    }
}

/// The store, and the outcome that was explained from its source: another one is news.
pub(crate) struct Case {
    pub(crate) name: String,
    breaks: Vec<(Part, &'static [&'static str])>,
    longest: usize,
    /// Whether programs of appends only are judged beside all.
    appends: bool,
    judge: Box<dyn Fn(&Config) -> Report>,
    judge_appends: Box<dyn Fn(usize, &Scope) -> io::Result<Report>>,
    replay: Box<dyn Fn(&Repro) -> io::Result<Option<Violation>>>,
}

impl Case {
    /// A store that loses what it has acknowledged, in programs of any length, when the power is cut.
    pub(crate) fn forgets<S: Judged>(subject: S) -> Self {
        let case = Self::clean(subject);
        case.breaks(Part::Short, &DURABILITY)
            .breaks(Part::Random, &DURABILITY)
    }

    /// A store that refuses to open when its creation was cut short; and what is written before the creation is durable
    /// is lost with it.
    pub(crate) fn cut_short<S: Judged>(subject: S) -> Self {
        let case = Self::clean(subject);
        case.breaks(Part::Short, &OPENS)
            .breaks(Part::Random, &DURABILITY)
    }

    /// It breaks one of these rules in this part: which one is met first may be a matter of its threads.
    pub(crate) fn breaks(mut self, part: Part, rules: &'static [&'static str]) -> Self {
        self.breaks.push((part, rules));
        self
    }

    /// The rules that it breaks in this part; none if it keeps all that are judged.
    pub(crate) fn known(&self, part: Part) -> &'static [&'static str] {
        let mut breaks = self.breaks.iter();
        breaks
            .find(|(of, _)| *of == part)
            .map_or(&[], |(_, rules)| rules)
    }

    /// A store that keeps the rules.
    pub(crate) fn clean<S: Judged>(subject: S) -> Self {
        let (again, appends) = (subject.clone(), subject.clone());
        Self {
            name: subject.name(),
            breaks: Vec::new(),
            longest: subject.longest_programs(),
            appends: false,
            judge_appends: Box::new(move |longest, scope| appends::judge(&appends, longest, scope)),
            judge: Box::new(move |config| check(&subject, config, &NoProgress)),
            replay: Box::new(move |repro| replay(&again, repro)),
        }
    }

    /// Judges programs of appends only too.
    pub(crate) fn appends(mut self) -> Self {
        self.appends = true;
        self
    }

    /// The parts in which it is judged.
    pub(crate) fn parts(&self) -> impl Iterator<Item = Part> {
        let all = Part::ALL.into_iter();
        all.filter(|part| *part != Part::Appends || self.appends)
    }

    /// Judges a part of it, with short programs of up to so many operations.
    pub(crate) fn judge(
        &self,
        part: Part,
        longest: Option<usize>,
        threads: usize,
    ) -> io::Result<Report> {
        let only = |of, size| if part == of { size } else { 0 };
        let longest = longest.unwrap_or(self.longest);
        let scope = Scope {
            every_disk_up_to: 1,
            ..Config::default().crash_scope
        };
        if part == Part::Appends {
            return (self.judge_appends)(longest, &scope);
        }
        let config = Config {
            real_sequences: only(Part::Files, REAL_PROGRAMS),
            crash_length: if part == Part::Short { longest } else { 0 },
            random_crashes: only(Part::Random, RANDOM_PROGRAMS),
            threads,
            crash_scope: scope,
            end_at_first_finding: true,
            ..Config::quick()
        };
        Ok((self.judge)(&config))
    }

    /// Runs what a repro file says.
    pub(crate) fn replay(&self, repro: &Repro) -> io::Result<Option<Violation>> {
        (self.replay)(repro)
    }
}

/// A subject that says how long its programs may be.
pub(crate) trait Judged: Subject {
    /// Operations of the longest programs: fewer where the store opens slowly.
    fn longest_programs(&self) -> usize {
        LONGEST
    }
}

type Open<L> = Arc<dyn Fn(&Path, Tuning) -> Result<L, LogError> + Send + Sync>;

/// A log without an API of its own: the binding is a [`Log`].
pub(crate) struct Bare<L> {
    name: String,
    open: Open<L>,
    created_before: bool,
    longest: usize,
    log: PhantomData<fn() -> L>,
}

impl<L: Log> Bare<L> {
    pub(crate) fn new(
        name: &str,
        open: impl Fn(&Path, Tuning) -> Result<L, LogError> + Send + Sync + 'static,
    ) -> Self {
        Self {
            name: name.to_owned(),
            open: Arc::new(open),
            created_before: false,
            longest: LONGEST,
            log: PhantomData,
        }
    }

    /// The store is created durably before it is judged.
    pub(crate) fn created_before(mut self) -> Self {
        self.created_before = true;
        self
    }

    /// Programs of up to so many operations.
    pub(crate) fn longest(mut self, operations: usize) -> Self {
        self.longest = operations;
        self
    }
}

impl<L> Clone for Bare<L> {
    fn clone(&self) -> Self {
        Self {
            name: self.name.clone(),
            open: Arc::clone(&self.open),
            ..*self
        }
    }
}

impl<L: Log> Judged for Bare<L> {
    fn longest_programs(&self) -> usize {
        self.longest
    }
}

impl<L: Log> Subject for Bare<L> {
    type Log = L;

    fn name(&self) -> String {
        self.name.clone()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            caller: Caller::Core,
            file_system: false,
            committed: None,
            exclusive: false,
            segments: false,
            unstorable: false,
        }
    }

    async fn open(&self, place: &Place, tuning: Tuning) -> Result<L, LogError> {
        (self.open)(&place.dir, tuning)
    }

    fn disk_server(&self) -> Option<DiskServer> {
        DiskServer::this_program()
    }

    fn created_before(&self) -> bool {
        self.created_before
    }
}
