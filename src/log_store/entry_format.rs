//! The record format of a raft log: the entry as serde_json writes it.

use std::any::TypeId;
use std::fmt;
use std::marker::PhantomData;

use openraft::{RaftLogId, RaftTypeConfig};
use serde::Deserialize;
use serde_json::value::RawValue;
use timevault::{FormatError, FormatPlugin, RecordRef};

/// Id of [`EntryFormat`], as it stands in a partition's metadata.
pub const ENTRY_FORMAT_ID: &str = "openraft-entry-v1";

/// Format plugin of a partition that holds a raft log with the entries of `C`.
///
/// The payload of a record *is* its object: an entry as serde_json writes it. The order key is the
/// index of the entry.
pub struct EntryFormat<C>(PhantomData<fn() -> C>);

impl<C> EntryFormat<C> {
    /// The format.
    #[must_use]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<C> Default for EntryFormat<C> {
    fn default() -> Self {
        Self::new()
    }
}

impl<C> Clone for EntryFormat<C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C> Copy for EntryFormat<C> {}

impl<C> fmt::Debug for EntryFormat<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EntryFormat")
    }
}

impl<C: RaftTypeConfig> FormatPlugin for EntryFormat<C> {
    fn id(&self) -> &str {
        ENTRY_FORMAT_ID
    }

    fn encode(&self, record: RecordRef<'_>, out: &mut Vec<u8>) -> Result<(), FormatError> {
        let payload = record.payload;
        if payload.first() != Some(&b'{') || payload.last() != Some(&b'}') {
            return Err(FormatError::new("not a JSON object"));
        }
        if memchr::memchr(b'\n', payload).is_some() {
            return Err(FormatError::new("more than one line"));
        }
        out.extend_from_slice(payload);
        Ok(())
    }

    fn decode<'a>(&self, object: &'a [u8]) -> Result<RecordRef<'a>, FormatError> {
        let entry = decode_entry::<C>(object)?;
        Ok(RecordRef {
            order_key: entry.get_log_id().index,
            payload: object,
        })
    }

    fn dense_keys(&self) -> bool {
        true
    }
}

/// Reads an entry.
///
/// # Errors
/// [Foreign](FormatError::foreign) for a whole JSON object that is no entry of this type config.
pub(crate) fn decode_entry<C: RaftTypeConfig>(json: &[u8]) -> Result<C::Entry, FormatError> {
    serde_json::from_slice(json).map_err(|e| {
        let reason = format!("not a log entry: {e}");
        match serde_json::from_slice::<&RawValue>(json) {
            Ok(whole) if whole.get().starts_with('{') => {
                FormatError::foreign(index_of::<C>(whole), reason)
            }
            _ => FormatError::new(reason),
        }
    })
}

/// The index of an entry of which the rest can't be read. Known only for openraft's own entry type: in
/// another one, a member that looks like a log id may be something else.
fn index_of<C: RaftTypeConfig>(entry: &RawValue) -> Option<u64> {
    #[derive(Deserialize)]
    struct Entry {
        log_id: Id,
    }
    #[derive(Deserialize)]
    struct Id {
        index: u64,
    }
    if TypeId::of::<C::Entry>() != TypeId::of::<openraft::Entry<C>>() {
        return None;
    }
    let entry: Entry = serde_json::from_str(entry.get()).ok()?;
    Some(entry.log_id.index)
}

/// Reads the entry that must have this index.
pub(super) fn decode_entry_at<C: RaftTypeConfig>(
    index: u64,
    json: &[u8],
) -> Result<C::Entry, FormatError> {
    let entry = decode_entry::<C>(json)?;
    let found = entry.get_log_id().index;
    if found == index {
        Ok(entry)
    } else {
        Err(FormatError::new(format!(
            "index is {found}, expected {index}"
        )))
    }
}
