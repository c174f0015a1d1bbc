//! The stores in which nothing may be found.

use super::{Config, NoProgress, Report, check};
use crate::subject::{Caller, DiskServer, Subject, SuiteRun, Variant};

/// A store in which nothing may be found.
pub trait Correct: Send + Sync {
    /// Its name in the document.
    fn name(&self) -> String;

    /// What is odd about it.
    fn text(&self) -> &'static str;

    /// Runs a campaign.
    fn check(&self, config: &Config) -> Report;

    /// Runs a campaign for each caller that it promises to satisfy, on the seam and, where there are, on mounted disks.
    fn check_each_way(&self, config: &Config, mounts: Option<&DiskServer>) -> Vec<Report>;

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

    fn check_each_way(&self, config: &Config, mounts: Option<&DiskServer>) -> Vec<Report> {
        let promised = self.subject.capabilities().caller;
        let callers = Caller::ALL.into_iter().filter(|caller| *caller <= promised);
        let for_caller = |caller| Variant::of(self.subject.clone()).for_caller(caller);
        let ways = callers.map(for_caller).flat_map(|on_seam| {
            let mounted = mounts.map(|server| on_seam.clone().on_mounts(server.clone()));
            std::iter::once(on_seam).chain(mounted)
        });
        ways.map(|way| check(&way, config, &NoProgress)).collect()
    }

    fn suite(&self) -> Option<SuiteRun> {
        self.subject.suite()
    }
}
