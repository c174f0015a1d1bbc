//! What `check` and `dump` print about a healthy store, one that a crash left, and each kind of
//! damage; and that neither writes a byte.
//!
//! After a wanted change: `INSTA_UPDATE=always cargo test -p openraft-timevault-cli --test
//! inspect_snapshots`, then read the difference in git.
#![allow(clippy::unwrap_used, reason = "tests")]

mod stores;

use std::fmt::Write as _;

use serde_json::Value;
use stores::{Stored, unsealed};

/// Runs commands one after the other and writes down what they print, as in a terminal.
fn session(stored: &Stored, commands: &[&[&str]]) -> String {
    let before = stored.tree();
    let mut text = String::new();
    for args in commands {
        let (printed, code) = stored.run(args);
        let one_document = args.contains(&"json") && printed.lines().count() == 1;
        let printed = match serde_json::from_str::<Value>(&printed) {
            Ok(document) if one_document => format!("{document:#}\n"),
            _ => printed,
        };
        writeln!(text, "$ openraft-timevault {}", args.join(" ")).unwrap();
        writeln!(text, "{printed}[exit {code}]\n").unwrap();
    }
    assert!(stored.tree() == before, "something was written");
    text
}

/// Both verbs in both formats.
fn all(stored: &Stored) -> String {
    session(
        stored,
        &[
            &["check", "DIR"],
            &["check", "DIR", "--format", "json"],
            &["dump", "DIR"],
            &["dump", "DIR", "--format", "json"],
        ],
    )
}

/// For damage: the check, and the codes of the others.
fn damage(stored: &Stored) -> String {
    session(
        stored,
        &[
            &["check", "DIR"],
            &["check", "DIR", "--format", "json"],
            &["dump", "DIR", "--range", "..", "--format", "json"],
            &["repair", "DIR"],
        ],
    )
}

/// For what may not all be shown: the check, and what is shown.
fn dumps(stored: &Stored) -> String {
    session(
        stored,
        &[
            &["check", "DIR"],
            &["dump", "DIR"],
            &["dump", "DIR", "--range", "4..6"],
        ],
    )
}

macro_rules! snapshots {
    ($($name:ident: $session:ident of $stored:expr;)*) => {
        $(#[test]
        fn $name() {
            insta::with_settings!({ omit_expression => true }, {
                insta::assert_snapshot!(stringify!($name), $session(&$stored));
            });
        })*
    };
}

