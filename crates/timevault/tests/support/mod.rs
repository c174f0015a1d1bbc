//! What the engine's tests share: a small partition on a simulated disk, its files by name, and
//! its contents as plain text.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "test code; no test file uses all of it"
)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crash_disk::sim::{SimFs, Tree, TreeEntry};
use crash_disk::{FileSystem, LockState};
use timevault::inspect::{Inspector, PartitionReport};
use timevault::{
    ChunkRoll, Error, FormatError, FormatPlugin, IndexConfig, Jsonl, Partition, PartitionConfig,
    RecordRef, Store, StoreOptions,
};
use uuid::Uuid;

/// The partition of most tests.
pub const ID: Uuid = Uuid::from_u128(0x0011_2233_4455_6677_8899_aabb_ccdd_eeff);
/// Its directory in a tree.
pub const DIR: &str = "store/partitions/ee/ff/00112233-4455-6677-8899-aabbccddeeff";
/// Root of the store on a simulated disk.
pub const ROOT: &str = "/store";

/// Key and payload.
pub type Entry = (u64, String);

/// Small chunks, small blocks, keys that are no timestamps.
pub fn config(max_bytes: u64, max_records: u64) -> PartitionConfig {
    PartitionConfig {
        chunk_roll: ChunkRoll {
            max_bytes,
            max_hours: 24,
        },
        index: IndexConfig {
            max_records,
            max_hours: 24,
        },
        key_is_timestamp: false,
        ..PartitionConfig::default()
    }
}

pub fn options(fs: Arc<dyn FileSystem>) -> StoreOptions {
    StoreOptions {
        fs,
        fill_step: 0,
        ..StoreOptions::default()
    }
}

pub fn store_on(fs: &SimFs) -> Store {
    Store::open(ROOT, options(Arc::new(fs.clone()))).unwrap()
}

pub fn create_on(fs: &SimFs, config: PartitionConfig) -> Partition {
    store_on(fs)
        .create_partition(ID, config, Arc::new(Jsonl))
        .unwrap()
}

pub fn open_on(fs: &SimFs) -> Result<Partition, Error> {
    store_on(fs).open_partition(ID, Arc::new(Jsonl))
}

/// Appends records with these keys in one batch and syncs them.
pub fn append(partition: &mut Partition, keys: &[u64]) {
    try_append(partition, keys).unwrap();
}

pub fn try_append(partition: &mut Partition, keys: &[u64]) -> Result<(), Error> {
    let payloads: Vec<String> = keys.iter().map(|key| payload(*key)).collect();
    let records: Vec<RecordRef<'_>> = keys
        .iter()
        .zip(&payloads)
        .map(|(order_key, payload)| RecordRef {
            order_key: *order_key,
            payload: payload.as_bytes(),
        })
        .collect();
    partition.append_batch(&records)?;
    partition.sync()
}

/// The payload that [`append`] gives a key.
pub fn payload(key: u64) -> String {
    format!("\"v{key}\"")
}

pub fn entries(keys: impl IntoIterator<Item = u64>) -> Vec<Entry> {
    keys.into_iter().map(|key| (key, payload(key))).collect()
}

/// Everything that can be read.
pub fn try_contents(partition: &Partition) -> Result<Vec<Entry>, Error> {
    let records = partition.read_range(0..=u64::MAX)?;
    Ok(records
        .into_iter()
        .map(|r| (r.order_key, String::from_utf8(r.payload).unwrap()))
        .collect())
}

pub fn contents(partition: &Partition) -> Vec<Entry> {
    try_contents(partition).unwrap()
}

/// Path of a file of the partition in a tree.
pub fn at(name: &str) -> PathBuf {
    Path::new(DIR).join(name)
}

pub fn chunk(id: u64) -> PathBuf {
    at(&format!("chunks/{id:016x}.chunk"))
}

pub fn index(id: u64) -> PathBuf {
    at(&format!("chunks/{id:016x}.index"))
}

pub fn manifest() -> PathBuf {
    at("manifest.jsonl")
}

pub fn metadata() -> PathBuf {
    at("metadata.json")
}

pub fn bytes_of<'a>(tree: &'a Tree, path: &Path) -> &'a [u8] {
    match tree.get(path) {
        Some(TreeEntry::File(bytes)) => bytes,
        other => panic!("{}: {other:?}", path.display()),
    }
}

