//! The stored line: batch mark, sealed object, newline.
//!
//! A record that starts a batch is preceded by one space. The writer starts a batch only when the
//! one before is synced, so an intact line with a mark proves that everything before it had once
//! been durable: that is what tells damage from a torn tail.

use std::path::Path;

use crate::error::Error;
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

/// Why a line is no record, or none that its reader can read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BadLine {
    pub(crate) expected: String,
    pub(crate) found: String,
    /// Set where the record is intact and of another type than its plugin reads.
    foreign: Option<Foreign>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Foreign {
    format: String,
    order_key: Option<u64>,
}

impl BadLine {
    pub(crate) fn new(expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self {
            expected: expected.into(),
            found: found.into(),
            foreign: None,
        }
    }

    /// What a plugin or a visitor said of the object in an intact line, which has this key if that is
    /// known.
    pub(crate) fn of_format(
        plugin: &dyn FormatPlugin,
        error: &FormatError,
        order_key: Option<u64>,
    ) -> Self {
        let format = plugin.id();
        Self {
            expected: format!("a record of format {format}"),
            found: error.to_string(),
            foreign: error.is_foreign().then(|| Foreign {
                format: format.to_owned(),
                order_key: error.order_key().or(order_key),
            }),
        }
    }

    /// Whether the record is intact and of another type than its plugin reads.
    pub(crate) fn is_foreign(&self) -> bool {
        self.foreign.is_some()
    }

    /// The error of this line, which stands at `offset` in the file.
    pub(crate) fn at(self, path: &Path, offset: u64) -> Error {
        match self.foreign {
            Some(Foreign { format, order_key }) => Error::Undecodable {
                path: path.to_path_buf(),
                offset,
                order_key,
                format,
                reason: self.found,
            },
            None => Error::damaged(path, offset, self.expected, self.found),
        }
    }
}

/// Verifies one line, without its newline, and returns the object in it.
///
/// The checksum is verified, where there is one; the object itself is not parsed.
pub(crate) fn open<'a>(plugin: &dyn FormatPlugin, line: &'a mut [u8]) -> Result<&'a [u8], BadLine> {
    if line.is_empty() {
        return Err(BadLine::new("a record", "an empty line"));
    }
    match sealed::unseal(line) {
        Unsealed::Valid(object) => Ok(object.trim_ascii_start()),
        Unsealed::Absent(object) if !plugin.checksum_required() => Ok(object.trim_ascii_start()),
        Unsealed::Absent(object) => {
            Err(BadLine::new("a record with its checksum", preview(object)))
        }
        Unsealed::Mismatch { computed, stored } => {
            let (expected, found) = sealed::wrong_checksum(computed, stored);
            Err(BadLine::new(expected, found))
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
