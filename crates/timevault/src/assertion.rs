//! What must hold before a write, by the number of the order that it would break.
//!
//! Whoever reads the bytes checks the same on the other side: an error in the engine is stopped before it
//! is on the disk, and damage on the disk before it is believed.

use std::path::Path;

use crate::error::Error;

/// Expected and found, of what does not hold.
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
