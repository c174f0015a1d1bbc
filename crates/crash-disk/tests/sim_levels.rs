//! The ladder of choices: what each level adds, torn blocks, samples, counts of states; and how
//! the profiles relate.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod disks;

use std::collections::{BTreeSet, HashSet};
use std::path::Path;

use crash_disk::sim::{
    Coverage, CrashPoint, CrashView, Keep, Level, MAX_EXHAUSTIVE, Over, Profile, Rest, SAMPLES,
    SECTOR_BYTES, Sampling, SimFs, StateCount, Tear, TreeEntry,
};
use crash_disk::{Access, FileSystem};
use proptest::prelude::*;

use disks::*;

const SEED: u64 = 0x1e7e1;

/// A disk whose blocks have this many sectors.
fn disk_of(sectors: usize) -> SimFs {
    disk_with_blocks(sectors * SECTOR_BYTES, true)
}

/// Sectors of one letter each.
fn sectors(letters: &str) -> Vec<u8> {
    let bytes = letters.bytes();
    bytes.flat_map(|byte| vec![byte; SECTOR_BYTES]).collect()
}

/// The file `a`, a letter for each sector that begins in it.
fn letters(fs: &SimFs) -> String {
    let Some(TreeEntry::File(bytes)) = fs.to_tree().remove(Path::new("a")) else {
        return "none".to_owned();
    };
    let first = bytes.chunks(SECTOR_BYTES).map(|sector| {
        assert!(sector.iter().all(|byte| *byte == sector[0]));
        sector[0]
    });
    first
        .map(|byte| if byte == 0 { '0' } else { char::from(byte) })
        .collect()
}

fn disks_at(view: &CrashView, level: Level) -> BTreeSet<String> {
    let states = view.states(level).into_iter();
    states
        .map(|state| letters(&view.disk(&state.keep)))
        .collect()
}

fn set(lines: &[&str]) -> BTreeSet<String> {
    lines.iter().map(|&line| line.to_owned()).collect()
}

// Torn blocks.

#[test]
fn an_overwritten_block_is_torn_at_its_sectors_under_every_profile_but_kill() {
    for profile in Profile::ALL {
        let fs = disk_of(3);
        let file = durable(&fs, "a", &sectors("ooo"));
        file.write_at(&sectors("nnn"), 0).unwrap();
        let found = disks_at(&fs.view_now(profile), Level::L3);
        let expected: &[&str] = match profile {
            Profile::Kill => &["nnn"],
            _ => &["ooo", "nnn", "noo", "nno", "onn", "oon"],
        };
        assert_eq!(found, set(expected), "{profile}");
    }
}

#[test]
fn a_write_inside_a_sector_is_not_torn() {
    let fs = disk_of(2);
    let file = durable(&fs, "a", &sectors("oo"));
    file.write_at(&sectors("n"), 0).unwrap();
    assert_eq!(
        disks_at(&fs.view_now(Profile::Posix), Level::L3),
        set(&["oo", "no"])
    );
}

#[test]
fn a_torn_append_holds_zeros_where_nothing_was_written() {
    let fs = disk_of(2);
    let file = durable(&fs, "a", b"");
    file.write_at(&sectors("ab"), 0).unwrap();
    let found = disks_at(&fs.view_now(Profile::Posix), Level::L3);
    assert_eq!(found, set(&["", "00", "ab", "a0", "0b"]));
}

#[test]
fn a_torn_append_comes_with_the_length_that_it_led_to() {
    let fs = disk_of(2);
    let file = durable(&fs, "a", b"");
    file.write_at(&sectors("ab"), 0).unwrap();
    file.write_at(&sectors("cd"), sectors("ab").len() as u64)
        .unwrap();
    let tear = Tear {
        op: 0,
        from: 0,
        to: 1,
        over: Over::Durable,
        rest: Rest::Before,
    };
    let disk = fs.view_now(Profile::Posix).disk(&Keep::Torn(tear));
    assert_eq!(letters(&disk), "a0");
}

