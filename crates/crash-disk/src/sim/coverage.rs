//! What an enumeration covered.

use std::fmt;

use super::{CrashView, Level, StateCount};

/// Crash points, possible states and judged states of an enumeration, per level.
///
/// Possible are the choices of whole micro-operations; torn blocks come on top and are judged at
/// [`Level::L3`]. One coverage is kept for one profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Coverage {
    /// Crash points.
    pub points: u64,
    /// States possible at all of them.
    pub possible: StateCount,
    judged: [u64; Level::ALL.len()],
}

impl Coverage {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts a crash point and the states that are possible there.
    pub fn add_point(&mut self, view: &CrashView) {
        self.points += 1;
        self.possible += view.possible();
    }

    /// Counts judged states at the lowest level that tries them.
    pub fn add_judged(&mut self, level: Level, count: u64) {
        if let Some(judged) = self.judged.get_mut(level.number()) {
            *judged += count;
        }
    }

    /// States judged at a level, those below it not included.
    #[must_use]
    pub fn judged(&self, level: Level) -> u64 {
        self.judged.get(level.number()).copied().unwrap_or(0)
    }

    /// States judged at all levels.
    #[must_use]
    pub fn judged_in_all(&self) -> u64 {
        self.judged.iter().sum()
    }

    /// Adds what another enumeration covered.
    pub fn merge(&mut self, other: &Self) {
        self.points += other.points;
        self.possible += other.possible;
        for (mine, theirs) in self.judged.iter_mut().zip(other.judged) {
            *mine += theirs;
        }
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            points, possible, ..
        } = self;
        let judged = self.judged_in_all();
        write!(
            f,
            "{points} points, {possible} states possible, {judged} judged"
        )?;
        for level in Level::ALL {
            match self.judged(level) {
                0 => {}
                judged => write!(f, ", {judged} at {level}")?,
            }
        }
        Ok(())
    }
}
