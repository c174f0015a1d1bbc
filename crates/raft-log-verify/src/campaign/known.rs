//! Findings that an author accepts, each with a reason.

use crate::rules::{self, Rule};

/// A rule that a store is known to break, and why that is accepted.
#[derive(Debug, Clone)]
pub struct KnownFinding {
    /// The rule.
    pub rule: &'static Rule,
    /// Why the finding is accepted.
    pub why: String,
}

impl KnownFinding {
    /// A finding of the rule with this name.
    ///
    /// # Errors
    /// There is no such rule.
    pub fn new(rule: &str, why: impl Into<String>) -> Result<Self, UnknownRule> {
        let known = rules::by_name(rule);
        Ok(Self {
            rule: known.ok_or_else(|| UnknownRule(rule.to_owned()))?,
            why: why.into(),
        })
    }
}

/// A name that no rule has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no rule {0:?}. The rules are: {names}", names = names())]
pub struct UnknownRule(pub String);

fn names() -> String {
    let names: Vec<&str> = rules::ALL.iter().map(|rule| rule.name).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_name_that_no_rule_has_is_refused_with_all_names() {
        let error = KnownFinding::new("read-rnage", "a typo").unwrap_err();
        let text = error.to_string();
        assert!(
            text.starts_with("there is no rule \"read-rnage\""),
            "{text}"
        );
        assert!(rules::ALL.iter().all(|rule| text.contains(rule.name)));
        assert_eq!(
            KnownFinding::new("read-range", "").unwrap().rule.name,
            "read-range"
        );
    }
}
