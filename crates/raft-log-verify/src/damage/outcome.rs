//! The classes that damage may fall into.

use std::collections::BTreeMap;

use crate::counts::{Counts, count};
use crate::subject::DamageKind;

/// What a store made of damage. Anything else is a violation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// The open failed, with an error that names a file.
    AtOpen,
    /// It opened, and reading everything failed with an error that names a file.
    AtRead,
    /// Purge point, vote and every acknowledged entry are as they were.
    Harmless,
    /// The end of the log was taken for a torn tail: the last batch was hit, and nothing intact
    /// that begins a batch follows the first damaged byte.
    TornTail,
    /// A whole file, or all of them, was put back to what it once rightly was. No file tells of
    /// the others, so this shows what was once true.
    RolledBack,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::AtOpen,
        Self::AtRead,
        Self::Harmless,
        Self::TornTail,
        Self::RolledBack,
    ];

    /// The count of the class.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AtOpen => count::DAMAGE_AT_OPEN,
            Self::AtRead => count::DAMAGE_AT_READ,
            Self::Harmless => count::DAMAGE_HARMLESS,
            Self::TornTail => count::DAMAGE_TORN_TAIL,
            Self::RolledBack => count::DAMAGE_ROLLED_BACK,
        }
    }
}

/// How many damages of each kind fell into which class.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally(BTreeMap<(DamageKind, Outcome), u64>);

impl Tally {
    /// Adds one.
    pub fn one(&mut self, kind: DamageKind, outcome: Outcome) {
        *self.0.entry((kind, outcome)).or_default() += 1;
    }

    /// Adds all of `other`.
    pub fn merge(&mut self, other: &Self) {
        for (key, by) in &other.0 {
            *self.0.entry(*key).or_default() += by;
        }
    }

    /// Damages of that kind in that class.
    #[must_use]
    pub fn of(&self, kind: DamageKind, outcome: Outcome) -> u64 {
        self.0.get(&(kind, outcome)).copied().unwrap_or_default()
    }

    /// By class alone, with their sum.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for ((_, outcome), by) in &self.0 {
            counts.add(outcome.name(), *by);
            counts.add(count::DAMAGES, *by);
        }
        counts
    }

    /// A table in Markdown: a row per kind, a column per class.
    #[must_use]
    pub fn table(&self) -> String {
        let row = |name: &str, cells: Vec<String>| format!("| {name} | {} |\n", cells.join(" | "));
        let names = Outcome::ALL.map(|outcome| outcome.name().to_owned());
        let mut table = row("damage", names.to_vec());
        table.push_str(&row("---", vec!["---:".to_owned(); Outcome::ALL.len()]));
        for kind in DamageKind::ALL {
            let cells = Outcome::ALL.map(|outcome| self.of(kind, outcome).to_string());
            table.push_str(&row(kind.name(), cells.to_vec()));
        }
        table
    }
}
