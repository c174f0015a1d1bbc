//! Which lines of a chunk have lost their checksum, where lines without one are accepted.

use crate::line::NEWLINE;
use crate::sealed;

/// Follows the accepted lines of a chunk.
///
/// Proof that a line once had a checksum: what is left of it; the mark of a batch, which only we write; an
/// intact line behind it that does not begin a batch, because then both are of one batch, and we write no
/// batch without checksums.
#[derive(Debug, Default)]
pub(crate) struct Checksums {
    /// Where the line before stands, if it carries none and nothing is known against it yet.
    unchecked_before: Option<u64>,
    /// Lines that carry none.
    pub(crate) unchecked: u64,
}

impl Checksums {
    /// The next line, which was accepted: a checksum that is there is right. Where a checksum is lost,
    /// if this line shows that one is, and what was found in its place.
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
