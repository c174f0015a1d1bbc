//! The bugs of calls: callbacks, dropped futures, blocked threads.

use super::{Known, Part};
use crate::verify::seeded::Bug;

/// A1 to A5.
pub(super) static ROWS: &[Known] = &[
    Known::plain(
        Bug::CallbackDropped,
        "A1",
        "callback-dropped",
        Part::Programs,
        &["callback-once"],
        "the callback of an empty append is dropped",
    ),
    Known::plain(
        Bug::OkAfterErr,
        "A2",
        "ok-after-err",
        Part::Programs,
        &["callback-once"],
        "append returns an error and calls back with Ok",
    ),
    Known::plain(
        Bug::ReaderDropStopsWriter,
        "A3",
        "reader-drop-stops-writer",
        Part::Programs,
        &[
            "read-your-append",
            "append-overlap",
            "append-below-purge",
            "callback-once",
            "vote-roundtrip",
            "truncate-finality",
            "purge-finality",
            "committed",
            "error-latch",
        ],
        "dropping a reader stops the writer",
    ),
    Known::plain(
        Bug::CancelLosesEntry,
        "A4",
        "cancel-loses-entry",
        Part::Programs,
        &["cancel-safety", "error-latch"],
        "an append shows its entries before a point at which it can be dropped",
    ),
    Known::plain(
        Bug::SyncOnExecutor,
        "A5",
        "sync-on-executor",
        Part::Programs,
        &["executor-free"],
        "votes are written on the caller's thread",
    ),
];