snapshots! {
    empty: all of Stored::empty();
    healthy: all of Stored::healthy();
    purged: all of Stored::purged();
    killed: all of Stored::killed();
    torn_tail: all of Stored::torn();
    in_gc: all of Stored::in_gc();
    plain_jsonl: all of Stored::plain();
    records_of_a_log: records of Stored::purged();
    records_of_a_plain_partition: records_plain of Stored::plain();
    partition_directory: of_partition of Stored::healthy();
    leftovers: damage of crash_leftovers();
    chunk_changed: damage of { let s = Stored::healthy(); let f = s.middle("chunk"); s.flipped(&f, 30) };
    chunk_missing: damage of { let s = Stored::healthy(); let f = s.middle("chunk"); s.without(&f) };
    chunk_cut: damage of { let s = Stored::healthy(); let f = s.middle("chunk"); s.changed(&f, |b| b.truncate(100)) };
    chunk_extended: damage of { let s = Stored::healthy(); let f = s.middle("chunk"); s.changed(&f, |b| b.extend_from_slice(b"\n\n")) };
    open_chunk_changed: damage of { let s = Stored::killed(); let f = s.last_chunk(); s.flipped(&f, 30) };
    open_chunk_cut: damage of { let s = Stored::healthy(); let f = s.last_chunk(); s.changed(&f, |b| b.truncate(100)) };
    line_removed: damage of { let s = Stored::healthy(); let f = s.last_chunk(); s.changed(&f, remove_first_line) };
    index_changed: damage of { let s = Stored::healthy(); let f = s.middle("index"); s.flipped(&f, 20) };
    index_missing: damage of { let s = Stored::healthy(); let f = s.middle("index"); s.without(&f) };
    manifest_changed: damage of { let s = Stored::healthy(); let f = s.file("manifest.jsonl"); s.flipped(&f, 90) };
    manifest_line_lost: damage of { let s = Stored::healthy(); let f = s.file("manifest.jsonl"); s.changed(&f, remove_first_line) };
    metadata_changed: damage of { let s = Stored::healthy(); let f = s.file("metadata.json"); s.flipped(&f, 30) };
    metadata_missing: damage of { let s = Stored::healthy(); let f = s.file("metadata.json"); s.without(&f) };
    vote_changed: damage of { let s = Stored::healthy(); let f = s.file("raft_vote.json"); s.flipped(&f, 30) };
    vote_missing: damage of { let s = Stored::healthy(); let f = s.file("raft_vote.json"); s.without(&f) };
    purge_file_changed: damage of { let s = Stored::purged(); let f = s.file("raft_purge.json"); s.flipped(&f, 30) };
    purge_file_missing: damage of { let s = Stored::purged(); let f = s.file("raft_purge.json"); s.without(&f) };
    committed_changed: damage of { let s = Stored::healthy(); let f = s.file("raft_committed.json"); s.flipped(&f, 30) };
    plain_jsonl_changed: damage of { let s = Stored::plain(); let f = s.middle("chunk"); s.flipped(&f, 30) };
    purged_record_changed: damage of { let s = Stored::purged(); let f = s.chunks()[0].clone(); s.flipped(&f, 30) };
    garbage_behind_a_closed_chunk: damage of { let s = Stored::healthy(); let f = s.middle("chunk"); s.changed(&f, |b| b.extend_from_slice(b"garbage\n")) };
    manifest_emptied: dumps of { let s = Stored::healthy(); let f = s.file("manifest.jsonl"); s.changed(&f, Vec::clear) };
    dump_without_a_purge_file: dumps of { let s = Stored::purged(); let f = s.file("raft_purge.json"); s.without(&f) };
    dump_with_a_changed_vote: dumps of { let s = Stored::healthy(); let f = s.file("raft_vote.json"); s.flipped(&f, 30) };
    dump_without_a_chunk: dumps of { let s = Stored::healthy(); let f = s.middle("chunk"); s.without(&f) };
    vote_of_an_older_term: damage of Stored::healthy().sealed("raft_vote.json", r#"{"vote":{"leader_id":{"term":0,"node_id":1},"committed":false}}"#);
    committed_above_the_end: damage of Stored::healthy().sealed("raft_committed.json", r#"{"committed":{"leader_id":{"term":1,"node_id":1},"index":12}}"#);
    nothing_there: dumps of Stored::nothing();
    misplaced_partition: dumps of Stored::healthy().moved("6c/75/6f70656e-7261-6674-8074-696d65766c74", false);
    stray_copy: dumps of Stored::healthy().moved("6c/74/backup", true);
    other_format: damage of of_another_plugin();
    no_store: of_nothing of Stored::empty();
}

fn records(stored: &Stored) -> String {
    session(
        stored,
        &[
            &["dump", "DIR", "--range", "8..10"],
            &["dump", "DIR", "--range", "..=7", "--format", "json"],
            &["dump", "DIR", "--entry", "8"],
            &["dump", "DIR", "--entry", "8", "--format", "json"],
            &["dump", "DIR", "--entry", "3"],
            &["dump", "DIR", "--entry", "99"],
            &["dump", "DIR", "--range", "9..4"],
            &["dump", "DIR", "--range", "100.."],
            &[
                "dump",
                "DIR",
                "--partition",
                "6f70656e-7261-6674-8074-000000000000",
            ],
        ],
    )
}

fn records_plain(stored: &Stored) -> String {
    session(
        stored,
        &[
            &["dump", "DIR", "--range", "1700000060000..=1700000120000"],
            &[
                "dump",
                "DIR",
                "--range",
                "1700000240000..",
                "--format",
                "json",
            ],
            &["dump", "DIR", "--entry", "1700000060000"],
        ],
    )
}

fn of_partition(stored: &Stored) -> String {
    session(
        stored,
        &[
            &["check", "PARTITION"],
            &["dump", "PARTITION", "--entry", "0"],
        ],
    )
}

fn of_nothing(stored: &Stored) -> String {
    let nowhere: &[&[&str]] = &[
        &["check", "/nowhere"],
        &["dump", "/"],
        &["repair", "/nowhere"],
        &["check"],
    ];
    session(stored, nowhere)
}

fn remove_first_line(bytes: &mut Vec<u8>) {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap();
    bytes.drain(..=end);
}

/// What crashes leave beside the chunks, and a file of somebody else.
fn crash_leftovers() -> Stored {
    Stored::healthy()
        .with("metadata.json.tmp", b"half")
        .with("chunks/00000000000000ff.index", b"")
        .with("chunks/00000000000000fe.chunk", b" {\"log_id\"")
        .with("chunks/notes.txt", b"mine")
}

/// A partition of a plugin that this program does not know.
fn of_another_plugin() -> Stored {
    let stored = Stored::plain();
    let path = stored.file("metadata.json");
    stored.changed(&path, |bytes| {
        let text = String::from_utf8(bytes.clone()).unwrap();
        let other = unsealed(&text).replace("\"jsonl\"", "\"sensors\"");
        *bytes = openraft_timevault::timevault::sealed::seal(other.into_bytes());
    })
}
