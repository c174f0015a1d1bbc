//! The bugs of calls: callbacks, dropped futures, blocked threads.

use super::{Bug, Part, Row, row};

/// A1 to A5.
pub(super) static ROWS: &[Row] = &[
    row(
        Bug::CallbackDropped,
        "A1",
        "callback-dropped",
        Part::Programs,
        &["callback-once"],
        "the callback of an empty append is dropped",
    ),
    row(
        Bug::OkAfterErr,
        "A2",
        "ok-after-err",
        Part::Programs,
        &["callback-once"],
        "append returns an error and calls back with Ok",
    ),
    row(
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
    row(
        Bug::CancelLosesEntry,
        "A4",
        "cancel-loses-entry",
        Part::Programs,
        &["cancel-safety", "error-latch"],
        "an append shows its entries before a point at which it can be dropped",
    ),
    row(
        Bug::SyncOnExecutor,
        "A5",
        "sync-on-executor",
        Part::Programs,
        &["executor-free"],
        "votes are written on the caller's thread",
    ),
];
