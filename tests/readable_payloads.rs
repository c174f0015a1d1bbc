//! Rule `entry-fidelity`, "what cannot be read back is refused": what an append acknowledges can be read.
//!
//! Once it could not. An append did not read back what it had written, and serde writes some types that
//! it does not read. Such an entry was acknowledged, every read then called it damaged, and no open
//! came through any more, on every replica alike, while `check` called the log healthy.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod common;
mod payloads;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Debug;

use common::{id, run};
use openraft::entry::RaftEntry;
use openraft::storage::RaftLogStorageExt;
use openraft::{EntryPayload, RaftTypeConfig};
use openraft_timevault::{EncodeError, LogStoreOptions, TimevaultLogStore, can_store};
use payloads::{
    Flats, FlatsConfig, Folded, FoldedConfig, Hashed, HashedConfig, Labelled, LabelledConfig,
    NamesConfig, RawConfig, RawText, Skipping, SkippingConfig, Tagged, TaggedConfig, TextConfig,
    ValueConfig, Wide, WideConfig,
};
use serde_json::json;
use serde_json::value::RawValue;
use tempfile::TempDir;

async fn open<C: RaftTypeConfig>(dir: &TempDir) -> TimevaultLogStore<C> {
    TimevaultLogStore::open_dir(dir.path(), LogStoreOptions::default())
        .await
        .unwrap()
}

fn entry<C>(index: u64, data: C::D) -> openraft::Entry<C>
where
    C: RaftTypeConfig<Entry = openraft::Entry<C>>,
{
    openraft::Entry {
        log_id: id(1, index),
        payload: EntryPayload::Normal(data),
    }
}

/// What is read of the data, from memory at once and from the disk after a reopen.
fn stored<C>(data: C::D) -> C::D
where
    C: RaftTypeConfig<Entry = openraft::Entry<C>>,
    C::D: Debug + Clone,
{
    can_store::<C>(&data).unwrap();
    run(async {
        let dir = tempfile::tempdir().unwrap();
        let mut store = open::<C>(&dir).await;
        let (first, last) = (entry(0, data.clone()), entry(1, data));
        store.blocking_append([first, last]).await.unwrap();
        assert_eq!(store.reader().entries(..).unwrap().len(), 2);
        store.close().await.unwrap();
        let store = open::<C>(&dir).await;
        let mut read = store.reader().entries(..).unwrap();
        assert_eq!(read.len(), 2);
        match read.pop().unwrap().payload {
            EntryPayload::Normal(data) => data,
            other => panic!("{other:?}"),
        }
    })
}

/// Sees the data refused, beforehand and by an append behind a good entry, with nothing changed and the
/// log going on.
fn refused<C>(data: C::D) -> EncodeError
where
    C: RaftTypeConfig<Entry = openraft::Entry<C>>,
    C::D: Debug,
{
    let reason = can_store::<C>(&data).unwrap_err();
    run(async {
        let dir = tempfile::tempdir().unwrap();
        let mut store = open::<C>(&dir).await;
        let blank = |index| openraft::Entry::<C>::new_blank(id(1, index));
        store.blocking_append([blank(0)]).await.unwrap();
        let error = store
            .blocking_append([blank(1), entry(2, data)])
            .await
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("entry at index 2 can't be stored as JSON"),
            "{error}"
        );
        assert_eq!(store.reader().entries(..).unwrap().len(), 1);
        store.blocking_append([blank(1)]).await.unwrap();
        store.close().await.unwrap();
        assert_eq!(open::<C>(&dir).await.reader().entries(..).unwrap().len(), 2);
    });
    reason
}

fn reserved(member: &str) -> String {
    format!("$serde_json::private::{member}")
}

#[test]
fn integer_keys_below_a_tag_are_refused_and_none_are_stored() {
    let counts = |by_shard| Tagged::Counts { by_shard };
    let reason = refused::<TaggedConfig>(counts(BTreeMap::from([(7, 1)])));
    assert!(matches!(reason, EncodeError::NotReadBack(_)), "{reason}");
    // It shows late: without a key the same type reads back.
    let empty = counts(BTreeMap::new());
    assert_eq!(stored::<TaggedConfig>(empty.clone()), empty);
}