#[test]
fn a_block_written_twice_is_torn_over_what_is_durable_and_over_the_first_write() {
    let fs = disk_of(2);
    let file = durable(&fs, "a", &sectors("oo"));
    file.write_at(&sectors("xx"), 0).unwrap();
    file.write_at(&sectors("yy"), 0).unwrap();
    let found = disks_at(&fs.view_now(Profile::Posix), Level::L3);
    let expected = ["oo", "xx", "yy", "xo", "ox", "yo", "oy", "yx", "xy"];
    assert_eq!(found, set(&expected));
    let tear = Tear {
        op: 1,
        from: 0,
        to: 1,
        over: Over::Before,
        rest: Rest::All,
    };
    let view = fs.view_now(Profile::Posix);
    assert_eq!(letters(&view.disk(&Keep::Torn(tear))), "yx");
    assert!(view.describe(&Keep::Torn(tear)).contains("\n  torn #1 "));
    // A later write of the block is lost when an earlier one is torn.
    let earlier = Keep::Torn(Tear { op: 0, ..tear });
    assert_eq!(letters(&view.disk(&earlier)), "xo");
    assert_eq!(view.marks(&earlier), [true, false]);
}

#[test]
fn what_comes_with_a_torn_block_is_everything_or_what_was_before() {
    let fs = disk_of(2);
    let file = durable(&fs, "a", &sectors("oooo"));
    file.write_at(&sectors("xxxx"), 0).unwrap();
    let view = fs.view_now(Profile::Posix);
    let torn = |op, rest| {
        let (from, to, over) = (0, 1, Over::Durable);
        letters(&view.disk(&Keep::Torn(Tear {
            op,
            from,
            to,
            over,
            rest,
        })))
    };
    assert_eq!(torn(0, Rest::All), "xoxx");
    assert_eq!(torn(0, Rest::Before), "xooo");
    assert_eq!(torn(1, Rest::All), "xxxo");
    assert_eq!(torn(1, Rest::Before), "xxxo");
    // Beyond the list nothing is torn.
    assert_eq!(torn(2, Rest::All), "xxxx");
    // The first block and the last one are torn, those between are not.
    let between = |state: &crash_disk::sim::CrashState| match state.keep {
        Keep::Torn(tear) => tear.op == 1,
        _ => false,
    };
    file.write_at(&sectors("yy"), 0).unwrap();
    assert!(
        !fs.view_now(Profile::Posix)
            .states(Level::L3)
            .iter()
            .any(between)
    );
}

// Lengths and data alone.

#[test]
fn lengths_without_data_and_data_without_lengths_are_tried_for_each_file_and_for_all() {
    let fs = disk();
    let (a, b) = (durable(&fs, "a", b""), durable(&fs, "b", b""));
    a.write_at(b"aaaaaa", 0).unwrap();
    b.write_at(b"bbbb", 0).unwrap();
    fs.create_new(Path::new("c")).unwrap();
    let view = fs.view_now(Profile::Posix);
    let states = |level| -> BTreeSet<String> {
        let states = view.states(level).into_iter();
        states.map(|state| line(&view.disk(&state.keep))).collect()
    };
    let (l2, l3) = (states(Level::L2), states(Level::L3));
    for all_lengths in [
        "a=000000 b=bbbb c=",
        "a=000000 b=0000 c=",
        "a= b=bbbb c=",
        "a= b= c=",
    ] {
        assert!(l3.contains(all_lengths), "{all_lengths} not in {l3:?}");
    }
    assert!(l3.is_superset(&l2));
    assert!(
        !l2.contains("a=000000 b=bbbb c="),
        "this is what the level adds"
    );
}

// All subsets, samples.

