//! Seeds made from real stores: what correct runs write, in the form that each target takes.

use std::path::Path;

use crash_disk::sim::{SimFs, TreeEntry};
use openraft::{BasicNode, CommittedLeaderId, Entry, EntryPayload, LogId, Membership, Vote};
use openraft_timevault::verify::openraft_0_9::HarnessTypes;
use openraft_timevault::verify::raw::{SMALL_FILES, encode_object};
use openraft_timevault::verify::{Payload, PayloadSeed, PayloadShape};
use serde::Serialize;
use timevault::{Error, Jsonl, Partition, RecordRef, sealed};

use crate::archive::{self, ArchiveFile};
use crate::log_store_ops;
use crate::open_partition::{create, open};
use crate::payloads;
use crate::stored_line;

/// Entries of the log that the seeds are taken from: some chunks of them.
const ENTRIES: u64 = 9;

/// What is left of an open chunk that is shorter than its index says.
const CUT_BYTES: usize = 100;

/// An input for a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seed {
    /// The target.
    pub target: &'static str,
    /// Name of the seed's file.
    pub name: String,
    /// The input.
    pub bytes: Vec<u8>,
}

/// The seeds of all targets but `decode`, whose seeds are written by hand. The same ones every time.
///
/// # Panics
/// When a store on an empty simulated disk can't be written.
#[must_use]
pub fn seeds() -> Vec<Seed> {
    match made() {
        Ok(seeds) => seeds,
        Err(error) => panic!("a store on an empty disk: {error}"),
    }
}

fn made() -> Result<Vec<Seed>, Error> {
    let logs = Logs::write()?;
    let mut seeds = logs.partitions();
    seeds.extend(records(&logs.crashed));
    for file in small_files() {
        let name = file.name.replace(".json", "");
        seeds.push(seed("state_files", &name, file.content));
    }
    seeds.extend(logs.engine_files());
    seeds.push(seed("scan", "jsonl", jsonl()));
    seeds.extend(unsealed_indexes(&logs.closed));
    for (number, bytes) in log_store_ops::seeds().into_iter().enumerate() {
        let name = format!("kind_{number:02}");
        seeds.push(seed("log_store_ops", &name, bytes));
    }
    for (number, bytes) in payloads::seeds().into_iter().enumerate() {
        let name = format!("kind_{number:02}");
        seeds.push(seed("payloads", &name, bytes));
    }
    for kind in 0..6 {
        let name = format!("kind_{kind}");
        seeds.push(seed("decode_structured", &name, structured(kind)));
    }
    Ok(seeds)
}

/// The files of one log after each of several ends.
struct Logs {
    crashed: Vec<ArchiveFile>,
    closed: Vec<ArchiveFile>,
    reopened: Vec<ArchiveFile>,
    purged: Vec<ArchiveFile>,
    truncated: Vec<ArchiveFile>,
}

impl Logs {
    fn write() -> Result<Self, Error> {
        Ok(Self {
            crashed: log(|_, _| Ok(()))?,
            closed: log(|_, partition| partition.close())?,
            reopened: log(|fs, partition| {
                partition.close()?;
                let mut partition = open(fs)?;
                partition.append(ENTRIES, &object(ENTRIES))?;
                partition.sync()
            })?,
            purged: log(|_, mut partition| {
                partition.purge(ENTRIES / 2)?;
                partition.close()
            })?,
            truncated: log(|_, mut partition| {
                partition.truncate(ENTRIES / 2)?;
                partition.append(ENTRIES / 2, &object(ENTRIES / 2))?;
                partition.sync()
            })?,
        })
    }

    /// Whole directories.
    fn partitions(&self) -> Vec<Seed> {
        let Self {
            crashed, closed, ..
        } = self;
        let seeds = [
            ("crashed", crashed),
            ("closed", closed),
            ("reopened", &self.reopened),
            ("cut", &cut(closed)),
            ("purged", &self.purged),
            ("truncated", &self.truncated),
            ("torn", &torn(crashed)),
            ("empty", &Vec::new()),
            ("index_lost", &without_indexes(crashed)),
            ("torn_index_lost", &without_indexes(&torn(crashed))),
            (
                "file_where_gc_belongs",
                &with_file(closed, "gc", b"no directory\n"),
            ),
            (
                "repair_cut_short",
                &with_file(closed, "chunks/0000000000000000.index.tmp", b"half"),
            ),
            (
                "temp_file_is_a_directory",
                &with_file(closed, "metadata.json.tmp/file", b"in the way\n"),
            ),
        ];
        let seed =
            |(name, files): (&str, &Vec<_>)| seed("open_partition", name, archive::write(files));
        seeds.map(seed).into()
    }