pub fn text_of(tree: &Tree, path: &Path) -> String {
    String::from_utf8(bytes_of(tree, path).to_vec()).unwrap()
}

/// The tree with other bytes in one file.
pub fn with_file(tree: &Tree, path: &Path, bytes: impl Into<Vec<u8>>) -> Tree {
    let mut tree = tree.clone();
    tree.insert(path.to_path_buf(), TreeEntry::File(bytes.into()));
    tree
}

/// The tree without one file.
pub fn without(tree: &Tree, path: &Path) -> Tree {
    let mut tree = tree.clone();
    assert!(tree.remove(path).is_some(), "{}", path.display());
    tree
}

/// Names of the files in `chunks/`.
pub fn chunk_files(fs: &SimFs) -> Vec<String> {
    let dir = at("chunks");
    fs.to_tree()
        .keys()
        .filter(|path| path.parent() == Some(&dir))
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect()
}

/// Ids of the chunks that stand in `chunks/`.
pub fn chunk_ids(fs: &SimFs) -> Vec<u64> {
    chunk_files(fs)
        .iter()
        .filter_map(|name| name.strip_suffix(".chunk"))
        .map(|digits| u64::from_str_radix(digits, 16).unwrap())
        .collect()
}

/// Path, offset, expected and found of an error that must be damage.
#[track_caller]
pub fn damage(error: &Error) -> (PathBuf, u64, String, String) {
    match error {
        Error::Damaged {
            path,
            offset,
            expected,
            found,
        } => (
            path.strip_prefix("/").unwrap_or(path).to_path_buf(),
            *offset,
            expected.clone(),
            found.clone(),
        ),
        other => panic!("not reported as damage: {other:?}"),
    }
}

/// As `jsonl`, but a line without its checksum is damage: what a Raft log asks for.
#[derive(Debug)]
pub struct Strict;

impl FormatPlugin for Strict {
    fn id(&self) -> &'static str {
        "strict"
    }

    fn encode(&self, record: RecordRef<'_>, out: &mut Vec<u8>) -> Result<(), FormatError> {
        Jsonl.encode(record, out)
    }

    fn decode<'a>(&self, object: &'a [u8]) -> Result<RecordRef<'a>, FormatError> {
        Jsonl.decode(object)
    }
}

/// Records of [`whole`]: chunks 1, 4 and 7 with three records each, in blocks of two.
pub const KEYS: std::ops::RangeInclusive<u64> = 1..=9;
pub const CHUNKS: [u64; 3] = [1, 4, 7];

/// Three chunks, closed cleanly.
pub fn whole() -> Tree {
    let fs = SimFs::new_unrecorded();
    three_chunks(&fs, Arc::new(Jsonl)).close().unwrap();
    let tree = fs.to_tree();
    assert_eq!(chunk_ids(&fs), CHUNKS);
    assert_eq!(text_of(&tree, &index(7)).lines().count(), 2);
    tree
}

pub fn three_chunks(fs: &SimFs, plugin: Arc<dyn FormatPlugin>) -> Partition {
    let mut partition = store_on(fs)
        .create_partition(ID, config(190, 2), plugin)
        .unwrap();
    for key in KEYS {
        append(&mut partition, &[key]);
    }
    partition
}

/// Five batches of two records in one chunk, nothing of it indexed; killed.
pub fn unindexed() -> (Tree, Vec<usize>) {
    let fs = SimFs::new_unrecorded();
    let mut partition = create_on(&fs, config(1 << 20, 100));
    let mut starts = Vec::new();
    for first in [1, 3, 5, 7, 9] {
        starts.push(usize::try_from(partition.stats().open_chunk_bytes).unwrap());
        append(&mut partition, &[first, first + 1]);
    }
    drop(partition);
    let tree = fs.to_tree();
    assert!(bytes_of(&tree, &index(1)).is_empty());
    (tree, starts)
}

/// An inspector that knows the plugins of the tests.
pub fn inspector_on(fs: &SimFs) -> Inspector {
    Inspector::new(
        Arc::new(fs.clone()),
        vec![Arc::new(Jsonl), Arc::new(Strict)],
    )
}

/// What an inspection of the tests' partition finds.
pub fn inspect(fs: &SimFs) -> PartitionReport {
    let dir = Path::new("/").join(DIR);
    inspector_on(fs).partition(&dir, LockState::NotSeen, &mut ())
}
