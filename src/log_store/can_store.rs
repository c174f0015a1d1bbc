//! Asking beforehand whether data can be stored.

use openraft::RaftTypeConfig;
use openraft::entry::FromAppData;

use super::encode;
use super::error::EncodeError;
use super::read_back;

/// Whether a log of this type config takes this data as the content of an entry.
///
/// Ask before `client_write`. openraft takes an error of a log store for fatal: once a leader has taken
/// a command that its log refuses, the node stops with
/// [`LogStoreError::NotStorable`](crate::LogStoreError::NotStorable), and so does the next leader that
/// the command is sent to. Asking costs about as much as the append itself: the data is encoded and
/// decoded twice. It writes nothing.
///
/// ```
/// use std::io::Cursor;
///
/// use openraft_timevault::openraft;
///
/// openraft::declare_raft_types!(Types: D = serde_json::Value, R = (), Node = ());
///
/// let can_store = openraft_timevault::can_store::<Types>;
/// assert!(can_store(&serde_json::json!({"set": [1, 2, 3]})).is_ok());
///
/// // Deeper than serde_json reads, though it would write it.
/// let deep = (0..200).fold(serde_json::json!(1), |inner, _| serde_json::json!([inner]));
/// assert!(can_store(&deep).is_err());
/// ```
///
/// # Errors
/// Why the log would refuse it, with [`LogStoreOptions::read_back`](crate::LogStoreOptions::read_back) as
/// it is by default. The entry that is tried holds a copy of the data, as it comes back from JSON: where
/// serde folds the data into something else, that is what is tried. An entry type of one's own that
/// stores its data in another way than by the data's own serde implementation may take data that is
/// refused here.
pub fn can_store<C: RaftTypeConfig>(data: &C::D) -> Result<(), EncodeError> {
    let mut json = Vec::new();
    encode::value(data, &mut json)?;
    // The entry has to own its data, and the data can't be cloned.
    let copy: C::D =
        serde_json::from_slice(&json).map_err(|e| EncodeError::NotReadBack(e.to_string()))?;
    read_back::keeps_reserved(&json, &copy)?;
    let entry = C::Entry::from_app_data(copy);
    json.clear();
    encode::object(&entry, &mut json)?;
    read_back::check::<C>(&entry, &json)
}
