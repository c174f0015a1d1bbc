//! The places in the source that ask for a sync.

use std::fmt;

use crash_disk::SyncSite;
use tokio::runtime::Runtime;

use super::Ignoring;
use crate::verify::campaign::CrashPhase;
use crate::verify::crash::Scope;
use crate::verify::rules::{Violation, open_after_crash};
use crate::verify::runner::{Disk, Run};
use crate::verify::subject::Subject;

/// What a sync is asked for. One place may sync both: a file that replaces another, and then the
/// directory that holds its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Synced {
    /// The bytes and the length of a file.
    File,
    /// The entries of a directory.
    Directory,
}

impl fmt::Display for Synced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File => "file",
            Self::Directory => "directory",
        })
    }
}

/// A place in the source, and what it syncs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Site {
    /// The place.
    pub site: SyncSite,
    /// What it syncs.
    pub of: Synced,
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.site, self.of)
    }
}

/// The sites that the store's programs over the small alphabet reach, up to this length, in the
/// order of the source. After each call the process is killed and the store opened again, or the
/// sites of a recovery would be missing.
///
/// # Errors
/// A rule that a program breaks.
pub fn sites_of<S: Subject>(
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
    sort(&mut sites);
    Ok(sites)
}

/// Brings sites into the order of the source; of a place that replaces a file, the file first.
pub(super) fn sort(sites: &mut [Site]) {
    sites.sort_by_key(|site| {
        (
            site.site.file(),
            site.site.line(),
            site.of == Synced::Directory,
        )
    });
}
