//! Takes the subjects in turn.

use std::fs;
use std::path::Path;
use std::time::Instant;

use super::args::Args;
use super::group::{Group, Kind, Samples, Trial};
use super::log::Subject;
use super::machine::Machine;
use super::report::{Measured, Report};

/// Measures the groups, prints the table and writes the file.
pub fn measure(groups: &[Group], subjects: &[Subject], args: &Args) {
    fs::create_dir_all(&args.dir).unwrap();
    let dir = tempfile::tempdir_in(&args.dir).unwrap();
    let began = Instant::now();
    let mut machine = Machine::look(dir.path());
    machine.print();
    let mut lines = Vec::new();
    for group in groups {
        lines.extend(measure_group(group, subjects, args, dir.path()));
    }
    machine.look_again();
    lines.retain(|line: &Measured| args.wants_line(&line.line.name));
    let seconds = began.elapsed().as_secs();
    let report = Report {
        machine,
        repetitions: args.reps,
        seconds,
        lines,
    };
    report.print();
    report.save(&args.json);
}

fn measure_group(group: &Group, subjects: &[Subject], args: &Args, dir: &Path) -> Vec<Measured> {
    let began = Instant::now();
    let subjects: Vec<&Subject> = subjects
        .iter()
        .enumerate()
        .filter(|(at, subject)| *at == 0 || args.wants_subject(subject.name))
        .map(|(_, subject)| subject)
        .collect();
    let names: Vec<&str> = match &group.kind {
        Kind::Logs(_) => subjects.iter().map(|subject| subject.name).collect(),
        Kind::Others(names, _) => names.clone(),
    };
    let mut samples: Vec<Vec<Samples>> = names.iter().map(|_| Vec::new()).collect();
    for repetition in 0..args.reps * group.often {
        for turn in 0..names.len() {
            // Another one first each time.
            let at = (turn + repetition) % names.len();
            let place = tempfile::tempdir_in(dir).unwrap();
            let (dir, quick) = (place.path(), args.quick);
            samples[at].push(match &group.kind {
                Kind::Logs(run) => run(&Trial {
                    subject: subjects[at],
                    dir,
                    quick,
                }),
                Kind::Others(_, run) => run(names[at], dir, quick),
            });
        }
    }
    let first = group.lines.first().map_or("", |line| &line.name);
    eprintln!("{:>4} s  {first}", began.elapsed().as_secs());
    let of = |line: &super::group::Line| {
        let values = names.iter().zip(&samples).map(|(name, samples)| {
            let values = samples.iter().filter_map(|samples| samples.get(&line.name));
            ((*name).to_owned(), values.collect())
        });
        Measured::new(line.clone(), values.collect())
    };
    group.lines.iter().map(of).collect()
}
