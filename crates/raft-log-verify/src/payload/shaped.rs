//! Content of types that serde reads in a way of its own.
//!
//! Some values of these types are written and not read back; a careless store refuses others that are.
//! The types of a type config are fixed when a harness is built and cannot be drawn for each program;
//! a payload is any of these types instead.

use std::collections::BTreeMap;

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The member name under which serde_json passes raw JSON through serde.
const RESERVED: &str = "$serde_json::private::RawValue";

/// One of several types, or nothing.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shaped {
    /// Nothing.
    #[default]
    None,
    /// An internally tagged type, which serde reads through a buffer of its own.
    Tagged(Tagged),
    /// A map whose keys stand among the fields of a struct.
    Labelled(Labelled),
    /// Any JSON.
    Json(Value),
    /// Integers of 128 bits, one of them as a key.
    Wide(BTreeMap<u128, i128>),
}

/// An internally tagged type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Tagged {
    /// Read back as long as it is empty: in serde's buffer the keys of a map are texts.
    Counts {
        /// By number.
        by_number: BTreeMap<u64, u8>,
    },
    /// Never read back: serde's buffer has no integers of 128 bits.
    Wide {
        /// Any.
        wide: u128,
    },
    /// Read back.
    Named {
        /// By text.
        by_text: BTreeMap<String, i64>,
    },
}

/// A struct with a map beside its field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Labelled {
    /// A field.
    pub name: String,
    /// Read back unless a key is "name".
    #[serde(flatten)]
    pub labels: BTreeMap<String, String>,
}

/// Kinds of content that [`Shaped::unstorable`] makes.
pub(super) const UNSTORABLE: u64 = 4;

impl Shaped {
    /// Whether there is nothing.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::None
    }

    /// Content that comes back as it was, of types of which other values do not.
    pub(super) fn storable(rng: &mut ChaCha8Rng) -> Self {
        let number: u64 = rng.random();
        let text = number.to_string();
        match rng.random_range(0..5) {
            0 => Self::Tagged(Tagged::Counts {
                by_number: BTreeMap::new(),
            }),
            1 => Self::Tagged(Tagged::Named {
                by_text: BTreeMap::from([(text, rng.random())]),
            }),
            2 => Self::Labelled(labelled("names", text)),
            3 => Self::Json(json!({"a": RESERVED, "b": [format!("{RESERVED}{text}")]})),
            _ => Self::Wide(BTreeMap::from([(rng.random(), rng.random())])),
        }
    }

    /// Content that is written and does not come back; `kind` says which.
    pub(super) fn unstorable(kind: u64, rng: &mut ChaCha8Rng) -> Self {
        let number: u64 = rng.random();
        match kind % UNSTORABLE {
            0 => Self::Tagged(Tagged::Counts {
                by_number: BTreeMap::from([(number, 1)]),
            }),
            1 => Self::Tagged(Tagged::Wide {
                wide: number.into(),
            }),
            2 => Self::Labelled(labelled("name", number.to_string())),
            // This one is read back, as a number.
            _ => Self::Json(json!({"a": {RESERVED: number.to_string()}})),
        }
    }
}

fn labelled(key: &str, value: String) -> Labelled {
    Labelled {
        name: "n".to_owned(),
        labels: BTreeMap::from([(key.to_owned(), value)]),
    }
}
