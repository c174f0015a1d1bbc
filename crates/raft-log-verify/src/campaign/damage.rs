//! Damaged files, as a phase.

use std::sync::{Mutex, PoisonError};

use crate::tasks::Runtime;

use super::driver::{self, Found, Pieces};
use super::{Cause, Config, Counterexample, DamageCase, Floor, Phase, Progress, Verdict};
use crate::counts::{Counts, count};
use crate::damage::{
    self, Damage, Depth, Ending, LARGE_ENTRIES, LARGE_SEGMENTS, LeftStore, Outcome, Tally, judge,
    places,
};
use crate::op::Program;
use crate::rules::Violation;
use crate::subject::{DamageKind, Subject};

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
        let work = Work::new(subject, config)?;
        let phase = driver::drive(&work, (subject.name(), config), progress)?;
        let tally = work.tally.into_inner();
        Ok((phase, tally.unwrap_or_else(PoisonError::into_inner)))
    }

    /// Which of the stores a counterexample is about, by its place among the [programs](Self::programs).
    #[must_use]
    pub fn store_of(&self, config: &Config, found: &Counterexample) -> Option<usize> {
        let Cause::Damage(damaged) = &found.cause else {
            return None;
        };
        let is = |case: &Case| case.program == found.program && case.ending == damaged.ending;
        cases(config).iter().position(is)
    }
}

/// The stores, and every damage of each.
struct Work<'a, S> {
    subject: &'a S,
    config: &'a Config,
    stores: Vec<Store>,
    /// The store that broke a rule before anything was damaged, behind those that did not.
    unfit: Option<(Case, Violation)>,
    tally: Mutex<Tally>,
}

/// A store that is damaged, and how.
struct Store {
    case: Case,
    left: LeftStore,
    damages: Vec<Damage>,
}

impl<'a, S: Subject> Work<'a, S> {
    /// Makes the stores.
    ///
    /// # Errors
    /// The machine refuses a runtime.
    fn new(subject: &'a S, config: &'a Config) -> std::io::Result<Self> {
        let runtime = Runtime::new()?;
        let mut work = Self {
            subject,
            config,
            stores: Vec::new(),
            unfit: None,
            tally: Mutex::default(),
        };
        let most = config.damage_places;
        let depth = Depth {
            flips: most.saturating_mul(FLIPS),
            others: most,
        };
        for case in cases(config) {
            let making = LeftStore::new(subject, &case.program, case.ending);
            match runtime.block_on(Box::pin(making)) {
                Ok(left) => {
                    let damages = places(subject, &left, depth, config.seed);
                    work.stores.push(Store {
                        case,
                        left,
                        damages,
                    });
                }
                Err(violation) => {
                    work.unfit = Some((case, violation));
                    break;
                }
            }
        }
        Ok(work)
    }

    /// The store of a piece, and which of its damages; `None` behind the last one.
    fn store(&self, number: u64) -> Option<(&Store, &Damage)> {
        let mut rest = usize::try_from(number).ok()?;
        for store in &self.stores {
            match store.damages.get(rest) {
                Some(damage) => return Some((store, damage)),
                None => rest -= store.damages.len(),
            }
        }
        None
    }
}

/// A damage that breaks a rule: of which store, and how.
struct Broken {
    program: Program,
    case: DamageCase,
    violation: Violation,
}

impl<S: Subject> Pieces for Work<'_, S> {
    type Passed = Option<(DamageKind, Outcome)>;
    type Broken = Broken;

    fn name(&self) -> &'static str {
        damage::PHASE
    }

    fn total(&self) -> u64 {
        let damages = self.stores.iter().map(|store| store.damages.len());
        (damages.sum::<usize>() + usize::from(self.unfit.is_some())) as u64
    }

    fn program(&self, number: u64) -> Program {
        let store = self.store(number);
        let unfit = self.unfit.as_ref().map(|(case, _)| &case.program);
        let program = store.map(|(store, _)| &store.case.program).or(unfit);
        program.cloned().unwrap_or_else(|| Program::of(Vec::new()))
    }

    fn piece(&self, runtime: &Runtime, number: u64) -> Result<Self::Passed, Broken> {
        let Some((Store { case, left, .. }, damage)) = self.store(number) else {
            return match &self.unfit {
                None => Ok(None),
                Some((case, violation)) => Err(Broken {
                    program: case.program.clone(),
                    case: DamageCase {
                        ending: case.ending,
                        damage: None,
                    },
                    violation: violation.clone(),
                }),
            };
        };
        match judge(runtime, self.subject, left, damage) {
            Ok(outcome) => Ok(outcome.map(|outcome| (damage.kind(&left.tree), outcome))),
            Err(violation) => Err(Broken {
                program: case.program.clone(),
                case: DamageCase {
                    ending: case.ending,
                    damage: Some(damage.clone()),
                },
                violation,
            }),
        }
    }

    fn gather(&self, passed: Vec<Self::Passed>, phase: &mut Phase) {
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        let mut left = passed.len();
        let whole = self.stores.iter().take_while(|store| {
            let through = store.damages.len() <= left;
            left = left.saturating_sub(store.damages.len());
            through
        });
        phase
            .counts
            .add(count::DAMAGED_STORES, whole.count() as u64);
        for (kind, outcome) in passed.into_iter().flatten() {
            tally.one(kind, outcome);
        }
        phase.counts.merge(&tally.counts());
        let large = || self.stores.iter().filter(|store| store.case.large);
        let entries = large().map(|store| store.left.entries() as u64).min();
        let segments = large().filter_map(|store| store.left.segments).min();
        let counts = &mut phase.counts;
        counts.add(count::DAMAGED_ENTRIES, entries.unwrap_or_default());
        counts.add(count::DAMAGED_SEGMENTS, segments.unwrap_or_default());
    }

    fn enough(&self, phase: &Phase) -> Verdict {
        match self.config.floors {
            true => floors(self.subject, self.config, &phase.counts),
            false => Verdict::Clean,
        }
    }

    /// Small stores come first, and a damage is one already.
    fn smallest(&self, _: &Runtime, broken: Broken) -> Found {
        Found {
            program: broken.program,
            violation: broken.violation,
            cause: Cause::Damage(broken.case),
            timeline: String::new(),
        }
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

/// Bits that are changed in a file for each damage of another kind.
const FLIPS: usize = 8;

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
    let runtime = Runtime::new()?;
    let left = runtime.block_on(Box::pin(LeftStore::new(subject, program, case.ending)));
    let left = match (left, &case.damage) {
        (Ok(left), Some(damage)) => judge(&runtime, subject, &left, damage).err(),
        (Ok(_), None) => None,
        (Err(violation), _) => Some(violation),
    };
    Ok(left)
}
