//! The records of a chunk.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::sealed::{ends_sealed, object, unseal};

/// How the records of a format read.
pub(crate) struct ChunkFormat {
    /// Whether keys are consecutive.
    pub(crate) dense: bool,
    /// Whether each line must have a checksum.
    pub(crate) sealed_only: bool,
    /// The key of an object, where this one is due.
    pub(crate) key: fn(&[u8], Option<u64>) -> Option<u64>,
}

/// What a scan finds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// Key and length of each record.
    pub(crate) records: Vec<(u64, u64)>,
    /// Where the last of them ends.
    pub(crate) len: usize,
    /// Where the last batch begins.
    pub(crate) last_mark: Option<u64>,
    /// Whether something follows that is no record.
    pub(crate) stopped: bool,
    /// Whether that is intact, and stands in the wrong place.
    pub(crate) misplaced: bool,
}

/// The index that an entry of any type shows.
pub(crate) fn shown_index(object: &[u8]) -> Option<u64> {
    #[derive(Deserialize)]
    struct Shown {
        log_id: ShownId,
    }
    #[derive(Deserialize)]
    struct ShownId {
        index: u64,
    }
    let shown = serde_json::from_slice::<Shown>(object);
    shown.ok().map(|shown| shown.log_id.index)
}

/// The text of a JSON object that is whole by the grammar, whatever it means. A [`serde_json::Value`] is
/// no measure: it also asks that escapes are of whole characters, numbers within `f64`, and lists in
/// lists few.
pub(crate) fn whole_object(object: &[u8]) -> Option<&str> {
    let whole: &RawValue = serde_json::from_slice(object).ok()?;
    Some(whole.get()).filter(|text| text.starts_with('{'))
}

impl ChunkFormat {
    /// The whole, intact lines at the beginning, up to the first that is none or stands in the
    /// wrong place behind the record with the key `before`. `first` is the key that the first one is
    /// given, if it is of another type and shows none, and nothing stands before it.
    pub(crate) fn scan(&self, bytes: &[u8], (before, first): (Option<u64>, Option<u64>)) -> Found {
        let mut found = Found::default();
        let mut last = before;
        let mut due = first.or_else(|| before?.checked_add(1));
        while found.len < bytes.len() {
            let rest = &bytes[found.len..];
            found.stopped = true;
            let Some(end) = memchr::memchr(b'\n', rest).filter(|end| *end > 0) else {
                break;
            };
            let Some((object, _)) = object(&rest[..end], self.sealed_only) else {
                break;
            };
            let in_order = |key: &u64| match last {
                Some(last) if self.dense => last.checked_add(1) == Some(*key),
                Some(last) => last <= *key,
                None => true,
            };
            let Some(key) = (self.key)(object.trim_ascii_start(), due).filter(in_order) else {
                found.misplaced = self.sealed_only;
                break;
            };
            if rest[0] == b' ' {
                found.last_mark = Some(found.len as u64);
            }
            found.records.push((key, end as u64 + 1));
            found.len += end + 1;
            found.stopped = false;
            last = Some(key);
            due = key.checked_add(1);
        }
        found
    }
}

/// Where an intact line with a batch mark begins behind the first byte: behind a line break or a
/// zero, or else behind the end of an object.
pub(crate) fn batch_start(bytes: &[u8]) -> Option<usize> {
    let intact = |at: &usize| {
        let rest = &bytes[*at..];
        let line = memchr::memchr(b'\n', rest).map(|end| &rest[..end]);
        rest[0] == b' ' && line.is_some_and(|line| unseal(line).is_some())
    };
    let after = |begins: &dyn Fn(&[u8]) -> bool| {
        let behind = (1..bytes.len()).filter(|at| begins(&bytes[..*at]));
        behind.filter(intact).min()
    };
    let after_break = after(&|before| matches!(before.last(), Some(b'\n' | 0)));
    let after_object = || after(&|before| ends_sealed(&before[..before.len() - 1]));
    after_break.or_else(after_object)
}
