//! Target `record`: arbitrary bytes as a whole stored line. What the engine makes of the line is compared in
//! the engine.

use openraft_timevault::verify::openraft_0_9::HarnessTypes;

use crate::decode::decode_as;
use crate::oracle::{repair, unseal};
use crate::types::AnyTypes;

/// Gives the object of the line to the entry decoder, as [`decode`](crate::decode) does: of the line
/// as it is, and with the checksum corrected.
///
/// # Panics
/// As [`decode`](crate::decode).
pub fn record(data: &[u8]) {
    // Lines are what stands between newlines.
    let line = data.split(|byte| *byte == b'\n').next().unwrap_or_default();
    for line in [line, &repair::line(line)] {
        if let Some(object) = unseal(line) {
            decode_as::<HarnessTypes>(object.trim_ascii_start());
            decode_as::<AnyTypes>(object.trim_ascii_start());
        }
    }
}
