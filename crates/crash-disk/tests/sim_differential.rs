//! The same scripts on the simulated disk and on a real directory: the living process must see
//! the same on both. Contents, lengths, listings, kinds and numbers of errors are compared after
//! each step. In half of the runs calls fail by rules: the simulated disk makes them fail itself,
//! a hook does it before the real directory.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod disks;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crash_disk::{
    Access, CallKind, Fault, FaultPlan, FaultRule, File, FileSystem, HookFs, ScrambleFs, StdFs,
    SyncSite,
};
use proptest::prelude::*;

use disks::{config, disk_with_blocks};

/// Everything a script may name. `f` tends to be a file, so `f/x` leads through one.
const PATHS: [&str; 9] = ["a", "b", "f", "f/x", "d", "d/a", "d/b", "d/e", "gone/a"];
/// Open files of a script at a time.
const SLOTS: usize = 4;
/// Small, so that scripts cross many borders.
const BLOCK: usize = 16;
const SEED: u64 = 0x7a11;
const CASES: u32 = 400;

#[derive(Debug, Clone)]
enum Step {
    Open {
        slot: usize,
        path: usize,
        write: bool,
    },
    CreateNew {
        slot: usize,
        path: usize,
    },
    Lock {
        slot: usize,
        path: usize,
    },
    Close {
        slot: usize,
    },
    Read {
        slot: usize,
        offset: u64,
        len: usize,
    },
    Write {
        slot: usize,
        offset: u64,
        bytes: Vec<u8>,
    },
    SetLen {
        slot: usize,
        len: u64,
    },
    Sync {
        slot: usize,
    },
    Rename {
        from: usize,
        to: usize,
    },
    Remove {
        path: usize,
    },
    CreateDir {
        path: usize,
    },
    ReadDir {
        path: usize,
    },
    SyncDir {
        path: usize,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let path = || 0..PATHS.len();
    let slot = || 0..SLOTS;
    let offset = || prop_oneof![4 => 0..80_u64, 1 => Just(u64::MAX)];
    let write = (slot(), offset(), prop::collection::vec(any::<u8>(), 0..60));
    prop_oneof![
        3 => (slot(), path(), any::<bool>())
            .prop_map(|(slot, path, write)| Step::Open { slot, path, write }),
        4 => (slot(), path()).prop_map(|(slot, path)| Step::CreateNew { slot, path }),
        1 => (slot(), path()).prop_map(|(slot, path)| Step::Lock { slot, path }),
        1 => slot().prop_map(|slot| Step::Close { slot }),
        3 => (slot(), 0..100_u64, 0..80_usize)
            .prop_map(|(slot, offset, len)| Step::Read { slot, offset, len }),
        6 => write.prop_map(|(slot, offset, bytes)| Step::Write { slot, offset, bytes }),
        2 => (slot(), 0..80_u64).prop_map(|(slot, len)| Step::SetLen { slot, len }),
        1 => slot().prop_map(|slot| Step::Sync { slot }),
        3 => (path(), path()).prop_map(|(from, to)| Step::Rename { from, to }),
        2 => path().prop_map(|path| Step::Remove { path }),
        2 => path().prop_map(|path| Step::CreateDir { path }),
        2 => path().prop_map(|path| Step::ReadDir { path }),
        1 => path().prop_map(|path| Step::SyncDir { path }),
    ]
}

/// What a step shows to the process.
#[derive(Debug, PartialEq)]
enum Seen {
    Done,
    Bytes(Vec<u8>),
    Wrote(usize),
    Entries(Vec<(String, bool, u64)>),
    Failed(io::ErrorKind, Option<i32>),
}

fn failed(error: &io::Error) -> Seen {
    Seen::Failed(error.kind(), error.raw_os_error())
}

/// Calls that fail, over a whole script.
fn rule() -> impl Strategy<Value = FaultRule> {
    let fault = prop_oneof![
        2 => Just(Fault::EIO),
        1 => Just(Fault::ENOSPC),
        1 => Just(Fault::Interrupted),
        3 => (0..20_usize).prop_map(Fault::Short),
    ];
    let kind = prop::sample::select(CallKind::ALL.to_vec());
    (kind, 1..40_u64, any::<bool>(), fault).prop_map(|(kind, nth, repeat, fault)| FaultRule {
        kind,
        path_suffix: repeat.then(|| "d/a".to_owned()),
        nth,
        repeat,
        fault,
    })
}

/// One side of the comparison.
struct Side {
    fs: Arc<dyn FileSystem>,
    root: PathBuf,
    slots: [Option<Box<dyn File>>; SLOTS],
}

impl Side {
    fn new(fs: Arc<dyn FileSystem>, root: &Path) -> Self {
        Self {
            fs,
            root: root.to_owned(),
            slots: Default::default(),
        }
    }

