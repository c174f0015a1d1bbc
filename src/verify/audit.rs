//! Programs on plain partitions of the engine, for the syncs that no Raft log needs: its vote file
//! syncs the partition's directory again, its keys never come twice, its short programs fill no long
//! chunk, and nobody takes its files away.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crash_disk::sim::{Keep, Level, Profile, SimFs};
use crash_disk::{Access, FileSystem as _, SyncSite};
use timevault::{
    ChunkRoll, Error, IndexConfig, Jsonl, Partition, PartitionConfig, Store, StoreOptions,
};
use uuid::Uuid;

pub use raft_log_verify::audit::*;
use raft_log_verify::crash::{Cut, Left};
use raft_log_verify::rules::{
    Violation, append_durability, open_after_crash, recovery_cost, sticky_recovery,
};
use raft_log_verify::subject::file_names;

/// Root of the store.
const ROOT: &str = "/store";

/// The only partition.
const ID: Uuid = Uuid::from_u128(0x42);

/// Bytes after which a chunk is closed in the program that needs two of them: two records fill one.
const SMALL_CHUNK_BYTES: u64 = 130;

/// Bytes after which a chunk is closed in all others: never.
const LARGE_CHUNK_BYTES: u64 = 1 << 20;

/// Records in an index block.
const BLOCK_RECORDS: u64 = 4;

/// Bytes of chunk after which its index is synced.
const INDEX_SYNC_BYTES: u64 = 300;

/// Bytes that a stored record has at least.
const RECORD_BYTES: u64 = 45;

/// Appends of one record that make a chunk several times longer than [`INDEX_SYNC_BYTES`].
const MANY: u64 = 24;

/// Records that an open after a power cut may have to read one by one: those whose index lines need
/// not be durable, those of a block that is not full, and one that was being written.
const SCANNED_MAX: u64 = INDEX_SYNC_BYTES / RECORD_BYTES + BLOCK_RECORDS + 1;

/// Directory of the chunks in a partition.
const CHUNKS: &str = "chunks";

/// Ends the name of an index.
const INDEX: &str = "index";

/// The payload of every record.
const PAYLOAD: &[u8] = b"\"0123456789\"";

/// A program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlainProgram {
    /// A partition is made and gets its first record.
    FirstRecord,
    /// The last record of a closed chunk gets another one with the same key, behind a roll that was
    /// cut short.
    KeyAgain,
    /// The index of the open chunk is taken away between two records.
    IndexTaken,
    /// One chunk that is much longer than what may be without durable index lines.
    LongChunk,
}

/// A step of a program.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// Append a record with this key, durable.
    Append(u64),
    /// Not by the engine: the last chunk and its index are as a roll left them that was cut short.
    CutRollShort,
    /// Not by the engine: the index of the last chunk is gone.
    TakeIndex,
    /// The partition is dropped and opened again.
    Reopen,
}

/// What broke.
#[derive(Debug, Clone)]
pub struct PlainFailure {
    /// In which program.
    pub program: PlainProgram,
    /// When the power was cut, and what it left; `None` = the program itself went wrong.
    pub cut: Option<Cut>,
    /// The rule.
    pub violation: Violation,
}

impl fmt::Display for PlainProgram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FirstRecord => "first record",
            Self::KeyAgain => "a key again behind a roll cut short",
            Self::IndexTaken => "index taken away",
            Self::LongChunk => "one long chunk",
        })
    }
}

/// The sites that these programs and the opens after their crashes reach, in the order of the source.
///
/// # Errors
/// What a program breaks with all its syncs.
pub fn plain_sites() -> Result<Vec<Site>, PlainFailure> {
    let heard = Heard::default();
    for program in PlainProgram::ALL {
        program.judge(&Skip {
            heard: Arc::clone(&heard),
            ..Skip::default()
        })?;
    }
    let mut sites = heard.lock().map(|heard| heard.clone()).unwrap_or_default();
    sort_sites(&mut sites);
    Ok(sites)
}

/// Leaves out the syncs of one site and looks in all programs for what breaks.
#[must_use]
pub fn plain_audit(site: Site) -> Option<PlainFailure> {
    let skip = Skip {
        what: Skipped::Site(site),
        ..Skip::default()
    };
    PlainProgram::ALL
        .iter()
        .find_map(|program| program.judge(&skip).err())
}

