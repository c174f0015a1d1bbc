//! Tries the values of a store's types before anything is judged with them.

use super::values::{Types, Values};
use crate::log::{Entry, EntryContent, LogError, LogId};
use crate::payload::{PayloadSeed, PayloadShape};

/// How many payloads are tried: a type may have variants.
const PAYLOADS: u64 = 32;

impl<T: Types> Values<T> {
    /// Makes some entries, each twice.
    ///
    /// # Errors
    /// Two entries of the same seed differ, or one cannot be compared: a correct store would be accused.
    ///
    /// # Panics
    /// A type has no default: the text names the method that says how its values are made.
    pub(super) fn tried(&self) -> Result<(), String> {
        let payload = |seed| {
            EntryContent::Normal(PayloadSeed {
                seed,
                bytes: 16,
                shape: PayloadShape::Plain,
            })
        };
        let others = [EntryContent::Blank, EntryContent::Membership(1)];
        for content in (0..PAYLOADS).map(payload).chain(others) {
            let entry = Entry {
                id: LogId::default(),
                content,
            };
            let bytes =
                || -> Result<Vec<u8>, LogError> { (self.fingerprint)(&T::entry(self, entry)?) };
            let told = |error: LogError| {
                format!("an entry of this store's types cannot be compared ({content:?}): {error}")
            };
            let (first, second) = (bytes().map_err(told)?, bytes().map_err(told)?);
            if first != second {
                return Err(different(content, [&first, &second]));
            }
        }
        Ok(())
    }
}

fn different(content: EntryContent, [first, second]: [&[u8]; 2]) -> String {
    let [first, second] = [first, second].map(String::from_utf8_lossy);
    format!(
        "two entries that were made alike are not equal, so no store can be compared with the reference.\n\
         Values are to depend on their seed and on nothing else (payload, nodes, node_ids); where their JSON differs \
         though they are equal, as that of a HashMap does, say how they are compared (compared_by).\n  \
         made of: {content:?}\n  first:  {first}\n  second: {second}"
    )
}
