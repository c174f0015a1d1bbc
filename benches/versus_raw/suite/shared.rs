//! Several that want something at once: readers beside a writer, many logs in a process.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::group::{Group, Line, Samples, Times, Trial, per_second};
use super::log::{Log, Reader, entries, fill, text};

const READERS: u64 = 4;
/// Entries that the readers read in.
const HELD: u64 = 20_000;
/// Entries of one read.
const RANGE: u64 = 64;
const LOGS: u64 = 256;

const READ: &str = "read by 4 readers beside a writer, ranges of 64";
const APPEND: &str = "append 1 x 128 B beside 4 readers";
const APPEND_P99: &str = "append 1 x 128 B beside 4 readers, p99";
const MANY: &str = "256 logs, one append each in flight";

pub fn groups() -> Vec<Group> {
    let readers = vec![
        Line::rate(READ, "entries/s"),
        Line::rate(APPEND, "entries/s"),
        Line::time(APPEND_P99, "us"),
    ];
    vec![
        Group::short(readers, beside_readers),
        Group::new(vec![Line::rate(MANY, "entries/s")], many_logs),
    ]
}

fn beside_readers(trial: &Trial<'_>) -> Samples {
    let (mut samples, mut times) = (Samples::default(), Times::new());
    let text = text(128);
    let mut log = (trial.subject.open)(trial.dir);
    fill(&mut *log, 0..HELD, 1_000, &text);
    let readers: Option<Vec<_>> = (0..READERS).map(|_| log.reader()).collect();
    let Some(readers) = readers else {
        log.close();
        return samples;
    };
    let (stop, read) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicU64::new(0)),
    );
    let threads = (0..).zip(readers).map(|(seed, reader)| {
        let (stop, read) = (Arc::clone(&stop), Arc::clone(&read));
        thread::spawn(move || read_on(reader, seed, &stop, &read))
    });
    let threads: Vec<_> = threads.collect();
    let measured = Duration::from_millis(if trial.quick { 100 } else { 200 });
    let began = Instant::now();
    let mut index = HELD;
    while began.elapsed() < measured {
        let call = Instant::now();
        log.append(entries(index..index + 1, &text));
        times.add(call.elapsed());
        index += 1;
    }
    let taken = began.elapsed();
    stop.store(true, Ordering::Relaxed);
    threads
        .into_iter()
        .for_each(|thread| thread.join().unwrap());
    samples.put(READ, per_second(read.load(Ordering::Relaxed), taken));
    samples.put(APPEND, per_second(index - HELD, taken));
    samples.put(APPEND_P99, times.quantile_us(0.99));
    log.close();
    samples
}

fn read_on(mut reader: Box<dyn Reader>, seed: u64, stop: &AtomicBool, read: &AtomicU64) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    while !stop.load(Ordering::Relaxed) {
        let first = random.random_range(0..HELD - RANGE);
        let entries = reader.read(first..first + RANGE);
        assert_eq!(entries.len() as u64, RANGE);
        read.fetch_add(RANGE, Ordering::Relaxed);
    }
}

fn many_logs(trial: &Trial<'_>) -> Samples {
    let mut samples = Samples::default();
    let text = text(128);
    let open = |log: u64| (trial.subject.open)(&log_dir(trial.dir, log));
    let mut logs: Vec<Box<dyn Log>> = (0..LOGS).map(open).collect();
    logs.iter_mut()
        .for_each(|log| log.append(entries(0..1, &text)));
    let rounds = if trial.quick { 4 } else { 10 };
    let mut taken = Duration::ZERO;
    for round in 1..=rounds {
        logs.iter_mut().for_each(|log| log.ready(1));
        let mut batches: Vec<_> = (0..LOGS)
            .map(|_| entries(round..round + 1, &text))
            .collect();
        let began = Instant::now();
        let begin = |log: &mut Box<dyn Log>| log.begin(batches.pop().unwrap_or_default());
        let issued: Vec<_> = logs.iter_mut().map(begin).collect();
        issued.into_iter().for_each(|waiting| waiting());
        taken += began.elapsed();
    }
    logs.into_iter().for_each(|log| log.close());
    samples.put(MANY, per_second(rounds * LOGS, taken));
    samples
}

fn log_dir(dir: &Path, log: u64) -> std::path::PathBuf {
    dir.join(format!("log-{log}"))
}
