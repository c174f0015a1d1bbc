//! Small files that no crash leaves like this: reported with file and place, nothing changed. And
//! purge files ahead of the partition, which a crash does leave.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests"
)]

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::{Directory, Store, append, copy_tree, entry, id, ids, run};
use openraft::storage::{RaftLogStorage, RaftLogStorageExt};
use openraft::{StorageError, Vote};
use openraft_timevault::timevault::{Error, sealed};
use openraft_timevault::{LogStoreError, LogStoreOptions};
use tempfile::TempDir;

const VOTE: &str = "raft_vote.json";
const PURGE: &str = "raft_purge.json";
const COMMITTED: &str = "raft_committed.json";

/// Small chunks and blocks, so that a short log has several.
fn options() -> LogStoreOptions {
    let mut options = LogStoreOptions::default();
    options.partition.chunk_roll.max_bytes = 400;
    options.partition.index.max_records = 2;
    options
}

async fn open(dir: &Path) -> Result<Store, LogStoreError> {
    Store::open_dir(dir, options()).await
}

/// A closed log: vote (2, 7), entries 0..20 of term 1, purged up to 4, committed 10.
struct Closed {
    dir: TempDir,
    partition: PathBuf,
}

impl Closed {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut store = open(dir.path()).await.unwrap();
        store.save_vote(&Vote::new(2, 7)).await.unwrap();
        append(&mut store, 1, 0..20).await;
        store.purge(id(1, 4)).await.unwrap();
        store.save_committed(Some(id(1, 10))).await.unwrap();
        let partition = store.path().to_path_buf();
        store.close().await.unwrap();
        Self { dir, partition }
    }

    fn root(&self) -> &Path {
        self.dir.path()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.partition.join(name)
    }

    /// Opens the log, which must be refused with nothing changed.
    async fn refused(&self) -> LogStoreError {
        let before = Directory::read(self.root());
        let error = open(self.root()).await.unwrap_err();
        let changed = before.changed(&Directory::read(self.root()));
        assert!(changed.is_empty(), "{changed:?} changed after: {error}");
        error
    }

    /// A store of its own with another purge point, as a source of purge files.
    async fn purge_file(term: u64, index: u64) -> Vec<u8> {
        let dir = tempfile::tempdir().unwrap();
        let mut store = open(dir.path()).await.unwrap();
        store.purge(id(term, index)).await.unwrap();
        fs::read(store.path().join(PURGE)).unwrap()
    }
}

#[test]
fn a_changed_byte_in_the_vote_or_purge_file_is_damage() {
    run(async {
        let log = Closed::new().await;
        for name in [VOTE, PURGE] {
            let path = log.file(name);
            let good = fs::read(&path).unwrap();
            for at in 0..good.len() {
                let mut bad = good.clone();
                bad[at] ^= 0x10;
                fs::write(&path, &bad).unwrap();
                let error = log.refused().await;
                assert!(
                    matches!(&error, LogStoreError::Damaged { path: named, .. } if *named == path),
                    "{name}, byte {at}: {error}"
                );
            }
            fs::write(&path, good).unwrap();
        }
        open(log.root()).await.unwrap();
    });
}

#[test]
fn a_cut_vote_or_purge_file_is_damage() {
    run(async {
        let log = Closed::new().await;
        for name in [VOTE, PURGE] {
            let path = log.file(name);
            let good = fs::read(&path).unwrap();
            // Without its line break the file is still whole.
            for len in 0..good.len() - 1 {
                fs::write(&path, &good[..len]).unwrap();
                let error = log.refused().await;
                assert!(
                    matches!(&error, LogStoreError::Damaged { .. }),
                    "{name}, {len}: {error}"
                );
            }
            for behind in ["\n{}", "\0", "x"] {
                fs::write(&path, [&good[..], behind.as_bytes()].concat()).unwrap();
                assert!(matches!(log.refused().await, LogStoreError::Damaged { .. }));
            }
            // As an editor may leave it: the checksum proves what stands before it.
            fs::write(&path, [&good[..], b" \r\n"].concat()).unwrap();
            open(log.root()).await.unwrap().close().await.unwrap();
            fs::write(&path, good).unwrap();
        }
        open(log.root()).await.unwrap();
    });
}

