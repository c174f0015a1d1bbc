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

/// Programs of up to so many operations, where a subject asks for no less.
const LONGEST: usize = 2;

/// Random programs without a crash.
const REAL_PROGRAMS: u64 = 20;

/// Random programs with crashes.
const RANDOM_PROGRAMS: u64 = 10;

/// What a store is judged by. Each part is judged whatever the others come to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Random programs on real files, without a crash.
    Files,
    /// Crash states of all short programs.
    Short,
    /// Crash states of random long programs.
    Random,
}

impl Part {
    pub(crate) const ALL: [Self; 3] = [Self::Files, Self::Short, Self::Random];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Files => "no crash",
            Self::Short => "short programs",
            Self::Random => "random programs",
        }
    }
}

/// The store, and the outcome that was explained from its source: another one is news.
pub(crate) struct Case {
    pub(crate) name: String,
    breaks: Vec<(Part, &'static str)>,
    longest: usize,
    judge: Box<dyn Fn(&Config) -> Report>,
    replay: Box<dyn Fn(&Repro) -> io::Result<Option<Violation>>>,
}

impl Case {
    /// A store that breaks this rule in programs of any length when the power is cut.
    pub(crate) fn broken<S: Judged>(subject: S, rule: &'static str) -> Self {
        let case = Self::clean(subject);
        case.breaks(Part::Short, rule).breaks(Part::Random, rule)
    }

    /// It breaks this rule in this part.
    pub(crate) fn breaks(mut self, part: Part, rule: &'static str) -> Self {
        self.breaks.push((part, rule));
        self
    }

    /// The rule that it breaks in this part; none if it keeps all that are judged.
    pub(crate) fn known(&self, part: Part) -> Option<&'static str> {
        let mut breaks = self.breaks.iter();
        breaks.find(|(of, _)| *of == part).map(|(_, rule)| *rule)
    }

    /// A store that keeps the rules.
    pub(crate) fn clean<S: Judged>(subject: S) -> Self {
        let again = subject.clone();
        Self {
            name: subject.name(),
            breaks: Vec::new(),
            longest: subject.longest_programs(),
            judge: Box::new(move |config| check(&subject, config, &NoProgress)),
            replay: Box::new(move |repro| replay(&again, repro)),
        }
    }

    /// Judges a part of it, with short programs of up to so many operations.
    pub(crate) fn judge(&self, part: Part, longest: Option<usize>, threads: usize) -> Report {
        let only = |of, size| if part == of { size } else { 0 };
        let config = Config {
            real_sequences: only(Part::Files, REAL_PROGRAMS),
            crash_length: only(Part::Short, longest.unwrap_or(self.longest) as u64) as usize,
            random_crashes: only(Part::Random, RANDOM_PROGRAMS),
            threads,
            crash_scope: Scope {
                every_disk_up_to: 1,
                ..Config::default().crash_scope
            },
            ..Config::quick()
        };
        (self.judge)(&config)
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
