//! The wrapping file systems: hooks, counts, faults, gate, scrambling.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crash_disk::sim::{Keep, SimFs};
use crash_disk::{
    Access, Call, CallCounter, CallKind, Fault, FaultPlan, FaultRule, FileSystem, FsId, Gate, Hook,
    HookFs, ScrambleFs, StdFs, SyncSite, Verdict, read_exact_piece, read_piece, read_whole,
    replace, write_all_at,
};

/// Bound of a wait for another thread; only a failing test waits that long.
const PATIENCE: Duration = Duration::from_secs(30);

fn hooked(hook: Arc<dyn Hook>) -> (SimFs, HookFs) {
    let sim = SimFs::new_unrecorded();
    let fs = HookFs::new(Arc::new(sim.clone()), hook);
    (sim, fs)
}

/// Makes one call of every kind.
fn one_of_each(fs: &dyn FileSystem) {
    let (dir, a, b) = (Path::new("d"), Path::new("d/a"), Path::new("d/b"));
    fs.create_dir(dir).unwrap();
    let file = fs.create_new(a).unwrap();
    file.write_at(b"hello", 3).unwrap();
    assert_eq!(file.len().unwrap(), 8);
    file.set_len(6).unwrap();
    file.sync_data(SyncSite::here()).unwrap();
    file.sync_all(SyncSite::here()).unwrap();
    fs.rename(a, b).unwrap();
    fs.sync_dir(dir, SyncSite::here()).unwrap();
    fs.open(b, Access::Read)
        .unwrap()
        .read_at(&mut [0; 10], 1)
        .unwrap();
    fs.lock(Path::new("d/lock")).unwrap();
    assert_eq!(fs.read_dir(dir).unwrap().len(), 2);
    fs.remove_file(b).unwrap();
}

#[test]
fn a_wrapper_is_the_file_system_that_it_wraps() {
    let disk = SimFs::new_unrecorded();
    let inner: Arc<dyn FileSystem> = Arc::new(disk.clone());
    let hooked = HookFs::new(Arc::clone(&inner), CallCounter::new());
    assert_eq!(hooked.id(), disk.id());
    assert_eq!(ScrambleFs::new(inner).id(), disk.id());
    assert_ne!(SimFs::new_unrecorded().id(), disk.id());
    assert_ne!(disk.id(), StdFs.id());
    assert_eq!(StdFs.id(), FsId::HOST);
    assert_ne!(disk.process_kill().id(), disk.id());
}

#[test]
fn a_piece_for_which_there_is_no_room_is_an_error() {
    let fs = SimFs::new_unrecorded();
    let file = fs.create_new(Path::new("file")).unwrap();
    file.write_at(b"0123456789", 0).unwrap();
    for len in [u64::MAX, u64::MAX / 2, 1 << 62] {
        let error = read_piece(&*file, 0, len).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::OutOfMemory);
    }
    assert_eq!(read_piece(&*file, 8, 5).unwrap(), b"89");
    assert_eq!(read_exact_piece(&*file, 8, 2).unwrap(), b"89");
    let error = read_exact_piece(&*file, 8, 3).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
}

#[derive(Debug, Default)]
struct Log(Mutex<Vec<String>>);

impl Log {
    fn add(&self, line: String) {
        self.0.lock().unwrap().push(line);
    }
}

impl Hook for Log {
    fn before(&self, call: &Call<'_>) -> Verdict {
        let Call {
            kind,
            path,
            to,
            offset,
            len,
            site,
        } = *call;
        let to = to
            .map(|to| format!(" to {}", to.display()))
            .unwrap_or_default();
        let site = if site.is_some() { " site" } else { "" };
        self.add(format!(
            "{kind} {}{to} {offset} {len}{site}",
            path.display()
        ));
        Verdict::Proceed
    }

    fn after(&self, _call: &Call<'_>, result: Result<u64, &io::Error>) {
        self.add(format!("{:?}", result.map_err(io::Error::kind)));
    }
}

