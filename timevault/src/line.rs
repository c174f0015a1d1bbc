//! The stored line: batch mark, sealed object, newline.
//!
//! A record that starts a batch is preceded by one space. The writer starts a batch only when the
//! one before is synced, so an intact line with a mark proves that everything before it had once
//! been durable: that is what tells damage from a torn tail.

use crate::format::{FormatError, FormatPlugin, RecordRef};
use crate::sealed::{self, Unsealed};

/// Stands before a record that starts a batch.
pub(crate) const BATCH_MARK: u8 = b' ';
/// Ends every line; also fills the space ahead of an open chunk.
pub(crate) const NEWLINE: u8 = b'\n';

/// Appends one line to `out`.
pub(crate) fn encode(
    plugin: &dyn FormatPlugin,
    record: RecordRef<'_>,
    starts_batch: bool,
    out: &mut Vec<u8>,
) -> Result<(), FormatError> {
    let start = out.len();
    if starts_batch {
        out.push(BATCH_MARK);
    }
    let object = out.len();
    plugin.encode(record, out)?;
    if out.get(object) != Some(&b'{') {
        return Err(FormatError::new(
            "the record does not serialize to a JSON object",
        ));
    }
    if out
        .get(object..)
        .is_some_and(|line| memchr::memchr(NEWLINE, line).is_some())
    {
        return Err(FormatError::new("the record has a line break in it"));
    }
    if !sealed::seal_from(out, start) {
        return Err(FormatError::new(
            "the record does not serialize to a JSON object",
        ));
    }
    out.push(NEWLINE);
    Ok(())
}

/// Why a line is no record.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BadLine {
    pub(crate) expected: String,
    pub(crate) found: String,
}

/// Verifies one line, without its newline, and returns the object in it.
///
/// The checksum is verified, where there is one; the object itself is not parsed.
pub(crate) fn open<'a>(plugin: &dyn FormatPlugin, line: &'a mut [u8]) -> Result<&'a [u8], BadLine> {
    if line.is_empty() {
        return Err(BadLine {
            expected: "a record".into(),
            found: "an empty line".into(),
        });
    }
    match sealed::unseal(line) {
        Unsealed::Valid(object) => Ok(object.trim_ascii_start()),
        Unsealed::Absent(object) if !plugin.checksum_required() => Ok(object.trim_ascii_start()),
        Unsealed::Absent(object) => Err(BadLine {
            expected: "a record with its checksum".into(),
            found: preview(object),
        }),
        Unsealed::Mismatch { computed, stored } => {
            let (expected, found) = sealed::wrong_checksum(computed, stored);
            Err(BadLine { expected, found })
        }
    }
}

/// Whether the line starts a batch, by its mark alone.
pub(crate) fn has_mark(line: &[u8]) -> bool {
    line.first() == Some(&BATCH_MARK)
}

/// The first intact line that starts a batch, behind the first byte of `bytes`.
///
/// A line can begin after a newline, and after a zero: a block that was lost reads as zeros, and
/// neither stands inside a record. It can also begin after any one byte that stands behind the end
/// of a sealed object, which was a newline before it was damaged.
pub(crate) fn find_batch_start(bytes: &[u8]) -> Option<usize> {
    let starts_intact = |start: &usize| {
        let rest = bytes.get(*start..).unwrap_or_default();
        has_mark(rest)
            && memchr::memchr(NEWLINE, rest)
                .and_then(|len| rest.get(..len))
                .is_some_and(sealed::is_intact)
    };
    let after_break = memchr::memchr2_iter(NEWLINE, 0, bytes)
        .map(|at| at + 1)
        .find(starts_intact);
    after_break.or_else(|| {
        memchr::memmem::find_iter(bytes, sealed::END)
            .map(|end| end + sealed::END.len())
            .filter(|end| bytes.get(..*end).is_some_and(sealed::ends_sealed))
            .map(|end| end + 1)
            .find(starts_intact)
    })
}

/// How many bytes of a bad line an error shows.
const PREVIEW_LEN: usize = 40;

/// The beginning of some bytes, for an error text.
pub(crate) fn preview(bytes: &[u8]) -> String {
    let shown = bytes
        .get(..PREVIEW_LEN.min(bytes.len()))
        .unwrap_or_default();
    let more = if shown.len() < bytes.len() { "..." } else { "" };
    format!("{} bytes \"{}{more}\"", bytes.len(), shown.escape_ascii())
}
