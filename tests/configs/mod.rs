//! Type configs with other node ids, an own entry type, payloads that JSON can't carry.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "tests; every binary uses its own part"
)]

mod own_entry;

use std::fmt;
use std::io::Cursor;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use own_entry::OwnEntry;

/// A node id that is text of at most 15 bytes: openraft 0.9 wants node ids to be `Copy`.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct Name {
    text: [u8; 15],
    len: u8,
}

impl Name {
    pub fn new(text: &str) -> Self {
        let mut name = Self {
            text: [0; 15],
            len: text.len() as u8,
        };
        name.text[..text.len()].copy_from_slice(text.as_bytes());
        name
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.text[..self.len.into()]).unwrap()
    }
}

impl TryFrom<String> for Name {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.len() > 15 {
            Err(format!("{text:?} is too long"))
        } else {
            Ok(Self::new(&text))
        }
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.as_str().to_owned()
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<u64> for Name {
    fn from(number: u64) -> Self {
        // The suite compares the id of number 0 with the default one.
        if number == 0 {
            Self::default()
        } else {
            Self::new(&format!("node {number:04}"))
        }
    }
}

/// A node id that is a UUID.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct NodeUuid(pub Uuid);

impl fmt::Display for NodeUuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<u64> for NodeUuid {
    fn from(number: u64) -> Self {
        Self(Uuid::from_u128(number.into()))
    }
}

/// A node id that JSON can't have as a map key.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Place {
    zone: u8,
    number: u8,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.zone, self.number)
    }
}

/// A node id of which only some values can be a map key.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum Picked {
    #[default]
    Any,
    Placed {
        zone: u8,
    },
}

impl fmt::Display for Picked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

/// A payload with floats.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    pub value: f64,
    pub single: Option<f32>,
    pub count: u64,
    pub text: String,
}

/// A payload nested as deep as one likes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Deep(pub serde_json::Value);

openraft::declare_raft_types!(pub NamedConfig: R = (), NodeId = Name, Node = ());
openraft::declare_raft_types!(pub UuidConfig: R = (), NodeId = NodeUuid, Node = ());
openraft::declare_raft_types!(pub StructConfig: R = (), NodeId = Place, Node = ());
openraft::declare_raft_types!(pub PickedConfig: R = (), NodeId = Picked, Node = ());
openraft::declare_raft_types!(pub MeasureConfig: D = Measure, R = (), Node = ());
openraft::declare_raft_types!(pub DeepConfig: D = Deep, R = (), Node = ());
openraft::declare_raft_types!(pub OwnEntryConfig: R = (), Node = (), Entry = OwnEntry);
