//! Lines without a checksum, and lines whose checksum is damaged so that it looks like none.

use std::fs;
use std::path::PathBuf;

use crate::stores::{Stored, checked, expect, unsealed};

/// The chunk of the plain store whose second record begins a batch of its own, and that record's line.
fn plain_line(stored: &Stored, at: usize) -> (PathBuf, std::ops::Range<usize>) {
    let path = stored.middle("chunk");
    let bytes = fs::read(&path).unwrap();
    let mut ends = vec![0];
    ends.extend(
        bytes
            .iter()
            .enumerate()
            .filter(|(_, byte)| **byte == b'\n')
            .map(|(at, _)| at + 1),
    );
    (path, ends[at]..ends[at + 1] - 1)
}

#[test]
fn a_line_whose_checksum_lost_its_name_does_not_pass_for_one_that_never_had_one() {
    // Offsets from the end of the line: in the name, in the colon, an upper-case digit.
    type Change<'c> = &'c dyn Fn(&mut [u8]);
    let changes: [Change<'_>; 3] = [
        &|line| line[line.len() - 15] ^= 1,
        &|line| line[line.len() - 18] ^= 0x20,
        &|line| {
            let end = line.len();
            let digits = line[end - 10..end - 2].iter_mut();
            digits
                .filter(|digit| digit.is_ascii_lowercase())
                .for_each(|digit| digit.make_ascii_uppercase());
        },
    ];
    for change in changes {
        let stored = Stored::plain();
        let (path, line) = plain_line(&stored, 1);
        let place = format!("at offset {}: expected a checksum", line.start);
        let stored = stored.changed(&path, |bytes| change(&mut bytes[line]));
        let human = stored.exits(1, &["check", "DIR"]);
        assert!(human.contains("checksum-damaged"), "{human}");
        expect(&stored, 1, "damage", &["checksum-damaged"]);
        for args in [["--range", "1700000240000.."], ["--entry", "1700000240000"]] {
            let printed = stored.exits(1, &[&["dump", "DIR"], &args[..]].concat());
            assert!(printed.contains("\"temperature\":4.5"), "{printed}");
            assert!(printed.contains(&place), "{printed}");
        }
    }
}

/// From this line on as another engine writes them.
fn unseal_from(bytes: &mut Vec<u8>, from: usize) {
    let text = String::from_utf8(bytes.clone()).unwrap();
    let lines = text.lines().enumerate().map(|(at, line)| match at >= from {
        true => unsealed(line.trim_start()) + "\n",
        false => format!("{line}\n"),
    });
    *bytes = lines.collect::<String>().into_bytes();
}

#[test]
fn records_without_a_checksum_are_counted_and_not_called_as_written() {
    let whole = Stored::plain();
    let (human, code, kinds, _) = checked(&whole);
    assert_eq!((code, kinds.len()), (0, 0));
    assert!(human.contains("everything is as it was written"), "{human}");
    let last = whole.last_chunk();
    let index = last.with_extension("index");
    let stored = whole
        .changed(&last, |bytes| unseal_from(bytes, 1))
        .without(&index);
    let (human, code, kinds, document) = checked(&stored);
    assert_eq!(code, 0, "{human}");
    assert!(kinds.contains(&"unchecked-records".to_owned()), "{human}");
    assert!(!human.contains("as it was written"), "{human}");
    assert!(human.contains("carry no checksum"), "{human}");
    let chunks = document["partitions"][0]["chunks"].as_array().unwrap();
    let unchecked: u64 = chunks
        .iter()
        .map(|chunk| chunk["unchecked_records"].as_u64().unwrap())
        .sum();
    assert_eq!(unchecked, 2, "{document:#}");
}

/// An index can be written anew, so a line that may have been changed is not believed.
#[test]
fn an_index_line_whose_checksum_lost_its_name_is_damaged() {
    for (chunk, code, verdict, kind) in [
        (0, 1, "damage", "index-damaged"),
        // That of the open chunk is written without a sync.
        (1, 0, "recovery pending", "index-behind"),
    ] {
        let stored = Stored::plain();
        let path = stored.chunks()[chunk].with_extension("index");
        let stored = stored.changed(&path, |bytes| {
            let at = bytes.windows(6).position(|name| name == b"crc32c");
            bytes[at.unwrap() + 2] ^= 1;
        });
        expect(&stored, code, verdict, &[kind]);
    }
}

#[test]
fn small_files_that_lost_their_checksum_are_told_too() {
    for name in ["metadata.json", "manifest.jsonl"] {
        let stored = Stored::plain();
        let path = stored.file(name);
        let stored = stored.changed(&path, |bytes| {
            let at = bytes.windows(6).position(|name| name == b"crc32c");
            bytes[at.unwrap() + 2] ^= 1;
        });
        expect(&stored, 1, "damage", &["checksum-damaged"]);
    }
}

#[test]
fn small_files_without_a_checksum_are_counted_and_not_called_as_written() {
    for name in ["metadata.json", "manifest.jsonl"] {
        let stored = Stored::plain();
        let path = stored.file(name);
        let stored = stored.changed(&path, |bytes| unseal_from(bytes, 0));
        let human = expect(&stored, 0, "healthy", &["unchecked-records"]);
        assert!(!human.contains("as it was written"), "{human}");
        assert!(human.contains("carry no checksum"), "{human}");
    }
}
