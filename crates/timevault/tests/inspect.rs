//! Looking at a partition from outside: agrees with open about everything, and changes nothing.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "test code"
)]

mod support;

use std::io;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use crash_disk::sim::{Level, Profile, SimFs, Tree, TreeEntry};
use crash_disk::{Call, CallKind, FileSystem, Hook, HookFs, LockState, StdFs, Verdict};
use support::*;
use timevault::inspect::{CHANGING, Inspector, KINDS, PartitionReport, Severity, StoredRecord};
use timevault::{Error, Jsonl, Store, StoreOptions};

/// Fails every call that changes something or takes a lock, as a read-only mount does.
#[derive(Debug)]
struct ReadOnly;

impl Hook for ReadOnly {
    fn before(&self, call: &Call<'_>) -> Verdict {
        match call.kind {
            CallKind::Open | CallKind::Read | CallKind::Len | CallKind::ReadDir => Verdict::Proceed,
            _ => Verdict::Fail(io::ErrorKind::ReadOnlyFilesystem.into()),
        }
    }
}

fn names(report: &PartitionReport) -> Vec<&'static str> {
    report.findings.iter().map(|f| f.kind.name).collect()
}

fn inspect_tree(tree: &Tree) -> PartitionReport {
    inspect(&SimFs::from_tree(tree).unwrap())
}

#[test]
fn nothing_is_written_and_no_lock_taken() {
    for tree in [whole(), unindexed().0] {
        let fs = SimFs::from_tree(&tree).unwrap();
        let read_only: Arc<dyn FileSystem> =
            Arc::new(HookFs::new(Arc::new(fs.clone()), Arc::new(ReadOnly)));
        let inspector = Inspector::new(read_only, vec![Arc::new(Jsonl)]);
        let target = inspector.target(Path::new(ROOT)).unwrap();
        let dir = &target.partitions[0];
        let report = inspector.partition(dir, target.lock, &mut ());
        assert!(report.severity() <= Severity::RecoveryPending, "{report:?}");
        let contents = inspector.contents(dir).unwrap();
        assert_eq!(contents.chunks().unwrap().len(), report.chunks.len());
        let mut count = 0;
        let mut visit = |_: &StoredRecord<'_>| {
            count += 1;
            ControlFlow::Continue(())
        };
        contents.scan(2..=8, &mut visit).unwrap();
        assert_eq!(count, 7);
        assert!(fs.to_tree() == tree);
    }
}

/// Every file cut at every length, extended, emptied, removed: what open refuses is found, and
/// what is found open refuses, reading everything included.
#[test]
fn cut_extended_and_missing_files_are_judged_as_open_does() {
    let (mut refused, mut accepted) = (0, 0);
    for tree in [whole(), unindexed().0] {
        for (path, entry) in &tree {
            let TreeEntry::File(bytes) = entry else {
                continue;
            };
            if path.ends_with(".timevault.write.lock") {
                continue;
            }
            let mut changed: Vec<Tree> = (0..bytes.len())
                .map(|len| with_file(&tree, path, &bytes[..len]))
                .collect();
            changed.push(without(&tree, path));
            for more in [&b"\n"[..], b"x", b"\0\0\0", b"\n\nx\n"] {
                changed.push(with_file(&tree, path, [bytes, more].concat()));
            }
            for tree in changed {
                let fs = SimFs::from_tree(&tree).unwrap();
                let looked = inspect(&fs);
                let all_read = open_on(&fs).and_then(|partition| {
                    partition.check()?;
                    try_contents(&partition)
                });
                let place = path.display();
                match all_read {
                    Ok(_) => {
                        let only_index = |name: &&str| name.starts_with("index-");
                        let worst = looked.severity();
                        let index = names(&looked).iter().any(only_index);
                        assert!(worst < Severity::NotJudged || index, "{place}: {looked:?}");
                        accepted += 1;
                    }
                    Err(Error::Damaged { .. }) => {
                        assert_eq!(looked.severity(), Severity::Damage, "{place}: {looked:?}");
                        refused += 1;
                    }
                    Err(other) => panic!("{place}: {other}"),
                }
            }
        }
    }
    assert!(refused > 500 && accepted > 200, "{refused}, {accepted}");
}

