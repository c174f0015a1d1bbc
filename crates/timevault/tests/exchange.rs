//! Exchange with the published engine of the format: what it leaves can be opened, read and written
//! on, and what a clean close of ours leaves is plain JSON lines in its layout, byte by byte.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "test code"
)]

mod support;

use crash_disk::sim::{SimFs, Tree, TreeEntry};
use serde_json::Value;
use support::*;

/// The published engine's plain lines: no checksums, no `bytes`, no batch marks.
fn foreign_chunk(keys: &[u64]) -> String {
    keys.iter()
        .map(|key| format!("{{\"timestamp\":{key},\"payload\":{}}}\n", payload(*key)))
        .collect()
}

/// Blocks of two records. From the second block on `block_min_key` is too low: the last key of the
/// block before.
fn foreign_index(keys: &[u64]) -> String {
    let mut offset = 0;
    let mut lines = String::new();
    for (n, block) in keys.chunks(2).enumerate() {
        let len = foreign_chunk(block).len();
        let min = if n == 0 { block[0] } else { keys[2 * n - 1] };
        let max = block[block.len() - 1];
        lines += &format!(
            "{{\"block_min_key\":{min},\"block_max_key\":{max},\"file_offset_bytes\":{offset},\"block_len_bytes\":{len}}}\n"
        );
        offset += len;
    }
    lines
}

/// Chunks 10, 20 and 30 as the published engine leaves them; `last_closed`: also the last line.
fn foreign(last_closed: bool) -> Tree {
    let chunks: [&[u64]; 3] = [&[10, 11, 12, 13, 14], &[20, 21, 22], &[30, 31, 32]];
    let mut tree = Tree::new();
    let mut manifest_lines = String::new();
    for keys in chunks {
        let (min, max) = (keys[0], keys[keys.len() - 1]);
        let open = max == 32 && !last_closed;
        let max = if open {
            String::new()
        } else {
            format!(",\"max_order_key\":{max}")
        };
        manifest_lines += &format!("{{\"chunk_id\":{min},\"min_order_key\":{min}{max}}}\n");
        tree.insert(
            chunk(min),
            TreeEntry::File(foreign_chunk(keys).into_bytes()),
        );
        tree.insert(
            index(min),
            TreeEntry::File(foreign_index(keys).into_bytes()),
        );
    }
    let text = format!(
        "{{\n  \"partition_id\": \"{ID}\",\n  \"format_version\": 1,\n  \"format_plugin\": \"jsonl\",\n  \
         \"chunk_roll\": {{\"max_bytes\": 200, \"max_hours\": 24}},\n  \
         \"index\": {{\"max_records\": 2, \"max_hours\": 24}},\n  \
         \"retention\": {{\"max_days\": 365}},\n  \"key_is_timestamp\": true,\n  \
         \"last_purge_id\": null,\n  \"some_later_member\": [1]\n}}\n"
    );
    tree.insert(metadata(), TreeEntry::File(text.into_bytes()));
    tree.insert(manifest(), TreeEntry::File(manifest_lines.into_bytes()));
    tree
}

const KEYS: [u64; 11] = [10, 11, 12, 13, 14, 20, 21, 22, 30, 31, 32];

#[test]
fn what_the_published_engine_leaves_can_be_read() {
    for last_closed in [false, true] {
        let fs = SimFs::from_tree(&foreign(last_closed)).unwrap();
        let partition = open_on(&fs).unwrap();
        assert!(!partition.config().logical_purge);
        assert_eq!(contents(&partition), entries(KEYS));
        for key in KEYS {
            let read = partition.read_range(key..=key).unwrap();
            assert_eq!(read.len(), 1, "key {key}");
        }
        assert_eq!(partition.check().unwrap().records, 11);
        assert_eq!(partition.last_record().unwrap().unwrap().order_key, 32);
        assert_eq!(partition.first_key().unwrap(), Some(10));
        partition.close().unwrap();
        let partition = open_on(&fs).unwrap();
        assert_eq!(contents(&partition), entries(KEYS));
    }
}

