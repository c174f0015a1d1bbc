//! The durability rules of the simulated disk under the profile `posix`, row by row.
//!
//! Each test builds one situation, enumerates every subset of what is pending and compares the
//! disks that come of it with the full list of those that are permitted. So it fails when a
//! permitted state cannot be reached, and when a forbidden one can.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod disks;

use std::io;
use std::path::Path;

use crash_disk::sim::{CrashPoint, Keep, Profile};
use crash_disk::{Access, FileSystem, SyncSite};

use disks::*;

#[test]
fn create_and_write_may_be_absent_or_of_any_length_with_any_block_data_or_zero() {
    let fs = disk();
    create(&fs, "a", b"aaaabbbb");
    assert_disks(
        &fs,
        &[
            "",
            "a=",
            "a=aaaa",
            "a=0000",
            "a=aaaabbbb",
            "a=0000bbbb",
            "a=aaaa0000",
            "a=00000000",
        ],
    );
}

#[test]
fn create_write_and_sync_of_the_file_may_lack_the_entry_and_nothing_else() {
    let fs = disk();
    let file = create(&fs, "a", b"aaaabbbb");
    sync(&*file);
    assert_disks(&fs, &["", "a=aaaabbbb"]);
}

#[test]
fn create_write_and_both_syncs_are_there() {
    for dir_first in [false, true] {
        let fs = disk();
        let file = create(&fs, "a", b"aaaabbbb");
        if dir_first {
            sync_dir(&fs, "/");
        }
        file.sync_all(SyncSite::here()).unwrap();
        if !dir_first {
            sync_dir(&fs, "/");
        }
        assert_disks(&fs, &["a=aaaabbbb"]);
    }
}

#[test]
fn sync_of_the_directory_alone_says_nothing_about_the_content() {
    let fs = disk();
    create(&fs, "a", b"aaaa");
    sync_dir(&fs, "/");
    assert_disks(&fs, &["a=", "a=0000", "a=aaaa"]);
}

#[test]
fn append_within_the_last_block_has_the_old_length_or_the_new_with_data_or_zeros() {
    let fs = disk();
    let file = durable(&fs, "a", b"aa");
    file.write_at(b"b", 2).unwrap();
    assert_disks(&fs, &["a=aa", "a=aa0", "a=aab"]);
    sync(&*file);
    assert_disks(&fs, &["a=aab"]);
}

#[test]
fn append_of_two_blocks_may_leave_a_hole_before_a_live_block() {
    let fs = disk();
    let file = durable(&fs, "a", b"aaaa");
    file.write_at(b"bbbbcccc", 4).unwrap();
    assert_disks(
        &fs,
        &[
            "a=aaaa",
            "a=aaaabbbb",
            "a=aaaa0000",
            "a=aaaabbbbcccc",
            "a=aaaa0000cccc",
            "a=aaaabbbb0000",
            "a=aaaa00000000",
        ],
    );
}

#[test]
fn overwrite_in_place_is_old_or_new_for_each_block() {
    let fs = disk();
    let file = durable(&fs, "a", b"aaaabbbb");
    file.write_at(b"xxxx", 2).unwrap();
    assert_disks(
        &fs,
        &["a=aaaabbbb", "a=aaxxbbbb", "a=aaaaxxbb", "a=aaxxxxbb"],
    );
    sync(&*file);
    assert_disks(&fs, &["a=aaxxxxbb"]);
}

#[test]
fn rename_of_a_synced_file_without_sync_of_the_directory_is_old_or_new() {
    let fs = disk();
    durable(&fs, "a", b"old");
    durable(&fs, "a.tmp", b"new");
    rename(&fs, "a.tmp", "a");
    assert_disks(&fs, &["a=old a.tmp=new", "a=new"]);
    sync_dir(&fs, "");
    assert_disks(&fs, &["a=new"]);
}

#[test]
fn rename_of_a_new_synced_file_may_lack_its_entry_too() {
    let fs = disk();
    durable(&fs, "a", b"old");
    let temp = create(&fs, "a.tmp", b"new");
    sync(&*temp);
    rename(&fs, "a.tmp", "a");
    assert_disks(&fs, &["a=old", "a=old a.tmp=new", "a=new"]);
}

