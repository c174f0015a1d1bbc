//! What a campaign found.

use std::collections::BTreeMap;
use std::fmt;

use crash_disk::sim::{Coverage, Profile};

use super::Cause;
use crate::counts::Counts;
use crate::op::Program;
use crate::rules::Violation;

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
}

/// How a phase ended.
#[derive(Debug, Clone)]
pub enum Verdict {
    /// Nothing was broken.
    Clean,
    /// A rule was broken.
    Broken(Box<Counterexample>),
    /// Nothing was broken, but too little happened to say so.
    TooLittle(Vec<(Floor, u64)>),
    /// It was stopped before its end; what ran was clean.
    Stopped,
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
    /// How it ended.
    pub verdict: Verdict,
    /// What happened in it.
    pub counts: Counts,
    /// Crash points, states possible and disks judged, by profile.
    pub coverage: BTreeMap<Profile, Coverage>,
}

impl Phase {
    /// A phase without crashes of its own.
    #[must_use]
    pub fn new(name: &'static str, verdict: Verdict, counts: Counts) -> Self {
        Self {
            name,
            verdict,
            counts,
            coverage: BTreeMap::new(),
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
    /// The phases, in order.
    pub phases: Vec<Phase>,
    /// Names of rules and phases that could not be judged, each with the reason.
    pub not_judged: Vec<(&'static str, &'static str)>,
}

impl Report {
    /// The first counterexample.
    #[must_use]
    pub fn counterexample(&self) -> Option<&Counterexample> {
        self.phases.iter().find_map(|phase| match &phase.verdict {
            Verdict::Broken(counterexample) => Some(&**counterexample),
            _ => None,
        })
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
        self.phases.iter().filter_map(|phase| match &phase.verdict {
            Verdict::Clean => None,
            Verdict::Broken(counterexample) => Some(counterexample.violation.rule.name),
            _ => Some(phase.name),
        })
    }

    /// Whether every phase was clean.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.phases
            .iter()
            .all(|phase| matches!(phase.verdict, Verdict::Clean))
    }
}

/// What was found comes first, then what each phase came to, then what was not judged.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(found) = self.counterexample() {
            writeln!(f, "{found}")?;
        }
        write!(f, "{}, seed {}", self.subject, self.seed)?;
        for phase in &self.phases {
            write!(f, "\n  {}: {}", phase.name, phase.verdict)?;
        }
        let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
        for (name, why) in &self.not_judged {
            match reasons.iter_mut().find(|(reason, _)| reason == why) {
                Some((_, names)) => names.push(name),
                None => reasons.push((why, vec![name])),
            }
        }
        for (why, names) in reasons {
            write!(f, "\n  not judged, because {why}: {}", names.join(", "))?;
        }
        Ok(())
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Clean => f.write_str("kept"),
            Self::Broken(found) => write!(f, "broken: {}", found.violation.rule.name),
            Self::TooLittle(missed) => {
                let (floor, count) = missed
                    .first()
                    .map_or(("", 0), |(floor, count)| (floor.name, *count));
                write!(
                    f,
                    "not judged, because too little happened: {count} {floor}"
                )
            }
            Self::Stopped => f.write_str("not judged to its end, because it was stopped"),
            Self::HarnessBroken(why) => {
                write!(f, "not judged, because the harness is broken: {why}")
            }
        }
    }
}

impl fmt::Display for Counterexample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rule = self.violation.rule;
        writeln!(f, "broken ({}): {}", rule.severity, rule.name)?;
        writeln!(f, "  the rule: {}", rule.statement)?;
        writeln!(f, "  where it is from: {}", rule.source)?;
        writeln!(f, "  what was seen: {}", self.violation.text)?;
        writeln!(f, "  the program, begun on {}:", self.program.start.name())?;
        for (number, op) in self.program.ops.iter().enumerate() {
            writeln!(f, "    {number}. {op:?}")?;
        }
        writeln!(f, "  beside it: {}", self.cause)?;
        if !self.timeline.is_empty() {
            writeln!(f, "{}", self.timeline)?;
        }
        write!(
            f,
            "  seed {}, phase {}, number {}",
            self.seed, self.phase, self.number
        )
    }
}
