//! A stored line: written and opened.

use crate::error::Error;
use crate::format::{FormatError, FormatPlugin, RecordRef};
use crate::line;

/// Appends the record to `out` as the engine stores it: batch mark if it starts a batch, sealed
/// object, newline.
///
/// # Errors
/// When the plugin refuses the record, or what it wrote is no object on one line. `out` then holds
/// garbage behind what it held before.
pub fn encode_line(
    plugin: &dyn FormatPlugin,
    record: RecordRef<'_>,
    starts_batch: bool,
    out: &mut Vec<u8>,
) -> Result<(), FormatError> {
    line::encode(plugin, record, starts_batch, out)
}

/// Verifies a stored line, given without its newline, and returns the object in it. The closing
/// brace is written back into `line` in place of the checksum.
///
/// # Errors
/// [`Error::Damaged`], of no file, at offset 0.
pub fn open_line<'a>(plugin: &dyn FormatPlugin, line: &'a mut [u8]) -> Result<&'a [u8], Error> {
    line::open(plugin, line).map_err(|bad| bad.at("".as_ref(), 0))
}
