//! Sealed lines.

/// The polynomial of CRC-32C, its bits reversed.
const POLYNOMIAL: u32 = 0x82f6_3b78;

/// What stands before the digits where other members stand before it.
const MEMBER: &[u8] = br#","crc32c":""#;

/// Length of the digits and of the quote and brace behind them.
const TAIL_LEN: usize = 10;

/// CRC-32C, bit by bit.
pub(crate) fn crc32c(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            let low = crc & 1;
            crc = (crc >> 1) ^ if low == 1 { POLYNOMIAL } else { 0 };
        }
    }
    !crc
}

/// The bytes that the checksum covers, and what follows the member's name; none where the line does
/// not end like a sealed one.
fn parts(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let (front, tail) = line.split_at_checked(line.len().checked_sub(TAIL_LEN)?)?;
    let body = match front.strip_suffix(MEMBER) {
        Some(object) if object.last() != Some(&b'{') => object,
        _ => front
            .strip_suffix(&MEMBER[1..])
            .filter(|object| object.last() == Some(&b'{'))?,
    };
    Some((body, tail))
}

/// The object of a sealed line whose checksum is right, with everything that stands before it.
pub(crate) fn unseal(line: &[u8]) -> Option<Vec<u8>> {
    let (body, tail) = parts(line)?;
    let expected = format!("{:08x}\"}}", crc32c(body));
    (tail == expected.as_bytes()).then(|| [body, b"}"].concat())
}

/// Whether the line ends like a sealed one, whatever its checksum.
pub(crate) fn ends_sealed(line: &[u8]) -> bool {
    let lower = |digit: &u8| matches!(digit, b'0'..=b'9' | b'a'..=b'f');
    parts(line).is_some_and(|(_, tail)| {
        tail.strip_suffix(b"\"}")
            .is_some_and(|digits| digits.iter().all(lower))
    })
}

/// The object of a line and whether it is sealed. None where the checksum is wrong, or missing with
/// `sealed_only`.
pub(crate) fn object(line: &[u8], sealed_only: bool) -> Option<(Vec<u8>, bool)> {
    match unseal(line) {
        Some(object) => Some((object, true)),
        None if sealed_only || ends_sealed(line) => None,
        None => Some((line.to_vec(), false)),
    }
}

/// Whether a line that is not sealed once was: at most four bytes around the digits differ from the
/// member that seals, or the digits are those of what stands before it.
pub(crate) fn was_sealed(line: &[u8]) -> bool {
    const FORM: &[u8] = br#","crc32c":"________"}"#;
    const MAX_CHANGED: usize = 4;
    let at = line.len().checked_sub(FORM.len());
    let Some((front, member)) = at.and_then(|at| line.split_at_checked(at)) else {
        return false;
    };
    let around = FORM.iter().zip(member).filter(|(form, _)| **form != b'_');
    let changed = around.filter(|(form, byte)| form != byte).count();
    let digits = format!("{:08x}", crc32c(front));
    changed <= MAX_CHANGED || member[MEMBER.len()..].starts_with(digits.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_check_value_and_the_format_description_agree() {
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
        assert_eq!(
            unseal(br#"{"a":1,"crc32c":"149cdbb2"}"#).as_deref(),
            Some(&br#"{"a":1}"#[..])
        );
        assert_eq!(
            unseal(br#"{"crc32c":"ba6cac67"}"#).as_deref(),
            Some(&b"{}"[..])
        );
        assert_eq!(unseal(br#"{"a":1,"crc32c":"149cdbb3"}"#), None);
    }

    #[test]
    fn a_seal_with_four_changed_bytes_or_its_digits_alone_shows() {
        for (line, shows) in [
            (&br#"{"a":1,"crc32b":"00000000"}"#[..], true),
            (br#"{"a":1,"crcABCD":"00000000"}"#, false),
            (br#"{"a":1,"crABCD":"00000000"}"#, true),
            (br#"{"a":1,"cABCDE":"00000000"}"#, false),
            (br#"{"a":1,"cABCDE":"149cdbb2"}"#, true),
            (br#"{"a":1}"#, false),
        ] {
            assert_eq!(was_sealed(line), shows, "{}", line.escape_ascii());
        }
    }
}
