//! When a child is killed.

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
        for _ in 0..self.spins {
            std::hint::spin_loop();
        }
    }
}