    fn path(&self, path: usize) -> PathBuf {
        self.root.join(PATHS[path])
    }

    /// Whether a directory stands there. The seam leaves open what a file call does to one.
    fn is_dir(&self, path: usize) -> bool {
        self.fs.read_dir(&self.path(path)).is_ok()
    }

    fn is_file(&self, path: usize) -> bool {
        self.fs
            .read_dir(&self.path(path))
            .is_err_and(|e| e.kind() == io::ErrorKind::NotADirectory)
            && self.fs.open(&self.path(path), Access::Read).is_ok()
    }

    /// Whether the seam says what the step does.
    fn is_defined(&self, step: &Step) -> bool {
        match step {
            Step::Open { path, .. } | Step::Remove { path } => !self.is_dir(*path),
            Step::SyncDir { path } => !self.is_file(*path),
            _ => true,
        }
    }

    fn run(&mut self, step: &Step) -> Seen {
        self.try_run(step).unwrap_or_else(|error| failed(&error))
    }

    fn try_run(&mut self, step: &Step) -> io::Result<Seen> {
        match step {
            Step::Open { slot, path, write } => {
                let access = if *write {
                    Access::ReadWrite
                } else {
                    Access::Read
                };
                self.slots[*slot] = Some(self.fs.open(&self.path(*path), access)?);
            }
            Step::CreateNew { slot, path } => {
                self.slots[*slot] = Some(self.fs.create_new(&self.path(*path))?);
            }
            Step::Lock { slot, path } => {
                self.slots[*slot] = Some(self.fs.lock(&self.path(*path))?);
            }
            Step::Close { slot } => self.slots[*slot] = None,
            Step::Rename { from, to } => self.fs.rename(&self.path(*from), &self.path(*to))?,
            Step::Remove { path } => self.fs.remove_file(&self.path(*path))?,
            Step::CreateDir { path } => self.fs.create_dir(&self.path(*path))?,
            Step::SyncDir { path } => self.fs.sync_dir(&self.path(*path), SyncSite::here())?,
            Step::ReadDir { path } => return self.list(&self.path(*path)),
            Step::Read { slot, .. }
            | Step::Write { slot, .. }
            | Step::SetLen { slot, .. }
            | Step::Sync { slot } => return self.run_on_file(*slot, step),
        }
        Ok(Seen::Done)
    }

    fn run_on_file(&self, slot: usize, step: &Step) -> io::Result<Seen> {
        let Some(file) = &self.slots[slot] else {
            return Ok(Seen::Done);
        };
        match step {
            Step::Read { offset, len, .. } => {
                let mut bytes = vec![0xee; *len];
                let read = file.read_at(&mut bytes, *offset)?;
                bytes.truncate(read);
                return Ok(Seen::Bytes(bytes));
            }
            // The kinds of errors for impossible offsets differ between systems.
            Step::Write { offset, bytes, .. } if *offset == u64::MAX => {
                let written = file.write_at(bytes, *offset).unwrap_or(0);
                assert_eq!(written, 0, "a write past the end of all files went through");
            }
            Step::Write { offset, bytes, .. } => {
                return Ok(Seen::Wrote(file.write_at(bytes, *offset)?));
            }
            Step::SetLen { len, .. } => file.set_len(*len)?,
            _ => file.sync_all(SyncSite::here())?,
        }
        Ok(Seen::Done)
    }

