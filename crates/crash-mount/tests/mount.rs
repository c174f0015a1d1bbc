//! Programs on a mounted disk, and the same on the disk itself.
//!
//! Needs `/dev/fuse` and the right to mount; without, each test says so and is skipped.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test"
)]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use crash_disk::sim::{CrashPoint, Keep, Level, Profile, SimFs};
use crash_disk::{Access, FileSystem, StdFs, SyncSite, replace, write_all_at};
use rustix::fs::{FallocateFlags, OFlags};

use crash_mount::{DiskCall, Mount, UnseenSyncs, replay, serve_if_asked};

/// No test, but the server of the others.
#[test]
fn server() {
    serve_if_asked();
}

/// The times that something is killed.
const KILLS: u64 = 25;
/// Long enough for a server to end on the busiest machine.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);

/// Says in a process by which call it makes its disk durable.
const SYNCS: &str = "CRASH_MOUNT_SYNCS";

/// Set in a process that mounts, says where, and waits to be killed.
const VICTIM: &str = "CRASH_MOUNT_VICTIM";

fn server_command() -> Command {
    let mut server = Command::new(std::env::current_exe().unwrap());
    server.args(["--exact", "server", "--nocapture", "--test-threads=1"]);
    server
}

fn mount() -> Option<Mount> {
    match Mount::start(server_command()) {
        Ok(mount) => Some(mount),
        Err(error) => {
            eprintln!("SKIPPED: nothing can be mounted here: {error}");
            None
        }
    }
}

/// What the mount's calls come to on a disk that records.
fn replayed(mount: &Mount) -> SimFs {
    let disk = SimFs::new();
    replay(&mount.calls().unwrap(), &disk).unwrap();
    disk
}

/// A small life of files, through the seam.
fn live(fs: &dyn FileSystem, root: &Path) {
    let path = |name: &str| root.join(name);
    fs.create_dir(&path("dir")).unwrap();
    fs.sync_dir(root, SyncSite::here()).unwrap();
    let file = fs.create_new(&path("dir/a")).unwrap();
    write_all_at(&*file, &[7; 10_000], 0).unwrap();
    file.sync_data(SyncSite::here()).unwrap();
    fs.sync_dir(&path("dir"), SyncSite::here()).unwrap();
    write_all_at(&*file, b"over it", 4_090).unwrap();
    file.set_len(5_000).unwrap();
    file.sync_all(SyncSite::here()).unwrap();
    replace(fs, &path("dir/b"), b"first", SyncSite::here()).unwrap();
    replace(fs, &path("dir/b"), b"second", SyncSite::here()).unwrap();
    fs.rename(&path("dir/a"), &path("c")).unwrap();
    // Through a handle whose name has changed, and then is gone.
    write_all_at(&*file, b"behind", 5_000).unwrap();
    fs.remove_file(&path("c")).unwrap();
    write_all_at(&*file, b"nameless", 0).unwrap();
    let again = fs.open(&path("dir/b"), Access::ReadWrite).unwrap();
    write_all_at(&*again, b"third", 0).unwrap();
}

/// Hashes of every state that a power cut may leave, point by point.
fn states(disk: &SimFs) -> Vec<(CrashPoint, Vec<u128>)> {
    let at = |point| {
        let view = disk.view(point, Profile::Posix);
        let states = view.states(Level::L2);
        let hashes = states
            .into_iter()
            .map(|state| view.disk(&state.keep).image_hash());
        (point, hashes.collect())
    };
    disk.points().into_iter().map(at).collect()
}

#[test]
fn a_program_makes_the_same_states_as_on_the_disk_itself() {
    let Some(mount) = mount() else { return };
    live(&StdFs, &mount.path());
    let direct = SimFs::new();
    live(&direct, Path::new("/"));
    let replayed = replayed(&mount);
    assert_eq!(mount.step().unwrap(), direct.step());
    assert_eq!(replayed.step(), direct.step());
    let (found, expected) = (states(&replayed), states(&direct));
    assert!(found.len() > 30);
    assert!(found == expected);
}

