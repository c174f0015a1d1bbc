//! The life of a log of a size: loaded, copied as a crash would leave it, closed, opened, read, cut, purged.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, Instant};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::group::{Group, Line, Samples, Times, Trial, median, per_second};
use super::log::{Log, entries, fill, text};

/// Entries of a log, and how the number is called.
const SIZES: [(u64, &str); 3] = [(10_000, "10k"), (100_000, "100k"), (1_000_000, "1M")];
/// Entries of one append while the log is loaded.
const BATCH: u64 = 1_000;
const BYTES: usize = 128;
/// Entries of one sequential read.
const RANGE: u64 = 256;
/// The last entries, which replication reads.
const LAST: u64 = 64;
const POINT_READS: usize = 2_000;
const RECENT_READS: u64 = 200;
/// Entries that a truncate removes.
const CUT: u64 = 1_000;
/// Opens and truncates of one repetition; the middle one counts.
const TIMES: usize = 3;

pub fn groups() -> Vec<Group> {
    SIZES.into_iter().map(group).collect()
}

/// The names of the lines for one size.
struct Names {
    load: String,
    crash: String,
    clean: String,
    disk: String,
    sequential: String,
    point: String,
    point_p99: String,
    last: String,
    just_written: String,
    truncate: String,
    purge: String,
}

impl Names {
    fn new(size: &str) -> Self {
        Self {
            load: format!("load of {size} in batches of 1,000"),
            crash: format!("reopen after a crash, {size}"),
            clean: format!("reopen, closed cleanly, {size}"),
            disk: format!("disk bytes for each payload byte, {size} x 128 B"),
            sequential: format!("sequential read in ranges of 256, {size}"),
            point: format!("point read, p50, {size}"),
            point_p99: format!("point read, p99, {size}"),
            last: format!("read of the last 64 entries, p50, {size}"),
            just_written: format!("read of the entry just written, p50, {size}"),
            truncate: format!("truncate the last 1k, {size}"),
            purge: format!("purge half, {size}"),
        }
    }

    fn lines(&self) -> Vec<Line> {
        vec![
            Line::rate(&self.load, "entries/s"),
            Line::time(&self.crash, "us"),
            Line::time(&self.clean, "us"),
            Line::size(&self.disk, "bytes"),
            Line::rate(&self.sequential, "entries/s"),
            Line::time(&self.point, "us"),
            Line::time(&self.point_p99, "us"),
            Line::time(&self.last, "us"),
            Line::time(&self.just_written, "us"),
            Line::time(&self.truncate, "us"),
            Line::time(&self.purge, "us"),
        ]
    }
}

fn group((size, name): (u64, &str)) -> Group {
    let names = Names::new(name);
    Group::new(names.lines(), move |trial| live(trial, size, &names))
}

fn live(trial: &Trial<'_>, size: u64, names: &Names) -> Samples {
    let mut samples = Samples::default();
    let [dir, copy] = ["log", "copy"].map(|name| trial.dir.join(name));
    let mut log = (trial.subject.open)(&dir);
    let loading = load(&mut *log, size);
    samples.put(&names.load, per_second(size, loading));

    // What the disk has when the process ends here.
    copy_durably(&dir, &copy);
    samples.put(&names.crash, opened(trial, &copy, 1));
    fs::remove_dir_all(copy).unwrap();

    log.close();
    let disk = allocated(&dir) as f64 / (size * BYTES as u64) as f64;
    samples.put(&names.disk, disk);
    samples.put(&names.clean, opened(trial, &dir, TIMES));

    let mut log = (trial.subject.open)(&dir);
    samples.put(&names.sequential, sequential(&mut *log, size));
    let points = points(&mut *log, size);
    samples.put(&names.point, points.quantile_us(0.5));
    samples.put(&names.point_p99, points.quantile_us(0.99));
    let (last, just_written) = recent(&mut *log, size);
    samples.put(&names.last, last.quantile_us(0.5));
    samples.put(&names.just_written, just_written.quantile_us(0.5));
    let size = size + RECENT_READS;
    samples.put(&names.truncate, truncate(&mut *log, size));
    let began = Instant::now();
    log.purge(size / 2);
    samples.put(&names.purge, began.elapsed().as_secs_f64() * 1e6);
    assert_eq!(log.read(size / 2 + 1..size / 2 + 2).len(), 1);
    log.close();
    samples
}

