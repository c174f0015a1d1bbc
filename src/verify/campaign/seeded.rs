//! The seeded bugs: each must be found.

use super::{
    Config, Counterexample, CrashPhase, DamagePhase, ModelDisk, ModelPhase, NoProgress, Phase,
    Progress, Verdict,
};
use crate::verify::counts::{Counts, count};
use crate::verify::crash::Scope;
use crate::verify::seeded::{Bug, PlainSubject};

/// Random programs that a bug may hide from.
const SEQUENCES: u64 = 400;

/// How a bug was found, or not.
#[derive(Debug, Clone)]
pub struct Detection {
    /// The bug.
    pub bug: Bug,
    /// What found it, shrunk.
    pub found: Option<Counterexample>,
}

impl Detection {
    /// Whether it was found, by a rule that is about it.
    #[must_use]
    pub fn is_right(&self) -> bool {
        self.found
            .as_ref()
            .is_some_and(|found| self.bug.rules().contains(&found.violation.rule.name))
    }
}

/// Looks for one bug: with all crash states of short programs, and with random programs.
///
/// # Errors
/// The machine refuses threads or memory.
pub fn hunt(bug: Bug, config: &Config) -> std::io::Result<Detection> {
    let subject = PlainSubject { bug: Some(bug) };
    let config = Config {
        floors: false,
        ..config.clone()
    };
    let model = ModelPhase {
        name: "in memory",
        disk: ModelDisk::Simulated,
        sequences: SEQUENCES,
    };
    let crash = CrashPhase {
        length: 1,
        scope: Scope::default(),
    };
    // The order is that of the corpus: what needs a crash is looked for with crashes first.
    let crash_first = bug.code().starts_with('D');
    let mut found = None;
    if bug.code().starts_with('M') {
        let phase = DamagePhase.run(&subject, &config, &NoProgress)?;
        if let Verdict::Broken(counterexample) = phase.verdict {
            return Ok(Detection {
                bug,
                found: Some(*counterexample),
            });
        }
    }
    for crashes in [crash_first, !crash_first] {
        let phase = match crashes {
            true => crash.run(&subject, &config, &NoProgress)?,
            false => model.run(&subject, &config, &NoProgress)?,
        };
        if let Verdict::Broken(counterexample) = phase.verdict {
            found = Some(*counterexample);
            break;
        }
    }
    Ok(Detection { bug, found })
}

/// Looks for all bugs, as a phase of a campaign.
///
/// # Errors
/// The machine refuses threads or memory.
pub fn hunt_all(
    config: &Config,
    progress: &dyn Progress,
) -> std::io::Result<(Phase, Vec<Detection>)> {
    const NAME: &str = "seeded bugs";
    progress.phase(NAME, Bug::all().count() as u64);
    let mut counts = Counts::default();
    let mut detections = Vec::new();
    for bug in Bug::all() {
        if progress.stop() {
            let phase = Phase::new(NAME, Verdict::Stopped, counts);
            return Ok((phase, detections));
        }
        let detection = hunt(bug, config)?;
        counts.one(count::BUGS);
        if detection.is_right() {
            counts.one(count::BUGS_FOUND);
        }
        detections.push(detection);
        progress.advance(1);
    }
    let missed = counts.of(count::BUGS) - counts.of(count::BUGS_FOUND);
    let floor = super::Floor {
        name: count::BUGS_FOUND,
        least: counts.of(count::BUGS),
    };
    let verdict = match missed {
        0 => Verdict::Clean,
        _ => Verdict::TooLittle(vec![(floor, counts.of(count::BUGS_FOUND))]),
    };
    Ok((Phase::new(NAME, verdict, counts), detections))
}
