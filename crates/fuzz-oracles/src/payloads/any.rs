//! Payload types of every shape that serde derives, nested in each other.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;

use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// Any of them. Of its own it is externally tagged, which serde reads without a buffer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Any {
    Unit,
    Bool(bool),
    Signed(i64),
    Unsigned(u64),
    WideSigned(i128),
    WideUnsigned(u128),
    Single(F32),
    Double(F64),
    Letter(char),
    Text(String),
    Bytes(Bytes),
    Tuple(u8, String),
    #[expect(clippy::option_option, reason = "what JSON folds")]
    Choice(Option<Option<Box<Untagged>>>),
    List(Vec<Any>),
    ByText(BTreeMap<String, Any>),
    ByNumber(BTreeMap<u64, Any>),
    ByWide(BTreeMap<i128, Any>),
    ByBool(BTreeMap<bool, Any>),
    ByLetter(BTreeMap<char, Any>),
    ByName(BTreeMap<Name, Any>),
    ByFloat(BTreeMap<F64, Any>),
    ByOption(BTreeMap<Option<u8>, Any>),
    ByPair(BTreeMap<(u8, u8), Any>),
    Hashed(HashMap<String, Any>, HashSet<String>),
    Tagged(Box<Tagged>),
    Adjacent(Box<Adjacent>),
    Untagged(Box<Untagged>),
    Ambiguous(Ambiguous),
    Flat(Box<Flat>),
    Flats(Flats),
    Skipping(Skipping),
    Raw(Raw),
    Json(Value),
}

/// Read through a buffer of serde's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(crate) enum Tagged {
    Nothing,
    Struct {
        inner: Any,
        single: F32,
        double: F64,
    },
    Map(BTreeMap<String, Any>),
    Numbers(BTreeMap<u64, u64>),
    Wide {
        wide: u128,
    },
    Raw {
        raw: Raw,
    },
    Json {
        json: Value,
    },
}

/// Read through the same buffer where the content comes before the tag; serde writes the tag first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "content")]
pub(crate) enum Adjacent {
    Nothing,
    One(Any),
    Two(Any, u128),
    Struct { inner: Any },
}

/// Read by trying one kind after the other. No two of them read the same text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Untagged {
    Nothing,
    Number(u64),
    Double(F64),
    Text(String),
    List(Vec<Untagged>),
    Struct { inner: Any },
    Flag(bool),
}

/// The same with kinds that read each other's texts: what serde makes of them is the first that fits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Ambiguous {
    Small(u8),
    Wide(i128),
    Double(F64),
    Map(BTreeMap<String, u8>),
    Struct { a: Option<u8> },
}

/// Members of a map beside those of a struct.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Flat {
    pub(crate) name: String,
    pub(crate) single: F32,
    #[serde(flatten)]
    pub(crate) rest: BTreeMap<String, Any>,
}

/// Two maps in one object: each is read as both.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Flats {
    #[serde(flatten)]
    pub(crate) one: BTreeMap<String, u8>,
    #[serde(flatten)]
    pub(crate) two: BTreeMap<String, u8>,
}

/// Fields that are not written, or not always.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Skipping {
    #[serde(skip)]
    pub(crate) never: u8,
    #[serde(skip_serializing_if = "is_zero", default = "unwritten")]
    pub(crate) sometimes: u8,
    #[serde(rename = "$text")]
    pub(crate) text: String,
}

pub(crate) fn is_zero(number: &u8) -> bool {
    *number == 0
}

/// What a field that was not written reads as.
pub(crate) fn unwritten() -> u8 {
    7
}

/// A name that is one of a few.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Name {
    One,
    #[serde(rename = "$serde_json::private::RawValue")]
    Odd,
}

/// A double that is compared, and ordered, by its bits.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct F64(pub(crate) f64);

impl Ord for F64 {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl PartialOrd for F64 {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for F64 {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_bits() == other.0.to_bits()
    }
}

impl Eq for F64 {}

/// A float that is compared by its bits.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct F32(pub(crate) f32);

impl PartialEq for F32 {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_bits() == other.0.to_bits()
    }
}

/// JSON text that is compared as such.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Raw(pub(crate) Box<RawValue>);

impl PartialEq for Raw {
    fn eq(&self, other: &Self) -> bool {
        self.0.get() == other.0.get()
    }
}

/// Bytes that are written as such, which JSON has as a list of numbers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Bytes(pub(crate) Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct List;
        impl<'de> Visitor<'de> for List {
            type Value = Bytes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of bytes")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Bytes, A::Error> {
                let mut bytes = Vec::new();
                while let Some(byte) = list.next_element()? {
                    bytes.push(byte);
                }
                Ok(Bytes(bytes))
            }
        }
        from.deserialize_byte_buf(List)
    }
}
