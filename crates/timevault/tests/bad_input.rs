//! Damaged, cut, missing and half-made files: each is a typed error that names file and place, and
//! nothing on the disk changes; or it can be made again from the rest, and the contents are equal.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "test code"
)]

mod support;

use std::path::Path;
use std::sync::Arc;

use crash_disk::TEMP_SUFFIX;
use crash_disk::sim::{CrashPoint, Keep, SimFs, Tree, TreeEntry};
use support::*;
use timevault::sealed::seal;
use timevault::{Error, FormatPlugin, Jsonl};

/// All but the lock file, and temporary files, which an open may remove whatever else it finds.
fn lasting(fs: &SimFs) -> Tree {
    let mut tree = fs.to_tree();
    tree.retain(|path, _| {
        let path = path.to_string_lossy();
        !path.ends_with(TEMP_SUFFIX) && !path.ends_with(".lock")
    });
    tree
}

/// The error of an open, after which the disk must be as it was.
#[track_caller]
fn refused(tree: &Tree) -> Error {
    refused_with(tree, Arc::new(Jsonl))
}

#[track_caller]
fn refused_with(tree: &Tree, plugin: Arc<dyn FormatPlugin>) -> Error {
    let fs = SimFs::from_tree(tree).unwrap();
    let before = lasting(&fs);
    let error = match store_on(&fs).open_partition(ID, plugin) {
        Err(error) => error,
        Ok(partition) => panic!("opened: {:?}", try_contents(&partition)),
    };
    assert!(lasting(&fs) == before, "the disk changed: {error}");
    let shown = error.to_string();
    assert!(shown.contains(DIR), "names no file: {shown}");
    error
}

/// The open is refused as damage in this file at this offset; returns expected and found.
#[track_caller]
fn refused_at(tree: &Tree, path: &Path, offset: u64) -> (String, String) {
    let (found_path, found_offset, expected, found) = damage(&refused(tree));
    assert_eq!((found_path.as_path(), found_offset), (path, offset));
    assert_ne!(expected, found);
    (expected, found)
}

/// The partition opens and holds everything.
#[track_caller]
fn holds_all(tree: &Tree) -> SimFs {
    let fs = SimFs::from_tree(tree).unwrap();
    let partition = open_on(&fs).unwrap();
    assert_eq!(contents(&partition), entries(KEYS));
    assert_eq!(partition.check().unwrap().records, 9);
    partition.close().unwrap();
    fs
}

/// Offset of the n-th line, counted from 0.
fn line_at(text: &str, n: usize) -> u64 {
    let lines: Vec<&str> = text.split_inclusive('\n').take(n).collect();
    lines.concat().len() as u64
}

/// The text without its n-th line.
fn without_line(text: &str, n: usize) -> String {
    let lines = text.split_inclusive('\n').enumerate();
    lines
        .filter(|(i, _)| *i != n)
        .map(|(_, line)| line)
        .collect()
}

#[test]
fn the_whole_store_opens_and_is_left_as_it_was() {
    let tree = whole();
    assert!(holds_all(&tree).to_tree() == tree);
}

#[test]
fn a_manifest_line_that_is_no_json_is_refused() {
    let tree = whole();
    let text = text_of(&tree, &manifest());
    for n in 0..3 {
        let line = text.lines().nth(n).unwrap();
        let bad = with_file(&tree, &manifest(), text.replace(line, "nonsense"));
        let (expected, found) = refused_at(&bad, &manifest(), line_at(&text, n));
        assert_eq!(expected, "a manifest line");
        assert!(found.starts_with("8 bytes \"nonsense\""), "{found}");
    }
}

#[test]
fn a_manifest_line_with_a_wrong_checksum_is_refused() {
    let tree = whole();
    let text = text_of(&tree, &manifest());
    let changed = text.replacen("\"min_order_key\":4", "\"min_order_key\":5", 1);
    let bad = with_file(&tree, &manifest(), changed);
    let (expected, found) = refused_at(&bad, &manifest(), line_at(&text, 1));
    assert!(found.starts_with("content with checksum "), "{found}");
    assert!(text.contains(&expected[22..]), "what the line says");
}

