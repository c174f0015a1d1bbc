//! Binds the store of this package to the harness: the only place that knows both.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crash_disk::read_whole;
use openraft::RaftTypeConfig;
use serde::Deserialize;
use timevault::inspect::{Finding, Severity};
use timevault::sealed::{Unsealed, unseal};
use timevault::{ChunkRoll, IndexConfig, PartitionConfig, StoreOptions};

use super::corpus;
use super::seeded_bug::{Played, SeededBug};
use crate::inspect::LogInspector;
use crate::log_store::SINGLE_LOG_ID;
use crate::log_store::core::{Executor, Internals, Lane, Task};
use crate::{LogStoreError, LogStoreOptions, TimevaultLogStore};
use raft_log_verify::audit::{Skip, SkipFs, Skipped};
use raft_log_verify::openraft_0_9::{self, HarnessTypes, Store};
use raft_log_verify::subject::file_names;
use raft_log_verify::tasks::{self, Tasks};
use raft_log_verify::{Caller, Health, Hints, Place, Tuning};

/// Ends the name of a chunk.
const CHUNK: &str = ".chunk";

/// Bytes that an open reads of the files of fixed size: metadata, vote, purged and committed id.
const SMALL_FILES_BYTES: u64 = 2 << 10;

/// Bytes of a line of the manifest.
const LINE_BYTES: u64 = 128;

/// Bytes that a record has beside the JSON of its entry: mark, checksum, newline.
const RECORD_OVERHEAD: u64 = 64;

/// One in so many sizes of segments comes without recent entries in memory.
const RECENT_ONE_IN: u64 = 4;

/// How often an open may read as much as a chunk: the tail of the open chunk; its last batch, to be
/// written again; the highest chunk that a purge has left; and the blocks of the first, the last and
/// the committed entry, to have their ids. Random programs come to 5.3 where one entry is nearly all
/// of the log.
const READS_OF_A_CHUNK: u64 = 6;

/// [`TimevaultLogStore`] under test, with any type config.
pub type Timevault<C> = Store<C, TimevaultLogStore<C>>;

/// The store of this package under test, with the types of the harness.
#[must_use]
pub fn timevault() -> Timevault<HarnessTypes> {
    typed("timevault").with_suite()
}

/// The same with one bug.
#[must_use]
pub fn timevault_with(bug: SeededBug) -> Timevault<HarnessTypes> {
    let name = corpus::info(bug).map_or_else(String::new, ToString::to_string);
    bound(name, Some(bug)).with_suite()
}

/// The store of this package under test, with any types.
#[must_use]
pub fn typed<C: RaftTypeConfig>(name: &str) -> Timevault<C> {
    bound(name.to_owned(), None)
}

fn bound<C: RaftTypeConfig>(name: String, bug: Option<SeededBug>) -> Timevault<C> {
    openraft_0_9::store_on_seam(name, move |place, tuning| open(bug, place, tuning))
        .closed_by(TimevaultLogStore::close)
        .caller(Caller::Strict)
        .stores_committed(true)
        .exclusive(true)
        .refuses_unstorable(true)
        .hints(TimevaultHints, true)
}

async fn open<C: RaftTypeConfig>(
    bug: Option<SeededBug>,
    place: Place,
    tuning: Tuning,
) -> Result<TimevaultLogStore<C>, LogStoreError> {
    let root = TimevaultHints::root(&place);
    let mut store = StoreOptions {
        fs: place.fs,
        fill_step: tuning.fill_bytes,
        ..StoreOptions::default()
    };
    let mut internals = Internals::usual();
    match bug.map(SeededBug::played) {
        None => {}
        Some(Played::WithoutSync(name)) => {
            let skip = Skip {
                what: Skipped::Named(name),
                ..Skip::default()
            };
            let inner = store.fs;
            store.fs = Arc::new(SkipFs { inner, skip });
        }
        Some(Played::Engine(bug)) => store.seeded = Some(bug),
        Some(Played::LogStore(bug)) => internals.seeded.bug = Some(bug),
    }
    if place.tasks.are_scheduled() {
        place.tasks.answer_once();
        internals.executor = Arc::new(Scheduled(place.tasks));
    }
    let defaults = LogStoreOptions::default();
    let partition = PartitionConfig {
        chunk_roll: ChunkRoll {
            max_bytes: tuning.segment_bytes,
            ..defaults.partition.chunk_roll
        },
        index: IndexConfig {
            max_records: tuning.block_entries,
            ..defaults.partition.index
        },
        ..defaults.partition
    };
    let options = LogStoreOptions {
        partition,
        recent_bytes: recent_bytes(tuning),
        ..defaults
    };
    TimevaultLogStore::open_dir_on(root, store, options, internals).await
}

/// Nothing stays in memory in programs that are written by hand and in a quarter of the others, so that reads meet the
/// disk; in the others up to one and a half segments.
fn recent_bytes(tuning: Tuning) -> usize {
    let halves = tuning.segment_bytes % RECENT_ONE_IN;
    usize::try_from(halves * tuning.segment_bytes / 2).unwrap_or(usize::MAX)
}

/// The store's work is done when the harness says so.
#[derive(Debug)]
struct Scheduled(Tasks);

