//! The seeded bugs: each must be found.

use super::{Config, Detection, Floor, Phase, Progress, Verdict, hunt, workers};
use crate::verify::counts::{Counts, count};
use crate::verify::seeded::BugId;

/// Looks for all bugs, as a phase of a campaign.
///
/// # Errors
/// The machine refuses threads or memory.
pub fn hunt_all(
    config: &Config,
    progress: &dyn Progress,
) -> std::io::Result<(Phase, Vec<Detection>)> {
    const NAME: &str = "seeded bugs";
    let bugs: Vec<BugId> = BugId::all().collect();
    let total = bugs.len() as u64;
    progress.phase(NAME, total);
    let work = |_: &tokio::runtime::Runtime, number: u64| {
        let bug = usize::try_from(number)
            .ok()
            .and_then(|number| bugs.get(number));
        bug.map_or_else(
            || Err(std::io::Error::other("there is no such bug")),
            |bug| hunt(*bug, config),
        )
    };
    let outcome = workers::run((total, config.threads), progress, &work)?;
    if let Some((_, error)) = outcome.failed {
        return Err(error);
    }
    let detections = outcome.passed;
    let mut counts = Counts::default();
    counts.add(count::BUGS, detections.len() as u64);
    let right = detections.iter().filter(|found| found.is_right()).count() as u64;
    counts.add(count::BUGS_FOUND, right);
    let floor = Floor {
        name: count::BUGS_FOUND,
        least: counts.of(count::BUGS),
    };
    let verdict = if right < floor.least {
        Verdict::TooLittle(vec![(floor, right)])
    } else if floor.least < total {
        Verdict::Stopped
    } else {
        Verdict::Clean
    };
    Ok((Phase::new(NAME, verdict, counts), detections))
}
