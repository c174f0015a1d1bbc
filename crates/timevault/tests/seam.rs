//! Nothing goes around the file-system seam: with bytes scrambled behind it, every file holds only
//! scrambled bytes, everything can be read through it, and the real disk stays empty.
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code")]

mod support;

use std::path::Path;
use std::sync::Arc;

use crash_disk::sim::{SimFs, Tree, TreeEntry};
use crash_disk::{Access, FileSystem, ScrambleFs, StdFs, read_whole};
use support::*;
use timevault::{Error, Jsonl, Partition, Store, StoreOptions};

/// Texts of the format; every file but an empty one holds some of them.
const PLAIN: [&str; 8] = [
    "timestamp",
    "payload",
    "crc32c",
    "chunk_id",
    "block_",
    "partition",
    "pid=",
    "order_key",
];

fn open(fs: &Arc<dyn FileSystem>, root: &Path) -> Partition {
    let options = StoreOptions {
        fill_step: 64,
        index_sync_bytes: 100,
        ..options(Arc::clone(fs))
    };
    let store = Store::open(root, options).unwrap();
    match store.create_partition(ID, config(300, 2), Arc::new(Jsonl)) {
        Err(Error::PartitionExists { .. }) => store.open_partition(ID, Arc::new(Jsonl)).unwrap(),
        created => created.unwrap(),
    }
}

/// Every operation there is, with rolls, cuts, purges, closes and drops; what is left of 1..=60.
fn run(fs: &Arc<dyn FileSystem>, root: &Path) -> Vec<Entry> {
    let mut partition = open(fs, root);
    append(&mut partition, &(1..=30).collect::<Vec<_>>());
    partition.truncate(27).unwrap();
    for key in 27..=40 {
        append(&mut partition, &[key]);
    }
    partition.purge(9).unwrap();
    drop(partition);
    let mut partition = open(fs, root);
    assert_eq!(contents(&partition), entries(10..=40));
    partition.truncate(39).unwrap();
    partition.purge(20).unwrap();
    append(&mut partition, &(39..=60).collect::<Vec<_>>());
    partition.check().unwrap();
    partition.close().unwrap();
    entries(21..=60)
}

fn shape(tree: &Tree) -> Vec<(String, Option<usize>)> {
    tree.iter()
        .map(|(path, entry)| {
            let len = match entry {
                TreeEntry::Dir => None,
                TreeEntry::File(bytes) => Some(bytes.len()),
            };
            (path.to_string_lossy().into_owned(), len)
        })
        .collect()
}

#[test]
fn scrambled_bytes_behind_the_seam_and_whole_records_before_it() {
    // A root that is a real, empty directory too: what went around the seam would stand in it.
    let real = tempfile::tempdir().unwrap();
    let root = real.path();
    let plain = SimFs::new_unrecorded();
    let expected = run(&(Arc::new(plain.clone()) as Arc<dyn FileSystem>), root);
    let disk = SimFs::new_unrecorded();
    let scrambled: Arc<dyn FileSystem> = Arc::new(ScrambleFs::new(Arc::new(disk.clone())));
    assert_eq!(run(&scrambled, root), expected);

    let (plain, behind) = (plain.to_tree(), disk.to_tree());
    assert_eq!(
        shape(&plain),
        shape(&behind),
        "the same files of the same lengths"
    );
    let mut files = 0;
    for (path, entry) in &behind {
        let TreeEntry::File(bytes) = entry else {
            continue;
        };
        if bytes.is_empty() {
            continue;
        }
        let clear = bytes_of(&plain, path);
        let clear_text = String::from_utf8(clear.to_vec()).unwrap();
        assert!(
            PLAIN.iter().any(|word| clear_text.contains(word)),
            "{}",
            path.display()
        );
        let equal = bytes.iter().zip(clear).filter(|(a, b)| a == b).count();
        assert_eq!(equal, 0, "{}: every byte is another", path.display());
        let text = String::from_utf8_lossy(bytes);
        assert!(
            !PLAIN.iter().any(|word| text.contains(word)),
            "{}",
            path.display()
        );
        assert_eq!(
            read_whole(&*scrambled, &Path::new("/").join(path)).unwrap(),
            clear
        );
        files += 1;
    }
    assert!(files > 10, "{files}");
    assert!(
        StdFs.read_dir(root).unwrap().is_empty(),
        "the real disk was touched"
    );

    // Through the seam everything is there, around it nothing can be read.
    assert_eq!(contents(&open(&scrambled, root)), expected);
    let around = Store::open(root, options(Arc::new(disk)))
        .unwrap()
        .open_partition(ID, Arc::new(Jsonl));
    assert!(matches!(around, Err(Error::Damaged { .. })), "{around:?}");
}

/// The same on the real file system.
#[test]
fn scrambled_bytes_on_real_files() {
    let dir = tempfile::tempdir().unwrap();
    let scrambled: Arc<dyn FileSystem> = Arc::new(ScrambleFs::new(Arc::new(StdFs)));
    let expected = run(&scrambled, dir.path());
    let mut dirs = vec![dir.path().to_path_buf()];
    let mut files = 0;
    while let Some(at) = dirs.pop() {
        for entry in StdFs.read_dir(&at).unwrap() {
            let path = at.join(&entry.name);
            if entry.is_dir {
                dirs.push(path);
                continue;
            }
            let raw = read_whole(&StdFs, &path).unwrap();
            let text = String::from_utf8_lossy(&raw);
            assert!(
                !PLAIN.iter().any(|word| text.contains(word)),
                "{}",
                path.display()
            );
            scrambled.open(&path, Access::Read).unwrap();
            files += 1;
        }
    }
    assert!(files > 10, "{files}");
    assert_eq!(contents(&open(&scrambled, dir.path())), expected);
}
