//! Stores of openraft 0.9.

#[cfg(feature = "hiqlite-wal")]
mod hiqlite_wal_0_15;

use crate::case::Case;

/// The subjects of this build.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    #[cfg(feature = "hiqlite-wal")]
    cases.extend(hiqlite_wal_0_15::cases());
    cases
}
