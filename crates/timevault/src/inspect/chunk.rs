//! Looking at one chunk and its index: at every record, in bounded memory.

use std::path::Path;

use super::finding::Finding;
use super::kind::{
    CHECKSUM_DAMAGED, CHUNK_KEYS, CHUNK_SHORT, CUT_PENDING, FILL, FindingKind, HOLE, INDEX_BEHIND,
    INDEX_DAMAGED, INDEX_MISMATCH, INDEX_MISSING, KEY_ORDER, RECORD_DAMAGED, Severity, TORN_TAIL,
    UNCHECKED, UNDECODABLE,
};
use super::observer::{Observer, StoredRecord};
use crate::chunk::{open_measured, read_index};
use crate::chunk_walk::{ChunkWalk, Step, Stretch, WalkedRecord};
use crate::error::Error;
use crate::format::FormatPlugin;
use crate::index::{Block, LoadedIndex};
use crate::layout::ChunkFile;
use crate::lines::Rest;
use crate::manifest::ChunkLine;
use crate::scan::LineStop;
use crash_disk::{File, FileSystem};

/// Damaged lines of one chunk that are reported one by one; the rest is counted.
pub const MAX_LINES_TOLD: u64 = 8;

/// What one chunk holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ChunkReport {
    /// Id, which is its name in decimal.
    pub id: u64,
    /// Whether it is the open chunk.
    pub open: bool,
    /// Length of the file in bytes.
    pub bytes: u64,
    /// Intact records, hidden ones included.
    pub records: u64,
    /// Records among them without a checksum, so that only their form was checked. Other engines write none.
    pub unchecked_records: u64,
    /// Intact records that the purge point hides.
    pub hidden: u64,
    /// Key of the first intact record.
    pub first_key: Option<u64>,
    /// Key of the first intact record above the purge point.
    pub first_visible: Option<u64>,
    /// Key of the last intact record.
    pub last_key: Option<u64>,
    /// Blocks of the good part of the index.
    pub index_blocks: u64,
    /// Records of an open chunk that its index does not reach.
    pub unindexed_records: u64,
    /// Newlines behind the last record of an open chunk, in bytes.
    pub fill_bytes: u64,
    /// Bytes of a torn tail, filling left out.
    pub torn_bytes: u64,
    /// Lines that are no record, or none that belongs there.
    pub damaged_lines: u64,
    /// Whether the index can be written anew from the chunk and should be.
    pub index_repairable: bool,
}

/// Looks at one chunk.
pub(super) struct ChunkLook<'a> {
    pub(super) fs: &'a dyn FileSystem,
    pub(super) dir: &'a Path,
    pub(super) plugin: &'a dyn FormatPlugin,
    pub(super) purged: Option<u64>,
    /// Whether the chunk's index file is there.
    pub(super) has_index: bool,
    pub(super) open: bool,
    /// Whether the file's length was already found wrong.
    pub(super) length_known_bad: bool,
    /// Key of the last record before the chunk, where it is known.
    pub(super) key_before: Option<u64>,
}

/// A chunk that is being looked at, and what is known of it so far.
struct Looked<'a, 'f> {
    look: &'a ChunkLook<'a>,
    path: &'a Path,
    index_path: &'a Path,
    len: u64,
    indexed_end: u64,
    line: &'a ChunkLine,
    /// Damaged lines behind the last intact record.
    damaged_since: u64,
    /// Lines that have lost their checksum.
    lost_checksums: u64,
    /// The first record that the plugin can't read, and how many there are.
    foreign: Option<(Finding, u64)>,
    report: ChunkReport,
    findings: &'f mut Vec<Finding>,
}

