//! Every byte of every file of a store changed, one at a time: reported, or harmless.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "test code"
)]

mod support;

use crash_disk::sim::{SimFs, Tree, TreeEntry};
use support::*;
use timevault::Error;
use timevault::inspect::{PartitionReport, Severity};

/// Every byte of a store that was killed, changed: what is lost is at most the last batch.
#[test]
fn every_changed_byte_of_a_killed_store_is_reported_or_costs_the_last_batch() {
    let (tree, _) = unindexed();
    for_every_change(&tree, &|changed, place| {
        let fs = SimFs::from_tree(changed).unwrap();
        let looked = inspect(&fs);
        let Ok(partition) = open_on(&fs) else {
            let found = &looked.findings;
            assert!(
                looked.severity() >= Severity::NotJudged,
                "{place}: {found:?}"
            );
            return;
        };
        let may_open = index_at_most(&looked) || partition.check().is_err();
        assert!(may_open, "{place}: {:?}", looked.findings);
        let found = contents(&partition);
        let all = entries(1..=10);
        assert!(
            all.starts_with(&found) && found.len() >= 8,
            "{place}: {found:?}"
        );
    });
}

/// Every byte of every file changed: an error, or everything that can be read is as before.
#[test]
fn every_changed_byte_of_a_closed_store_is_reported_or_harmless() {
    let tree = whole();
    let settings = *open_on(&SimFs::from_tree(&tree).unwrap()).unwrap().config();
    let reported = std::sync::atomic::AtomicU64::new(0);
    for_every_change(&tree, &|changed, place| {
        let fs = SimFs::from_tree(changed).unwrap();
        let looked = inspect(&fs);
        let outcome = open_on(&fs).and_then(|partition| {
            let found = try_contents(&partition)?;
            partition.check()?;
            assert_eq!(found, entries(KEYS), "{place}");
            assert_eq!(partition.last_purge_id().unwrap(), None, "{place}");
            assert_eq!(*partition.config(), settings, "{place}");
            assert_eq!(partition.last_key().unwrap(), Some(9), "{place}");
            assert_eq!(partition.first_key()?, Some(1), "{place}");
            partition.close()
        });
        match outcome {
            Ok(()) => assert!(index_at_most(&looked), "{place}: {:?}", looked.findings),
            Err(Error::UnsupportedVersion { .. }) if looked.severity() == Severity::NotJudged => {}
            Err(Error::Damaged { .. }) if looked.severity() < Severity::Damage => {
                panic!("{place} not found: {:?}", looked.findings)
            }
            Err(Error::Damaged { .. } | Error::UnsupportedVersion { .. }) => {
                reported.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            }
            Err(other) => panic!("{place}: {other:?}"),
        }
    });
    let reported = reported.into_inner();
    assert!(reported > 5_000, "only {reported} changes were reported");
}

/// Whether nothing was found, or only an index or a checksum that reading gets along without.
fn index_at_most(looked: &PartitionReport) -> bool {
    let harmless =
        |name: &str| ["index-missing", "index-damaged", "checksum-damaged"].contains(&name);
    looked.findings.iter().all(|finding| {
        finding.kind.severity <= Severity::RecoveryPending || harmless(finding.kind.name)
    })
}

/// Calls `judge` with the tree once for every byte and each of some values in its place.
fn for_every_change(tree: &Tree, judge: &(dyn Fn(&Tree, &str) + Sync)) {
    let files: Vec<_> = tree
        .iter()
        .filter_map(|(path, entry)| match entry {
            TreeEntry::File(bytes) if !path.ends_with(".timevault.write.lock") => {
                Some((path, bytes))
            }
            _ => None,
        })
        .collect();
    std::thread::scope(|scope| {
        for (path, bytes) in files {
            scope.spawn(move || {
                for at in 0..bytes.len() {
                    let old = bytes[at];
                    let flips = (0..8).map(|bit| old ^ (1 << bit));
                    let set = [b'\n', 0, b' ', b'"', b'9', b'}', b'{', b',', 0xff];
                    for new in flips.chain(set).filter(|new| *new != old) {
                        let mut bytes = bytes.clone();
                        bytes[at] = new;
                        let place = format!("{} at {at}: {old:#x} -> {new:#x}", path.display());
                        judge(&with_file(tree, path, bytes), &place);
                    }
                }
            });
        }
    });
}
