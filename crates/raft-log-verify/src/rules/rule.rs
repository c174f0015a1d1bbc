//! A rule of the contract, and its violation.

use std::fmt;

use crate::subject::Caller;
use crate::tally;

/// How bad a breach is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// Data or a promise is lost.
    Fatal,
    /// Documented behaviour is broken.
    Contract,
    /// Allowed, worth knowing.
    Note,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fatal => "fatal",
            Self::Contract => "contract",
            Self::Note => "note",
        })
    }
}

/// A rule of the contract.
#[derive(Debug)]
pub struct Rule {
    /// Its name in reports, files and documents.
    pub name: &'static str,
    /// The least demanding caller under which it is judged.
    pub judged_from: Caller,
    /// How bad a breach is.
    pub severity: Severity,
    /// What must hold.
    pub statement: &'static str,
    /// The document or the reason that it follows from.
    pub source: &'static str,
    /// What it is called where it is broken: a headline.
    pub breach: &'static str,
    /// What a breach means for a cluster, in one sentence.
    pub meaning: &'static str,
    /// What is deliberately not compared.
    pub not_compared: &'static str,
}

impl Rule {
    /// Counts that it is judged now. Whoever judges a rule says so, whatever comes of it.
    pub(crate) fn judged(&'static self) {
        tally::judged(self.name);
    }

    /// The violation of this rule that `text` describes.
    #[must_use]
    pub fn broken(&'static self, text: impl Into<String>) -> Violation {
        Violation {
            rule: self,
            text: text.into(),
        }
    }

    /// Checks one condition of this rule.
    ///
    /// # Errors
    /// It does not hold: the violation has the text.
    pub(super) fn require(
        &'static self,
        holds: bool,
        text: impl FnOnce() -> String,
    ) -> Result<(), Violation> {
        match holds {
            true => Ok(()),
            false => Err(self.broken(text())),
        }
    }
}

/// A broken rule, and what was seen.
#[derive(Debug, Clone)]
pub struct Violation {
    /// The rule.
    pub rule: &'static Rule,
    /// What was expected and what was seen.
    pub text: String,
}

impl Violation {
    /// The same violation with a place put before its text.
    #[must_use]
    pub fn at(mut self, place: &str) -> Self {
        self.text = format!("{place}: {}", self.text);
        self
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} ({}): {}",
            self.rule.name, self.rule.severity, self.text
        )
    }
}

impl std::error::Error for Violation {}
