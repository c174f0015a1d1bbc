//! How much a campaign does.

use std::path::PathBuf;
use std::sync::Arc;

use crash_disk::sim::Level;

use super::{JoinError, Joined, KnownFinding, Share, UnknownRule};
use crate::crash::Scope;
use crate::kill::KillChild;

/// How much a campaign does. Everything but the number of threads decides the outcome.
#[derive(Debug, Clone)]
pub struct Config {
    /// Seed of everything.
    pub seed: u64,
    /// Random programs on a simulated disk.
    pub sequences: u64,
    /// Random programs on real files.
    pub real_sequences: u64,
    /// Least and most operations of a random program.
    pub length: (usize, usize),
    /// Longest programs of the exhaustive crash part; 0 leaves it out.
    pub crash_length: usize,
    /// Random long programs of which all crash states of the last operation are tried; 0 = none.
    pub random_crashes: u64,
    /// Longest programs whose calls are made to fail and whose disks are full; 0 leaves both out.
    pub fault_length: usize,
    /// Processes that are killed.
    pub kill_rounds: u64,
    /// How they are started; `None` = none is killed, and the report says so. The check of a store sets it
    /// where it is `None` and the test knows its own name.
    pub kill_child: Option<KillChild>,
    /// Which crash states are tried of each of them.
    pub crash_scope: Scope,
    /// Which states are tried of crashes inside a recovery, inside the recovery after that, and so
    /// on.
    pub nested: Vec<Level>,
    /// Longest programs with crashes inside recoveries; 0 leaves them out.
    pub nested_length: usize,
    /// Whether interrupted purges get a phase of their own, with all subsets of what is pending.
    pub purge_window: bool,
    /// Large stores whose files are damaged, each ended in every way.
    pub damage_stores: u64,
    /// Damages of each kind in each file of a store; of single bits eight times as many.
    pub damage_places: usize,
    /// Threads that run programs. The findings are the same with any number, except of a store with threads
    /// of its own; of a store that keeps all rules all counts are, too.
    pub threads: usize,
    /// The folder to which the check of a store writes its reports, the repro files of what it has found, and the
    /// directories that killed processes have left in a state that breaks a rule: one folder for each store. `None`: no
    /// reports, and the rest in a folder `raft-log-verify` beside the folder of the test's binary.
    pub out: Option<PathBuf>,
    /// Whether all of the campaign is done here, or one of several shards of it.
    pub share: Share,
    /// Whether too small counts fail the campaign. Those of a shard never do: its share of the counts says nothing.
    pub floors: bool,
    /// Whether the campaign ends at its first finding. Otherwise it goes on behind it, and judges the other rules. A
    /// shard always goes on: which finding is the first only the whole can tell.
    pub end_at_first_finding: bool,
    /// Findings that are accepted. They are looked for and shown, and fail nothing.
    pub known: Vec<KnownFinding>,
    /// Rules that were found broken before: where one is broken again, that is counted and passed over.
    /// [`check`](super::check) adds to them from phase to phase.
    pub passed_over: Vec<&'static str>,
}

/// Longest programs of which every recovered disk is worked on; of longer ones there are so many
/// that one of each shape is enough.
const EVERY_DISK_UP_TO: usize = 2;

/// A worker for each processor.
fn threads() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from)
}

impl Default for Config {
    fn default() -> Self {
        Self {
            seed: 1,
            sequences: 10_000,
            real_sequences: 500,
            length: (10, 60),
            crash_length: 3,
            random_crashes: 100,
            fault_length: 2,
            kill_rounds: 200,
            kill_child: None,
            crash_scope: Scope {
                every_disk_up_to: EVERY_DISK_UP_TO,
                ..Scope::new(Level::L2, &Scope::PROMISED)
            },
            nested: vec![Level::L2],
            nested_length: 1,
            purge_window: true,
            damage_stores: 1,
            damage_places: 6,
            threads: threads(),
            out: None,
            share: Share::Whole,
            floors: true,
            end_at_first_finding: false,
            known: Vec::new(),
            passed_over: Vec::new(),
        }
    }
}

impl Config {
    /// Accepts that this rule is broken, and says why.
    ///
    /// # Errors
    /// There is no rule of that name; the text has the names.
    pub fn known(mut self, rule: &str, why: impl Into<String>) -> Result<Self, UnknownRule> {
        self.known.push(KnownFinding::new(rule, why)?);
        Ok(self)
    }

    /// Takes what the shards of this campaign did in place of doing it: each folder is that of the report of one of them,
    /// in any order. The config is otherwise the same as theirs, but for the number of threads.
    ///
    /// # Errors
    /// A file can't be read, is of another subject or another campaign, or a shard is missing or there twice.
    pub fn joined(mut self, subject: &str, shards: &[PathBuf]) -> Result<Self, JoinError> {
        let joined = Joined::read(shards, (subject, &self.fingerprint()))?;
        self.share = Share::Joined(Arc::new(joined));
        Ok(self)
    }

    /// All that decides the outcome, as text.
    pub(crate) fn fingerprint(&self) -> String {
        let decides = Self {
            threads: 0,
            out: None,
            kill_child: None,
            share: Share::Whole,
            known: Vec::new(),
            ..self.clone()
        };
        format!("{} {decides:?}", env!("CARGO_PKG_VERSION"))
    }

    /// A small campaign for `cargo test`: some hundred programs, no floors.
    #[must_use]
    pub fn quick() -> Self {
        Self {
            sequences: 300,
            real_sequences: 10,
            crash_length: 1,
            random_crashes: 4,
            fault_length: 1,
            kill_rounds: 20,
            nested_length: 0,
            purge_window: false,
            damage_places: 1,
            floors: false,
            ..Self::default()
        }
    }
}