/// Nobody seals what is no JSON; an object of other types was written by a log with other types.
#[test]
fn a_sealed_file_with_the_wrong_content_is_told_with_its_place() {
    run(async {
        let log = Closed::new().await;
        let text = br#"{"vote":{"leader_id":{"term":tw}}}"#;
        fs::write(log.file(VOTE), sealed::seal(text.to_vec())).unwrap();
        let error = log.refused().await;
        let LogStoreError::Damaged { offset, .. } = &error else {
            panic!("{error}")
        };
        assert!((20..text.len() as u64).contains(offset), "{error}");

        let text = br#"{"vote":{"leader_id":{"term":"two"}}}"#;
        fs::write(log.file(VOTE), sealed::seal(text.to_vec())).unwrap();
        let error = log.refused().await;
        let LogStoreError::FileNotThisType { path, reason, .. } = &error else {
            panic!("{error}")
        };
        assert_eq!(*path, log.file(VOTE));
        assert!(reason.contains("column 34"), "{error}");
    });
}

#[test]
fn a_missing_vote_file_beside_entries_or_a_purge_point_is_damage() {
    run(async {
        let log = Closed::new().await;
        fs::remove_file(log.file(VOTE)).unwrap();
        let error = log.refused().await;
        assert!(
            matches!(&error, LogStoreError::VoteMissing { path, .. } if *path == log.file(VOTE)),
            "{error}"
        );

        let dir = tempfile::tempdir().unwrap();
        let mut store = open(dir.path()).await.unwrap();
        append(&mut store, 1, 0..1).await;
        let vote = store.path().join(VOTE);
        store.close().await.unwrap();
        fs::remove_file(vote).unwrap();
        let error = open(dir.path()).await.unwrap_err();
        assert!(
            matches!(&error, LogStoreError::VoteMissing { beside, .. } if beside.contains("entries"))
        );
    });
}

/// The story: opening removed every temporary file first and looked at the files themselves afterwards,
/// so an open that refused had removed what may be the only copy of what it missed.
#[test]
fn a_refusing_open_keeps_a_temporary_file() {
    run(async {
        for lost in [VOTE, PURGE, "manifest.jsonl", "metadata.json"] {
            let log = Closed::new().await;
            let temp = log.file(&format!("{lost}.tmp"));
            fs::rename(log.file(lost), &temp).unwrap();
            // Compares the whole tree.
            log.refused().await;
            assert!(temp.exists(), "{lost}");
        }
    });
}

#[test]
fn an_open_removes_temporary_files_beside_whole_ones_only() {
    run(async {
        let log = Closed::new().await;
        let replaced = [VOTE, PURGE, "manifest.jsonl", "metadata.json"].map(String::from);
        let index = fs::read_dir(log.file("chunks")).unwrap();
        let index = index.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let index = index.filter(|name| name.ends_with(".index"));
        // What a repair that was cut short leaves.
        let index = index.map(|name| format!("chunks/{name}"));
        let names: Vec<_> = replaced.into_iter().chain(index).collect();
        assert!(names.len() > 4);
        let others = ["notes.tmp", "chunks/notes.tmp"];
        // Written in place, so nothing of it is called that.
        let committed = format!("{COMMITTED}.tmp");
        for name in &names {
            fs::write(log.file(&format!("{name}.tmp")), "half").unwrap();
        }
        for name in others.iter().chain([&&*committed]) {
            fs::write(log.file(name), "not ours").unwrap();
        }
        open(log.root()).await.unwrap();
        for name in &names {
            assert!(!log.file(&format!("{name}.tmp")).exists(), "{name}");
        }
        for name in others.iter().chain([&&*committed]) {
            assert!(log.file(name).exists(), "{name}");
        }
    });
}

