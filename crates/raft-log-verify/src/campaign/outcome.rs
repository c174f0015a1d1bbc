//! What became of a rule.

use std::fmt;

use crate::rules::Rule;

/// What became of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was judged so many times, and held.
    Kept {
        /// How often it was judged.
        judged: u64,
    },
    /// It was broken.
    Broken {
        /// In how many states and programs, as far as judging went on.
        times: u64,
    },
    /// It was broken, which is accepted.
    Known {
        /// As of [`Outcome::Broken`].
        times: u64,
        /// Why it is accepted.
        why: String,
    },
    /// It was not judged: nothing is said of it.
    NotJudged {
        /// The reason.
        why: String,
    },
    /// The harness failed where it would have been judged: nothing is said of it.
    HarnessBroken {
        /// The reason.
        why: String,
    },
}

impl Outcome {
    /// One word or two.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Kept { .. } => "kept",
            Self::Broken { .. } => "broken",
            Self::Known { .. } => "broken, known",
            Self::NotJudged { .. } => "not judged",
            Self::HarnessBroken { .. } => "harness broken",
        }
    }
}

/// How often, or why.
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let times = |f: &mut fmt::Formatter<'_>, times: u64| match times {
            1 => f.write_str("once"),
            times => write!(f, "{times} times"),
        };
        match self {
            Self::Kept { judged } => write!(f, "{judged}"),
            Self::Broken { times: met } => times(f, *met),
            Self::Known { times: met, why } => {
                times(f, *met)?;
                write!(f, ": {why}")
            }
            Self::NotJudged { why } | Self::HarnessBroken { why } => f.write_str(why),
        }
    }
}

/// A rule, and what became of it.
#[derive(Debug, Clone)]
pub struct Judgement {
    /// The rule.
    pub rule: &'static Rule,
    /// What became of it.
    pub outcome: Outcome,
}
