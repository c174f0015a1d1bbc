//! A log that is opened with other types than it was written with: told from damage, with the index,
//! and nothing is changed.
//!
//! An application that takes back an update opens the log of the newer version with the older type. That
//! used to be reported as a damaged file.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests"
)]

mod common;
mod configs;

use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

use common::{Directory, copy_tree, id, run};
use configs::NamedConfig;
use crash_disk::{LockState, StdFs};
use openraft::entry::RaftEntry;
use openraft::storage::{RaftLogStorage, RaftLogStorageExt};
use openraft::{EntryPayload, RaftLogReader, RaftTypeConfig, Vote};
use openraft_timevault::inspect::{LogInspector, LogReport, NOT_THIS_TYPE};
use openraft_timevault::timevault::inspect::Severity;
use openraft_timevault::{EntryFormat, LogStoreError, LogStoreOptions, TimevaultLogStore};
use serde::{Deserialize, Serialize};

/// A command of which one kind was added later.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum NewCommand {
    Set(String),
    Clear,
}

/// The same before that.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum OldCommand {
    Set(String),
}

openraft::declare_raft_types!(NewConfig: D = NewCommand, R = (), Node = ());
openraft::declare_raft_types!(OldConfig: D = OldCommand, R = (), Node = ());
openraft::declare_raft_types!(
    /// As [`OldConfig`], with a number where the others have a text.
    NumberConfig: D = u64, R = (), Node = ()
);

async fn open<C: RaftTypeConfig>(dir: &Path) -> Result<TimevaultLogStore<C>, LogStoreError> {
    TimevaultLogStore::open_dir(dir, LogStoreOptions::default()).await
}

/// Writes one entry for each letter: `s` is one that both types have, `c` one that only the newer has.
async fn written(dir: &Path, letters: &str) -> TimevaultLogStore<NewConfig> {
    let mut store = open::<NewConfig>(dir).await.unwrap();
    store.save_vote(&Vote::new(1, 0)).await.unwrap();
    for (index, letter) in (0..).zip(letters.chars()) {
        let data = match letter {
            'c' => NewCommand::Clear,
            _ => NewCommand::Set(index.to_string()),
        };
        let payload = EntryPayload::Normal(data);
        let log_id = id(1, index);
        store
            .blocking_append([openraft::Entry { log_id, payload }])
            .await
            .unwrap();
    }
    store
}

#[track_caller]
fn not_this_type<T>(result: Result<T, LogStoreError>, at: u64) {
    match result.err() {
        Some(LogStoreError::NotThisType { index, reason }) => {
            assert_eq!(index, at, "{reason}");
            assert!(reason.contains("unknown variant `Clear`"), "{reason}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_entries_around_one_of_another_type_are_read() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        written(dir.path(), "ssccs").await.close().await.unwrap();
        let mut store = open::<OldConfig>(dir.path()).await.unwrap();
        let reader = store.reader();
        assert_eq!(reader.entries(..2).unwrap().len(), 2);
        assert_eq!(reader.entries(4..).unwrap().len(), 1);
        not_this_type(reader.entries(..), 2);
        not_this_type(reader.entries(3..), 3);
        // As openraft hears of it.
        let error = store.try_get_log_entries(..).await.unwrap_err().to_string();
        let needle = "entry at index 2 is intact, but not an entry of this type";
        assert!(
            error.contains("LogIndex(2)") && error.contains(needle),
            "{error}"
        );
        // It is no failure of the log.
        store
            .blocking_append([openraft::Entry::new_blank(id(1, 5))])
            .await
            .unwrap();
        store.close().await.unwrap();
    });
}

#[test]
fn a_cut_behind_an_entry_of_another_type_is_refused_and_one_before_it_is_done() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        written(dir.path(), "ssccs").await.close().await.unwrap();
        let mut store = open::<OldConfig>(dir.path()).await.unwrap();
        // The id of the entry that becomes the last one is not known.
        let error = store.truncate(id(1, 4)).await.unwrap_err().to_string();
        assert!(
            error.contains("intact, but not an entry of this type"),
            "{error}"
        );
        let error = store.purge(id(1, 1)).await.unwrap_err().to_string();
        assert!(
            error.contains("intact, but not an entry of this type"),
            "{error}"
        );
        assert_eq!(
            store.get_log_state().await.unwrap().last_log_id,
            Some(id(1, 4))
        );

        // The block that is cut holds two that can't be read.
        store.truncate(id(1, 2)).await.unwrap();
        assert_eq!(store.reader().entries(..).unwrap().len(), 2);
        store.close().await.unwrap();
        assert_eq!(
            open::<NewConfig>(dir.path())
                .await
                .unwrap()
                .reader()
                .entries(..)
                .unwrap()
                .len(),
            2
        );
    });
}

