//! Target `open_partition`: a partition's directory made from the bytes.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use crash_disk::TEMP_SUFFIX;
use crash_disk::sim::{SimFs, Tree, TreeEntry};
use openraft::{CommittedLeaderId, Entry, EntryPayload, LogId};
use openraft_timevault::verify::openraft_0_9::HarnessTypes;
use openraft_timevault::verify::raw::recover;
use openraft_timevault::{EntryFormat, SINGLE_LOG_ID};
use timevault::{
    ChunkRoll, Error, IndexConfig, Partition, PartitionConfig, Record, Store, StoreOptions,
};

use crate::archive::{self, ArchiveFile};
use crate::directory::{self, Expected};

/// Root of the store on the simulated disk.
const ROOT: &str = "/fuzz";

/// Bytes by which a chunk is filled ahead: small, so that filling stands in what is opened.
const FILL_BYTES: u64 = 64;

/// Bytes of chunk after which the index is synced: small, so that most of a chunk is behind it.
const INDEX_SYNC_BYTES: u64 = 512;

/// Most files of an input that are used.
const MAX_FILES: usize = 16;

/// An empty partition: what a file that the input does not name reads as.
static EMPTY: LazyLock<Tree> = LazyLock::new(|| {
    let fs = SimFs::new_unrecorded();
    match create(&fs).and_then(Partition::close) {
        Ok(()) => fs.to_tree(),
        Err(error) => panic!("an empty partition: {error}"),
    }
});

/// Makes the directory of a partition from the bytes and opens it.
///
/// The bytes are an archive: each file begins with a line `=== NAME`; `=== + NAME` has the checksum
/// of each of its lines corrected, `=== - NAME` ends without its last newline. Files that are not
/// named are those of an empty partition.
///
/// It comes to what an implementation of its own says of the directory: refused, readable in part, or
/// exactly these entries. An open that refuses has changed nothing but temporary files. One that
/// succeeds and reads shows indexes without a gap; the first, the last and the whole agree; an entry
/// can be appended behind them (unless that write is refused with an error) and is read back; what is read is the same
/// after a close and after a process was killed. A log opened on the same directory recovers or
/// reports an error. Whatever is wrong is an error, never a panic.
///
/// # Panics
/// When one of these does not hold.
pub fn open_partition(data: &[u8]) {
    let mut files = archive::parse(data);
    files.truncate(MAX_FILES);
    let tree = overlaid(files);
    if let Ok(fs) = SimFs::from_tree(&tree) {
        engine(
            &fs,
            &directory::expected(&tree, &partition_dir(), untouched()),
        );
    }
    if let Ok(fs) = SimFs::from_tree(&tree)
        && let Ok(mut partition) = open(&fs)
    {
        // As a log, with the small files; any error is an answer.
        drop(recover::<HarnessTypes>(&mut partition));
    }
}

/// The empty partition with these files in place of its own.
fn overlaid(files: Vec<ArchiveFile>) -> Tree {
    let mut tree = EMPTY.clone();
    let dir = partition_dir();
    for ArchiveFile { name, content } in files {
        tree.insert(dir.join(name), TreeEntry::File(content));
    }
    tree
}

/// Where the partition's files stand.
fn partition_dir() -> PathBuf {
    let dir = EMPTY
        .keys()
        .find(|path| path.ends_with(SINGLE_LOG_ID.to_string()));
    dir.cloned().unwrap_or_default()
}

/// The metadata of an empty partition.
fn untouched() -> &'static [u8] {
    match EMPTY.get(&partition_dir().join("metadata.json")) {
        Some(TreeEntry::File(bytes)) => bytes,
        _ => &[],
    }
}

fn engine(fs: &SimFs, expected: &Expected) {
    let before = lasting(fs);
    let mut partition = match open(fs) {
        Ok(partition) => partition,
        Err(error) => {
            let changed = lasting(fs) != before;
            assert!(!changed, "a refused open changed the disk: {error}");
            let whole = matches!(expected, Expected::Shown(_));
            assert!(!whole, "a whole partition is refused: {error}");
            return;
        }
    };
    let shown = contents(&partition);
    match (expected, &shown) {
        (Expected::Refused(why), _) => panic!("opens in spite of {why}"),
        (Expected::Unreadable(why), Ok(_)) => panic!("all of it reads in spite of {why}"),
        (Expected::Shown(expected), Ok(shown)) => assert!(
            shown == expected,
            "shows {} records of {}, or others",
            shown.len(),
            expected.len()
        ),
        (Expected::Shown(_), Err(error)) => panic!("a whole partition can't be read: {error}"),
        (Expected::Open, _) | (Expected::Unreadable(_), Err(_)) => {}
    }
    if shown.is_ok() {
        // What reads whole may still be damaged where nothing is shown: in what is purged.
        drop(partition.check());
    }
    let next = append(&mut partition);
    if let (Expected::Shown(_), Err(error)) = (expected, &next) {
        panic!("a whole partition takes no entry: {error}");
    }
    let expected = match (shown, next) {
        (Ok(mut records), Ok(next)) => {
            records.extend(next);
            Some(records)
        }
        // Damaged in the middle, or no longer written to: not to be read as something else.
        _ => contents(&partition).ok(),
    };
    let killed = fs.process_kill();
    drop(partition);
    same_after_open(&killed, expected.as_deref(), "after a kill");
    match open(fs) {
        // A close may fail, at a file where a directory belongs; it takes nothing along.
        Ok(partition) => drop(partition.close()),
        Err(error) => assert!(expected.is_none(), "no longer opens: {error}"),
    }
    same_after_open(fs, expected.as_deref(), "after a close");
}