#[test]
fn rename_over_a_file_without_sync_of_the_new_one_may_leave_it_empty_or_zeros() {
    let fs = disk();
    durable(&fs, "a", b"old");
    let temp = create(&fs, "a.tmp", b"");
    sync_dir(&fs, "/");
    temp.write_at(b"new", 0).unwrap();
    rename(&fs, "a.tmp", "a");
    let old = ["a=old a.tmp=", "a=old a.tmp=000", "a=old a.tmp=new"];
    let new = ["a=", "a=000", "a=new"];
    assert_disks(&fs, &[&old[..], &new[..]].concat());
    sync_dir(&fs, "/");
    assert_disks(&fs, &new);
}

#[test]
fn unlink_may_come_back_until_the_directory_is_synced() {
    let fs = disk();
    let file = durable(&fs, "a", b"aaa");
    remove(&fs, "a");
    assert_disks(&fs, &["", "a=aaa"]);
    // No sync of a file removes its name.
    sync(&*file);
    assert_disks(&fs, &["", "a=aaa"]);
    sync_dir(&fs, "/");
    assert_disks(&fs, &[""]);
}

#[test]
fn truncate_then_write_is_old_empty_partial_or_new() {
    let fs = disk();
    let file = durable(&fs, "a", b"oooooo");
    file.set_len(0).unwrap();
    file.write_at(b"nnnnmm", 0).unwrap();
    assert_disks(
        &fs,
        &[
            "a=oooooo", "a=", "a=nnnn", "a=0000", "a=nnnnmm", "a=nnnn00", "a=0000mm", "a=000000",
        ],
    );
    sync(&*file);
    assert_disks(&fs, &["a=nnnnmm"]);
}

#[test]
fn shrink_without_sync_is_old_or_new() {
    let fs = disk();
    let file = durable(&fs, "a", b"aaaabbbb");
    file.set_len(2).unwrap();
    assert_disks(&fs, &["a=aaaabbbb", "a=aa"]);
    sync(&*file);
    assert_disks(&fs, &["a=aa"]);
}

#[test]
fn write_into_preallocated_space_is_zeros_or_data() {
    let fs = disk();
    let file = durable(&fs, "a", b"");
    file.set_len(8).unwrap();
    assert_disks(&fs, &["a=", "a=00000000"]);
    sync(&*file);
    file.write_at(b"aaaabb", 0).unwrap();
    assert_disks(
        &fs,
        &["a=00000000", "a=aaaa0000", "a=0000bb00", "a=aaaabb00"],
    );
}

// What is keyed by what.

#[test]
fn a_renamed_file_is_synced_through_its_open_handle() {
    let fs = disk();
    let file = create(&fs, "a.tmp", b"");
    rename(&fs, "a.tmp", "a");
    sync_dir(&fs, "/");
    file.write_at(b"aa", 0).unwrap();
    assert_disks(&fs, &["a=", "a=00", "a=aa"]);
    sync(&*file);
    assert_disks(&fs, &["a=aa"]);
}

#[test]
fn a_sync_through_another_handle_counts() {
    let fs = disk();
    let file = durable(&fs, "a", b"");
    file.write_at(b"aa", 0).unwrap();
    sync(&*fs.open(Path::new("a"), Access::Read).unwrap());
    assert_disks(&fs, &["a=aa"]);
}

#[test]
fn a_sync_covers_its_own_file_and_directory_only() {
    let fs = disk();
    fs.create_dir(Path::new("d")).unwrap();
    sync_dir(&fs, "/");
    let (a, b) = (durable(&fs, "a", b""), durable(&fs, "b", b""));
    a.write_at(b"a", 0).unwrap();
    b.write_at(b"b", 0).unwrap();
    fs.create_new(Path::new("d/c")).unwrap();
    sync(&*a);
    sync_dir(&fs, "/");
    assert_disks(
        &fs,
        &[
            "a=a b= d/",
            "a=a b=0 d/",
            "a=a b=b d/",
            "a=a b= d/ d/c=",
            "a=a b=0 d/ d/c=",
            "a=a b=b d/ d/c=",
        ],
    );
}

