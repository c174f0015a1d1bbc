//! One sync, and what came of leaving it out.

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
pub(super) enum Found {
    /// A rule, in the campaign.
    Campaign(Box<Counterexample>),
    /// A rule, in a program on a plain partition.
    Plain(Box<PlainFailure>),
}

impl Found {
    /// The rule that was broken.
    pub(super) fn rule(&self) -> &str {
        match self {
            Self::Campaign(found) => found.violation.rule.name,
            Self::Plain(failure) => failure.violation.rule.name,
        }
    }

    /// In which part.
    pub(super) fn part(&self) -> &str {
        match self {
            Self::Campaign(found) => found.phase,
            Self::Plain(_) => "plain partition",
        }
    }

    /// The operations, by name, behind the state they begin in.
    pub(super) fn program(&self) -> String {
        match self {
            Self::Campaign(found) => {
                let mut names = vec![found.program.start.name().to_owned()];
                names.extend(found.program.ops.iter().map(|op| op.name().to_owned()));
                names.join(", ")
            }
            Self::Plain(failure) => failure.program.to_string(),
        }
    }

    /// Where the power was cut and what was left, or which call failed.
    pub(super) fn cause(&self) -> String {
        let found = match self {
            Self::Plain(failure) => {
                let cut = failure.cut.as_ref();
                return cut
                    .map_or_else(String::new, |cut| format!("`{}`: {}", cut.point, cut.left));
            }
            Self::Campaign(found) => found,
        };
        match &found.cause {
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
        }
    }
}
