//! When a chunk is closed and the next one begun, rule by rule in their order, and keys at the end
//! of their range.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "test code")]

mod support;

use std::sync::Arc;

use crash_disk::FileSystem as _;
use crash_disk::sim::SimFs;
use support::*;
use timevault::{
    ChunkRoll, Error, IndexConfig, Jsonl, MAX_FILL_STEP, Partition, PartitionConfig, RecordRef,
};

const HOUR: u64 = 3_600_000;

/// Stored length of a record of [`append`]: object, checksum, newline, and the mark of a batch.
fn stored(key: u64, starts_batch: bool) -> u64 {
    let object = format!(r#"{{"timestamp":{key},"payload":{}}}"#, payload(key));
    object.len() as u64 + 20 + 1 + u64::from(starts_batch)
}

/// A partition in which `chunk_roll.max_bytes` is just what `keys`, appended one by one, fill.
fn roomy(fs: &SimFs, keys: &[u64], spare: u64) -> Partition {
    let bytes: u64 = keys.iter().map(|key| stored(*key, true)).sum();
    create_on(fs, config(bytes + spare, 4))
}

fn reopened(fs: &SimFs, partition: Partition) -> Partition {
    partition.close().unwrap();
    let partition = open_on(fs).unwrap();
    partition.check().unwrap();
    partition
}

#[test]
fn a_record_that_brings_the_chunk_to_max_bytes_goes_to_the_next() {
    for (spare, chunks) in [(0, vec![1, 3]), (1, vec![1])] {
        let fs = SimFs::new_unrecorded();
        let mut partition = roomy(&fs, &[1, 2, 3], spare);
        for key in 1..=3 {
            append(&mut partition, &[key]);
        }
        assert_eq!(chunk_ids(&fs), chunks, "spare {spare}");
        assert_eq!(partition.stats().rolls, chunks.len() as u64 - 1);
        assert_eq!(contents(&reopened(&fs, partition)), entries(1..=3));
    }
}

#[test]
fn the_logical_length_counts_not_the_filled_one() {
    let fs = SimFs::new_unrecorded();
    let mut options = options(Arc::new(fs.clone()));
    options.fill_step = 1 << 16;
    let store = timevault::Store::open(ROOT, options).unwrap();
    let bytes = stored(1, true) + stored(2, true) + 1;
    let mut partition = store
        .create_partition(ID, config(bytes, 4), Arc::new(Jsonl))
        .unwrap();
    append(&mut partition, &[1]);
    assert_eq!(
        bytes_of(&fs.to_tree(), &chunk(1)).len() as u64,
        bytes,
        "filled up to max_bytes and no further"
    );
    append(&mut partition, &[2]);
    assert_eq!(chunk_ids(&fs), [1], "filling does not make a chunk full");
    append(&mut partition, &[3]);
    assert_eq!(chunk_ids(&fs), [1, 3]);
    assert_eq!(
        bytes_of(&fs.to_tree(), &chunk(1)).len() as u64,
        bytes - 1,
        "a closed chunk is trimmed"
    );
}

/// The story: the step was taken as it was set, so that one of `u64::MAX` in a chunk without an end
/// asked for that much memory, and the append panicked.
#[test]
fn no_fill_step_is_larger_than_the_bound() {
    let fs = SimFs::new_unrecorded();
    let mut options = options(Arc::new(fs.clone()));
    options.fill_step = u64::MAX;
    let store = timevault::Store::open(ROOT, options).unwrap();
    let mut partition = store
        .create_partition(ID, config(u64::MAX, 4), Arc::new(Jsonl))
        .unwrap();
    drop(store);
    append(&mut partition, &[1]);
    let filled = bytes_of(&fs.to_tree(), &chunk(1)).len() as u64;
    assert_eq!(filled, stored(1, true) + MAX_FILL_STEP);
    append(&mut partition, &[2]);
    assert_eq!(bytes_of(&fs.to_tree(), &chunk(1)).len() as u64, filled);
    assert_eq!(contents(&reopened(&fs, partition)), entries(1..=2));
}

#[test]
fn an_empty_chunk_takes_an_oversized_record() {
    let fs = SimFs::new_unrecorded();
    let mut partition = create_on(&fs, config(50, 4));
    let big = format!("\"{}\"", "x".repeat(500));
    for key in [1, 2] {
        partition.append(key, big.as_bytes()).unwrap();
        partition.sync().unwrap();
    }
    assert_eq!(chunk_ids(&fs), [1, 2], "one in each, none refused");
    partition.truncate(1).unwrap();
    partition.append(1, big.as_bytes()).unwrap();
    partition.sync().unwrap();
    assert_eq!(chunk_ids(&fs), [1], "also one that truncate has emptied");
    assert_eq!(contents(&reopened(&fs, partition)), [(1, big)]);
}

#[test]
fn equal_keys_never_roll() {
    let fs = SimFs::new_unrecorded();
    let mut partition = create_on(&fs, config(60, 2));
    for _ in 0..10 {
        append(&mut partition, &[7]);
    }
    append(&mut partition, &[7, 7, 7]);
    assert_eq!(chunk_ids(&fs), [7]);
    append(&mut partition, &[8]);
    assert_eq!(chunk_ids(&fs), [7, 8]);
    let mut partition = reopened(&fs, partition);
    append(&mut partition, &[8]);
    assert_eq!(chunk_ids(&fs), [7, 8], "nor after a reopen");
    let keys = [7; 13].into_iter().chain([8, 8]);
    assert_eq!(contents(&reopened(&fs, partition)), entries(keys));
}

/// The story: a roll created the chunk of key 2, and the write of its first record failed. The
/// record came back with the key of the last one instead. It went to a chunk of its own, whose id
/// was the maximum of the chunk before it, and the next open refused the manifest; with a single
/// key in that chunk even the file names collided.
#[test]
fn an_equal_key_after_a_roll_cut_short_goes_to_the_chunk_that_holds_it() {
    for keys in [vec![1], vec![0, 1]] {
        let fs = SimFs::new_unrecorded();
        let bytes: u64 = keys.iter().map(|key| stored(*key, true)).sum();
        let mut partition = create_on(&fs, config(bytes + 10, 1));
        append(&mut partition, &keys);
        append(&mut partition, &[2]);
        drop(partition);
        assert_eq!(chunk_ids(&fs), [keys[0], 2]);
        // As if the roll were the last thing that reached the disk.
        let tree = with_file(&with_file(&fs.to_tree(), &chunk(2), ""), &index(2), "");
        let fs = SimFs::from_tree(&tree).unwrap();

        let mut partition = open_on(&fs).unwrap();
        assert_eq!(contents(&partition), entries(keys.clone()));
        append(&mut partition, &[1]);
        append(&mut partition, &[1, 5]);
        let mut expected = keys.clone();
        expected.extend([1, 1, 5]);
        assert_eq!(contents(&partition), entries(expected.clone()));
        let mut partition = reopened(&fs, partition);
        assert_eq!(contents(&partition), entries(expected.clone()));
        append(&mut partition, &[6]);
        expected.push(6);
        assert_eq!(contents(&reopened(&fs, partition)), entries(expected));
    }
}

fn timestamped(fs: &SimFs, chunk_hours: u64, index_hours: u64) -> Partition {
    let config = PartitionConfig {
        chunk_roll: ChunkRoll {
            max_bytes: 1 << 20,
            max_hours: chunk_hours,
        },
        index: IndexConfig {
            max_records: 100,
            max_hours: index_hours,
        },
        key_is_timestamp: true,
        ..PartitionConfig::default()
    };
    create_on(fs, config)
}

#[test]
fn timestamps_that_span_max_hours_roll() {
    let fs = SimFs::new_unrecorded();
    let mut partition = timestamped(&fs, 2, 1);
    let start = 1_700_000_000_000;
    append(&mut partition, &[start, start + 2 * HOUR - 1]);
    assert_eq!(chunk_ids(&fs), [start], "a millisecond under");
    append(&mut partition, &[start + 2 * HOUR]);
    assert_eq!(chunk_ids(&fs), [start, start + 2 * HOUR]);
    let index_lines = text_of(&fs.to_tree(), &index(start)).lines().count();
    assert_eq!(index_lines, 2, "index.max_hours ended the first block");
    append(&mut partition, &[start + 100 * HOUR]);
    assert_eq!(chunk_ids(&fs).len(), 3);
    let partition = reopened(&fs, partition);
    assert_eq!(contents(&partition).len(), 4);
}

/// The story: recovery made blocks by the number of records alone, so that after a crash a block could
/// span more than its hours.
#[test]
fn blocks_recovered_after_a_crash_are_those_that_would_have_been_written() {
    let start = 1_700_000_000_000;
    let keys: Vec<u64> = (0..10).map(|n| start + n * HOUR / 2).collect();
    let written = |crashes: bool| {
        let fs = SimFs::new_unrecorded();
        let mut partition = timestamped(&fs, 100, 1);
        append(&mut partition, &keys[..7]);
        if crashes {
            // No index line is written yet; a block that is not full goes on growing after the open.
            drop(partition);
            partition = open_on(&fs).unwrap();
            partition.check().unwrap();
        }
        append(&mut partition, &keys[7..]);
        reopened(&fs, partition);
        text_of(&fs.to_tree(), &index(start))
    };
    let expected = written(false);
    assert_eq!(expected.lines().count(), 5, "two records in each");
    assert_eq!(written(true), expected);
}

/// The same for a closed chunk whose index was lost: opened again as the last one, it gets an index
/// from what was scanned.
#[test]
fn blocks_scanned_for_a_lost_index_are_those_that_were_written() {
    let fs = SimFs::new_unrecorded();
    let start = 1_700_000_000_000;
    let mut partition = timestamped(&fs, 5, 1);
    append(
        &mut partition,
        &(0..12).map(|n| start + n * HOUR / 2).collect::<Vec<_>>(),
    );
    let next = start + 5 * HOUR;
    assert_eq!(chunk_ids(&fs), [start, next]);
    drop(partition);
    let expected = text_of(&fs.to_tree(), &index(start));
    fs.remove_file(&std::path::Path::new("/").join(index(start)))
        .unwrap();
    let mut partition = open_on(&fs).unwrap();
    partition.truncate(next).unwrap();
    assert_eq!(text_of(&fs.to_tree(), &index(start)), expected);
}

#[test]
fn keys_that_are_no_timestamps_do_not_roll_by_hours() {
    let fs = SimFs::new_unrecorded();
    let mut partition = create_on(&fs, config(1 << 20, 100));
    append(&mut partition, &[0, 1000 * HOUR, u64::MAX - 1]);
    assert_eq!(chunk_ids(&fs), [0]);
}

#[test]
fn a_batch_may_span_several_rolls() {
    let fs = SimFs::new_unrecorded();
    let mut partition = create_on(&fs, config(130, 2));
    let keys: Vec<u64> = (1..=20).collect();
    append(&mut partition, &keys);
    assert!(partition.stats().rolls >= 8, "{:?}", partition.stats());
    assert_eq!(contents(&partition), entries(1..=20));
    drop(partition);
    let tree = fs.to_tree();
    for id in chunk_ids(&fs) {
        let text = text_of(&tree, &chunk(id));
        assert!(text.starts_with(' '), "chunk {id} begins a batch");
        assert_eq!(text.matches("\n ").count(), 0, "and only one");
    }
    // The roll synced what was before it: without the last chunk's records all others are there.
    let cut = fs.crash_now(&crash_disk::sim::Keep::None);
    let partition = open_on(&cut).unwrap();
    assert_eq!(contents(&partition), entries(1..=20));
}

#[test]
fn the_highest_keys_overflow_nothing() {
    let fs = SimFs::new_unrecorded();
    let mut partition = timestamped(&fs, u64::MAX, u64::MAX);
    append(&mut partition, &[u64::MAX - 1]);
    append(&mut partition, &[u64::MAX, u64::MAX]);
    append(&mut partition, &[u64::MAX]);
    let keys = [u64::MAX - 1, u64::MAX, u64::MAX, u64::MAX];
    let mut partition = reopened(&fs, partition);
    assert_eq!(contents(&partition), entries(keys));
    let top = partition.read_range(u64::MAX..=u64::MAX).unwrap();
    assert_eq!(top.len(), 3);
    partition.truncate(u64::MAX).unwrap();
    assert_eq!(contents(&partition), entries([u64::MAX - 1]));
    append(&mut partition, &[u64::MAX]);
    partition.purge(u64::MAX - 1).unwrap();
    assert_eq!(contents(&partition), entries([u64::MAX]));
    assert_eq!(partition.first_key().unwrap(), Some(u64::MAX));
    partition.purge(u64::MAX).unwrap();
    assert_eq!(contents(&partition), []);
    assert_eq!(
        (partition.last_key().unwrap(), partition.stats().chunks),
        (None, 0)
    );
    partition.truncate(0).unwrap();
    let mut partition = reopened(&fs, partition);
    assert_eq!(partition.last_purge_id().unwrap(), Some(u64::MAX));
    let refused = partition.append(u64::MAX, b"0").unwrap_err();
    assert!(
        matches!(
            refused,
            Error::KeyPurged {
                purged: u64::MAX,
                attempted: u64::MAX
            }
        ),
        "{refused:?}"
    );
    assert!(chunk_ids(&fs).is_empty());
}

#[test]
fn purging_to_the_highest_key_empties_a_log_that_ends_below_it() {
    let fs = SimFs::new_unrecorded();
    let mut partition = create_on(&fs, config(130, 2));
    append(&mut partition, &[1, 2, 3, 4, 5]);
    partition.purge(u64::MAX).unwrap();
    assert_eq!(contents(&partition), []);
    let partition = reopened(&fs, partition);
    assert_eq!((contents(&partition), chunk_ids(&fs)), (vec![], vec![]));
}

#[test]
fn the_highest_settings_overflow_nothing() {
    let fs = SimFs::new_unrecorded();
    let mut options = options(Arc::new(fs));
    options.index_sync_bytes = u64::MAX;
    let store = timevault::Store::open(ROOT, options).unwrap();
    let mut partition = store
        .create_partition(ID, config(u64::MAX, u64::MAX), Arc::new(Jsonl))
        .unwrap();
    append(&mut partition, &[1, 2]);
    drop(partition);
    let mut partition = store.open_partition(ID, Arc::new(Jsonl)).unwrap();
    append(&mut partition, &[3]);
    assert_eq!(contents(&partition), entries(1..=3));
}

#[test]
fn an_append_below_the_id_of_an_empty_chunk_names_it_anew() {
    let fs = SimFs::new_unrecorded();
    let mut partition = create_on(&fs, config(1 << 20, 2));
    append(&mut partition, &[10, 11]);
    partition.truncate(10).unwrap();
    assert_eq!(chunk_ids(&fs), [10], "the first live chunk stays, empty");
    append(&mut partition, &[4]);
    assert_eq!(chunk_ids(&fs), [4]);
    assert_eq!(chunk_files(&fs).len(), 2, "{:?}", chunk_files(&fs));
    append(&mut partition, &[10]);
    assert_eq!(contents(&reopened(&fs, partition)), entries([4, 10]));
}

#[test]
fn an_append_above_the_id_of_an_empty_chunk_stays_in_it() {
    let fs = SimFs::new_unrecorded();
    let mut partition = create_on(&fs, config(1 << 20, 2));
    append(&mut partition, &[10]);
    partition.truncate(0).unwrap();
    append(&mut partition, &[12]);
    assert_eq!(chunk_ids(&fs), [10]);
    assert_eq!(contents(&reopened(&fs, partition)), entries([12]));
}

#[test]
fn refused_records_change_nothing() {
    let fs = SimFs::new_unrecorded();
    let mut partition = create_on(&fs, config(130, 2));
    append(&mut partition, &[1, 5, 9]);
    partition.purge(1).unwrap();
    let before = fs.to_tree();
    let record = |order_key, payload| RecordRef { order_key, payload };
    let descends = partition.append_batch(&[record(9, b"1"), record(8, b"1")]);
    assert!(matches!(
        descends.unwrap_err(),
        Error::KeyDescends {
            last: 9,
            attempted: 8
        }
    ));
    let descends = partition.append(3, b"1").unwrap_err();
    assert!(matches!(
        descends,
        Error::KeyDescends {
            last: 9,
            attempted: 3
        }
    ));
    let purged = partition.append(1, b"1").unwrap_err();
    assert!(matches!(
        purged,
        Error::KeyPurged {
            purged: 1,
            attempted: 1
        }
    ));
    for bad in [&b"{"[..], b"1\n", b" 1", b"", b"{\n}", b"[1]]", b"\xff"] {
        let refused = partition.append_batch(&[record(10, b"1"), record(11, bad)]);
        assert!(matches!(
            refused.unwrap_err(),
            Error::InvalidRecord { order_key: 11, .. }
        ));
    }
    assert!(fs.to_tree() == before);
    assert_eq!(contents(&partition), entries([5, 9]));
    append(&mut partition, &[10]);
    assert_eq!(contents(&reopened(&fs, partition)), entries([5, 9, 10]));
}
