//! One sync, and what came of leaving it out.

use std::iter;

use openraft_timevault::verify::audit::{PlainFailure, Site};
use openraft_timevault::verify::campaign::{Cause, Counterexample};
use openraft_timevault::verify::runner::Aim;

/// A sync and its finding.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) site: Site,
    pub(super) found: Option<Found>,
}

/// What broke without the sync.
#[derive(Debug)]
pub(super) struct Found {
    /// Name of the rule that was broken.
    pub(super) rule: &'static str,
    /// The part of the audit that found it.
    pub(super) part: &'static str,
    /// The operations, by name, behind the state they begin in.
    pub(super) program: String,
    /// Where the power was cut and what was left, or which call failed.
    pub(super) cause: String,
}

impl From<&Counterexample> for Found {
    fn from(found: &Counterexample) -> Self {
        let ops = found.program.ops.iter().map(|op| op.name());
        let names: Vec<&str> = iter::once(found.program.start.name()).chain(ops).collect();
        let cause = match &found.cause {
            Cause::FailingCall(Aim { call, way }) => {
                // The last part of the path says enough.
                let file = call.path.file_name().unwrap_or_default();
                format!("{way} at {} of `{}`", call.kind, file.display())
            }
            Cause::Crash(trail) => {
                let cuts = trail.iter();
                let cuts = cuts.map(|cut| format!("`{}`: {}", cut.point, cut.left));
                cuts.collect::<Vec<_>>().join(", then ")
            }
            Cause::Program(_) => String::new(),
            cause => cause.to_string(),
        };
        Self {
            rule: found.violation.rule.name,
            part: found.phase,
            program: names.join(", "),
            cause,
        }
    }
}

impl From<&PlainFailure> for Found {
    fn from(failure: &PlainFailure) -> Self {
        let cut = failure.cut.as_ref();
        let cause = cut.map(|cut| format!("`{}`: {}", cut.point, cut.left));
        Self {
            rule: failure.violation.rule.name,
            part: "plain partition",
            program: failure.program.to_string(),
            cause: cause.unwrap_or_default(),
        }
    }
}
