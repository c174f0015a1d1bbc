//! Scanning stored lines one by one: where the log ends, and whether what follows is a torn tail
//! or damage.

use crate::block_rule::{BlockRule, GrowingBlock};
use crate::format::{FormatError, FormatPlugin, RecordRef};
use crate::index::Block;
use crate::line::{self, BadLine, NEWLINE};

/// What a scan found.
#[derive(Debug, Default)]
pub(crate) struct RecordScan {
    /// Order key and stored length of each record.
    pub(crate) records: Vec<(u64, u64)>,
    /// Bytes of these records.
    pub(crate) len: u64,
    /// Offset, from where the scan began, of the last record that starts a batch.
    pub(crate) last_mark: Option<u64>,
    /// What is wrong with the line behind them, if the bytes go on.
    pub(crate) stopped: Option<BadLine>,
    /// Whether the record that stopped the scan is intact but can't stand there. No torn write
    /// looks like that.
    pub(crate) misplaced: bool,
}

/// Reads whole records until one is not, or the bytes end.
pub(crate) fn scan_lines(mut lines: LineScan<'_>, bytes: &[u8]) -> RecordScan {
    let mut scan = RecordScan::default();
    for part in bytes.split_inclusive(|byte| *byte == NEWLINE) {
        match lines.next(part) {
            Ok(record) => {
                if record.starts_batch {
                    scan.last_mark = Some(scan.len);
                }
                scan.records.push((record.key, part.len() as u64));
                scan.len += part.len() as u64;
            }
            Err(stop) => {
                scan.stopped = Some(stop.bad);
                scan.misplaced = stop.misplaced;
                break;
            }
        }
    }
    scan
}

/// Decides, line by line, whether the next line is a record that may stand there. Recovery, checks and
/// inspections all judge with it.
pub(crate) struct LineScan<'a> {
    plugin: &'a dyn FormatPlugin,
    /// Key of the record before the next line. `None`: any key may come.
    last_key: Option<u64>,
    /// Key that the next line must have, where it is the first of a chunk.
    first: Option<u64>,
    /// Key of the next record, if the record itself shows none.
    due: Option<u64>,
    buffer: Vec<u8>,
}

/// A line that is a record.
pub(crate) struct ScannedLine<'a> {
    pub(crate) key: u64,
    pub(crate) starts_batch: bool,
    /// As the plugin decoded it.
    pub(crate) payload: &'a [u8],
    /// What the plugin said, if the record is of another type than it reads and was only counted.
    pub(crate) foreign: Option<FormatError>,
}

/// Why a line is no record, or none that may stand there.
#[derive(Debug)]
pub(crate) struct LineStop {
    pub(crate) bad: BadLine,
    /// Whether the record is intact but can't stand there. No torn write looks like that.
    pub(crate) misplaced: bool,
    /// Key of an intact record that is out of its place.
    pub(crate) key: Option<u64>,
}

impl<'a> LineScan<'a> {
    pub(crate) fn new(plugin: &'a dyn FormatPlugin, last_key: Option<u64>) -> Self {
        Self {
            plugin,
            last_key,
            first: None,
            due: None,
            buffer: Vec::new(),
        }
    }

    /// From a record whose key is this one unless it shows another.
    pub(crate) fn counting_from(plugin: &'a dyn FormatPlugin, key: u64) -> Self {
        Self {
            due: Some(key),
            ..Self::new(plugin, None)
        }
    }

    /// From the record with this key, where keys are consecutive.
    pub(crate) fn from_key(plugin: &'a dyn FormatPlugin, key: u64) -> Self {
        Self {
            last_key: key.checked_sub(1).filter(|_| plugin.dense_keys()),
            ..Self::counting_from(plugin, key)
        }
    }

    /// From the beginning of the chunk of this id. Where keys are consecutive, a chunk is named
    /// after its first record, which shows a loss of the first lines of a log: nothing else tells
    /// where a chunk without an index began.
    pub(crate) fn of_chunk(plugin: &'a dyn FormatPlugin, id: u64, last_key: Option<u64>) -> Self {
        Self {
            first: plugin.dense_keys().then_some(id),
            ..Self::new(plugin, last_key)
        }
    }

