//! Type configs other than the plain one: other node ids, an own entry type, payloads that JSON
//! can't carry.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;
mod configs;

use std::fmt::Debug;
use std::io::Cursor;

use common::{StateMachine, id, run};
use configs::{
    Deep, DeepConfig, Measure, MeasureConfig, NamedConfig, OwnEntryConfig, Picked, PickedConfig,
    StructConfig, UuidConfig,
};
use openraft::entry::RaftEntry;
use openraft::storage::{RaftLogStorage, RaftLogStorageExt};
use openraft::testing::{StoreBuilder, Suite};
use openraft::{
    CommittedLeaderId, EntryPayload, LogId, RaftLogReader, RaftTypeConfig, StorageError, Vote,
};
use openraft_timevault::{
    EncodeError, LogStoreError, LogStoreOptions, MAX_DEPTH, TimevaultLogStore,
};
use serde_json::json;
use tempfile::TempDir;

async fn open<C: RaftTypeConfig>(dir: &TempDir) -> TimevaultLogStore<C> {
    TimevaultLogStore::open_dir(dir.path(), LogStoreOptions::default())
        .await
        .unwrap()
}

/// Builds a store of any type config.
struct Builder;

impl<C> StoreBuilder<C, TimevaultLogStore<C>, StateMachine<C>, TempDir> for Builder
where
    C: RaftTypeConfig<SnapshotData = Cursor<Vec<u8>>, R = ()>,
{
    async fn build(
        &self,
    ) -> Result<(TempDir, TimevaultLogStore<C>, StateMachine<C>), StorageError<C::NodeId>> {
        let dir = tempfile::tempdir().unwrap();
        let store = open(&dir).await;
        Ok((dir, store, StateMachine::default()))
    }
}

fn suite<C>()
where
    C: RaftTypeConfig<SnapshotData = Cursor<Vec<u8>>, R = ()>,
    C::NodeId: From<u64>,
    C::D: Debug,
{
    Suite::<C, TimevaultLogStore<C>, StateMachine<C>, _, _>::test_all(Builder).unwrap();
}

#[test]
fn openraft_suite_with_string_node_ids() {
    suite::<NamedConfig>();
}

#[test]
fn openraft_suite_with_uuid_node_ids() {
    suite::<UuidConfig>();
}

#[test]
fn openraft_suite_with_an_own_entry_type() {
    suite::<OwnEntryConfig>();
}

#[test]
fn vote_membership_and_purge_point_survive_a_reopen_with_string_node_ids() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        let node = |name: &str| configs::Name::new(name);
        let log_id = |index| LogId::new(CommittedLeaderId::new(3, node("b\"\\\u{1}")), index);
        let vote = Vote::new_committed(3, node("b\"\\\u{1}"));
        let voters = std::collections::BTreeSet::from([node("a"), node("ü"), node("")]);
        let membership = openraft::Membership::new(vec![voters], ());

        let mut store = open::<NamedConfig>(&dir).await;
        store.save_vote(&vote).await.unwrap();
        let entry = openraft::Entry::new_membership(log_id(1), membership.clone());
        let first = openraft::Entry::new_blank(log_id(0));
        store.blocking_append([first, entry]).await.unwrap();
        store.purge(log_id(0)).await.unwrap();
        store.save_committed(Some(log_id(1))).await.unwrap();
        store.close().await.unwrap();

        let mut store = open::<NamedConfig>(&dir).await;
        assert_eq!(store.read_vote().await.unwrap(), Some(vote));
        assert_eq!(store.read_committed().await.unwrap(), Some(log_id(1)));
        let state = store.get_log_state().await.unwrap();
        assert_eq!(state.last_purged_log_id, Some(log_id(0)));
        assert_eq!(state.last_log_id, Some(log_id(1)));
        let entries = store.try_get_log_entries(..).await.unwrap();
        let EntryPayload::Membership(read) = &entries[0].payload else {
            panic!("{entries:?}")
        };
        assert_eq!(*read, membership);
    });
}

#[test]
fn numbers_and_text_come_back_as_they_were() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        let mut store = open::<MeasureConfig>(&dir).await;
        // Bit patterns spread over the whole range, the same in every run.
        let patterns = (0..2_000_u64).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let floats: Vec<_> = patterns
            .map(f64::from_bits)
            .filter(|f| f.is_finite())
            .collect();
        let text: String = ('\0'..='\u{2ff}')
            .chain(['\u{2028}', '\u{ffff}', '\u{10ffff}'])
            .collect();
        let measures: Vec<_> = floats
            .iter()
            .map(|&value| Measure {
                value,
                // A value too large for this type is no number there.
                single: Some(value as f32).filter(|f| f.is_finite()),
                count: u64::MAX - value.to_bits() % 1_000,
                text: text.clone(),
            })
            .collect();
        let entries = measures
            .iter()
            .enumerate()
            .map(|(index, measure)| openraft::Entry {
                log_id: id(1, index as u64),
                payload: EntryPayload::Normal(measure.clone()),
            });
        store
            .blocking_append(entries.collect::<Vec<_>>())
            .await
            .unwrap();
        store.close().await.unwrap();

        let store = open::<MeasureConfig>(&dir).await;
        let read = store.reader().entries(..).unwrap();
        assert_eq!(read.len(), measures.len());
        for (entry, measure) in read.iter().zip(&measures) {
            let EntryPayload::Normal(read) = &entry.payload else {
                panic!("{entry:?}")
            };
            assert_eq!(read, measure);
            assert_eq!(read.value.to_bits(), measure.value.to_bits());
        }
    });
}

