//! Target `decode_structured`: an entry of any kind, grown from the bytes, written and read.

use std::collections::{BTreeMap, BTreeSet};

use openraft::{BasicNode, CommittedLeaderId, Entry, EntryPayload, LogId, Membership};
use openraft_timevault::verify::openraft_0_9::HarnessTypes;
use openraft_timevault::verify::raw::{decode_entry, encode_object};
use openraft_timevault::verify::{Nested, Payload, Shaped};
use openraft_timevault::{EntryFormat, MAX_DEPTH};
use timevault::{FormatPlugin, RecordRef};

use crate::source::Source;
use crate::stored_line;

/// Objects around the arrays of a payload: the entry, its payload and the [`Payload`].
const OUTER_DEPTH: usize = 3;

/// Most sets of voters in a membership, and most nodes in one.
const MAX_MEMBERS: u8 = 8;

/// Grows an entry from the bytes (blank, normal or membership; any text, numbers, float and depth
/// of nesting; any voters, learners and addresses) and takes it through a stored line.
///
/// An entry whose float is finite and whose nesting is no deeper than [`MAX_DEPTH`] is written, and
/// read back it is equal, the bits of its float included. Any other is refused.
///
/// # Panics
/// When that does not hold.
pub fn decode_structured(data: &[u8]) {
    let mut from = Source::new(data);
    let id = log_id(&mut from);
    let starts_batch = from.byte() % 2 == 1;
    let (payload, storable) = match from.byte() % 3 {
        0 => (EntryPayload::Blank, true),
        1 => (EntryPayload::Membership(membership(&mut from)), true),
        _ => {
            let (payload, depth) = payload(&mut from);
            let storable = payload.float.is_finite() && OUTER_DEPTH + depth <= MAX_DEPTH;
            (EntryPayload::Normal(payload), storable)
        }
    };
    let entry = Entry::<HarnessTypes> {
        log_id: id,
        payload,
    };
    let mut object = Vec::new();
    match encode_object(&entry, &mut object) {
        Ok(()) => assert!(storable, "wrote what can't be read back: {entry:?}"),
        Err(_) if !storable => return,
        Err(error) => panic!("refused {entry:?}: {error}"),
    }
    through_a_line(&entry, &object, starts_batch);
}

fn through_a_line(entry: &Entry<HarnessTypes>, object: &[u8], starts_batch: bool) {
    let plugin = EntryFormat::<HarnessTypes>::new();
    let record = RecordRef {
        order_key: entry.log_id.index,
        payload: object,
    };
    let Some(mut line) = stored_line::encode(&plugin, record, starts_batch) else {
        panic!("no line can be made of {entry:?}");
    };
    line.pop();
    let Some(opened) = stored_line::open(&mut line) else {
        panic!("the line of {entry:?} is refused");
    };
    assert_eq!(plugin.decode(opened).ok(), Some(record), "the record");
    match decode_entry::<HarnessTypes>(opened) {
        Ok(read) => {
            assert!(read == *entry, "{read:?} is not {entry:?}");
            assert_eq!(float_bits(&read), float_bits(entry), "bits of the float");
        }
        Err(error) => panic!("{entry:?} is not read back: {error}"),
    }
}

fn float_bits(entry: &Entry<HarnessTypes>) -> Option<u64> {
    match &entry.payload {
        EntryPayload::Normal(payload) => Some(payload.float.to_bits()),
        _ => None,
    }
}

fn log_id(from: &mut Source<'_>) -> LogId<u64> {
    let leader = CommittedLeaderId::new(from.u64(), from.u64());
    LogId::new(leader, from.u64())
}

/// A payload, and how many levels of arrays are in it.
fn payload(from: &mut Source<'_>) -> (Payload, usize) {
    let (unsigned, signed) = (from.u64(), from.u64().cast_signed());
    let float = f64::from_bits(from.u64());
    let depth = from.byte().max(1);
    // The innermost array is empty and a level of its own.
    let nested = (1..depth).fold(Nested::default(), |inner, level| {
        // Every now and then a second element, no deeper than the nesting one.
        match level % 7 {
            3 => Nested(vec![Nested::default(), inner]),
            5 => Nested(vec![inner, Nested::default()]),
            _ => Nested(vec![inner]),
        }
    });
    let text = String::from_utf8_lossy(from.rest()).into_owned();
    let payload = Payload {
        text,
        unsigned,
        signed,
        float,
        nested,
        shaped: Shaped::None,
    };
    (payload, usize::from(depth))
}

fn membership(from: &mut Source<'_>) -> Membership<u64, BasicNode> {
    let sets = 1 + from.byte() % MAX_MEMBERS;
    let configs: Vec<BTreeSet<u64>> = (0..sets)
        .map(|_| (0..from.byte() % MAX_MEMBERS).map(|_| from.u64()).collect())
        .collect();
    let nodes: BTreeMap<u64, BasicNode> = (0..from.byte() % MAX_MEMBERS)
        .map(|_| {
            let address = String::from_utf8_lossy(from.bytes()).into_owned();
            (from.u64(), BasicNode::new(address))
        })
        .collect();
    Membership::new(configs, nodes)
}
