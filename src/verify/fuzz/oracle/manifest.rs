//! The lines of a manifest.

use serde::Deserialize;
use timevault::probe::ManifestLine;

use super::object;

/// A line of a manifest, as the description of the format has it.
#[derive(Deserialize)]
struct Line {
    chunk_id: u64,
    min_order_key: u64,
    #[serde(default)]
    max_order_key: Option<u64>,
    #[serde(default)]
    bytes: Option<u64>,
}

/// The lines; none where one is wrong.
pub(in crate::verify::fuzz) fn lines(bytes: &[u8], sealed_only: bool) -> Option<Vec<ManifestLine>> {
    let mut lines: Vec<ManifestLine> = Vec::new();
    let mut by_us = false;
    let mut rest = bytes;
    while !rest.is_empty() {
        let end = memchr::memchr(b'\n', rest)?;
        let (object, sealed) = object(&rest[..end], sealed_only)?;
        let next: Line = serde_json::from_slice(&object).ok()?;
        if let Some(last) = lines.last() {
            let above = last.max_order_key?.max(last.chunk_id);
            (next.chunk_id > above).then_some(())?;
        }
        let empty = next
            .max_order_key
            .is_some_and(|max| max < next.min_order_key);
        (!empty).then_some(())?;
        lines.push(ManifestLine {
            chunk_id: next.chunk_id,
            min_order_key: next.min_order_key,
            max_order_key: next.max_order_key,
            bytes: next.bytes,
        });
        by_us = sealed;
        rest = &rest[end + 1..];
    }
    let closed = lines
        .last()
        .is_some_and(|last| last.max_order_key.is_some());
    (!(by_us && closed)).then_some(lines)
}
