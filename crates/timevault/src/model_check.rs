//! For builds with `--cfg shuttle` only, in which nothing but models runs.
//!
//! Runs models of hand-offs between threads in many orders, without and with a race that was planted.

use std::cell::Cell;
use std::panic::catch_unwind;

use crash_disk::{Call, Hook, Verdict};
use shuttle::scheduler::{PctScheduler, RandomScheduler};
use shuttle::sync::atomic::{AtomicU64, Ordering};
use shuttle::{Config, FailurePersistence, Runner};

/// Orders of its threads that a model is run in.
const ORDERS: u64 = 400;

/// Orders in which a planted race is looked for, at most.
const SEARCHED: u64 = 20_000;

/// Places where another thread goes on although the first could, in the orders with few of them.
const CHANGES: usize = 3;

/// How often an order that has found a race is run again: it has to find it every time.
const REPLAYS: usize = 100;

thread_local! {
    static PLANTED: Cell<Option<&'static str>> = const { Cell::new(None) };
}

/// Whether the race of this name is planted, for the models that run on this thread.
pub fn planted(race: &str) -> bool {
    PLANTED.get() == Some(race)
}

/// Lets the threads change at every disk call.
#[derive(Debug, Default)]
pub struct SwitchAtCalls {
    calls: AtomicU64,
}

impl Hook for SwitchAtCalls {
    fn before(&self, _: &Call<'_>) -> Verdict {
        self.calls.fetch_add(1, Ordering::SeqCst);
        Verdict::Proceed
    }
}

/// Runs the model in one order. In every other one the threads change at random; in those between, one thread goes on
/// until it waits, but for some places, so that another may stand still for long.
fn run(model: fn(), order: u64) {
    let mut config = Config::default();
    config.failure_persistence = FailurePersistence::None;
    match order % 2 {
        0 => {
            Runner::new(RandomScheduler::new_from_seed(order, 1), config).run(model);
        }
        // Its first run tells it how many steps there are to choose places from.
        _ => {
            Runner::new(PctScheduler::new_from_seed(order, CHANGES, 2), config).run(model);
        }
    }
}

fn fails(model: fn(), order: u64) -> bool {
    catch_unwind(|| run(model, order)).is_err()
}

/// Runs the model in many orders, in which nothing may fail; then looks with each of the races planted for an order in
/// which it does, which then has to fail in every replay.
///
/// # Panics
/// The model fails without a race, or passes with one.
pub fn finds(model: fn(), races: &[&'static str]) {
    (0..ORDERS).for_each(|order| run(model, order));
    for race in races {
        PLANTED.set(Some(race));
        let found = (0..SEARCHED).find(|order| fails(model, *order));
        let again = found.map(|order| (0..REPLAYS).filter(|_| fails(model, order)).count());
        PLANTED.set(None);
        assert_eq!(again, Some(REPLAYS), "{race}, found in order {found:?}");
    }
}
