//! When a child is killed, and when it is made to stand still.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::event::Event;

/// Events that a child may report before the one at which it is killed.
const MOST_EVENTS: u64 = 30;

/// Most turns of an empty loop between that event and the kill: less than a write takes.
const MOST_SPINS: u32 = 4_000;

/// The event at which a child is killed, and how long after it.
#[derive(Debug)]
pub(super) struct Moment {
    what: What,
    skip: u64,
    spins: u32,
}

#[derive(Debug, Clone, Copy)]
enum What {
    Issued,
    Opening,
    Closing,
    Idle,
}

impl Moment {
    /// That of a round: two of three inside a write, one of four inside an open. Not all are met:
    /// what was to be struck may be over before the blow falls.
    pub(super) fn draw(seed: u64, round: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(!seed);
        rng.set_stream(round);
        let what = match rng.random_range(0..100) {
            0..68 => What::Issued,
            68..93 => What::Opening,
            93..95 => What::Closing,
            _ => What::Idle,
        };
        // An open right after a kill has most to mend.
        let first = matches!(what, What::Opening) && rng.random();
        Self {
            what,
            skip: if first {
                0
            } else {
                rng.random_range(0..MOST_EVENTS)
            },
            spins: rng.random_range(0..MOST_SPINS),
        }
    }

    /// Whether it has come with this event.
    pub(super) fn is_now(&mut self, event: &Event) -> bool {
        if *event == Event::Waiting {
            return false;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return false;
        }
        matches!(
            (self.what, event),
            (What::Issued, Event::Issued(_))
                | (What::Opening, Event::Opening)
                | (What::Closing, Event::Closing)
                | (What::Idle, Event::Idle)
        )
    }

    /// Lets a little time pass.
    pub(super) fn spin(&self) {
        spin(self.spins);
    }
}

fn spin(turns: u32) {
    for _ in 0..turns {
        std::hint::spin_loop();
    }
}

/// Most times that a child is made to stand still wherever it is, and most times that it waits at a border of its
/// calls. Each costs a copy of the directory and an open.
const MOST_STOPS: u32 = 2;

/// A child waits at one of so many borders.
const WAITS_ONE_IN: u32 = 6;

/// Most events between two stops.
const MOST_BETWEEN: u64 = 8;

/// Keep what is drawn for one purpose apart from what is drawn for another.
const OF_STOPS: u64 = 0x5709;
const OF_WAITS: u64 = 0xA175;

/// When the parent makes a child stand still, wherever it is: some time after an event.
#[derive(Debug)]
pub(super) struct Stops {
    rng: ChaCha8Rng,
    left: u32,
    skip: u64,
}

impl Stops {
    /// Those of a round.
    pub(super) fn draw(seed: u64, round: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ OF_STOPS);
        rng.set_stream(round);
        Self {
            left: rng.random_range(1..=MOST_STOPS),
            skip: rng.random_range(0..MOST_BETWEEN),
            rng,
        }
    }

    /// Whether it has come with this event. Lets the time between the event and the stop pass.
    pub(super) fn is_now(&mut self, event: &Event) -> bool {
        if self.left == 0 || *event == Event::Waiting {
            return false;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return false;
        }
        self.left -= 1;
        self.skip = self.rng.random_range(0..MOST_BETWEEN);
        spin(self.rng.random_range(0..MOST_SPINS));
        true
    }
}

/// At which borders of its calls a child waits until its directory was looked at.
#[derive(Debug)]
pub(super) struct Waits {
    rng: ChaCha8Rng,
    left: u32,
}

impl Waits {
    /// Those of a round.
    pub(super) fn draw(seed: u64, round: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ OF_WAITS);
        rng.set_stream(round);
        Self {
            left: rng.random_range(1..=MOST_STOPS),
            rng,
        }
    }

    /// Whether it waits behind this event.
    pub(super) fn is_now(&mut self, event: &Event) -> bool {
        let waits = self.left > 0
            && !matches!(event, Event::Broken(_) | Event::Waiting)
            && self.rng.random_range(0..WAITS_ONE_IN) == 0;
        self.left -= u32::from(waits);
        waits
    }
}
