//! Intact records whose content the format plugin does not read, because a program of another version wrote
//! them: counted where only their place matters, told from damage where somebody wants them.
//!
//! Most of these stories were found by review: where nothing but the number of lines before a record tells its
//! key, the first record of a block and the lines behind a damaged one are the ones to go wrong.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "test code")]

mod support;

use std::sync::Arc;

use crash_disk::LockState;
use crash_disk::sim::SimFs;
use support::*;
use timevault::inspect::{FindingKind, Inspector, RECORD_DAMAGED, UNDECODABLE};
use timevault::{Error, FormatError, FormatPlugin, Jsonl, Partition, RecordRef, Store};

/// Records without gaps, some of which this plugin does not read when it is told not to: their payload is
/// then all that it would know the key by.
#[derive(Debug)]
struct Typed {
    reads_all: bool,
}

/// Keys of the records that the older version does not read.
const FOREIGN: [u64; 3] = [0, 7, 8];

impl FormatPlugin for Typed {
    fn id(&self) -> &'static str {
        "typed"
    }

    fn encode(&self, record: RecordRef<'_>, out: &mut Vec<u8>) -> Result<(), FormatError> {
        let foreign = FOREIGN.contains(&record.order_key);
        let kind = if foreign { "new" } else { "old" };
        out.extend_from_slice(format!(r#"{{"{kind}":{}}}"#, record.order_key).as_bytes());
        Ok(())
    }

    fn decode<'a>(&self, object: &'a [u8]) -> Result<RecordRef<'a>, FormatError> {
        let text = std::str::from_utf8(object).unwrap();
        let number = |kind: &str| text.strip_prefix(kind)?.strip_suffix('}')?.parse().ok();
        let new = number(r#"{"new":"#).filter(|_| self.reads_all);
        let payload = object;
        match number(r#"{"old":"#).or(new) {
            Some(order_key) => Ok(RecordRef { order_key, payload }),
            None => Err(FormatError::foreign(None, "a kind that is not known")),
        }
    }

    fn dense_keys(&self) -> bool {
        true
    }
}

fn plugin(reads_all: bool) -> Arc<dyn FormatPlugin> {
    Arc::new(Typed { reads_all })
}

fn store(fs: &SimFs) -> Store {
    Store::open(ROOT, options(Arc::new(fs.clone()))).unwrap()
}

/// Opens with the older version.
fn open(fs: &SimFs) -> Result<Partition, Error> {
    store(fs).open_partition(ID, plugin(false))
}

/// Nine records written by the newer version, closed cleanly or left as a crash would.
fn written(close: bool) -> SimFs {
    let fs = SimFs::new_unrecorded();
    let create = store(&fs).create_partition(ID, config(1 << 20, 5), plugin(true));
    let mut partition = create.unwrap();
    append(&mut partition, &(0..9).collect::<Vec<_>>());
    if close {
        partition.close().unwrap();
    }
    fs.process_kill()
}

/// The chunk with one byte changed in the line of a record.
fn damaged(fs: &SimFs, record: usize, at: usize, byte: u8) -> (SimFs, u64) {
    let tree = fs.to_tree();
    let mut bytes = bytes_of(&tree, &chunk(0)).to_vec();
    let starts = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
    let start = std::iter::once(0)
        .chain(starts.map(|(at, _)| at + 1))
        .nth(record)
        .unwrap();
    let at = if at == usize::MAX {
        start - 1
    } else {
        start + at
    };
    bytes[at] = byte;
    (
        SimFs::from_tree(&with_file(&tree, &chunk(0), bytes)).unwrap(),
        start as u64,
    )
}

#[test]
fn they_are_counted_by_an_open_a_read_around_them_and_a_truncate() {
    for close in [true, false] {
        let fs = written(close);
        let mut partition = open(&fs).unwrap();
        assert_eq!(partition.first_key().unwrap(), Some(0));
        assert_eq!(partition.last_key().unwrap(), Some(8));
        let read = partition.read_range(0..=8).unwrap();
        let keys: Vec<u64> = read.iter().map(|record| record.order_key).collect();
        assert_eq!(keys, (0..9).collect::<Vec<_>>(), "closed: {close}");
        // Whoever asks for all of it in good order is told of the first one.
        let check = partition.check().unwrap_err();
        assert!(
            matches!(
                check,
                Error::Undecodable {
                    offset: 0,
                    order_key: Some(0),
                    ..
                }
            ),
            "{check}"
        );
        partition.truncate(5).unwrap();
        assert_eq!(partition.last_key().unwrap(), Some(4));
        append(&mut partition, &[5]);
        partition.close().unwrap();
        let partition = open(&fs).unwrap();
        assert_eq!(partition.read_range(0..=u64::MAX).unwrap().len(), 6);
    }
}