impl ChunkLook<'_> {
    /// Reads the whole chunk and returns what it holds.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(super) fn run(
        &self,
        line: &ChunkLine,
        findings: &mut Vec<Finding>,
        observer: &mut dyn Observer,
    ) -> Result<ChunkReport, Error> {
        let path = ChunkFile::Chunk.path(self.dir, line.chunk_id);
        let index_path = ChunkFile::Index.path(self.dir, line.chunk_id);
        let (file, len) = open_measured(self.fs, &path)?;
        let before = findings.len();
        let index = self.look_at_index(line, (&path, &index_path), len, findings);
        let (index_good, indexed_end) = (index.bad.is_none(), index.end());
        let report = ChunkReport {
            id: line.chunk_id,
            open: self.open,
            bytes: len,
            index_blocks: index.blocks.len() as u64,
            ..ChunkReport::default()
        };
        let mut looked = Looked {
            look: self,
            path: &path,
            index_path: &index_path,
            // Bytes that a truncate was about to cut off are not read: some may be gone already.
            len: if index.cut { indexed_end.min(len) } else { len },
            indexed_end: indexed_end.min(len),
            line,
            damaged_since: 0,
            lost_checksums: 0,
            foreign: None,
            report,
            findings,
        };
        looked.records(&*file, index.blocks, observer)?;
        looked.foreign();
        looked.compare_with_line();
        looked.finish_index(index_good);
        let mut report = looked.report;
        let told = findings.get_mut(before..).unwrap_or_default();
        let whole = !self.open && !self.length_known_bad && line.is_closed();
        let harmless = |f: &Finding| f.is_of_index() || f.kind.severity < Severity::NotJudged;
        report.index_repairable =
            whole && told.iter().any(Finding::is_of_index) && told.iter().all(harmless);
        for finding in told {
            finding.set_repairable(report.index_repairable);
        }
        Ok(report)
    }

    /// The index, as far as it can be read; what is wrong with it is reported.
    fn look_at_index(
        &self,
        line: &ChunkLine,
        (path, index_path): (&Path, &Path),
        len: u64,
        findings: &mut Vec<Finding>,
    ) -> LoadedIndex {
        if !self.has_index {
            // A crash can leave the open chunk without its index, and the next open makes it again. A closed
            // chunk always had one.
            let kind = if self.open {
                &INDEX_BEHIND
            } else {
                &INDEX_MISSING
            };
            findings.push(Finding::new(kind, index_path, "no file").expected("an index"));
            return LoadedIndex::unread("no file");
        }
        let mut loaded = match read_index(self.fs, self.plugin, index_path) {
            Ok(loaded) => loaded,
            Err(error) => {
                findings.push(Finding::from_error(&INDEX_DAMAGED, index_path, error));
                return LoadedIndex::unread("no file");
            }
        };
        let covered = loaded.end();
        if line.bytes == Some(len) && covered > len {
            // The manifest proves the chunk's length.
            let finding = Finding::new(&INDEX_MISMATCH, index_path, format!("an end at {covered}"));
            findings.push(finding.expected(format!("blocks up to {len}, as the manifest says")));
            return LoadedIndex::unread("not of this chunk");
        }
        if covered > len && !self.length_known_bad {
            let finding = Finding::new(&CHUNK_SHORT, path, format!("{len} bytes"));
            let expected = format!("{covered} bytes, as its index says");
            findings.push(finding.at(len).expected(expected));
        }
        if loaded.cut && !self.open {
            loaded.cut = false;
            loaded.bad = Some("the line of a cut, in a closed chunk".into());
        }
        if loaded.cut {
            let finding = Finding::new(&CUT_PENDING, index_path, format!("a cut at {covered}"));
            findings.push(finding.at(loaded.good_len));
        }
        if let Some(reason) = &loaded.bad {
            // The last lines of an open chunk's index are not synced.
            let kind = if self.open {
                &INDEX_BEHIND
            } else {
                &INDEX_DAMAGED
            };
            let finding = Finding::new(kind, index_path, reason.clone());
            findings.push(finding.at(loaded.good_len).expected("an index line"));
        }
        loaded
    }
}

