//! Target `record`: arbitrary bytes as a whole stored line.

use super::log_format::LogFormat;
use super::oracle::{self, repair};
use crate::format::{FormatPlugin, RecordRef};
use crate::jsonl::Jsonl;
use crate::line;

/// Gives the bytes to the engine as a stored line without its newline: as they are, and with the
/// checksum corrected.
///
/// The engine opens exactly the lines whose checksum is right by the second implementation, and
/// gives the object in them. A line that it opens is refused with any one bit changed (the bit is
/// taken from the bytes). A payload that the built-in format takes, and one that is an object, comes
/// out of its line equal.
///
/// # Panics
/// When one of these does not hold.
pub fn record(data: &[u8]) {
    // Lines are what stands between newlines.
    let line = data.split(|byte| *byte == b'\n').next().unwrap_or_default();
    opened(line);
    opened(&repair::line(line));
    for starts_batch in [false, true] {
        through_a_line(&Jsonl, data, starts_batch);
        through_a_line(&LogFormat, data, starts_batch);
    }
}

fn opened(line: &[u8]) {
    let mut buffer = line.to_vec();
    match (line::open(&LogFormat, &mut buffer), oracle::unseal(line)) {
        (Ok(object), Some(expected)) => assert!(
            object == expected.trim_ascii_start(),
            "another object than the one that was sealed"
        ),
        (Err(_), None) => return,
        (Ok(_), None) => panic!("opened a line whose checksum is not right"),
        (Err(error), Some(_)) => panic!("refused a line whose checksum is right: {error:?}"),
    }
    let bit = oracle::sealed::crc32c(line) as usize % (line.len() * 8);
    let mut bad = line.to_vec();
    bad[bit / 8] ^= 1 << (bit % 8);
    let opened = line::open(&LogFormat, &mut bad);
    assert!(opened.is_err(), "opened a line with bit {bit} changed");
}

fn through_a_line(plugin: &dyn FormatPlugin, payload: &[u8], starts_batch: bool) {
    let record = RecordRef {
        order_key: oracle::shown_index(payload).unwrap_or(payload.len() as u64),
        payload,
    };
    let mut line = Vec::new();
    if line::encode(plugin, record, starts_batch, &mut line).is_err() {
        return;
    }
    assert_eq!(line.pop(), Some(b'\n'), "a stored line ends with a newline");
    let object = match line::open(plugin, &mut line) {
        Ok(object) => object,
        Err(error) => panic!("the line just written is refused: {error:?}"),
    };
    match plugin.decode(object) {
        Ok(read) => assert!(read == record, "the payload changed"),
        Err(_) if plugin.dense_keys() => {
            assert!(object == payload, "the object changed in its sealed line");
        }
        Err(error) => panic!("the payload is not read back: {error}"),
    }
}
