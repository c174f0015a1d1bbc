//! The durability table, row by row and profile by profile.
//!
//! Each row is a situation, each test one cell: all disks that come of all subsets of what is
//! pending, compared with the full list of those that are permitted. The last cells are the rules
//! that the table rests on: the prefix of metadata, sizes that follow data, stale bytes.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod disks;

use std::path::Path;

use crash_disk::FileSystem;
use crash_disk::sim::{CrashPoint, Keep, Profile, SimFs};

use disks::*;

/// A disk with a directory to sync, which concerns nothing else.
fn start() -> SimFs {
    let fs = disk();
    fs.create_dir(Path::new("z")).unwrap();
    sync_dir(&fs, "/");
    fs
}

/// A sync that has nothing to do with the files of a situation.
fn other_sync(fs: &SimFs) {
    sync_dir(fs, "z");
}

fn check(situation: fn(&SimFs), profile: &str, permitted: &[&str]) {
    let fs = start();
    situation(&fs);
    // The directory is there in every state.
    let lines: Vec<String> = permitted
        .iter()
        .map(|line| match line.contains("z/") {
            true => (*line).to_owned(),
            false => format!("{line} z/").trim_start().to_owned(),
        })
        .collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    assert_disks_of(&fs, profile.parse::<Profile>().unwrap(), &lines);
}

/// One row of the table: a test for each profile; profiles that permit the same disks share a line.
macro_rules! row {
    ($row:ident: $situation:expr; $($($profile:ident)+ => $permitted:expr),+ $(,)?) => {
        mod $row {
            #[allow(unused_imports, reason = "not every situation needs all")]
            use super::*;

            $($(
                #[test]
                fn $profile() {
                    check($situation, stringify!($profile), &$permitted);
                }
            )+)+
        }
    };
}

row! {
    create_and_write: |fs| { create(fs, "a", b"aaaabbbb"); };
    kill => ["a=aaaabbbb"],
    ext4 posix => [
        "", "a=", "a=aaaa", "a=0000", "a=aaaabbbb", "a=0000bbbb", "a=aaaa0000", "a=00000000",
    ],
    xfs => ["", "a=", "a=aaaa", "a=0000bbbb", "a=aaaabbbb"],
    paranoid => [
        "", "a=", "a=aaaa", "a=0000", "a=####",
        "a=aaaabbbb", "a=aaaa0000", "a=aaaa####",
        "a=0000bbbb", "a=00000000", "a=0000####",
        "a=####bbbb", "a=####0000", "a=########",
    ],
}

row! {
    create_and_write_then_another_sync: |fs| {
        create(fs, "a", b"aaaa");
        other_sync(fs);
    };
    kill => ["a=aaaa"],
    ext4 => ["a=", "a=0000", "a=aaaa"],
    xfs => ["a=", "a=aaaa"],
    posix => ["", "a=", "a=0000", "a=aaaa"],
    paranoid => ["", "a=", "a=0000", "a=aaaa", "a=####"],
}

row! {
    create_and_write_and_sync_of_the_file: |fs| sync(&*create(fs, "a", b"aaaabb"));
    kill ext4 xfs => ["a=aaaabb"],
    posix paranoid => ["", "a=aaaabb"],
}

row! {
    append_within_the_last_block: |fs| {
        durable(fs, "a", b"aa").write_at(b"b", 2).unwrap();
    };
    kill => ["a=aab"],
    ext4 posix => ["a=aa", "a=aa0", "a=aab"],
    xfs => ["a=aa", "a=aab"],
    paranoid => ["a=aa", "a=aa0", "a=aab", "a=aa#"],
}

row! {
    append_within_the_last_block_then_another_sync: |fs| {
        durable(fs, "a", b"aa").write_at(b"b", 2).unwrap();
        other_sync(fs);
    };
    kill => ["a=aab"],
    ext4 => ["a=aa0", "a=aab"],
    xfs => ["a=aa", "a=aab"],
    posix => ["a=aa", "a=aa0", "a=aab"],
    paranoid => ["a=aa", "a=aa0", "a=aab", "a=aa#"],
}

