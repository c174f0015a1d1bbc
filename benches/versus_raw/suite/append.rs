//! Durable appends and votes.

use std::time::{Duration, Instant};

use super::group::{Group, Line, Samples, Times, Trial, per_second};
use super::log::{Log, entries, text};

/// Entries of one append, bytes of each, and how both are called.
const SIZES: [(u64, usize, &str); 5] = [
    (1, 128, "1 x 128 B"),
    (16, 128, "16 x 128 B"),
    (256, 128, "256 x 128 B"),
    (256, 16 << 10, "256 x 16 KiB"),
    (1, 1 << 20, "1 x 1 MiB"),
];
/// Appends in flight at once.
const IN_FLIGHT: u64 = 64;
/// Appends before the clock runs.
const WARM_UP: u64 = 4;

const FLIGHT: &str = "64 single appends in flight";
const SYNCS: &str = "64 single appends in flight, syncs a round";
const VOTE: &str = "vote";
const VOTE_P99: &str = "vote, p99";

/// How long the calls of one repetition take together, about.
fn measured(quick: bool) -> Duration {
    Duration::from_millis(if quick { 80 } else { 150 })
}

pub fn groups() -> Vec<Group> {
    let mut groups: Vec<Group> = SIZES.into_iter().map(appends).collect();
    groups.push(Group::short(
        vec![Line::rate(FLIGHT, "entries/s"), Line::size(SYNCS, "syncs")],
        in_flight,
    ));
    groups.push(Group::short(
        vec![Line::time(VOTE, "us"), Line::time(VOTE_P99, "us")],
        votes,
    ));
    groups
}

fn appends((count, bytes, size): (u64, usize, &str)) -> Group {
    let rate = format!("append {size}");
    let [p50, p99] = ["p50", "p99"].map(|part| format!("append {size}, {part}"));
    let lines = vec![
        Line::rate(&rate, "entries/s"),
        Line::time(&p50, "us"),
        Line::time(&p99, "us"),
    ];
    Group::short(lines, move |trial| {
        let (text, mut samples, mut times) = (text(bytes), Samples::default(), Times::new());
        let mut log = (trial.subject.open)(trial.dir);
        let mut taken = Duration::ZERO;
        let mut appended = 0;
        for round in 0_u64.. {
            let batch = entries(round * count..(round + 1) * count, &text);
            let began = Instant::now();
            log.append(batch);
            let time = began.elapsed();
            if round >= WARM_UP {
                times.add(time);
                taken += time;
                appended += count;
            }
            if taken >= measured(trial.quick) {
                break;
            }
        }
        log.close();
        samples.put(&rate, per_second(appended, taken));
        samples.put(&p50, times.quantile_us(0.5));
        samples.put(&p99, times.quantile_us(0.99));
        samples
    })
}

fn in_flight(trial: &Trial<'_>) -> Samples {
    let mut samples = Samples::default();
    let log = (trial.subject.open)(&trial.dir.join("timed"));
    let (rounds, taken) = rounds(log, measured(trial.quick));
    samples.put(FLIGHT, per_second(rounds * IN_FLIGHT, taken));
    // Counting costs a little, so the time is not taken here.
    let mut log = (trial.subject.counted)(&trial.dir.join("counted"));
    log.append(entries(0..1, "first"));
    let Some(before) = log.syncs() else {
        log.close();
        return samples;
    };
    let rounds = 4;
    for round in 0..rounds {
        log.ready(IN_FLIGHT as usize);
        let first = 1 + round * IN_FLIGHT;
        log.append_in_flight(entries(first..first + IN_FLIGHT, &text(128)));
    }
    let syncs = log.syncs().map_or(0, |now| now - before);
    samples.put(SYNCS, syncs as f64 / rounds as f64);
    log.close();
    samples
}

fn rounds(mut log: Box<dyn Log>, measured: Duration) -> (u64, Duration) {
    let text = text(128);
    log.append(entries(0..1, &text));
    let (mut taken, mut rounds) = (Duration::ZERO, 0);
    while taken < measured {
        log.ready(IN_FLIGHT as usize);
        let first = 1 + rounds * IN_FLIGHT;
        let batch = entries(first..first + IN_FLIGHT, &text);
        let began = Instant::now();
        log.append_in_flight(batch);
        taken += began.elapsed();
        rounds += 1;
    }
    log.close();
    (rounds, taken)
}

fn votes(trial: &Trial<'_>) -> Samples {
    let (mut samples, mut times) = (Samples::default(), Times::new());
    let mut log = (trial.subject.open)(trial.dir);
    log.vote(1);
    let began = Instant::now();
    for term in 2.. {
        let call = Instant::now();
        log.vote(term);
        times.add(call.elapsed());
        if began.elapsed() >= measured(trial.quick) {
            break;
        }
    }
    log.close();
    samples.put(VOTE, times.quantile_us(0.5));
    samples.put(VOTE_P99, times.quantile_us(0.99));
    samples
}
