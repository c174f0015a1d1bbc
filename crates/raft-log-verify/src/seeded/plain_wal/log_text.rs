//! What the bytes of the log file say.

use std::io;
use std::path::Path;

use crate::log::{Content, Grown, LogId, Vote};

use super::Switches;
use super::memory::Memory;
use super::record::{Encoded, Record, SEAL_BYTES};
use crate::seeded::Bug;

/// The records of a log file, and where they end.
#[derive(Debug)]
pub(crate) struct LogText {
    pub(crate) records: Vec<Record>,
    /// Bytes that are kept.
    pub(crate) end: usize,
}

impl LogText {
    /// Reads up to the first line that is not whole.
    ///
    /// # Errors
    /// That line is no torn tail.
    pub(crate) fn read(path: &Path, bytes: &[u8], bugs: Switches) -> io::Result<Self> {
        let mut text = Self {
            records: Vec::new(),
            end: 0,
        };
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            match parse(line) {
                Some(record) => text.records.push(record),
                None if bugs.has(Bug::DamageSkipped) => {}
                None => break,
            }
            text.end += line.len();
        }
        let rest = bytes.get(text.end..).unwrap_or_default();
        // Only the last batch can be torn, and a batch is one write: whole lines behind a broken
        // one would need a zero hole, never letters.
        if let Some(gap) = gap_before_record(rest)
            && !gap.contains(&0)
        {
            let text = format!("{}: damaged at offset {}", path.display(), text.end);
            return Err(io::Error::new(io::ErrorKind::InvalidData, text));
        }
        if bugs.has(Bug::ZerosAreARecord) && !rest.is_empty() && rest.iter().all(|byte| *byte == 0)
        {
            text.records.extend(blank_behind(&text.memory()));
        }
        if bugs.has(Bug::OpenDropsLast) && text.records.len().is_multiple_of(5) {
            text.records
                .retain(|record| !matches!(record, Record::Closed));
            text.records.pop();
        }
        Ok(text)
    }

    /// The log that the records lead to.
    pub(crate) fn memory(&self) -> Memory {
        let mut memory = Memory::default();
        memory.apply_all(&self.records, Switches::NONE);
        memory
    }

    /// The last vote among the records.
    pub(crate) fn vote(&self) -> Option<Vote> {
        self.records.iter().rev().find_map(|record| match record {
            Record::Vote(vote) => Some(*vote),
            _ => None,
        })
    }
}

/// The record of a line, if it is whole.
fn parse(line: &[u8]) -> Option<Record> {
    let text = std::str::from_utf8(line.strip_suffix(b"\n")?).ok()?;
    Record::parse(text)
}

/// The bytes before the first whole record, if there is one.
fn gap_before_record(bytes: &[u8]) -> Option<&[u8]> {
    let mut end = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if parse(line).is_some() {
            return bytes.get(..end);
        }
        // A damaged newline joins a line with the one before. JSON has no tab, so the one after it
        // tells where the line before ended.
        let tabs = (0..line.len()).filter(|&at| line.get(at) == Some(&b'\t'));
        let mut begins = tabs.map(|tab| tab + SEAL_BYTES);
        if let Some(begin) = begins.find(|&at| line.get(at..).and_then(parse).is_some()) {
            return bytes.get(..end + begin);
        }
        end += line.len();
    }
    None
}

/// The entry that [`Bug::ZerosAreARecord`] makes up.
fn blank_behind(memory: &Memory) -> Option<Record> {
    let last = memory.last(Switches::NONE)?;
    let entry = Grown {
        id: LogId {
            index: last.index + 1,
            ..last
        },
        content: Content::Blank,
    };
    Encoded::new(&entry, Switches::NONE).ok().map(Record::Entry)
}
