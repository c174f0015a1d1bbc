//! What is known about a bug on purpose, in whichever store it is.

use std::fmt;

/// What is known about a bug on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BugInfo {
    /// Its number in the corpus. Several switches can be variants of one bug; `R` are bugs beside
    /// the corpus, one for each rule that no bug of the corpus breaks first.
    pub code: &'static str,
    /// Its name on the command line and in files.
    pub name: &'static str,
    /// Name of the store that has it.
    pub store: &'static str,
    /// The part of a campaign that looks for it first.
    pub part: Part,
    /// The rules that are about it.
    pub rules: &'static [&'static str],
    /// What it does wrong.
    pub text: &'static str,
}

/// The part of a campaign that looks for a bug first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// Random programs, with calls that fail and power cuts in them.
    Programs,
    /// All crash states of short programs.
    Crashes,
    /// Calls that fail and disks that are full, in the last operation of short programs.
    Faults,
    /// Damaged files.
    Damage,
    /// Calls that fail while an open recovers from a crash.
    Recovery,
}

impl Part {
    /// All parts.
    pub const ALL: [Self; 5] = [
        Self::Crashes,
        Self::Programs,
        Self::Faults,
        Self::Recovery,
        Self::Damage,
    ];
}

/// Rules that compare whole states after something else was done. They may be the first to see a
/// wrong state, whichever bug left it.
const WHOLE_STATE: [&str; 4] = ["cancel-safety", "drop-clean", "write-order", "read-range"];

/// Letters of the corpus, in its order.
const LETTERS: &str = "SDMAR";

impl BugInfo {
    /// Whether a rule may be the one to find it: one about it, or one that compares whole states.
    #[must_use]
    pub fn may_break(&self, rule: &str) -> bool {
        // Damage is judged by a rule of its own.
        let leaves_wrong_state = self.part != Part::Damage;
        self.rules.contains(&rule) || leaves_wrong_state && WHOLE_STATE.contains(&rule)
    }

    /// Where it stands in the corpus, by its code: the letter, then the number.
    #[must_use]
    pub fn place(&self) -> (usize, u32) {
        let letter = self.code.chars().next();
        let at = letter.and_then(|letter| LETTERS.find(letter));
        let number = self.code.get(1..).and_then(|digits| digits.parse().ok());
        (at.unwrap_or(LETTERS.len()), number.unwrap_or(u32::MAX))
    }
}

impl fmt::Display for BugInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+{}", self.store, self.name)
    }
}