fn same_after_open(fs: &SimFs, expected: Option<&[Record]>, when: &str) {
    let Some(expected) = expected else { return };
    match open(fs).and_then(|partition| contents(&partition)) {
        Ok(records) => assert!(
            records == expected,
            "{when}: {} records, {} before",
            records.len(),
            expected.len()
        ),
        Err(error) => panic!("{when}: {error}"),
    }
}

/// Everything in the partition, after it was found consistent.
fn contents(partition: &Partition) -> Result<Vec<Record>, Error> {
    let records = partition.read_range(0..=u64::MAX)?;
    let (first, last) = (partition.first_key()?, partition.last_key()?);
    let keys = |at: Option<&Record>| at.map(|record| record.order_key);
    assert_eq!(keys(records.first()), first, "the first");
    assert_eq!(keys(records.last()), last, "the last");
    assert_eq!(partition.last_record()?.as_ref(), records.last());
    for pair in records.windows(2) {
        let [one, next] = pair else { continue };
        assert_eq!(
            one.order_key.checked_add(1),
            Some(next.order_key),
            "consecutive"
        );
    }
    if let Some(purged) = partition.last_purge_id()? {
        assert!(first.is_none_or(|first| first > purged), "hidden");
    }
    // Each alone, by its block of the index, as in the whole.
    for record in &records {
        let key = record.order_key;
        assert_eq!(
            partition.read_range(key..=key)?,
            std::slice::from_ref(record)
        );
    }
    Ok(records)
}

/// Appends the entry that comes next; none when there is no index for it.
fn append(partition: &mut Partition) -> Result<Option<Record>, Error> {
    let last = partition.last_key()?.max(partition.last_purge_id()?);
    let Some(index) = last.map_or(Some(0), |last| last.checked_add(1)) else {
        return Ok(None);
    };
    let record = Record {
        order_key: index,
        payload: entry(index),
    };
    partition.append(index, &record.payload)?;
    partition.sync()?;
    Ok(Some(record))
}

/// The bytes of a blank entry.
pub(crate) fn entry(index: u64) -> Vec<u8> {
    let entry = Entry::<HarnessTypes> {
        log_id: LogId::new(CommittedLeaderId::new(1, 1), index),
        payload: EntryPayload::Blank,
    };
    match serde_json::to_vec(&entry) {
        Ok(bytes) => bytes,
        Err(error) => panic!("a blank entry: {error}"),
    }
}

fn store(fs: &SimFs) -> Result<Store, Error> {
    let options = StoreOptions {
        fs: Arc::new(fs.clone()),
        fill_step: FILL_BYTES,
        index_sync_bytes: INDEX_SYNC_BYTES,
        ..StoreOptions::default()
    };
    Store::open(ROOT, options)
}

/// Opens it.
pub(crate) fn open(fs: &SimFs) -> Result<Partition, Error> {
    store(fs)?.open_partition(SINGLE_LOG_ID, plugin())
}

/// Creates the partition on an empty disk: chunks of a handful of entries.
pub(crate) fn create(fs: &SimFs) -> Result<Partition, Error> {
    let config = PartitionConfig {
        chunk_roll: ChunkRoll {
            max_bytes: 500,
            max_hours: 24,
        },
        index: IndexConfig {
            max_records: 2,
            max_hours: 24,
        },
        key_is_timestamp: false,
        ..PartitionConfig::default()
    };
    store(fs)?.create_partition(SINGLE_LOG_ID, config, plugin())
}

fn plugin() -> Arc<EntryFormat<HarnessTypes>> {
    Arc::new(EntryFormat::new())
}

/// All but the lock file and temporary files, which an open may write whatever else it finds.
fn lasting(fs: &SimFs) -> Tree {
    let mut tree = fs.to_tree();
    tree.retain(|path, _| !is_passing(path));
    tree
}

fn is_passing(path: &Path) -> bool {
    let path = path.to_string_lossy();
    path.ends_with(TEMP_SUFFIX) || path.ends_with(".lock")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeds::seeds;

    /// Were nothing said of them, the target would let everything pass.
    #[test]
    fn each_seed_but_those_in_the_way_is_said_to_show_all_its_entries() {
        let mut shown = Vec::new();
        for seed in seeds() {
            if seed.target != "open_partition" {
                continue;
            }
            let tree = overlaid(archive::parse(&seed.bytes));
            match directory::expected(&tree, &partition_dir(), untouched()) {
                Expected::Shown(records) => shown.push((seed.name, records.len())),
                Expected::Refused(_) => {
                    let refused = ["cut", "temp_file_is_a_directory"];
                    assert!(refused.contains(&&*seed.name), "{}", seed.name);
                }
                other => assert!(
                    seed.name == "file_where_gc_belongs",
                    "{}: {other:?}",
                    seed.name
                ),
            }
        }
        assert!(shown.iter().filter(|(_, records)| *records > 0).count() >= 6);
    }
}