#[test]
fn wide_integers_below_a_tag_are_refused_and_stored_elsewhere() {
    for amount in [1, u128::MAX] {
        let reason = refused::<TaggedConfig>(Tagged::Wide { amount });
        assert!(matches!(reason, EncodeError::NotReadBack(_)), "{reason}");
    }
    let wide = Wide {
        large: u128::MAX,
        small: i128::MIN,
        by_number: BTreeMap::from([(u128::MAX, -1), (0, 1)]),
        by_letter: BTreeMap::from([('"', true), ('漢', false)]),
    };
    assert_eq!(stored::<WideConfig>(wide.clone()), wide);
}

#[test]
fn raw_json_below_a_tag_is_refused_and_stored_elsewhere() {
    let raw = |text: &str| RawText(RawValue::from_string(text.to_owned()).unwrap());
    let json = Box::new(raw("[1.50, 2]"));
    let reason = refused::<TaggedConfig>(Tagged::Raw { json });
    assert!(matches!(reason, EncodeError::NotReadBack(_)), "{reason}");
    // As it was written, to the last digit; names that serde_json keeps for itself are only text here.
    for text in ["[1.50, 2]", r#"{"$serde_json::private::RawValue":"1"}"#] {
        assert_eq!(stored::<RawConfig>(raw(text)), raw(text));
    }
}

/// With serde_json's feature `arbitrary_precision` a number comes out of its decoder as a map, which
/// serde's buffer does not take for a float. One crate of a build turns it on for all.
#[test]
fn a_float_below_a_tag_is_stored_or_refused_but_never_lost() {
    let named = Tagged::Named {
        by_name: BTreeMap::from([("a".to_owned(), 0.1 + 0.2)]),
    };
    let arbitrary_precision = serde_json::from_str::<serde_json::Value>("1e400").is_ok();
    if arbitrary_precision {
        let reason = refused::<TaggedConfig>(named);
        assert!(matches!(reason, EncodeError::NotReadBack(_)), "{reason}");
    } else {
        assert_eq!(stored::<TaggedConfig>(named.clone()), named);
    }
}

#[test]
fn a_flattened_key_that_a_field_has_too_is_refused() {
    let labelled = |key: &str| Labelled {
        name: "n".into(),
        labels: BTreeMap::from([(key.to_owned(), "v".to_owned())]),
    };
    let reason = refused::<LabelledConfig>(labelled("name"));
    assert!(matches!(reason, EncodeError::NotReadBack(_)), "{reason}");
    assert_eq!(stored::<LabelledConfig>(labelled("nam")), labelled("nam"));
}

/// Found by thinking about what a fuzzer might find: the first value was accepted and came back as
/// `{"a": 1}`.
#[test]
fn members_that_serde_json_would_take_for_its_own_are_refused() {
    let inner = json!({reserved("RawValue"): "1"});
    for value in [
        json!({"a": inner}),
        json!({"a": [1, {reserved("RawValue"): inner.to_string()}]}),
        json!({reserved("RawValue"): "\"$serde_json::private::RawValue\""}),
        // Found by review: another object, or the parsed text itself, has such a member where it is no loss.
        json!([{reserved("RawValue"): "1"}, {"!": 0, reserved("RawValue"): 5}]),
        json!([{reserved("RawValue"): "1"}, {"!": 0, reserved("RawValue"): "1"}]),
        json!({reserved("RawValue"): json!({"!": 1, reserved("RawValue"): 2}).to_string()}),
    ] {
        let reason = refused::<ValueConfig>(value.clone());
        assert!(
            matches!(reason, EncodeError::ReservedName { .. }),
            "{value}: {reason}"
        );
    }
    let no_json = json!({"a": {reserved("RawValue"): "no JSON"}});
    let reason = refused::<ValueConfig>(no_json);
    assert!(matches!(reason, EncodeError::NotReadBack(_)), "{reason}");
    // With arbitrary precision the other name is one that the decoder looks for as well.
    let number = json!({reserved("RawValue"): json!({"a": 1, reserved("Number"): 2}).to_string()});
    let reason = refused::<ValueConfig>(number);
    let lost = matches!(
        reason,
        EncodeError::ReservedName { .. } | EncodeError::NotReadBack(_)
    );
    assert!(lost, "{reason}");
}

