//! Damaged files, as a phase.

use tokio::runtime::Runtime;

use super::workers;
use super::{Config, Counterexample, DamageCase, Floor, ModelDisk, Phase, Progress, Verdict};
use crate::counts::{Counts, count};
use crate::damage::{
    self, Damage, Depth, Ending, LARGE_ENTRIES, LARGE_SEGMENTS, LeftStore, Tally, judge, places,
};
use crate::op::Program;
use crate::rules::Violation;
use crate::subject::Subject;

/// The phase of damaged files: small stores and large ones, each ended in every way, each kind of
/// damage in every file.
#[derive(Debug, Clone, Copy)]
pub struct DamagePhase;

/// A store to be damaged.
struct Case {
    program: Program,
    ending: Ending,
    large: bool,
}

/// The first damage of a case that breaks a rule, by its number.
type Broken = (Violation, Option<Damage>);

impl DamagePhase {
    /// Runs the phase.
    ///
    /// # Errors
    /// The machine refuses threads or memory.
    pub fn run<S: Subject>(
        &self,
        subject: &S,
        config: &Config,
        progress: &dyn Progress,
    ) -> std::io::Result<Phase> {
        Ok(self.tally(subject, config, progress)?.0)
    }

    /// The programs of the stores that are damaged, in their order.
    #[must_use]
    pub fn programs(&self, config: &Config) -> Vec<Program> {
        let cases = cases(config).into_iter();
        cases.map(|case| case.program).collect()
    }

    /// Runs the phase and says how many damages of each kind fell into which class.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn tally<S: Subject>(
        &self,
        subject: &S,
        config: &Config,
        progress: &dyn Progress,
    ) -> std::io::Result<(Phase, Tally)> {
        let cases = cases(config);
        progress.phase(damage::PHASE, cases.len() as u64);
        let mut phase = Phase::new(damage::PHASE, Verdict::Clean, Counts::default());
        let mut tally = Tally::default();
        let mut sizes = Vec::new();
        for (number, case) in cases.into_iter().enumerate() {
            if progress.stop() {
                phase.verdict = Verdict::Stopped;
                break;
            }
            match case.run(subject, config, progress)? {
                Ok((found, size)) => {
                    tally.merge(&found);
                    sizes.extend(size.filter(|_| case.large));
                }
                Err((violation, damage)) => {
                    phase.verdict = Verdict::Broken(Box::new(Counterexample {
                        subject: subject.name(),
                        phase: damage::PHASE,
                        seed: config.seed,
                        number: number as u64,
                        program: case.program,
                        violation,
                        disk: ModelDisk::Simulated,
                        crash: Vec::new(),
                        fault: None,
                        timeline: String::new(),
                        damage: Some(DamageCase {
                            ending: case.ending,
                            damage,
                        }),
                    }));
                    break;
                }
            }
            phase.counts.one(count::DAMAGED_STORES);
            progress.advance(1);
        }
        phase.counts.merge(&tally.counts());
        let entries = sizes.iter().map(|(entries, _)| *entries).min();
        let segments = sizes.iter().filter_map(|(_, segments)| *segments).min();
        phase
            .counts
            .add(count::DAMAGED_ENTRIES, entries.unwrap_or_default());
        phase
            .counts
            .add(count::DAMAGED_SEGMENTS, segments.unwrap_or_default());
        if matches!(phase.verdict, Verdict::Clean) && config.floors {
            phase.verdict = floors(subject, config, &phase.counts);
        }
        Ok((phase, tally))
    }
}

/// Small stores first: what they find is easier to look at.
fn cases(config: &Config) -> Vec<Case> {
    let small = damage::small().into_iter().map(|program| (program, false));
    let seeds = (0..config.damage_stores).map(|number| config.seed.wrapping_add(number));
    let large = seeds.map(|seed| (damage::large(seed), true));
    let ended = |(program, large): (Program, bool)| {
        Ending::ALL.map(|ending| Case {
            program: program.clone(),
            ending,
            large,
        })
    };
    small.chain(large).flat_map(ended).collect()
}