    /// Judges one line, given with its newline if it has one. Behind a line that is no record, or none
    /// that may stand there, the next one is judged by the key that this one shows, if it shows one.
    pub(crate) fn next(&mut self, part: &[u8]) -> Result<ScannedLine<'_>, LineStop> {
        let first = self.first.take();
        let due = self.due.take().or(first);
        let due = due.or_else(|| self.last_key?.checked_add(1));
        let last_key = self.last_key.take();
        let plain = |bad| LineStop {
            bad,
            misplaced: false,
            key: None,
        };
        let Some(text) = part.strip_suffix(&[NEWLINE]) else {
            return Err(plain(BadLine::new("a whole line", line::preview(part))));
        };
        self.buffer.clear();
        self.buffer.extend_from_slice(text);
        let object = line::open(self.plugin, &mut self.buffer).map_err(plain)?;
        let read = read_record((self.plugin, due), object, (first, last_key));
        let (record, foreign) = read.map_err(|(bad, key)| {
            self.last_key = key;
            // What a plugin knows as a whole object of another type was not torn, checksum or not.
            LineStop {
                misplaced: self.plugin.checksum_required() || bad.is_foreign(),
                bad,
                key,
            }
        })?;
        self.last_key = Some(record.order_key);
        Ok(ScannedLine {
            key: record.order_key,
            starts_batch: line::has_mark(text),
            payload: record.payload,
            foreign,
        })
    }
}

/// The record, if it may stand after `last_key` and is the `first` one where that is known; else what
/// is wrong, and the key if there is one. A foreign record of a format with consecutive keys has the
/// key that is due, unless it shows another.
fn read_record<'a>(
    (plugin, due): (&dyn FormatPlugin, Option<u64>),
    object: &'a [u8],
    (first, last_key): (Option<u64>, Option<u64>),
) -> Result<(RecordRef<'a>, Option<FormatError>), (BadLine, Option<u64>)> {
    let (record, foreign) = match plugin.decode(object) {
        Ok(record) => (record, None),
        Err(error) => {
            let counted = error.is_foreign() && plugin.dense_keys();
            let key = error.order_key().or(due).filter(|_| counted);
            let Some(order_key) = key else {
                return Err((BadLine::of_format(plugin, &error, None), None));
            };
            let payload = object;
            (RecordRef { order_key, payload }, Some(error))
        }
    };
    let key = record.order_key;
    let misplaced = |expected: String| (BadLine::new(expected, key.to_string()), Some(key));
    if let Some(first) = first.filter(|first| *first != key) {
        return Err(misplaced(format!("order key {first}, the chunk's id")));
    }
    match last_key {
        Some(last) if plugin.dense_keys() && last.checked_add(1) != Some(key) => {
            Err(misplaced(format!("order key {}", last.saturating_add(1))))
        }
        Some(last) if key < last => Err(misplaced(format!("an order key of at least {last}"))),
        _ => Ok((record, foreign)),
    }
}

impl RecordScan {
    pub(crate) fn last_key(&self) -> Option<u64> {
        self.records.last().map(|(key, _)| *key)
    }

    /// What follows the records in `bytes`, which were scanned.
    pub(crate) fn rest<'b>(&self, bytes: &'b [u8]) -> &'b [u8] {
        let good = usize::try_from(self.len).unwrap_or(usize::MAX);
        bytes.get(good..).unwrap_or_default()
    }

    /// The line that follows the records in `bytes`, which were scanned, if it is damage and no torn tail.
    ///
    /// A batch is only begun when the one before is synced: the intact beginning of one behind this
    /// line proves that the bytes here were once durable.
    pub(crate) fn damage(&self, bytes: &[u8]) -> Option<&BadLine> {
        let proven = || line::find_batch_start(self.rest(bytes)).is_some();
        let damaged = |_: &&BadLine| self.misplaced || proven();
        self.stopped.as_ref().filter(damaged)
    }

    /// The scanned records as blocks, of which the first begins at `offset`, and the one that is not
    /// full.
    pub(crate) fn blocks(
        &self,
        offset: u64,
        rule: BlockRule,
    ) -> (Vec<Block>, Option<GrowingBlock>) {
        let (mut blocks, mut last) = (Vec::new(), None);
        let mut offset = offset;
        for (key, len) in &self.records {
            rule.add(&mut last, *key, (offset, *len), |block| blocks.push(block));
            offset += len;
        }
        (blocks, last)
    }
}

