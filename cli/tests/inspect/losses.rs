//! What only loss leaves, and what the creation of a log leaves that was cut short.

use std::fs;

use crate::stores::{Stored, checked, expect, unsealed};

#[test]
fn a_partition_without_a_file_is_empty_wherever_it_stands() {
    let bare = Stored::healthy().emptied(false);
    let human = expect(&bare, 2, "empty", &["empty-partition"]);
    assert!(!human.contains("healthy"), "{human}");
    let directories = Stored::healthy().emptied(true);
    expect(&directories, 2, "empty", &["empty-partition"]);
    for stored in [&bare, &directories] {
        for args in [
            &["check", "PARTITION"][..],
            &["dump", "DIR"],
            &["dump", "PARTITION"],
            &["repair", "--yes", "DIR"],
        ] {
            let printed = stored.exits(2, args);
            assert!(printed.contains("empty"), "{args:?}: {printed}");
        }
    }
}

/// A creation writes an empty manifest, then the metadata, each through a temp file.
#[test]
fn what_a_creation_cut_short_leaves_is_healthy_and_what_it_cannot_leave_is_not() {
    let half = |files: &[(&str, &[u8])]| {
        let stored = Stored::healthy().emptied(true);
        files
            .iter()
            .fold(stored, |stored, (name, bytes)| stored.with(name, bytes))
    };
    let metadata = fs::read(Stored::healthy().file("metadata.json")).unwrap();
    let crashes: [&[(&str, &[u8])]; 4] = [
        &[("manifest.jsonl.tmp", b"")],
        &[("manifest.jsonl", b"")],
        &[("manifest.jsonl", b""), ("metadata.json.tmp", b"{\"part")],
        &[("manifest.jsonl", b""), ("metadata.json.tmp", &metadata)],
    ];
    for files in crashes {
        let stored = half(files);
        expect(&stored, 0, "recovery pending", &["half-made-partition"]);
        let printed = stored.exits(0, &["dump", "DIR"]);
        assert!(printed.contains("holds nothing yet"), "{printed}");
        stored.exits(2, &["dump", "DIR", "--entry", "0"]);
    }
    let line = b"{\"chunk_id\":0,\"min_order_key\":0}\n";
    let purged = fs::read_to_string(Stored::purged().file("metadata.json")).unwrap();
    let purged = openraft_timevault::timevault::sealed::seal(unsealed(&purged).into_bytes());
    let losses: [&[(&str, &[u8])]; 6] = [
        &[("manifest.jsonl", b""), ("gc/0000000000000004.chunk", b"x")],
        &[("gc/0000000000000004.chunk", b"x")],
        &[("manifest.jsonl", b""), ("raft_vote.json.tmp", b"{")],
        &[("manifest.jsonl.tmp", line)],
        &[("metadata.json.tmp", b"{\"part")],
        &[("manifest.jsonl", b""), ("metadata.json.tmp", &purged)],
    ];
    for files in losses {
        let (_, code, kinds, _) = checked(&half(files));
        assert_eq!(
            (code, kinds[0].as_str()),
            (1, "metadata-missing"),
            "{files:?}"
        );
    }
}