#[test]
fn what_was_answered_is_counted_before_the_step_is_read() {
    let Some(mount) = mount() else { return };
    let mut file = fs::File::create(mount.path().join("a")).unwrap();
    let mut before = mount.step().unwrap();
    for _ in 0..50 {
        file.write_all(b"line\n").unwrap();
        let step = mount.step().unwrap();
        assert_eq!(step, before + 1);
        before = step;
    }
    assert_eq!(replayed(&mount).step(), before);
}

/// A store that was dropped may have a thread that still ends.
#[test]
fn a_disk_stays_for_a_thread_that_has_a_file_open() {
    let Some(mount) = mount() else { return };
    let mut file = fs::File::create(mount.path().join("a")).unwrap();
    let late = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(50));
        file.write_all(b"late").and_then(|()| file.sync_all())
    });
    drop(mount);
    late.join().unwrap().unwrap();
}

#[test]
fn what_is_read_is_what_was_written() {
    let Some(mount) = mount() else { return };
    let path = mount.path().join("file");
    let bytes: Vec<u8> = (0..3_000_000_u32).map(|n| (n % 251) as u8).collect();
    fs::write(&path, &bytes).unwrap();
    let file = fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open(&path)
        .unwrap();
    file.write_all_at(b"over", 2_999_998).unwrap();
    let mut expected = bytes;
    expected.truncate(2_999_998);
    expected.extend_from_slice(b"over");
    assert!(fs::read(&path).unwrap() == expected);
    file.set_len(10).unwrap();
    file.set_len(20).unwrap();
    expected.truncate(10);
    expected.extend_from_slice(&[0; 10]);
    assert_eq!(fs::read(&path).unwrap(), expected);
    let names: Vec<_> = fs::read_dir(mount.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names, ["file"]);
    assert_eq!(fs::metadata(&path).unwrap().len(), 20);
}

#[test]
fn a_file_that_is_opened_to_be_synced_is() {
    let Some(mount) = mount() else { return };
    let path = mount.path().join("a");
    fs::write(&path, "").unwrap();
    for (flag, all) in [(OFlags::DSYNC, false), (OFlags::SYNC, true)] {
        let before = mount.calls().unwrap().calls.len();
        let mut file = fs::OpenOptions::new()
            .append(true)
            .custom_flags(flag.bits().cast_signed())
            .open(&path)
            .unwrap();
        file.write_all(b"line\n").unwrap();
        let calls = mount.calls().unwrap().calls.split_off(before);
        let written = |call: &DiskCall| matches!(call, DiskCall::Write { .. });
        let behind = calls.iter().skip_while(|call| !written(call)).nth(1);
        let synced = match behind {
            Some(DiskCall::SyncAll { .. }) => true,
            Some(DiskCall::SyncData { .. }) => !all,
            _ => false,
        };
        assert!(synced, "{calls:?}");
    }
}

#[test]
fn what_the_disk_does_not_know_is_refused_and_written_down() {
    let Some(mount) = mount() else { return };
    fs::write(mount.path().join("a"), "a").unwrap();
    std::os::unix::fs::symlink("a", mount.path().join("b")).unwrap_err();
    let a = fs::File::open(mount.path().join("a")).unwrap();
    rustix::fs::fallocate(&a, FallocateFlags::COLLAPSE_RANGE, 0, 4_096).unwrap_err();
    let calls = mount.calls().unwrap().calls;
    let refused = calls
        .iter()
        .filter(|call| matches!(call, DiskCall::Unsupported { .. }));
    assert_eq!(refused.count(), 1, "{calls:?}");
}

