//! The places in the source that a store's programs reach.

use crate::tasks::Runtime;

use super::CrashPhase;
use crate::audit::{Ignoring, Site, sort_sites};
use crate::crash::Scope;
use crate::rules::{Violation, open_after_crash};
use crate::runner::{Disk, Run};
use crate::subject::Subject;

/// The sites that the store's programs over the small alphabet reach, up to this length, in the
/// order of the source. After each call the process is killed and the store opened again, or the
/// sites of a recovery would be missing.
///
/// # Errors
/// A rule that a program breaks.
pub(super) fn sites_of<S: Subject>(
    runtime: &Runtime,
    subject: &S,
    length: usize,
) -> Result<Vec<Site>, Violation> {
    let listening = Ignoring::nothing(subject.clone());
    let programs = CrashPhase::new(length, Scope::default());
    for number in 0..programs.programs() {
        let Some(program) = programs.program(number) else {
            continue;
        };
        runtime.block_on(Box::pin(async {
            let disk = Disk::simulated(true, program.tuning.block_bytes)
                .map_err(|error| open_after_crash::RULE.broken(error.to_string()))?;
            let mut run = Run::new(&listening, disk, program.tuning).await?;
            run.program(&program)
                .await
                .map_err(|failure| failure.violation)?;
            let Some(sim) = run.disk().sim().cloned() else {
                return Ok(());
            };
            drop(run);
            for point in sim.points() {
                let killed = Disk::Simulated(sim.process_kill_at(point));
                let mut run = Run::on(&listening, killed, program.tuning);
                run.open().await?;
            }
            Ok(())
        }))?;
    }
    let mut sites = listening.heard();
    sort_sites(&mut sites);
    Ok(sites)
}
