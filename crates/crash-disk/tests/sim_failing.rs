//! Calls of the simulated disk that fail, and a disk that is full.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod disks;

use std::io;
use std::path::Path;

use crash_disk::sim::SimFs;
use crash_disk::{Access, CallKind, Fault, FaultRule, FileSystem, SyncSite, write_all_at};

use disks::*;

const EINTR: i32 = 4;
const EIO: i32 = 5;
const ENOSPC: i32 = 28;

/// Makes one call of a kind on a disk with the files `a` ("aaaa") and the directory `d`.
fn call(fs: &SimFs, kind: CallKind) -> io::Result<()> {
    let a = Path::new("a");
    // Opened before the calls that are to fail, or opening would be what fails.
    let on_file = |act: &dyn Fn(&dyn crash_disk::File) -> io::Result<()>| {
        let file = fs.open(a, Access::ReadWrite)?;
        act(&*file)
    };
    match kind {
        CallKind::Open => fs.open(a, Access::Read).map(|_| ()),
        CallKind::CreateNew => fs.create_new(Path::new("new")).map(|_| ()),
        CallKind::Read => on_file(&|file| file.read_at(&mut [0; 4], 0).map(|_| ())),
        CallKind::Write => on_file(&|file| file.write_at(b"xx", 0).map(|_| ())),
        CallKind::SetLen => on_file(&|file| file.set_len(1)),
        CallKind::Len => on_file(&|file| file.len().map(|_| ())),
        CallKind::SyncData => on_file(&|file| file.sync_data(SyncSite::here())),
        CallKind::SyncAll => on_file(&|file| file.sync_all(SyncSite::here())),
        CallKind::Rename => fs.rename(a, Path::new("b")),
        CallKind::Remove => fs.remove_file(a),
        CallKind::ReadDir => fs.read_dir(Path::new("d")).map(|_| ()),
        CallKind::CreateDir => fs.create_dir(Path::new("e")),
        CallKind::SyncDir => fs.sync_dir(Path::new("d"), SyncSite::here()),
        CallKind::Lock => fs.lock(Path::new("lock")).map(|_| ()),
    }
}

fn with_a_file() -> SimFs {
    let fs = disk();
    fs.create_dir(Path::new("d")).unwrap();
    durable(&fs, "a", b"aaaa");
    fs
}

#[test]
fn the_nth_call_of_every_kind_fails_with_its_number_and_changes_nothing() {
    for kind in CallKind::ALL {
        for (fault, errno) in [
            (Fault::EIO, EIO),
            (Fault::ENOSPC, ENOSPC),
            (Fault::Interrupted, EINTR),
        ] {
            let fs = with_a_file();
            let (before, step) = (fs.to_tree(), fs.step());
            fs.fail_call(kind, 1, fault);
            let error = call(&fs, kind).unwrap_err();
            assert_eq!(error.raw_os_error(), Some(errno), "{kind}");
            assert_eq!(fs.to_tree(), before, "{kind}");
            let is_sync = CallKind::SYNCS.contains(&kind);
            assert_eq!(fs.step(), step + u64::from(is_sync), "{kind}");
            assert_eq!(fs.faults_fired(), 1);
            // Once only.
            call(&fs, kind).unwrap();
            assert_eq!(fs.faults_fired(), 1);
        }
    }
}

#[test]
fn only_the_nth_fails_and_only_calls_of_its_kind_are_counted() {
    let fs = with_a_file();
    fs.fail_call(CallKind::Write, 3, EIO);
    let file = fs.open(Path::new("a"), Access::ReadWrite).unwrap();
    let outcomes: Vec<bool> = (0..5)
        .map(|_| {
            file.len().unwrap();
            file.sync_data(SyncSite::here()).unwrap();
            file.write_at(b"x", 0).is_ok()
        })
        .collect();
    assert_eq!(outcomes, [true, true, false, true, true]);
}

#[test]
fn a_rule_may_repeat_concern_some_files_only_and_be_cleared() {
    let fs = with_a_file();
    fs.fail(FaultRule {
        kind: CallKind::Read,
        path_suffix: Some("a".to_owned()),
        nth: 2,
        repeat: true,
        fault: Fault::EIO,
    });
    let (a, b) = (
        fs.open(Path::new("a"), Access::Read).unwrap(),
        durable(&fs, "b", b"b"),
    );
    let fails = |file: &dyn crash_disk::File| file.read_at(&mut [0], 0).is_err();
    assert_eq!(
        [fails(&*b), fails(&*a), fails(&*a), fails(&*b), fails(&*a)],
        [false, false, true, false, true]
    );
    fs.clear_faults();
    assert!(!fails(&*a));
}