#[test]
fn what_the_published_engine_leaves_can_be_written_on() {
    for last_closed in [false, true] {
        for reopen in [false, true] {
            let fs = SimFs::from_tree(&foreign(last_closed)).unwrap();
            let mut expected = entries(KEYS);
            let mut partition = open_on(&fs).unwrap();
            let step = |partition: timevault::Partition, expected: &[Entry], what: &str| {
                assert_eq!(contents(&partition), expected, "{what}");
                partition.check().unwrap();
                if !reopen {
                    return partition;
                }
                partition.close().unwrap();
                let partition = open_on(&fs).unwrap();
                assert_eq!(contents(&partition), expected, "{what}, reopened");
                partition
            };
            // The key of the last record again: it may not begin a chunk.
            append(&mut partition, &[32, 33]);
            expected.extend(entries([32, 33]));
            partition = step(partition, &expected, "append");
            partition.truncate(21).unwrap();
            expected.truncate(6);
            partition = step(partition, &expected, "truncate within a closed chunk");
            append(&mut partition, &[21, 40, 41, 42, 43]);
            expected.extend(entries([21, 40, 41, 42, 43]));
            partition = step(partition, &expected, "append over a roll");
            partition.purge(12).unwrap();
            expected.drain(..3);
            partition = step(partition, &expected, "purge within a chunk");
            partition.purge(20).unwrap();
            expected.drain(..3);
            partition = step(partition, &expected, "purge over chunks");
            partition.truncate(0).unwrap();
            partition = step(partition, &[], "truncate all");
            append(&mut partition, &[50]);
            partition = step(partition, &entries([50]), "append after all");
            partition.close().unwrap();
            assert_eq!(contents(&open_on(&fs).unwrap()), entries([50]));
        }
    }
}

/// The story: the published engine left the last chunk closed, and the next record came with the
/// key of the last one. It began a chunk of that id, which the next open refused as out of order.
#[test]
fn a_closed_last_chunk_takes_its_last_key_again() {
    let mut tree = foreign(true);
    tree.retain(|path, _| !path.starts_with(at("chunks")) || *path == chunk(30));
    let line = "{\"chunk_id\":30,\"min_order_key\":30,\"max_order_key\":32}\n";
    let fs = SimFs::from_tree(&with_file(&tree, &manifest(), line)).unwrap();
    let mut partition = open_on(&fs).unwrap();
    let refused = partition.append_batch(&[
        timevault::RecordRef {
            order_key: 32,
            payload: b"1",
        },
        timevault::RecordRef {
            order_key: 33,
            payload: b"{",
        },
    ]);
    assert!(matches!(
        refused,
        Err(timevault::Error::InvalidRecord { .. })
    ));
    assert_eq!(
        text_of(&fs.to_tree(), &manifest()),
        line,
        "a refusal changes nothing"
    );
    append(&mut partition, &[32]);
    assert_eq!(chunk_ids(&fs), [30]);
    drop(partition);
    let partition = open_on(&fs).unwrap();
    assert_eq!(contents(&partition), entries([30, 31, 32, 32]));
    partition.check().unwrap();
}

#[test]
fn truncate_and_purge_of_a_closed_last_chunk() {
    for key in [0, 30, 31, 32, 33] {
        let fs = SimFs::from_tree(&foreign(true)).unwrap();
        let mut partition = open_on(&fs).unwrap();
        partition.truncate(key).unwrap();
        let kept: Vec<u64> = KEYS.into_iter().filter(|k| *k < key).collect();
        partition.close().unwrap();
        assert_eq!(contents(&open_on(&fs).unwrap()), entries(kept));
        let fs = SimFs::from_tree(&foreign(true)).unwrap();
        let mut partition = open_on(&fs).unwrap();
        partition.purge(key).unwrap();
        let kept: Vec<u64> = KEYS.into_iter().filter(|k| *k > key).collect();
        drop(partition);
        let mut partition = open_on(&fs).unwrap();
        assert_eq!(contents(&partition), entries(kept));
        append(&mut partition, &[60]);
        partition.close().unwrap();
        assert_eq!(open_on(&fs).unwrap().last_key().unwrap(), Some(60));
    }
}

