//! Payload types for `readable_payloads.rs`: what serde writes and does not read, and what only looks
//! like that.
#![allow(unreachable_pub, reason = "tests")]

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::Cursor;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

/// serde reads the content of an internally tagged enum through a buffer, in which the keys of a JSON
/// object are text and 128-bit integers do not exist.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind")]
pub enum Tagged {
    Counts { by_shard: BTreeMap<u64, u32> },
    Wide { amount: u128 },
    Raw { json: Box<RawText> },
    Named { by_name: BTreeMap<String, f64> },
}

/// Raw JSON that can be compared.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RawText(pub Box<RawValue>);

impl PartialEq for RawText {
    fn eq(&self, other: &Self) -> bool {
        self.0.get() == other.0.get()
    }
}

/// The keys of `labels` stand beside the fields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Labelled {
    pub name: String,
    #[serde(flatten)]
    pub labels: BTreeMap<String, String>,
}

/// Written in the order of hashes, which is another one in each copy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hashed {
    pub map: HashMap<u32, String>,
    pub set: HashSet<String>,
}

/// Written without fields that are read back as something else than what they were.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Skipping {
    #[serde(skip)]
    pub cache: u32,
    #[serde(skip_serializing_if = "is_zero", default = "seven")]
    pub retries: u32,
    pub text: String,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

fn seven() -> u32 {
    7
}

/// Two maps in one object: each is read as both.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Flats {
    #[serde(flatten)]
    pub one: BTreeMap<String, u8>,
    #[serde(flatten)]
    pub two: BTreeMap<String, u8>,
}

/// Both kinds of none are null.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(clippy::option_option, reason = "what JSON folds")]
pub struct Folded {
    pub choice: Option<Option<u8>>,
    pub unit: Option<()>,
}

/// Integers of every width, where serde reads them without a buffer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Wide {
    pub large: u128,
    pub small: i128,
    pub by_number: BTreeMap<u128, i8>,
    pub by_letter: BTreeMap<char, bool>,
}

openraft::declare_raft_types!(pub TaggedConfig: D = Tagged, R = (), Node = ());
openraft::declare_raft_types!(pub LabelledConfig: D = Labelled, R = (), Node = ());
openraft::declare_raft_types!(pub HashedConfig: D = Hashed, R = (), Node = ());
openraft::declare_raft_types!(pub FlatsConfig: D = Flats, R = (), Node = ());
openraft::declare_raft_types!(pub SkippingConfig: D = Skipping, R = (), Node = ());
openraft::declare_raft_types!(pub FoldedConfig: D = Folded, R = (), Node = ());
openraft::declare_raft_types!(pub WideConfig: D = Wide, R = (), Node = ());
openraft::declare_raft_types!(pub ValueConfig: D = Value, R = (), Node = ());
openraft::declare_raft_types!(pub TextConfig: D = String, R = (), Node = ());
openraft::declare_raft_types!(pub RawConfig: D = RawText, R = (), Node = ());
openraft::declare_raft_types!(pub NamesConfig: D = HashMap<String, String>, R = (), Node = ());
