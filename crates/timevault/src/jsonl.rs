//! The built-in format: `{"timestamp":<order key>,"payload":<any JSON value>}`.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::format::{FormatError, FormatPlugin, RecordRef};

/// The format `jsonl`. A payload is any JSON value without line breaks between its tokens.
///
/// Lines without a checksum, as other writers of the format leave them, are accepted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Jsonl;

#[derive(Deserialize)]
struct Line<'a> {
    timestamp: u64,
    #[serde(borrow)]
    payload: &'a RawValue,
}

impl FormatPlugin for Jsonl {
    fn id(&self) -> &'static str {
        "jsonl"
    }

    fn encode(&self, record: RecordRef<'_>, out: &mut Vec<u8>) -> Result<(), FormatError> {
        let value: &RawValue = serde_json::from_slice(record.payload)
            .map_err(|e| FormatError::new(format!("payload is no JSON value: {e}")))?;
        if value.get().len() != record.payload.len() {
            return Err(FormatError::new("payload has white space around its value"));
        }
        if memchr::memchr2(b'\n', b'\r', record.payload).is_some() {
            return Err(FormatError::new("payload has a line break in it"));
        }
        out.extend_from_slice(
            format!(r#"{{"timestamp":{},"payload":"#, record.order_key).as_bytes(),
        );
        out.extend_from_slice(record.payload);
        out.push(b'}');
        Ok(())
    }

    fn decode<'a>(&self, object: &'a [u8]) -> Result<RecordRef<'a>, FormatError> {
        let line: Line<'a> =
            serde_json::from_slice(object).map_err(|e| FormatError::new(e.to_string()))?;
        Ok(RecordRef {
            order_key: line.timestamp,
            payload: line.payload.get().as_bytes(),
        })
    }

    fn checksum_required(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip() {
        for payload in ["null", "1", r#""a\nb""#, r#"{"a":[1,2.5,"\u0000"]}"#] {
            let mut out = Vec::new();
            let record = RecordRef {
                order_key: u64::MAX,
                payload: payload.as_bytes(),
            };
            Jsonl.encode(record, &mut out).unwrap();
            assert_eq!(Jsonl.decode(&out).unwrap(), record);
        }
    }

    #[test]
    fn refuses_what_is_not_one_value_on_one_line() {
        for payload in ["", "{", "1 2", " 1", "1 ", "[1,\n2]", "nul", "\u{7f}"] {
            let mut out = Vec::new();
            let record = RecordRef {
                order_key: 1,
                payload: payload.as_bytes(),
            };
            assert!(Jsonl.encode(record, &mut out).is_err(), "{payload:?}");
            assert!(out.is_empty());
        }
    }
}
