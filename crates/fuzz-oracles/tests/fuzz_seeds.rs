//! The seeds of the fuzz targets, on stable and without a fuzzer; and the inputs that a decoder most
//! easily gets wrong, each by name.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop where it stands"
)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crash_disk::sim::{SimFs, TreeEntry};
use crash_disk::{FileSystem, StdFs, read_whole};
use fuzz_oracles::{AnyTypes, ENGINE_TARGETS, TARGETS, decode, open_partition, seeds};
use openraft::{CommittedLeaderId, Entry, EntryPayload, LogId};
use openraft_timevault::verify::openraft_0_9::HarnessTypes;
use openraft_timevault::verify::{Nested, Payload, Shaped};
use openraft_timevault::{EntryFormat, LogStoreOptions, SINGLE_LOG_ID};
use timevault::sealed::{self, Unsealed, unseal};
use timevault::{Error, FormatPlugin, Store, StoreOptions};

/// Bytes of brackets that the decoder is given.
const BRACKETS: usize = 100_000_000;

/// Memory that they may cost at most, as a multiple of their number. The decoder's buffer for what
/// it skips takes a byte each, and doubles.
const MEMORY_FACTOR: u64 = 4;

fn fuzz_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}

fn seeds_dir(target: &str) -> PathBuf {
    fuzz_dir().join("seeds").join(target)
}

/// The files of a directory, by name.
fn files(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let mut names: Vec<String> = StdFs
        .read_dir(dir)
        .unwrap()
        .into_iter()
        .map(|entry| entry.name)
        .collect();
    names.sort_unstable();
    let read = |name: String| {
        let bytes = read_whole(&StdFs, &dir.join(&name)).unwrap();
        (name, bytes)
    };
    names.into_iter().map(read).collect()
}

#[test]
fn every_seed_of_every_target_holds() {
    // Those of the engine are replayed by its own tests.
    for (target, function) in TARGETS {
        let seeds = files(&seeds_dir(target));
        assert!(!seeds.is_empty(), "{target} has no seeds");
        for (name, bytes) in seeds {
            println!("{target}/{name}");
            function(&bytes);
        }
    }
}

/// The scanner alone is given them, with other formats, in the engine's tests.
#[test]
fn every_seed_of_scan_holds_as_the_open_chunk_of_a_log() {
    for (name, bytes) in files(&seeds_dir("scan")) {
        println!("scan/{name}");
        // A chunk is named after its first key: those of the seeds are one digit.
        for id in 0..10 {
            let manifest =
                format!("=== + manifest.jsonl\n{{\"chunk_id\":{id},\"min_order_key\":{id}}}\n");
            let header = format!("=== chunks/{id:016x}.chunk\n");
            open_partition(&[manifest.as_bytes(), header.as_bytes(), &bytes].concat());
        }
    }
}

#[test]
fn every_target_has_its_file_and_every_file_its_target() {
    let sources = files(&fuzz_dir().join("fuzz_targets"));
    let mut names: Vec<&str> = sources
        .iter()
        .filter_map(|(name, _)| name.strip_suffix(".rs"))
        .collect();
    names.sort_unstable();
    let mut targets = [&TARGETS.map(|(name, _)| name)[..], &ENGINE_TARGETS].concat();
    targets.sort_unstable();
    targets.dedup();
    assert_eq!(names, targets);
}

#[test]
fn the_seeds_made_from_stores_are_those_that_stores_write_today() {
    for seed in seeds() {
        let path = seeds_dir(seed.target).join(&seed.name);
        let kept = read_whole(&StdFs, &path).unwrap();
        assert!(kept == seed.bytes, "{} is not up to date", path.display());
    }
}

/// `cargo test --test fuzz_seeds -- --ignored write_the_seeds`
#[test]
#[ignore = "writes into the source tree, after the format or the makers of the seeds changed"]
#[expect(clippy::disallowed_methods, reason = "files of the source tree")]
fn write_the_seeds() {
    for seed in seeds() {
        let dir = seeds_dir(seed.target);
        std::fs::create_dir_all(&dir).unwrap();
        std::fs::write(dir.join(&seed.name), &seed.bytes).unwrap();
    }
}

/// The most memory that this process ever had, in bytes; 0 where the system does not tell.
#[expect(clippy::disallowed_methods, reason = "a file of the system")]
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
    kib.map_or(0, |kib| kib.trim().parse::<u64>().unwrap() * 1024)
}

/// What is checked: the decoder, and opening and decoding a whole stored line, return an error, so
/// no stack overflows; and, on Linux, the peak of the process's resident memory rises by no more
/// than [`MEMORY_FACTOR`] times the input while they do.
#[test]
fn a_hundred_million_brackets_overflow_nothing_and_cost_a_small_multiple_of_themselves() {
    for before in ["", r#"{"x":"#, r#"{"log_id":"#, r#"{"payload":{"Normal":"#] {
        let mut json = before.as_bytes().to_vec();
        json.resize(before.len() + BRACKETS, b'[');
        let peak = peak_memory();
        let typed = EntryFormat::<HarnessTypes>::new();
        assert!(typed.decode(&json).is_err(), "{before}");
        let any = EntryFormat::<AnyTypes>::new();
        assert!(any.decode(&json).is_err(), "{before}");
        assert!(!matches!(unseal(&mut json), Unsealed::Valid(_)), "{before}");
        let risen = peak_memory() - peak;
        assert!(
            risen <= MEMORY_FACTOR * BRACKETS as u64,
            "{before}: {risen} bytes"
        );
    }
}

