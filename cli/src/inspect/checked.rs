//! What a check of a whole target found.

use openraft_timevault::inspect::{LogInspector, LogReport};
use openraft_timevault::timevault::inspect::{Finding, Severity, Target};

use super::bar::ByteBar;
use super::verdict_name;

/// What a check of a whole target found.
pub(super) struct Checked {
    pub(super) target: Target,
    pub(super) reports: Vec<LogReport>,
}

impl Checked {
    /// Reads everything. Nothing is written.
    pub(super) fn run(inspector: &LogInspector, target: Target) -> Self {
        let mut bar = ByteBar::new(inspector, &target);
        let mut reports = Vec::new();
        for dir in &target.partitions {
            bar.next();
            reports.push(inspector.log(dir, target.lock, &mut bar));
        }
        bar.finish();
        Self { target, reports }
    }

    pub(super) fn verdict(&self) -> Severity {
        let severities = self
            .reports
            .iter()
            .map(|report| report.partition.severity());
        severities.fold(self.target.severity(), Severity::max)
    }

    /// The verdict in one word or two.
    pub(super) fn verdict_name(&self) -> &'static str {
        verdict_name(self.verdict(), self.findings())
    }

    /// What was found around the partitions and in them.
    pub(super) fn findings(&self) -> impl Iterator<Item = &Finding> {
        let partitions = self.reports.iter();
        let inside = partitions.flat_map(|report| &report.partition.findings);
        self.target.findings.iter().chain(inside)
    }
}
