//! What `repair` removes, and what it leaves alone.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests look at files from outside"
)]

mod stores;

use std::fs;

use stores::Stored;

#[test]
fn repair_keeps_a_temp_file_that_may_be_the_only_copy() {
    let vote = fs::read(Stored::healthy().file("raft_vote.json")).unwrap();
    let manifest = fs::read(Stored::healthy().file("manifest.jsonl")).unwrap();
    let wiped = |name: &str, bytes: &[u8]| {
        let stored = Stored::healthy();
        let path = stored.file(name);
        let stored = stored.with(&format!("{name}.tmp"), bytes);
        stored.changed(&path, |content| content.fill(0))
    };
    let gone = |name: &str, bytes: &[u8]| {
        let stored = Stored::healthy();
        let path = stored.file(name);
        stored.with(&format!("{name}.tmp"), bytes).without(&path)
    };
    for (stored, left) in [
        (wiped("raft_vote.json", &vote), "raft_vote.json.tmp"),
        (gone("raft_vote.json", &vote), "raft_vote.json.tmp"),
        (gone("manifest.jsonl", &manifest), "manifest.jsonl.tmp"),
        (wiped("manifest.jsonl", &manifest), "manifest.jsonl.tmp"),
        (gone("metadata.json", b"{"), "metadata.json.tmp"),
    ] {
        let damaged = stored.tree();
        let (printed, code) = stored.run(&["repair", "--yes", "DIR"]);
        assert_eq!(code, 1, "{printed}");
        assert!(stored.tree() == damaged, "{printed}");
        assert!(
            printed.contains(&format!("left alone: {left}")),
            "{printed}"
        );
    }
}

#[test]
fn repair_keeps_a_temp_file_of_no_known_name_and_takes_those_of_intact_files() {
    let stored = Stored::healthy()
        .with("raft_vote.json.tmp", b"{")
        .with("raft_committed.json.tmp", b"{")
        .with("metadata.json.tmp", b"")
        .with("notes.tmp", b"mine")
        .with("manifest.jsonl.bak.tmp", b"mine");
    let (printed, code) = stored.run(&["repair", "--yes", "DIR"]);
    assert_eq!(code, 0, "{printed}");
    for (name, stays) in [
        ("raft_vote.json.tmp", false),
        ("metadata.json.tmp", false),
        ("raft_committed.json.tmp", true),
        ("notes.tmp", true),
        ("manifest.jsonl.bak.tmp", true),
    ] {
        assert_eq!(stored.file(name).is_file(), stays, "{name}: {printed}");
        let told = printed.contains(&format!("left alone: {name}"));
        assert_eq!(told, stays, "{name}: {printed}");
    }
    // The first purge was cut short: healthy, and the announcement is not to be guessed at.
    let stored = Stored::healthy().with("raft_purge.json.tmp", b"{");
    let (printed, code) = stored.run(&["repair", "--yes", "DIR"]);
    assert_eq!(code, 0, "{printed}");
    assert!(stored.file("raft_purge.json.tmp").is_file(), "{printed}");
}
