//! Reads while the writer goes on, step by step on one thread.
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use common::{Setup, open};
use crash_disk::StdFs;
use timevault::{FormatError, Partition, RecordRef, RecordVisitor};

const SETUP: Setup = Setup {
    max_bytes: 10_000,
    max_records: 3,
    fill_step: 0,
};

fn append(partition: &mut Partition, keys: std::ops::Range<u64>) {
    for key in keys {
        partition.append(key, b"1").unwrap();
    }
    partition.sync().unwrap();
}

/// Appends when it is shown the first record.
struct AppendOnFirst<'a> {
    partition: &'a mut Partition,
    seen: Vec<u64>,
}

impl RecordVisitor for AppendOnFirst<'_> {
    fn restart(&mut self) {
        self.seen.clear();
    }

    fn visit(&mut self, record: RecordRef<'_>) -> Result<ControlFlow<()>, FormatError> {
        if self.seen.is_empty() {
            append(self.partition, 4..6);
        }
        self.seen.push(record.order_key);
        Ok(ControlFlow::Continue(()))
    }
}

/// A reader took its picture when key 3 stood alone behind the last full block. While it read that
/// block, the writer filled the next one, which then reached past the end of the picture; asked
/// for what is left behind the last block, the reader computed a negative length and panicked.
#[test]
fn a_scan_ends_with_its_picture_when_a_block_is_filled_meanwhile() {
    let dir = tempfile::tempdir().unwrap();
    let (_store, mut partition) = open(Arc::new(StdFs), Path::new(dir.path()), &SETUP);
    append(&mut partition, 0..4);
    let reader = partition.reader();
    let mut visitor = AppendOnFirst {
        partition: &mut partition,
        seen: Vec::new(),
    };
    reader.scan_from(0, &mut visitor).unwrap();
    assert_eq!(visitor.seen, [0, 1, 2, 3]);
    assert_eq!(reader.read_range(0..=9).unwrap().len(), 6);
}
