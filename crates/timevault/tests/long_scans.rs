//! Reading much at once, to the highest key, and what stays open afterwards.
#![allow(clippy::unwrap_used, reason = "test code")]

mod support;

use std::sync::Arc;

use crash_disk::sim::{SimFs, TreeEntry};
use support::*;
use timevault::{ChunkRoll, Error, FormatError, FormatPlugin, Jsonl, RecordRef, Store};

/// Records without gaps between their keys.
#[derive(Debug)]
struct Dense;

impl FormatPlugin for Dense {
    fn id(&self) -> &'static str {
        "dense"
    }

    fn encode(&self, record: RecordRef<'_>, out: &mut Vec<u8>) -> Result<(), FormatError> {
        Jsonl.encode(record, out)
    }

    fn decode<'a>(&self, object: &'a [u8]) -> Result<RecordRef<'a>, FormatError> {
        Jsonl.decode(object)
    }

    fn dense_keys(&self) -> bool {
        true
    }
}

fn dense_on(fs: &SimFs) -> Store {
    Store::open(ROOT, options(Arc::new(fs.clone()))).unwrap()
}

/// The story: the number of blocks that a scan may read at once was doubled with each read and had
/// no bound of its own. Where blocks were so large that each was read alone, the 64th read of one
/// chunk overflowed it.
#[test]
fn a_chunk_of_many_large_blocks_is_read_to_its_end() {
    const RECORDS: u64 = 70;
    const BYTES: usize = 270 << 10;
    let fs = SimFs::new_unrecorded();
    let roll = ChunkRoll {
        max_bytes: 1 << 30,
        max_hours: 24,
    };
    let mut partition = create_on(
        &fs,
        timevault::PartitionConfig {
            chunk_roll: roll,
            ..config(1, 1)
        },
    );
    let large = format!("\"{}\"", "x".repeat(BYTES));
    for key in 0..RECORDS {
        partition.append(key, large.as_bytes()).unwrap();
    }
    partition.sync().unwrap();
    assert_eq!(partition.read_range(0..=u64::MAX).unwrap().len(), 70);
}

/// The story: after the record with the highest key there is no next key, and counting the keys of a
/// block stopped one short of it: what had been acknowledged was taken for damage.
#[test]
fn a_record_with_the_highest_key_is_read_back() {
    let keys = [u64::MAX - 2, u64::MAX - 1, u64::MAX];
    for in_block in [1, 2, 9] {
        let fs = SimFs::new_unrecorded();
        let store = dense_on(&fs);
        let plugin = Arc::new(Dense);
        let create = store.create_partition(ID, config(1 << 20, in_block), plugin);
        let mut partition = create.unwrap();
        append(&mut partition, &keys);
        assert_eq!(contents(&partition), entries(keys));
        partition.close().unwrap();
        let partition = store.open_partition(ID, Arc::new(Dense)).unwrap();
        assert_eq!(contents(&partition), entries(keys));
        let last = partition.read_range(u64::MAX..=u64::MAX).unwrap();
        assert_eq!(last.len(), 1);
    }
}

/// The story: a format without gaps accepted one, and the next open called it damage.
#[test]
fn a_gap_in_dense_keys_is_refused() {
    let fs = SimFs::new_unrecorded();
    let store = dense_on(&fs);
    let create = store.create_partition(ID, config(1 << 20, 2), Arc::new(Dense));
    let mut partition = create.unwrap();
    append(&mut partition, &[5]);
    let before = fs.to_tree();
    for (keys, (expected_last, key)) in [(&[7][..], (5, 7)), (&[6, 8], (6, 8)), (&[6, 6], (6, 6))] {
        let refused = try_append(&mut partition, keys).unwrap_err();
        assert!(
            matches!(refused, Error::KeyNotNext { last, attempted }
                if (last, attempted) == (expected_last, key)),
            "{refused}"
        );
    }
    assert_eq!(fs.to_tree(), before);
    append(&mut partition, &[6]);
    partition.close().unwrap();
    let partition = store.open_partition(ID, Arc::new(Dense)).unwrap();
    assert_eq!(contents(&partition), entries([5, 6]));
}

/// The story: files that readers had open stayed open when their chunks were purged, and the disk
/// kept their place until many other chunks had been read.
#[test]
fn what_is_purged_gives_its_place_on_the_disk_back() {
    const ROOM: u64 = 1 << 20;
    let fs = SimFs::new_unrecorded();
    let mut partition = create_on(&fs, config(130, 2));
    let keys: Vec<u64> = (1..=60).collect();
    append(&mut partition, &keys);
    assert_eq!(contents(&partition).len(), keys.len());
    let used = |fs: &SimFs| -> u64 {
        let bytes = |entry| match entry {
            TreeEntry::File(bytes) => bytes.len() as u64,
            TreeEntry::Dir => 0,
        };
        fs.to_tree().into_values().map(bytes).sum()
    };
    let before = used(&fs);
    fs.set_space(ROOM);
    partition.truncate(50).unwrap();
    assert_eq!(contents(&partition).len(), 49);
    partition.purge(40).unwrap();
    assert!(used(&fs) < before / 2);
    assert_eq!(fs.space_left(), Some(ROOM + before - used(&fs)));
}