#[test]
fn a_cut_manifest_line_is_refused() {
    let tree = whole();
    let text = text_of(&tree, &manifest());
    let borders: Vec<u64> = (0..=3).map(|n| line_at(&text, n)).collect();
    for cut in 1..text.len() {
        let bad = with_file(&tree, &manifest(), &text[..cut]);
        if borders.contains(&(cut as u64)) {
            continue;
        }
        let line = borders.iter().rfind(|border| **border <= cut as u64);
        let (expected, _) = refused_at(&bad, &manifest(), *line.unwrap());
        assert_eq!(expected, "a whole line");
    }
}

/// Lines of the manifest are all that tells live chunks from leftovers: with any of them lost
/// nothing may be removed, set aside or taken for the log.
#[test]
fn lost_manifest_lines_are_refused() {
    let tree = whole();
    let text = text_of(&tree, &manifest());
    for (lost, offset, expected) in [
        (0, 0, "a line for chunk 0000000000000001, which is there"),
        (1, 0, "a line for chunk 0000000000000004, which is there"),
        (2, line_at(&text, 2), "the line of an open chunk"),
    ] {
        let bad = with_file(&tree, &manifest(), without_line(&text, lost));
        assert_eq!(refused_at(&bad, &manifest(), offset).0, expected);
    }
    let first = text.split_inclusive('\n').next().unwrap();
    let bad = with_file(&tree, &manifest(), first);
    let (expected, found) = refused_at(&bad, &manifest(), first.len() as u64);
    assert_eq!(expected, "the line of an open chunk");
    assert_eq!(found, "closed chunk 0000000000000001 as the last line");
}

#[test]
fn an_emptied_or_missing_manifest_beside_chunks_is_refused() {
    let tree = whole();
    let emptied = with_file(&tree, &manifest(), "");
    let (_, found) = refused_at(&emptied, &manifest(), 0);
    assert_eq!(found, "none: manifest lines lost");
    let (expected, found) = refused_at(&without(&tree, &manifest()), &manifest(), 0);
    assert_eq!((&*expected, &*found), ("a manifest", "no file"));
}

/// With a purge point the leftovers of a purge may stand below the first line. A lost first line
/// makes its chunk look like one.
#[test]
fn lost_manifest_lines_are_refused_beside_a_purge_point() {
    let fs = SimFs::new_unrecorded();
    let mut partition = three_chunks(&fs, Arc::new(Jsonl));
    partition.purge(5).unwrap();
    partition.close().unwrap();
    let tree = fs.to_tree();
    assert_eq!(chunk_ids(&fs), [4, 7], "records 4 and 5 are hidden");
    let text = text_of(&tree, &manifest());
    let lines_lost = "none: manifest lines lost";
    let bad = with_file(&tree, &manifest(), without_line(&text, 0));
    assert_eq!(refused_at(&bad, &manifest(), 0).1, lines_lost);
    let bad = with_file(&tree, &manifest(), "");
    assert_eq!(refused_at(&bad, &manifest(), 0).1, lines_lost);
    let bad = with_file(&tree, &manifest(), without_line(&text, 1));
    refused_at(&bad, &manifest(), line_at(&text, 1));
}

/// The story: a manifest of the published engine has no checksums, so a closed last line is
/// accepted in it. When it was closed because the open line after it was lost, the chunk of that
/// line was taken for a roll cut short, moved to `gc/`, and deleted by the next clean close.
#[test]
fn a_lost_last_line_of_a_foreign_manifest_is_refused() {
    let tree = whole();
    let foreign: String = text_of(&tree, &manifest()).lines().map(unsealed).collect();
    holds_all(&with_file(&tree, &manifest(), foreign.clone()));
    let bad = with_file(&tree, &manifest(), without_line(&foreign, 2));
    assert_eq!(
        refused_at(&bad, &manifest(), 0).0,
        "a line for chunk 0000000000000007, which is there"
    );
}

/// A sealed line as the published engine would write it, with its newline.
fn unsealed(line: &str) -> String {
    let (object, _) = line.split_once(",\"crc32c\"").unwrap();
    format!("{object}}}\n")
}