/// Nothing could be written through it: the first vote would fail.
#[test]
fn a_directory_in_the_place_of_a_temporary_file_is_refused() {
    run(async {
        for name in [VOTE, PURGE, "manifest.jsonl", "metadata.json"] {
            let log = Closed::new().await;
            let temp = log.file(&format!("{name}.tmp"));
            fs::create_dir(&temp).unwrap();
            let error = log.refused().await.to_string();
            assert!(error.contains(&temp.display().to_string()), "{error}");
            assert!(error.contains("a directory"), "{error}");
        }
    });
}

#[test]
fn an_empty_log_gets_its_vote_file_at_the_first_open() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path()).await.unwrap();
        let vote = store.path().join(VOTE);
        let text = fs::read_to_string(&vote).unwrap();
        assert!(text.starts_with(r#"{"vote":null,"crc32c":""#), "{text}");
        store.close().await.unwrap();
        // As after a crash between the making of the partition and this file.
        fs::remove_file(&vote).unwrap();
        open(dir.path()).await.unwrap();
        assert_eq!(fs::read_to_string(&vote).unwrap(), text);
    });
}

#[test]
fn a_purge_file_behind_the_partition_or_missing_is_refused() {
    run(async {
        let log = Closed::new().await;
        let older = Closed::purge_file(1, 3).await;
        for content in [None, Some(older)] {
            match &content {
                Some(bytes) => fs::write(log.file(PURGE), bytes).unwrap(),
                None => fs::remove_file(log.file(PURGE)).unwrap(),
            }
            let error = log.refused().await;
            assert!(
                matches!(&error, LogStoreError::PurgeBehind { path, partition: 4, .. }
                    if *path == log.file(PURGE)),
                "{error}"
            );
        }
    });
}

#[test]
fn a_purge_file_ahead_of_the_partition_is_completed() {
    run(async {
        let log = Closed::new().await;
        // Within the log, at its end, beyond it; of the term of the entries and of a later one,
        // before which the entries above are stale.
        for (term, index, left) in [
            (1, 5, 6..20),
            (1, 11, 12..20),
            (1, 19, 0..0),
            (1, 25, 0..0),
            (2, 11, 0..0),
            (2, 4, 0..0),
        ] {
            let copy = tempfile::tempdir().unwrap();
            copy_tree(log.root(), copy.path());
            let purge_file = Closed::purge_file(term, index).await;
            let path = copy
                .path()
                .join(log.file(PURGE).strip_prefix(log.root()).unwrap());
            fs::write(path, purge_file).unwrap();
            for _ in 0..2 {
                let mut store = open(copy.path()).await.unwrap();
                assert_eq!(
                    ids(&store),
                    left.clone().map(|i| (1, i)).collect::<Vec<_>>()
                );
                let state = store.get_log_state().await.unwrap();
                assert_eq!(state.last_purged_log_id, Some(id(term, index)));
                let last = if left.is_empty() {
                    id(term, index)
                } else {
                    id(1, 19)
                };
                assert_eq!(state.last_log_id, Some(last));
                store.close().await.unwrap();
            }
            // Chunks that hold nothing any more are gone.
            let files = Directory::read(copy.path());
            assert!(
                files.count(".chunk") <= left.clone().count() / 2 + 2,
                "{files:?}"
            );
        }
    });
}

#[test]
fn an_unreadable_committed_file_is_no_committed_id() {
    run(async {
        let log = Closed::new().await;
        let path = log.file(COMMITTED);
        let good = fs::read(&path).unwrap();
        let mut changed = good.clone();
        changed[20] ^= 1;
        for (content, want) in [
            (&good[..], Some(id(1, 10))),
            (&good[..9], None),
            (&[], None),
            (&changed, None),
        ] {
            fs::write(&path, content).unwrap();
            let mut store = open(log.root()).await.unwrap();
            assert_eq!(store.read_committed().await.unwrap(), want);
            store.close().await.unwrap();
        }
    });
}