/// Without its chunks and its vote a log looks as after its first open, but for what else it left.
#[test]
fn a_log_that_left_signs_of_use_is_not_called_never_used() {
    let reset = |name: Option<(&str, &[u8])>| {
        let stored = Stored::empty();
        let vote = stored.file("raft_vote.json");
        let stored = stored.without(&vote);
        match name {
            Some((name, bytes)) => stored.with(name, bytes),
            None => stored,
        }
    };
    expect(&reset(None), 0, "recovery pending", &["vote-not-yet"]);
    let committed = fs::read(Stored::healthy().file("raft_committed.json")).unwrap();
    let signs: [(&str, &[u8], &[&str]); 3] = [
        (
            "raft_committed.json",
            &committed,
            &["vote-missing", "committed-ahead"],
        ),
        (
            "gc/0000000000000000.chunk",
            b"x",
            &["in-gc", "vote-missing"],
        ),
        (
            "chunks/0000000000000000.chunk",
            b"",
            &["write-cut-short", "vote-missing"],
        ),
    ];
    for (name, bytes, kinds) in signs {
        expect(&reset(Some((name, bytes))), 1, "damage", kinds);
    }
    // A chunk without a record, still open: it was made for the first append.
    let stored = Stored::killed();
    let vote = stored.file("raft_vote.json");
    let (chunks, committed) = (stored.chunks(), stored.file("raft_committed.json"));
    let stored = chunks.iter().skip(1).fold(stored, |stored, path| {
        stored.without(path).without(&path.with_extension("index"))
    });
    let first = chunks[0].clone();
    let stored = stored
        .sealed("manifest.jsonl", r#"{"chunk_id":0,"min_order_key":0}"#)
        .changed(&first, Vec::clear)
        .changed(&first.with_extension("index"), Vec::clear)
        .without(&vote)
        .without(&committed);
    expect(&stored, 1, "damage", &["vote-missing"]);
}

/// Purge file and metadata of the time before a purge, as from an older copy: nothing says any more that
/// the first entries were purged.
#[test]
fn a_log_that_does_not_begin_at_the_beginning_is_not_called_whole() {
    let metadata = fs::read(Stored::healthy().file("metadata.json")).unwrap();
    let stored = Stored::purged();
    let purge = stored.file("raft_purge.json");
    let stored = stored.without(&purge).with("metadata.json", &metadata);
    let human = expect(&stored, 2, "not judged", &["front-unknown"]);
    assert!(human.contains("first index 0, or a purged id"), "{human}");
    let printed = stored.exits(2, &["dump", "DIR", "--entry", "8"]);
    assert!(printed.contains("front-unknown"), "{printed}");
}

/// Of an older copy each: one finding, and no advice that contradicts it.
#[test]
fn a_manifest_or_a_purge_file_from_before_a_purge_is_told_once() {
    let manifest = fs::read(Stored::healthy().file("manifest.jsonl")).unwrap();
    let stored = Stored::purged().with("manifest.jsonl", &manifest);
    expect(&stored, 1, "damage", &["chunk-missing"]);
    let id = r#"{"leader_id":{"term":1,"node_id":1},"index":2}"#;
    let older = format!(r#"{{"last_deleted":{id}}}"#);
    let stored = Stored::purged().sealed("raft_purge.json", &older);
    expect(&stored, 1, "damage", &["purge-file-behind"]);
}

/// Tools that copy files leave out directories that hold none.
#[test]
fn an_empty_log_without_its_directory_of_chunks_is_not_called_damaged() {
    let stored = Stored::empty();
    fs::remove_dir(stored.file("chunks")).unwrap();
    let human = expect(&stored, 2, "not judged", &["no-chunks-directory"]);
    assert!(human.contains("make the directory"), "{human}");
    let stored = Stored::healthy();
    fs::remove_dir_all(stored.file("chunks")).unwrap();
    expect(&stored, 1, "damage", &["chunks-missing"]);
}

#[test]
fn a_damaged_vote_is_not_shown_as_none() {
    let stored = Stored::healthy();
    let path = stored.file("raft_vote.json");
    let stored = stored.flipped(&path, 30);
    let (human, _, _, document) = checked(&stored);
    assert!(human.contains("vote       damaged"), "{human}");
    assert!(document["partitions"][0]["log"]["vote"]["error"].is_string());
    let stored = stored.without(&path);
    let (human, _, _, document) = checked(&stored);
    assert!(human.contains("vote       missing"), "{human}");
    assert!(document["partitions"][0]["log"]["vote"]["error"].is_string());
    let (human, _, _, document) = checked(&Stored::empty());
    assert!(human.contains("vote       null"), "{human}");
    assert!(document["partitions"][0]["log"]["vote"].is_null());
}
