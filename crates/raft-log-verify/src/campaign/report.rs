//! What a campaign found.

use std::collections::BTreeMap;

use crash_disk::sim::{Coverage, Profile};

use super::shard_file::{PhaseOfShard, SHARD_VERSION, ShardFile};
use super::{Cause, Judgement, KnownFinding, Outcome, Shard};
use crate::counts::Counts;
use crate::crash::Drawing;
use crate::op::Program;
use crate::rules::{self, Rule, Violation};
use crate::tally::Tally;

/// A count that has to be reached, so that a campaign that did nothing is not a clean one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Floor {
    /// Name of the count.
    pub name: &'static str,
    /// What it has to be at least.
    pub least: u64,
}

/// A program that breaks a rule.
#[derive(Debug, Clone)]
pub struct Counterexample {
    /// Name of the subject.
    pub subject: String,
    /// Phase that found it.
    pub phase: &'static str,
    /// The campaign's seed.
    pub seed: u64,
    /// Number of the program in its phase.
    pub number: u64,
    /// The program, shrunk.
    pub program: Program,
    /// The rule it breaks, and where.
    pub violation: Violation,
    /// What has to be done beside it.
    pub cause: Cause,
    /// What happened, one event per line; empty where a program says it all.
    pub timeline: String,
    /// The last operation up to the crash, where there is one that can be drawn.
    pub drawing: Option<Drawing>,
}

/// How a phase ended.
#[derive(Debug, Clone)]
pub enum Verdict {
    /// Nothing was broken.
    Clean,
    /// A rule was broken: one that is new, or one that an earlier phase has found.
    Broken,
    /// Nothing was broken, but too little happened to say so.
    TooLittle(Vec<(Floor, u64)>),
    /// It was stopped before its end; what ran was clean.
    Stopped,
    /// What it found, or did not find, says nothing of the store, for this reason.
    NotJudged(&'static str),
    /// The machine refused what is needed, or the harness failed: nothing is said of the store.
    HarnessBroken(String),
}

impl Verdict {
    /// Clean, if each count reached its floor.
    pub(super) fn of_floors(reached: impl IntoIterator<Item = (Floor, u64)>) -> Self {
        let missed: Vec<_> = reached
            .into_iter()
            .filter(|(floor, count)| *count < floor.least)
            .collect();
        match missed.is_empty() {
            true => Self::Clean,
            false => Self::TooLittle(missed),
        }
    }
}

/// One phase of a campaign.
#[derive(Debug, Clone)]
pub struct Phase {
    /// Its name.
    pub name: &'static str,
    /// The rules that it found broken and no phase before it, in the order in which they were found.
    pub found: Vec<Counterexample>,
    /// How it ended.
    pub verdict: Verdict,
    /// What happened in it.
    pub counts: Counts,
    /// How often each rule was judged and broken, and what the operations met. A rule that is broken counts as often as
    /// it was met where judging went on.
    pub tally: Tally,
    /// Crash points, states possible and disks judged, by profile.
    pub coverage: BTreeMap<Profile, Coverage>,
    /// What the whole needs of it, where this is a phase of a shard: one for each of its parts.
    pub(crate) of_shard: Vec<PhaseOfShard>,
}

impl Phase {
    /// A phase without crashes of its own.
    #[must_use]
    pub fn new(name: &'static str, verdict: Verdict, counts: Counts) -> Self {
        Self {
            name,
            found: Vec::new(),
            verdict,
            counts,
            tally: Tally::default(),
            coverage: BTreeMap::new(),
            of_shard: Vec::new(),
        }
    }
}

/// What a campaign found.
#[derive(Debug, Clone)]
pub struct Report {
    /// Name of the subject.
    pub subject: String,
    /// The seed.
    pub seed: u64,
    /// The shard that it is about; `None` = the whole campaign.
    pub shard: Option<Shard>,
    /// What the campaign was told.
    pub(crate) config: String,
    /// The phases, in order.
    pub phases: Vec<Phase>,
    /// Names of rules and phases that could not be judged, each with the reason.
    pub not_judged: Vec<(&'static str, &'static str)>,
    /// Rules that the store is known to break.
    pub known: Vec<KnownFinding>,
    /// Whether the campaign ended before its last phase, because it was told to end at its first finding.
    pub ended_early: bool,
}

/// Why a rule was not judged that nothing speaks against.
const NOT_DRAWN: &str = "nothing drew it";
const STOPPED: &str = "the campaign was stopped";
const ENDED: &str = "the campaign ended at its first finding";

impl Report {
    /// What the whole needs, where this is a report of a shard.
    pub(crate) fn of_shard(&self) -> Option<ShardFile> {
        let phases = self.phases.iter();
        let phases = phases.flat_map(|phase| phase.of_shard.iter().cloned());
        self.shard.map(|shard| ShardFile {
            version: SHARD_VERSION,
            shard,
            subject: self.subject.clone(),
            config: self.config.clone(),
            phases: phases.collect(),
        })
    }

