//! One writer: a second open is refused in this process and in another, a dead process's lock does
//! not block, a partition that is being closed is waited for, and readers hold nothing.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "test code"
)]

mod support;

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc;

use crash_disk::StdFs;
use crash_disk::sim::SimFs;
use support::*;
use timevault::{CLOSE_WAIT, Error, Jsonl, Partition, Store};
use uuid::Uuid;

/// Names the store that the child process holds.
const CHILD_STORE: &str = "TIMEVAULT_TEST_CHILD_STORE";
/// What the child prints when it has the lock.
const CHILD_READY: &str = "the child holds the lock";

fn open_dir(dir: &Path) -> Result<Store, Error> {
    Store::open(dir, options(Arc::new(StdFs)))
}

fn create_in(dir: &Path) -> Partition {
    open_dir(dir)
        .unwrap()
        .create_partition(ID, config(190, 2), Arc::new(Jsonl))
        .unwrap()
}

fn reopen_in(dir: &Path) -> Result<Partition, Error> {
    open_dir(dir)?.open_partition(ID, Arc::new(Jsonl))
}

#[track_caller]
fn assert_locked(result: Result<Store, Error>, dir: &Path, pid: u32) {
    match result.unwrap_err() {
        Error::StoreLocked { path, holder } => {
            assert_eq!(path, dir.join(".timevault.write.lock"));
            assert_eq!(holder, format!("pid={pid}"));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_store_opens_once_in_a_process() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_dir(dir.path()).unwrap();
    assert_locked(open_dir(dir.path()), dir.path(), std::process::id());
    let clone = store.clone();
    drop(store);
    assert_locked(open_dir(dir.path()), dir.path(), std::process::id());
    drop(clone);
    open_dir(dir.path()).unwrap();
}

#[test]
fn an_open_partition_holds_its_store() {
    let dir = tempfile::tempdir().unwrap();
    let partition = create_in(dir.path());
    assert_locked(open_dir(dir.path()), dir.path(), std::process::id());
    partition.close().unwrap();
    drop(reopen_in(dir.path()).unwrap());
    reopen_in(dir.path()).unwrap();
}

#[test]
fn a_partition_opens_once() {
    let fs = SimFs::new_unrecorded();
    let store = store_on(&fs);
    let partition = store
        .create_partition(ID, config(190, 2), Arc::new(Jsonl))
        .unwrap();
    let before = fs.to_tree();
    for _ in 0..2 {
        let second = store.open_partition(ID, Arc::new(Jsonl)).unwrap_err();
        assert!(
            matches!(second, Error::PartitionInUse { id: ID }),
            "{second:?}"
        );
        let second = store.create_partition(ID, config(190, 2), Arc::new(Jsonl));
        assert!(matches!(
            second.unwrap_err(),
            Error::PartitionInUse { id: ID }
        ));
    }
    assert!(fs.to_tree() == before);
    let other = Uuid::from_u128(2);
    let other = store
        .create_partition(other, config(190, 2), Arc::new(Jsonl))
        .unwrap();
    drop(partition);
    let partition = store.open_partition(ID, Arc::new(Jsonl)).unwrap();
    drop((partition, other));
    let exists = store.create_partition(ID, config(190, 2), Arc::new(Jsonl));
    assert!(matches!(
        exists.unwrap_err(),
        Error::PartitionExists { id: ID }
    ));
}

#[test]
fn a_failed_open_gives_the_partition_back() {
    let fs = SimFs::new_unrecorded();
    let store = store_on(&fs);
    let missing = store.open_partition(ID, Arc::new(Jsonl)).unwrap_err();
    assert!(matches!(missing, Error::PartitionNotFound { id: ID, .. }));
    drop(
        store
            .create_partition(ID, config(190, 2), Arc::new(Jsonl))
            .unwrap(),
    );
    let wrong = store.open_partition(ID, Arc::new(Strict)).unwrap_err();
    assert!(matches!(wrong, Error::UnknownPlugin { .. }));
    store.open_partition(ID, Arc::new(Jsonl)).unwrap();
}

/// Not a test: the other process of the tests below, which run this binary again for it.
#[test]
#[ignore = "run by other tests, in a process of its own"]
fn child_holds_the_lock() {
    let Some(dir) = std::env::var_os(CHILD_STORE) else {
        return;
    };
    let mut partition = reopen_in(Path::new(&dir)).unwrap();
    append(&mut partition, &[2]);
    println!("\n{CHILD_READY}");
    // Until this process is killed or its input is closed.
    let _ended = std::io::stdin().read_to_end(&mut Vec::new());
}

/// A child that holds the store's lock, and its output, which it needs to end well.
fn spawn_holder(dir: &Path) -> (Child, impl BufRead) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--ignored",
            "--exact",
            "--nocapture",
            "child_holds_the_lock",
        ])
        .env(CHILD_STORE, dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut lines = output.by_ref().lines().map_while(Result::ok);
    assert!(
        lines.any(|line| line == CHILD_READY),
        "the child ended early"
    );
    (child, output)
}