#[test]
fn manifest_lines_out_of_order_are_refused() {
    let tree = whole();
    let text = text_of(&tree, &manifest());
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let second = line_at(&text, 1);
    let twice = [lines[0], lines[0], lines[1], lines[2]].concat();
    let (expected, found) = refused_at(&with_file(&tree, &manifest(), twice), &manifest(), second);
    assert_eq!((&*expected, &*found), ("a chunk id above 3", "1"));
    let swapped = [lines[1], lines[0], lines[2]].concat();
    let (expected, _) = refused_at(
        &with_file(&tree, &manifest(), swapped),
        &manifest(),
        lines[1].len() as u64,
    );
    assert_eq!(expected, "a chunk id above 6");
    let open_first = [lines[2], lines[0], lines[1]].concat();
    let (expected, _) = refused_at(
        &with_file(&tree, &manifest(), open_first),
        &manifest(),
        lines[2].len() as u64,
    );
    assert_eq!(expected, "no line after that of the open chunk");
}

/// The metadata with one text replaced and the checksum right again.
fn with_metadata(tree: &Tree, from: &str, to: &str) -> Tree {
    let text = unsealed(text_of(tree, &metadata()).trim_end());
    assert!(text.contains(from));
    let object = text.trim_end().replacen(from, to, 1);
    with_file(tree, &metadata(), seal(object.into_bytes()))
}

#[test]
fn an_unknown_format_version_is_refused() {
    let tree = whole();
    for version in [0, 2, u64::MAX] {
        let to = format!("\"format_version\":{version}");
        match refused(&with_metadata(&tree, "\"format_version\":1", &to)) {
            Error::UnsupportedVersion {
                path,
                expected: 1,
                found,
            } => assert!(path.ends_with(metadata()) && found == version),
            other => panic!("{other:?}"),
        }
    }
    // A later version may hold members that this release can't parse.
    let strange = with_file(
        &tree,
        &metadata(),
        "{\"format_version\":7,\"index\":\"tree\"}\n",
    );
    assert!(matches!(
        refused(&strange),
        Error::UnsupportedVersion { found: 7, .. }
    ));
}