impl Executor for Scheduled {
    fn start(&self, _: Lane) -> std::io::Result<()> {
        Ok(())
    }

    fn submit(&self, lane: Lane, task: Task) {
        let lane = match lane {
            Lane::Write => tasks::Lane::Write,
            Lane::Open => tasks::Lane::Open,
        };
        self.0.spawn(lane, task);
    }

    fn turn(&self) -> usize {
        self.0.turn()
    }

    fn lingers(&self) -> bool {
        false
    }
}

/// What is known of the files of a log.
#[derive(Debug, Clone, Copy)]
struct TimevaultHints;

impl TimevaultHints {
    /// The store's directory: two levels below the place, so that making it is judged like all else.
    fn root(place: &Place) -> PathBuf {
        place.dir.join("node").join("log")
    }

    /// The directory of the log's chunks.
    fn chunks(place: &Place) -> PathBuf {
        let id = SINGLE_LOG_ID.as_simple().to_string();
        let (shard, rest) = (
            id.get(28..30).unwrap_or_default(),
            id.get(30..32).unwrap_or_default(),
        );
        let partition = SINGLE_LOG_ID.to_string();
        Self::root(place)
            .join("partitions")
            .join(shard)
            .join(rest)
            .join(partition)
            .join("chunks")
    }
}

/// Where the block ends that an intact line of an index describes.
fn block_end(line: &mut [u8]) -> Option<u64> {
    #[derive(Deserialize)]
    struct Block {
        file_offset_bytes: u64,
        block_len_bytes: u64,
    }
    let Unsealed::Valid(object) = unseal(line) else {
        return None;
    };
    let block: Block = serde_json::from_slice(object).ok()?;
    Some(block.file_offset_bytes + block.block_len_bytes)
}

impl Hints for TimevaultHints {
    fn segments(&self, place: &Place) -> std::io::Result<Option<u64>> {
        let names = file_names(&*place.fs, &Self::chunks(place));
        Ok(Some(
            names.iter().filter(|name| name.ends_with(CHUNK)).count() as u64,
        ))
    }

    fn torn_tail(&self, place: &Place) -> bool {
        let dir = Self::chunks(place);
        let names = file_names(&*place.fs, &dir);
        let Some(last) = names.iter().rfind(|name| name.ends_with(CHUNK)) else {
            return false;
        };
        let bytes = read_whole(&*place.fs, &dir.join(last)).unwrap_or_default();
        bytes.last().is_some_and(|last| *last != b'\n') || bytes.contains(&0)
    }

    fn tail_begin(&self, place: &Place, file: &Path) -> Option<u64> {
        // The open chunk behind its last block; closed ones are measured by the manifest.
        let chunks = Self::chunks(place);
        let names = file_names(&*place.fs, &chunks);
        let last = names.iter().rfind(|name| name.ends_with(CHUNK))?;
        (chunks.join(last) == file).then_some(())?;
        let mut index = read_whole(&*place.fs, &file.with_extension("index")).unwrap_or_default();
        let lines = index.split_mut(|byte| *byte == b'\n');
        Some(lines.map_while(block_end).last().unwrap_or(0))
    }

    fn leftovers(&self, place: &Place, purged: u64) -> std::io::Result<Vec<String>> {
        let mut names = file_names(&*place.fs, &Self::chunks(place));
        names.retain(|name| name.ends_with(CHUNK));
        let begin = |name: &str| {
            let digits = name.strip_suffix(CHUNK)?;
            u64::from_str_radix(digits, 16).ok()
        };
        // A chunk ends where the next one begins.
        let left = names.windows(2).filter_map(|pair| match pair {
            [name, next] if begin(next)? <= purged.saturating_add(1) => Some(name.clone()),
            _ => None,
        });
        Ok(left.collect())
    }

    fn open_read_bound(&self, place: &Place, tuning: Tuning, entry_bytes: u64) -> Option<u64> {
        let segments = self.segments(place).ok().flatten().unwrap_or_default();
        let chunk = tuning.segment_bytes + entry_bytes + RECORD_OVERHEAD + tuning.fill_bytes;
        Some(READS_OF_A_CHUNK * chunk + segments * LINE_BYTES + SMALL_FILES_BYTES)
    }

    fn health(&self, place: &Place) -> Health {
        let inspector = LogInspector::new(Arc::clone(&place.fs));
        let Ok(target) = inspector.target(&Self::root(place)) else {
            // A crash in the making of a store leaves a directory that is none yet.
            return Health::Whole;
        };
        let looked = target.partitions.iter();
        let reports = looked.map(|dir| inspector.log(dir, target.lock, &mut ()).partition);
        let found = target.findings.iter().cloned();
        let mut findings = found.chain(reports.flat_map(|report| report.findings));
        let damage = findings.find(|finding| finding.kind.severity == Severity::Damage);
        let text = |damage: Finding| {
            let (name, path) = (damage.kind.name, damage.path.display());
            let (expected, found) = (damage.expected, damage.found);
            format!("{name} {path}: expected {expected}, found {found}")
        };
        damage.map_or(Health::Whole, |damage| Health::Damaged(text(damage)))
    }
}
