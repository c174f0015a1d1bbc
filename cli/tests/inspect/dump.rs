//! What `dump` says of records that are missing or out of order.

use std::fs;

use crate::stores::{Stored, index_block, sealed_line, unsealed};
use serde_json::Value;

/// The entry of this index with another term, sealed as it should be.
fn with_term(bytes: &[u8], index: u64, term: u64) -> Vec<u8> {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let place = format!("\"index\":{index}}}");
    let lines = text.split_inclusive('\n').map(|line| {
        if !line.contains(&place) {
            return line.as_bytes().to_vec();
        }
        sealed_line(&unsealed(line).replace("\"term\":1", &format!("\"term\":{term}")))
    });
    lines.collect::<Vec<_>>().concat()
}

#[test]
fn dump_tells_of_records_out_of_order_with_file_and_offset() {
    let stored = Stored::healthy();
    let path = stored.last_chunk();
    let stored = stored.changed(&path, |bytes| *bytes = with_term(bytes, 9, 7));
    for args in [
        &["dump", "DIR", "--range", "8.."][..],
        &["dump", "DIR", "--range", "..", "--format", "json"],
        &["dump", "DIR", "--range", "10..=10"],
        &["dump", "DIR", "--entry", "10"],
    ] {
        let printed = stored.exits(1, args);
        assert!(printed.contains("log-id-order"), "{args:?}: {printed}");
        assert!(
            printed.contains("0000000000000008.chunk at "),
            "{args:?}: {printed}"
        );
    }
    // All intact records are shown.
    let (printed, _) = stored.run(&["dump", "DIR", "--range", "8..", "--format", "json"]);
    assert_eq!(
        printed.lines().filter(|line| line.starts_with('{')).count(),
        4
    );
}

/// A chunk whose first line is gone, in the middle of the log, its manifest line as it was.
#[test]
fn dump_tells_of_a_hole_inside_a_chunk_and_between_chunks() {
    let stored = Stored::healthy();
    let (path, index) = (
        stored.last_chunk(),
        stored.last_chunk().with_extension("index"),
    );
    let stored = stored
        .changed(&path, |bytes| {
            let end = bytes.iter().position(|byte| *byte == b'\n').unwrap();
            bytes.drain(..=end);
        })
        .without(&index);
    for args in [
        &["dump", "DIR", "--entry", "8"][..],
        &["dump", "DIR", "--entry", "9"],
        &["dump", "DIR", "--range", "6..10"],
        &["dump", "DIR"],
    ] {
        let printed = stored.exits(1, args);
        assert!(
            printed.contains("0000000000000008.chunk at offset 0"),
            "{printed}"
        );
        assert!(!printed.contains("has no record"), "{args:?}: {printed}");
    }
    // The line and the files of a chunk in the middle are gone.
    let stored = Stored::healthy();
    let (chunk, index) = (stored.middle("chunk"), stored.middle("index"));
    let manifest = stored.file("manifest.jsonl");
    let stored = stored
        .without(&chunk)
        .without(&index)
        .changed(&manifest, |bytes| {
            let text = String::from_utf8(bytes.clone()).unwrap();
            let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
            lines.remove(1);
            *bytes = lines.concat().into_bytes();
        });
    for args in [
        &["dump", "DIR", "--entry", "5"][..],
        &["dump", "DIR", "--range", "5..7"],
        &["dump", "DIR", "--range", "2.."],
        &["dump", "DIR"],
    ] {
        let printed = stored.exits(1, args);
        assert!(printed.contains("manifest.jsonl"), "{args:?}: {printed}");
    }
    assert_eq!(stored.run(&["dump", "DIR", "--range", "0..3"]).1, 0);
}

