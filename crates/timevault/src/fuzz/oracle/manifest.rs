//! The lines of a manifest.

use serde::Deserialize;

use super::sealed::object;

/// A line of a manifest, as the description of the format has it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct ManifestLine {
    /// Id of the chunk.
    pub(crate) chunk_id: u64,
    /// Lowest key that it can hold.
    pub(crate) min_order_key: u64,
    /// Last key of a closed chunk.
    #[serde(default)]
    pub(crate) max_order_key: Option<u64>,
    /// Length of a closed chunk, in bytes; other writers leave it out.
    #[serde(default)]
    pub(crate) bytes: Option<u64>,
}

/// The lines; none where one is wrong.
pub(crate) fn lines(bytes: &[u8], sealed_only: bool) -> Option<Vec<ManifestLine>> {
    let mut lines: Vec<ManifestLine> = Vec::new();
    let mut by_us = false;
    let mut rest = bytes;
    while !rest.is_empty() {
        let end = memchr::memchr(b'\n', rest)?;
        let (object, sealed) = object(&rest[..end], sealed_only)?;
        let next: ManifestLine = serde_json::from_slice(&object).ok()?;
        if let Some(last) = lines.last() {
            let above = last.max_order_key?.max(last.chunk_id);
            (next.chunk_id > above).then_some(())?;
        }
        let empty = next
            .max_order_key
            .is_some_and(|max| max < next.min_order_key);
        (!empty).then_some(())?;
        lines.push(next);
        by_us = sealed;
        rest = &rest[end + 1..];
    }
    let closed = lines
        .last()
        .is_some_and(|last| last.max_order_key.is_some());
    (!(by_us && closed)).then_some(lines)
}
