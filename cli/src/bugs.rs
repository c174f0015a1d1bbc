//! The verb `bugs`.

use std::io;
use std::panic;

use openraft_timevault::verify::campaign::{Config, hunt_all};
use serde_json::json;

use crate::args::Format;
use crate::exit::Exit;
use crate::progress::Bar;
use crate::table;

/// Name of the phase of seeded bugs.
pub(crate) const PHASE: &str = "seeded bugs";

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
pub(crate) fn bugs(seed: u64, format: Format) -> io::Result<Exit> {
    let bar = Bar::new(None)?;
    let quiet = without_panic_messages();
    let (_, detections) = hunt_all(
        &Config {
            seed,
            ..Config::default()
        },
        &bar,
    )?;
    drop(quiet);
    bar.finish();
    match format {
        Format::Human => table::detections(&detections),
        Format::Json => {
            for detection in &detections {
                let found = detection.found.as_ref();
                println!(
                    "{}",
                    json!({
                        "code": detection.bug.code(),
                        "bug": detection.bug.name(),
                        "store": detection.bug.store(),
                        "found_by": found.map(|found| found.violation.rule.name),
                        "programs": detection.effort.programs,
                        "operations": detection.effort.operations,
                        "length": found.map(|found| found.program.ops.len()),
                    })
                );
            }
        }
    }
    if bar.interrupted() {
        return Ok(Exit::Interrupted);
    }
    let all = detections.iter().all(|detection| detection.is_right());
    Ok(if all { Exit::Clean } else { Exit::Violation })
}
