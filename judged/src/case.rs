//! A store under test, and what is known of it.

use std::io;

use raft_log_verify::campaign::{Cause, Repro, SeenAgain, replay, replay_kills};
use raft_log_verify::crash::{Judged, Scope, explore};
use raft_log_verify::kill::KillChild;
use raft_log_verify::rules::Violation;
use raft_log_verify::tasks::Runtime;
use raft_log_verify::{Config, Progress, Report, Subject, check, serve_if_asked};

/// Programs of up to so many operations, where a subject asks for no less.
const LONGEST: usize = 2;

/// Random programs without a crash.
const REAL_PROGRAMS: u64 = 20;

/// Random programs with crashes, and histories of recorded nodes with crashes, where a subject asks for no fewer.
const RANDOM_PROGRAMS: u64 = 10;

/// Processes that are killed.
const KILL_ROUNDS: u64 = 20;

/// A rule that a store breaks: it was explained from its source.
pub(crate) struct Known {
    pub(crate) rule: &'static str,
    /// Whether it is found in every run: not where threads of the store race.
    pub(crate) always: bool,
}

/// How much is judged of a store.
#[derive(Clone, Copy)]
struct Size {
    longest: usize,
    random: u64,
}

/// What a repro file comes to when it is run once.
pub(crate) enum Again {
    /// What it says breaks its rule.
    AsWritten(Violation),
    /// The program breaks the rule, in another state than the file says: the store has threads that run on their own.
    Beside(Violation),
    /// The rule holds.
    Holds,
}

/// The store, and the outcome that was explained from its source: another one is news.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) known: Vec<Known>,
    size: Size,
    judge: Box<dyn Fn(&Config, &dyn Progress) -> Report>,
    serve: Box<dyn Fn() -> bool>,
    replay: Box<dyn Fn(&Repro) -> io::Result<Again>>,
    replay_kills: Box<dyn Fn(&Repro) -> io::Result<SeenAgain>>,
}

impl Case {
    /// A store that keeps the rules.
    pub(crate) fn of<S: Subject>(subject: S) -> Self {
        let (served, again, killed) = (subject.clone(), subject.clone(), subject.clone());
        Self {
            name: subject.name(),
            known: Vec::new(),
            size: Size {
                longest: LONGEST,
                random: RANDOM_PROGRAMS,
            },
            judge: Box::new(move |config, progress| {
                let config = Config {
                    kill_child: KillChild::current(&subject),
                    ..config.clone()
                };
                check(&subject, &config, progress)
            }),
            serve: Box::new(move || serve_if_asked(&served)),
            replay: Box::new(move |repro| run_again(&again, repro)),
            replay_kills: Box::new(move |repro| {
                let child = KillChild::current(&killed);
                let child = child.ok_or_else(|| io::Error::other("no process can be started"))?;
                replay_kills(&killed, repro, &child)
            }),
        }
    }

    /// It breaks these rules.
    pub(crate) fn breaks(self, rules: &[&'static str]) -> Self {
        self.knows(rules, true)
    }

    /// It breaks these rules in some runs.
    pub(crate) fn breaks_at_times(self, rules: &[&'static str]) -> Self {
        self.knows(rules, false)
    }

    fn knows(mut self, rules: &[&'static str], always: bool) -> Self {
        let rules = rules.iter();
        self.known.extend(rules.map(|rule| Known { rule, always }));
        self
    }

    /// All programs of up to so many operations.
    pub(crate) fn longest(mut self, operations: usize) -> Self {
        self.size.longest = operations;
        self
    }

    /// A store that loses what it has acknowledged with almost every crash: there is little to see in long programs, and they
    /// take long to be made short.
    pub(crate) fn forgets(self) -> Self {
        self.longest(1).random(1)
    }

    /// So many random programs with crashes, and as many histories of recorded nodes.
    pub(crate) fn random(mut self, programs: u64) -> Self {
        self.size.random = programs;
        self
    }

    /// Judges it, with short programs of up to so many operations.
    pub(crate) fn judge(
        &self,
        longest: Option<usize>,
        threads: usize,
        progress: &dyn Progress,
    ) -> Report {
        let scope = Scope {
            every_disk_up_to: 1,
            ..Config::default().crash_scope
        };
        let config = Config {
            real_sequences: REAL_PROGRAMS,
            crash_length: longest.unwrap_or(self.size.longest),
            random_crashes: self.size.random,
            kill_rounds: KILL_ROUNDS,
            threads,
            crash_scope: scope,
            ..Config::quick()
        };
        (self.judge)(&config, progress)
    }

    /// If this process was started to work on the store until it is killed, does so and ends with it. Else returns.
    pub(crate) fn serve_if_asked(&self) {
        (self.serve)();
    }

    /// Runs what a repro file says, once.
    pub(crate) fn replay(&self, repro: &Repro) -> io::Result<Again> {
        (self.replay)(repro)
    }

    /// Runs the rounds of a repro file of a killed process, some times.
    pub(crate) fn replay_kills(&self, repro: &Repro) -> io::Result<SeenAgain> {
        (self.replay_kills)(repro)
    }
}

/// Runs what a repro file says. Where its crash does not break the rule, every crash of its program is tried: a store
/// with threads of its own does not make the same calls in each run.
fn run_again<S: Subject>(subject: &S, repro: &Repro) -> io::Result<Again> {
    let broken = replay(subject, repro)?.filter(|seen| seen.rule.name == repro.rule);
    if let Some(violation) = broken {
        return Ok(Again::AsWritten(violation));
    }
    if !matches!(repro.cause, Cause::Crash(_)) {
        return Ok(Again::Holds);
    }
    let scope = Scope {
        idle_too: true,
        ..Config::default().crash_scope
    };
    let (runtime, judged) = (Runtime::new()?, Judged::new());
    let explored = explore(&runtime, subject, &repro.program, &scope, &judged);
    let broken = explored.err().map(|failure| failure.violation().clone());
    let broken = broken.filter(|seen| seen.rule.name == repro.rule);
    Ok(broken.map_or(Again::Holds, Again::Beside))
}