/// The published engine removes a hidden prefix physically: the first chunk then begins above its
/// id and has another index.
#[test]
fn a_physically_purged_prefix_is_accepted() {
    let mut tree = foreign(false);
    let lines =
        text_of(&tree, &manifest()).replacen("\"min_order_key\":10", "\"min_order_key\":13", 1);
    tree = with_file(&tree, &manifest(), lines);
    tree = with_file(&tree, &chunk(10), foreign_chunk(&[13, 14]));
    tree = with_file(&tree, &index(10), foreign_index(&[13, 14]));
    let text = text_of(&tree, &metadata()).replace("null", "12");
    tree = with_file(&tree, &metadata(), text);
    let fs = SimFs::from_tree(&tree).unwrap();
    assert_eq!(inspect(&fs).findings, []);
    let partition = open_on(&fs).unwrap();
    assert_eq!(contents(&partition), entries(KEYS[3..].iter().copied()));
    assert_eq!(partition.first_key().unwrap(), Some(13));
    partition.check().unwrap();
}

/// The files of a tiny partition after a clean close.
fn golden() -> SimFs {
    let fs = SimFs::new_unrecorded();
    let mut options = options(std::sync::Arc::new(fs.clone()));
    options.fill_step = 4096;
    let store = timevault::Store::open(ROOT, options).unwrap();
    let mut partition = store
        .create_partition(ID, config(200, 2), std::sync::Arc::new(timevault::Jsonl))
        .unwrap();
    append(&mut partition, &[1, 2]);
    append(&mut partition, &[3]);
    append(&mut partition, &[10, 11]);
    partition.purge(1).unwrap();
    partition.close().unwrap();
    fs
}

#[test]
fn a_clean_close_leaves_exactly_these_bytes() {
    let fs = golden();
    let tree = fs.to_tree();
    let files: Vec<String> = tree
        .iter()
        .filter(|(_, entry)| **entry != TreeEntry::Dir)
        .map(|(path, _)| path.to_string_lossy().into_owned())
        .collect();
    let dir = |name: &str| format!("{DIR}/{name}");
    assert_eq!(
        files,
        [
            "store/.timevault.write.lock".to_string(),
            dir("chunks/0000000000000001.chunk"),
            dir("chunks/0000000000000001.index"),
            dir("chunks/000000000000000a.chunk"),
            dir("chunks/000000000000000a.index"),
            dir("manifest.jsonl"),
            dir("metadata.json"),
        ]
    );
    for dir in ["gc", "tmp"] {
        assert_eq!(tree[&at(dir)], TreeEntry::Dir);
    }
    assert_eq!(
        text_of(&tree, "store/.timevault.write.lock".as_ref()),
        format!("pid={}\n", std::process::id())
    );
    for (path, lines) in GOLDEN {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        assert_eq!(text_of(&tree, &at(path)), text, "{path}");
    }
}

