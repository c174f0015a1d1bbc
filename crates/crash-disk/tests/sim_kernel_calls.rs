//! Hard links, the end of directories, their renames, and holes: what a crash may leave of them, and that the living
//! process sees the same as on a real directory.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test stops at the first surprise, and compares with the host's disk"
)]

mod disks;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crash_disk::sim::{MAX_FILE_BYTES, Profile, SimFile, SimFs, SimNode, Tree, TreeEntry};
use crash_disk::{FileSystem, StdFs, write_all_at};
use proptest::prelude::*;

use disks::*;

fn file(fs: &SimFs, path: &str) -> SimFile {
    match fs.look_up(Path::new(path)).unwrap() {
        SimNode::File(file) => file,
        SimNode::Dir(_) => unreachable!("{path} is a directory"),
    }
}

fn link(fs: &SimFs, from: &str, to: &str) {
    fs.hard_link(&file(fs, from), Path::new(to)).unwrap();
}

fn durable_dir(fs: &SimFs, path: &str) {
    fs.create_dir(Path::new(path)).unwrap();
    sync_dir(fs, Path::new(path).parent().unwrap());
}

#[test]
fn a_second_name_is_there_or_not_and_both_show_what_is_written_through_either() {
    let fs = disk();
    let written = durable(&fs, "a", b"old");
    link(&fs, "a", "b");
    assert_disks(&fs, &["a=old", "a=old b=old"]);
    sync_dir(&fs, "/");
    written.write_at(b"new", 0).unwrap();
    assert_disks(&fs, &["a=old b=old", "a=new b=new"]);
    assert_eq!(file(&fs, "b").links(), 2);
    assert_eq!(file(&fs, "a").number(), file(&fs, "b").number());
}

#[test]
fn a_file_that_lost_one_of_its_names_stays_under_the_other() {
    let fs = disk();
    let written = durable(&fs, "a", b"old");
    link(&fs, "a", "b");
    sync_dir(&fs, "/");
    remove(&fs, "a");
    sync_dir(&fs, "/");
    written.write_at(b"new", 0).unwrap();
    assert_disks(&fs, &["b=old", "b=new"]);
    sync(&*written);
    assert_disks(&fs, &["b=new"]);
    // Under the pending name it would come back, so it is not forgotten.
    link(&fs, "b", "c");
    remove(&fs, "b");
    assert_disks(&fs, &["", "b=new", "b=new c=new", "c=new"]);
}

#[test]
fn a_directory_that_was_removed_was_empty_before() {
    let fs = disk();
    durable_dir(&fs, "d");
    durable(&fs, "d/a", b"aa");
    rename(&fs, "d/a", "b");
    fs.remove_dir(Path::new("d")).unwrap();
    // Never without the directory and without the file.
    assert_disks(&fs, &["b=aa", "b=aa d/", "d/ d/a=aa"]);
    sync_dir(&fs, "/");
    assert_disks(&fs, &["b=aa"]);
}

#[test]
fn a_sync_above_a_removed_directory_makes_durable_what_happened_in_it() {
    let fs = disk();
    durable_dir(&fs, "d");
    durable_dir(&fs, "e");
    durable(&fs, "d/a", b"aa");
    rename(&fs, "d/a", "e/a");
    fs.remove_dir(Path::new("d")).unwrap();
    sync_dir(&fs, "/");
    assert_disks(&fs, &["e/ e/a=aa"]);
}

#[test]
fn a_renamed_directory_is_old_or_new_with_all_that_is_in_it() {
    let fs = disk();
    durable_dir(&fs, "d");
    durable(&fs, "d/a", b"aa");
    rename(&fs, "d", "e");
    assert_disks(&fs, &["d/ d/a=aa", "e/ e/a=aa"]);
    sync_dir(&fs, "/");
    assert_disks(&fs, &["e/ e/a=aa"]);
}

#[test]
fn no_directory_comes_to_stand_below_itself() {
    let fs = disk();
    durable_dir(&fs, "d");
    durable_dir(&fs, "e");
    durable(&fs, "d/a", b"");
    rename(&fs, "d", "e/d");
    rename(&fs, "e/d", "d");
    rename(&fs, "e", "d/e");
    assert_disks(&fs, &["d/ d/a= d/e/", "d/ d/a= e/", "e/ e/d/ e/d/a="]);
    // The last move takes those before it along.
    sync_dir(&fs, "d");
    assert_disks(&fs, &["d/ d/a= d/e/"]);
}

#[test]
fn a_hole_is_what_was_there_or_zeros_for_each_block() {
    let fs = disk();
    let handle = durable(&fs, "a", b"aaaabbbbcc");
    file(&fs, "a").punch_hole(2, 100).unwrap();
    assert_disks(
        &fs,
        &[
            "a=aaaabbbbcc",
            "a=aaaabbbb00",
            "a=aaaa0000cc",
            "a=aaaa000000",
            "a=aa00bbbbcc",
            "a=aa00bbbb00",
            "a=aa000000cc",
            "a=aa00000000",
        ],
    );
    sync(&*handle);
    assert_disks(&fs, &["a=aa00000000"]);
}