#[test]
fn a_directory_without_a_durable_entry_takes_its_content_along() {
    let fs = disk();
    fs.create_dir(Path::new("d")).unwrap();
    let file = create(&fs, "d/a", b"a");
    sync(&*file);
    sync_dir(&fs, "d");
    assert_disks(&fs, &["", "d/ d/a=a"]);
    sync_dir(&fs, "/");
    assert_disks(&fs, &["d/ d/a=a"]);
}

#[test]
fn a_file_that_no_crash_can_bring_back_leaves_nothing_pending() {
    let fs = disk();
    let file = durable(&fs, "a", b"aa");
    file.write_at(b"b", 0).unwrap();
    durable(&fs, "b", b"new");
    rename(&fs, "b", "a");
    assert_disks(&fs, &["a=aa b=new", "a=ba b=new", "a=new"]);
    sync_dir(&fs, "/");
    assert_eq!(fs.view_now(Profile::Posix).pending_len(), 0);
    // Its handle stays good, but what is written through it is of no matter for a crash.
    file.write_at(b"cccccc", 0).unwrap();
    sync(&*file);
    file.write_at(b"d", 0).unwrap();
    let mut bytes = [0; 8];
    assert_eq!(file.read_at(&mut bytes, 0).unwrap(), 6);
    assert_eq!(&bytes[..6], b"dccccc");
    assert_eq!(fs.view_now(Profile::Posix).pending_len(), 0);
    assert_disks(&fs, &["a=new"]);
    assert_eq!(line(&fs.process_kill()), "a=new");
}

// What keeps its order.

#[test]
fn writes_of_one_block_keep_their_order() {
    let fs = disk();
    let file = durable(&fs, "a", b"0000");
    file.write_at(b"1", 0).unwrap();
    file.write_at(b"2", 1).unwrap();
    file.write_at(b"3", 0).unwrap();
    assert_disks(&fs, &["a=0000", "a=1000", "a=1200", "a=3200"]);
}

#[test]
fn writes_of_two_blocks_do_not() {
    let fs = disk();
    let file = durable(&fs, "a", b"aaaaaaaa");
    file.write_at(b"1", 0).unwrap();
    file.write_at(b"2", 4).unwrap();
    assert_disks(
        &fs,
        &["a=aaaaaaaa", "a=1aaaaaaa", "a=aaaa2aaa", "a=1aaa2aaa"],
    );
}

#[test]
fn lengths_keep_their_order() {
    let fs = disk();
    let file = durable(&fs, "a", b"aaaa");
    for len in [2, 8, 1] {
        file.set_len(len).unwrap();
    }
    assert_disks(&fs, &["a=aaaa", "a=aa", "a=aa000000", "a=a"]);
}

#[test]
fn operations_on_one_name_keep_their_order() {
    let fs = disk();
    durable(&fs, "a", b"1");
    remove(&fs, "a");
    fs.create_new(Path::new("a")).unwrap();
    rename(&fs, "a", "b");
    assert_disks(&fs, &["a=1", "", "a=", "b="]);
}

#[test]
fn a_name_used_again_implies_what_happened_to_its_first_bearer() {
    let fs = disk();
    let write = |content: &[u8]| {
        let file = create(&fs, "a", b"");
        file.write_at(content, 0).unwrap();
        sync(&*file);
    };
    write(b"1");
    rename(&fs, "a", "b");
    write(b"2");
    assert_disks(&fs, &["", "a=1", "b=1", "a=2 b=1"]);
}

#[test]
fn operations_on_two_names_do_not() {
    let fs = disk();
    fs.create_new(Path::new("a")).unwrap();
    fs.create_new(Path::new("b")).unwrap();
    assert_disks(&fs, &["", "a=", "b=", "a= b="]);
}

#[test]
fn a_rename_across_directories_is_one_operation_and_durable_by_either_sync() {
    for synced in ["d", "/"] {
        let fs = disk();
        fs.create_dir(Path::new("d")).unwrap();
        durable(&fs, "a", b"1");
        rename(&fs, "a", "d/a");
        assert_disks(&fs, &["a=1 d/", "d/ d/a=1"]);
        sync_dir(&fs, synced);
        assert_disks(&fs, &["d/ d/a=1"]);
    }
}

