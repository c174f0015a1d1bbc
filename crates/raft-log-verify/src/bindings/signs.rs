//! Signs of life of a check, while its test prints nothing.

use std::io::{self, Write as _};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::campaign::Progress;

/// Time up to the first sign. A check that is done earlier gives none.
const FIRST: Duration = Duration::from_secs(3);

/// Each sign comes after twice the time that the one before took, up to this.
const LONGEST: Duration = Duration::from_secs(30);

/// Writes a line to the standard error now and then: which phase runs, and how far it is. Not by a macro that prints,
/// because the output of these is kept until the test has failed.
#[derive(Debug)]
pub(super) struct Signs {
    name: String,
    now: Mutex<Now>,
}

#[derive(Debug)]
struct Now {
    phase: String,
    done: u64,
    total: u64,
    told: Instant,
    every: Duration,
}

impl Signs {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            now: Mutex::new(Now {
                phase: String::new(),
                done: 0,
                total: 0,
                told: Instant::now(),
                every: FIRST,
            }),
        }
    }

    fn tell(&self, change: impl FnOnce(&mut Now)) {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut now);
        if now.told.elapsed() < now.every {
            return;
        }
        now.told = Instant::now();
        now.every = LONGEST.min(now.every * 2);
        let line = line(&self.name, &now);
        drop(now);
        // Nobody has to read it.
        let _ = io::stderr().write_all(line.as_bytes());
    }
}

fn line(name: &str, now: &Now) -> String {
    let Now {
        phase, done, total, ..
    } = now;
    format!("{name}: {phase}, {done} of {total} done\n")
}

impl Progress for Signs {
    fn phase(&self, name: &str, total: u64) {
        self.tell(|now| {
            name.clone_into(&mut now.phase);
            (now.done, now.total) = (0, total);
        });
    }

    fn advance(&self, steps: u64) {
        self.tell(|now| now.done += steps);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_says_which_phase_runs_and_how_far_it_is() {
        let signs = Signs::new("my-store");
        signs.phase("crash states", 10);
        signs.advance(2);
        signs.advance(1);
        let now = signs.now.lock().unwrap();
        assert_eq!(
            line("my-store", &now),
            "my-store: crash states, 3 of 10 done\n"
        );
    }
}