#[test]
fn a_journal_keeps_the_order_of_all_names() {
    for profile in [Profile::Ext4, Profile::Xfs] {
        let fs = disk();
        durable_dir(&fs, "d");
        durable(&fs, "d/a", b"aa");
        link(&fs, "d/a", "b");
        remove(&fs, "d/a");
        fs.remove_dir(Path::new("d")).unwrap();
        let found = all_disks(&fs.view_now(profile));
        let expected = ["b=aa", "b=aa d/", "b=aa d/ d/a=aa", "d/ d/a=aa"];
        assert_eq!(found, expected.map(str::to_owned).into(), "{profile}");
    }
}

#[test]
fn a_long_file_of_holes_is_written_out_as_one() {
    let fs = SimFs::new();
    let sparse = fs.create_new(Path::new("a")).unwrap();
    write_all_at(&*sparse, b"first", 0).unwrap();
    write_all_at(&*sparse, b"last", MAX_FILE_BYTES / 2).unwrap();
    write_all_at(&*sparse, &[0; 10_000], 100_000).unwrap();
    sparse.set_len(MAX_FILE_BYTES).unwrap();
    let dir = tempfile::tempdir().unwrap();
    fs.install_to(&StdFs, dir.path()).unwrap();
    let written = fs::File::open(dir.path().join("a")).unwrap();
    assert_eq!(written.metadata().unwrap().len(), MAX_FILE_BYTES);
    let at = |offset| {
        let mut bytes = [1; 5];
        std::os::unix::fs::FileExt::read_exact_at(&written, &mut bytes, offset).unwrap();
        bytes
    };
    assert_eq!(at(0), *b"first");
    assert_eq!(at(MAX_FILE_BYTES / 2), *b"last\0");
    assert_eq!(at(100_000), [0; 5]);
    let blocks = std::os::unix::fs::MetadataExt::blocks(&written.metadata().unwrap());
    assert!(blocks * 512 < 1 << 20, "{blocks} blocks are written");
}

const PATHS: [&str; 9] = ["a", "b", "d", "d/a", "d/b", "d/e", "d/e/a", "e", "e/a"];
const CASES: u32 = 400;
const SEED: u64 = 0x11c;

/// A call on two of the paths, and some text.
type Step = (u8, usize, usize, u8);

/// What a call came to, by the number of its error.
type Came = Result<(), Option<i32>>;

fn came(result: io::Result<()>) -> Came {
    result.map_err(|error| error.raw_os_error())
}

fn on_disk(fs: &SimFs, (what, from, to, byte): Step) -> Came {
    let (from, to) = (Path::new(PATHS[from]), Path::new(PATHS[to]));
    came(match what {
        0 => fs
            .create_new(from)
            .and_then(|file| write_all_at(&*file, &[byte; 6], 0)),
        1 => fs.create_dir(from),
        2 => fs.remove_dir(from),
        3 => fs.remove_file(from),
        4 => fs.rename(from, to),
        5 => match fs.look_up(from) {
            Ok(SimNode::File(file)) => fs.hard_link(&file, to),
            Ok(SimNode::Dir(_)) => return Ok(()),
            Err(error) => Err(error),
        },
        _ => match fs.look_up(from) {
            Ok(SimNode::File(file)) => write_all_at(&file, &[byte], 3),
            Ok(SimNode::Dir(_)) => return Ok(()),
            Err(error) => Err(error),
        },
    })
}

fn on_host(root: &Path, (what, from, to, byte): Step) -> Came {
    let (from, to) = (root.join(PATHS[from]), root.join(PATHS[to]));
    came(match what {
        0 => fs::File::create_new(&from).and_then(|_| fs::write(&from, [byte; 6])),
        1 => fs::create_dir(from),
        2 => fs::remove_dir(from),
        // Which error a directory gives differs between systems.
        3 if from.is_dir() => Err(io::Error::from_raw_os_error(21)),
        3 => fs::remove_file(from),
        4 => fs::rename(from, to),
        _ if from.is_dir() => return Ok(()),
        5 => fs::hard_link(from, to),
        _ => fs::OpenOptions::new()
            .write(true)
            .open(from)
            .and_then(|file| std::os::unix::fs::FileExt::write_all_at(&file, &[byte], 3)),
    })
}

fn tree_below(root: &Path, path: &Path, tree: &mut Tree) {
    for entry in fs::read_dir(root.join(path)).unwrap() {
        let entry = entry.unwrap();
        let below: PathBuf = path.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            tree.insert(below.clone(), TreeEntry::Dir);
            tree_below(root, &below, tree);
        } else {
            tree.insert(below, TreeEntry::File(fs::read(entry.path()).unwrap()));
        }
    }
}

proptest! {
    #![proptest_config(config(CASES, SEED))]

    #[test]
    fn the_process_sees_the_same_as_on_a_real_directory(
        steps in prop::collection::vec((0..7_u8, 0..PATHS.len(), 0..PATHS.len(), b'a'..=b'z'), 1..60),
    ) {
        let root = tempfile::tempdir().unwrap();
        let sim = disk();
        for step in steps {
            prop_assert_eq!(on_disk(&sim, step), on_host(root.path(), step), "{:?}", step);
            let mut real = Tree::new();
            tree_below(root.path(), Path::new(""), &mut real);
            prop_assert_eq!(sim.to_tree(), real, "after {:?}", step);
        }
        // What a crash may leave is a tree, whatever is kept.
        for profile in POWER_CUTS {
            let view = sim.view_now(profile);
            for state in view.states(crash_disk::sim::Level::L2) {
                drop(view.disk(&state.keep).to_tree());
            }
        }
    }
}