#[test]
fn each_kind_of_finding_has_its_own_name_and_says_what_to_do() {
    let mut all: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), KINDS.len());
    assert!(
        KINDS
            .iter()
            .all(|kind| !kind.meaning.is_empty() && !kind.action.is_empty())
    );
    assert!(KINDS.is_sorted_by_key(|kind| kind.severity));
}

#[test]
fn an_index_is_rebuilt_to_the_bytes_it_had() {
    let tree = whole();
    let path = index(4);
    let good = bytes_of(&tree, &path).to_vec();
    let mut bad = good.clone();
    bad[30] ^= 1;
    for broken in [
        without(&tree, &path),
        with_file(&tree, &path, bad),
        with_file(&tree, &path, &good[..50]),
    ] {
        let fs = SimFs::from_tree(&broken).unwrap();
        let looked = inspect(&fs);
        assert_eq!(names(&looked).len(), 1, "{looked:?}");
        let repairable: Vec<u64> = looked
            .chunks
            .iter()
            .filter(|c| c.index_repairable)
            .map(|c| c.id)
            .collect();
        assert_eq!(repairable, [4]);
        let inspector = inspector_on(&fs);
        let target = inspector.target(Path::new(ROOT)).unwrap();
        let lock = inspector.lock_for_repair(&target).unwrap();
        assert_eq!(
            inspector
                .rebuild_index(&lock, &target.partitions[0], 4)
                .unwrap(),
            2
        );
        assert_eq!(bytes_of(&fs.to_tree(), &path), good);
        assert!(inspect(&fs).findings.is_empty());
    }
}

#[test]
fn no_index_is_written_from_a_chunk_that_is_not_intact_or_still_open() {
    let tree = without(&whole(), &index(4));
    let mut bytes = bytes_of(&tree, &chunk(4)).to_vec();
    bytes[20] ^= 1;
    let fs = SimFs::from_tree(&with_file(&tree, &chunk(4), bytes)).unwrap();
    let before = fs.to_tree();
    assert!(
        inspect(&fs)
            .chunks
            .iter()
            .all(|chunk| !chunk.index_repairable)
    );
    let inspector = inspector_on(&fs);
    let target = inspector.target(Path::new(ROOT)).unwrap();
    let lock = inspector.lock_for_repair(&target).unwrap();
    for chunk in [4, 7, 5] {
        let refused = inspector.rebuild_index(&lock, &target.partitions[0], chunk);
        assert!(matches!(refused, Err(Error::Damaged { .. })), "{refused:?}");
    }
    assert!(fs.to_tree() == before);
}

#[test]
fn a_writer_is_seen_and_a_repair_waits_for_its_end() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), StoreOptions::default()).unwrap();
    let inspector = Inspector::new(Arc::new(StdFs), vec![Arc::new(Jsonl)]);
    let target = inspector.target(dir.path()).unwrap();
    if cfg!(target_os = "linux") {
        assert_eq!(target.lock, LockState::Held);
        assert_eq!(target.holder, format!("pid={}", std::process::id()));
    }
    let refused = inspector.lock_for_repair(&target);
    assert!(
        matches!(refused, Err(Error::StoreLocked { .. })),
        "{refused:?}"
    );
    drop(store);
    let target = inspector.target(dir.path()).unwrap();
    assert_ne!(target.lock, LockState::Held);
    inspector.lock_for_repair(&target).unwrap();
}

