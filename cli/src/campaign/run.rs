//! The verb `run`.

use std::env;
use std::io;

use crash_disk::sim::Sampling;
use openraft_timevault::verify::bugs as bugs_of_both;
use openraft_timevault::verify::campaign::{
    Config, Counterexample, Report, SEEDED_BUGS, Share, Verdict, hunt_all, write_repro,
};
use openraft_timevault::verify::crash::Scope;
use openraft_timevault::verify::kill::KillChild;
use openraft_timevault::verify::reports;

use super::{bugs, table};
use crate::campaign::args::RunArgs;
use crate::campaign::progress::Bar;
use crate::exit::Exit;
use crate::inspect::Format;
use crate::out;
use openraft_timevault::verify::Known;

/// The folder of what was found.
const REPRO: &str = "repro";

/// Random programs in memory for each one on real files.
const REAL_ONE_IN: u64 = 20;

/// Runs the campaign and writes what it found.
pub(crate) fn run(args: &RunArgs) -> io::Result<Exit> {
    let subject = Known::by_name(&args.subject)?;
    let bar = Bar::new(args.time_budget)?;
    let config = config(args)?;
    let config = match args.join.as_slice() {
        [] => config,
        shards => config
            .joined(&args.subject, shards)
            .map_err(io::Error::other)?,
    };
    let mut report = subject.check(&config, &bar);
    let mut detections = Vec::new();
    if report.is_clean() && !args.no_bugs {
        let quiet = bugs::without_panic_messages();
        let (phase, found) = hunt_all(&bugs_of_both::all(), &config, &bar)?;
        drop(quiet);
        report.phases.push(phase);
        detections = found;
    }
    bar.finish();
    reports::write(&args.out, &report)?;
    out::write(|out| match args.format {
        Format::Json => write!(out, "{}", reports::lines(&report)),
        Format::Human => {
            table::report(out, &report)?;
            if detections.is_empty() {
                return Ok(());
            }
            writeln!(out)?;
            table::detections(out, &detections)
        }
    })?;
    finish(args, &report, &bar)
}

/// What the options ask for.
fn config(args: &RunArgs) -> io::Result<Config> {
    let defaults = Config::default();
    Ok(Config {
        seed: args.seed,
        sequences: args.sequences,
        real_sequences: args.sequences.div_ceil(REAL_ONE_IN),
        crash_length: args.crash_length,
        random_crashes: args.random_crashes,
        crash_scope: scope(args),
        nested: match args.nested_length {
            0 => Vec::new(),
            _ => args.nested.clone(),
        },
        nested_length: args.nested_length,
        purge_window: args.purge_window,
        fault_length: args.fault_length,
        kill_rounds: args.kill_rounds,
        kill_child: Some(kill_child(&args.subject)?),
        out: Some(args.out.join(REPRO)),
        damage_stores: args.damage_stores,
        damage_places: args.damage_places,
        threads: args.workers.map_or(defaults.threads, usize::from),
        share: args.shard.map_or(Share::Whole, Share::Shard),
        ..defaults
    })
}

/// This program, as the process that works on a store until it is killed.
pub(super) fn kill_child(subject: &str) -> io::Result<KillChild> {
    Ok(KillChild::program(
        env::current_exe()?,
        ["kill-child", subject],
    ))
}

/// Which crash states are tried.
fn scope(args: &RunArgs) -> Scope {
    Scope {
        every_disk_up_to: args.every_disk_up_to,
        sampling: Sampling {
            seed: args.seed,
            ..Sampling::default()
        },
        ..Scope::new(args.level, &args.profile)
    }
}

/// Writes the repro file of a finding and says how it is run.
fn show(args: &RunArgs, found: &Counterexample) -> io::Result<()> {
    let path = write_repro(&args.out.join(REPRO), found)?;
    out::note(format_args!("\n{}", found.violation));
    out::note(format_args!(
        "seed {}, program {} of \"{}\", shrunk to:",
        found.seed, found.number, found.phase
    ));
    out::note(format_args!("    begin: {}", found.program.start.name()));
    for op in &found.program.ops {
        out::note(format_args!("    {op:?}"));
    }
    if !found.timeline.is_empty() {
        out::note(format_args!("\nwhat happened:\n{}", found.timeline));
    }
    out::note(format_args!(
        "\nto see it again:\n    cargo run --release -- replay {}",
        path.display()
    ));
    Ok(())
}

/// Says how it ended, with the one command that runs a failure again.
fn finish(args: &RunArgs, report: &Report, bar: &Bar) -> io::Result<Exit> {
    for found in report.findings() {
        show(args, found)?;
    }
    if report.counterexample().is_some() {
        return Ok(Exit::Violation);
    }
    if let Some(why) = report.harness_broken() {
        out::note(format_args!("\nnothing is said of the store: {why}"));
        return Ok(Exit::HarnessBroken);
    }
    if bar.interrupted() {
        return Ok(Exit::Interrupted);
    }
    let too_little = |verdict: &Verdict| matches!(verdict, Verdict::TooLittle(_));
    match report
        .phases
        .iter()
        .find(|phase| too_little(&phase.verdict))
    {
        Some(phase) if phase.name == SEEDED_BUGS => return Ok(Exit::Violation),
        Some(_) => return Ok(Exit::NothingRan),
        None => {}
    }
    let ran = report
        .phases
        .iter()
        .any(|phase| phase.counts.iter().any(|(_, count)| count > 0));
    if !ran {
        return Ok(Exit::NothingRan);
    }
    if args.format == Format::Human {
        out::write(|out| writeln!(out, "\nclean"))?;
    }
    Ok(Exit::Clean)
}
