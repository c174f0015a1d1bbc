//! What it costs that an append decodes what it has encoded: the same appends with and without that, in
//! turn.
//!
//! ```sh
//! cargo bench --bench read_back             # in the system's directory for temporary files
//! cargo bench --bench read_back -- DIR      # on another file system
//! ```
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a benchmark"
)]

use std::io::Cursor;
use std::path::Path;
use std::time::{Duration, Instant};

use openraft::storage::RaftLogStorageExt;
use openraft::{CommittedLeaderId, Entry, EntryPayload, LogId};
use openraft_timevault::{LogStoreOptions, TimevaultLogStore};
use tokio::runtime::{Builder, Runtime};

openraft::declare_raft_types!(Types: D = String, R = (), Node = ());

type Log = TimevaultLogStore<Types>;

/// Entries of one append, and bytes of each.
const CASES: [(u64, usize); 6] = [
    (1, 128),
    (16, 128),
    (256, 128),
    (1, 16 << 10),
    (16, 16 << 10),
    (256, 16 << 10),
];

/// Pairs of measurements of each case.
const PAIRS: usize = 9;

/// How long one measurement takes, about.
const MEASURED: Duration = Duration::from_millis(300);

/// One of the two logs.
struct Side {
    log: Log,
    next: u64,
}

impl Side {
    fn open(runtime: &Runtime, dir: &Path, read_back: bool) -> Self {
        let options = LogStoreOptions {
            read_back,
            ..LogStoreOptions::default()
        };
        let log = runtime.block_on(Log::open_dir(dir, options)).unwrap();
        Self { log, next: 0 }
    }

    /// Time of one append, as the mean of many.
    fn measure(&mut self, runtime: &Runtime, (entries, bytes): (u64, usize), appends: u32) -> f64 {
        // Letters, digits and what has to be escaped, as text in commands is.
        let text: String = "key=\"value 0123456789\" "
            .chars()
            .cycle()
            .take(bytes)
            .collect();
        let mut taken = Duration::ZERO;
        for _ in 0..appends {
            let first = self.next;
            self.next += entries;
            let entry = |index| Entry {
                log_id: LogId::new(CommittedLeaderId::new(1, 1), index),
                payload: EntryPayload::Normal(text.clone()),
            };
            let batch: Vec<Entry<Types>> = (first..self.next).map(entry).collect();
            let began = Instant::now();
            runtime.block_on(self.log.blocking_append(batch)).unwrap();
            taken += began.elapsed();
        }
        taken.as_secs_f64() / f64::from(appends)
    }
}

/// Least, middle and most.
fn spread(mut values: Vec<f64>) -> (f64, f64, f64) {
    values.sort_by(f64::total_cmp);
    let at = |part: usize| values.get((values.len() - 1) * part / 2).copied();
    (at(0).unwrap(), at(1).unwrap(), at(2).unwrap())
}

fn main() {
    // cargo passes flags of its own.
    let dir = std::env::args().skip(1).find(|arg| !arg.starts_with('-'));
    let dir = match &dir {
        Some(dir) => tempfile::tempdir_in(dir),
        None => tempfile::tempdir(),
    };
    let dir = dir.unwrap();
    let runtime = Builder::new_current_thread().build().unwrap();
    println!("{}", dir.path().display());
    println!(
        "time of one durable append, medians of {PAIRS} pairs; ratio: with / without the check"
    );
    println!("entries   bytes   with us  without us   ratio min / median / max");
    for (entries, bytes) in CASES {
        let places = [(); 2].map(|()| tempfile::tempdir_in(dir.path()).unwrap());
        let [mut with, mut without] = [(0, true), (1, false)]
            .map(|(at, on): (usize, bool)| Side::open(&runtime, places[at].path(), on));
        let once = without.measure(&runtime, (entries, bytes), 3);
        let appends = (MEASURED.as_secs_f64() / once).clamp(5.0, 2_000.0) as u32;
        with.measure(&runtime, (entries, bytes), appends.min(20));
        let pairs: Vec<(f64, f64)> = (0..PAIRS)
            .map(|_| {
                let with = with.measure(&runtime, (entries, bytes), appends);
                (with, without.measure(&runtime, (entries, bytes), appends))
            })
            .collect();
        let (_, with_us, _) = spread(pairs.iter().map(|(with, _)| with * 1e6).collect());
        let (_, without_us, _) = spread(pairs.iter().map(|(_, without)| without * 1e6).collect());
        let (least, middle, most) = spread(pairs.iter().map(|(a, b)| a / b).collect());
        println!(
            "{entries:>7} {bytes:>7} {with_us:>9.0} {without_us:>11.0}   {least:.2} / {middle:.2} / {most:.2}"
        );
        for side in [with, without] {
            runtime.block_on(side.log.close()).unwrap();
        }
    }
}