#[test]
fn a_sync_of_the_target_directory_brings_the_history_of_the_source_name_along() {
    let fs = disk();
    fs.create_dir(Path::new("d")).unwrap();
    sync_dir(&fs, "/");
    fs.create_new(Path::new("a")).unwrap();
    fs.create_new(Path::new("b")).unwrap();
    rename(&fs, "a", "d/a");
    sync_dir(&fs, "d");
    assert_disks(&fs, &["d/ d/a=", "b= d/ d/a="]);
}

// What is past the length.

#[test]
fn data_kept_past_the_length_is_not_there() {
    let fs = disk();
    let file = durable(&fs, "a", b"");
    file.write_at(b"aa", 0).unwrap();
    // The list is data, then length: only the data is kept.
    let crashed = fs.crash_now(&Keep::Only(0));
    assert_eq!(line(&crashed), "a=");
    let file = crashed.open(Path::new("a"), Access::ReadWrite).unwrap();
    file.set_len(2).unwrap();
    assert_eq!(
        line(&crashed),
        "a=00",
        "it does not come back when the file grows"
    );
    assert_disks(&crashed, &["a=", "a=00"]);
}

#[test]
fn bytes_that_were_cut_off_do_not_come_back() {
    let fs = disk();
    let file = durable(&fs, "a", b"aaaabbbb");
    file.set_len(2).unwrap();
    file.set_len(8).unwrap();
    assert_eq!(line(&fs), "a=aa000000");
    assert_disks(&fs, &["a=aaaabbbb", "a=aa", "a=aa000000"]);
}

#[test]
fn a_block_written_after_a_cut_implies_the_cut() {
    let fs = disk();
    let file = durable(&fs, "a", b"aaaabbbbcccc");
    file.set_len(6).unwrap();
    file.write_at(b"x", 6).unwrap();
    // The first block was not cut, so it is free.
    file.write_at(b"y", 0).unwrap();
    let with_y = |line: &str| line.replacen("a=a", "a=y", 1);
    let plain = ["a=aaaabbbbcccc", "a=aaaabb", "a=aaaabbx", "a=aaaabb0"];
    let changed: Vec<String> = plain.iter().map(|line| with_y(line)).collect();
    let all: Vec<&str> = plain
        .into_iter()
        .chain(changed.iter().map(String::as_str))
        .collect();
    assert_disks(&fs, &all);
}

// Crash points, process kills, failed and ignored syncs, locks.

#[test]
fn inside_a_write_any_prefix_of_its_bytes_is_issued() {
    let fs = disk();
    let file = durable(&fs, "a", b"");
    let before = fs.step();
    file.write_at(b"aaaabb", 0).unwrap();
    sync(&*file);
    let disks_after = |bytes| {
        let point = CrashPoint::Inside {
            call: before + 1,
            bytes,
        };
        all_disks(&fs.view(point, Profile::Posix))
            .into_iter()
            .collect::<Vec<_>>()
    };
    assert_eq!(disks_after(0), ["a="]);
    assert_eq!(disks_after(3), ["a=", "a=000", "a=aaa"]);
    assert_eq!(
        disks_after(5),
        [
            "a=", "a=0000", "a=00000", "a=0000b", "a=aaaa", "a=aaaa0", "a=aaaab"
        ]
    );
    let whole = fs.view(CrashPoint::After(before + 1), Profile::Posix);
    assert_eq!(
        disks_after(6),
        all_disks(&whole).into_iter().collect::<Vec<_>>()
    );
    let inside: Vec<CrashPoint> = fs.points_between(before, before + 2);
    let call = before + 1;
    assert_eq!(
        inside,
        [
            CrashPoint::Inside { call, bytes: 3 },
            CrashPoint::Inside { call, bytes: 4 },
            CrashPoint::Inside { call, bytes: 5 },
            CrashPoint::After(call),
            CrashPoint::After(call + 1),
        ]
    );
}

#[test]
fn inside_an_overwrite_the_bytes_not_issued_are_the_old_ones() {
    let fs = disk();
    let file = durable(&fs, "a", b"aaaaaaaa");
    file.write_at(b"xxxxxx", 0).unwrap();
    let point = CrashPoint::Inside {
        call: fs.step(),
        bytes: 5,
    };
    let disks = all_disks(&fs.view(point, Profile::Posix));
    let disks: Vec<&str> = disks.iter().map(String::as_str).collect();
    assert_eq!(
        disks,
        ["a=aaaaaaaa", "a=aaaaxaaa", "a=xxxxaaaa", "a=xxxxxaaa"]
    );
}