/// Once refused for beginning like one of the names, although they came back as they were.
#[test]
fn texts_that_only_begin_like_the_names_of_serde_json_are_stored() {
    let names = ["RawValue", "Number", "", "Raw\"Value\\"].map(reserved);
    for name in &names {
        assert_eq!(stored::<TextConfig>(name.clone()), *name);
        let value = json!({"a": name, "b": [name, {"c": name}]});
        assert_eq!(stored::<ValueConfig>(value.clone()), value);
    }
    // Where the type says that an object is a map of texts, a name is only a name.
    let map: HashMap<String, String> = names.iter().cloned().map(|n| (n.clone(), n)).collect();
    assert_eq!(stored::<NamesConfig>(map.clone()), map);
    // And beside what comes back otherwise than it was.
    let hashed = Hashed {
        map: (0..50)
            .map(|n| (n, names[n as usize % 4].clone()))
            .collect(),
        set: (0..50).map(|n| format!("{}{n}", names[0])).collect(),
    };
    assert_eq!(stored::<HashedConfig>(hashed.clone()), hashed);
    let skipping = Skipping {
        cache: 3,
        retries: 0,
        text: names[0].clone(),
    };
    assert_eq!(stored::<SkippingConfig>(skipping).text, names[0]);
}

/// Found by the fuzz target `payloads`. Names were counted: two flattened maps that are each read as both
/// have one more afterwards, and which member of a hash map is the first one changes with each copy.
#[test]
fn a_name_of_serde_json_that_moves_or_doubles_is_not_lost() {
    let flats = Flats {
        one: BTreeMap::from([("single".to_owned(), 1)]),
        two: BTreeMap::from([(reserved("Number"), 81)]),
    };
    let both = flats.one.clone().into_iter().chain(flats.two.clone());
    let both: BTreeMap<String, u8> = both.collect();
    let read = stored::<FlatsConfig>(flats);
    assert_eq!((&read.one, &read.two), (&both, &both));

    let names = (0..9).map(|n| (n.to_string(), String::new()));
    for _ in 0..20 {
        // Hashed anew, in another order.
        let mut map: HashMap<String, String> = names.clone().collect();
        map.insert(reserved("RawValue"), "1".into());
        assert_eq!(stored::<NamesConfig>(map.clone()), map);
    }
}

#[test]
fn the_order_of_hashes_is_no_difference() {
    let hashed = Hashed {
        map: (0..300).map(|n| (n, n.to_string())).collect(),
        set: (0..300).map(|n: u32| n.to_string()).collect(),
    };
    assert_eq!(stored::<HashedConfig>(hashed.clone()), hashed);
    let empty = Hashed {
        map: HashMap::new(),
        set: HashSet::new(),
    };
    assert_eq!(stored::<HashedConfig>(empty.clone()), empty);
}

#[test]
fn fields_that_are_skipped_are_what_serde_makes_of_them() {
    let written = Skipping {
        cache: 3,
        retries: 0,
        text: "null".into(),
    };
    let read = stored::<SkippingConfig>(written);
    let expected = Skipping {
        cache: 0,
        retries: 7,
        text: "null".into(),
    };
    assert_eq!(read, expected);
}

#[test]
fn folded_options_are_stored_folded() {
    let folded = |choice, unit| Folded { choice, unit };
    for (written, read) in [
        (folded(Some(Some(1)), None), folded(Some(Some(1)), None)),
        (folded(Some(None), Some(())), folded(None, None)),
        (folded(None, None), folded(None, None)),
    ] {
        assert_eq!(stored::<FoldedConfig>(written), read);
    }
}

/// A value as deep as serde_json reads it is two levels deeper in its entry.
#[test]
fn what_is_asked_beforehand_counts_the_entry_around_the_data() {
    let nested = |depth| (0..depth).fold(json!(1), |inner, _| json!([inner]));
    assert_eq!(stored::<ValueConfig>(nested(125)), nested(125));
    for depth in [126, 127, 128, 300] {
        let reason = refused::<ValueConfig>(nested(depth));
        assert!(
            matches!(reason, EncodeError::TooDeep { .. }),
            "{depth}: {reason}"
        );
    }
}

/// The option that turns the check off counts for nothing in a build with debug assertions.
#[cfg(debug_assertions)]
#[test]
fn a_debug_build_always_reads_back() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        let options = LogStoreOptions {
            read_back: false,
            ..LogStoreOptions::default()
        };
        let store = TimevaultLogStore::<TaggedConfig>::open_dir(dir.path(), options).await;
        let by_shard = BTreeMap::from([(7, 1)]);
        let counts = entry(0, Tagged::Counts { by_shard });
        let appended = store.unwrap().blocking_append([counts]).await;
        let error = appended.unwrap_err().to_string();
        assert!(error.contains("can't be read back"), "{error}");
    });
}
