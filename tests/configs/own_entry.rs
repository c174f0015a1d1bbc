//! An entry type that is not openraft's: other members, other order, an own timestamp.

use std::fmt;

use openraft::entry::{FromAppData, RaftEntry, RaftPayload};
use openraft::{LogId, Membership, RaftLogId};
use serde::{Deserialize, Serialize};

/// An entry with its members in one object.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OwnEntry {
    written_at: Option<u64>,
    text: Option<String>,
    members: Option<Membership<u64, ()>>,
    id: LogId<u64>,
}

impl OwnEntry {
    fn new(id: LogId<u64>) -> Self {
        Self {
            written_at: Some(u64::MAX),
            text: None,
            members: None,
            id,
        }
    }
}

impl fmt::Display for OwnEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.id)
    }
}

impl RaftLogId<u64> for OwnEntry {
    fn get_log_id(&self) -> &LogId<u64> {
        &self.id
    }

    fn set_log_id(&mut self, log_id: &LogId<u64>) {
        self.id = *log_id;
    }
}

impl RaftPayload<u64, ()> for OwnEntry {
    fn is_blank(&self) -> bool {
        self.text.is_none() && self.members.is_none()
    }

    fn get_membership(&self) -> Option<&Membership<u64, ()>> {
        self.members.as_ref()
    }
}

impl RaftEntry<u64, ()> for OwnEntry {
    fn new_blank(log_id: LogId<u64>) -> Self {
        Self::new(log_id)
    }

    fn new_membership(log_id: LogId<u64>, members: Membership<u64, ()>) -> Self {
        Self {
            members: Some(members),
            ..Self::new(log_id)
        }
    }
}

impl FromAppData<String> for OwnEntry {
    fn from_app_data(text: String) -> Self {
        Self {
            text: Some(text),
            ..Self::new(LogId::default())
        }
    }
}