/// Appends an entry that must be refused, behind a good one, and checks that nothing has changed.
async fn refused<C>(payload: C::D, needle: &str)
where
    C: RaftTypeConfig<Entry = openraft::Entry<C>>,
    C::D: Debug,
{
    let dir = tempfile::tempdir().unwrap();
    let mut store = open::<C>(&dir).await;
    store
        .blocking_append([openraft::Entry::new_blank(id(1, 0))])
        .await
        .unwrap();
    let good = openraft::Entry::new_blank(id(1, 1));
    let bad = openraft::Entry {
        log_id: id(1, 2),
        payload: EntryPayload::Normal(payload),
    };
    let error = store
        .blocking_append([good, bad])
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains(needle) && error.contains("LogIndex(2)"),
        "{error}"
    );

    assert_eq!(
        store.get_log_state().await.unwrap().last_log_id,
        Some(id(1, 0))
    );
    assert_eq!(store.reader().entries(..).unwrap().len(), 1);
    store
        .blocking_append([openraft::Entry::new_blank(id(1, 1))])
        .await
        .unwrap();
    store.close().await.unwrap();
    assert_eq!(open::<C>(&dir).await.reader().entries(..).unwrap().len(), 2);
}

#[test]
fn floats_that_are_no_numbers_are_refused() {
    run(async {
        let fine = Measure {
            value: 1.0,
            single: None,
            count: 0,
            text: "null".into(),
        };
        let nan = Measure {
            value: f64::NAN,
            ..fine.clone()
        };
        refused::<MeasureConfig>(nan, "float that is not finite").await;
        let folded = Measure {
            single: Some(f32::INFINITY),
            ..fine
        };
        refused::<MeasureConfig>(folded, "float that is not finite").await;
    });
}

#[test]
fn nesting_is_taken_as_deep_as_it_can_be_read() {
    // The entry, its payload and the payload's kind are brackets too.
    const AROUND: usize = 2;
    let nested = |depth| (0..depth).fold(json!(1), |inner, _| json!([inner]));
    run(async {
        let dir = tempfile::tempdir().unwrap();
        let mut store = open::<DeepConfig>(&dir).await;
        let deepest = Deep(nested(MAX_DEPTH - AROUND));
        let payload = EntryPayload::Normal(deepest.clone());
        store
            .blocking_append([openraft::Entry {
                log_id: id(1, 0),
                payload,
            }])
            .await
            .unwrap();
        store.close().await.unwrap();
        let read = open::<DeepConfig>(&dir).await.reader().entries(..).unwrap();
        let EntryPayload::Normal(read) = &read[0].payload else {
            panic!("{read:?}")
        };
        assert_eq!(*read, deepest);

        refused::<DeepConfig>(Deep(nested(MAX_DEPTH - AROUND + 1)), "nested 128 deep").await;
        refused::<DeepConfig>(Deep(nested(1_000)), "the decoder goes 127 deep").await;
    });
}

#[test]
fn a_struct_as_node_id_is_refused_at_open() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        let opened =
            TimevaultLogStore::<StructConfig>::open_dir(dir.path(), LogStoreOptions::default())
                .await;
        let error = opened.unwrap_err();
        assert!(
            matches!(
                &error,
                LogStoreError::IdNotStorable { reason: EncodeError::NodeId { json }, .. }
                    if json == r#"{"zone":0,"number":0}"#
            ),
            "{error}"
        );
    });
}

#[test]
fn a_node_id_that_is_only_sometimes_a_struct_is_refused_when_it_comes() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        let mut store = open::<PickedConfig>(&dir).await;
        let odd = Picked::Placed { zone: 1 };
        let log_id = |node: Picked, index| LogId::new(CommittedLeaderId::new(1, node), index);
        let blank = |node: Picked, index| openraft::Entry::new_blank(log_id(node, index));
        store
            .blocking_append([blank(Picked::Any, 0)])
            .await
            .unwrap();

        let needle = r#"node id {"Placed":{"zone":1}} is neither"#;
        let error = store.save_vote(&Vote::new(1, odd)).await.unwrap_err();
        assert!(error.to_string().contains(needle), "{error}");
        // With a single leader in a term, log ids hold no node id.
        if cfg!(not(feature = "single-term-leader")) {
            let error = store.blocking_append([blank(odd, 1)]).await.unwrap_err();
            assert!(error.to_string().contains(needle), "{error}");
            let error = store.purge(log_id(odd, 0)).await.unwrap_err();
            assert!(error.to_string().contains(needle), "{error}");
            let error = store
                .save_committed(Some(log_id(odd, 0)))
                .await
                .unwrap_err();
            assert!(error.to_string().contains(needle), "{error}");
        }
        let voters = std::collections::BTreeSet::from([odd]);
        let membership = openraft::Membership::new(vec![voters], ());
        let entry = openraft::Entry::new_membership(log_id(Picked::Any, 1), membership);
        let error = store.blocking_append([entry]).await.unwrap_err();
        assert!(
            error.to_string().contains("key must be a string"),
            "{error}"
        );

        assert_eq!(store.read_vote().await.unwrap(), None);
        assert_eq!(store.reader().entries(..).unwrap().len(), 1);
    });
}