#[test]
fn links_directories_and_holes_are_as_on_a_real_directory() {
    let Some(mount) = mount() else { return };
    let real = tempfile::tempdir().unwrap();
    let [mounted, real] = [mount.path(), real.path().to_owned()].map(|root| {
        let path = |name: &str| root.join(name);
        fs::create_dir_all(path("dir/sub")).unwrap();
        fs::write(path("dir/sub/a"), [7; 20_000]).unwrap();
        // Known to the kernel under its old path.
        let deep = fs::OpenOptions::new()
            .write(true)
            .open(path("dir/sub/a"))
            .unwrap();
        fs::rename(path("dir"), path("moved")).unwrap();
        fs::write(path("moved/sub/b"), "made behind the rename").unwrap();
        fs::hard_link(path("moved/sub/a"), path("linked")).unwrap();
        let links = fs::metadata(path("linked")).unwrap().nlink();
        fs::remove_file(path("moved/sub/a")).unwrap();
        deep.write_all_at(b"through the first name", 19_000)
            .unwrap();
        rustix::fs::fallocate(
            &deep,
            FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE,
            1_000,
            9_000,
        )
        .unwrap();
        rustix::fs::fallocate(&deep, FallocateFlags::ZERO_RANGE, 15_000, 6_000).unwrap();
        let refused = fs::remove_dir(path("moved/sub"))
            .unwrap_err()
            .raw_os_error();
        fs::remove_file(path("moved/sub/b")).unwrap();
        fs::remove_dir(path("moved/sub")).unwrap();
        fs::create_dir(path("moved/sub")).unwrap();
        fs::write(path("moved/sub/c"), "in the one that took its place").unwrap();
        let read = |name| fs::read(path(name)).unwrap();
        (links, refused, read("linked"), read("moved/sub/c"))
    });
    assert_eq!(mounted, real);
    let calls = mount.calls().unwrap().calls;
    let refused = |call: &DiskCall| matches!(call, DiskCall::Unsupported { .. });
    assert!(!calls.iter().any(refused), "{calls:?}");
    // The replay comes to the same files.
    let out = tempfile::tempdir().unwrap();
    replayed(&mount).install_to(&StdFs, out.path()).unwrap();
    let written = |name: &str| fs::read(out.path().join(name)).unwrap();
    assert_eq!(
        (written("linked"), written("moved/sub/c")),
        (real.2, real.3)
    );
}

/// No test, but the program whose syncs are looked for.
#[test]
fn syncs_its_disk() {
    match std::env::var_os(SYNCS)
        .as_deref()
        .and_then(|how| how.to_str())
    {
        Some("sync") => rustix::fs::sync(),
        Some("syncfs") => rustix::fs::syncfs(fs::File::open("/").unwrap()).unwrap(),
        Some("fsync") => fs::File::open("/").unwrap().sync_all().unwrap(),
        _ => {}
    }
}

#[test]
fn syncs_that_no_mount_sees_are_found_in_a_traced_run() {
    let of = |how: &str| {
        let mut program = Command::new(std::env::current_exe().unwrap());
        program.args(["--exact", "syncs_its_disk"]).env(SYNCS, how);
        UnseenSyncs::of(&program)
    };
    if of("fsync") == UnseenSyncs::NotImported {
        eprintln!("SKIPPED: no process can be traced here");
        return;
    }
    assert_eq!(of("fsync"), UnseenSyncs::NotCalled);
    assert_eq!(of("sync"), UnseenSyncs::Called(vec!["sync".into()]));
    assert_eq!(of("syncfs").names(), ["syncfs"]);
}