#[test]
fn an_unknown_plugin_is_refused() {
    let tree = whole();
    let renamed = with_metadata(&tree, "\"jsonl\"", "\"other\"");
    let foreign = with_file(
        &tree,
        &metadata(),
        unsealed(text_of(&tree, &metadata()).trim_end()),
    );
    let cases: [(&Tree, Arc<dyn FormatPlugin>, [&str; 2]); 3] = [
        (&tree, Arc::new(Strict), ["strict", "jsonl"]),
        (&foreign, Arc::new(Strict), ["strict", "jsonl"]),
        (&renamed, Arc::new(Jsonl), ["jsonl", "other"]),
    ];
    for (tree, plugin, ids) in cases {
        match refused_with(tree, plugin) {
            Error::UnknownPlugin {
                path,
                expected,
                found,
            } => {
                assert!(path.ends_with(metadata()));
                assert_eq!([&*expected, &*found], ids);
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn damaged_metadata_is_refused() {
    let tree = whole();
    let text = text_of(&tree, &metadata());
    let bad = text.replace("\"max_records\":2", "\"max_records\":3");
    let (expected, found) = refused_at(&with_file(&tree, &metadata(), bad), &metadata(), 0);
    assert!(text.contains(&expected[22..]) && !text.contains(&found[22..]));
    let id = ID.to_string();
    let other_id = id.replace("0011", "1100");
    let bad = with_metadata(&tree, &id, &other_id);
    let (expected, found) = refused_at(&bad, &metadata(), 0);
    assert_eq!(expected, format!("partition id {id}"));
    assert_eq!(found, other_id);
    let bad = with_metadata(&tree, "\"max_records\":2", "\"max_records\":0");
    let (expected, found) = refused_at(&bad, &metadata(), 0);
    assert_eq!(expected, "settings within their ranges");
    assert!(found.contains("index.max_records"), "{found}");
    for cut in 0..text.len() - 1 {
        let bad = with_file(&tree, &metadata(), &text[..cut]);
        assert_eq!(refused_at(&bad, &metadata(), 0).0, "partition metadata");
    }
}

/// The story: metadata, manifest and index lines without a checksum were accepted whatever the
/// plugin, so in a partition that only we write, whoever lost or edited a checksum was believed.
#[test]
fn a_missing_checksum_is_refused_where_the_plugin_asks_for_one() {
    let fs = SimFs::new_unrecorded();
    three_chunks(&fs, Arc::new(Strict)).close().unwrap();
    let tree = fs.to_tree();
    for path in [metadata(), manifest()] {
        let foreign: String = text_of(&tree, &path).lines().map(unsealed).collect();
        let error = refused_with(&with_file(&tree, &path, foreign), Arc::new(Strict));
        let (found_path, offset, expected, _) = damage(&error);
        assert_eq!((found_path, offset), (path, 0));
        assert!(expected.contains("checksum"), "{expected}");
    }
    for id in CHUNKS {
        // Of an index, a bad line costs a scan.
        let lines = text_of(&tree, &index(id)).replace("\"block_max_key\":", "\"block_max_key\":1");
        let edited: String = lines.lines().map(unsealed).collect();
        let fs = SimFs::from_tree(&with_file(&tree, &index(id), edited)).unwrap();
        let partition = store_on(&fs).open_partition(ID, Arc::new(Strict)).unwrap();
        assert_eq!(contents(&partition), entries(KEYS));
        partition.check().unwrap();
    }
}

#[test]
fn a_missing_chunk_is_refused() {
    let tree = whole();
    for id in CHUNKS {
        let (expected, found) = refused_at(&without(&tree, &chunk(id)), &chunk(id), 0);
        assert_eq!(expected, "the chunk that the manifest names");
        assert_eq!(found, "no file");
        let both = without(&without(&tree, &chunk(id)), &index(id));
        refused_at(&both, &chunk(id), 0);
    }
    let mut none = tree;
    none.retain(|path, _| !path.starts_with(at("chunks")));
    let (expected, _) = refused_at(&none, &at("chunks"), 0);
    assert_eq!(expected, "a directory");
}

#[test]
fn a_closed_chunk_that_was_cut_or_extended_is_refused() {
    let tree = whole();
    for id in [1, 4] {
        let bytes = bytes_of(&tree, &chunk(id)).to_vec();
        let len = bytes.len();
        for cut in 0..len {
            let bad = with_file(&tree, &chunk(id), &bytes[..cut]);
            let (expected, found) = refused_at(&bad, &chunk(id), cut as u64);
            assert_eq!(expected, format!("{len} bytes"));
            assert_eq!(found, format!("{cut} bytes"));
        }
        for more in [&b"\n"[..], b"\0", b" {}\n", &bytes] {
            let bad = with_file(&tree, &chunk(id), [&bytes, more].concat());
            let (_, found) = refused_at(&bad, &chunk(id), len as u64);
            assert_eq!(found, format!("{} bytes", len + more.len()));
        }
    }
}

#[test]
fn an_open_chunk_that_is_shorter_than_its_index_is_refused() {
    let tree = whole();
    let bytes = bytes_of(&tree, &chunk(7)).to_vec();
    for cut in 0..bytes.len() {
        let bad = with_file(&tree, &chunk(7), &bytes[..cut]);
        let (expected, found) = refused_at(&bad, &chunk(7), cut as u64);
        assert_eq!(expected, format!("{} bytes", bytes.len()));
        assert_eq!(found, format!("{cut} bytes"));
    }
}

#[test]
fn what_follows_the_last_record_of_the_open_chunk_is_a_torn_tail() {
    let tree = whole();
    let bytes = bytes_of(&tree, &chunk(7)).to_vec();
    for more in [&b"\n\n\n"[..], b"\0\0", b" {\"timestamp\":10,", b"{}\n"] {
        let fs = holds_all(&with_file(&tree, &chunk(7), [&bytes, more].concat()));
        assert!(fs.to_tree() == tree, "cut again");
    }
}

#[test]
fn damage_before_an_intact_batch_is_refused() {
    let (tree, starts) = unindexed();
    let text = text_of(&tree, &chunk(1));
    for n in 0..8 {
        let line = line_at(&text, n);
        for at in [line + 3, line_at(&text, n + 1) - 24] {
            let mut bytes = text.clone().into_bytes();
            bytes[usize::try_from(at).unwrap()] ^= 4;
            refused_at(&with_file(&tree, &chunk(1), bytes), &chunk(1), line);
        }
    }
    // A whole block of zeros, up to the border of a batch and beyond it.
    let mut bytes = text.clone().into_bytes();
    bytes[10..starts[2]].fill(0);
    refused_at(&with_file(&tree, &chunk(1), &*bytes), &chunk(1), 0);
    bytes[10..starts[2] + 9].fill(0);
    refused_at(&with_file(&tree, &chunk(1), &*bytes), &chunk(1), 0);
    // Of the last batch nothing proves that it was synced.
    let mut bytes = text.into_bytes();
    bytes[starts[4] + 9] ^= 4;
    let fs = SimFs::from_tree(&with_file(&tree, &chunk(1), bytes)).unwrap();
    assert_eq!(contents(&open_on(&fs).unwrap()), entries(1..=8));
}

/// The story: the newline before the last batch was damaged. The two lines became one with a wrong
/// checksum, the batch start was searched for only behind newlines and zeros, and the last record
/// of the batch before, acknowledged, was cut off with the last batch as a torn tail.
#[test]
fn a_damaged_newline_before_the_last_batch_is_refused() {
    let (tree, starts) = unindexed();
    for start in &starts[1..] {
        for byte in [b'x', b' ', 0x0b, b'\n' | 0x80, b'}', b'"', b'{', 0] {
            let mut bytes = bytes_of(&tree, &chunk(1)).to_vec();
            bytes[start - 1] = byte;
            let (path, ..) = damage(&refused(&with_file(&tree, &chunk(1), bytes)));
            assert_eq!(path, chunk(1));
        }
    }
}

#[test]
fn a_damaged_record_of_a_closed_chunk_is_reported_by_reads_and_check() {
    let tree = whole();
    for id in [1, 4] {
        let text = text_of(&tree, &chunk(id));
        for n in 0..3 {
            let line = line_at(&text, n);
            let mut bytes = text.clone().into_bytes();
            bytes[usize::try_from(line).unwrap() + 6] ^= 1;
            let bad = with_file(&tree, &chunk(id), bytes);
            let fs = SimFs::from_tree(&bad).unwrap();
            let partition = open_on(&fs).unwrap();
            let key = id + n as u64;
            let read = partition.read_range(key..=key).unwrap_err();
            let all = partition.read_range(0..=u64::MAX).unwrap_err();
            for error in [read, all, partition.check().unwrap_err()] {
                let (path, offset, expected, _) = damage(&error);
                assert_eq!((path, offset), (chunk(id), line));
                assert!(expected.starts_with("content with checksum "), "{expected}");
            }
            let other = if id == 1 { 4 } else { 1 };
            assert_eq!(partition.read_range(other..=other).unwrap().len(), 1);
            drop(partition);
            assert!(fs.to_tree() == bad, "the disk changed");
        }
    }
}

#[test]
fn missing_and_damaged_indexes_are_rebuilt() {
    let tree = whole();
    for id in CHUNKS {
        holds_all(&without(&tree, &index(id)));
        let text = text_of(&tree, &index(id));
        for cut in 0..text.len() {
            holds_all(&with_file(&tree, &index(id), &text[..cut]));
        }
        for bad in [
            text.replace("block_max_key", "block_Max_key"),
            text.replacen("\"file_offset_bytes\":0", "\"file_offset_bytes\":1", 1),
            text.replace('\n', " "),
            without_line(&text, 0),
            format!("nonsense\n{text}"),
            "\0\0\0".into(),
        ] {
            holds_all(&with_file(&tree, &index(id), bad));
        }
    }
    // The open chunk's is written again on the disk too.
    let fs = holds_all(&without(&tree, &index(7)));
    assert!(fs.to_tree() == tree);
    let line = text_of(&tree, &index(7)).replacen("9\"}", "8\"}", 1);
    let fs = holds_all(&with_file(&tree, &index(7), line));
    assert!(fs.to_tree() == tree);
}

#[test]
fn an_index_that_speaks_of_more_than_a_closed_chunk_holds_is_reported() {
    let tree = whole();
    let more = seal(
        br#"{"block_min_key":3,"block_max_key":3,"file_offset_bytes":168,"block_len_bytes":900}"#
            .to_vec(),
    );
    let text = text_of(&tree, &index(1));
    let first = text.split_inclusive('\n').next().unwrap();
    let len = bytes_of(&tree, &chunk(1)).len() as u64;
    let end = first.split("\"block_len_bytes\":").nth(1).unwrap();
    let end: u64 = end.split(',').next().unwrap().parse().unwrap();
    let more = String::from_utf8(more)
        .unwrap()
        .replace(":168,", &format!(":{end},"));
    let (object, _) = more.split_once(",\"crc32c\"").unwrap();
    let line = seal(format!("{object}}}").into_bytes());
    let bytes = [first.as_bytes(), &line, b"\n"].concat();
    let fs = SimFs::from_tree(&with_file(&tree, &index(1), bytes)).unwrap();
    let partition = open_on(&fs).unwrap();
    let (path, offset, expected, found) = damage(&try_contents(&partition).unwrap_err());
    assert_eq!((path, offset), (chunk(1), len));
    assert_eq!(expected, format!("{} bytes", end + 900));
    assert_eq!(found, format!("{len} bytes"));
}

#[test]
fn leftover_temp_files_are_removed() {
    let tree = whole();
    let temp = at("metadata.json.tmp");
    let fs = holds_all(&with_file(&tree, &temp, "half"));
    assert!(fs.to_tree() == tree);
}

#[test]
fn metadata_missing_beside_what_only_a_partition_has_is_damage() {
    let tree = whole();
    let lost = without(&tree, &metadata());
    let mut only_chunk = lost.clone();
    only_chunk.retain(|path, entry| *entry == TreeEntry::Dir || *path == chunk(4));
    let mut only_index = lost.clone();
    only_index.retain(|path, entry| *entry == TreeEntry::Dir || *path == index(4));
    let mut only_manifest = lost.clone();
    only_manifest.retain(|path, entry| *entry == TreeEntry::Dir || *path == manifest());
    let mut vote = only_manifest.clone();
    vote.insert(manifest(), TreeEntry::File(Vec::new()));
    vote.insert(at("raft_vote.json"), TreeEntry::File(b"{}".to_vec()));
    for tree in [lost, only_chunk, only_index, only_manifest, vote] {
        let (expected, found) = refused_at(&tree, &metadata(), 0);
        assert_eq!(expected, "partition metadata");
        assert!(found.starts_with("no file, beside "), "{found}");
        let fs = SimFs::from_tree(&tree).unwrap();
        let store = store_on(&fs);
        let before = lasting(&fs);
        let error = store
            .create_partition(ID, config(190, 2), Arc::new(Jsonl))
            .unwrap_err();
        assert_eq!(damage(&error).0, metadata());
        assert!(lasting(&fs) == before, "create changed something");
        assert!(store.list_partitions().unwrap().is_empty());
    }
}

/// Every crash state of a creation: either there is a partition, or there is none and it can be
/// created over what is left.
#[test]
fn half_made_partitions_are_no_partitions() {
    let fs = SimFs::new();
    let store = store_on(&fs);
    let before = fs.step();
    let partition = store
        .create_partition(ID, config(190, 2), Arc::new(Jsonl))
        .unwrap();
    drop((partition, store));
    let mut half_made = 0;
    for point in fs.points() {
        if matches!(point, CrashPoint::After(step) if step < before) {
            continue;
        }
        for keep in [Keep::None, Keep::All] {
            let disk = fs.crash_at(point, &keep);
            let store = store_on(&disk);
            let listed = store.list_partitions().unwrap();
            let opened = store.open_partition(ID, Arc::new(Jsonl));
            if listed == [ID] {
                assert_eq!(contents(&opened.unwrap()), []);
                continue;
            }
            assert!(listed.is_empty(), "{listed:?}");
            let error = opened.unwrap_err();
            assert!(
                matches!(&error, Error::PartitionNotFound { id: ID, path } if path.ends_with(DIR)),
                "{point} {keep}: {error:?}"
            );
            half_made += 1;
            let mut made = store
                .create_partition(ID, config(190, 2), Arc::new(Jsonl))
                .unwrap();
            append(&mut made, &[1]);
            drop((made, store));
            let after = disk.crash_now(&Keep::None);
            assert_eq!(contents(&open_on(&after).unwrap()), entries([1]));
        }
    }
    assert!(half_made > 20, "{half_made} states");
}
