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
use crate::halt::{self, Halt};
use crate::op::Program;
use crate::rules::{Violation, open_after_crash};
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
    tally: Mutex<Tally>,
}

/// A store that is damaged, and how.
struct Store {
    case: Case,
    /// What is damaged, and every damage; or the rule that was broken before.
    left: Result<(LeftStore, Vec<Damage>), Violation>,
}

impl Store {
    /// How many pieces it is: one for each damage, or one that tells of the broken rule.
    fn pieces(&self) -> usize {
        self.left.as_ref().map_or(1, |(_, damages)| damages.len())
    }
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
            tally: Mutex::default(),
        };
        let most = config.damage_places;
        let depth = Depth {
            flips: most.saturating_mul(FLIPS),
            others: most,
        };
        for case in cases(config) {
            let making = LeftStore::new(subject, &case.program, case.ending);
            let left = made(|| runtime.block_on(Box::pin(making))).map(|left| {
                let damages = places(subject, &left, depth, config.seed);
                (left, damages)
            });
            let unfit = left.is_err();
            work.stores.push(Store { case, left });
            if unfit && config.end_at_first_finding {
                break;
            }
        }
        Ok(work)
    }

    /// The store of a piece, and which of its pieces it is; `None` behind the last one.
    fn store(&self, number: u64) -> Option<(&Store, usize)> {
        let mut rest = usize::try_from(number).ok()?;
        for store in &self.stores {
            match rest.checked_sub(store.pieces()) {
                None => return Some((store, rest)),
                Some(left) => rest = left,
            }
        }
        None
    }

    /// The large stores that could be made.
    fn large(&self) -> impl Iterator<Item = &LeftStore> {
        let large = self.stores.iter().filter(|store| store.case.large);
        large.filter_map(|store| store.left.as_ref().ok().map(|(left, _)| left))
    }
}

/// Makes a store. One that panics is not opened, and that is what its damage would be about.
fn made(make: impl FnOnce() -> Result<LeftStore, Violation>) -> Result<LeftStore, Violation> {
    match halt::caught(make) {
        Ok(made) => made,
        Err(Halt::StorePanicked(text)) => {
            Err(open_after_crash::RULE.broken(format!("the store panicked: {text}")))
        }
        Err(Halt::HarnessBroken(text)) => halt::again(text),
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
        let pieces = self.stores.iter().map(Store::pieces);
        pieces.sum::<usize>() as u64
    }

    fn program(&self, number: u64) -> Program {
        let program = self
            .store(number)
            .map(|(store, _)| store.case.program.clone());
        program.unwrap_or_default()
    }

    fn piece(
        &self,
        runtime: &Runtime,
        number: u64,
        _: &[&'static str],
    ) -> Result<Self::Passed, Broken> {
        let Some((store, number)) = self.store(number) else {
            return Ok(None);
        };
        let case = &store.case;
        let broken = |damage: Option<&Damage>, violation| Broken {
            program: case.program.clone(),
            case: DamageCase {
                ending: case.ending,
                damage: damage.cloned(),
            },
            violation,
        };
        let (left, damages) = match &store.left {
            Ok(left) => left,
            Err(violation) => return Err(broken(None, violation.clone())),
        };
        let Some(damage) = damages.get(number) else {
            return Ok(None);
        };
        match judge(runtime, self.subject, left, damage) {
            Ok(outcome) => Ok(outcome.map(|outcome| (damage.kind(&left.tree), outcome))),
            Err(violation) => Err(broken(Some(damage), violation)),
        }
    }

    fn gather(&self, passed: Vec<Self::Passed>, phase: &mut Phase) {
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        for (kind, outcome) in passed.into_iter().flatten() {
            tally.one(kind, outcome);
        }
        phase.counts.merge(&tally.counts());
    }

    fn conclude(&self, passed: u64, phase: &mut Phase) {
        let mut left = passed;
        let whole = self.stores.iter().take_while(|store| {
            let through = store.pieces() as u64 <= left;
            left = left.saturating_sub(store.pieces() as u64);
            through
        });
        phase
            .counts
            .add(count::DAMAGED_STORES, whole.count() as u64);
        let entries = self.large().map(|left| left.entries() as u64).min();
        let segments = self.large().filter_map(|left| left.segments).min();
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

    fn violation<'b>(&self, broken: &'b Broken) -> &'b Violation {
        &broken.violation
    }

    /// Small stores come first, and a damage is small already, so nothing is made smaller.
    fn as_found(&self, broken: Broken) -> Found {
        Found {
            program: broken.program,
            violation: broken.violation,
            cause: Cause::Damage(broken.case),
            timeline: String::new(),
            drawing: None,
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
