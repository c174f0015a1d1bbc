//! Default values for the types of a store: the first of a few JSON values that serde reads as the type.

use std::any::{Any, type_name};

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::payload::{Payload, PayloadSeed};

/// The first of the values that the type can be read from.
fn first<T: DeserializeOwned>(values: impl IntoIterator<Item = Value>) -> Option<T> {
    let mut values = values.into_iter();
    values.find_map(|value| serde_json::from_value(value).ok())
}

/// A node id: the number, a short text, or a text that looks like a UUID. `None` where the type can be read from
/// none of them.
pub(super) fn node_id<T: DeserializeOwned>(node: u64) -> Option<T> {
    let short = format!("node-{node:04}");
    let uuid = format!("00000000-0000-4000-8000-{node:012x}");
    first([json!(node), json!(short), json!(uuid)])
}

/// A node: one with an address where the type has that, or with nothing.
///
/// # Panics
/// The type can be read from neither: the author has to say how it is made.
pub(super) fn node<T: DeserializeOwned>(seed: u64) -> T {
    let address = json!({ "addr": address(seed) });
    first([address, json!({}), Value::Null]).unwrap_or_else(|| missing::<T>("nodes"))
}

/// The address of the node with this number, as [`node`] makes it; empty for `u64::MAX`.
pub(super) fn address(number: u64) -> String {
    match number {
        u64::MAX => String::new(),
        number => format!("node-{number}"),
    }
}

/// The number in an address that [`address`] made; `u64::MAX` for any other text.
pub(super) fn number(address: &str) -> u64 {
    let digits = address.strip_prefix("node-").unwrap_or_default();
    digits.parse().unwrap_or(u64::MAX)
}

/// Application data: a [`Payload`], its text, its number, or nothing.
///
/// # Panics
/// The type can be read from none of these: the author has to say how it is made.
pub(super) fn payload<T: DeserializeOwned + 'static>(seed: PayloadSeed) -> T {
    let grown = Payload::grow(seed);
    // Not by way of JSON, which cannot carry every payload.
    let same: Box<dyn Any> = Box::new(grown.clone());
    if let Ok(same) = same.downcast::<T>() {
        return *same;
    }
    // `None` for integers of 128 bits, which are no JSON value.
    let whole = serde_json::to_value(&grown).ok();
    let parts = [
        json!(grown.text),
        json!(grown.unsigned),
        json!([grown.text]),
        json!({}),
        Value::Null,
    ];
    let values = whole.into_iter().chain(parts);
    first(values).unwrap_or_else(|| missing::<T>("payload"))
}

/// Panics: the author has to say how values of this type are made.
#[expect(clippy::panic, reason = "a mistake in a test, told where it is made")]
fn missing<T>(method: &str) -> T {
    let name = type_name::<T>();
    panic!("the harness can make no {name}: give it a function with Store::{method}")
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::payload::PayloadShape;

    const SEED: PayloadSeed = PayloadSeed {
        seed: 3,
        bytes: 10,
        shape: PayloadShape::Plain,
    };

    #[derive(Debug, Deserialize)]
    struct Addressed {
        addr: String,
    }

    #[derive(Debug, Deserialize)]
    enum Command {
        #[expect(dead_code, reason = "only its name is read")]
        Set { key: String },
    }

    #[test]
    fn common_types_have_values() {
        assert_eq!(node_id::<u8>(7), Some(7));
        assert_ne!(node_id::<String>(7), node_id::<String>(8));
        assert_eq!(node_id::<(u8, u8)>(7), None);
        assert_eq!(node::<Addressed>(7).addr, "node-7");
        node::<()>(7);
        assert_eq!(payload::<Payload>(SEED), Payload::grow(SEED));
        assert_eq!(payload::<String>(SEED).len(), 10);
        // Integers of 128 bits are among these.
        for seed in 0..100 {
            let shape = PayloadShape::Shaped;
            payload::<String>(PayloadSeed {
                seed,
                shape,
                ..SEED
            });
        }
        assert!(payload::<u64>(SEED) > 0);
        payload::<()>(SEED);
    }

    #[test]
    #[should_panic(expected = "Store::payload")]
    fn a_type_of_ones_own_needs_a_function() {
        payload::<Command>(SEED);
    }
}
