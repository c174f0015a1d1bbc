//! What must hold before a write, by the number of the write order that the write would break.
//!
//! A reader checks the same of the bytes on the disk. So an error in the engine is stopped before it reaches
//! the disk, and damage on the disk before it is believed.

use std::path::Path;

use crate::error::Error;

/// A comparison that failed: expected and found.
pub(crate) type Broken = (String, String);

/// Lets a write to `path` pass if what `order` asks for holds.
///
/// # Errors
/// [`Error::OrderBroken`]; nothing was written.
pub(crate) fn before_write(
    order: &'static str,
    path: &Path,
    held: Result<(), Broken>,
) -> Result<(), Error> {
    held.map_err(|(expected, found)| Error::OrderBroken {
        order,
        path: path.to_path_buf(),
        expected,
        found,
    })
}

/// Whether `found` is at most `most`; `what` names the value in the error.
pub(crate) fn at_most(what: &str, found: u64, most: u64) -> Result<(), Broken> {
    match found <= most {
        true => Ok(()),
        false => Err((format!("{what} of at most {most}"), found.to_string())),
    }
}
