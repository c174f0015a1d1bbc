//! Target `record`: arbitrary bytes as a whole stored line.

use timevault::probe::{encode_line, open_line};
use timevault::{FormatPlugin, Jsonl, RecordRef};

use super::decode::decode_as;
use super::{AnyTypes, oracle, repair};
use crate::EntryFormat;
use crate::verify::openraft_0_9::HarnessTypes;

/// Gives the bytes to the engine as a stored line without its newline: as they are, and with the
/// checksum made right.
///
/// The engine opens exactly the lines whose checksum is right by an implementation of its own, and
/// gives the object in them; what it gives is decoded as by [`decode`](super::decode). A line that
/// it opens is refused with any one bit changed (the bit is taken from the bytes). A payload that
/// the built-in format takes comes out of its line equal.
///
/// # Panics
/// When one of these does not hold.
pub fn record(data: &[u8]) {
    // Lines are what stands between newlines.
    let line = data.split(|byte| *byte == b'\n').next().unwrap_or_default();
    opened(line);
    opened(&repair::line(line));
    for starts_batch in [false, true] {
        jsonl(data, starts_batch);
    }
}

fn opened(line: &[u8]) {
    let plugin = EntryFormat::<AnyTypes>::new();
    let mut buffer = line.to_vec();
    match (open_line(&plugin, &mut buffer), oracle::unseal(line)) {
        (Ok(object), Some(expected)) => {
            assert!(
                object == expected.trim_ascii_start(),
                "another object than the one that was sealed"
            );
            decode_as::<HarnessTypes>(object);
            decode_as::<AnyTypes>(object);
        }
        (Err(_), None) => return,
        (Ok(_), None) => panic!("opened a line whose checksum is not right"),
        (Err(error), Some(_)) => panic!("refused a line whose checksum is right: {error}"),
    }
    let bit = oracle::crc32c(line) as usize % (line.len() * 8);
    let mut bad = line.to_vec();
    bad[bit / 8] ^= 1 << (bit % 8);
    let opened = open_line(&plugin, &mut bad);
    assert!(opened.is_err(), "opened a line with bit {bit} changed");
}

fn jsonl(payload: &[u8], starts_batch: bool) {
    let record = RecordRef {
        order_key: payload.len() as u64,
        payload,
    };
    let mut line = Vec::new();
    if encode_line(&Jsonl, record, starts_batch, &mut line).is_err() {
        return;
    }
    assert_eq!(line.pop(), Some(b'\n'), "a stored line ends with a newline");
    let object = match open_line(&Jsonl, &mut line) {
        Ok(object) => object,
        Err(error) => panic!("the line just written is refused: {error}"),
    };
    match Jsonl.decode(object) {
        Ok(read) => assert!(read == record, "the payload changed"),
        Err(error) => panic!("the payload is not read back: {error}"),
    }
}