#[test]
fn a_store_that_another_process_has_open_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let mut partition = create_in(dir.path());
    append(&mut partition, &[1]);
    partition.close().unwrap();
    let (mut child, _output) = spawn_holder(dir.path());
    for _ in 0..2 {
        assert_locked(open_dir(dir.path()), dir.path(), child.id());
    }
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
    assert_eq!(contents(&reopen_in(dir.path()).unwrap()), entries([1, 2]));
}

#[test]
fn the_lock_of_a_killed_process_does_not_block() {
    let dir = tempfile::tempdir().unwrap();
    create_in(dir.path()).close().unwrap();
    for round in 1..=3 {
        let (mut child, _output) = spawn_holder(dir.path());
        assert_locked(open_dir(dir.path()), dir.path(), child.id());
        child.kill().unwrap();
        assert!(!child.wait().unwrap().success());
        let partition = reopen_in(dir.path()).unwrap();
        assert_eq!(contents(&partition), entries(vec![2; round]));
    }
}

#[test]
fn an_open_waits_for_a_partition_that_is_being_closed() {
    let fs = SimFs::new_unrecorded();
    let store = store_on(&fs);
    for _ in 0..50 {
        let partition = match store.create_partition(ID, config(190, 2), Arc::new(Jsonl)) {
            Err(Error::PartitionExists { .. }) => {
                store.open_partition(ID, Arc::new(Jsonl)).unwrap()
            }
            created => created.unwrap(),
        };
        partition.mark_closing();
        let (opening, about_to_open) = mpsc::channel();
        let closer = std::thread::spawn(move || {
            about_to_open.recv().unwrap();
            std::thread::yield_now();
            partition.close().unwrap();
        });
        opening.send(()).unwrap();
        store.open_partition(ID, Arc::new(Jsonl)).unwrap();
        closer.join().unwrap();
    }
}

#[test]
fn an_open_of_the_store_waits_for_a_partition_that_is_being_closed() {
    let dir = tempfile::tempdir().unwrap();
    create_in(dir.path()).close().unwrap();
    for _ in 0..20 {
        let partition = reopen_in(dir.path()).unwrap();
        let mark = partition.closing_mark();
        let (opening, about_to_open) = mpsc::channel();
        let closer = std::thread::spawn(move || {
            about_to_open.recv().unwrap();
            std::thread::yield_now();
            drop(partition);
        });
        mark.mark();
        mark.mark();
        opening.send(()).unwrap();
        let store = open_dir(dir.path()).unwrap();
        closer.join().unwrap();
        drop(store);
    }
}

