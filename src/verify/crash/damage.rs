//! Damage: bytes changed in the files of a cleanly closed store.

use std::path::Path;
use std::sync::Arc;

use openraft::storage::RaftLogStorage as _;
use timevault::fs::{Access, FileSystem, read_whole, write_all_at};
use timevault::sim_fs::{SimFs, Tree, TreeEntry};

use crate::verify::counts::{Counts, count};
use crate::verify::op::Program;
use crate::verify::rules::{Seen, Violation, damage_reported, open_after_crash};
use crate::verify::runner::{Disk, Run, in_time};
use crate::verify::subject::{Place, Subject};

/// Name of the phase, in reports and repro files.
pub const PHASE: &str = "damage";

/// Places that are damaged in each file, spread over it.
const PLACES: u64 = 24;

/// Runs the program, closes the store, and opens it with one byte changed, in every file at
/// several places.
///
/// # Errors
/// Damage that is not noticed.
pub async fn check<S: Subject>(subject: &S, program: &Program) -> Result<Counts, Violation> {
    let disk = Disk::simulated(false)
        .map_err(|error| open_after_crash::RULE.broken(format!("there is no disk: {error}")))?;
    let dir = disk.dir();
    let mut run = Run::new(subject, disk, program.tuning).await?;
    run.program(program)
        .await
        .map_err(|failure| failure.violation)?;
    run.reopen().await?;
    let expected = run.see().await?;
    let Some(sim) = run.disk().sim().cloned() else {
        return Ok(Counts::default());
    };
    run.close().await?;
    let tree = sim.to_tree();
    let mut counts = Counts::default();
    for (path, entry) in &tree {
        let TreeEntry::File(bytes) = entry else {
            continue;
        };
        let step = (bytes.len() as u64 / PLACES).max(1);
        for at in (0..bytes.len() as u64).step_by(usize::try_from(step).unwrap_or(1)) {
            let damaged = damage(&tree, path, at).map_err(|error| {
                open_after_crash::RULE.broken(format!("the damage could not be done: {error}"))
            })?;
            let place = Place {
                fs: Arc::new(damaged),
                dir: dir.clone(),
            };
            let what = format!("byte {at} of {} changed", path.display());
            judge(subject, program, (&place, &what), &expected).await?;
            counts.one(count::DAMAGES);
        }
    }
    Ok(counts)
}

/// A disk like `tree`, with one byte changed.
fn damage(tree: &Tree, path: &Path, at: u64) -> std::io::Result<SimFs> {
    let disk = SimFs::from_tree(tree)?;
    let mut bytes = read_whole(&disk, path)?;
    let file = disk.open(path, Access::ReadWrite)?;
    if let Some(byte) = usize::try_from(at).ok().and_then(|at| bytes.get_mut(at)) {
        // Another letter, so that text stays text and only the meaning changes.
        *byte = if *byte == b'7' { b'3' } else { b'7' };
        write_all_at(&*file, &[*byte], at)?;
    }
    Ok(disk)
}

/// A clear error, or exactly what was there before.
async fn judge<S: Subject>(
    subject: &S,
    program: &Program,
    (place, what): (&Place, &str),
    expected: &Seen<S::Config>,
) -> Result<(), Violation> {
    let opened = in_time(subject.open(place, program.tuning)).await;
    let mut store = match opened {
        None => return Err(damage_reported::unclear(what, "open never ends")),
        Some(Err(error)) => return clear(what, &error.to_string()),
        Some(Ok(store)) => store,
    };
    match Seen::read(subject, &mut store).await {
        Err(error) => clear(what, &error.to_string()),
        Ok(seen) if seen == *expected => {
            drop(store.get_log_reader().await);
            Ok(())
        }
        Ok(seen) => Err(damage_reported::silent(
            what,
            &format!("{seen:?}"),
            &format!("{expected:?}"),
        )),
    }
}

/// An error that names a file.
fn clear(what: &str, error: &str) -> Result<(), Violation> {
    const NAMES: [&str; 2] = [".json", "/"];
    if NAMES.iter().any(|name| error.contains(name)) {
        return Ok(());
    }
    Err(damage_reported::unclear(what, error))
}