#[test]
fn an_open_that_needs_the_entry_is_refused_and_changes_nothing() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        written(dir.path(), "ssc").await.close().await.unwrap();
        let before = Directory::read(dir.path());
        not_this_type(open::<OldConfig>(dir.path()).await, 2);
        assert_eq!(before, Directory::read(dir.path()));

        // The first entry behind a purge likewise.
        let mut store = open::<NewConfig>(dir.path()).await.unwrap();
        store
            .blocking_append([openraft::Entry::new_blank(id(1, 3))])
            .await
            .unwrap();
        store.purge(id(1, 1)).await.unwrap();
        store.close().await.unwrap();
        not_this_type(open::<OldConfig>(dir.path()).await, 2);
        let read = open::<NewConfig>(dir.path())
            .await
            .unwrap()
            .reader()
            .entries(..)
            .unwrap();
        assert_eq!(read.len(), 2);
    });
}

/// Behind the index each record is looked at, to find out where the log ends. What only has to be counted
/// is not decoded.
#[test]
fn after_a_crash_entries_of_another_type_are_counted() {
    run(async {
        let (dir, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let store = written(dir.path(), "sccs").await;
        copy_tree(dir.path(), copy.path());
        store.close().await.unwrap();
        let store = open::<OldConfig>(copy.path()).await.unwrap();
        assert_eq!(store.reader().entries(3..).unwrap().len(), 1);
        not_this_type(store.reader().entries(..), 1);
    });
}

#[test]
fn a_vote_with_node_ids_of_another_type_is_told_from_a_damaged_one() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        let mut store = open::<NamedConfig>(dir.path()).await.unwrap();
        let vote = Vote::new(3, configs::Name::new("a"));
        store.save_vote(&vote).await.unwrap();
        store.close().await.unwrap();
        match open::<NumberConfig>(dir.path()).await.err() {
            Some(LogStoreError::FileNotThisType { path, what, .. }) => {
                assert!(path.ends_with("raft_vote.json"), "{}", path.display());
                assert_eq!(what, "vote");
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(
            open::<NamedConfig>(dir.path())
                .await
                .unwrap()
                .read_vote()
                .await
                .unwrap(),
            Some(vote)
        );
    });
}

fn look(inspector: &LogInspector, dir: &Path) -> LogReport {
    let target = inspector.target(dir).unwrap();
    inspector.log(
        target.partitions.first().unwrap(),
        LockState::NotSeen,
        &mut (),
    )
}

#[test]
fn a_look_from_outside_with_the_type_tells_of_them_once() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        written(dir.path(), "ssccs").await.close().await.unwrap();
        // JSON is JSON.
        let report = look(&LogInspector::default(), dir.path());
        assert_eq!(report.partition.findings, []);

        let old =
            LogInspector::with_format(Arc::new(StdFs), Arc::new(EntryFormat::<OldConfig>::new()));
        let report = look(&old, dir.path());
        let [finding] = &report.partition.findings[..] else {
            panic!("{:?}", report.partition.findings)
        };
        assert_eq!(*finding.kind, NOT_THIS_TYPE);
        assert_eq!(report.partition.severity(), Severity::NotJudged);
        assert!(finding.expected.contains("the record 2"), "{finding:?}");
        assert!(finding.found.contains("1 more like that"), "{finding:?}");
        assert_eq!(report.log.unwrap().last.unwrap().to_string(), "T1-N0-4");

        let new =
            LogInspector::with_format(Arc::new(StdFs), Arc::new(EntryFormat::<NewConfig>::new()));
        assert_eq!(look(&new, dir.path()).partition.findings, []);
    });
}