/// The story: stores that were being closed were told apart by their path alone, and simulated disks
/// share their paths. An open that had to be refused waited for stores on other disks, on a busy
/// machine so long that a harness took the call for one that hangs.
#[test]
fn an_open_waits_for_no_store_on_another_disk() {
    let create = |disk: &SimFs| {
        let store = Store::open("/store", options(Arc::new(disk.clone()))).unwrap();
        let config = config(190, 2);
        store.create_partition(ID, config, Arc::new(Jsonl)).unwrap()
    };
    let (disk, other) = (SimFs::new(), SimFs::new());
    let (open, closing) = (create(&disk), create(&other));
    closing.closing_mark().mark();
    let (done, refused) = mpsc::channel();
    std::thread::spawn(move || {
        let second = Store::open("/store", options(Arc::new(disk)));
        done.send(second.map(drop)).unwrap();
    });
    let refused = refused.recv_timeout(CLOSE_WAIT / 2).unwrap();
    assert!(matches!(refused, Err(Error::StoreLocked { .. })));
    drop((open, closing));
}

/// The story: a lock was given up by closing its file. A process that another thread was just
/// starting held a copy of the handle until it ran its program, and the lock with it: a store could
/// not be opened right after it was dropped.
#[test]
fn starting_processes_keep_no_lock() {
    let dir = tempfile::tempdir().unwrap();
    let (stop, stopped) = mpsc::channel::<()>();
    let starter = std::thread::spawn(move || {
        let mut started = 0;
        while stopped.try_recv() == Err(mpsc::TryRecvError::Empty) {
            let mut command = Command::new(std::env::current_exe().unwrap());
            let child = command.arg("--list").stdout(Stdio::null()).spawn();
            assert!(child.unwrap().wait().unwrap().success());
            started += 1;
        }
        started
    });
    for _ in 0..2_000 {
        drop(open_dir(dir.path()).unwrap());
    }
    drop(stop);
    println!("{} processes started", starter.join().unwrap());
}

#[test]
fn a_marked_partition_does_not_make_the_store_wait_for_its_own_handle() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_dir(dir.path()).unwrap();
    let partition = store
        .create_partition(ID, config(190, 2), Arc::new(Jsonl))
        .unwrap();
    partition.mark_closing();
    drop(partition);
    assert_locked(open_dir(dir.path()), dir.path(), std::process::id());
    drop(store);
    open_dir(dir.path()).unwrap();
}

/// The story: an owner kept the mark, the writer behind it ended first, and the owner set the mark
/// after that. Nothing was there to take it back: every later open waited out its time and was
/// refused as still closing.
#[test]
fn a_mark_that_is_set_after_the_end_marks_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_dir(dir.path()).unwrap();
    let partition = store
        .create_partition(ID, config(190, 2), Arc::new(Jsonl))
        .unwrap();
    let late = partition.closing_mark();
    drop(partition);
    late.mark();
    let partition = store.open_partition(ID, Arc::new(Jsonl)).unwrap();
    let in_use = store.open_partition(ID, Arc::new(Jsonl)).unwrap_err();
    assert!(matches!(in_use, Error::PartitionInUse { .. }));
    late.mark();
    let in_use = store.open_partition(ID, Arc::new(Jsonl)).unwrap_err();
    assert!(
        matches!(in_use, Error::PartitionInUse { .. }),
        "a mark of the one before"
    );
    assert_locked(open_dir(dir.path()), dir.path(), std::process::id());
    drop((partition, store));
    open_dir(dir.path()).unwrap();
}

#[test]
fn readers_hold_no_lock_and_end_with_their_partition() {
    let dir = tempfile::tempdir().unwrap();
    let mut partition = create_in(dir.path());
    append(&mut partition, &[1, 2]);
    let reader = partition.reader();
    assert_eq!(reader.read_range(0..=9).unwrap().len(), 2);
    drop(partition);
    let partition = reopen_in(dir.path()).unwrap();
    assert_eq!(contents(&partition), entries([1, 2]));
    for error in [
        reader.read_range(0..=9).unwrap_err(),
        reader.last_record().unwrap_err(),
        reader.first_key().unwrap_err(),
        reader.last_key().unwrap_err(),
        reader.last_purge_id().unwrap_err(),
    ] {
        assert!(matches!(error, Error::Closed), "{error:?}");
    }
    let reader = partition.reader();
    partition.close().unwrap();
    assert!(matches!(
        reader.read_range(0..=9).unwrap_err(),
        Error::Closed
    ));
    reopen_in(dir.path()).unwrap();
}
