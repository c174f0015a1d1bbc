//! The verb `bugs`.

use std::io;
use std::panic;
use std::path::Path;

use openraft_timevault::verify::campaign::{Config, Matrix, Stores, hunt_all};
use openraft_timevault::verify::subject::DiskServer;
use openraft_timevault::verify::{bugs, can_mount, races};
use serde_json::json;

use super::{out_dir, table};
use crate::campaign::progress::Bar;
use crate::exit::Exit;
use crate::inspect::Format;
use crate::out;

/// Restores the panic messages when dropped.
pub(crate) struct Quiet;

impl Drop for Quiet {
    fn drop(&mut self) {
        drop(panic::take_hook());
    }
}

/// Some bugs panic, which is caught and reported; the messages would only hide the table.
pub(crate) fn without_panic_messages() -> Quiet {
    panic::set_hook(Box::new(|_| {}));
    Quiet
}

/// Switches on one bug after the other and shows which rule finds it.
pub(crate) fn one_by_one(seed: u64, format: Format) -> io::Result<Exit> {
    let bar = Bar::new(None)?;
    let quiet = without_panic_messages();
    let (_, detections) = hunt_all(
        &bugs::all(),
        &Config {
            seed,
            ..Config::default()
        },
        &bar,
    )?;
    drop(quiet);
    bar.finish();
    out::write(|out| match format {
        Format::Human => {
            table::detections(out, &detections)?;
            table::oddities(out)
        }
        Format::Json => detections.iter().try_for_each(|detection| {
            let found = detection.found.as_ref();
            let document = json!({
                "code": detection.bug.code,
                "bug": detection.bug.name,
                "store": detection.bug.store,
                "found_by": found.map(|found| found.violation.rule.name),
                "violation": found.map(|found| found.violation.text.as_str()),
                "programs": detection.effort.programs,
                "operations": detection.effort.operations,
                "length": found.map(|found| found.program.ops.len()),
            });
            writeln!(out, "{document}")
        }),
    })?;
    if bar.interrupted() {
        return Ok(Exit::Interrupted);
    }
    let all = detections.iter().all(|detection| detection.is_right());
    Ok(if all { Exit::Clean } else { Exit::Violation })
}

/// Judges the correct stores with several seeds, and says what was found in each: nothing.
pub(crate) fn correct(seeds: (u64, u64)) -> io::Result<Exit> {
    let bar = Bar::new(None)?;
    let matrix = judged((&[], &bugs::correct()), seeds, &bar)?;
    bar.finish();
    let Some(matrix) = matrix else {
        return Ok(Exit::Interrupted);
    };
    out::write(|out| {
        if !matrix.mounted {
            writeln!(out, "nothing can be mounted here: judged on the seam only")?;
        }
        matrix.correct.iter().try_for_each(|row| {
            let found: Vec<_> = row
                .broken
                .iter()
                .map(|(what, seed)| format!("{what} (seed {seed})"))
                .collect();
            let found = if found.is_empty() {
                "clean".to_owned()
            } else {
                found.join(", ")
            };
            writeln!(out, "{:<28} {found}", row.store)
        })
    })?;
    Ok(match matrix.is_right() {
        true => Exit::Clean,
        false => Exit::Violation,
    })
}

fn judged(stores: Stores<'_>, (seed, seeds): (u64, u64), bar: &Bar) -> io::Result<Option<Matrix>> {
    let quiet = without_panic_messages();
    let seeds = (seed..seed.saturating_add(seeds)).collect();
    let server = DiskServer::this_program().filter(|server| can_mount(server).is_ok());
    let matrix = Matrix::new(stores, (seeds, server.as_ref()), &Config::default(), bar);
    drop(quiet);
    matrix
}

/// Looks for every bug with several seeds, judges the odd stores, and writes the document.
pub(crate) fn matrix(seeds: (u64, u64), file: &Path) -> io::Result<Exit> {
    let bar = Bar::new(None)?;
    let matrix = judged((&bugs::all(), &bugs::correct()), seeds, &bar)?;
    bar.finish();
    let Some(matrix) = matrix else {
        return Ok(Exit::Interrupted);
    };
    let dir = file.parent().unwrap_or(Path::new("."));
    let name = file.file_name().and_then(|name| name.to_str());
    out_dir::write(
        dir,
        name.unwrap_or("detection-matrix.md"),
        &(matrix.to_markdown() + &races::markdown()),
    )?;
    Ok(match matrix.is_right() {
        true => Exit::Clean,
        false => Exit::Violation,
    })
}