#[test]
fn a_disk_goes_on_where_a_program_was_killed() {
    let Some(first) = mount() else { return };
    live(&StdFs, &first.path());
    let all = first.calls().unwrap();
    let mut inside = 0;
    for point in replayed(&first).points() {
        let before = all.up_to(point);
        let disk = SimFs::new();
        replay(&before, &disk).unwrap();
        let expected = replayed(&first).view(point, Profile::Posix);
        assert_eq!(
            disk.view_now(Profile::Posix).disk(&Keep::All).image_hash(),
            expected.disk(&Keep::All).image_hash(),
            "{point}"
        );
        assert_eq!(
            disk.view_now(Profile::Posix).pending_len(),
            expected.pending_len(),
            "{point}"
        );
        inside += u32::from(matches!(point, CrashPoint::Inside { .. }));
    }
    assert!(inside > 3);
    let middle = all.up_to(CrashPoint::After(9));
    let second = Mount::start_behind(server_command(), &middle).unwrap();
    assert_eq!(second.step().unwrap(), 9);
    fs::write(second.path().join("new"), "behind the kill").unwrap();
    let disk = replayed(&second);
    assert_eq!(disk.step(), second.step().unwrap());
    let out = tempfile::tempdir().unwrap();
    disk.install_to(&StdFs, out.path()).unwrap();
    for name in ["new", "dir/a"] {
        let read = |root: &Path| fs::read(root.join(name)).unwrap();
        assert!(read(out.path()) == read(&second.path()), "{name}");
    }
}

fn is_mounted(path: &Path) -> bool {
    let mounts = fs::read_to_string("/proc/mounts").unwrap();
    mounts.contains(&*path.to_string_lossy())
}

fn kill(process: u32) {
    let process = rustix::process::Pid::from_raw(process.try_into().unwrap()).unwrap();
    rustix::process::kill_process(process, rustix::process::Signal::KILL).unwrap();
}

fn kill_group(leader: u32) {
    let leader = rustix::process::Pid::from_raw(leader.try_into().unwrap()).unwrap();
    rustix::process::kill_process_group(leader, rustix::process::Signal::KILL).unwrap();
}

#[test]
fn a_server_that_is_killed_leaves_nobody_waiting_and_no_mount() {
    for round in 0..KILLS {
        let Some(mount) = mount() else { return };
        let path = mount.path();
        let writer = {
            let path = path.join("a");
            std::thread::spawn(move || {
                let mut file = fs::File::create(path)?;
                loop {
                    file.write_all(b"line\n")?;
                    file.sync_data()?;
                }
            })
        };
        std::thread::sleep(std::time::Duration::from_micros(round * 300));
        kill(mount.server_id());
        let ended: std::io::Result<()> = writer.join().unwrap();
        ended.unwrap_err();
        drop(mount);
        assert!(!is_mounted(&path));
    }
}

/// No test, but the process that the next one kills.
#[test]
fn victim() {
    if std::env::var_os(VICTIM).is_none() {
        return;
    }
    let Some(mount) = mount() else { return };
    println!("\n{}", mount.path().display());
    let mut file = fs::File::create(mount.path().join("a")).unwrap();
    loop {
        file.write_all(b"line\n").unwrap();
        file.sync_data().unwrap();
    }
}

#[test]
fn a_program_that_is_killed_leaves_no_server_and_no_mount() {
    if mount().is_none() {
        return;
    }
    for round in 0..KILLS {
        let mut victim = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "victim", "--nocapture", "--test-threads=1"])
            .env(VICTIM, "1")
            .stdout(std::process::Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap();
        let out = BufReader::new(victim.stdout.take().unwrap());
        let path = out
            .lines()
            .map(Result::unwrap)
            .find(|line| line.starts_with('/'));
        let path = path.unwrap();
        std::thread::sleep(std::time::Duration::from_micros(round * 300));
        // A terminal or a supervisor kills a program with all of its group.
        match round % 2 {
            0 => kill(victim.id()),
            _ => kill_group(victim.id()),
        }
        victim.wait().unwrap();
        // The server ends by itself; it is nobody's child here.
        let begun = std::time::Instant::now();
        while is_mounted(Path::new(&path)) {
            assert!(begun.elapsed() < PATIENCE, "round {round}: {path} stays");
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        fs::remove_dir_all(Path::new(&path).parent().unwrap()).unwrap();
    }
}

#[test]
fn nothing_is_left_when_the_mount_is_dropped_with_files_open() {
    let Some(mount) = mount() else { return };
    let path = mount.path();
    let file = fs::File::create(path.join("a")).unwrap();
    drop(mount);
    assert!(!is_mounted(&path));
    drop(file);
}
