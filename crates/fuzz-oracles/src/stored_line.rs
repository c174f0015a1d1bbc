//! A stored line: written and opened, with the public functions that the engine is made of.

use timevault::sealed::{self, Unsealed};
use timevault::{FormatPlugin, RecordRef};

/// The line of the record, newline included; none where the format refuses the record, or writes what is no
/// object on one line.
pub(crate) fn encode(
    plugin: &dyn FormatPlugin,
    record: RecordRef<'_>,
    starts_batch: bool,
) -> Option<Vec<u8>> {
    let mut line = if starts_batch {
        b" ".to_vec()
    } else {
        Vec::new()
    };
    let start = line.len();
    plugin.encode(record, &mut line).ok()?;
    let object = line[start..].starts_with(b"{") && !line.contains(&b'\n');
    (object && sealed::seal_from(&mut line, 0)).then(|| {
        line.push(b'\n');
        line
    })
}

/// The object in a line, which has no newline; none where the checksum is wrong or missing.
pub(crate) fn open(line: &mut [u8]) -> Option<&[u8]> {
    match sealed::unseal(line) {
        Unsealed::Valid(object) => Some(object.trim_ascii_start()),
        Unsealed::Absent(_) | Unsealed::Mismatch { .. } => None,
    }
}