#[test]
fn a_committed_id_that_the_log_does_not_bear_out_is_none() {
    run(async {
        for (committed, want) in [
            (id(1, 20), None),
            (id(2, 10), None),
            (id(1, 19), Some(id(1, 19))),
            (id(0, 2), Some(id(0, 2))),
        ] {
            let log = Closed::new().await;
            let mut store = open(log.root()).await.unwrap();
            store.save_committed(Some(committed)).await.unwrap();
            assert_eq!(store.read_committed().await.unwrap(), Some(committed));
            store.close().await.unwrap();
            let mut store = open(log.root()).await.unwrap();
            assert_eq!(store.read_committed().await.unwrap(), want);
            store.save_committed(None).await.unwrap();
            store.close().await.unwrap();
            let mut store = open(log.root()).await.unwrap();
            assert_eq!(store.read_committed().await.unwrap(), None);
        }
    });
}

#[test]
fn appends_that_leave_a_hole_or_do_not_ascend_change_nothing() {
    run(async {
        let log = Closed::new().await;
        let mut store = open(log.root()).await.unwrap();
        // The first append after an open fills space ahead; from then on nothing may change.
        append(&mut store, 1, 20..21).await;
        let before = Directory::read(log.root());
        for (batch, needle) in [
            (
                vec![entry(1, 22)],
                "append at index 22 leaves a hole, expected 21",
            ),
            (
                vec![entry(1, 21), entry(1, 23)],
                "append at index 23 leaves a hole, expected 22",
            ),
            (vec![entry(1, 21), entry(1, 21)], "not above"),
            (vec![entry(2, 21), entry(1, 22)], "not above"),
            (vec![entry(0, 21)], "not above"),
            (vec![entry(0, 8), entry(2, 9)], "not above"),
            (vec![entry(0, 5)], "not above"),
            (vec![entry(1, 3), entry(0, 4)], "not above"),
        ] {
            let error: StorageError<u64> = store.blocking_append(batch).await.unwrap_err();
            assert!(error.to_string().contains(needle), "{error}");
            assert!(before.changed(&Directory::read(log.root())).is_empty());
        }
        assert_eq!(ids(&store), (5..21).map(|i| (1, i)).collect::<Vec<_>>());
        // Entries at or below the purge point are taken and not stored.
        store
            .blocking_append([entry(1, 3), entry(1, 4)])
            .await
            .unwrap();
        store.blocking_append([]).await.unwrap();
        assert!(before.changed(&Directory::read(log.root())).is_empty());
        // An append at a held index replaces from there on.
        store.blocking_append([entry(2, 7)]).await.unwrap();
        assert_eq!(ids(&store), [(1, 5), (1, 6), (2, 7)]);
        store.close().await.unwrap();
        assert_eq!(
            ids(&open(log.root()).await.unwrap()),
            [(1, 5), (1, 6), (2, 7)]
        );
    });
}

#[test]
fn purges_that_move_back_or_leave_a_hole_change_nothing() {
    run(async {
        let log = Closed::new().await;
        let mut store = open(log.root()).await.unwrap();
        let before = Directory::read(log.root());
        let error = store.purge(id(2, 3)).await.unwrap_err().to_string();
        assert!(error.contains("move the purge point back"), "{error}");
        store.purge(id(1, 4)).await.unwrap();
        store.purge(id(0, 9)).await.unwrap();
        store.purge(id(1, 1)).await.unwrap();
        assert!(before.changed(&Directory::read(log.root())).is_empty());
        assert_eq!(
            store.get_log_state().await.unwrap().last_purged_log_id,
            Some(id(1, 4))
        );

        // A log without purge point that begins at 5.
        let dir = tempfile::tempdir().unwrap();
        let mut store = open(dir.path()).await.unwrap();
        append(&mut store, 1, 5..9).await;
        let before = Directory::read(dir.path());
        let error = store.purge(id(1, 3)).await.unwrap_err().to_string();
        assert!(
            error.contains("hole before the first entry, index 5"),
            "{error}"
        );
        let error = store
            .blocking_append([entry(1, 3)])
            .await
            .unwrap_err()
            .to_string();
        assert!(error.contains("leaves a hole"), "{error}");
        assert!(before.changed(&Directory::read(dir.path())).is_empty());
        // Just before the first entry, or with all entries stale, it is fine.
        store.purge(id(1, 4)).await.unwrap();
        assert_eq!(ids(&store).len(), 4);
        store.purge(id(2, 4)).await.unwrap();
        assert_eq!(ids(&store), []);
        assert_eq!(
            store.get_log_state().await.unwrap().last_log_id,
            Some(id(2, 4))
        );
        append(&mut store, 2, 5..6).await;
        store.close().await.unwrap();
        assert_eq!(ids(&open(dir.path()).await.unwrap()), [(2, 5)]);
    });
}