fn load(log: &mut dyn Log, size: u64) -> Duration {
    let text = text(BYTES);
    let mut taken = Duration::ZERO;
    for first in (0..size).step_by(BATCH as usize) {
        let batch = entries(first..first + BATCH, &text);
        let began = Instant::now();
        log.append(batch);
        taken += began.elapsed();
    }
    taken
}

/// Microseconds of an open.
fn opened(trial: &Trial<'_>, dir: &Path, times: usize) -> f64 {
    let open = |_| {
        let began = Instant::now();
        let log = (trial.subject.open)(dir);
        let taken = began.elapsed();
        log.close();
        taken.as_secs_f64() * 1e6
    };
    median((0..times).map(open).collect())
}

fn sequential(log: &mut dyn Log, size: u64) -> f64 {
    let began = Instant::now();
    let mut found = 0;
    for first in (0..size).step_by(RANGE as usize) {
        found += log.read(first..size.min(first + RANGE)).len() as u64;
    }
    let taken = began.elapsed();
    assert_eq!(found, size, "the log has all entries");
    per_second(size, taken)
}

fn points(log: &mut dyn Log, size: u64) -> Times {
    let mut random = ChaCha8Rng::seed_from_u64(size);
    let mut times = Times::new();
    for _ in 0..POINT_READS {
        let index = random.random_range(0..size);
        let began = Instant::now();
        let entries = log.read(index..index + 1);
        times.add(began.elapsed());
        assert_eq!(entries[0].log_id.index, index);
    }
    times
}

/// Reads of the last entries and of the last one, each after an append.
fn recent(log: &mut dyn Log, size: u64) -> (Times, Times) {
    let text = text(BYTES);
    let (mut last, mut just_written) = (Times::new(), Times::new());
    for index in size..size + RECENT_READS {
        log.append(entries(index..index + 1, &text));
        // In turn, so that the one is not always behind the other.
        for part in [index % 2, (index + 1) % 2] {
            let (times, count) = match part {
                0 => (&mut last, LAST),
                _ => (&mut just_written, 1),
            };
            let began = Instant::now();
            let entries = log.read(index + 1 - count..index + 1);
            times.add(began.elapsed());
            assert_eq!(entries.len() as u64, count);
        }
    }
    (last, just_written)
}

/// Microseconds of a truncate of the last entries.
fn truncate(log: &mut dyn Log, size: u64) -> f64 {
    let text = text(BYTES);
    let cut = |_| {
        let began = Instant::now();
        log.truncate(size - CUT);
        let taken = began.elapsed();
        fill(log, size - CUT..size, RANGE, &text);
        taken.as_secs_f64() * 1e6
    };
    median((0..TIMES).map(cut).collect())
}

/// Copies a directory and syncs the copy, so that no later sync pays for it.
fn copy_durably(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_durably(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
            File::open(&target).unwrap().sync_all().unwrap();
        }
    }
    File::open(to).unwrap().sync_all().unwrap();
}

/// Bytes that the files of a directory take on the disk.
fn allocated(dir: &Path) -> u64 {
    let of = |entry: fs::DirEntry| {
        let data = entry.metadata().unwrap();
        if data.is_dir() {
            allocated(&entry.path())
        } else {
            data.blocks() * 512
        }
    };
    fs::read_dir(dir)
        .unwrap()
        .map(|entry| of(entry.unwrap()))
        .sum()
}
