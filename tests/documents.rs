//! What the documents show is true: every stored line in them carries its right checksum.

use timevault::sealed;

const DOCUMENTS: [(&str, &str); 2] = [
    ("README.md", include_str!("../README.md")),
    ("docs/format.md", include_str!("../docs/format.md")),
];

/// A line of a document that shows a stored line: a JSON object with a checksum in it. A line of
/// prose that quotes one has other text around it.
fn is_stored_line(line: &str) -> bool {
    line.trim_start().starts_with('{') && line.contains(r#""crc32c":"#)
}

#[test]
fn stored_lines_in_the_documents_carry_their_checksum() {
    for (name, text) in DOCUMENTS {
        let mut shown = 0;
        for line in text.lines().filter(|line| is_stored_line(line)) {
            assert!(sealed::is_intact(line.as_bytes()), "{name}: {line}");
            shown += 1;
        }
        assert!(shown >= 5, "{name} shows only {shown} stored lines");
    }
}

#[test]
fn the_index_and_manifest_of_the_format_document_fit_its_chunk() {
    let (_, text) = DOCUMENTS[1];
    let stored: Vec<&str> = text.lines().filter(|line| is_stored_line(line)).collect();
    let records: Vec<&&str> = stored
        .iter()
        .filter(|line| line.contains(r#""log_id":"#))
        .collect();
    let chunk: usize = records.iter().map(|line| line.len() + 1).sum();
    let number = |line: &str, member: &str| -> usize {
        let object: serde_json::Value = serde_json::from_str(line).unwrap();
        object[member]
            .as_u64()
            .and_then(|n| usize::try_from(n).ok())
            .unwrap()
    };
    let blocks = stored
        .iter()
        .filter(|line| line.contains("block_len_bytes"));
    let indexed: usize = blocks.map(|line| number(line, "block_len_bytes")).sum();
    let closed = stored
        .iter()
        .find(|line| line.contains(r#""bytes":"#))
        .unwrap();
    assert_eq!(indexed, chunk);
    assert_eq!(number(closed, "bytes"), chunk);
}