#[test]
fn a_log_of_another_format_or_opened_twice_is_refused() {
    run(async {
        let log = Closed::new().await;
        let store = open(log.root()).await.unwrap();
        let second = open(log.root()).await.unwrap_err();
        assert!(
            matches!(&second, LogStoreError::Engine(Error::StoreLocked { .. })),
            "{second}"
        );
        store.close().await.unwrap();

        let metadata = log.file("metadata.json");
        let text = fs::read(&metadata).unwrap();
        let mut line = text.trim_ascii_end().to_vec();
        let sealed::Unsealed::Valid(object) = sealed::unseal(&mut line) else {
            panic!()
        };
        let object = String::from_utf8(object.to_vec()).unwrap();
        let other = object.replace("openraft-entry-v1", "other");
        fs::write(&metadata, sealed::seal(other.into_bytes())).unwrap();
        let error = log.refused().await;
        assert!(
            matches!(&error, LogStoreError::Engine(Error::UnknownPlugin { .. })),
            "{error}"
        );
    });
}

/// Without an index nothing but the chunk's name says where the log began: a log that lost its first
/// line opened as one that begins at the second entry, also after the log was emptied once.
#[test]
fn a_lost_first_line_of_a_log_without_index_is_damage() {
    run(async {
        for begins in [0, 3] {
            let dir = tempfile::tempdir().unwrap();
            let open = |dir: &Path| Store::open_dir(dir.to_path_buf(), LogStoreOptions::default());
            let mut store = open(dir.path()).await.unwrap();
            if begins > 0 {
                append(&mut store, 1, 0..1).await;
                store.truncate(id(1, 0)).await.unwrap();
            }
            append(&mut store, 1, begins..begins + 1).await;
            append(&mut store, 1, begins + 1..begins + 2).await;
            let chunk = store.path().join(format!("chunks/{begins:016x}.chunk"));
            let copy = tempfile::tempdir().unwrap();
            copy_tree(dir.path(), copy.path());
            let chunk = copy.path().join(chunk.strip_prefix(dir.path()).unwrap());
            let bytes = fs::read(&chunk).unwrap();
            let first_line = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 1;
            fs::write(&chunk, &bytes[first_line..]).unwrap();
            let refused = open(copy.path()).await.unwrap_err();
            let LogStoreError::Engine(Error::Damaged { path, offset, .. }) = refused else {
                panic!("{refused}");
            };
            assert_eq!((path, offset), (chunk, 0));
        }
    });
}

/// A restored copy lacked the first chunk with a live entry, and its line had been taken out of the
/// manifest to make the rest open: every file is whole, but the log does not go on where it was purged.
#[test]
fn a_first_chunk_gone_with_its_manifest_line_is_a_hole_at_the_front() {
    run(async {
        let log = Closed::new().await;
        let manifest = log.file("manifest.jsonl");
        let text = fs::read_to_string(&manifest).unwrap();
        let (_, rest) = text.split_once('\n').unwrap();
        fs::write(&manifest, rest).unwrap();
        let chunks = log.file("chunks");
        let mut files: Vec<_> = fs::read_dir(&chunks)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        let (lost, left) = files.split_at(2);
        assert_eq!(lost[0].file_stem(), lost[1].file_stem(), "chunk and index");
        lost.iter().for_each(|path| fs::remove_file(path).unwrap());

        let error = log.refused().await;
        let LogStoreError::HoleAtFront {
            path,
            expected,
            found,
        } = &error
        else {
            panic!("{error}");
        };
        let name = left[0].file_stem().unwrap().to_str().unwrap();
        assert_eq!(*path, left[0].with_extension("chunk"));
        assert_eq!(*expected, 5, "purged up to 4");
        assert_eq!(*found, u64::from_str_radix(name, 16).unwrap());
        assert!(error.to_string().contains("expected the entry at index 5"));
    });
}
