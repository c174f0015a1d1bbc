//! Which lines of a chunk have lost their checksum, where lines without one are accepted.

use crate::line::NEWLINE;
use crate::sealed;

/// Follows the accepted lines of a chunk.
///
/// Each of these proves that a line once had a checksum: remains of a checksum; a batch mark, which only this
/// engine writes; an intact line behind it that does not begin a batch, because then both lines are of one
/// batch, and this engine writes no batch without checksums.
#[derive(Debug, Default)]
pub(crate) struct Checksums {
    /// Where the line before stands, if it carries none and nothing is known against it yet.
    unchecked_before: Option<u64>,
    /// Lines that carry none.
    pub(crate) unchecked: u64,
}

impl Checksums {
    /// Takes the next accepted line, whose checksum, if it has one, is right. Returns where a checksum is lost
    /// and what was found in its place, if this line proves that one is.
    pub(crate) fn next(
        &mut self,
        offset: u64,
        line: &[u8],
        starts_batch: bool,
    ) -> Option<(u64, &'static str)> {
        let before = self.unchecked_before.take();
        let text = line.strip_suffix(&[NEWLINE]).unwrap_or(line);
        if sealed::ends_sealed(text) {
            let before = before.filter(|_| !starts_batch)?;
            return Some((before, "none, and the line behind it is of the same batch"));
        }
        self.unchecked += 1;
        if sealed::has_remains(text) {
            return Some((offset, "what is left of one"));
        }
        if starts_batch {
            return Some((offset, "none, in a line that begins a batch"));
        }
        self.unchecked_before = Some(offset);
        None
    }
}
