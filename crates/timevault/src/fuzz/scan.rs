//! Target `scan`: arbitrary bytes as those of a chunk.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::log_format::LogFormat;
use super::oracle::{self, ChunkFormat, Found, repair};
use crate::block_rule::BlockRule;
use crate::format::{FormatPlugin, RecordRef};
use crate::index::Block;
use crate::jsonl::Jsonl;
use crate::line;
use crate::scan::{LineScan, RecordScan, cut_before, scan_lines};

/// Most bytes of an input that are used: what is compared grows with their square.
const MAX_BYTES: usize = 4 << 10;

/// Most borders from which an input is scanned anew.
const MAX_BORDERS: usize = 8;

/// A format as its description has it, to compare with its plugin.
struct Format<'a> {
    plugin: &'a dyn FormatPlugin,
    second: ChunkFormat,
}

/// Gives the bytes to the engine's scanner as those of a chunk, of the built-in format and of one like a
/// Raft log's: as they are, and with the checksum of each line corrected.
///
/// It finds what the second implementation finds: whole lines with a right checksum and keys in
/// their order, up to the first that is not; the last batch mark; and whether an intact batch
/// begins behind that place. What it accepts, encoded again, gives the same bytes. Begun at the
/// border of any record it finds the same rest, cut anywhere it finds the whole records before, and
/// the blocks of an index over the records lead to them.
///
/// # Panics
/// When one of these does not hold.
pub fn scan(data: &[u8]) {
    let lines = Format {
        plugin: &Jsonl,
        second: ChunkFormat {
            dense: false,
            sealed_only: false,
            key: |object, _| jsonl_key(object),
        },
    };
    lines.both(data);
    scan_log(data, &LogFormat, |object, due| {
        oracle::whole_object(object)?;
        oracle::shown_index(object).or(due)
    });
}

/// The same for a format with consecutive keys. `key` is a second implementation of its decoder: the
/// key of an object, which is the given one where the object is of another type and shows none.
///
/// # Panics
/// As [`scan`](self::scan).
pub fn scan_log(
    data: &[u8],
    plugin: &dyn FormatPlugin,
    key: fn(&[u8], Option<u64>) -> Option<u64>,
) {
    let second = ChunkFormat {
        dense: true,
        sealed_only: true,
        key,
    };
    Format { plugin, second }.both(data);
}

/// The key of an object of the built-in format.
fn jsonl_key(object: &[u8]) -> Option<u64> {
    #[derive(Deserialize)]
    struct Line {
        timestamp: u64,
        payload: Box<RawValue>,
    }
    let Line { timestamp, payload } = serde_json::from_slice(object).ok()?;
    drop(payload);
    Some(timestamp)
}

fn scan_bytes(plugin: &dyn FormatPlugin, bytes: &[u8], last_key: Option<u64>) -> RecordScan {
    scan_lines(LineScan::new(plugin, last_key), bytes)
}

