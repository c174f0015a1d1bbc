//! `check`, `dump` and `repair` at work: beside a writer, into a closed pipe, and mending.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use crate::stores::Stored;
use openraft_timevault::timevault::{Store, StoreOptions};

#[test]
fn a_store_in_use_is_checked_dumped_and_not_repaired() {
    let stored = Stored::healthy();
    let store = Store::open(stored.root(), StoreOptions::default()).unwrap();
    let printed = stored.exits(0, &["check", "DIR"]);
    if cfg!(target_os = "linux") {
        assert!(printed.contains("IN USE by pid=PID"), "{printed}");
    }
    assert_eq!(stored.run(&["dump", "DIR"]).1, 0);
    for args in [&["repair", "DIR"][..], &["repair", "--yes", "DIR"]] {
        let (printed, code) = stored.run(args);
        if cfg!(target_os = "linux") || args.len() == 3 {
            assert_eq!(code, 2, "{printed}");
            assert!(printed.contains("pid=PID"), "{printed}");
        }
    }
    drop(store);
    assert_eq!(stored.run(&["repair", "DIR"]).1, 0);
}

#[test]
fn a_pipe_that_is_closed_early_is_no_error() {
    let stored = Stored::large(20_000);
    for args in [
        &["dump", "DIR", "--range", ".."][..],
        &["dump", "DIR", "--range", "..", "--format", "json"],
    ] {
        let mut command = stored.command(args);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.next().unwrap().unwrap().contains("index"));
        drop(lines);
        let output = child.wait_with_output().unwrap();
        assert!(
            output.status.success() && output.stderr.is_empty(),
            "{output:?}"
        );
    }
}

#[test]
fn each_line_of_json_is_one_record() {
    let stored = Stored::large(300);
    let printed = stored.exits(0, &["dump", "DIR", "--range", "10..", "--format", "json"]);
    let indexes = printed.lines().map(|line| {
        let record: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(record["payload"], format!("set x {}", record["index"]));
        record["index"].as_u64().unwrap()
    });
    assert!(indexes.eq(10..300));
}

#[test]
fn repair_writes_what_was_there_before() {
    for broken in ["missing", "changed", "cut"] {
        let stored = Stored::healthy();
        let whole = stored.tree();
        let path = stored.middle("index");
        let stored = match broken {
            "missing" => stored.without(&path),
            "changed" => stored.flipped(&path, 20),
            _ => stored.changed(&path, |bytes| bytes.truncate(10)),
        };
        let damaged = stored.tree();
        let printed = stored.exits(1, &["repair", "DIR"]);
        assert!(printed.contains("nothing was changed"), "{printed}");
        assert!(stored.tree() == damaged);
        stored.exits(0, &["repair", "--yes", "DIR"]);
        assert!(stored.tree() == whole, "{broken}");
        assert_eq!(stored.run(&["check", "DIR"]).1, 0);
    }
}

#[test]
fn repair_removes_leftovers_and_touches_nothing_else() {
    let stored = Stored::healthy();
    let whole = stored.tree();
    let stored = stored
        .with("manifest.jsonl.tmp", b"half")
        .with("chunks/00000000000000ff.index", b"")
        .with("chunks/notes.txt", b"mine");
    stored.exits(0, &["repair", "--yes", "DIR"]);
    let notes = stored.file("chunks/notes.txt");
    assert_eq!(fs::read(&notes).unwrap(), b"mine");
    fs::remove_file(notes).unwrap();
    assert!(stored.tree() == whole);
}

/// What is lost stays lost: nothing is cut, nothing is made up.
#[test]
fn repair_changes_nothing_where_something_would_be_lost() {
    let chunk = |stored: Stored| {
        let path = stored.middle("chunk");
        stored.flipped(&path, 30)
    };
    let both = |stored: Stored| {
        let path = stored.middle("index");
        chunk(stored).without(&path)
    };
    let manifest = |stored: Stored| {
        let (path, index) = (stored.file("manifest.jsonl"), stored.middle("index"));
        stored.flipped(&path, 30).without(&index)
    };
    let vote = |stored: Stored| {
        let path = stored.file("raft_vote.json");
        stored.without(&path)
    };
    let cases: [&dyn Fn(Stored) -> Stored; 4] = [&chunk, &both, &manifest, &vote];
    for damage in cases {
        let stored = damage(Stored::healthy());
        let damaged = stored.tree();
        let printed = stored.exits(1, &["repair", "--yes", "DIR"]);
        assert!(stored.tree() == damaged, "{printed}");
        assert!(printed.contains("what to do"), "{printed}");
    }
}

#[test]
fn help_tells_the_exit_codes() {
    let stored = Stored::empty();
    for verb in ["check", "dump", "repair"] {
        let printed = stored.exits(0, &[verb, "--help"]);
        for text in ["Exit codes:", "0  healthy", "1  damage", "2  wrong usage"] {
            assert!(printed.contains(text), "{verb}: {printed}");
        }
    }
}

#[test]
fn repair_names_what_is_wrong_around_the_partitions() {
    let stored = Stored::healthy().moved("6c/75/6f70656e-7261-6674-8074-696d65766c74", false);
    for args in [&["repair", "DIR"][..], &["repair", "--yes", "DIR"]] {
        let printed = stored.exits(1, args);
        assert!(printed.contains("misplaced-partition"), "{printed}");
        let place = "6c/74/6f70656e-7261-6674-8074-696d65766c74";
        assert!(printed.contains(place), "{printed}");
    }
}

#[test]
fn an_option_of_the_campaign_before_another_verb_is_refused() {
    let stored = Stored::healthy();
    for args in [
        &["--format", "json", "check", "DIR"][..],
        &["--no-bugs", "dump", "DIR"],
    ] {
        let printed = stored.exits(2, args);
        assert!(printed.contains("cannot be used with"), "{printed}");
    }
}
