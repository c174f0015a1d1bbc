//! The same scripts on the simulated disk and on a real directory: the living process must see
//! the same on both. Contents, lengths, listings and kinds of errors are compared after each step.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use timevault::fs::{Access, File, FileSystem, ScrambleFs, StdFs, SyncSite};
use timevault::sim_fs::{SimFs, SimOptions};

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
    Entries(Vec<(String, bool, u64)>),
    Failed(io::ErrorKind),
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
            Step::Rename { from, .. } => !self.is_dir(*from),
            Step::SyncDir { path } => !self.is_file(*path),
            _ => true,
        }
    }

    fn run(&mut self, step: &Step) -> Seen {
        self.try_run(step)
            .unwrap_or_else(|error| Seen::Failed(error.kind()))
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
                let refused = bytes.is_empty() || file.write_at(bytes, *offset).is_err();
                assert!(refused, "a write past the end of all files went through");
            }
            Step::Write { offset, bytes, .. } => {
                assert_eq!(file.write_at(bytes, *offset)?, bytes.len());
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
        let whole = |file: &dyn File| {
            let mut bytes = vec![0; usize::try_from(file.len().unwrap()).unwrap()];
            let read = file.read_at(&mut bytes, 0).unwrap();
            assert_eq!(read, bytes.len());
            Seen::Bytes(bytes)
        };
        let mut all = vec![self.list(&self.root).unwrap()];
        for path in 0..PATHS.len() {
            all.push(match self.list(&self.path(path)) {
                Ok(entries) => entries,
                Err(_) => match self.fs.open(&self.path(path), Access::Read) {
                    Ok(file) => whole(&*file),
                    Err(error) => Seen::Failed(error.kind()),
                },
            });
        }
        all.extend(self.slots.iter().flatten().map(|file| whole(&**file)));
        all
    }
}

fn compare(steps: &[Step], mut sim: Side, mut real: Side) -> Result<(), TestCaseError> {
    for (number, step) in steps.iter().enumerate() {
        if !real.is_defined(step) {
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

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: CASES,
        rng_seed: RngSeed::Fixed(SEED),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_process_sees_the_same_as_on_a_real_directory(
        steps in prop::collection::vec(step(), 1..40),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let sim = SimFs::with_options(SimOptions { block_bytes: BLOCK, record: false });
        compare(&steps, Side::new(Arc::new(sim), Path::new("/")), Side::new(Arc::new(StdFs), dir.path()))?;
    }

    #[test]
    fn the_process_sees_the_same_through_the_scrambling_wrapper(
        steps in prop::collection::vec(step(), 1..40),
    ) {
        let plain = SimFs::with_options(SimOptions { block_bytes: BLOCK, record: false });
        let behind = SimFs::with_options(SimOptions { block_bytes: BLOCK, record: false });
        let scrambled = ScrambleFs::new(Arc::new(behind));
        compare(&steps, Side::new(Arc::new(scrambled), Path::new("/")), Side::new(Arc::new(plain), Path::new("/")))?;
    }
}