impl Looked<'_, '_> {
    fn push(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Goes through the chunk line by line.
    fn records(
        &mut self,
        file: &dyn File,
        blocks: Vec<Block>,
        observer: &mut dyn Observer,
    ) -> Result<(), Error> {
        let look = self.look;
        let stretch = Stretch {
            path: self.path,
            file,
            len: self.len,
        };
        let mut walk = ChunkWalk::of_chunk(stretch, look.plugin, self.report.id, look.key_before)
            .compared_with(blocks);
        if look.open {
            walk = walk.may_end_from(self.indexed_end);
        }
        while let Some(step) = walk.next()? {
            let len = match step {
                Step::Record(record) => {
                    self.record(&record, observer);
                    record.len
                }
                Step::Bad { offset, len, stop } => {
                    if stop.bad.is_foreign() {
                        self.count_foreign(offset, None, stop.bad.found);
                    } else {
                        self.damaged_line(offset, stop);
                    }
                    len
                }
                Step::End { offset, rest } => {
                    self.ends_here(offset, rest);
                    break;
                }
            };
            observer.read(len);
        }
        if self.report.damaged_lines > MAX_LINES_TOLD {
            let more = self.report.damaged_lines - MAX_LINES_TOLD;
            let found = format!("{more} more lines like that");
            self.push(Finding::new(&RECORD_DAMAGED, self.path, found));
        }
        self.unchecked(walk.checksums.unchecked);
        Ok(())
    }

    fn record(&mut self, record: &WalkedRecord<'_>, observer: &mut dyn Observer) {
        let (offset, key) = (record.offset, record.line.key);
        let hidden = self.look.purged.is_some_and(|purged| key <= purged);
        observer.record(&StoredRecord::new(record, self.path, hidden));
        // Nobody reads a hidden record, so its type does not matter.
        if let Some(foreign) = record.line.foreign.as_ref().filter(|_| !hidden) {
            self.count_foreign(offset, Some(key), foreign.to_string());
        }
        self.damaged_since = 0;
        let report = &mut self.report;
        report.records += 1;
        report.hidden += u64::from(hidden);
        report.first_key.get_or_insert(key);
        if !hidden {
            report.first_visible.get_or_insert(key);
        }
        report.last_key = Some(key);
        if offset >= self.indexed_end {
            report.unindexed_records += 1;
        }
        if let Some((expected, found)) = &record.against_index {
            let finding = Finding::new(&INDEX_MISMATCH, self.index_path, found.clone());
            self.findings.push(finding.expected(expected.clone()));
        }
        if let Some((at, found)) = record.lost_checksum {
            self.lost_checksum(at, found);
        }
    }

    fn lost_checksum(&mut self, offset: u64, found: &str) {
        self.lost_checksums += 1;
        if self.lost_checksums <= MAX_LINES_TOLD {
            let finding = Finding::new(&CHECKSUM_DAMAGED, self.path, found);
            self.push(finding.at(offset).expected("a checksum"));
        }
    }

    fn count_foreign(&mut self, offset: u64, key: Option<u64>, said: String) {
        let (_, count) = self.foreign.get_or_insert_with(|| {
            let record = key.map_or("a record".into(), |key| format!("the record {key}"));
            let finding = Finding::new(&UNDECODABLE, self.path, said);
            let expected = format!("{record}, of the type that it is read as");
            (finding.at(offset).expected(expected), 0)
        });
        *count += 1;
    }

    /// Reports the records that the plugin can't read in one finding: there may be many, with one cause.
    fn foreign(&mut self) {
        if let Some((mut finding, count)) = self.foreign.take() {
            if let more @ 1.. = count - 1 {
                finding.found = format!("{}; {more} more like that", finding.found);
            }
            self.findings.push(finding);
        }
    }

    /// Reports that some of the records could not be checked, unless none has a checksum at all.
    fn unchecked(&mut self, unchecked: u64) {
        self.report.unchecked_records = unchecked;
        let records = self.report.records;
        let unproven = unchecked.saturating_sub(self.lost_checksums);
        if unproven > 0 && unchecked < records {
            let found = format!("{unproven} of {records} records without a checksum");
            self.push(Finding::new(&UNCHECKED, self.path, found));
        }
    }

    /// The records of the open chunk end here.
    fn ends_here(&mut self, offset: u64, rest: Rest) {
        let bytes = self.len - offset;
        self.report.torn_bytes = rest.torn_bytes;
        self.report.fill_bytes = bytes - rest.torn_bytes;
        let finding = if rest.torn_bytes > 0 {
            let found = format!("{} bytes that are no whole record", rest.torn_bytes);
            Finding::new(&TORN_TAIL, self.path, found)
        } else {
            Finding::new(&FILL, self.path, format!("{bytes} bytes of newlines"))
        };
        self.findings.push(finding.at(offset));
    }

    fn damaged_line(&mut self, offset: u64, stop: LineStop) {
        self.report.damaged_lines += 1;
        if self.report.damaged_lines > MAX_LINES_TOLD {
            return;
        }
        let after = self.report.last_key.or(self.look.key_before);
        let kind: &'static FindingKind = match stop.key {
            Some(key) if after.is_some_and(|after| key > after) => &HOLE,
            Some(_) => &KEY_ORDER,
            None => &RECORD_DAMAGED,
        };
        // Where keys are consecutive, the key before tells the key of the lost record; without one before,
        // the chunk's name does.
        self.damaged_since += 1;
        let before = after.or(self.report.id.checked_sub(1));
        let dense = stop.key.is_none() && self.look.plugin.dense_keys();
        let lost = match before.filter(|_| dense) {
            Some(before) => before.checked_add(self.damaged_since),
            None => dense.then(|| self.damaged_since - 1),
        };
        let expected = match lost {
            Some(key) if self.line.max_order_key.is_some_and(|max| key > max) => {
                "the end of the chunk".into()
            }
            Some(key) if self.look.purged.is_some_and(|purged| key <= purged) => {
                format!("the record {key}, which is purged: {}", stop.bad.expected)
            }
            Some(key) => format!("the record {key}: {}", stop.bad.expected),
            None => stop.bad.expected,
        };
        let finding = Finding::new(kind, self.path, stop.bad.found);
        self.findings.push(finding.at(offset).expected(expected));
    }

