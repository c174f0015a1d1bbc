//! The stores in which nothing may be found.

use super::{Config, NoProgress, Report, check};
use crate::subject::{Subject, SuiteRun};

/// A store in which nothing may be found.
pub trait Correct: Send + Sync {
    /// Its name in the document.
    fn name(&self) -> String;

    /// What is odd about it.
    fn text(&self) -> &'static str;

    /// Runs a campaign.
    fn check(&self, config: &Config) -> Report;

    /// Starts the suite of its API, where there is one.
    fn suite(&self) -> Option<SuiteRun>;
}

/// A correct subject.
#[derive(Debug, Clone)]
pub struct CorrectStore<S> {
    name: String,
    text: &'static str,
    subject: S,
}

impl<S: Subject> CorrectStore<S> {
    /// A correct subject under its own name.
    pub fn new(text: &'static str, subject: S) -> Self {
        Self {
            name: subject.name(),
            text,
            subject,
        }
    }

    /// A correct subject under another name.
    pub fn named(name: &str, text: &'static str, subject: S) -> Self {
        Self {
            name: name.to_owned(),
            ..Self::new(text, subject)
        }
    }
}

impl<S: Subject> Correct for CorrectStore<S> {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn text(&self) -> &'static str {
        self.text
    }

    fn check(&self, config: &Config) -> Report {
        check(&self.subject, config, &NoProgress)
    }

    fn suite(&self) -> Option<SuiteRun> {
        self.subject.suite()
    }
}