row! {
    append_of_two_blocks: |fs| {
        durable(fs, "a", b"aaaa").write_at(b"bbbbcccc", 4).unwrap();
    };
    kill => ["a=aaaabbbbcccc"],
    ext4 posix => [
        "a=aaaa", "a=aaaabbbb", "a=aaaa0000", "a=aaaabbbbcccc", "a=aaaa0000cccc",
        "a=aaaabbbb0000", "a=aaaa00000000",
    ],
    xfs => ["a=aaaa", "a=aaaabbbb", "a=aaaa0000cccc", "a=aaaabbbbcccc"],
    paranoid => [
        "a=aaaa", "a=aaaabbbb", "a=aaaa0000", "a=aaaa####",
        "a=aaaabbbbcccc", "a=aaaabbbb0000", "a=aaaabbbb####",
        "a=aaaa0000cccc", "a=aaaa00000000", "a=aaaa0000####",
        "a=aaaa####cccc", "a=aaaa####0000", "a=aaaa########",
    ],
}

row! {
    append_over_the_end_of_a_block_then_another_sync: |fs| {
        durable(fs, "a", b"aa").write_at(b"bbcc", 2).unwrap();
        other_sync(fs);
    };
    kill => ["a=aabbcc"],
    // The length in the block that was there is published, the new block's is not.
    ext4 => ["a=aabb", "a=aa00", "a=aabbcc", "a=aa00cc", "a=aabb00", "a=aa0000"],
    xfs => ["a=aa", "a=aabb", "a=aa00cc", "a=aabbcc"],
    posix => ["a=aa", "a=aabb", "a=aa00", "a=aabbcc", "a=aa00cc", "a=aabb00", "a=aa0000"],
    paranoid => [
        "a=aa", "a=aabb", "a=aa00", "a=aa##",
        "a=aabbcc", "a=aabb00", "a=aabb##",
        "a=aa00cc", "a=aa0000", "a=aa00##",
        "a=aa##cc", "a=aa##00", "a=aa####",
    ],
}

row! {
    append_with_a_gap_then_another_sync: |fs| {
        durable(fs, "a", b"aa").write_at(b"b", 6).unwrap();
        other_sync(fs);
    };
    kill => ["a=aa0000b"],
    ext4 posix => ["a=aa", "a=aa00000", "a=aa0000b"],
    xfs => ["a=aa", "a=aa0000b"],
    paranoid => ["a=aa", "a=aa00000", "a=aa0000b", "a=aa#####", "a=aa####b"],
}

row! {
    rename_of_a_synced_file: |fs| {
        durable(fs, "a", b"old");
        sync(&*create(fs, "b", b"new"));
        rename(fs, "b", "a");
    };
    kill => ["a=new"],
    ext4 xfs => ["a=old b=new", "a=new"],
    posix paranoid => ["a=old", "a=old b=new", "a=new"],
}

row! {
    rename_of_a_synced_file_then_another_sync: |fs| {
        durable(fs, "a", b"old");
        durable(fs, "b", b"new");
        rename(fs, "b", "a");
        other_sync(fs);
    };
    kill ext4 xfs => ["a=new"],
    posix paranoid => ["a=old b=new", "a=new"],
}

row! {
    rename_over_a_file_without_sync_of_the_new_one: |fs| {
        durable(fs, "a", b"old");
        create(fs, "b", b"new");
        rename(fs, "b", "a");
    };
    kill => ["a=new"],
    ext4 => ["a=old", "a=old b=", "a=old b=000", "a=old b=new", "a=000", "a=new"],
    xfs => ["a=old", "a=old b=", "a=old b=new", "a=", "a=new"],
    posix => [
        "a=old", "a=old b=", "a=old b=000", "a=old b=new", "a=", "a=000", "a=new",
    ],
    paranoid => [
        "a=old", "a=old b=", "a=old b=000", "a=old b=new", "a=", "a=000", "a=new",
        "a=old b=###", "a=###",
    ],
}

row! {
    rename_over_a_file_without_sync_of_the_new_one_then_sync_of_the_directory: |fs| {
        durable(fs, "a", b"old");
        create(fs, "b", b"new");
        rename(fs, "b", "a");
        sync_dir(fs, "/");
    };
    kill => ["a=new"],
    ext4 => ["a=000", "a=new"],
    xfs => ["a=", "a=new"],
    posix => ["a=", "a=000", "a=new"],
    paranoid => ["a=", "a=000", "a=new", "a=###"],
}