/// A log that a writer keeps changing is not called damaged.
#[test]
fn damage_beside_a_writer_must_be_seen_twice() {
    let tree = with_file(&whole(), &chunk(1), &b"{}\n"[..]);
    let fs = SimFs::from_tree(&tree).unwrap();
    let dir = Path::new("/").join(DIR);
    let inspector = inspector_on(&fs);
    let steady = inspector.partition(&dir, LockState::Held, &mut ());
    assert_eq!(steady.severity(), Severity::Damage);

    // Each look finds another chunk that no line names.
    let fs = SimFs::from_tree(&whole()).unwrap();
    let hook = Changing(fs.clone(), std::sync::Mutex::new(vec![2, 3, 5, 6]));
    let hooked = HookFs::new(Arc::new(fs.clone()), Arc::new(hook));
    let inspector = Inspector::new(Arc::new(hooked), vec![Arc::new(Jsonl)]);
    let report = inspector.partition(&dir, LockState::Held, &mut ());
    assert_eq!(names(&report), [CHANGING.name]);
    // Nothing changes any more.
    let report = inspector_on(&fs).partition(&dir, LockState::Held, &mut ());
    assert_eq!(report.severity(), Severity::Damage);
}

/// Puts another chunk file there before each listing.
#[derive(Debug)]
struct Changing(SimFs, std::sync::Mutex<Vec<u64>>);

impl Hook for Changing {
    fn before(&self, call: &Call<'_>) -> Verdict {
        let listing = call.kind == CallKind::ReadDir && call.path.ends_with("chunks");
        if listing && let Some(id) = self.1.lock().unwrap().pop() {
            let path = call.path.join(format!("{id:016x}.chunk"));
            self.0.create_new(&path).unwrap().write_at(b"x", 0).unwrap();
        }
        Verdict::Proceed
    }
}

#[test]
fn what_is_no_store_is_refused() {
    let fs = SimFs::from_tree(&whole()).unwrap();
    for dir in ["/", "/store/partitions"] {
        let error = inspector_on(&fs).target(Path::new(dir)).unwrap_err();
        assert!(matches!(error, Error::NotAStore { .. }), "{dir}: {error}");
    }
    assert!(
        inspector_on(&fs)
            .target(Path::new("/nowhere"))
            .unwrap_err()
            .io_kind()
            .is_some()
    );
}

#[test]
fn damage_to_the_small_files_does_not_hide_the_chunks() {
    let tree = whole();
    for path in [metadata(), manifest()] {
        let mut bytes = bytes_of(&tree, &path).to_vec();
        bytes[3] ^= 1;
        for broken in [with_file(&tree, &path, bytes), without(&tree, &path)] {
            let report = inspect_tree(&broken);
            assert_eq!(report.severity(), Severity::Damage);
            assert_eq!(
                report.chunks.iter().map(|c| c.records).sum::<u64>(),
                9,
                "{report:?}"
            );
        }
    }
}

/// Every crash in the creation of a partition is one of a partition that is half made, or, before its first
/// file, of one that may as well have lost everything.
#[test]
fn a_creation_cut_short_is_half_made_or_empty_and_never_damage() {
    let fs = SimFs::new();
    create_on(&fs, config(500, 2)).close().unwrap();
    let mut kinds = std::collections::BTreeMap::new();
    for point in fs.points() {
        for profile in [Profile::Posix, Profile::Ext4, Profile::Kill] {
            let view = fs.view(point, profile);
            for state in view.states(Level::L2) {
                let disk = view.disk(&state.keep);
                let Ok(target) = inspector_on(&disk).target(Path::new(ROOT)) else {
                    continue;
                };
                for dir in &target.partitions {
                    let report = inspector_on(&disk).partition(dir, target.lock, &mut ());
                    let what = view.describe(&state.keep);
                    assert!(report.severity() < Severity::Damage, "{report:?}\n{what}");
                    *kinds.entry(names(&report)).or_insert(0) += 1;
                }
            }
        }
    }
    let expected = [vec![], vec!["empty-partition"], vec!["half-made-partition"]];
    assert!(kinds.keys().eq(&expected), "{kinds:?}");
}

/// The keys that are visited, and whether that ended well.
fn visited(fs: &SimFs, range: std::ops::RangeInclusive<u64>) -> (Vec<Entry>, Result<(), Error>) {
    let mut found = Vec::new();
    let contents = inspector_on(fs).contents(&Path::new("/").join(DIR));
    let result = contents.and_then(|contents| {
        contents.scan(range, &mut |record| {
            let payload = String::from_utf8(record.payload.to_vec()).unwrap();
            found.push((record.order_key, payload));
            ControlFlow::Continue(())
        })
    });
    (found, result)
}

