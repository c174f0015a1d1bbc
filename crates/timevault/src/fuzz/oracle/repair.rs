//! Putting the right checksum on bytes that have a wrong one or none, so that a fuzzer gets past
//! it.

use super::sealed::crc32c;

/// How a checksum member begins, whatever stands before it.
const MEMBER: &[u8] = br#""crc32c":""#;

/// The line, without a newline, with its checksum corrected. A line that does not end with a
/// brace stays as it is: no checksum would make a record of it.
pub(crate) fn line(line: &[u8]) -> Vec<u8> {
    let body = match memchr::memmem::rfind(line, MEMBER) {
        Some(at) => line[..at].strip_suffix(b",").unwrap_or(&line[..at]),
        None => match line.strip_suffix(b"}") {
            Some(body) => body,
            None => return line.to_vec(),
        },
    };
    let comma = if body.last() == Some(&b'{') { "" } else { "," };
    let member = format!("{comma}\"crc32c\":\"{:08x}\"}}", crc32c(body));
    [body, member.as_bytes()].concat()
}

/// All lines of a file, each with its checksum corrected.
pub(crate) fn lines(file: &[u8]) -> Vec<u8> {
    let parts = file.split(|byte| *byte == b'\n').map(line);
    parts.collect::<Vec<_>>().join(&b'\n')
}

#[cfg(test)]
mod tests {
    use super::super::unseal;
    use super::*;

    #[test]
    fn a_wrong_a_missing_and_a_cut_checksum_become_right() {
        let right = br#"{"a":1,"crc32c":"149cdbb2"}"#;
        for wrong in [
            &br#"{"a":1,"crc32c":"00000000"}"#[..],
            br#"{"a":1}"#,
            br#"{"a":1,"crc32c":"1"#,
            right,
        ] {
            assert_eq!(line(wrong), right);
        }
        assert!(unseal(&line(b"{}")).is_some());
        assert_eq!(lines(b"{}\nx\n"), [&line(b"{}")[..], b"\nx\n"].concat());
    }
}
