//! The purge window: the power fails between the write of the purged id and the removal of the
//! entries, and at every other point of a purge.

use std::collections::BTreeMap;
use std::convert::Infallible;

use crash_disk::sim::{Coverage, Level, Profile};

use super::driver::{self, Found, Pieces};
use super::programs::{Programs, add_judged};
use super::{Config, Phase, Progress, Verdict};
use crate::counts::{Counts, count};
use crate::crash::{Aftermath, Judged, Scope, explore};
use crate::halt::{self, Halt};
use crate::op::{Lead, Op, Program, Spot, StartState};
use crate::rules::Violation;
use crate::subject::{Subject, Tuning};
use crate::tasks::Runtime;

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

    /// Its part in which recoveries are crashed.
    const RECOVERIES: &'static str = "purge window, recoveries";

    /// Its part on the disk that promises nothing.
    const PARANOID: &'static str = "purge window, paranoid";

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
        let subsets = scope(Level::L4, &Scope::PROMISED);
        let told = (config, progress);
        let mut phase = self.explore((Self::NAME, &subsets), subject, told)?;
        let mut config = config.clone();
        let found = |phase: &Phase| {
            let rules = phase.found.iter().map(|found| found.violation.rule.name);
            rules.collect::<Vec<_>>()
        };
        config.passed_over.extend(found(&phase));
        if goes_on(&phase, &config) && !config.nested.is_empty() {
            let nested = scope(Level::L2, &[Profile::Kill, Profile::Posix]).nested(&config.nested);
            let told = (&config, progress);
            let nested = self.explore((Self::RECOVERIES, &nested), subject, told)?;
            let judged = nested.counts.of(count::NESTED_JUDGED);
            phase.counts.add(count::NESTED_JUDGED, judged);
            config.passed_over.extend(found(&nested));
            phase.found.extend(nested.found);
            phase.tally.merge(&nested.tally);
            phase.of_shard.extend(nested.of_shard);
            if !matches!(nested.verdict, Verdict::Clean) {
                phase.verdict = nested.verdict;
            }
        }
        if goes_on(&phase, &config) {
            let scope = scope(Level::L4, &[Profile::Paranoid]);
            let paranoid = Paranoid {
                purges: *self,
                subject,
                scope,
            };
            let paranoid = driver::drive(&paranoid, (subject.name(), &config), progress)?;
            phase.counts.merge(&paranoid.counts);
            for (profile, coverage) in &paranoid.coverage {
                phase.coverage.entry(*profile).or_default().merge(coverage);
            }
            phase.of_shard.extend(paranoid.of_shard);
            if !matches!(paranoid.verdict, Verdict::Clean) {
                phase.verdict = paranoid.verdict;
            }
        }
        Ok(phase)
    }

    fn explore<S: Subject>(
        &self,
        (phase, scope): (&'static str, &Scope),
        subject: &S,
        told: (&Config, &dyn Progress),
    ) -> std::io::Result<Phase> {
        let programs = Programs {
            phase,
            total: self.programs(),
            program: &|number| self.program(number).map(|(_, program)| program),
        };
        programs.explore(subject, scope, told)
    }
}

/// Purges on a disk that promises nothing. What is broken there accuses nobody and is counted.
struct Paranoid<'a, S> {
    purges: PurgeWindowPhase,
    subject: &'a S,
    scope: Scope,
}

/// Whether a purge is clean, and what was judged for that.
type Weighed = (bool, BTreeMap<Profile, Coverage>);

impl<S: Subject> Pieces for Paranoid<'_, S> {
    type Passed = Weighed;
    type Broken = Infallible;

    fn name(&self) -> &'static str {
        PurgeWindowPhase::PARANOID
    }

    fn total(&self) -> u64 {
        self.purges.programs()
    }

    fn program(&self, number: u64) -> Program {
        let named = self.purges.program(number);
        named.map(|(_, program)| program).unwrap_or_default()
    }

    fn piece(
        &self,
        runtime: &Runtime,
        number: u64,
        _: &[&'static str],
    ) -> Result<Weighed, Infallible> {
        let (program, judged) = (self.program(number), Judged::new());
        let explored =
            halt::caught(|| explore(runtime, self.subject, &program, &self.scope, &judged));
        let explored = match explored {
            Ok(explored) => explored.ok(),
            Err(Halt::StorePanicked(_)) => None,
            Err(Halt::HarnessBroken(why)) => halt::again(why),
        };
        let clean = explored.is_some();
        let mut phase = Phase::new(self.name(), Verdict::Clean, Counts::default());
        phase.coverage = explored.unwrap_or_default().coverage;
        add_judged(&mut phase, &judged);
        Ok((clean, phase.coverage))
    }

    fn gather(&self, passed: Vec<Weighed>, phase: &mut Phase) {
        for (clean, coverage) in passed {
            phase.counts.one(match clean {
                true => count::PARANOID_CLEAN,
                false => count::PARANOID_BROKEN,
            });
            for (profile, coverage) in &coverage {
                phase.coverage.entry(*profile).or_default().merge(coverage);
            }
        }
    }

    fn enough(&self, _: &Phase) -> Verdict {
        Verdict::Clean
    }

    fn as_found(&self, broken: Infallible) -> Found {
        match broken {}
    }

    fn violation<'a>(&self, broken: &'a Infallible) -> &'a Violation {
        match *broken {}
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
