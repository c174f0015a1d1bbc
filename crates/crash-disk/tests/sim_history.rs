//! One recorded run yields the crash states of all its points: the same ones as crashing live at
//! each of them.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod disks;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use crash_disk::sim::{
    CrashPoint, CrashView, DEFAULT_BLOCK_BYTES, Keep, Level, Profile, SimFs, Tree, TreeEntry,
};
use crash_disk::{FileSystem, StdFs, SyncSite, read_whole};
use proptest::prelude::*;

use disks::{Step, config, disk_with_blocks};

const BLOCK: usize = 8;
const SEED: u64 = 0x5eed;
/// More than the calls between two checkpoints of the recording, several times.
const MAX_STEPS: usize = 120;

fn step() -> impl Strategy<Value = Step> {
    let name = || 0..disks::NAMES.len();
    prop_oneof![
        8 => (name(), 0..40_u64, 1..20_usize)
            .prop_map(|(name, offset, len)| Step::Write { name, offset, len }),
        2 => (name(), 0..40_u64).prop_map(|(name, len)| Step::SetLen { name, len }),
        4 => name().prop_map(|name| Step::Sync { name }),
        3 => (name(), name()).prop_map(|(from, to)| Step::Rename { from, to }),
        2 => name().prop_map(|name| Step::Remove { name }),
        3 => any::<bool>().prop_map(|root| Step::SyncDir { root }),
        1 => name().prop_map(|name| Step::FailSync { name }),
    ]
}

/// Runs a script; calls that fail because a name is missing are part of it. `watch` is called
/// after every step.
fn run(fs: &SimFs, steps: &[Step], mut watch: impl FnMut()) {
    fs.create_dir(Path::new("d")).unwrap();
    watch();
    for (number, step) in (1_u8..).zip(steps) {
        step.run(fs, number, &mut watch);
        watch();
    }
}

/// Hashes of all crash states of a level, in order.
fn hashes(view: &CrashView, level: Level) -> Vec<u128> {
    let states = view.states(level).into_iter();
    states
        .map(|state| view.disk(&state.keep).image_hash())
        .collect()
}

/// The same under the other profiles, up to the prefixes.
fn hashes_of_others(view: impl Fn(Profile) -> CrashView) -> Vec<u128> {
    let others = Profile::ALL.into_iter().filter(|of| *of != Profile::Posix);
    others
        .flat_map(|profile| hashes(&view(profile), Level::L1))
        .collect()
}

proptest! {
    #![proptest_config(config(25, SEED))]

    #[test]
    fn a_recorded_run_gives_the_states_of_crashing_live_at_each_step(
        steps in prop::collection::vec(step(), 1..MAX_STEPS),
    ) {
        let recorded = disk_with_blocks(BLOCK, true);
        run(&recorded, &steps, || ());
        let live = disk_with_blocks(BLOCK, false);
        let mut at_step = HashMap::new();
        run(&live, &steps, || {
            let view = live.view_now(Profile::Posix);
            let others = hashes_of_others(|profile| live.view_now(profile));
            at_step.insert(live.step(), (hashes(&view, Level::L2), others, live.to_tree(), live.image_hash()));
        });
        // Backward and forward, so that the recording has to go back as well.
        let last = recorded.step();
        prop_assert_eq!(last, live.step());
        for step in (0..=last).rev().chain(0..=last) {
            let Some((states, others, tree, durable)) = at_step.get(&step) else { continue };
            let view = recorded.view(CrashPoint::After(step), Profile::Posix);
            prop_assert_eq!(&hashes(&view, Level::L2), states, "step {}", step);
            let of_others = hashes_of_others(|profile| recorded.view(CrashPoint::After(step), profile));
            prop_assert_eq!(&of_others, others, "step {}", step);
            let killed = view.process_kill();
            let of_killed = hashes_of_others(|profile| killed.view_now(profile));
            prop_assert_eq!(&of_killed, others, "step {}", step);
            prop_assert_eq!(&killed.to_tree(), tree, "step {}", step);
            prop_assert_eq!(&killed.view_now(Profile::Posix).pending_len(), &view.pending_len());
            prop_assert_eq!(killed.image_hash(), *durable);
            prop_assert_eq!(&hashes(&killed.view_now(Profile::Posix), Level::L2), states, "step {}", step);
        }
    }

    #[test]
    fn everything_kept_is_what_the_process_saw_unless_a_sync_failed(
        steps in prop::collection::vec(step(), 1..MAX_STEPS),
    ) {
        let mut steps = steps;
        steps.retain(|step| !matches!(step, Step::FailSync { .. }));
        let fs = disk_with_blocks(BLOCK, true);
        run(&fs, &steps, || ());
        let crashed = fs.crash_now(&Keep::All);
        prop_assert_eq!(crashed.to_tree(), fs.to_tree());
        // A crashed disk is durable as it is, whole and independent.
        prop_assert_eq!(crashed.view_now(Profile::Posix).pending_len(), 0);
        prop_assert_eq!(crashed.crash_now(&Keep::None).image_hash(), crashed.image_hash());
        let rebuilt = SimFs::from_tree(&fs.to_tree()).unwrap();
        prop_assert_eq!(rebuilt.to_tree(), fs.to_tree());
    }

    #[test]
    fn kept_sets_are_closed_and_distinct(
        steps in prop::collection::vec(step(), 1..30),
    ) {
        let fs = disk_with_blocks(BLOCK, true);
        run(&fs, &steps, || ());
        for point in fs.points() {
            let view = fs.view(point, Profile::Posix);
            let mut seen = std::collections::HashSet::new();
            let mut levels = Vec::new();
            for state in view.states(Level::L2) {
                let marks = view.marks(&state.keep);
                prop_assert_eq!(&view.marks(&Keep::Subset(marks.clone())), &marks, "{}", state.keep);
                prop_assert!(seen.insert(marks), "{} twice at {}", state.keep, point);
                levels.push(state.level);
            }
            prop_assert!(levels.is_sorted());
        }
    }
}

