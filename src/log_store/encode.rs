//! Writing values as JSON so that they can be read again, or refusing them.
//!
//! serde_json writes more than it reads: nesting deeper than its decoder goes, floats that turn
//! into null, raw values with line breaks. Each is looked for in the bytes with a search that
//! costs next to nothing for a value that has none of it; only a hit leads to a closer look. What only
//! decoding shows is the matter of [`read_back`](super::read_back).

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::error::EncodeError;
use super::finite;

/// Open brackets that serde_json's decoder takes on top of each other; one more is refused.
pub const MAX_DEPTH: usize = 127;

/// Appends `value` to `out` as one JSON object on one line.
///
/// # Errors
/// When it could not be read again. `out` then holds garbage behind what it held before.
pub(crate) fn object<T: Serialize>(value: &T, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    let start = out.len();
    self::value(value, out)?;
    match is_object(out.get(start..).unwrap_or_default()) {
        true => Ok(()),
        false => Err(EncodeError::NotAnObject),
    }
}

/// Appends `value` to `out` as JSON on one line.
///
/// # Errors
/// As [`object`], which takes objects only.
pub(super) fn value<T: Serialize>(value: &T, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    let start = out.len();
    serde_json::to_writer(&mut *out, value).map_err(|e| EncodeError::Serializer(e.to_string()))?;
    let json = out.get(start..).unwrap_or_default();
    if memchr::memchr2(b'\n', b'\r', json).is_some() {
        return Err(EncodeError::LineBreak);
    }
    let depth = depth(json);
    if depth > MAX_DEPTH {
        return Err(EncodeError::TooDeep {
            depth,
            limit: MAX_DEPTH,
        });
    }
    if memchr::memmem::find(json, b"null").is_some() && !finite::is_finite(value) {
        return Err(EncodeError::NotFinite);
    }
    Ok(())
}

/// Checks that a node id, at its place in a leader id, can be a JSON map key.
///
/// Memberships are maps by node id. An id that JSON can't have as a key would be refused in the
/// first membership, after other entries with it were stored; so it is refused at once.
///
/// # Errors
/// [`EncodeError::NodeId`] when it is neither a string nor an integer.
pub(super) fn check_node_id<T: Serialize + ?Sized>(node_id: &T) -> Result<(), EncodeError> {
    let json =
        serde_json::to_string(node_id).map_err(|e| EncodeError::Serializer(e.to_string()))?;
    let digits = json.strip_prefix('-').unwrap_or(&json);
    let integer = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    if integer || json.starts_with('"') {
        Ok(())
    } else {
        Err(EncodeError::NodeId { json })
    }
}

/// The node id in a leader id, under the names that openraft's two kinds of leader id give it.
#[derive(Deserialize)]
struct NodeIdProbe<'a> {
    #[serde(borrow, alias = "voted_for")]
    node_id: Option<&'a RawValue>,
}

/// Checks the node id in a leader id, if it has one, as [`check_node_id`] does.
///
/// # Errors
/// As [`check_node_id`].
pub(super) fn check_leader<T: Serialize>(leader_id: &T) -> Result<(), EncodeError> {
    let json =
        serde_json::to_string(leader_id).map_err(|e| EncodeError::Serializer(e.to_string()))?;
    // A leader id that is only a term is a number.
    if !json.starts_with('{') {
        return Ok(());
    }
    let probe: NodeIdProbe<'_> =
        serde_json::from_str(&json).map_err(|e| EncodeError::Serializer(e.to_string()))?;
    probe.node_id.map_or(Ok(()), check_node_id)
}

fn is_object(json: &[u8]) -> bool {
    json.first() == Some(&b'{') && json.last() == Some(&b'}')
}

/// How deep brackets are nested in valid JSON. Below [`MAX_DEPTH`] it may be too much, never too
/// little.
fn depth(json: &[u8]) -> usize {
    let brackets = memchr::memchr2_iter(b'{', b'[', json)
        .take(MAX_DEPTH + 1)
        .count();
    if brackets <= MAX_DEPTH {
        // There are not enough of them, wherever they stand.
        return brackets;
    }
    let (mut depth, mut deepest) = (0_usize, 0);
    let mut bytes = json.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => skip_string(&mut bytes),
            b'{' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// Goes on behind the end of a string whose opening quote was taken.
fn skip_string(bytes: &mut std::slice::Iter<'_, u8>) {
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => return,
            b'\\' => {
                bytes.next();
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Value, json};

    use super::*;

    fn encode(value: &impl Serialize) -> Result<String, EncodeError> {
        let mut out = b"before".to_vec();
        object(value, &mut out)?;
        Ok(String::from_utf8(out.split_off(6)).unwrap())
    }

    fn nested(depth: usize) -> Value {
        (1..depth).fold(json!({}), |inner, n| {
            if n % 2 == 0 {
                json!([inner])
            } else {
                json!({"a": inner})
            }
        })
    }

    #[test]
    fn whatever_is_accepted_can_be_decoded_and_one_more_can_not() {
        let deepest = json!({ "a": nested(MAX_DEPTH - 1) });
        let text = encode(&deepest).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), deepest);

        let too_deep = json!({ "a": nested(MAX_DEPTH) });
        assert!(serde_json::from_str::<Value>(&too_deep.to_string()).is_err());
        let refused = encode(&too_deep).unwrap_err();
        assert_eq!(
            refused,
            EncodeError::TooDeep {
                depth: MAX_DEPTH + 1,
                limit: MAX_DEPTH
            }
        );
    }

    #[test]
    fn brackets_in_strings_and_beside_each_other_do_not_count() {
        let many: Vec<_> = (0..300).map(|_| json!([{}])).collect();
        for value in [
            json!({"a": "[{\\\"".repeat(300)}),
            json!({"a": many}),
            json!({"[\"{": 1}),
        ] {
            let text = encode(&value).unwrap();
            assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        }
    }

    #[test]
    fn only_objects_on_one_line() {
        for value in [json!(1), json!([]), json!("{}"), json!(null)] {
            assert_eq!(encode(&value), Err(EncodeError::NotAnObject), "{value}");
        }
        let raw = RawValue::from_string("{\n}".into()).unwrap();
        assert_eq!(
            encode(&BTreeMap::from([("a", raw)])),
            Err(EncodeError::LineBreak)
        );
        assert!(encode(&json!({"a": "\n\r"})).is_ok());
    }

    #[test]
    fn floats_must_be_finite_and_null_may_be_null() {
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(
                encode(&BTreeMap::from([("a", bad)])),
                Err(EncodeError::NotFinite)
            );
            let option = BTreeMap::from([("a", Some(bad as f32))]);
            assert_eq!(encode(&option), Err(EncodeError::NotFinite));
        }
        assert!(encode(&BTreeMap::from([("a", None::<f64>)])).is_ok());
        assert!(encode(&BTreeMap::from([("a", Some(f64::MIN_POSITIVE))])).is_ok());
    }

    #[test]
    fn node_ids_are_strings_or_integers() {
        for good in [
            json!(0),
            json!(u64::MAX),
            json!(-7),
            json!(""),
            json!("a\"b"),
        ] {
            assert_eq!(check_node_id(&good), Ok(()), "{good}");
        }
        for bad in [
            json!({"id": 1}),
            json!([1]),
            json!(null),
            json!(true),
            json!(1.5),
            json!(1e30),
        ] {
            assert!(
                matches!(check_node_id(&bad), Err(EncodeError::NodeId { .. })),
                "{bad}"
            );
        }
    }
}