#[test]
fn a_hook_sees_every_call_with_what_it_names_and_its_result() {
    let log = Arc::new(Log::default());
    let (_, fs) = hooked(log.clone());
    one_of_each(&fs);
    fs.remove_file(Path::new("gone")).unwrap_err();
    let lines = log.0.lock().unwrap();
    let expected = [
        ("create_dir d 0 0", "Ok(0)"),
        ("create_new d/a 0 0", "Ok(0)"),
        ("write_at d/a 3 5", "Ok(5)"),
        ("len d/a 0 0", "Ok(8)"),
        ("set_len d/a 6 0", "Ok(0)"),
        ("sync_data d/a 0 0 site", "Ok(0)"),
        ("sync_all d/a 0 0 site", "Ok(0)"),
        ("rename d/a to d/b 0 0", "Ok(0)"),
        ("sync_dir d 0 0 site", "Ok(0)"),
        ("open d/b 0 0", "Ok(0)"),
        ("read_at d/b 1 10", "Ok(5)"),
        ("lock d/lock 0 0", "Ok(0)"),
        ("read_dir d 0 0", "Ok(0)"),
        ("remove_file d/b 0 0", "Ok(0)"),
        ("remove_file gone 0 0", "Err(NotFound)"),
    ];
    let expected: Vec<&str> = expected
        .iter()
        .flat_map(|(call, result)| [*call, *result])
        .collect();
    assert_eq!(*lines, expected);
}

#[test]
fn a_counter_counts_calls_and_bytes_exactly() {
    let counter = CallCounter::new();
    let (_, fs) = hooked(counter.clone());
    one_of_each(&fs);
    let counts = counter.counts();
    for kind in CallKind::ALL {
        assert_eq!(counts.calls(kind), 1, "{kind}");
    }
    assert_eq!(counts.total_calls(), CallKind::ALL.len() as u64);
    assert_eq!(counts.syncs(), 3);
    assert_eq!(
        (counts.bytes(CallKind::Write), counts.bytes(CallKind::Read)),
        (5, 5)
    );
    let file = fs.create_new(Path::new("x.chunk")).unwrap();
    write_all_at(&*file, b"abc", 0).unwrap();
    let later = counter.counts().since(&counts);
    assert_eq!(later.total_calls(), 2);
    assert_eq!(later.bytes(CallKind::Write), 3);
    assert_eq!(counter.counts_for(".chunk"), later);
    assert_eq!(counter.counts_for(".index").total_calls(), 0);
}

#[test]
fn the_nth_call_of_a_kind_fails_and_does_not_reach_the_disk() {
    let plan = FaultPlan::new(vec![FaultRule::new(CallKind::Write, 2, Fault::ENOSPC)]);
    let (sim, fs) = hooked(plan.clone());
    let file = fs.create_new(Path::new("a")).unwrap();
    file.write_at(b"1", 0).unwrap();
    let error = file.write_at(b"2", 1).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(28));
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    assert_eq!(read_whole(&sim, Path::new("a")).unwrap(), b"1");
    file.write_at(b"3", 1).unwrap();
    assert_eq!(read_whole(&sim, Path::new("a")).unwrap(), b"13");
    assert_eq!(plan.fired(), 1);
}

#[test]
fn every_kind_of_call_can_be_made_to_fail() {
    for kind in CallKind::ALL {
        let plan = FaultPlan::new(vec![FaultRule::new(kind, 1, Fault::EIO)]);
        let (_, fs) = hooked(plan.clone());
        let run = std::panic::AssertUnwindSafe(|| one_of_each(&fs));
        assert!(std::panic::catch_unwind(run).is_err(), "{kind}");
        assert_eq!(plan.fired(), 1, "{kind}");
    }
}

#[test]
fn a_fault_may_repeat_and_concern_some_files_only() {
    let plan = FaultPlan::new(vec![FaultRule {
        path_suffix: Some(".chunk".to_owned()),
        repeat: true,
        ..FaultRule::new(CallKind::SyncData, 2, Fault::EIO)
    }]);
    let (_, fs) = hooked(plan.clone());
    let chunk = fs.create_new(Path::new("a.chunk")).unwrap();
    let index = fs.create_new(Path::new("a.index")).unwrap();
    let fails = |file: &dyn crash_disk::File| file.sync_data(SyncSite::here()).is_err();
    let seen: Vec<bool> = (0..4)
        .flat_map(|_| [fails(&*chunk), fails(&*index)])
        .collect();
    assert_eq!(seen, [false, false, true, false, true, false, true, false]);
    assert_eq!(plan.fired(), 3);
}

