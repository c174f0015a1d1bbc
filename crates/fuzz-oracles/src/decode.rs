//! Target `decode`: arbitrary bytes as the object of a stored entry.

use std::fmt::Debug;

use openraft::{RaftLogId, RaftTypeConfig};
use openraft_timevault::EntryFormat;
use openraft_timevault::verify::openraft_0_9::HarnessTypes;
use openraft_timevault::verify::raw::{decode_entry, encode_object};
use serde::de::IgnoredAny;
use timevault::{FormatPlugin, RecordRef};

use crate::stored_line;
use crate::types::AnyTypes;

/// Gives the bytes to the entry decoder, as they are and from a sealed line.
///
/// For entries of [`HarnessTypes`] and of [`AnyTypes`]: the decoder accepts exactly what
/// `serde_json` accepts as an entry, and only one whole JSON text; what it accepts encodes to bytes
/// that decode to an equal entry and encode to themselves; the order key is the entry's index. An
/// object that can be sealed comes out of the sealed line as it went in. A line with its mark, its
/// checksum and both are read as well.
///
/// # Panics
/// When one of these does not hold.
pub fn decode(data: &[u8]) {
    decode_as::<HarnessTypes>(data);
    decode_as::<AnyTypes>(data);
    for starts_batch in [false, true] {
        sealed(data, starts_batch);
    }
    // The line as it might stand in a chunk: the seeds hold some.
    if let Some(object) = stored_line::open(&mut data.to_vec()) {
        decode_as::<HarnessTypes>(object);
        decode_as::<AnyTypes>(object);
    }
}

fn sealed(object: &[u8], starts_batch: bool) {
    let plugin = EntryFormat::<AnyTypes>::new();
    let record = RecordRef {
        order_key: 0,
        payload: object,
    };
    let Some(mut line) = stored_line::encode(&plugin, record, starts_batch) else {
        return;
    };
    assert_eq!(line.pop(), Some(b'\n'), "a stored line ends with a newline");
    match stored_line::open(&mut line) {
        Some(opened) => assert!(opened == object, "the object changed in its sealed line"),
        None => panic!("the line just written is refused"),
    }
}

/// Decodes the object of an entry; `None` if it is none.
pub(crate) fn decode_as<C>(json: &[u8]) -> Option<C::Entry>
where
    C: RaftTypeConfig,
    C::Entry: PartialEq + Debug,
{
    let reference = serde_json::from_slice::<C::Entry>(json);
    let key = EntryFormat::<C>::new()
        .decode(json)
        .map(|record| record.order_key);
    let entry = match (decode_entry::<C>(json), reference) {
        (Ok(entry), Ok(reference)) => {
            assert!(entry == reference, "{entry:?} is not {reference:?}");
            entry
        }
        (Err(_), Err(_)) => {
            assert!(key.is_err(), "the format reads what is no entry");
            return None;
        }
        (ours, reference) => panic!("decoded: {ours:?}, by serde_json: {reference:?}"),
    };
    let whole = serde_json::from_slice::<IgnoredAny>(json);
    assert!(whole.is_ok(), "accepted what is no JSON text: {whole:?}");
    assert_eq!(key.ok(), Some(entry.get_log_id().index), "the order key");
    let encoded = encoded::<C>(&entry);
    match decode_entry::<C>(&encoded) {
        Ok(again) => {
            assert!(again == entry, "{again:?} is not {entry:?}");
            assert!(self::encoded::<C>(&again) == encoded, "encoded differently");
        }
        Err(error) => panic!("{entry:?} is not read back: {error}"),
    }
    Some(entry)
}

/// The bytes of an entry that was decoded and so must encode.
fn encoded<C>(entry: &C::Entry) -> Vec<u8>
where
    C: RaftTypeConfig,
    C::Entry: Debug,
{
    let mut bytes = Vec::new();
    match encode_object(entry, &mut bytes) {
        Ok(()) => bytes,
        Err(error) => panic!("{entry:?} was read and can't be written: {error}"),
    }
}