fn normal(index: u64, payload: Payload) -> Entry<HarnessTypes> {
    Entry {
        log_id: LogId::new(CommittedLeaderId::new(1, 1), index),
        payload: EntryPayload::Normal(payload),
    }
}

fn payload(text: String) -> Payload {
    Payload {
        text,
        unsigned: (1 << 53) + 1,
        signed: -(1 << 53) - 1,
        float: 0.1 + 0.2,
        nested: Nested::default(),
        shaped: Shaped::None,
    }
}

/// Through a stored line and back.
fn read_back(entry: &Entry<HarnessTypes>) -> Entry<HarnessTypes> {
    let object = serde_json::to_vec(entry).unwrap();
    decode(&object);
    let mut line = sealed::seal([b" ", &object[..]].concat());
    let Unsealed::Valid(opened) = unseal(&mut line) else {
        panic!("the line just written is refused");
    };
    serde_json::from_slice(opened).unwrap()
}

#[test]
fn a_mebibyte_with_every_control_character_and_numbers_above_2_to_53_come_back_equal() {
    let controls: String = (0..=0x9f_u8)
        .map(char::from)
        .filter(|c| c.is_control())
        .collect();
    let once = format!("{controls}\\ud800\u{2028}\u{2029}\u{feff}\u{ffff}\u{10ffff}\"\\");
    let text = once.repeat((1 << 20) / once.len() + 1);
    assert!(text.len() >= 1 << 20 && text.contains(r"\ud800"));
    let entry = normal(3, payload(text));
    assert!(read_back(&entry) == entry);
}

#[test]
fn an_escaped_lone_surrogate_in_stored_bytes_is_a_typed_error() {
    let whole = serde_json::to_string(&normal(0, payload("SURROGATE".to_owned()))).unwrap();
    let format = EntryFormat::<HarnessTypes>::new();
    for surrogate in [r"\ud800", r"\udfff", r"\udc00\ud800", r"\ud800\u0041"] {
        let object = whole.replace("SURROGATE", surrogate);
        decode(object.as_bytes());
        let error = format.decode(object.as_bytes()).unwrap_err().to_string();
        assert!(error.contains("hex escape"), "{error}");

        // In a log, behind a right checksum: reported with its place.
        let options = StoreOptions {
            fs: Arc::new(SimFs::new()),
            ..StoreOptions::default()
        };
        let store = Store::open("/surrogate", options).unwrap();
        let config = LogStoreOptions::default().partition;
        let mut partition = store
            .create_partition(SINGLE_LOG_ID, config, Arc::new(format))
            .unwrap();
        partition.append(0, object.as_bytes()).unwrap();
        partition.sync().unwrap();
        let unread = partition.check().unwrap_err();
        let Error::Undecodable {
            path,
            offset,
            order_key,
            reason,
            ..
        } = unread
        else {
            panic!("{unread}");
        };
        assert!(path.ends_with("chunks/0000000000000000.chunk"), "{path:?}");
        assert_eq!((offset, order_key), (0, Some(0)));
        assert!(reason.contains("hex escape"), "{reason}");
    }
}

/// Found by `open_partition`, and the seed `file_where_gc_belongs`: the close fails, and takes nothing
/// along.
#[test]
fn a_file_where_gc_belongs_makes_close_a_typed_error() {
    let fs = SimFs::new_unrecorded();
    let open = |fs: &SimFs| {
        let fs = Arc::new(fs.clone());
        let options = StoreOptions {
            fs,
            ..StoreOptions::default()
        };
        Store::open("/gc", options).unwrap()
    };
    let format = Arc::new(EntryFormat::<HarnessTypes>::new());
    let config = LogStoreOptions::default().partition;
    let mut partition = open(&fs)
        .create_partition(SINGLE_LOG_ID, config, format.clone())
        .unwrap();
    let object = serde_json::to_vec(&normal(0, payload(String::new()))).unwrap();
    partition.append(0, &object).unwrap();
    partition.sync().unwrap();
    let gc = partition.path().join("gc");
    partition.close().unwrap();
    let mut tree = fs.to_tree();
    tree.insert(
        gc.strip_prefix("/").unwrap().to_owned(),
        TreeEntry::File(b"no directory\n".to_vec()),
    );
    let fs = SimFs::from_tree(&tree).unwrap();

    let reopen = || open(&fs).open_partition(SINGLE_LOG_ID, format.clone());
    let error = reopen().unwrap().close().unwrap_err();
    let Error::Failed { first } = &error else {
        panic!("{error}");
    };
    assert!(matches!(&**first, Error::Io { path, .. } if *path == gc));
    assert_eq!(error.io_kind(), Some(std::io::ErrorKind::NotADirectory));
    let records = reopen().unwrap().read_range(0..=u64::MAX).unwrap();
    assert!(records.len() == 1 && records[0].payload == object);
}
