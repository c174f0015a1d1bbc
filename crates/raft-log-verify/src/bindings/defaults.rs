//! Default values for the types of a store: the first of a few JSON values that serde reads as the type, or what the
//! type says that it consists of.

use std::any::{Any, type_name};

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::made::Leaves;
use crate::payload::{Payload, PayloadSeed};

/// The first of the values that the type can be read from.
fn first<T: DeserializeOwned>(values: impl IntoIterator<Item = Value>) -> Option<T> {
    let mut values = values.into_iter();
    values.find_map(|value| serde_json::from_value(value).ok())
}

/// A node id: the number, a short text, a text that looks like a UUID, or what consists of these. `None` where the type
/// can be made of none of them.
pub(super) fn node_id<T: DeserializeOwned>(node: u64) -> Option<T> {
    let short = format!("node-{node:04}");
    let uuid = format!("00000000-0000-4000-8000-{node:012x}");
    let id = first([json!(node), json!(short), json!(uuid)]);
    id.or_else(|| Leaves::same(node, short).value())
}

/// A node: one with an address where the type has that, with nothing, or one whose texts are the address.
///
/// # Panics
/// The type can be made of none of these: the author has to say how it is made.
pub(super) fn node<T: DeserializeOwned>(seed: u64) -> T {
    let with_address = json!({ "addr": address(seed) });
    let node = first([with_address, json!({}), Value::Null]);
    let node = node.or_else(|| Leaves::drawn(seed, address(seed)).value());
    node.unwrap_or_else(|| missing::<T>("nodes", "node", "equal numbers, equal nodes"))
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

/// Tries to draw a value of a type that contains itself.
const DRAWS: u64 = 16;

/// Application data: a [`Payload`], its text, its number, what the type says that it consists of, or nothing.
///
/// # Panics
/// The type can be made of none of these: the author has to say how it is made.
pub(super) fn payload<T: DeserializeOwned + 'static>(seed: PayloadSeed) -> T {
    let grown = Payload::grow(seed);
    // Not by way of JSON, which cannot carry every payload.
    let same: Box<dyn Any> = Box::new(grown.clone());
    if let Ok(same) = same.downcast::<T>() {
        return *same;
    }
    let simple = [
        json!(grown.text),
        json!(grown.unsigned),
        json!([grown.text]),
    ];
    if let Some(simple) = first(simple) {
        return simple;
    }
    let draw = |turn: u64| {
        let seed = seed.seed.wrapping_mul(DRAWS).wrapping_add(turn);
        Leaves::drawn(seed, grown.text.clone()).value()
    };
    if let Some(drawn) = (0..DRAWS).find_map(draw) {
        return drawn;
    }
    // `None` for integers of 128 bits, which are no JSON value.
    let whole = serde_json::to_value(&grown).ok();
    let values = whole.into_iter().chain([json!({}), Value::Null]);
    first(values).unwrap_or_else(|| {
        let hint = "for example of Payload::grow(seed).text; equal seeds, equal values";
        missing::<T>("payload", "seed", hint)
    })
}

/// Panics: the author has to say how values of this type are made.
#[expect(clippy::panic, reason = "a mistake in a test, told where it is made")]
pub(super) fn missing<T>(method: &str, argument: &str, hint: &str) -> T {
    let name = type_name::<T>();
    panic!(
        "raft-log-verify does not know how to make a value of your type {name}.\n\
         Say how, between store(..) and .check():\n\n    \
         .{method}(|{argument}| ...)    // a {name}, {hint}\n"
    )
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

    #[derive(Debug, PartialEq, Deserialize)]
    enum Command {
        Set { key: String },
    }

    #[derive(Debug, Deserialize)]
    #[serde(tag = "kind")]
    enum Tagged {
        #[expect(dead_code, reason = "only its name is read")]
        Set { key: String },
    }

    #[test]
    fn common_types_have_values() {
        assert_eq!(node_id::<u8>(7), Some(7));
        assert_ne!(node_id::<String>(7), node_id::<String>(8));
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
    fn what_a_type_consists_of_is_made() {
        let key = Payload::grow(SEED).text;
        assert_eq!(payload::<Command>(SEED), Command::Set { key });
        assert_eq!(node_id::<(u8, u8)>(7), Some((7, 7)));
    }

    #[test]
    #[should_panic(expected = ".payload(|seed| ...)")]
    fn a_type_of_ones_own_needs_a_function() {
        payload::<Tagged>(SEED);
    }
}
