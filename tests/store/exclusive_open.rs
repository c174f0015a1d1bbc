//! One writer for a log: refused in the same process and in another, free after a kill.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::env;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::common::{Store, append, ids, run};
use openraft::Vote;
use openraft::storage::RaftLogStorage;
use openraft_timevault::timevault::{self, Error, StoreOptions};
use openraft_timevault::{LogStoreError, LogStoreOptions, SINGLE_LOG_ID};

/// Tells a child which directory to open.
const DIR: &str = "EXCLUSIVE_OPEN_DIR";
/// Begins the line in which a child says what became of its open.
const ANSWER: &str = "child: ";

async fn open(dir: &Path) -> Result<Store, LogStoreError> {
    Store::open_dir(dir, LogStoreOptions::default()).await
}

/// Starts this test binary again, to run only the child below.
fn spawn(dir: &Path) -> Child {
    Command::new(env::current_exe().unwrap())
        .args([
            "--exact",
            "exclusive_open::child",
            "--ignored",
            "--nocapture",
        ])
        .env(DIR, dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Reads up to the child's answer. The rest of its output is returned with it, because a child
/// whose output nobody takes dies of that.
fn answer(child: &mut Child) -> (String, BufReader<ChildStdout>) {
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    loop {
        line.clear();
        assert!(output.read_line(&mut line).unwrap() > 0, "no answer");
        if let Some((_, answer)) = line.trim_end().split_once(ANSWER) {
            return (answer.to_string(), output);
        }
    }
}

/// Opens a log, writes to it, and holds it until it is killed or its standard input ends.
#[test]
#[ignore = "run by the other tests of this file, in a process of its own"]
fn child() {
    let dir = PathBuf::from(env::var_os(DIR).unwrap());
    run(async {
        let mut store = match open(&dir).await {
            Ok(store) => store,
            Err(error) => {
                println!("{ANSWER}refused: {error}");
                return;
            }
        };
        let next = ids(&store).len() as u64;
        append(&mut store, 1, next..next + 10).await;
        store.save_vote(&Vote::new(next + 1, 0)).await.unwrap();
        println!("{ANSWER}wrote up to {}", next + 9);
        std::io::stdin().read_line(&mut String::new()).unwrap();
        panic!("the parent should have killed this process");
    });
}

#[test]
fn a_second_open_in_the_same_process_is_refused() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        let mut store = open(dir.path()).await.unwrap();
        append(&mut store, 1, 0..3).await;
        let second = open(dir.path()).await;
        assert!(matches!(
            second,
            Err(LogStoreError::Engine(Error::StoreLocked { .. }))
        ));
        // The first one is none the worse for it.
        append(&mut store, 1, 3..5).await;
        let reader = store.reader();
        store.close().await.unwrap();

        // A reader that is still alive holds nothing.
        let vault = timevault::Store::open(dir.path(), StoreOptions::default()).unwrap();
        let options = LogStoreOptions::default();
        let store = Store::open(&vault, SINGLE_LOG_ID, options).await.unwrap();
        assert_eq!(ids(&store).len(), 5);
        let second = Store::open(&vault, SINGLE_LOG_ID, options).await;
        assert!(matches!(
            second,
            Err(LogStoreError::Engine(Error::PartitionInUse { .. }))
        ));
        assert!(matches!(reader.entries(..), Err(LogStoreError::Closed)));
    });
}

#[test]
fn a_second_open_in_another_process_is_refused_and_says_who_holds_it() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        let mut store = open(dir.path()).await.unwrap();
        append(&mut store, 1, 0..3).await;
        let mut child = spawn(dir.path());
        let (answer, _output) = answer(&mut child);
        child.wait().unwrap();
        assert!(answer.starts_with("refused: "), "{answer}");
        assert!(
            answer.contains(&format!("pid={}", std::process::id())),
            "{answer}"
        );
        append(&mut store, 1, 3..5).await;
        assert_eq!(ids(&store).len(), 5);
    });
}

#[test]
fn the_lock_of_a_killed_process_does_not_block() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        for round in 1..=3 {
            let mut child = spawn(dir.path());
            let (answer, _output) = answer(&mut child);
            assert_eq!(answer, format!("wrote up to {}", round * 10 - 1));
            let refused = open(dir.path()).await;
            assert!(matches!(
                refused,
                Err(LogStoreError::Engine(Error::StoreLocked { holder, .. }))
                    if holder == format!("pid={}", child.id())
            ));
            // SIGKILL where there are signals.
            child.kill().unwrap();
            child.wait().unwrap();
            let mut store = open(dir.path()).await.unwrap();
            assert_eq!(ids(&store).len() as u64, round * 10);
            let vote = store.read_vote().await.unwrap();
            assert_eq!(vote, Some(Vote::new(round * 10 - 9, 0)));
            store.close().await.unwrap();
        }
    });
}