/// Entries and segments of a store.
type Size = (u64, Option<u64>);

impl Case {
    fn run<S: Subject>(
        &self,
        subject: &S,
        config: &Config,
        progress: &dyn Progress,
    ) -> std::io::Result<Result<(Tally, Option<Size>), Broken>> {
        let runtime = workers::runtime()?;
        let left = runtime.block_on(Box::pin(LeftStore::new(
            subject,
            &self.program,
            self.ending,
        )));
        let left = match left {
            Ok(left) => left,
            Err(violation) => return Ok(Err((violation, None))),
        };
        let most = config.damage_places;
        let depth = Depth {
            flips: most.saturating_mul(FLIPS),
            others: most,
        };
        let damages = places(subject, &left, depth, config.seed);
        let work = |runtime: &Runtime, number: u64| {
            let damage = usize::try_from(number)
                .ok()
                .and_then(|number| damages.get(number));
            let Some(damage) = damage else {
                return Ok(None);
            };
            match judge(runtime, subject, &left, damage) {
                Ok(outcome) => Ok(outcome.map(|outcome| (damage.kind(&left.tree), outcome))),
                Err(violation) => Err(Box::new((violation, Some(damage.clone())))),
            }
        };
        let quiet = OnlyStops(progress);
        let total = damages.len() as u64;
        let outcome = workers::run((total, config.threads), &quiet, &work)?;
        if let Some((_, broken)) = outcome.failed {
            return Ok(Err(*broken));
        }
        let mut tally = Tally::default();
        for (kind, outcome) in outcome.passed.into_iter().flatten() {
            tally.one(kind, outcome);
        }
        Ok(Ok((tally, Some((left.entries() as u64, left.segments)))))
    }
}

/// Bits that are changed in a file for each damage of another kind.
const FLIPS: usize = 8;

/// Passes the wish to stop on, and no steps: those of the phase are stores.
struct OnlyStops<'a>(&'a dyn Progress);

impl Progress for OnlyStops<'_> {
    fn phase(&self, _name: &str, _total: u64) {}

    fn advance(&self, _steps: u64) {}

    fn stop(&self) -> bool {
        self.0.stop()
    }
}

/// Clean, if enough was damaged and every class was met that the subject can show.
fn floors<S: Subject>(subject: &S, config: &Config, counts: &Counts) -> Verdict {
    let large = config.damage_stores > 0;
    let places = config.damage_places as u64;
    let all = [
        (true, count::DAMAGES, 100 * places),
        (true, count::DAMAGE_AT_OPEN, 50 * places),
        (true, count::DAMAGE_HARMLESS, 10 * places),
        (true, count::DAMAGE_TORN_TAIL, places),
        (large, count::DAMAGED_ENTRIES, LARGE_ENTRIES as u64),
        (
            subject.capabilities().segments,
            count::DAMAGE_AT_READ,
            20 * places,
        ),
        (
            large && subject.capabilities().segments,
            count::DAMAGED_SEGMENTS,
            LARGE_SEGMENTS,
        ),
    ];
    let floors = all.into_iter().filter(|(applies, ..)| *applies);
    Verdict::of_floors(floors.map(|(_, name, least)| (Floor { name, least }, counts.of(name))))
}

/// Runs a case again; the rule that it breaks now.
///
/// # Errors
/// The machine refuses what is needed.
pub(super) fn replay<S: Subject>(
    subject: &S,
    program: &Program,
    case: &DamageCase,
) -> std::io::Result<Option<Violation>> {
    let runtime = workers::runtime()?;
    let left = runtime.block_on(Box::pin(LeftStore::new(subject, program, case.ending)));
    let left = match (left, &case.damage) {
        (Ok(left), Some(damage)) => judge(&runtime, subject, &left, damage).err(),
        (Ok(_), None) => None,
        (Err(violation), _) => Some(violation),
    };
    Ok(left)
}