/// An index that is intact and wrong hides records from a reader that trusts it.
#[test]
fn dump_does_not_trust_an_index_that_is_wrong() {
    for stored in [Stored::healthy(), Stored::plain()] {
        let chunk = stored.middle("chunk");
        let bytes = fs::read(&chunk).unwrap();
        let json = |args: &[&str]| {
            let printed = stored.exits(0, args);
            let keys = printed.lines().map(|line| {
                let line: Value = serde_json::from_str(line).unwrap();
                let key = line.get("index").or(line.get("key")).unwrap();
                (
                    key.as_u64().unwrap(),
                    line["chunk"].as_str().unwrap().to_owned(),
                )
            });
            keys.collect::<Vec<_>>()
        };
        let all = json(&["dump", "DIR", "--range", "..", "--format", "json"]);
        let name = format!("chunks/{}", chunk.file_name().unwrap().to_str().unwrap());
        let within: Vec<u64> = all
            .iter()
            .filter(|(_, chunk)| *chunk == name)
            .map(|(key, _)| *key)
            .collect();
        let last = *within.last().unwrap();
        // One block over the whole chunk that ends, as it says, below the last record.
        let line = index_block(within[0], last - 1, 0, bytes.len());
        let index = chunk.with_extension("index");
        let stored = stored.changed(&index, |bytes| *bytes = line);
        let printed = stored.exits(1, &["dump", "DIR", "--entry", &last.to_string()]);
        assert!(printed.contains("payload"), "{printed}");
        assert!(printed.contains(".index at offset "), "{printed}");
        // What is asked for is shown in spite of the index, and everything behind it.
        let from = format!("{}..", within[0]);
        let printed = stored.exits(1, &["dump", "DIR", "--range", &from, "--format", "json"]);
        let shown = printed.lines().filter(|line| line.starts_with('{')).count();
        let expected = all.iter().filter(|(key, _)| *key >= within[0]).count();
        assert_eq!(shown, expected, "{printed}");
    }
}

/// The entry before the first one wanted is read too, to see whether that one is in order.
#[test]
fn damage_in_the_block_before_keeps_no_entry_from_being_shown() {
    let stored = Stored::healthy();
    // Two entries a block, three a chunk at the least: 6 begins the second block of its chunk.
    let chunk = stored.middle("chunk");
    let stored = stored.changed(&chunk, |bytes| bytes[20] ^= 1);
    for args in [&["--entry", "6"][..], &["--range", "6.."]] {
        let printed = stored.exits(1, &[&["dump", "DIR"], args].concat());
        assert!(printed.contains("set x6"), "{printed}");
        assert!(printed.contains("0000000000000004.chunk"), "{printed}");
    }
    let printed = stored.exits(1, &["dump", "DIR", "--entry", "5"]);
    assert!(!printed.contains("set x5"), "{printed}");
}

/// A crash between the purge file and what follows it; the purged id as it is written.
fn purge_pending(term: u64, index: u64) -> Stored {
    let id = format!(r#"{{"leader_id":{{"term":{term},"node_id":1}},"index":{index}}}"#);
    let file = format!(r#"{{"last_deleted":{id}}}"#);
    Stored::purged().sealed("raft_purge.json", &file)
}

/// The next open finishes the purge, and `check` says what it will come to.
#[test]
fn dump_hides_what_a_pending_purge_removes() {
    for (term, index, first, last) in [
        (1, 8, Some("T1-N1-9"), "T1-N1-11"),
        // Beyond the end.
        (3, 15, None, "T3-N1-15"),
        // Entries of an older leader behind it go too.
        (2, 8, None, "T2-N1-8"),
    ] {
        let stored = purge_pending(term, index);
        let checked = stored.exits(0, &["check", "DIR"]);
        assert!(
            checked.contains(&format!("last       {last}\n")),
            "{checked}"
        );
        let printed = stored.exits(0, &["dump", "DIR"]);
        let first_line = format!("first      {}\n", first.unwrap_or("-"));
        assert!(printed.contains(&first_line), "{printed}");
        assert!(
            printed.contains(&format!("last       {last}\n")),
            "{printed}"
        );
        let printed = stored.exits(0, &["dump", "DIR", "--range", ".."]);
        assert!(!printed.contains("set x8"), "{printed}");
        assert_eq!(printed.contains("set x9"), first.is_some(), "{printed}");
    }
}

/// The purge file knows better, so `check` calls it pending and an open goes on.
#[test]
fn a_purge_point_of_an_older_state_does_not_keep_dump_from_showing_the_log() {
    let stored = Stored::purged();
    let text = fs::read_to_string(stored.file("metadata.json")).unwrap();
    let object = unsealed(&text).replace("\"last_purge_id\":6", "\"last_purge_id\":2");
    let stored = stored.sealed("metadata.json", &object);
    let checked = stored.exits(0, &["check", "DIR"]);
    assert!(checked.contains("purge-ahead"), "{checked}");
    let printed = stored.exits(0, &["dump", "DIR", "--range", ".."]);
    assert!(
        printed.contains("set x7") && !printed.contains("set x6"),
        "{printed}"
    );
}