row! {
    unlink: |fs| {
        durable(fs, "a", b"aaa");
        remove(fs, "a");
    };
    kill => [""],
    ext4 xfs posix paranoid => ["", "a=aaa"],
}

row! {
    unlink_then_another_sync: |fs| {
        durable(fs, "a", b"aaa");
        remove(fs, "a");
        other_sync(fs);
    };
    kill ext4 xfs => [""],
    posix paranoid => ["", "a=aaa"],
}

fn truncate_then_write(fs: &SimFs) {
    let file = durable(fs, "a", b"oooooo");
    file.set_len(0).unwrap();
    file.write_at(b"nnnnmm", 0).unwrap();
}

row! {
    truncate_to_nothing_then_write: truncate_then_write;
    kill => ["a=nnnnmm"],
    ext4 posix => [
        "a=oooooo", "a=", "a=nnnn", "a=0000", "a=nnnnmm", "a=nnnn00", "a=0000mm", "a=000000",
    ],
    xfs => ["a=oooooo", "a=", "a=nnnn", "a=0000mm", "a=nnnnmm"],
    paranoid => [
        "a=oooooo", "a=", "a=nnnn", "a=0000", "a=oooo",
        "a=nnnnmm", "a=nnnn00", "a=nnnnoo",
        "a=0000mm", "a=000000", "a=0000oo",
        "a=oooomm", "a=oooo00",
    ],
}

row! {
    truncate_to_nothing_then_write_then_another_sync: |fs| {
        truncate_then_write(fs);
        other_sync(fs);
    };
    kill => ["a=nnnnmm"],
    ext4 => ["a=", "a=nnnn", "a=0000", "a=nnnnmm", "a=nnnn00", "a=0000mm", "a=000000"],
    xfs => ["a=", "a=nnnn", "a=0000mm", "a=nnnnmm"],
}

row! {
    shrink: |fs| durable(fs, "a", b"aaaabbbb").set_len(2).unwrap();
    kill => ["a=aa"],
    ext4 paranoid => ["a=aaaabbbb", "a=aa00bbbb", "a=aa"],
    xfs posix => ["a=aaaabbbb", "a=aa"],
}

row! {
    shrink_then_another_sync: |fs| {
        durable(fs, "a", b"aaaabbbb").set_len(2).unwrap();
        other_sync(fs);
    };
    kill ext4 xfs => ["a=aa"],
    posix => ["a=aaaabbbb", "a=aa"],
    paranoid => ["a=aaaabbbb", "a=aa00bbbb", "a=aa"],
}

row! {
    shrink_then_sync_of_the_file: |fs| {
        let file = durable(fs, "a", b"aaaabbbb");
        file.set_len(2).unwrap();
        sync(&*file);
    };
    kill ext4 xfs posix paranoid => ["a=aa"],
}

row! {
    preallocate: |fs| durable(fs, "a", b"").set_len(8).unwrap();
    kill => ["a=00000000"],
    ext4 xfs posix => ["a=", "a=00000000"],
    paranoid => ["a=", "a=00000000", "a=########"],
}

row! {
    preallocate_and_sync_then_write: |fs| {
        let file = durable(fs, "a", b"");
        file.set_len(8).unwrap();
        sync(&*file);
        file.write_at(b"aaaabb", 0).unwrap();
        other_sync(fs);
    };
    kill => ["a=aaaabb00"],
    ext4 xfs posix paranoid => ["a=00000000", "a=aaaa0000", "a=0000bb00", "a=aaaabb00"],
}

// What the rows rest on.

row! {
    metadata_of_any_place_persist_in_their_order: |fs| {
        let file = durable(fs, "a", b"aaaa");
        durable(fs, "c", b"c");
        fs.create_new(Path::new("z/b")).unwrap();
        file.set_len(8).unwrap();
        remove(fs, "c");
    };
    ext4 xfs => ["a=aaaa c=c", "a=aaaa c=c z/ z/b=", "a=aaaa0000 c=c z/ z/b=", "a=aaaa0000 z/ z/b="],
}

row! {
    a_failed_sync_publishes_nothing: |fs| {
        fs.create_new(Path::new("a")).unwrap();
        fs.fail_sync(1, 5);
        fs.sync_dir(Path::new("z"), crash_disk::SyncSite::here()).unwrap_err();
    };
    kill => ["a="],
    ext4 xfs => ["", "a="],
}

