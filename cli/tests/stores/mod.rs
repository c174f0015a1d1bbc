//! Stores for the tests of `check`, `dump` and `repair`: written by the store itself, always the
//! same, and then damaged.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    dead_code,
    unreachable_pub,
    reason = "test code that looks at files from outside"
)]

mod verdict;

use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use openraft_timevault::openraft::storage::{RaftLogStorage, RaftLogStorageExt};
use openraft_timevault::openraft::{
    self, CommittedLeaderId, Entry, EntryPayload, LogId, Membership, Vote,
};
use openraft_timevault::timevault::{
    ChunkRoll, IndexConfig, Jsonl, PartitionConfig, Store, StoreOptions,
};
use openraft_timevault::{LogStoreOptions, SINGLE_LOG_ID, TimevaultLogStore};
use tempfile::TempDir;
#[allow(unused_imports, reason = "not every test asks for a verdict")]
pub use verdict::{checked, expect};

openraft::declare_raft_types!(
    /// Types of the tests.
    pub Types: D = String, R = (), NodeId = u64, Node = ()
);

/// Id of the plain partition.
const PLAIN_ID: u128 = 0x0011_2233_4455_6677_8899_aabb_ccdd_eeff;

/// A store in a directory of its own.
pub struct Stored {
    dir: TempDir,
    partition: PathBuf,
}

fn store_options() -> StoreOptions {
    StoreOptions {
        fill_step: 64,
        ..StoreOptions::default()
    }
}

/// Small chunks and blocks, so that a short log has several.
async fn open(root: &Path) -> TimevaultLogStore<Types> {
    let mut options = LogStoreOptions::default();
    options.partition.chunk_roll.max_bytes = 500;
    options.partition.index.max_records = 2;
    TimevaultLogStore::open_dir_with(root, store_options(), options)
        .await
        .unwrap()
}

pub fn id(term: u64, index: u64) -> LogId<u64> {
    LogId::new(CommittedLeaderId::new(term, 1), index)
}

fn entry(term: u64, index: u64, payload: EntryPayload<Types>) -> Entry<Types> {
    Entry {
        log_id: id(term, index),
        payload,
    }
}

/// A membership, a blank entry, then texts; in batches of one, one, and three.
async fn fill(log: &mut TimevaultLogStore<Types>, entries: u64) {
    log.save_vote(&Vote::new_committed(1, 1)).await.unwrap();
    let members = Membership::new(vec![[1, 2].into()], ());
    let first = entry(1, 0, EntryPayload::Membership(members));
    log.blocking_append([first]).await.unwrap();
    log.blocking_append([entry(1, 1, EntryPayload::Blank)])
        .await
        .unwrap();
    let mut index = 2;
    while index < entries {
        let text = |index| EntryPayload::Normal(format!("set x{index} \"é\" {index}"));
        let end = entries.min(index + 3);
        let batch: Vec<_> = (index..end)
            .map(|index| entry(1, index, text(index)))
            .collect();
        log.save_committed(Some(id(1, index - 1))).await.unwrap();
        log.blocking_append(batch).await.unwrap();
        index = end;
    }
}

fn run<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(future)
}

impl Stored {
    fn at(dir: TempDir, id: impl Into<uuid::Uuid>) -> Self {
        let id = id.into();
        let [.., hh, ll] = *id.as_bytes();
        let partition = dir
            .path()
            .join(format!("partitions/{hh:02x}/{ll:02x}/{id}"));
        assert!(partition.is_dir());
        Self { dir, partition }
    }

    /// A log that was used like this and closed cleanly.
    fn closed(work: impl AsyncFnOnce(&mut TimevaultLogStore<Types>)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        run(async {
            let mut log = open(dir.path()).await;
            work(&mut log).await;
            log.close().await.unwrap();
        });
        Self::at(dir, SINGLE_LOG_ID)
    }

    /// The log below `root` after such a use, copied while it was open: as after a kill.
    fn copied_open(root: &Path, work: impl AsyncFnOnce(&mut TimevaultLogStore<Types>)) -> Self {
        let copy = tempfile::tempdir().unwrap();
        run(async {
            let mut log = open(root).await;
            work(&mut log).await;
            copy_tree(root, copy.path());
            log.close().await.unwrap();
        });
        Self::at(copy, SINGLE_LOG_ID)
    }

    /// A log that was opened and closed.
    pub fn empty() -> Self {
        Self::closed(async |_| ())
    }