#[test]
fn damage_behind_the_first_one_is_told_at_its_own_place() {
    // The checksum of record 1, in the block that begins with a record that is not read.
    let (fs, start) = damaged(&written(true), 1, 4, b'X');
    let partition = open(&fs).unwrap();
    match partition.read_range(1..=1).unwrap_err() {
        Error::Damaged { offset, .. } => assert_eq!(offset, start),
        other => panic!("{other}"),
    }
    assert_eq!(partition.read_range(3..=8).unwrap().len(), 6);
}

/// A newline that is gone makes two records one, and the next one would be taken for the one before it.
#[test]
fn one_behind_a_damaged_newline_is_not_taken_for_the_one_that_is_missing() {
    let (fs, _) = damaged(&written(true), 6, usize::MAX, b' ');
    let partition = open(&fs).unwrap();
    for key in 5..9 {
        let read = partition.read_range(key..=key);
        assert!(
            matches!(read, Err(Error::Damaged { .. })),
            "{key}: {read:?}"
        );
    }
}

#[test]
fn a_purged_chunk_that_begins_with_one_does_not_keep_an_open_from_its_work() {
    let fs = SimFs::new_unrecorded();
    let create = store(&fs).create_partition(ID, config(60, 3), plugin(true));
    let mut partition = create.unwrap();
    for key in 0..9 {
        append(&mut partition, &[key]);
    }
    let before = fs.to_tree();
    partition.purge(5).unwrap();
    partition.close().unwrap();
    // As if the first chunk had not been unlinked yet, its index already gone.
    let tree = with_file(
        &fs.to_tree(),
        &chunk(0),
        bytes_of(&before, &chunk(0)).to_vec(),
    );
    let fs = SimFs::from_tree(&tree).unwrap();
    let partition = open(&fs).unwrap();
    assert_eq!(partition.first_key().unwrap(), Some(6));
    assert!(!fs.to_tree().contains_key(&chunk(0)));
}

#[test]
fn a_look_from_outside_tells_of_them_once_also_behind_damage() {
    let (fs, start) = damaged(&written(true), 3, 4, b'X');
    let inspector = Inspector::new(Arc::new(fs), vec![plugin(false), Arc::new(Jsonl)]);
    let dir = inspector.target(ROOT.as_ref()).unwrap().partitions[0].clone();
    let report = inspector.partition(&dir, LockState::NotSeen, &mut ());
    let of = |kind: &'static FindingKind| {
        let findings = report.findings.iter();
        findings.filter(move |finding| finding.kind == kind)
    };
    let damage: Vec<_> = of(&RECORD_DAMAGED).map(|finding| finding.offset).collect();
    assert_eq!(damage, [Some(start)], "{:?}", report.findings);
    let foreign: Vec<_> = of(&UNDECODABLE).collect();
    assert_eq!(foreign.len(), 1, "{:?}", report.findings);
    assert!(
        foreign[0].found.contains("2 more like that"),
        "{}",
        foreign[0].found
    );
}

/// As [`Typed`], with keys that need not be consecutive and lines that need no checksum.
#[derive(Debug)]
struct Sparse(Typed);

impl FormatPlugin for Sparse {
    fn id(&self) -> &'static str {
        "sparse"
    }

    fn encode(&self, record: RecordRef<'_>, out: &mut Vec<u8>) -> Result<(), FormatError> {
        self.0.encode(record, out)
    }

    fn decode<'a>(&self, object: &'a [u8]) -> Result<RecordRef<'a>, FormatError> {
        self.0.decode(object)
    }

    fn checksum_required(&self) -> bool {
        false
    }
}

/// Where checksums are not required, a line at the end that was no record was taken for a torn write, also
/// one that was whole and only of another type: an older version of the program cut off what a newer one
/// had written, synced and acknowledged.
#[test]
fn one_at_the_end_is_not_taken_for_a_torn_write() {
    let sparse = |reads_all| Arc::new(Sparse(Typed { reads_all }));
    let fs = SimFs::new_unrecorded();
    let create = store(&fs).create_partition(ID, config(1 << 20, 5), sparse(true));
    let mut partition = create.unwrap();
    append(&mut partition, &[5, 7]);
    drop(partition);
    let before = fs.to_tree();
    let open = store(&fs).open_partition(ID, sparse(false));
    assert!(
        matches!(open, Err(Error::Undecodable { .. })),
        "{:?}",
        open.err()
    );
    assert!(fs.to_tree() == before);
    let partition = store(&fs).open_partition(ID, sparse(true)).unwrap();
    assert_eq!(partition.last_key().unwrap(), Some(7));
}
