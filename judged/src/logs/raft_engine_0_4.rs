//! raft-engine: an entry is a message of protobuf with an index; a write with `sync` promises to be durable.

use crate::case::Case;

pub(super) fn cases() -> Vec<Case> {
    Vec::new()
}