    /// Twelve entries in three chunks, closed cleanly.
    pub fn healthy() -> Self {
        Self::closed(async |log| fill(log, 12).await)
    }

    /// The same, purged up to the middle of its second chunk.
    pub fn purged() -> Self {
        Self::closed(async |log| {
            fill(log, 12).await;
            log.purge(id(1, 6)).await.unwrap();
        })
    }

    /// The same as the healthy one, copied while it was open: as after a kill.
    pub fn killed() -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self::copied_open(dir.path(), async |log| fill(log, 12).await)
    }

    /// Killed in the middle of a write.
    pub fn torn() -> Self {
        let stored = Self::killed();
        let chunk = stored.last_chunk();
        let mut bytes = fs::read(&chunk).unwrap();
        let filled = bytes
            .iter()
            .rev()
            .take_while(|byte| **byte == b'\n')
            .count();
        let end = bytes.len() + 1 - filled;
        let torn = br#" {"log_id":{"leader_id":{"term":1,"no"#;
        bytes.truncate(end);
        bytes.extend_from_slice(torn);
        fs::write(chunk, bytes).unwrap();
        stored
    }

    /// An open found a chunk of a roll that was cut short, and was killed then.
    pub fn in_gc() -> Self {
        let stored = Self::healthy();
        let name = "chunks/00000000000000ff.chunk";
        fs::write(stored.partition.join(name), b"").unwrap();
        Self::copied_open(stored.root(), async |_| ())
    }

    /// A partition without a Raft log: six records in two chunks.
    pub fn plain() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), store_options()).unwrap();
        let config = PartitionConfig {
            chunk_roll: ChunkRoll {
                max_bytes: 300,
                max_hours: 24,
            },
            index: IndexConfig {
                max_records: 2,
                max_hours: 24,
            },
            ..PartitionConfig::default()
        };
        let id = uuid::Uuid::from_u128(PLAIN_ID);
        let mut partition = store.create_partition(id, config, Arc::new(Jsonl)).unwrap();
        for at in 0..6_u64 {
            let payload = format!(r#"{{"temperature":{at}.5,"at":"kitchen"}}"#);
            partition
                .append(1_700_000_000_000 + at * 60_000, payload.as_bytes())
                .unwrap();
            partition.sync().unwrap();
        }
        partition.close().unwrap();
        drop(store);
        Self::at(dir, id)
    }

    /// A log of many entries, in chunks of the usual size.
    pub fn large(entries: u64) -> Self {
        let dir = tempfile::tempdir().unwrap();
        run(async {
            let options = LogStoreOptions::default();
            let log = TimevaultLogStore::open_dir_with(dir.path(), store_options(), options);
            let mut log: TimevaultLogStore<Types> = log.await.unwrap();
            let text = |index| EntryPayload::Normal(format!("set x {index}"));
            let all = (0..entries).map(|index| entry(1, index, text(index)));
            log.blocking_append(all.collect::<Vec<_>>()).await.unwrap();
            log.close().await.unwrap();
        });
        Self::at(dir, SINGLE_LOG_ID)
    }

    pub fn root(&self) -> &Path {
        self.dir.path()
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.partition.join(name)
    }

    /// The partition's directory, or one of those above it.
    pub fn place(&self, above: usize) -> PathBuf {
        self.partition.ancestors().nth(above).unwrap().to_path_buf()
    }

    /// The chunk files, ascending.
    pub fn chunks(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.file("chunks")).unwrap();
        let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.retain(|path| path.extension().is_some_and(|ending| ending == "chunk"));
        paths.sort();
        paths
    }

    pub fn last_chunk(&self) -> PathBuf {
        self.chunks().pop().unwrap()
    }

    /// The second chunk, or its index: closed, and not the last.
    pub fn middle(&self, ending: &str) -> PathBuf {
        self.chunks().get(1).unwrap().with_extension(ending)
    }

    /// Changes one bit.
    #[must_use]
    pub fn flipped(self, path: &Path, at: usize) -> Self {
        self.changed(path, |bytes| *bytes.get_mut(at).unwrap() ^= 1)
    }

    /// Changes a file.
    #[must_use]
    pub fn changed(self, path: &Path, change: impl FnOnce(&mut Vec<u8>)) -> Self {
        let mut bytes = fs::read(path).unwrap();
        change(&mut bytes);
        fs::write(path, bytes).unwrap();
        self
    }

    /// Removes a file.
    #[must_use]
    pub fn without(self, path: &Path) -> Self {
        fs::remove_file(path).unwrap();
        self
    }

    /// Moves the partition's directory to another place below `partitions/`, or copies it there.
    #[must_use]
    pub fn moved(self, to: &str, keep: bool) -> Self {
        let to = self.root().join("partitions").join(to);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        match keep {
            true => {
                fs::create_dir_all(&to).unwrap();
                copy_tree(&self.partition, &to);
            }
            false => fs::rename(&self.partition, &to).unwrap(),
        }
        self
    }

    /// Puts another sealed object into a small file.
    #[must_use]
    pub fn sealed(self, name: &str, object: &str) -> Self {
        self.with(name, &sealed_line(object))
    }

    /// A store that never held a log.
    pub fn nothing() -> Self {
        let dir = tempfile::tempdir().unwrap();
        drop(Store::open(dir.path(), store_options()).unwrap());
        let partition = dir.path().join("partitions");
        Self { dir, partition }
    }

    /// Removes every file of the partition, and its directories unless they stay.
    #[must_use]
    pub fn emptied(self, directories: bool) -> Self {
        for entry in fs::read_dir(&self.partition).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                fs::remove_dir_all(&path).unwrap();
                if directories {
                    fs::create_dir(&path).unwrap();
                }
            } else {
                fs::remove_file(&path).unwrap();
            }
        }
        self
    }

    /// Puts a file there.
    #[must_use]
    pub fn with(self, name: &str, bytes: &[u8]) -> Self {
        fs::write(self.partition.join(name), bytes).unwrap();
        self
    }

    /// Runs the program; the paths in what it prints are replaced.
    pub fn run(&self, args: &[&str]) -> (String, i32) {
        let output = self.command(args).output().unwrap();
        (self.redacted(&output), output.status.code().unwrap())
    }

    /// Runs the program, which must end with this exit code; what it prints.
    #[track_caller]
    pub fn exits(&self, expected: i32, args: &[&str]) -> String {
        let (printed, code) = self.run(args);
        assert_eq!(code, expected, "{args:?}: {printed}");
        printed
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_openraft-timevault"));
        let args = args.iter().map(|arg| match *arg {
            "DIR" => self.root().to_path_buf(),
            "PARTITION" => self.partition.clone(),
            other => PathBuf::from(other),
        });
        command.args(args);
        command
    }

    fn redacted(&self, output: &Output) -> String {
        let text = [&output.stdout[..], &output.stderr[..]].concat();
        let text = String::from_utf8(text).unwrap();
        let text = text.replace(self.root().to_str().unwrap(), "DIR");
        let text = text.replace(
            env!("CARGO_BIN_EXE_openraft-timevault"),
            "openraft-timevault",
        );
        text.replace(&format!("pid={}", std::process::id()), "pid=PID")
    }

    /// Every file with its bytes, every directory.
    pub fn tree(&self) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
        let mut tree = BTreeMap::new();
        walk(self.root(), &mut |path, is_dir| {
            tree.insert(
                path.to_path_buf(),
                // A link may lead nowhere.
                (!is_dir).then(|| fs::read(path).unwrap_or_default()),
            );
        });
        tree
    }
}

/// An object with its checksum, as one line.
pub fn sealed_line(object: &str) -> Vec<u8> {
    let mut line = openraft_timevault::timevault::sealed::seal(object.as_bytes().to_vec());
    line.push(b'\n');
    line
}

/// The object of a line, without its checksum.
pub fn unsealed(line: &str) -> String {
    line.rsplit_once(",\"crc32c\"").unwrap().0.to_owned() + "}"
}

/// The sealed line of an index block.
pub fn index_block(min: u64, max: u64, offset: usize, len: usize) -> Vec<u8> {
    sealed_line(&format!(
        r#"{{"block_min_key":{min},"block_max_key":{max},"file_offset_bytes":{offset},"block_len_bytes":{len}}}"#
    ))
}

fn walk(dir: &Path, visit: &mut dyn FnMut(&Path, bool)) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        visit(&path, path.is_dir());
        if path.is_dir() {
            walk(&path, visit);
        }
    }
}

fn copy_tree(from: &Path, to: &Path) {
    walk(from, &mut |path, is_dir| {
        let target = to.join(path.strip_prefix(from).unwrap());
        if is_dir {
            fs::create_dir_all(target).unwrap();
        } else {
            fs::copy(path, target).unwrap();
        }
    });
}