    /// The manifest says which keys a chunk holds: none below its id, and its last one if closed.
    fn compare_with_line(&mut self) {
        let (report, line) = (&self.report, self.line);
        if report.damaged_lines > 0 || self.look.length_known_bad {
            return;
        }
        let mut wrong = |expected: String, found: Option<u64>| {
            let found = found.map_or_else(|| "no record".into(), |key| format!("key {key}"));
            let finding = Finding::new(&CHUNK_KEYS, self.path, found);
            self.findings.push(finding.expected(expected));
        };
        let first = report.first_key.filter(|first| *first < line.chunk_id);
        if first.is_some() {
            wrong(format!("keys from {} on", line.chunk_id), first);
        }
        let max = line.max_order_key;
        if let Some(max) = max.filter(|max| report.last_key != Some(*max)) {
            wrong(format!("last key {max}"), report.last_key);
        }
    }

    /// Whether the index reaches the end of its chunk.
    fn finish_index(&mut self, index_good: bool) {
        let end = self.len - self.report.fill_bytes - self.report.torn_bytes;
        let judged = index_good && self.report.damaged_lines == 0 && !self.look.length_known_bad;
        if !judged || self.indexed_end >= end {
            return;
        }
        let missing = self.report.unindexed_records;
        let (kind, found) = if self.look.open {
            (
                &INDEX_BEHIND,
                format!("{missing} records behind the last block"),
            )
        } else {
            (&INDEX_DAMAGED, format!("an end at {}", self.indexed_end))
        };
        let finding = Finding::new(kind, self.index_path, found);
        self.push(finding.expected(format!("blocks up to {end}")));
    }
}