/// An index that is intact and describes something else than its chunk costs no record.
#[test]
fn a_wrong_index_hides_no_record() {
    let tree = whole();
    let len = bytes_of(&tree, &chunk(4)).len() as u64;
    let line = String::from_utf8(bytes_of(&tree, &chunk(4)).to_vec()).unwrap();
    let first = line.find('\n').unwrap() as u64 + 1;
    let block = |min: u64, max: u64, offset: u64, len: u64| {
        let line = format!(
            r#"{{"block_min_key":{min},"block_max_key":{max},"file_offset_bytes":{offset},"block_len_bytes":{len}}}"#
        );
        let mut line = timevault::sealed::seal(line.into_bytes());
        line.push(b'\n');
        line
    };
    let mut wrong = 0;
    for index_bytes in [
        block(4, 5, 0, len),
        block(4, 4, 0, len),
        block(4, 9, 0, len + 7),
        block(5, 6, 0, len),
        block(1, 2, 0, first),
        block(4, 4, 0, 7),
        [
            block(4, 4, 0, first - 3),
            block(5, 6, first - 3, len - first + 3),
        ]
        .concat(),
        [block(4, 5, 0, first), block(6, 6, first, len - first)].concat(),
    ] {
        let fs = SimFs::from_tree(&with_file(&tree, &index(4), index_bytes)).unwrap();
        for range in [0..=u64::MAX, 4..=4, 5..=5, 6..=6, 6..=8] {
            let expected: Vec<u64> = KEYS.filter(|key| range.contains(key)).collect();
            let (found, result) = visited(&fs, range.clone());
            assert_eq!(found, entries(expected), "{range:?}: {result:?}");
            if let Err(error) = result {
                let (path, ..) = damage(&error);
                assert!(
                    path.extension().is_some_and(|ending| ending == "index"),
                    "{error}"
                );
                wrong += 1;
            }
        }
    }
    assert!(wrong >= 25, "{wrong}");
}

/// Fails to list one directory, as one without permissions does; tests may run as one who has them all.
#[derive(Debug)]
struct Unlisted(std::path::PathBuf);

impl Hook for Unlisted {
    fn before(&self, call: &Call<'_>) -> Verdict {
        match call.kind == CallKind::ReadDir && call.path == self.0 {
            true => Verdict::Fail(io::ErrorKind::PermissionDenied.into()),
            false => Verdict::Proceed,
        }
    }
}

#[test]
fn one_directory_that_cannot_be_listed_leaves_the_others_to_be_looked_at() {
    let mut tree = whole();
    let other = "store/partitions/aa/bb/00112233-4455-6677-8899-aabbccddaabb";
    let mut dir = std::path::PathBuf::new();
    for part in Path::new(other) {
        dir.push(part);
        tree.entry(dir.clone()).or_insert(TreeEntry::Dir);
    }
    let fs = SimFs::from_tree(&tree).unwrap();
    let place = Path::new("/").join(other);
    let stray = Path::new("/store/partitions/stray");
    fs.create_dir(stray).unwrap();
    let unlisted = place.ancestors().take(3).chain([stray]);
    for unlisted in unlisted.map(Path::to_path_buf) {
        let hooked = HookFs::new(Arc::new(fs.clone()), Arc::new(Unlisted(unlisted.clone())));
        let inspector = Inspector::new(Arc::new(hooked), vec![Arc::new(Jsonl)]);
        let target = inspector.target(Path::new(ROOT)).unwrap();
        let dirs = target.partitions.iter();
        let reports: Vec<_> = dirs
            .map(|dir| inspector.partition(dir, target.lock, &mut ()))
            .collect();
        let good = reports.iter().filter(|report| report.chunks.len() == 3);
        assert_eq!(good.count(), 1, "{reports:?}");
        let found = reports.iter().flat_map(|report| &report.findings);
        let found: Vec<_> = found
            .chain(&target.findings)
            .filter(|finding| finding.kind.name == "unreadable" && finding.path == unlisted)
            .collect();
        assert!(!found.is_empty(), "{}: {target:?}", unlisted.display());
    }
}
