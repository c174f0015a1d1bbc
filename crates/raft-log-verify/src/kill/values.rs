//! Whether two processes make the same values of the same seeds.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use crate::log::{Entry, EntryContent, LogId};
use crate::payload::{PayloadSeed, PayloadShape};
use crate::subject::Subject;

/// So many seeds of each kind of content are tried.
const SEEDS: u64 = 4;

/// Bytes of text in each payload.
const BYTES: u32 = 40;

/// A number that is equal in processes that make the same values of the same seeds.
pub(super) fn sample(subject: &impl Subject) -> u64 {
    // New ones all have the same keys, in every process.
    let mut hasher = DefaultHasher::new();
    for seed in 0..SEEDS {
        let payload = PayloadSeed {
            seed,
            bytes: BYTES,
            shape: PayloadShape::Plain,
        };
        let contents = [
            EntryContent::Blank,
            EntryContent::Normal(payload),
            EntryContent::Membership(seed),
        ];
        for content in contents {
            let id = LogId {
                term: 1,
                node: 0,
                index: seed,
            };
            // What cannot be encoded is not appended either.
            subject
                .fingerprint(Entry { id, content })
                .ok()
                .hash(&mut hasher);
        }
    }
    hasher.finish()
}