impl PlainProgram {
    /// All programs.
    pub const ALL: [Self; 4] = [
        Self::FirstRecord,
        Self::KeyAgain,
        Self::IndexTaken,
        Self::LongChunk,
    ];

    fn chunk_bytes(self) -> u64 {
        match self {
            Self::KeyAgain => SMALL_CHUNK_BYTES,
            _ => LARGE_CHUNK_BYTES,
        }
    }

    fn steps(self) -> Vec<Step> {
        use Step::{Append, CutRollShort, Reopen, TakeIndex};
        match self {
            Self::FirstRecord => vec![Append(1)],
            Self::KeyAgain => vec![
                Append(0),
                Append(1),
                Append(2),
                CutRollShort,
                Reopen,
                Append(1),
            ],
            Self::IndexTaken => {
                // Two full blocks, or an index that is lost again would cost the next open nothing.
                let blocks = (0..2 * BLOCK_RECORDS).map(Append);
                let after = [TakeIndex, Reopen, Append(2 * BLOCK_RECORDS)];
                blocks.chain(after).collect()
            }
            Self::LongChunk => (0..MANY).map(Append).collect(),
        }
    }

    /// Runs the program and judges every disk that a power cut may leave, up to L2 under `posix`.
    fn judge(self, skip: &Skip) -> Result<(), PlainFailure> {
        let failure = |cut, violation| PlainFailure {
            program: self,
            cut,
            violation,
        };
        let sim = SimFs::new();
        let history = self.run(&sim, skip);
        let history = history
            .map_err(|error| failure(None, open_after_crash::RULE.broken(error.to_string())))?;
        for point in sim.points() {
            let Some(admissible) = history.admissible(point.complete_calls()) else {
                continue;
            };
            let view = sim.view(point, Profile::Posix);
            for state in view.states(Level::L2) {
                let left = Left::PowerCut(Profile::Posix, state.keep.clone());
                let judged = self.judge_disk(&view.disk(&state.keep), admissible, skip);
                judged.map_err(|violation| failure(Some(Cut { point, left }), violation))?;
            }
        }
        Ok(())
    }

    /// Opens a crashed disk, and once more after a power cut that keeps nothing of what was pending.
    fn judge_disk(
        self,
        disk: &SimFs,
        (created, admissible): (bool, [&[u64]; 2]),
        skip: &Skip,
    ) -> Result<(), Violation> {
        let shown = self.look(disk, skip, (created, SCANNED_MAX))?;
        if !admissible.contains(&&shown[..]) {
            let [old, new] = admissible;
            let text = format!("an open shows keys {shown:?}, not {old:?} or {new:?}");
            return Err(append_durability::RULE.broken(text));
        }
        let cut = disk.crash_now(&Keep::None);
        let again = self.look(&cut, skip, (true, BLOCK_RECORDS))?;
        if again != shown {
            let text = format!("an open showed keys {shown:?}, the next one shows {again:?}");
            return Err(sticky_recovery::RULE.broken(text));
        }
        Ok(())
    }

    /// The keys that an open shows. A partition that was `created` has to be there.
    fn look(
        self,
        disk: &SimFs,
        skip: &Skip,
        (created, scanned_max): (bool, u64),
    ) -> Result<Vec<u64>, Violation> {
        let open = || {
            let (_, partition) = self.open(disk, skip, created)?;
            Ok((
                partition.read_range(0..=u64::MAX)?,
                partition.recovery().scanned_records,
            ))
        };
        let (records, scanned) = open().map_err(|error: Error| {
            open_after_crash::RULE.broken(format!("open failed: {error}"))
        })?;
        if scanned > scanned_max {
            let text =
                format!("open read {scanned} records one by one, the bound is {scanned_max}");
            return Err(recovery_cost::RULE.broken(text));
        }
        Ok(records.iter().map(|record| record.order_key).collect())
    }

