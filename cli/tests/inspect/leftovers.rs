//! What `repair` removes, and what it leaves alone.

use std::fs;

use crate::stores::{Stored, checked, expect, index_block};

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
        let printed = stored.exits(1, &["repair", "--yes", "DIR"]);
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
    let printed = stored.exits(0, &["repair", "--yes", "DIR"]);
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
    let printed = stored.exits(0, &["repair", "--yes", "DIR"]);
    assert!(stored.file("raft_purge.json.tmp").is_file(), "{printed}");
}

/// A repair that is cut short leaves the index that it was writing, beside the old one or none.
#[test]
fn what_a_repair_that_was_cut_short_leaves_is_known_and_goes() {
    for gone in [false, true] {
        let stored = Stored::healthy();
        let whole = stored.tree();
        let index = stored.middle("index");
        let temp = index.with_extension("index.tmp");
        fs::write(&temp, "half").unwrap();
        let stored = if gone { stored.without(&index) } else { stored };
        match gone {
            true => expect(&stored, 1, "damage", &["temp-file", "index-missing"]),
            false => expect(&stored, 0, "recovery pending", &["temp-file"]),
        };
        let printed = stored.exits(0, &["repair", "--yes", "DIR"]);
        assert!(stored.tree() == whole, "{printed}");
    }
}

#[test]
fn a_repair_names_what_is_in_its_way() {
    let stored = Stored::healthy();
    let index = stored.middle("index");
    let temp = index.with_extension("index.tmp");
    let stored = stored.without(&index);
    fs::create_dir(&temp).unwrap();
    let printed = stored.exits(2, &["repair", "--yes", "DIR"]);
    assert!(printed.contains(".index.tmp is a directory"), "{printed}");
}

/// The file beside it could never be replaced.
#[test]
fn a_directory_in_the_place_of_a_temp_file_is_damage() {
    for name in [
        "raft_vote.json",
        "raft_purge.json",
        "metadata.json",
        "manifest.jsonl",
    ] {
        let stored = Stored::purged();
        fs::create_dir(stored.file(&format!("{name}.tmp"))).unwrap();
        expect(&stored, 1, "damage", &["not-a-file"]);
    }
    // Nothing ever stands there.
    let stored = Stored::healthy();
    fs::create_dir(stored.file("raft_committed.json.tmp")).unwrap();
    expect(&stored, 0, "healthy", &["foreign-temp-file"]);
}

#[test]
fn a_wrong_index_beside_a_proven_chunk_is_repaired() {
    let stored = Stored::healthy();
    let whole = stored.tree();
    let (chunk, index) = (stored.middle("chunk"), stored.middle("index"));
    let len = fs::read(&chunk).unwrap().len();
    let stored = stored.changed(&index, |bytes| *bytes = index_block(4, 7, 0, len + 10));
    let human = expect(&stored, 1, "damage", &["index-mismatch"]);
    assert!(human.contains("`repair` writes it anew"), "{human}");
    stored.exits(0, &["repair", "--yes", "DIR"]);
    assert!(stored.tree() == whole);
    // Nothing proves an open chunk: what its index says was once durable.
    let stored = Stored::healthy();
    let (chunk, index) = (
        stored.last_chunk(),
        stored.last_chunk().with_extension("index"),
    );
    let len = fs::read(&chunk).unwrap().len();
    let stored = stored.changed(&index, |bytes| *bytes = index_block(8, 11, 0, len + 10));
    expect(&stored, 1, "damage", &["chunk-shorter-than-index"]);
}

#[test]
fn what_to_do_promises_a_repair_only_where_there_is_one() {
    let broken = |damage: &dyn Fn(Stored) -> Stored| {
        let stored = Stored::healthy();
        let index = stored.middle("index");
        damage(stored.without(&index))
    };
    let chunk = |stored: Stored| {
        let path = stored.middle("chunk");
        stored.flipped(&path, 30)
    };
    let metadata = |stored: Stored| {
        let path = stored.file("metadata.json");
        stored.flipped(&path, 30)
    };
    let open_index = |stored: Stored| {
        let (path, len) = (
            stored.last_chunk(),
            fs::read(stored.last_chunk()).unwrap().len(),
        );
        let index = path.with_extension("index");
        stored.changed(&index, |bytes| *bytes = index_block(8, 10, 0, len))
    };
    let none = |stored: Stored| stored;
    let cases: [(&dyn Fn(Stored) -> Stored, bool); 3] =
        [(&none, true), (&chunk, false), (&metadata, false)];
    let told = |stored: &Stored, kind: &str| {
        let (_, _, _, document) = checked(stored);
        let findings = document["partitions"][0]["findings"].as_array().unwrap();
        let finding = findings.iter().find(|finding| finding["kind"] == kind);
        finding.unwrap()["action"]
            .as_str()
            .unwrap()
            .contains("`repair` writes it anew")
    };
    let kind = "index-missing";
    for (damage, repairable) in cases {
        let stored = broken(damage);
        assert_eq!(told(&stored, kind), repairable, "{kind}");
        let (printed, _) = stored.run(&["repair", "DIR"]);
        assert_eq!(
            printed.contains("would write the index"),
            repairable,
            "{printed}"
        );
    }
    assert!(!told(&open_index(Stored::healthy()), "index-mismatch"));
}
