//! Lines of a file one after the other, in bounded memory.

use std::io;

use crate::line::{self, NEWLINE};
use crash_disk::{self as fs, File};

/// Bytes that are read at once. A line that is longer is held whole.
const WINDOW: usize = 256 << 10;

/// The lines of a stretch of a file, whose end is fixed when this is made.
pub(crate) struct Lines<'a> {
    file: &'a dyn File,
    /// End of the stretch.
    end: u64,
    /// Where in the file the buffer begins.
    base: u64,
    buffer: Vec<u8>,
    /// Where in the buffer the next line begins.
    next: usize,
    /// From `next` to here the buffer holds no newline.
    searched: usize,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(file: &'a dyn File, from: u64, end: u64) -> Self {
        Self {
            file,
            end,
            base: from,
            buffer: Vec::new(),
            next: 0,
            searched: 0,
        }
    }

    /// Where the next line begins.
    pub(crate) fn offset(&self) -> u64 {
        self.base + self.next as u64
    }

    /// The next line with its newline, if it has one, and its offset. `None` at the end, also when
    /// the file has become shorter.
    pub(crate) fn next(&mut self) -> io::Result<Option<(u64, &[u8])>> {
        let offset = self.offset();
        let end = loop {
            let rest = self.buffer.get(self.searched..).unwrap_or_default();
            if let Some(at) = memchr::memchr(NEWLINE, rest) {
                break self.searched + at + 1;
            }
            self.searched = self.buffer.len();
            if !self.read_more()? {
                break self.buffer.len();
            }
        };
        // Only now, because reading more moves the line to the front.
        let start = self.next;
        self.next = end;
        self.searched = end;
        let line = self.buffer.get(start..end).filter(|line| !line.is_empty());
        Ok(line.map(|line| (offset, line)))
    }

    /// Reads another window behind what is kept of the buffer; `false` at the end.
    fn read_more(&mut self) -> io::Result<bool> {
        self.buffer.drain(..self.next);
        self.base += self.next as u64;
        self.searched -= self.next;
        self.next = 0;
        let held = self.buffer.len();
        let at = self.base + held as u64;
        let len = usize::try_from(self.end.saturating_sub(at)).unwrap_or(WINDOW);
        let more = len.min(WINDOW);
        // A line without a newline is held whole, and a damaged file may have any length.
        let room = self.buffer.try_reserve(more);
        room.map_err(|_| io::ErrorKind::OutOfMemory)?;
        self.buffer.resize(held + more, 0);
        let room = self.buffer.get_mut(held..).unwrap_or_default();
        let read = fs::read_at_most(self.file, room, at)?;
        self.buffer.truncate(held + read);
        Ok(read > 0)
    }
}

/// The bytes of an open chunk behind its records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Rest {
    /// Whether an intact record that starts a batch stands there: the place was once durable.
    pub(crate) batch_start: bool,
    /// Bytes that are not filling.
    pub(crate) torn_bytes: u64,
}

/// Looks at the stretch from the first byte that is no record to the end of the file.
pub(crate) fn look_at_rest(file: &dyn File, from: u64, end: u64) -> io::Result<Rest> {
    let mut rest = Rest::default();
    let mut lines = Lines::new(file, from, end);
    // As in `find_batch_start`, a batch start is searched behind the first byte, because the line at `from`
    // is known to be no record. Every later line is searched from the newline before it.
    let mut piece = Vec::new();
    while let Some((_, line)) = lines.next()? {
        rest.torn_bytes += line.iter().filter(|byte| **byte != NEWLINE).count() as u64;
        if line != [NEWLINE] && !rest.batch_start {
            piece.extend_from_slice(line);
            rest.batch_start = line::find_batch_start(&piece).is_some();
        }
        piece.clear();
        piece.push(NEWLINE);
    }
    Ok(rest)
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests make files from outside")]
mod tests {
    use super::*;
    use crash_disk::{Access, FileSystem, StdFs};

    fn lines_of(text: &[u8], from: u64) -> Vec<(u64, Vec<u8>)> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        std::fs::write(&path, text).unwrap();
        let file = StdFs.open(&path, Access::Read).unwrap();
        let mut lines = Lines::new(&*file, from, text.len() as u64);
        let mut all = Vec::new();
        while let Some((offset, line)) = lines.next().unwrap() {
            all.push((offset, line.to_vec()));
        }
        all
    }

    #[test]
    fn lines_are_the_same_wherever_the_windows_end() {
        let lens = [0, 1, 5, WINDOW - 3, WINDOW, 0, 0, WINDOW * 2 + 7, 9];
        let mut text = Vec::new();
        for (at, len) in lens.into_iter().enumerate() {
            text.extend(std::iter::repeat_n(b'a' + at as u8, len));
            text.push(NEWLINE);
        }
        text.extend_from_slice(b"no end");
        let mut offset = 0;
        let expected: Vec<_> = text
            .split_inclusive(|b| *b == NEWLINE)
            .map(|line| {
                offset += line.len() as u64;
                (offset - line.len() as u64, line.to_vec())
            })
            .collect();
        assert!(lines_of(&text, 0) == expected);
        assert!(lines_of(&text, 1) == expected[1..]);
        assert!(lines_of(b"", 0).is_empty());
    }

    /// Streaming must not judge otherwise than recovery, which has all bytes in memory.
    #[test]
    fn the_rest_is_judged_as_in_memory() {
        let sealed = |text: &str| crate::sealed::seal(text.as_bytes().to_vec());
        let record = sealed(r#"{"a":1}"#);
        let marked = sealed(r#" {"a":2}"#);
        let parts: [&[u8]; 7] = [b"torn", b"\n", b"\0\0", &record, &marked, b"x", b" {\"a\""];
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        let (mut found, mut tried) = (0, 0);
        for number in 0..parts.len().pow(3) {
            let digits = (0..3).map(|place| number / parts.len().pow(place) % parts.len());
            let mut text = digits.flat_map(|at| parts[at].to_vec()).collect::<Vec<_>>();
            text.push(NEWLINE);
            std::fs::write(&path, &text).unwrap();
            let file = StdFs.open(&path, Access::Read).unwrap();
            let rest = look_at_rest(&*file, 0, text.len() as u64).unwrap();
            let expected = line::find_batch_start(&text).is_some();
            assert_eq!(rest.batch_start, expected, "{}", text.escape_ascii());
            tried += 1;
            found += u32::from(expected);
        }
        assert!(found > 10 && tried - found > 100, "{found} of {tried}");
    }
}