    /// Opens the partition; makes it unless it was `created`.
    fn open(self, sim: &SimFs, skip: &Skip, created: bool) -> Result<(Store, Partition), Error> {
        let fs = SkipFs {
            inner: Arc::new(sim.clone()),
            skip: skip.clone(),
        };
        let options = StoreOptions {
            fs: Arc::new(fs),
            index_sync_bytes: INDEX_SYNC_BYTES,
            fill_step: 0,
            ..StoreOptions::default()
        };
        let store = Store::open(ROOT, options)?;
        if created {
            let partition = store.open_partition(ID, Arc::new(Jsonl))?;
            return Ok((store, partition));
        }
        let config = PartitionConfig {
            chunk_roll: ChunkRoll {
                max_bytes: self.chunk_bytes(),
                ..PartitionConfig::default().chunk_roll
            },
            index: IndexConfig {
                max_records: BLOCK_RECORDS,
                ..PartitionConfig::default().index
            },
            ..PartitionConfig::default()
        };
        let partition = match store.create_partition(ID, config, Arc::new(Jsonl)) {
            Err(Error::PartitionExists { .. }) => store.open_partition(ID, Arc::new(Jsonl))?,
            result => result?,
        };
        Ok((store, partition))
    }

    fn run(self, sim: &SimFs, skip: &Skip) -> Result<History, Error> {
        let (mut store, mut partition) = self.open(sim, skip, false)?;
        let mut keys = Vec::new();
        let mut history = vec![Done::new(sim, &keys, true)];
        for step in self.steps() {
            match step {
                Step::Append(key) => {
                    partition.append(key, PAYLOAD)?;
                    partition.sync()?;
                    keys.push(key);
                }
                Step::CutRollShort => {
                    keys.pop();
                    for file in last_files(sim, partition.path()) {
                        by_hand(
                            &file,
                            sim.open(&file, Access::ReadWrite).and_then(|file| {
                                file.set_len(0)?;
                                file.sync_data(SyncSite::here())
                            }),
                        )?;
                    }
                }
                Step::TakeIndex => {
                    for file in last_files(sim, partition.path()) {
                        if file.extension().is_some_and(|name| name == INDEX) {
                            by_hand(&file, sim.remove_file(&file))?;
                        }
                    }
                    let chunks = partition.path().join(CHUNKS);
                    by_hand(&chunks, sim.sync_dir(&chunks, SyncSite::here()))?;
                }
                Step::Reopen => {
                    drop((partition, store));
                    (store, partition) = self.open(sim, skip, true)?;
                }
            }
            let by_engine = !matches!(step, Step::CutRollShort | Step::TakeIndex);
            history.push(Done::new(sim, &keys, by_engine));
        }
        drop(store);
        Ok(History(history))
    }
}

/// The files of the last chunk.
fn last_files(sim: &SimFs, partition: &Path) -> Vec<PathBuf> {
    let chunks = partition.join(CHUNKS);
    let names = file_names(sim, &chunks);
    let stem = |name: &str| name.split('.').next().map(str::to_owned);
    let last = names.iter().filter_map(|name| stem(name)).max();
    let of_last = names.iter().filter(|name| stem(name) == last);
    of_last.map(|name| chunks.join(name)).collect()
}

fn by_hand<T>(path: &Path, result: io::Result<T>) -> Result<T, Error> {
    result.map_err(|source| Error::Io {
        action: "change by hand",
        path: path.to_path_buf(),
        source,
    })
}

/// What was appended when a step was done.
#[derive(Debug)]
struct Done {
    /// Mutating calls up to then.
    calls: u64,
    keys: Vec<u64>,
    /// Whether the step was the engine's; a crash inside another one is not judged.
    by_engine: bool,
}

impl Done {
    fn new(sim: &SimFs, keys: &[u64], by_engine: bool) -> Self {
        Self {
            calls: sim.step(),
            keys: keys.to_vec(),
            by_engine,
        }
    }
}

/// The steps of a run, in their order; first the one that makes the partition.
#[derive(Debug)]
struct History(Vec<Done>);

impl History {
    /// Whether the partition must be there after a crash behind this many whole calls, and what it may
    /// hold: what it held before and behind the step that was cut short. `None` = not judged.
    fn admissible(&self, calls: u64) -> Option<(bool, [&[u64]; 2])> {
        let finished = self.0.partition_point(|done| done.calls <= calls);
        let now = self.0.get(finished);
        if now.is_some_and(|now| !now.by_engine) {
            return None;
        }
        let last = finished.checked_sub(1).and_then(|at| self.0.get(at));
        let keys = [last, now.or(last)].map(|done| done.map_or(&[][..], |done| &done.keys));
        Some((last.is_some(), keys))
    }
}
