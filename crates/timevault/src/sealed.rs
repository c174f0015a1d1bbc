//! Sealed JSON objects: an object whose last member is a checksum over everything before it.
//!
//! `{"a":1}` is sealed as `{"a":1,"crc32c":"<8 hex digits>"}`; the checksum covers the bytes
//! `{"a":1`. The empty object is sealed as `{"crc32c":"..."}`. The member has a fixed length, so a
//! reader can verify it, put the closing brace back over its first byte and parse the object
//! alone.

/// The sealed form's last member, up to the digits, as it follows another member.
const MEMBER: &[u8] = br#","crc32c":""#;
/// What follows the digits.
pub(crate) const END: &[u8] = br#""}"#;
/// Hexadecimal digits of the checksum.
const DIGITS: usize = 8;
/// Most bytes of a checksum member, digits left out, that may differ in what still counts as its remains.
/// Another member with a name and a text of these lengths differs in six.
const MAX_CHANGED: usize = 4;
/// Bytes that sealing a non-empty object adds.
const SEAL_LEN: usize = MEMBER.len() + DIGITS + END.len() - 1;

/// What a line turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub enum Unsealed<'a> {
    /// The checksum is right; here is the object without it.
    Valid(&'a [u8]),
    /// A line without a checksum, as it was.
    Absent(&'a [u8]),
    /// The checksum is wrong.
    Mismatch {
        /// Checksum of the bytes.
        computed: u32,
        /// Checksum that the line holds.
        stored: u32,
    },
}

/// A wrong checksum in words: expected is the checksum that the line holds, found is that of its content.
/// Which of the two was changed cannot be told.
#[must_use]
pub fn wrong_checksum(computed: u32, stored: u32) -> (String, String) {
    (
        format!("content with checksum {stored:08x}"),
        format!("content with checksum {computed:08x}"),
    )
}

/// Seals the object that stands in `out` from `start` on.
///
/// Returns `false`, with `out` unchanged, when the bytes there do not begin with `{` and end with `}`.
#[must_use]
pub fn seal_from(out: &mut Vec<u8>, start: usize) -> bool {
    let trimmed = out
        .get(start..)
        .map(<[u8]>::trim_ascii_start)
        .unwrap_or_default();
    if !(trimmed.starts_with(b"{") && trimmed.ends_with(b"}") && trimmed.len() > 1) {
        return false;
    }
    out.pop();
    let crc = crc32c::crc32c(out.get(start..).unwrap_or_default());
    let member = if out.ends_with(b"{") {
        MEMBER.get(1..)
    } else {
        Some(MEMBER)
    };
    out.extend_from_slice(member.unwrap_or_default());
    out.extend_from_slice(&hex(crc));
    out.extend_from_slice(END);
    true
}

/// Seals one object.
///
/// An argument that is no JSON object is returned unsealed; that is a mistake of the caller which
/// [`unseal`] then reports as [`Unsealed::Absent`].
#[must_use]
pub fn seal(mut object: Vec<u8>) -> Vec<u8> {
    let _sealed = seal_from(&mut object, 0);
    object
}

/// Verifies a sealed line, without its newline, and returns the object.
///
/// The closing brace is written back into `line` in place of the checksum member.
pub fn unseal(line: &mut [u8]) -> Unsealed<'_> {
    let Some((body, stored)) = split(line) else {
        return Unsealed::Absent(line);
    };
    let computed = crc32c::crc32c(line.get(..body).unwrap_or_default());
    if computed != stored {
        return Unsealed::Mismatch { computed, stored };
    }
    if let Some(byte) = line.get_mut(body) {
        *byte = b'}';
    }
    Unsealed::Valid(line.get(..=body).unwrap_or_default())
}

/// Verifies without changing: whether the line carries a checksum and it is right.
#[must_use]
pub fn is_intact(line: &[u8]) -> bool {
    split(line).is_some_and(|(body, stored)| {
        crc32c::crc32c(line.get(..body).unwrap_or_default()) == stored
    })
}

/// Whether the bytes end like a sealed object, whatever its checksum.
pub(crate) fn ends_sealed(bytes: &[u8]) -> bool {
    split(bytes).is_some()
}