/// Files with so many pending operations: a data and a length for each write.
fn with_writes(writes: usize) -> SimFs {
    let fs = disk();
    for number in 0..writes {
        let name = format!("f{number}");
        durable(&fs, &name, b"").write_at(b"x", 0).unwrap();
    }
    fs
}

#[test]
fn all_subsets_are_tried_up_to_the_bound_and_samples_beyond() {
    let fs = with_writes(MAX_EXHAUSTIVE / 2);
    let view = fs.view_now(Profile::Posix);
    assert_eq!(view.pending_len(), MAX_EXHAUSTIVE);
    // Each file: neither, data, length, both.
    assert_eq!(view.states(Level::L4).len(), 1 << MAX_EXHAUSTIVE);
    let disks: BTreeSet<String> = view
        .states(Level::L4)
        .iter()
        .map(|state| line(&view.disk(&state.keep)))
        .collect();
    assert_eq!(disks, all_disks(&view));
    let fs = with_writes(MAX_EXHAUSTIVE / 2 + 1);
    let view = fs.view_now(Profile::Posix);
    let drawn = view.states(Level::L4).len() - view.states(Level::L3).len();
    assert!((SAMPLES / 2..=SAMPLES).contains(&drawn), "{drawn}");
}

#[test]
fn the_same_seed_draws_the_same_and_another_seed_or_point_does_not() {
    let fs = with_writes(10);
    let point = CrashPoint::After(fs.step());
    let drawn = |seed, point| {
        let sampling = Sampling { seed, samples: 20 };
        let view = fs.view(point, Profile::Posix);
        let below = view.states(Level::L3).len();
        let mut states = view.states_with(Level::L4, &sampling);
        states
            .drain(below..)
            .map(|state| state.keep)
            .collect::<Vec<_>>()
    };
    assert_eq!(drawn(1, point), drawn(1, point));
    assert_eq!(drawn(1, point).len(), 20);
    assert_ne!(drawn(1, point), drawn(2, point));
    // Beyond the run the disk is the same, the point another.
    assert_ne!(drawn(1, point), drawn(1, CrashPoint::After(fs.step() + 1)));
    let keeps = drawn(1, point);
    let kept = |keep: &Keep| match keep {
        Keep::Subset(marks) => marks.iter().filter(|mark| **mark).count(),
        _ => 0,
    };
    // Sparse ones and dense ones.
    let (least, most) = (keeps.iter().map(kept).min(), keeps.iter().map(kept).max());
    assert!(
        least.unwrap() <= 6 && most.unwrap() >= 14,
        "{least:?} {most:?}"
    );
}

#[test]
fn a_crashed_disk_can_be_crashed_in_turn() {
    let fs = disk();
    let file = durable(&fs, "a", b"aa");
    file.write_at(b"bb", 2).unwrap();
    for state in fs.view_now(Profile::Posix).states(Level::L5) {
        let crashed = fs.view_now(Profile::Posix).disk(&state.keep);
        let file = crashed.open(Path::new("a"), Access::ReadWrite).unwrap();
        file.set_len(2).unwrap();
        sync(&*file);
        assert_eq!(crashed.points().len(), 3);
        let view = crashed.view(CrashPoint::After(2), Profile::Posix);
        assert_eq!(line(&view.disk(&Keep::None)), "a=aa");
    }
}

// Counts.

#[test]
fn coverage_adds_up_points_possible_and_judged_states() {
    let fs = disk();
    let file = durable(&fs, "a", b"");
    let start = fs.step();
    file.write_at(b"aaaabbbb", 0).unwrap();
    fs.create_new(Path::new("b")).unwrap();
    let mut coverage = Coverage::new();
    for point in [
        CrashPoint::After(start),
        CrashPoint::After(start + 1),
        CrashPoint::After(start + 2),
    ] {
        let view = fs.view(point, Profile::Posix);
        coverage.add_point(&view);
        for state in view.states(Level::L1) {
            coverage.add_judged(state.level, 1);
        }
    }
    // Nothing; two free blocks and two ordered lengths; the same with a free entry.
    assert_eq!(coverage.possible, StateCount::Exactly(1 + 12 + 24));
    assert_eq!(
        (coverage.judged(Level::L0), coverage.judged(Level::L1)),
        (1 + 2 + 2, 3 + 4)
    );
    let mut twice = coverage;
    twice.merge(&coverage);
    assert_eq!(twice.judged_in_all(), 24);
    assert_eq!(
        twice.to_string(),
        "6 points, 74 states possible, 24 judged, 10 at L0, 14 at L1"
    );
}

