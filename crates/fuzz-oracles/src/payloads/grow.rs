//! Payloads grown from a fuzzer's bytes.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use serde_json::{Map, Number, Value};

use super::any::{
    Adjacent, Ambiguous, Any, Bytes, F32, F64, Flat, Flats, Name, Raw, Skipping, Tagged, Untagged,
};
use crate::source::Source;

/// Kinds of payload that hold others, and leaves in the remaining numbers.
pub(crate) const KINDS: u8 = 24;

/// Most levels of types in each other. A list of [`deep`] values goes deeper.
const MAX_LEVELS: u8 = 6;

/// Most elements of one list or map.
const MAX_ELEMENTS: u8 = 4;

/// Texts that something in a decoder treats in a way of its own.
const ODD_TEXTS: [&str; 12] = [
    "",
    "kind",
    "content",
    "name",
    "single",
    "$text",
    "$serde_json::private::RawValue",
    "$serde_json::private::Number",
    "$serde_json::private::",
    "{\"$serde_json::private::RawValue\":\"1\"}",
    "\"null\"",
    "1",
];

/// Floats that change where they are read carelessly.
const ODD_FLOATS: [f64; 10] = [
    0.0,
    -0.0,
    1.0,
    0.1 + 0.2,
    1e16,
    5e-324,
    f64::MAX,
    f64::NAN,
    f64::INFINITY,
    7.038_531e-26,
];

/// Grows a payload.
pub(crate) fn payload(from: &mut Source<'_>) -> Any {
    any(from, MAX_LEVELS)
}

fn any<'a>(from: &mut Source<'a>, levels: u8) -> Any {
    let Some(below) = levels.checked_sub(1) else {
        return leaf(from);
    };
    let inner = |from: &mut Source<'a>| any(from, below);
    match from.byte() % KINDS {
        0 => Any::Choice(choice(from, below)),
        1 => Any::List(list(from, inner)),
        2 => Any::ByText(by(from, text, inner)),
        3 => Any::ByNumber(by(from, Source::u64, inner)),
        4 => Any::ByWide(by(from, signed, inner)),
        5 => Any::ByBool(by(from, flag, inner)),
        6 => Any::ByLetter(by(from, letter, inner)),
        7 => Any::ByName(by(from, name, inner)),
        8 => Any::ByFloat(by(from, |from| F64(double(from)), inner)),
        9 => Any::ByOption(by(from, |from| flag(from).then(|| from.byte()), inner)),
        10 => Any::ByPair(by(from, |from| (from.byte(), from.byte()), inner)),
        11 => {
            let map = by(from, text, inner).into_iter().collect();
            Any::Hashed(map, list(from, text).into_iter().collect())
        }
        12 | 13 => Any::Tagged(Box::new(tagged(from, below))),
        14 => Any::Adjacent(Box::new(adjacent(from, below))),
        15 => Any::Untagged(Box::new(untagged(from, below))),
        16 => Any::Flat(Box::new(Flat {
            name: text(from),
            single: F32(single(from)),
            rest: by(from, text, inner),
        })),
        17 => deep(from),
        _ => leaf(from),
    }
}

fn leaf(from: &mut Source<'_>) -> Any {
    match from.byte() % 17 {
        0 => Any::Unit,
        1 => Any::Bool(flag(from)),
        2 => Any::Signed(from.u64().cast_signed()),
        3 => Any::Unsigned(from.u64()),
        4 => Any::WideSigned(wide(from).cast_signed()),
        5 => Any::WideUnsigned(wide(from)),
        6 => Any::Single(F32(single(from))),
        7 => Any::Double(F64(double(from))),
        8 => Any::Letter(letter(from)),
        9 => Any::Text(text(from)),
        10 => Any::Bytes(Bytes(from.bytes().to_vec())),
        11 => Any::Tuple(from.byte(), text(from)),
        12 => Any::Ambiguous(ambiguous(from)),
        13 => Any::Flats(Flats {
            one: by(from, text, Source::byte),
            two: by(from, text, Source::byte),
        }),
        14 => Any::Skipping(Skipping {
            never: from.byte(),
            sometimes: from.byte() % 3,
            text: text(from),
        }),
        15 => Any::Raw(raw(from)),
        _ => Any::Json(json(from, MAX_LEVELS)),
    }
}

/// Lists in lists, around the depth at which a decoder stops.
fn deep(from: &mut Source<'_>) -> Any {
    (0..from.byte() % 160).fold(Any::Json(Value::Null), |inner, _| match inner {
        Any::Json(json) => Any::Json(Value::Array(vec![json])),
        other => other,
    })
}

#[expect(clippy::option_option, reason = "what JSON folds")]
fn choice(from: &mut Source<'_>, below: u8) -> Option<Option<Box<Untagged>>> {
    match from.byte() % 3 {
        0 => None,
        1 => Some(None),
        _ => Some(Some(Box::new(untagged(from, below)))),
    }
}