/// What is left of a block, whose bytes these are, when the records with this key and above go.
///
/// # Errors
/// The offset in the chunk of a line that is no record, and what is wrong with it.
pub(crate) fn cut_before(
    plugin: &dyn FormatPlugin,
    bytes: &[u8],
    block: &Block,
    key: u64,
) -> Result<Option<Block>, (u64, BadLine)> {
    let scan = scan_lines(LineScan::from_key(plugin, block.min_key), bytes);
    if let Some(bad) = scan.stopped {
        return Err((block.offset + scan.len, bad));
    }
    let count = scan.records.partition_point(|(found, _)| *found < key);
    let kept = scan.records.get(..count).unwrap_or_default();
    let ends = kept.first().zip(kept.last());
    Ok(ends.map(|(first, last)| Block {
        min_key: first.0,
        max_key: last.0,
        len: kept.iter().map(|(_, len)| len).sum(),
        ..*block
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jsonl::Jsonl;

    fn scan_records(plugin: &dyn FormatPlugin, bytes: &[u8], last_key: Option<u64>) -> RecordScan {
        scan_lines(LineScan::new(plugin, last_key), bytes)
    }

    fn lines(keys: &[u64], marked: &[u64]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for key in keys {
            let record = RecordRef {
                order_key: *key,
                payload: b"\"x\"",
            };
            line::encode(&Jsonl, record, marked.contains(key), &mut bytes).unwrap();
        }
        bytes
    }

    #[test]
    fn finds_records_and_the_last_mark() {
        let bytes = lines(&[1, 2, 3, 4], &[1, 3]);
        let scan = scan_records(&Jsonl, &bytes, None);
        assert_eq!(
            scan.records.iter().map(|r| r.0).collect::<Vec<_>>(),
            [1, 2, 3, 4]
        );
        assert_eq!(scan.len, bytes.len() as u64);
        assert_eq!(scan.last_mark, Some(lines(&[1, 2], &[1]).len() as u64));
        assert_eq!(scan.stopped, None);
    }

    #[test]
    fn every_cut_leaves_the_whole_records() {
        let bytes = lines(&[1, 2, 3], &[1]);
        let ends: Vec<usize> = (1..=3)
            .map(|n| lines(&[1, 2, 3][..n], &[1]).len())
            .collect();
        for cut in 0..bytes.len() {
            let scan = scan_records(&Jsonl, &bytes[..cut], None);
            let whole = ends.iter().filter(|end| **end <= cut).count();
            assert_eq!(scan.records.len(), whole, "cut at {cut}");
            assert_eq!(scan.stopped.is_some(), cut != 0 && !ends.contains(&cut));
        }
    }

    #[test]
    fn blocks_cover_the_records() {
        let bytes = lines(&[1, 2, 3, 4, 5], &[]);
        let rule = BlockRule::of_records(2);
        let (blocks, last) = scan_records(&Jsonl, &bytes, None).blocks(10, rule);
        let keys: Vec<_> = blocks.iter().map(|b| (b.min_key, b.max_key)).collect();
        assert_eq!(keys, [(1, 2), (3, 4)]);
        let last = last.unwrap();
        assert_eq!((last.block.min_key, last.block.max_key), (5, 5));
        assert_eq!(last.records, 1);
        assert_eq!(last.block.offset, blocks[1].end());
        assert_eq!(last.block.end(), 10 + bytes.len() as u64);
        let left = cut_before(&Jsonl, &lines(&[3, 4], &[]), &blocks[1], 4)
            .unwrap()
            .unwrap();
        assert_eq!(
            (left.min_key, left.max_key, left.offset),
            (3, 3, blocks[1].offset)
        );
        assert_eq!(
            cut_before(&Jsonl, &lines(&[3, 4], &[]), &blocks[1], 3).unwrap(),
            None
        );
    }
}