    fn list(&self, path: &Path) -> io::Result<Seen> {
        let entries = self.fs.read_dir(path)?.into_iter();
        let mut entries: Vec<_> = entries.map(|e| (e.name, e.is_dir, e.len)).collect();
        entries.sort();
        Ok(Seen::Entries(entries))
    }

    /// Everything there is, through names and through open files.
    fn everything(&self) -> Vec<Seen> {
        let whole = |file: &dyn File| -> io::Result<Seen> {
            let mut bytes = vec![0; usize::try_from(file.len()?).unwrap()];
            let read = file.read_at(&mut bytes, 0)?;
            bytes.truncate(read);
            Ok(Seen::Bytes(bytes))
        };
        let seen = |result: io::Result<Seen>| result.unwrap_or_else(|error| failed(&error));
        let mut all = vec![seen(self.list(&self.root))];
        for path in 0..PATHS.len() {
            all.push(self.list(&self.path(path)).unwrap_or_else(|_| {
                let file = self.fs.open(&self.path(path), Access::Read);
                seen(file.and_then(|file| whole(&*file)))
            }));
        }
        let open = self.slots.iter().flatten();
        all.extend(open.map(|file| seen(whole(&**file))));
        all
    }
}

fn compare(steps: &[Step], mut sim: Side, mut real: Side) -> Result<(), TestCaseError> {
    for (number, step) in steps.iter().enumerate() {
        // Both look, because looking is calls too, and rules count them.
        let defined = real.is_defined(step);
        prop_assert_eq!(sim.is_defined(step), defined, "step {}: {:?}", number, step);
        if !defined {
            continue;
        }
        prop_assert_eq!(sim.run(step), real.run(step), "step {}: {:?}", number, step);
        prop_assert_eq!(
            sim.everything(),
            real.everything(),
            "after step {}: {:?}",
            number,
            step
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(config(CASES, SEED))]

    #[test]
    fn the_process_sees_the_same_as_on_a_real_directory(
        steps in prop::collection::vec(step(), 1..40),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let sim = disk_with_blocks(BLOCK, false);
        compare(&steps, Side::new(Arc::new(sim), Path::new("/")), Side::new(Arc::new(StdFs), dir.path()))?;
    }

    #[test]
    fn the_process_sees_the_same_when_the_same_calls_fail(
        steps in prop::collection::vec(step(), 1..40),
        rules in prop::collection::vec(rule(), 1..10),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let sim = disk_with_blocks(BLOCK, false);
        rules.iter().for_each(|rule| sim.fail(rule.clone()));
        // Below a name of its own: the random one could end like a path of the rules.
        let root = dir.path().join("root");
        StdFs.create_dir(&root).unwrap();
        let plan = FaultPlan::new(rules);
        let real = HookFs::new(Arc::new(StdFs), plan.clone());
        compare(&steps, Side::new(Arc::new(sim.clone()), Path::new("/")), Side::new(Arc::new(real), &root))?;
        prop_assert_eq!(sim.faults_fired(), plan.fired());
    }

    #[test]
    fn the_process_sees_the_same_through_the_scrambling_wrapper(
        steps in prop::collection::vec(step(), 1..40),
    ) {
        let plain = disk_with_blocks(BLOCK, false);
        let behind = disk_with_blocks(BLOCK, false);
        let scrambled = ScrambleFs::new(Arc::new(behind));
        compare(&steps, Side::new(Arc::new(scrambled), Path::new("/")), Side::new(Arc::new(plain), Path::new("/")))?;
    }
}