fn tagged(from: &mut Source<'_>, below: u8) -> Tagged {
    match from.byte() % 7 {
        0 => Tagged::Nothing,
        1 => Tagged::Map(by(from, text, |from| any(from, below))),
        2 => Tagged::Numbers(by(from, Source::u64, Source::u64)),
        3 => Tagged::Wide { wide: wide(from) },
        4 => Tagged::Raw { raw: raw(from) },
        5 => Tagged::Json {
            json: json(from, below),
        },
        _ => Tagged::Struct {
            inner: any(from, below),
            single: F32(single(from)),
            double: F64(double(from)),
        },
    }
}

fn adjacent(from: &mut Source<'_>, below: u8) -> Adjacent {
    match from.byte() % 4 {
        0 => Adjacent::Nothing,
        1 => Adjacent::One(any(from, below)),
        2 => Adjacent::Two(any(from, below), wide(from)),
        _ => Adjacent::Struct {
            inner: any(from, below),
        },
    }
}

fn untagged(from: &mut Source<'_>, levels: u8) -> Untagged {
    match from.byte() % 7 {
        0 => Untagged::Nothing,
        1 => Untagged::Number(from.u64()),
        2 => Untagged::Double(F64(double(from))),
        3 => Untagged::Text(text(from)),
        4 => Untagged::Flag(flag(from)),
        kind => match levels.checked_sub(1) {
            Some(below) if kind == 5 => Untagged::List(list(from, |from| untagged(from, below))),
            Some(below) => Untagged::Struct {
                inner: any(from, below),
            },
            None => Untagged::Nothing,
        },
    }
}

fn ambiguous(from: &mut Source<'_>) -> Ambiguous {
    match from.byte() % 5 {
        0 => Ambiguous::Small(from.byte()),
        1 => Ambiguous::Wide(wide(from).cast_signed()),
        2 => Ambiguous::Double(F64(double(from))),
        3 => Ambiguous::Map(by(from, text, Source::byte)),
        _ => Ambiguous::Struct {
            a: flag(from).then(|| from.byte()),
        },
    }
}

/// JSON with white space and line breaks in it, or not.
fn raw(from: &mut Source<'_>) -> Raw {
    let value = json(from, 2);
    let text = match from.byte() % 3 {
        0 => format!(" [ {value} ]").trim_start().to_owned(),
        1 => serde_json::to_string_pretty(&value).unwrap_or_default(),
        _ => value.to_string(),
    };
    match RawValue::from_string(text) {
        Ok(raw) => Raw(raw),
        Err(error) => panic!("a value that was written is none: {error}"),
    }
}

fn json(from: &mut Source<'_>, levels: u8) -> Value {
    match from.byte() % 8 {
        0 => Value::Null,
        1 => Value::Bool(flag(from)),
        2 => Value::Number(from.u64().into()),
        3 => Value::Number(from.u64().cast_signed().into()),
        4 => Number::from_f64(double(from)).map_or(Value::Null, Value::Number),
        5 => Value::String(text(from)),
        kind => match levels.checked_sub(1) {
            Some(below) if kind == 6 => Value::Array(list(from, |from| json(from, below))),
            Some(below) => {
                let members = by(from, text, |from| json(from, below));
                Value::Object(Map::from_iter(members))
            }
            None => Value::Null,
        },
    }
}

fn list<'a, T>(from: &mut Source<'a>, mut element: impl FnMut(&mut Source<'a>) -> T) -> Vec<T> {
    let count = from.byte() % MAX_ELEMENTS;
    (0..count).map(|_| element(from)).collect()
}

fn by<'a, K: Ord, V>(
    from: &mut Source<'a>,
    mut key: impl FnMut(&mut Source<'a>) -> K,
    mut value: impl FnMut(&mut Source<'a>) -> V,
) -> BTreeMap<K, V> {
    let count = from.byte() % MAX_ELEMENTS;
    (0..count).map(|_| (key(from), value(from))).collect()
}

fn text(from: &mut Source<'_>) -> String {
    let which = usize::from(from.byte());
    match ODD_TEXTS.get(which % (2 * ODD_TEXTS.len())) {
        Some(odd) => (*odd).to_owned(),
        None => String::from_utf8_lossy(from.bytes()).into_owned(),
    }
}

fn letter(from: &mut Source<'_>) -> char {
    text(from).chars().next().unwrap_or('\u{1}')
}

fn name(from: &mut Source<'_>) -> Name {
    if flag(from) { Name::One } else { Name::Odd }
}

fn flag(from: &mut Source<'_>) -> bool {
    from.byte() % 2 == 1
}

fn signed(from: &mut Source<'_>) -> i128 {
    wide(from).cast_signed()
}

/// Often one that fits into less.
fn wide(from: &mut Source<'_>) -> u128 {
    let high = if flag(from) { from.u64() } else { 0 };
    u128::from(high) << 64 | u128::from(from.u64())
}

fn double(from: &mut Source<'_>) -> f64 {
    let which = usize::from(from.byte());
    match ODD_FLOATS.get(which % (2 * ODD_FLOATS.len())) {
        Some(odd) => *odd,
        None => f64::from_bits(from.u64()),
    }
}

fn single(from: &mut Source<'_>) -> f32 {
    let bits = (from.u64() & u64::from(u32::MAX)) as u32;
    match from.byte() % 3 {
        0 => double(from) as f32,
        _ => f32::from_bits(bits),
    }
}
