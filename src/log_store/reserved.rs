//! The member names that serde_json keeps for itself.
//!
//! It passes raw values and numbers of any length through serde as a map whose first member has a name of
//! its own. Where its decoder meets an object that begins with such a member, and the type there may
//! be any JSON value, it takes what the member holds in place of the object. A type that says what it
//! is, a map of texts for example, reads such a member like any other; and a text that begins like such
//! a name is only a text.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::error::EncodeError;

/// How the names begin.
const PREFIX: &str = "$serde_json::private::";
/// The same as it stands in JSON.
const IN_JSON: &[u8] = b"\"$serde_json::private::";

/// Whether something in the JSON looks like one of the names. Costs next to nothing.
pub(super) fn may_be_in(json: &[u8]) -> bool {
    memchr::memmem::find(json, IN_JSON).is_some()
}

/// Compares what was written with what is written of the value that was read from it: whether each member
/// with one of the names is still there, with its text if that is what it holds.
///
/// Where the decoder took such a member for its own, it stands in place of the object, parsed: never
/// again as the same text under the same name at the same place, however the parsed text looks. Both are
/// the valid JSON of one type. What else differs between them is that type's affair: skipped fields, the
/// order of hashes.
///
/// # Errors
/// [`EncodeError::ReservedName`].
pub(super) fn compare(written: &[u8], again: &[u8]) -> Result<(), EncodeError> {
    let (written, again) = (members(written), members(again));
    let mut again = again.iter().peekable();
    // Each is sorted; a member can be there more than once, as the elements of a list are one place.
    let is_there = |member: &u64| {
        while again.next_if(|other| *other < member).is_some() {}
        again.next_if_eq(&member).is_some()
    };
    if written.iter().all(is_there) {
        return Ok(());
    }
    Err(EncodeError::ReservedName { prefix: PREFIX })
}

/// An object or a list that is being read.
struct Open {
    place: u64,
    is_object: bool,
    /// Whether the next string is the name of a member.
    name_next: bool,
    /// Where the value of the current member stands.
    member: u64,
}

/// The members with one of the names, sorted: each a hash of the names on the way to it, of its own name,
/// and of its text.
fn members(json: &[u8]) -> Vec<u64> {
    let mut found = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    let mut at = 0;
    while let Some(byte) = json.get(at) {
        at += 1;
        match byte {
            b'{' | b'[' => {
                let is_object = *byte == b'{';
                open.push(Open {
                    place: open.last().map_or(0, Open::inside),
                    is_object,
                    name_next: is_object,
                    member: 0,
                });
            }
            b'}' | b']' => drop(open.pop()),
            b',' => open
                .iter_mut()
                .last()
                .into_iter()
                .for_each(|last| last.name_next = last.is_object),
            b'"' => {
                let rest = json.get(at..).unwrap_or_default();
                let len = string_len(rest);
                at += len + 1;
                if let Some(last) = open.last_mut().filter(|last| last.name_next) {
                    let name = rest.get(..len).unwrap_or_default();
                    last.name_next = false;
                    last.member = hash(last.place, name);
                    if name.starts_with(PREFIX.as_bytes()) {
                        let text = text_behind_name(json.get(at..).unwrap_or_default());
                        found.push(hash(last.member, text));
                    }
                }
            }
            _ => {}
        }
    }
    found.sort_unstable();
    found
}

impl Open {
    /// The place of a value in it.
    fn inside(&self) -> u64 {
        if self.is_object {
            self.member
        } else {
            hash(self.place, b"[]")
        }
    }
}

fn hash(place: u64, name: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    (place, name).hash(&mut hasher);
    hasher.finish()
}

/// The text that a member holds, given what stands behind its name; empty if it holds something else.
fn text_behind_name(rest: &[u8]) -> &[u8] {
    let value = rest.trim_ascii_start().strip_prefix(b":");
    let text = value.and_then(|value| value.trim_ascii_start().strip_prefix(b"\""));
    text.map_or(&[], |text| text.get(..string_len(text)).unwrap_or_default())
}

/// Bytes of a string up to its closing quote.
fn string_len(rest: &[u8]) -> usize {
    let mut from = 0;
    while let Some(at) = memchr::memchr2(b'"', b'\\', rest.get(from..).unwrap_or_default()) {
        match rest.get(from + at) {
            Some(b'\\') => from += at + 2,
            _ => return from + at,
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = r#""$serde_json::private::RawValue""#;

    #[test]
    fn a_member_that_is_gone_is_noticed_wherever_it_stood() {
        for (written, again) in [
            (format!("{{{NAME}:\"1\"}}"), "1".to_owned()),
            (
                format!("{{\"a\":[0,{{{NAME}:1}}]}}"),
                "{\"a\":[0,1]}".to_owned(),
            ),
            (
                // The same place is lost and another is there twice.
                format!("{{\"a\":{{{NAME}:1}},\"b\":{{{NAME}:1}}}}"),
                format!("{{\"a\":1,\"b\":{{{NAME}:1}},\"b\":{{{NAME}:1}}}}"),
            ),
            (
                format!("[{{{NAME}:1}},{{{NAME}:2}}]"),
                format!("[{{{NAME}:1}},2]"),
            ),
            // Another element has such a member, not in the first place.
            (
                format!("[{{{NAME}:\"1\"}},{{\"!\":0,{NAME}:5}}]"),
                format!("[1,{{\"!\":0,{NAME}:5}}]"),
            ),
            (
                format!("[{{{NAME}:\"1\"}},{{\"!\":0,{NAME}:\"1\"}}]"),
                format!("[1,{{\"!\":0,{NAME}:\"1\"}}]"),
            ),
            // What was parsed has such a member itself.
            (
                format!(
                    "{{{NAME}:\"{{\\\"!\\\":1,{}:2}}\"}}",
                    NAME.replace('"', "\\\"")
                ),
                format!("{{\"!\":1,{NAME}:2}}"),
            ),
        ] {
            assert!(may_be_in(written.as_bytes()));
            let compared = compare(written.as_bytes(), again.as_bytes());
            assert!(compared.is_err(), "{written} and {again}");
        }
    }

    #[test]
    fn what_is_still_there_may_stand_beside_anything() {
        let object = format!("{{{NAME}:{NAME},\"b\":{NAME}}}");
        for (written, again) in [
            (object.clone(), object.clone()),
            (format!("[1,{object}]"), format!("[{object},\"\\\"{{\"]")),
            (
                format!("{{\"x\":{object},\"y\":1}}"),
                format!("{{\"y\":1,\"z\":[],\"x\":{object},\"x\":{object}}}"),
            ),
            // Another order of hashes.
            (
                format!("{{{NAME}:1,\"a\":1}}"),
                format!("{{\"a\":1,{NAME}:1}}"),
            ),
            // No name at all.
            (format!("{{\"a\":{NAME}}}"), "{}".to_owned()),
            (format!("[{NAME}]"), "[]".to_owned()),
        ] {
            let compared = compare(written.as_bytes(), again.as_bytes());
            assert_eq!(compared, Ok(()), "{written} and {again}");
        }
    }
}