#[test]
fn equal_trees_have_equal_hashes_however_they_came_about() {
    let whole = SimFs::new();
    let file = whole.create_new(Path::new("a")).unwrap();
    file.write_at(b"ab\0\0", 0).unwrap();
    let pieces = SimFs::new();
    let file = pieces.create_new(Path::new("b")).unwrap();
    file.write_at(b"xxxxxxxx", 0).unwrap();
    file.set_len(1).unwrap();
    file.write_at(b"a", 0).unwrap();
    file.set_len(4).unwrap();
    file.write_at(b"b", 1).unwrap();
    pieces.rename(Path::new("b"), Path::new("a")).unwrap();
    let hash = |fs: &SimFs| fs.crash_now(&Keep::All).image_hash();
    assert_eq!(hash(&whole), hash(&pieces));
    let of_tree = |tree: Tree| SimFs::from_tree(&tree).unwrap().image_hash();
    let of_file = |bytes: &[u8]| of_tree([("a".into(), TreeEntry::File(bytes.to_vec()))].into());
    assert_eq!(of_file(b"ab\0\0"), hash(&whole));
    for other in [&b"ab\0"[..], b"ab\0\0\0", b"ab\0c", b"\0ab\0", b""] {
        assert_ne!(of_file(other), hash(&whole), "{other:?}");
    }
    // The same two blocks in the other order.
    let (data, hole) = ([7; DEFAULT_BLOCK_BYTES], [0; DEFAULT_BLOCK_BYTES]);
    assert_ne!(
        of_file(&[data, hole].concat()),
        of_file(&[hole, data].concat())
    );
    let dir = of_tree([("a".into(), TreeEntry::Dir)].into());
    assert_ne!(dir, of_file(b""));
    assert_ne!(dir, of_tree(Tree::new()));
}

#[test]
fn a_tree_is_installed_on_a_real_directory() {
    let tree = Tree::from([
        ("empty".into(), TreeEntry::Dir),
        ("store/chunks/1".into(), TreeEntry::File(vec![7; 10_000])),
        ("store/meta".into(), TreeEntry::File(b"{}".to_vec())),
    ]);
    let fs = SimFs::from_tree(&tree).unwrap();
    let dir = tempfile::tempdir().unwrap();
    fs.install_to(&StdFs, dir.path()).unwrap();
    let chunk = read_whole(&StdFs, &dir.path().join("store/chunks/1")).unwrap();
    assert_eq!(chunk, vec![7; 10_000]);
    assert_eq!(StdFs.read_dir(&dir.path().join("empty")).unwrap(), []);
    let again = SimFs::new();
    fs.install_to(&again, Path::new("/")).unwrap();
    assert_eq!(again.to_tree(), fs.to_tree());
}

#[test]
fn trees_that_contradict_themselves_are_refused() {
    let file = || TreeEntry::File(Vec::new());
    for tree in [
        Tree::from([("".into(), file())]),
        Tree::from([("../a".into(), file())]),
        Tree::from([("a".into(), file()), ("a/b".into(), file())]),
        Tree::from([("a".into(), file()), ("./a".into(), file())]),
    ] {
        assert!(SimFs::from_tree(&tree).is_err(), "{tree:?}");
    }
}

#[test]
fn a_writer_may_run_while_another_thread_looks_at_crashes() {
    let fs = SimFs::new();
    let writer = {
        let fs: Arc<dyn FileSystem> = Arc::new(fs.clone());
        std::thread::spawn(move || {
            let file = fs.create_new(Path::new("a")).unwrap();
            fs.sync_dir(Path::new("/"), SyncSite::here()).unwrap();
            for at in 0..500 {
                file.write_at(b"x", at).unwrap();
                file.sync_data(SyncSite::here()).unwrap();
            }
        })
    };
    // Each write is synced before the next, so no crash may lose more than the last byte.
    while !writer.is_finished() {
        let view = fs.view_now(Profile::Posix);
        let len = |keep: &Keep| match view.disk(keep).to_tree().get(Path::new("a")) {
            Some(TreeEntry::File(bytes)) => bytes.len(),
            _ => 0,
        };
        assert!(len(&Keep::All) - len(&Keep::None) <= 1);
    }
    writer.join().unwrap();
    assert_eq!(fs.step(), 1002);
    let call = fs.call(3).unwrap();
    assert_eq!(call.text, "write_at a, 1 bytes at offset 0");
    assert_eq!(
        fs.view(CrashPoint::After(3), Profile::Posix).pending()[0].durable_by,
        "sync of file a"
    );
}
