//! The purge window: the power fails between the write of the purged id and the removal of the
//! entries, and at every other point of a purge.

use crash_disk::sim::{Level, Profile};

use super::programs::Programs;
use super::{Config, Phase, Progress, Verdict};
use crate::counts::count;
use crate::crash::{Aftermath, Scope};
use crate::op::{Lead, Op, Program, Spot, StartState};
use crate::subject::{Subject, Tuning};

/// The states that hold something to purge.
const STARTS: [StartState; 2] = [StartState::ThreeSegments, StartState::TruncatedOverSegment];

/// Where a purge ends. With [`Tuning::SMALL`] three entries fill a segment, and the first entry is
/// purged already.
const PURGES: [(&str, Spot, Lead); 8] = [
    ("within a segment", Spot::First, Lead::Same),
    ("at a border", Spot::Border { nth: 0, off: -2 }, Lead::Same),
    (
        "one before a border",
        Spot::Border { nth: 0, off: -3 },
        Lead::Same,
    ),
    ("over segments", Spot::Part(160), Lead::Same),
    ("of all", Spot::Last, Lead::Same),
    ("beyond the end", Spot::Above(5), Lead::Same),
    ("with a stale suffix", Spot::Part(100), Lead::Later(2)),
    (
        "with a stale suffix of one",
        Spot::Part(250),
        Lead::Later(2),
    ),
];

/// The sizes that are tried.
const TUNINGS: [Tuning; 2] = [Tuning::SMALL, Tuning::FILLED];

/// The phase of interrupted purges: all subsets of what is pending, under every profile; and
/// crashes inside the recoveries from the states up to [`Level::L2`].
#[derive(Debug, Clone, Copy, Default)]
pub struct PurgeWindowPhase;

impl PurgeWindowPhase {
    /// Its name.
    pub const NAME: &'static str = "purge window";

    /// How many purges there are.
    #[must_use]
    pub fn programs(&self) -> u64 {
        (STARTS.len() * PURGES.len() * TUNINGS.len()) as u64
    }

    /// The `number`-th purge, with a name for people.
    #[must_use]
    pub fn program(&self, number: u64) -> Option<(String, Program)> {
        let number = usize::try_from(number).ok()?;
        let of_each = STARTS.len() * PURGES.len();
        let tuning = *TUNINGS.get(number / of_each)?;
        let start = *STARTS.get(number % of_each / PURGES.len())?;
        let (name, at, lead) = *PURGES.get(number % PURGES.len())?;
        let program = Program {
            tuning,
            start,
            ops: vec![Op::Purge { at, lead }],
        };
        let filled = match tuning.fill_bytes {
            0 => "",
            _ => ", filled files",
        };
        let from = start.name();
        Some((format!("purge {name}, from {from}{filled}"), program))
    }

    /// Runs the phase. Under [`Profile::Paranoid`], which promises nothing, programs are only
    /// counted as clean or broken.
    ///
    /// # Errors
    /// The machine refuses threads or memory.
    pub fn run<S: Subject>(
        &self,
        subject: &S,
        config: &Config,
        progress: &dyn Progress,
    ) -> std::io::Result<Phase> {
        let scope = |level, profiles: &[Profile]| Scope {
            aftermath: Aftermath::EveryShape,
            ..Scope::new(level, profiles)
        };
        let all = (0, self.programs());
        let subsets = scope(Level::L4, &Scope::PROMISED);
        let mut phase = self.explore(subject, &subsets, all, (config, progress))?;
        let mut config = config.clone();
        let found = |phase: &Phase| {
            let rules = phase.found.iter().map(|found| found.violation.rule.name);
            rules.collect::<Vec<_>>()
        };
        config.passed_over.extend(found(&phase));
        if goes_on(&phase, &config) && !config.nested.is_empty() {
            let nested = scope(Level::L2, &[Profile::Kill, Profile::Posix]).nested(&config.nested);
            let nested = self.explore(subject, &nested, all, (&config, progress))?;
            let judged = nested.counts.of(count::NESTED_JUDGED);
            phase.counts.add(count::NESTED_JUDGED, judged);
            config.passed_over.extend(found(&nested));
            phase.found.extend(nested.found);
            phase.tally.merge(&nested.tally);
            if !matches!(nested.verdict, Verdict::Clean) {
                phase.verdict = nested.verdict;
            }
        }
        let paranoid = scope(Level::L4, &[Profile::Paranoid]);
        let promised = goes_on(&phase, &config);
        config.end_at_first_finding = true;
        for number in 0..self.programs() {
            if !promised {
                break;
            }
            let one = self.explore(subject, &paranoid, (number, 1), (&config, progress))?;
            let name = match one.verdict {
                Verdict::Clean => count::PARANOID_CLEAN,
                _ => count::PARANOID_BROKEN,
            };
            phase.counts.one(name);
            for (profile, coverage) in &one.coverage {
                phase.coverage.entry(*profile).or_default().merge(coverage);
            }
        }
        Ok(phase)
    }

    fn explore<S: Subject>(
        &self,
        subject: &S,
        scope: &Scope,
        (from, total): (u64, u64),
        told: (&Config, &dyn Progress),
    ) -> std::io::Result<Phase> {
        let programs = Programs {
            phase: Self::NAME,
            total,
            program: &|number| self.program(from + number).map(|(_, program)| program),
        };
        programs.explore(subject, scope, told)
    }
}

/// Whether there is more to do: the harness holds, nobody stops it, and a finding does not end it.
fn goes_on(phase: &Phase, config: &Config) -> bool {
    match phase.verdict {
        Verdict::Clean => true,
        Verdict::Broken => !config.end_at_first_finding,
        _ => false,
    }
}