#[test]
fn short_and_interrupted_calls_are_finished_by_the_callers_of_the_seam() {
    let plan = FaultPlan::new(vec![
        FaultRule::new(CallKind::Write, 1, Fault::Short(2)),
        FaultRule::new(CallKind::Write, 2, Fault::Interrupted),
        FaultRule::new(CallKind::Read, 1, Fault::Interrupted),
        FaultRule::new(CallKind::Read, 2, Fault::Short(1)),
    ]);
    let (sim, fs) = hooked(plan.clone());
    let path = Path::new("a");
    let file = fs.create_new(path).unwrap();
    assert_eq!(file.write_at(b"hello", 0).unwrap(), 2);
    assert_eq!(read_whole(&sim, path).unwrap(), b"he");
    write_all_at(&*file, b"llo", 2).unwrap();
    assert_eq!(read_whole(&fs, path).unwrap(), b"hello");
    assert_eq!(plan.fired(), 4);
}

#[test]
fn a_failed_replacement_leaves_the_old_file_or_the_new_one() {
    let path = Path::new("a");
    for kind in [
        CallKind::Write,
        CallKind::SyncData,
        CallKind::Rename,
        CallKind::SyncDir,
    ] {
        let plan = FaultPlan::new(vec![FaultRule::new(kind, 2, Fault::EIO)]);
        let (sim, fs) = hooked(plan);
        replace(&fs, path, b"old", SyncSite::here()).unwrap();
        replace(&fs, path, b"newer", SyncSite::here()).unwrap_err();
        for keep in [Keep::None, Keep::All] {
            let found = read_whole(&sim.crash_now(&keep), path).unwrap();
            assert!(found == b"old" || found == b"newer", "{kind}, {keep}");
        }
    }
}

#[test]
fn a_gate_holds_calls_until_it_opens() {
    let gate = Gate::new(&[CallKind::SyncData]);
    let (sim, fs) = hooked(gate.clone());
    let file: Arc<dyn crash_disk::File> = fs.create_new(Path::new("a")).unwrap().into();
    fs.sync_dir(Path::new("/"), SyncSite::here()).unwrap();
    file.sync_data(SyncSite::here()).unwrap();
    file.write_at(b"x", 0).unwrap();
    let guard = gate.close();
    let syncs: Vec<_> = (0..3)
        .map(|_| {
            let file = Arc::clone(&file);
            std::thread::spawn(move || file.sync_data(SyncSite::here()).unwrap())
        })
        .collect();
    assert!(gate.wait_held(3, PATIENCE));
    let durable = |sim: &SimFs| read_whole(&sim.crash_now(&Keep::None), Path::new("a")).unwrap();
    assert_eq!(durable(&sim), b"");
    gate.let_through(1);
    let mut left = syncs;
    while left.len() == 3 {
        left.retain(|thread| !thread.is_finished());
        std::thread::yield_now();
    }
    assert_eq!(gate.held(), 2);
    assert_eq!(durable(&sim), b"x");
    drop(guard);
    left.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(gate.held(), 0);
    assert!(!gate.wait_held(1, Duration::ZERO));
}

#[test]
fn scrambled_files_make_no_sense_from_behind() {
    let sim = SimFs::new_unrecorded();
    let fs = ScrambleFs::new(Arc::new(sim.clone()));
    let path = Path::new("a");
    let text = b"the same bytes, whoever asks";
    replace(&fs, path, text, SyncSite::here()).unwrap();
    assert_eq!(read_whole(&fs, path).unwrap(), text);
    let behind = read_whole(&sim, path).unwrap();
    assert_eq!(behind.len(), text.len());
    assert!(
        behind.iter().zip(text).all(|(a, b)| a != b),
        "no byte is stored as it is"
    );
    // What is written around the seam makes no sense to who goes through it.
    sim.open(path, Access::ReadWrite)
        .unwrap()
        .write_at(text, 0)
        .unwrap();
    assert_ne!(read_whole(&fs, path).unwrap(), text);
}