row! {
    a_cut_block_written_anew: |fs| {
        let file = durable(fs, "a", b"aaaabbbb");
        file.set_len(2).unwrap();
        file.write_at(b"x", 2).unwrap();
    };
    kill => ["a=aax"],
    ext4 => ["a=aaaabbbb", "a=aa00bbbb", "a=aax0bbbb", "a=aa", "a=aa0", "a=aax"],
    xfs => ["a=aaaabbbb", "a=aa", "a=aax"],
    posix => ["a=aaaabbbb", "a=aa", "a=aa0", "a=aax"],
}

row! {
    a_cut_after_an_append: |fs| {
        let file = durable(fs, "a", b"");
        file.write_at(b"aaaabbbb", 0).unwrap();
        file.set_len(4).unwrap();
        file.write_at(b"cc", 4).unwrap();
    };
    kill => ["a=aaaacc"],
    ext4 => [
        "a=", "a=aaaa", "a=0000", "a=aaaabbbb", "a=0000bbbb", "a=aaaa0000", "a=00000000",
        "a=aaaacc", "a=0000cc", "a=aaaa00", "a=000000",
    ],
    // The cut implies the append below it.
    xfs => ["a=", "a=aaaa", "a=0000bbbb", "a=aaaabbbb", "a=aaaacc"],
}

row! {
    append_after_a_durable_cut: |fs| {
        let file = durable(fs, "a", b"abcdefgh");
        file.set_len(2).unwrap();
        sync(&*file);
        file.write_at(b"x", 2).unwrap();
        file.set_len(6).unwrap();
    };
    kill => ["a=abx000"],
    ext4 posix => ["a=ab", "a=ab0", "a=abx", "a=ab0000", "a=abx000"],
    xfs => ["a=ab", "a=abx", "a=abx000"],
    // The bytes that were cut off come back.
    paranoid => [
        "a=ab", "a=ab0", "a=abx", "a=abc",
        "a=ab0000", "a=abx000", "a=abc000", "a=ab0def", "a=abxdef", "a=abcdef",
    ],
}

#[test]
fn a_killed_process_leaves_what_it_wrote_of_a_write_under_way() {
    let fs = start();
    let file = durable(&fs, "a", b"");
    file.write_at(b"aaaabb", 0).unwrap();
    let call = fs.step();
    for (bytes, left) in [
        (0, "a= z/"),
        (3, "a=aaa z/"),
        (5, "a=aaaab z/"),
        (6, "a=aaaabb z/"),
    ] {
        let view = fs.view(CrashPoint::Inside { call, bytes }, Profile::Kill);
        assert_eq!(view.pending_len(), 0);
        assert_eq!(line(&view.disk(&Keep::None)), left);
    }
}

#[test]
fn a_killed_process_leaves_also_what_a_failed_sync_gave_up() {
    let fs = start();
    let file = durable(&fs, "a", b"oooo");
    file.write_at(b"nn", 0).unwrap();
    fs.fail_sync(1, 5);
    file.sync_data(crash_disk::SyncSite::here()).unwrap_err();
    assert_disks_of(&fs, Profile::Kill, &["a=nnoo z/"]);
    assert_disks_of(&fs, Profile::Xfs, &["a=oooo z/"]);
}

#[test]
fn numbers_of_operations_go_on_after_a_kill() {
    let fs = start();
    other_sync(&fs);
    let killed = fs.process_kill();
    // Were they to begin anew, this would count as older than the sync before the kill.
    killed.create_new(Path::new("a")).unwrap();
    assert_disks_of(&killed, Profile::Ext4, &["z/", "a= z/"]);
}

#[test]
fn what_is_pending_says_which_sync_makes_it_durable_under_the_profile() {
    let fs = start();
    create(&fs, "a", b"a").set_len(8).unwrap();
    let by = |profile| -> Vec<String> {
        let pending = fs.view_now(profile).pending().into_iter();
        pending.map(|op| op.durable_by).collect()
    };
    let (file, dir) = ("sync of file a", "sync of directory /");
    assert_eq!(by(Profile::Posix), [dir, file, file, file]);
    assert_eq!(by(Profile::Xfs), ["any sync", file, file, "any sync"]);
    assert!(by(Profile::Kill).is_empty());
}