impl Format<'_> {
    /// The bytes as they are, and with the checksum of each line corrected.
    fn both(&self, data: &[u8]) {
        let data = &data[..data.len().min(MAX_BYTES)];
        for bytes in [data.to_vec(), repair::lines(data)] {
            self.scanned(&bytes);
            batch_start(&bytes);
        }
    }

    fn scanned(&self, bytes: &[u8]) {
        let scanned = scan_bytes(self.plugin, bytes, None);
        let found = found(&scanned);
        assert_eq!(
            found,
            self.second.scan(bytes, (None, None)),
            "two scans of the same bytes"
        );
        let accepted = &bytes[..found.len];
        self.encoded_again(accepted, &found);
        self.begun_at_borders(bytes, &scanned);
        self.cut(bytes, &found);
        let per_block = 1 + u64::from(oracle::sealed::crc32c(bytes) % 4);
        self.sought(accepted, &scanned, per_block);
        batch_start(&bytes[found.len..]);
    }

    /// Each accepted line decoded and encoded.
    fn encoded_again(&self, accepted: &[u8], found: &Found) {
        let lines = accepted.split_inclusive(|byte| *byte == b'\n');
        for (line, (key, _)) in lines.zip(&found.records) {
            let marked = line[0] == b' ';
            let mut buffer = line[..line.len() - 1].to_vec();
            let object = match line::open(self.plugin, &mut buffer) {
                Ok(object) => object,
                Err(error) => panic!("a line that was accepted is refused: {error:?}"),
            };
            let record = match self.plugin.decode(object) {
                Ok(record) => record,
                Err(error) if error.is_foreign() && self.plugin.dense_keys() => {
                    assert!(error.order_key().is_none_or(|shown| shown == *key));
                    continue;
                }
                Err(error) => panic!("a line that was accepted is not decoded: {error}"),
            };
            assert_eq!(record.order_key, *key);
            let mut again = Vec::new();
            if let Err(error) = line::encode(self.plugin, record, marked, &mut again) {
                // Other writers may break the lines of a value, with what is no newline.
                assert!(
                    record.payload.contains(&b'\r'),
                    "not encoded again: {error}"
                );
                continue;
            }
            if self.plugin.dense_keys() {
                // Nothing of the object is lost; but no writer of ours puts white space before it.
                let plain = line.trim_ascii_start().len() + usize::from(marked) == line.len();
                assert!(!plain || again == line, "other bytes when encoded again");
            }
            self.same_record(record, &again);
        }
    }

    fn same_record(&self, record: RecordRef<'_>, line: &[u8]) {
        let mut buffer = line[..line.len() - 1].to_vec();
        let again = line::open(self.plugin, &mut buffer)
            .ok()
            .and_then(|object| self.plugin.decode(object).ok());
        assert_eq!(again, Some(record), "encoded and decoded again");
    }

    /// The scan from the border of a record finds the rest.
    fn begun_at_borders(&self, bytes: &[u8], whole: &RecordScan) {
        let mut border = 0;
        let mut key = None;
        let all = found(whole);
        for (at, (next_key, len)) in all.records.iter().enumerate() {
            if at % (all.records.len() / MAX_BORDERS + 1) == 0 {
                let scanned = scan_bytes(self.plugin, &bytes[border..], key);
                let rest = Found {
                    records: all.records[at..].to_vec(),
                    len: all.len - border,
                    last_mark: all
                        .last_mark
                        .and_then(|mark| mark.checked_sub(border as u64)),
                    ..all
                };
                assert_eq!(found(&scanned), rest, "from offset {border}");
                assert_eq!(scanned.stopped, whole.stopped, "from offset {border}");
            }
            border += *len as usize;
            key = Some(*next_key);
        }
    }

    /// Bytes that end anywhere: the whole records before, and no error but a torn tail.
    fn cut(&self, bytes: &[u8], whole: &Found) {
        let hash = oracle::sealed::crc32c(bytes) as usize;
        for cut in [hash % (whole.len + 1), whole.len / 2, whole.len] {
            let scanned = found(&scan_bytes(self.plugin, &bytes[..cut], None));
            let mut end = 0;
            let ends = whole.records.iter().map(|(_, len)| {
                end += *len as usize;
                end
            });
            let ends: Vec<usize> = ends.take_while(|end| *end <= cut).collect();
            assert_eq!(scanned.records.len(), ends.len(), "cut at {cut}");
            assert_eq!(scanned.len, ends.last().copied().unwrap_or(0));
            assert_eq!(scanned.stopped, scanned.len != cut, "cut at {cut}");
            assert!(!scanned.misplaced, "cut at {cut}");
        }
    }

    /// Each block of an index over the records holds the records that it names.
    fn sought(&self, accepted: &[u8], scanned: &RecordScan, per_block: u64) {
        let mut records = &scanned.records[..];
        let mut end = 0;
        let (blocks, last) = scanned.blocks(0, BlockRule::of_records(per_block));
        for block in blocks.into_iter().chain(last.map(|last| last.block)) {
            assert_eq!(block.offset, end, "blocks without a gap");
            end += block.len;
            let bytes = &accepted[block.offset as usize..end as usize];
            // Consecutive keys are counted from the one that the index says.
            let before = block
                .min_key
                .checked_sub(1)
                .filter(|_| self.plugin.dense_keys());
            let inside = scan_bytes(self.plugin, bytes, before);
            let (held, rest) = records.split_at(inside.records.len());
            assert_eq!(inside.records, held, "{block:?}");
            let ends = held.first().zip(held.last());
            let keys = ends.map(|((first, _), (last, _))| (*first, *last));
            assert_eq!(keys, Some((block.min_key, block.max_key)));
            records = rest;
            self.kept_below(bytes, &block, held);
        }
        assert_eq!(end as usize, accepted.len(), "blocks up to the end");
        assert!(records.is_empty());
    }

    /// A block cut at a key in it.
    fn kept_below(&self, bytes: &[u8], block: &Block, held: &[(u64, u64)]) {
        let key = held[held.len() / 2].0;
        let kept: Vec<_> = held.iter().take_while(|(held, _)| *held < key).collect();
        let expected = kept.last().map(|(last, _)| Block {
            max_key: *last,
            len: kept.iter().map(|(_, len)| len).sum(),
            ..*block
        });
        match cut_before(self.plugin, bytes, block, key) {
            Ok(left) => assert_eq!(left, expected, "{block:?} below {key}"),
            Err(error) => panic!("{block:?} below {key}: {error:?}"),
        }
    }
}

fn found(scanned: &RecordScan) -> Found {
    let len = usize::try_from(scanned.len).unwrap_or(usize::MAX);
    let sum: u64 = scanned.records.iter().map(|(_, len)| len).sum();
    assert_eq!(sum, scanned.len, "records without a gap");
    Found {
        records: scanned.records.clone(),
        len,
        last_mark: scanned.last_mark,
        stopped: scanned.stopped.is_some(),
        misplaced: scanned.misplaced,
    }
}

/// The intact beginning of a batch behind the first byte, by both.
fn batch_start(bytes: &[u8]) {
    let (found, expected) = (line::find_batch_start(bytes), oracle::batch_start(bytes));
    assert_eq!(found, expected, "where a batch begins");
}