#[test]
fn a_killed_process_leaves_everything_visible_and_nothing_more_durable() {
    let fs = disk();
    let file = durable(&fs, "a", b"aa");
    file.write_at(b"b", 2).unwrap();
    fs.create_new(Path::new("c")).unwrap();
    let step = fs.step();
    file.write_at(b"later", 0).unwrap();
    let killed = fs.process_kill_at(CrashPoint::After(step));
    assert_eq!(line(&killed), "a=aab c=");
    assert_eq!(killed.step(), 0);
    assert_disks(
        &killed,
        &["a=aa", "a=aa0", "a=aab", "a=aa c=", "a=aa0 c=", "a=aab c="],
    );
    // Its successor can make durable what it finds.
    sync(&*killed.open(Path::new("a"), Access::Read).unwrap());
    assert_disks(&killed, &["a=aab", "a=aab c="]);
}

#[test]
fn a_failed_sync_reports_once_and_its_data_is_never_durable_unless_written_again() {
    let fs = disk();
    let file = durable(&fs, "a", b"oooo----");
    file.write_at(b"nn", 0).unwrap();
    fs.fail_sync(1, 5);
    let error = file.sync_data(SyncSite::here()).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(5));
    assert_eq!(
        line(&fs),
        "a=nnoo----",
        "the living process sees the new bytes"
    );
    sync(&*file);
    assert_disks(&fs, &["a=oooo----"]);
    assert_eq!(
        line(&fs.process_kill()),
        "a=nnoo----",
        "the page cache outlives the process"
    );
    // Writing any byte of the block makes the whole page dirty again.
    file.write_at(b"m", 3).unwrap();
    assert_disks(&fs, &["a=oooo----", "a=nnom----"]);
    assert_eq!(line(&fs.process_kill()), "a=nnom----");
    sync(&*file);
    assert_disks(&fs, &["a=nnom----"]);
}

#[test]
fn a_failed_append_has_zeros_for_its_data() {
    let fs = disk();
    let file = durable(&fs, "a", b"aa");
    file.write_at(b"bb", 2).unwrap();
    fs.fail_sync(1, 5);
    file.sync_data(SyncSite::here()).unwrap_err();
    sync(&*file);
    assert_disks(&fs, &["a=aa00"]);
}

#[test]
fn a_failed_directory_sync_leaves_its_entries_pending() {
    let fs = disk();
    fs.create_new(Path::new("a")).unwrap();
    fs.fail_sync(1, 5);
    fs.sync_dir(Path::new("/"), SyncSite::here()).unwrap_err();
    assert_disks(&fs, &["", "a="]);
    sync_dir(&fs, "/");
    assert_disks(&fs, &["a="]);
}

#[test]
fn an_ignored_sync_site_syncs_nothing_and_the_others_still_do() {
    let fs = disk();
    let ignored = SyncSite::here();
    let other = SyncSite::here();
    let file = durable(&fs, "a", b"");
    fs.ignore_sync_site(ignored);
    file.write_at(b"a", 0).unwrap();
    let step = fs.step();
    file.sync_data(ignored).unwrap();
    assert_eq!(fs.step(), step + 1, "it counts as a call");
    assert_disks(&fs, &["a=", "a=0", "a=a"]);
    file.sync_data(other).unwrap();
    assert_disks(&fs, &["a=a"]);
    let sites = fs.sync_sites();
    assert!(sites.contains(&ignored) && sites.contains(&other));
}

#[test]
fn a_lock_is_held_until_its_file_is_dropped_and_does_not_survive_a_crash() {
    let fs = disk();
    let path = Path::new("lock");
    let held = fs.lock(path).unwrap();
    assert_eq!(fs.lock(path).unwrap_err().kind(), io::ErrorKind::WouldBlock);
    for after in [
        fs.crash_now(&Keep::All),
        fs.crash_now(&Keep::None),
        fs.process_kill(),
    ] {
        let _again = after.lock(path).unwrap();
        assert_eq!(
            after.lock(path).unwrap_err().kind(),
            io::ErrorKind::WouldBlock
        );
    }
    drop(held);
    let _again = fs.lock(path).unwrap();
}