    /// What was found: the first counterexample of each rule that is broken, in the order in which they were found.
    pub fn findings(&self) -> impl Iterator<Item = &Counterexample> {
        self.phases.iter().flat_map(|phase| &phase.found)
    }

    /// The first counterexample.
    #[must_use]
    pub fn counterexample(&self) -> Option<&Counterexample> {
        self.findings().next()
    }

    /// Why the harness could not go on, if it could not.
    #[must_use]
    pub fn harness_broken(&self) -> Option<&str> {
        self.phases.iter().find_map(|phase| match &phase.verdict {
            Verdict::HarnessBroken(why) => Some(why.as_str()),
            _ => None,
        })
    }

    /// What stands against the store: the rule of each counterexample, and the phases that were not
    /// clean for another reason.
    pub fn not_clean(&self) -> impl Iterator<Item = &'static str> {
        self.phases.iter().flat_map(|phase| {
            let unclear = match &phase.verdict {
                Verdict::Clean | Verdict::Broken => None,
                _ => Some(phase.name),
            };
            let rules = phase.found.iter().map(|found| found.violation.rule.name);
            rules.chain(unclear)
        })
    }

    /// Whether every phase was clean.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.phases
            .iter()
            .all(|phase| matches!(phase.verdict, Verdict::Clean))
    }

    /// Takes findings back that say nothing of the store, for this reason. Their rules are not judged, then. Returns whether
    /// there were any.
    pub(crate) fn take_back(
        &mut self,
        which: impl Fn(&Counterexample) -> bool,
        why: &'static str,
    ) -> bool {
        let mut taken = Vec::new();
        for phase in &mut self.phases {
            let (back, stays): (Vec<_>, Vec<_>) = phase.found.drain(..).partition(&which);
            phase.found = stays;
            if !back.is_empty() && phase.found.is_empty() {
                phase.verdict = Verdict::NotJudged(why);
            }
            taken.extend(back.iter().map(|found| found.violation.rule.name));
        }
        // Later phases of crashes have met the same again, and passed it over.
        let later = self.phases.iter_mut();
        for phase in later.filter(|phase| phase.found.is_empty() && !phase.coverage.is_empty()) {
            let mut met = phase.tally.breaches.iter();
            if matches!(phase.verdict, Verdict::Broken)
                && met.all(|(rule, _)| taken.contains(&rule))
            {
                phase.verdict = Verdict::NotJudged(why);
            }
        }
        let rules = taken.iter().map(|rule| (*rule, why));
        self.not_judged.extend(rules);
        !taken.is_empty()
    }

    /// Why it is accepted that this rule is broken, if it is.
    #[must_use]
    pub fn known_why(&self, rule: &str) -> Option<&str> {
        let known = self.known.iter().find(|known| known.rule.name == rule);
        known.map(|known| known.why.as_str())
    }

    /// The findings that nobody has accepted.
    pub fn new_findings(&self) -> impl Iterator<Item = &Counterexample> {
        let known = |found: &&Counterexample| self.known_why(found.violation.rule.name).is_none();
        self.findings().filter(known)
    }

    /// What is accepted and was not found.
    pub fn vanished(&self) -> impl Iterator<Item = &KnownFinding> {
        let found = |rule| {
            self.findings()
                .any(|found| std::ptr::eq(found.violation.rule, rule))
        };
        self.known.iter().filter(move |known| !found(known.rule))
    }

    /// What became of each rule, in the order of the contract.
    #[must_use]
    pub fn judgements(&self) -> Vec<Judgement> {
        let rules = rules::ALL.iter();
        let judgement = |rule: &&'static Rule| Judgement {
            rule,
            outcome: self.outcome(rule),
        };
        rules.map(judgement).collect()
    }

    fn outcome(&self, rule: &'static Rule) -> Outcome {
        let tallies = || self.phases.iter().map(|phase| &phase.tally);
        let times = tallies().map(|tally| tally.breaches.of(rule.name)).sum();
        if self
            .findings()
            .any(|found| found.violation.rule.name == rule.name)
        {
            return match self.known_why(rule.name) {
                Some(why) => Outcome::Known {
                    times,
                    why: why.to_owned(),
                },
                None => Outcome::Broken { times },
            };
        }
        let mut not_judged = self.not_judged.iter();
        if let Some((_, why)) = not_judged.find(|(name, _)| *name == rule.name) {
            let why = (*why).to_owned();
            return Outcome::NotJudged { why };
        }
        let judged = tallies().map(|tally| tally.judged.of(rule.name)).sum();
        if judged > 0 {
            return Outcome::Kept { judged };
        }
        if let Some(why) = self.harness_broken() {
            let why = why.to_owned();
            return Outcome::HarnessBroken { why };
        }
        let stopped = |phase: &Phase| matches!(phase.verdict, Verdict::Stopped);
        let why = match self.phases.iter().any(stopped) {
            true => STOPPED,
            false if self.ended_early => ENDED,
            false => NOT_DRAWN,
        };
        Outcome::NotJudged {
            why: why.to_owned(),
        }
    }
}
