//! The encoded entries of one append, in one buffer.

use std::iter;

/// Encoded entries with consecutive indexes. The order is the order of their indexes.
#[derive(Debug, Default)]
pub(crate) struct Records {
    first: u64,
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Records {
    /// No entries; the first one pushed will have the index `first`.
    pub(crate) fn starting_at(first: u64) -> Self {
        Self {
            first,
            bytes: Vec::new(),
            ends: Vec::new(),
        }
    }

    /// Adds the next entry: whatever `encode` appends to the buffer it is given.
    pub(crate) fn push<E>(
        &mut self,
        encode: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        let start = self.bytes.len();
        let result = encode(&mut self.bytes);
        match result {
            Ok(()) => self.ends.push(self.bytes.len()),
            Err(_) => self.bytes.truncate(start),
        }
        result
    }

    /// Index of the first entry, or of the one that would be first.
    pub(crate) fn first(&self) -> u64 {
        self.first
    }

    /// Index of the last entry.
    pub(crate) fn last(&self) -> Option<u64> {
        let after_first = self.ends.len().checked_sub(1)?;
        Some(self.first.saturating_add(after_first as u64))
    }

    /// Number of entries.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Bytes of all entries together.
    pub(crate) fn byte_len(&self) -> usize {
        self.bytes.len()
    }

    /// The entry with this index.
    pub(crate) fn get(&self, index: u64) -> Option<&[u8]> {
        let at = usize::try_from(index.checked_sub(self.first)?).ok()?;
        let end = *self.ends.get(at)?;
        let start = match at.checked_sub(1) {
            Some(before) => *self.ends.get(before)?,
            None => 0,
        };
        self.bytes.get(start..end)
    }

    /// All entries with their indexes.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let starts = iter::once(0).chain(self.ends.iter().copied());
        starts
            .zip(&self.ends)
            .zip(self.first..=u64::MAX)
            .map(|((start, &end), index)| (index, self.bytes.get(start..end).unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(records: &mut Records, text: &str) {
        records
            .push(|out| {
                out.extend_from_slice(text.as_bytes());
                Ok::<_, ()>(())
            })
            .unwrap();
    }

    #[test]
    fn entries_are_found_by_index() {
        let mut records = Records::starting_at(7);
        assert_eq!((records.last(), records.is_empty()), (None, true));
        for text in ["a", "", "ccc"] {
            push(&mut records, text);
        }
        assert_eq!(
            (records.first(), records.last(), records.len()),
            (7, Some(9), 3)
        );
        assert_eq!(records.byte_len(), 4);
        assert_eq!(records.get(6), None);
        assert_eq!(records.get(7), Some(&b"a"[..]));
        assert_eq!(records.get(8), Some(&b""[..]));
        assert_eq!(records.get(9), Some(&b"ccc"[..]));
        assert_eq!(records.get(10), None);
        let all: Vec<_> = records.iter().collect();
        assert_eq!(all, [(7, &b"a"[..]), (8, b""), (9, b"ccc")]);
    }

    #[test]
    fn a_failed_push_leaves_nothing() {
        let mut records = Records::starting_at(u64::MAX);
        let failed = records.push(|out| {
            out.push(1);
            Err(())
        });
        assert_eq!(failed, Err(()));
        assert_eq!(records.byte_len(), 0);
        push(&mut records, "x");
        assert_eq!(records.last(), Some(u64::MAX));
        assert_eq!(records.iter().next(), Some((u64::MAX, &b"x"[..])));
    }
}