/// Whether a line that carries no checksum shows that it once carried one: it ends in what is nearly the
/// checksum member, or in digits that are the checksum of the bytes before the place of the member.
///
/// One changed byte of a member is always noticed.
pub(crate) fn has_remains(line: &[u8]) -> bool {
    let Some(body) = line.len().checked_sub(SEAL_LEN + 1) else {
        return false;
    };
    let (object, member) = line.split_at_checked(body).unwrap_or_default();
    let form = [MEMBER, &[b'0'; DIGITS], END].concat();
    let digits = MEMBER.len()..MEMBER.len() + DIGITS;
    let same = |at: &usize| !digits.contains(at) && member.get(*at) == form.get(*at);
    let alike = (0..form.len()).filter(same).count();
    let stored = member.get(digits.clone()).and_then(parse_hex);
    alike + MAX_CHANGED >= form.len() - DIGITS || stored == Some(crc32c::crc32c(object))
}

/// Where the checksum member begins, and the checksum.
fn split(line: &[u8]) -> Option<(usize, u32)> {
    let rest = line.strip_suffix(END)?;
    let body = rest.len().checked_sub(DIGITS)?;
    let stored = parse_hex(rest.get(body..)?)?;
    let rest = rest.get(..body)?;
    match rest.strip_suffix(MEMBER) {
        Some(object) if !object.ends_with(b"{") => Some((object.len(), stored)),
        _ => {
            let object = rest.strip_suffix(MEMBER.get(1..)?)?;
            object.ends_with(b"{").then_some((object.len(), stored))
        }
    }
}

fn hex(crc: u32) -> [u8; DIGITS] {
    let mut digits = [0; DIGITS];
    for (i, digit) in digits.iter_mut().enumerate() {
        let nibble = (crc >> (4 * (DIGITS - 1 - i))) & 0xf;
        *digit = char::from_digit(nibble, 16).map_or(b'0', |c| c as u8);
    }
    digits
}

/// Only the lower-case form that [`hex`] writes is accepted: every change of a byte must show.
fn parse_hex(digits: &[u8]) -> Option<u32> {
    let mut value = 0u32;
    for &digit in digits {
        let nibble = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        value = value << 4 | u32::from(nibble);
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seals_and_unseals() {
        for object in [
            &b"{}"[..],
            b"{\"a\":1}",
            b" {\"a\":{}}",
            b"{\"a\":\"\\u0000\"}",
        ] {
            let mut line = seal(object.to_vec());
            serde_json::from_slice::<serde_json::Value>(&line).unwrap();
            assert!(is_intact(&line));
            assert_eq!(unseal(&mut line), Unsealed::Valid(object));
        }
    }

    #[test]
    fn known_answer() {
        assert_eq!(
            String::from_utf8(seal(br#"{"a":1}"#.to_vec())).unwrap(),
            format!(
                r#"{{"a":1,"crc32c":"{:08x}"}}"#,
                crc32c::crc32c(br#"{"a":1"#)
            )
        );
    }

    #[test]
    fn every_single_bit_shows() {
        let line = seal(br#"{"a":[1,2,3]}"#.to_vec());
        for at in 0..line.len() * 8 {
            let mut bad = line.clone();
            bad[at / 8] ^= 1 << (at % 8);
            assert!(!is_intact(&bad), "bit {at}");
            assert!(!matches!(unseal(&mut bad), Unsealed::Valid(_)), "bit {at}");
        }
    }

    #[test]
    fn the_remains_of_a_seal_are_known() {
        let line = seal(br#"{"a":[1,2,3]}"#.to_vec());
        let begin = line.len() - SEAL_LEN - 1;
        for at in begin * 8..line.len() * 8 {
            let mut bad = line.clone();
            bad[at / 8] ^= 1 << (at % 8);
            let remains = split(&bad).is_some() || has_remains(&bad);
            assert!(remains, "bit {at}: {}", bad.escape_ascii());
        }
        // All of the name is gone, and the digits are those of the object.
        let mut bad = line;
        bad[begin..begin + 10].copy_from_slice(br#","ABCDEF":"#);
        assert!(has_remains(&bad));
        for plain in [
            r#"{"a":[1,2,3]}"#,
            r#"{"timestamp":17,"payload":"0123456789"}"#,
            r#"{"timestamp":17,"payload":{"hash32":"01234567"}}"#,
            r#"{"timestamp":17,"payload":1,"sha256":"af5d1df8"}"#,
        ] {
            assert!(!has_remains(plain.as_bytes()), "{plain}");
        }
    }

    #[test]
    fn no_object_is_not_sealed() {
        for text in ["", "{", "}", "1", "[]", "\"{}\""] {
            let mut out = text.as_bytes().to_vec();
            assert!(!seal_from(&mut out, 0), "{text}");
            assert_eq!(out, text.as_bytes());
        }
    }
}
