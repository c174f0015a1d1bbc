//! Which bytes of which file each operation wrote, as far as the lengths of the files tell.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crash_disk::sim::{Tree, TreeEntry};

/// Bytes that one operation added to one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    /// The bytes.
    pub(super) bytes: Range<usize>,
    /// Number of the operation, from 1: that of the state it led to.
    pub(super) op: usize,
    /// Index of the last entry that it appended.
    pub(super) last: Option<u64>,
}

/// The spans of all files.
#[derive(Debug, Clone, Default)]
pub(super) struct Spans {
    ends: BTreeMap<PathBuf, usize>,
    spans: BTreeMap<PathBuf, Vec<Span>>,
}

impl Spans {
    /// Looks at the disk after operation `op`, which appended entries up to `last`.
    pub(super) fn look(&mut self, tree: &Tree, (op, last): (usize, Option<u64>)) {
        let mut ends = BTreeMap::new();
        for (path, entry) in tree {
            let TreeEntry::File(bytes) = entry else {
                continue;
            };
            let end = used(bytes);
            let before = self.ends.get(path).copied().unwrap_or_default();
            let spans = self.spans.entry(path.clone()).or_default();
            if end < before {
                spans.retain(|span| span.bytes.start < end);
                if let Some(last) = spans.last_mut() {
                    last.bytes.end = last.bytes.end.min(end);
                }
            }
            if end > before {
                let bytes = before..end;
                spans.push(Span { bytes, op, last });
            }
            ends.insert(path.clone(), end);
        }
        self.spans.retain(|path, _| ends.contains_key(path));
        self.ends = ends;
    }

    /// The spans of a file, in their order.
    pub(super) fn of(&self, path: &Path) -> &[Span] {
        self.spans.get(path).map(Vec::as_slice).unwrap_or_default()
    }
}

/// Length without what a store may have filled ahead: zeros and newlines.
fn used(bytes: &[u8]) -> usize {
    let filling = |byte: &u8| matches!(byte, 0 | b'\n');
    bytes
        .iter()
        .rposition(|byte| !filling(byte))
        .map_or(0, |last| (last + 2).min(bytes.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(content: &[u8]) -> Tree {
        Tree::from([("log".into(), TreeEntry::File(content.to_vec()))])
    }

    #[test]
    fn appends_cuts_and_filling() {
        let mut spans = Spans::default();
        spans.look(&tree(b""), (0, None));
        spans.look(&tree(b"one\n"), (1, Some(0)));
        spans.look(&tree(b"one\ntwo\n\n\n\n\n"), (2, Some(2)));
        spans.look(&tree(b"one\ntwo\nmark\n"), (3, None));
        let found: Vec<_> = spans
            .of("log".as_ref())
            .iter()
            .map(|span| (span.bytes.clone(), span.op, span.last))
            .collect();
        assert_eq!(
            found,
            [(0..4, 1, Some(0)), (4..8, 2, Some(2)), (8..13, 3, None)]
        );
        spans.look(&tree(b"one\ntw"), (4, None));
        assert_eq!(spans.of("log".as_ref()).len(), 2);
        spans.look(&Tree::new(), (5, None));
        assert!(spans.of("log".as_ref()).is_empty());
    }
}