#[test]
fn short_reads_and_writes_handle_only_so_many_bytes() {
    let fs = with_a_file();
    let file = fs.open(Path::new("a"), Access::ReadWrite).unwrap();
    fs.fail_call(CallKind::Write, 1, Fault::Short(2));
    assert_eq!(file.write_at(b"xyz", 0).unwrap(), 2);
    assert_eq!(line(&fs), "a=xyaa d/");
    fs.fail_call(CallKind::Write, 1, Fault::Short(0));
    let step = fs.step();
    assert_eq!(file.write_at(b"xyz", 0).unwrap(), 0);
    assert_eq!(fs.step(), step, "nothing was done");
    fs.fail_call(CallKind::Read, 1, Fault::Short(3));
    let mut bytes = [0; 4];
    assert_eq!(file.read_at(&mut bytes, 0).unwrap(), 3);
    assert_eq!(bytes, *b"xya\0");
}

#[test]
fn a_failed_directory_sync_leaves_its_entries_pending_under_every_profile() {
    for profile in POWER_CUTS {
        let fs = disk();
        fs.create_new(Path::new("a")).unwrap();
        fs.fail_call(CallKind::SyncDir, 1, EIO);
        fs.sync_dir(Path::new("/"), SyncSite::here()).unwrap_err();
        assert_disks_of(&fs, profile, &["", "a="]);
        sync_dir(&fs, "/");
        assert_disks_of(&fs, profile, &["a="]);
    }
}

#[test]
fn data_whose_sync_failed_comes_back_under_no_profile_until_written_again() {
    for profile in POWER_CUTS {
        let fs = disk();
        let file = durable(&fs, "a", b"oooo----");
        file.write_at(b"nn", 0).unwrap();
        fs.fail_call(CallKind::SyncData, 1, EIO);
        file.sync_data(SyncSite::here()).unwrap_err();
        file.sync_data(SyncSite::here()).unwrap();
        sync_dir(&fs, "/");
        assert_disks_of(&fs, profile, &["a=oooo----"]);
        file.write_at(b"m", 3).unwrap();
        assert_disks_of(&fs, profile, &["a=oooo----", "a=nnom----"]);
        sync(&*file);
        assert_disks_of(&fs, profile, &["a=nnom----"]);
    }
}

#[test]
fn a_full_disk_takes_what_fits_and_then_nothing_more() {
    let fs = with_a_file();
    let file = fs.open(Path::new("a"), Access::ReadWrite).unwrap();
    fs.set_space(3);
    // Two bytes are there already, three find room.
    assert_eq!(file.write_at(b"123456", 2).unwrap(), 5);
    assert_eq!(fs.space_left(), Some(0));
    assert_eq!(line(&fs), "a=aa12345 d/");
    let step = fs.step();
    let full =
        |result: io::Result<()>| assert_eq!(result.unwrap_err().raw_os_error(), Some(ENOSPC));
    full(file.write_at(b"6", 7).map(|_| ()));
    full(file.write_at(b"8", 9).map(|_| ()));
    full(file.set_len(8));
    full(fs.create_new(Path::new("b")).map(|_| ()));
    full(fs.create_dir(Path::new("e")));
    full(fs.lock(Path::new("lock")).map(|_| ()));
    assert_eq!((line(&fs).as_str(), fs.step()), ("a=aa12345 d/", step));
    // Writing over what is there needs no space, nor do renames and syncs.
    assert_eq!(file.write_at(b"xx", 5).unwrap(), 2);
    assert_eq!(
        write_all_at(&*file, b"yy", 6).unwrap_err().raw_os_error(),
        Some(ENOSPC)
    );
    rename(&fs, "a", "b");
    sync(&*file);
    sync_dir(&fs, "/");
    assert_disks(&fs, &["b=aa123xy d/"]);
}

#[test]
fn space_comes_back_from_a_cut_and_from_a_file_that_nobody_has_open() {
    let fs = with_a_file();
    let file = fs.open(Path::new("a"), Access::ReadWrite).unwrap();
    fs.set_space(0);
    file.set_len(1).unwrap();
    assert_eq!(fs.space_left(), Some(3));
    file.set_len(3).unwrap();
    assert_eq!(fs.space_left(), Some(1));
    remove(&fs, "a");
    assert_eq!(fs.space_left(), Some(1), "it is still open");
    drop(file);
    assert_eq!(fs.space_left(), Some(4));
    drop(fs.create_new(Path::new("b")).unwrap());
    durable(&fs, "c", b"cc");
    assert_eq!(fs.space_left(), Some(2));
    rename(&fs, "b", "c");
    assert_eq!(fs.space_left(), Some(4));
    fs.set_space(100);
    write_all_at(
        &*fs.open(Path::new("c"), Access::ReadWrite).unwrap(),
        &[b'x'; 50],
        0,
    )
    .unwrap();
    assert_eq!(fs.space_left(), Some(50));
    assert_eq!(fs.process_kill().space_left(), None);
}

#[test]
fn a_crash_in_a_write_cut_short_by_a_full_disk_shows_only_what_fitted() {
    let fs = disk();
    let file = durable(&fs, "a", b"");
    fs.set_space(5);
    assert_eq!(file.write_at(b"aaaabbbb", 0).unwrap(), 5);
    assert_disks(
        &fs,
        &[
            "a=", "a=aaaa", "a=0000", "a=aaaab", "a=0000b", "a=aaaa0", "a=00000",
        ],
    );
}