// How the profiles relate.

fn step() -> impl Strategy<Value = Step> {
    // Few names, so that they meet often.
    let name = || 0..4_usize;
    prop_oneof![
        5 => (name(), 0..12_u64, 1..7_usize)
            .prop_map(|(name, offset, len)| Step::Write { name, offset, len }),
        2 => (name(), 0..3_u64)
            .prop_map(|(name, blocks)| Step::SetLen { name, len: blocks * BLOCK as u64 }),
        2 => name().prop_map(|name| Step::Sync { name }),
        2 => (name(), name()).prop_map(|(from, to)| Step::Rename { from, to }),
        1 => name().prop_map(|name| Step::Remove { name }),
        1 => any::<bool>().prop_map(|root| Step::SyncDir { root }),
    ]
}

/// Hashes of all disks that are possible.
fn possible(view: &CrashView) -> HashSet<u128> {
    let states = view.states(Level::L4).into_iter();
    states
        .filter(|state| !matches!(state.keep, Keep::Torn(_)))
        .map(|state| view.disk(&state.keep).image_hash())
        .collect()
}

proptest! {
    #![proptest_config(config(150, SEED))]

    /// Cuts end at borders of blocks here: the zeroed rest of a cut block is no state of `posix`.
    #[test]
    fn what_a_stronger_profile_may_leave_a_weaker_one_may_leave_too(
        steps in prop::collection::vec(step(), 1..25),
    ) {
        let fs = start();
        for (number, step) in (0_u8..).zip(&steps) {
            step.run(&fs, b'A' + number, || ());
            let weaker = fs.view_now(Profile::Posix);
            if weaker.pending_len() > MAX_EXHAUSTIVE {
                break;
            }
            let of_posix = possible(&weaker);
            for profile in [Profile::Kill, Profile::Ext4, Profile::Xfs] {
                let of_this = possible(&fs.view_now(profile));
                prop_assert!(of_this.is_subset(&of_posix), "{} at {:?}", profile, step);
                prop_assert!(of_this.contains(&fs.crash_now(&Keep::All).image_hash()));
            }
            let paranoid = fs.view_now(Profile::Paranoid);
            if paranoid.pending_len() <= MAX_EXHAUSTIVE {
                prop_assert!(of_posix.is_subset(&possible(&paranoid)));
            }
        }
    }

    #[test]
    fn possible_states_are_counted_exactly(
        steps in prop::collection::vec(step(), 1..25),
    ) {
        let fs = start();
        for (number, step) in (0_u8..).zip(&steps) {
            step.run(&fs, b'A' + number, || ());
            for profile in Profile::ALL {
                let view = fs.view_now(profile);
                if view.pending_len() <= MAX_EXHAUSTIVE {
                    let sets: HashSet<Vec<bool>> = view
                        .states(Level::L4)
                        .iter()
                        .filter(|state| !matches!(state.keep, Keep::Torn(_)))
                        .map(|state| view.marks(&state.keep))
                        .collect();
                    prop_assert_eq!(view.possible(), StateCount::Exactly(sets.len() as u128));
                }
            }
        }
    }
}

fn start() -> SimFs {
    let fs = disk();
    fs.create_dir(Path::new("d")).unwrap();
    sync_dir(&fs, "/");
    fs
}
