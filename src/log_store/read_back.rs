//! Reading back what an append is about to store, before anything of it is issued.
//!
//! serde writes values of some types that it does not read: an internally tagged enum that holds a map
//! with integer keys or a 128-bit integer, a flattened map with a key that a field has too. Such an entry,
//! once acknowledged, keeps its node from ever opening its log again, and every replica alike. So what
//! was encoded is decoded again, and must be the same entry.
//!
//! The same is: the same log id, the same node ids in a membership, and nothing lost to the member names
//! that serde_json keeps for itself. Not compared is what a type's own serde code makes of its
//! content: the order of a hash map, a field that is skipped, an `Option<Option<_>>` that is folded.

use openraft::entry::RaftPayload;
use openraft::{Membership, Node, NodeId, RaftLogId, RaftTypeConfig};
use serde::Serialize;

use super::error::EncodeError;
use super::reserved;

/// Decodes the encoded entry and compares.
///
/// # Errors
/// [`EncodeError::NotReadBack`], [`EncodeError::ReadBackAs`], [`EncodeError::ReservedName`].
pub(super) fn check<C: RaftTypeConfig>(entry: &C::Entry, json: &[u8]) -> Result<(), EncodeError> {
    let read: C::Entry =
        serde_json::from_slice(json).map_err(|e| EncodeError::NotReadBack(e.to_string()))?;
    let (id, read_id) = (entry.get_log_id(), read.get_log_id());
    if id != read_id {
        return Err(EncodeError::ReadBackAs {
            written: format!("log id {id}"),
            read: format!("log id {read_id}"),
        });
    }
    same_members(entry.get_membership(), read.get_membership())?;
    keeps_reserved(json, &read)
}

/// Compares what was read back with the text that it was read from, where something in that looks like a
/// member name that serde_json keeps for itself.
///
/// # Errors
/// [`EncodeError::ReservedName`].
pub(super) fn keeps_reserved<T: Serialize>(json: &[u8], read: &T) -> Result<(), EncodeError> {
    if !reserved::may_be_in(json) {
        return Ok(());
    }
    let again = serde_json::to_vec(read).map_err(|e| EncodeError::Serializer(e.to_string()))?;
    reserved::compare(json, &again)
}

/// Compares the node ids of memberships. What else their nodes hold is the application's.
fn same_members<NID: NodeId, N: Node>(
    written: Option<&Membership<NID, N>>,
    read: Option<&Membership<NID, N>>,
) -> Result<(), EncodeError> {
    let ids = |membership: &Membership<NID, N>| {
        let nodes: Vec<NID> = membership.nodes().map(|(id, _)| id.clone()).collect();
        (membership.get_joint_config().clone(), nodes)
    };
    let (written, read) = (written.map(ids), read.map(ids));
    if written == read {
        return Ok(());
    }
    Err(EncodeError::ReadBackAs {
        written: format!("a membership of {written:?}"),
        read: format!("one of {read:?}"),
    })
}