    /// The files that a target of their own reads.
    fn engine_files(&self) -> Vec<Seed> {
        let logs = [
            ("crashed", &self.crashed),
            ("closed", &self.closed),
            ("purged", &self.purged),
            ("truncated", &self.truncated),
            ("torn", &torn(&self.crashed)),
        ];
        let files = logs.map(|(log, files)| {
            let files = files.iter().filter_map(|file| of_the_engine(log, file));
            files.collect::<Vec<_>>()
        });
        files.concat()
    }
}

/// Each record of a log, and one of the built-in format.
fn records(files: &[ArchiveFile]) -> Vec<Seed> {
    let chunks = files.iter().filter(|file| file.name.ends_with(".chunk"));
    let lines = chunks.flat_map(|file| file.content.split_inclusive(|byte| *byte == b'\n'));
    let lines = lines.filter(|line| line.len() > 1).enumerate();
    let records =
        lines.map(|(number, line)| seed("record", &format!("line_{number}"), line.to_vec()));
    let value = seed("record", "value", br#"{"temperature":21.5}"#.to_vec());
    records.chain([value]).collect()
}

/// An index of another engine, and one whose line has lost the name of its checksum.
fn unsealed_indexes(files: &[ArchiveFile]) -> Vec<Seed> {
    let index = files.iter().find(|file| file.name.ends_with(".index"));
    let lines = index.map(|file| String::from_utf8_lossy(&file.content));
    let lines = lines.unwrap_or_default();
    let changed = |name, change: fn(&str) -> String| {
        let bytes = lines.lines().map(change).collect::<String>();
        seed("index", name, bytes.into_bytes())
    };
    let renamed = |line: &str| line.replace("crc32c", "crc32b") + "\n";
    vec![
        changed("foreign", unsealed),
        changed("checksum_renamed", renamed),
    ]
}

fn seed(target: &'static str, name: &str, bytes: Vec<u8>) -> Seed {
    let name = name.to_owned();
    Seed {
        target,
        name,
        bytes,
    }
}

/// The seed of the target that reads this file of a partition alone.
fn of_the_engine(log: &str, file: &ArchiveFile) -> Option<Seed> {
    let (target, at) = match file.name.strip_prefix("chunks/") {
        None if file.name == "manifest.jsonl" => ("manifest", ""),
        None => return None,
        Some(name) => match name.rsplit_once('.')? {
            (id, "chunk") => ("scan", id),
            (id, "index") => ("index", id),
            _ => return None,
        },
    };
    // Of the chunk's id the last digit: they are short logs.
    let name = format!("{log}{}", at.get(at.len().saturating_sub(1)..)?);
    (!file.content.is_empty()).then(|| seed(target, &name, file.content.clone()))
}

/// A chunk of the built-in format: two batches, and lines of another writer between them.
fn jsonl() -> Vec<u8> {
    let mut bytes = Vec::new();
    for (order_key, starts_batch) in [(7, true), (7, false), (9, true)] {
        let payload = br#"{"temperature":21.5}"#;
        let record = RecordRef { order_key, payload };
        match stored_line::encode(&Jsonl, record, starts_batch) {
            Some(line) => bytes.extend_from_slice(&line),
            None => panic!("a record of the built-in format is refused"),
        }
        bytes.extend_from_slice(b"{\"timestamp\":7,\"payload\":[1, 2]}\n");
    }
    bytes
}

/// The files of a log after `end`.
fn log(
    end: impl FnOnce(&SimFs, Partition) -> Result<(), Error>,
) -> Result<Vec<ArchiveFile>, Error> {
    let fs = SimFs::new_unrecorded();
    let mut partition = create(&fs)?;
    let dir = partition.path().to_path_buf();
    for index in 0..ENTRIES {
        partition.append(index, &object(index))?;
        if index % 2 == 0 {
            partition.sync()?;
        }
    }
    end(&fs, partition)?;
    let mut files = below(&fs, &dir);
    files.extend(small_files());
    Ok(files)
}

/// The files of a directory on the simulated disk.
fn below(fs: &SimFs, dir: &Path) -> Vec<ArchiveFile> {
    let dir = dir.strip_prefix("/").unwrap_or(dir);
    let files = fs.to_tree().into_iter().filter_map(|(path, entry)| {
        let path = path.strip_prefix("/").unwrap_or(&path);
        let name = path.strip_prefix(dir).ok()?.to_str()?.to_owned();
        match entry {
            TreeEntry::File(content) => Some(ArchiveFile { name, content }),
            TreeEntry::Dir => None,
        }
    });
    files.collect()
}

/// The log as a crash in the middle of its last write leaves it: behind the last whole record
/// stands the beginning of another.
fn torn(files: &[ArchiveFile]) -> Vec<ArchiveFile> {
    with_open_chunk(files, |content| {
        let end = content.trim_ascii_end().len();
        content.truncate(end + 1);
        content.extend_from_slice(&object(ENTRIES)[..20]);
    })
}

/// The log without the end of its open chunk, which its index still tells of.
fn cut(files: &[ArchiveFile]) -> Vec<ArchiveFile> {
    with_open_chunk(files, |content| content.truncate(CUT_BYTES))
}

/// The log with another content of its open chunk.
fn with_open_chunk(files: &[ArchiveFile], change: impl FnOnce(&mut Vec<u8>)) -> Vec<ArchiveFile> {
    let mut files = files.to_vec();
    let chunk = |file: &&mut ArchiveFile| file.name.ends_with(".chunk");
    if let Some(last) = files.iter_mut().rfind(chunk) {
        change(&mut last.content);
    }
    files
}

/// The log without the indexes of its chunks, so that all of the open one is scanned.
fn without_indexes(files: &[ArchiveFile]) -> Vec<ArchiveFile> {
    let kept = files.iter().filter(|file| !file.name.ends_with(".index"));
    kept.cloned().collect()
}

/// The log with one more file.
fn with_file(files: &[ArchiveFile], name: &str, content: &[u8]) -> Vec<ArchiveFile> {
    let file = ArchiveFile {
        name: name.to_owned(),
        content: content.to_vec(),
    };
    files.iter().cloned().chain([file]).collect()
}

/// The line without its checksum.
fn unsealed(line: &str) -> String {
    let object = line
        .rsplit_once(",\"crc32c\"")
        .map_or(line, |(object, _)| object);
    format!("{object}}}\n")
}

/// The object of an entry: each kind in turn.
fn object(index: u64) -> Vec<u8> {
    const SHAPES: [PayloadShape; 5] = [
        PayloadShape::Plain,
        PayloadShape::Unicode,
        PayloadShape::Control,
        PayloadShape::Numbers,
        PayloadShape::Deep,
    ];
    let payload = match index % 4 {
        0 => EntryPayload::Membership(Membership::new(
            vec![[1, 2].into(), [2, 3].into()],
            (1..=4)
                .map(|id| (id, BasicNode::new(format!("127.0.0.1:2100{id}"))))
                .collect::<std::collections::BTreeMap<_, _>>(),
        )),
        1 => EntryPayload::Blank,
        _ => EntryPayload::Normal(Payload::grow(PayloadSeed {
            seed: index,
            bytes: 24,
            shape: SHAPES[(index % 5) as usize],
        })),
    };
    let entry = Entry::<HarnessTypes> {
        log_id: log_id(index),
        payload,
    };
    let mut bytes = Vec::new();
    match encode_object(&entry, &mut bytes) {
        Ok(()) => bytes,
        Err(error) => panic!("entry {index}: {error}"),
    }
}

fn log_id(index: u64) -> LogId<u64> {
    LogId::new(CommittedLeaderId::new(1, 1), index)
}

/// The small files, as the store writes them: a test reads each and has it written again.
fn small_files() -> [ArchiveFile; 3] {
    let mut vote = Vote::new(2, 1);
    vote.commit();
    let [purged, committed] = [log_id(ENTRIES / 2), log_id(ENTRIES - 2)];
    let contents = [
        object_with("vote", &vote),
        object_with("last_deleted", &purged),
        object_with("committed", &committed),
    ];
    let mut names = SMALL_FILES.iter().map(|file| file.name.to_owned());
    contents.map(|object| ArchiveFile {
        name: names.next().unwrap_or_default(),
        content: [sealed::seal(object), b"\n".to_vec()].concat(),
    })
}

fn object_with(member: &str, value: &impl Serialize) -> Vec<u8> {
    match serde_json::to_string(value) {
        Ok(json) => format!("{{\"{member}\":{json}}}").into_bytes(),
        Err(error) => panic!("the {member}: {error}"),
    }
}

/// Bytes from which `decode_structured` grows an entry of each kind.
fn structured(kind: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    for number in [1_u64, 1, u64::from(kind)] {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    bytes.extend_from_slice(&[kind / 3, kind % 3]);
    for number in [
        (1_u64 << 53) + 1,
        i64::MIN.cast_unsigned(),
        0.3_f64.to_bits(),
    ] {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    bytes.push(kind * 20);
    bytes.extend_from_slice(b"12345678null \\ud800 \" \x1f \x7f \xe2\x80\xa8 \xc3\xa9");
    bytes
}