/// The layout of the published format, the members in its order, then ours.
const GOLDEN: [(&str, &[&str]); 6] = [
    (
        "chunks/0000000000000001.chunk",
        &[
            r#" {"timestamp":1,"payload":"v1","crc32c":"6649c42a"}"#,
            r#"{"timestamp":2,"payload":"v2","crc32c":"5e14ae47"}"#,
            r#" {"timestamp":3,"payload":"v3","crc32c":"a0f899c9"}"#,
        ],
    ),
    (
        "chunks/0000000000000001.index",
        &[
            r#"{"block_min_key":1,"block_max_key":2,"file_offset_bytes":0,"block_len_bytes":103,"crc32c":"c24462e4"}"#,
            r#"{"block_min_key":3,"block_max_key":3,"file_offset_bytes":103,"block_len_bytes":52,"crc32c":"6d44f8a8"}"#,
        ],
    ),
    (
        "chunks/000000000000000a.chunk",
        &[
            r#" {"timestamp":10,"payload":"v10","crc32c":"e12b6e7d"}"#,
            r#"{"timestamp":11,"payload":"v11","crc32c":"94703903"}"#,
        ],
    ),
    (
        "chunks/000000000000000a.index",
        &[
            r#"{"block_min_key":10,"block_max_key":11,"file_offset_bytes":0,"block_len_bytes":107,"crc32c":"a9d22796"}"#,
        ],
    ),
    (
        "manifest.jsonl",
        &[
            r#"{"chunk_id":1,"min_order_key":1,"max_order_key":3,"bytes":155,"crc32c":"36e450a3"}"#,
            r#"{"chunk_id":10,"min_order_key":10,"crc32c":"870a0015"}"#,
        ],
    ),
    (
        "metadata.json",
        &[
            r#"{"partition_id":"00112233-4455-6677-8899-aabbccddeeff","format_version":1,"format_plugin":"jsonl","chunk_roll":{"max_bytes":200,"max_hours":24},"index":{"max_records":2,"max_hours":24},"retention":{"max_days":365},"key_is_timestamp":false,"logical_purge":false,"last_purge_id":1,"crc32c":"f6423b3f"}"#,
        ],
    ),
];

/// Every line parses as it stands, and its checksum is the CRC-32C of what is before it.
#[test]
fn every_line_is_plain_json_with_its_checksum() {
    let fs = golden();
    let mut lines = 0;
    for (path, entry) in fs.to_tree() {
        let TreeEntry::File(bytes) = entry else {
            continue;
        };
        if path.ends_with(".timevault.write.lock") {
            continue;
        }
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.ends_with("}\n") && !text.contains("\n\n"), "trimmed");
        for line in text.lines() {
            let value: Value = serde_json::from_str(line).unwrap();
            let (body, _) = line.rsplit_once(",\"crc32c\":").unwrap();
            let crc = format!("{:08x}", crc32c::crc32c(body.as_bytes()));
            assert_eq!(value["crc32c"], Value::String(crc));
            lines += 1;
        }
    }
    assert_eq!(lines, 5 + 3 + 2 + 1);
}

#[test]
fn a_clean_close_leaves_no_empty_open_chunk() {
    let fs = SimFs::new_unrecorded();
    let mut partition = create_on(&fs, config(120, 2));
    append(&mut partition, &[1, 2, 3, 4, 5]);
    let last = *chunk_ids(&fs).last().unwrap();
    drop(partition);
    // As a crash right after a roll leaves it.
    let tree = with_file(
        &with_file(&fs.to_tree(), &chunk(last), ""),
        &index(last),
        "",
    );
    let fs = SimFs::from_tree(&tree).unwrap();
    open_on(&fs).unwrap().close().unwrap();
    let ids = chunk_ids(&fs);
    assert!(!ids.contains(&last), "{ids:?}");
    let text = text_of(&fs.to_tree(), &manifest());
    assert_eq!(text.lines().count(), ids.len());
    assert!(!text.lines().last().unwrap().contains("max_order_key"));
    assert_eq!(contents(&open_on(&fs).unwrap()), entries(1..last));
    // And one that truncate has emptied.
    let mut partition = open_on(&fs).unwrap();
    partition.truncate(0).unwrap();
    partition.close().unwrap();
    assert!(chunk_files(&fs).is_empty() && text_of(&fs.to_tree(), &manifest()).is_empty());
    assert!(contents(&open_on(&fs).unwrap()).is_empty());
}

#[test]
fn an_inspection_finds_nothing_in_what_the_published_engine_leaves() {
    for last_closed in [false, true] {
        let report = inspect(&SimFs::from_tree(&foreign(last_closed)).unwrap());
        assert_eq!(report.findings, [], "last closed: {last_closed}");
        let records: u64 = report.chunks.iter().map(|chunk| chunk.records).sum();
        assert_eq!((records, report.last_key()), (11, Some(32)));
    }
}
