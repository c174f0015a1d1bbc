//! Short programs of appends, votes and reopens only: what a store keeps that has a fault in truncate or purge.

use std::io;

use raft_log_verify::Report;
use raft_log_verify::Subject;
use raft_log_verify::campaign::{Cause, Counterexample, ModelDisk, Phase, Verdict};
use raft_log_verify::counts::{Counts, count};
use raft_log_verify::crash::{Judged, Met, Scope, explore, timeline};
use raft_log_verify::op::{Letter, Op, Program, letters};
use raft_log_verify::tasks::Runtime;

const PHASE: &str = "crash states, appends only";

fn asked(letter: &&Letter) -> bool {
    let op = (letter.op)();
    matches!(
        op,
        Op::Append { .. } | Op::Vote { .. } | Op::Reopen | Op::DropReopen { .. }
    )
}

/// All programs of up to so many operations, begun on an empty log, the shortest first.
fn programs(longest: usize) -> Vec<Program> {
    let letters: Vec<_> = letters(longest).iter().filter(asked).collect();
    let mut all = vec![Vec::new()];
    let mut begin = 0;
    for _ in 0..longest {
        let end = all.len();
        for number in begin..end {
            for letter in &letters {
                let mut ops = all[number].clone();
                ops.push((letter.op)());
                all.push(ops);
            }
        }
        begin = end;
    }
    all.into_iter().map(Program::of).collect()
}

/// Judges them, up to the first that breaks a rule: the shortest.
pub(crate) fn judge<S: Subject>(subject: &S, longest: usize, scope: &Scope) -> io::Result<Report> {
    let (runtime, judged) = (Runtime::new()?, Judged::new());
    let mut counts = Counts::default();
    let mut found = None;
    for (number, program) in programs(longest).into_iter().enumerate() {
        counts.one(count::PROGRAMS);
        match explore(&runtime, subject, &program, scope, &judged) {
            Ok(explored) => counts.merge(&explored.counts),
            Err(failure) => {
                let cause = match failure.trail() {
                    [] => Cause::Program(ModelDisk::Simulated),
                    trail => Cause::Crash(trail.to_vec()),
                };
                let told = timeline(&runtime, subject, &program, &failure);
                let (timeline, drawing) = told.unzip();
                found = Some(Counterexample {
                    subject: subject.name(),
                    phase: PHASE,
                    seed: 0,
                    number: number as u64,
                    violation: failure.violation().clone(),
                    cause,
                    timeline: timeline.unwrap_or_default(),
                    drawing,
                    program,
                });
                break;
            }
        }
    }
    for (met, disks) in judged.met() {
        let name = match met {
            Met::Kill => count::KILLS_JUDGED,
            _ => count::CRASH_JUDGED,
        };
        counts.add(name, disks);
    }
    let verdict = match found {
        Some(_) => Verdict::Broken,
        None => Verdict::Clean,
    };
    let mut phase = Phase::new(PHASE, verdict, counts);
    phase.found.extend(found);
    Ok(Report {
        subject: subject.name(),
        seed: 0,
        phases: vec![phase],
        not_judged: Vec::new(),
        known: Vec::new(),
        ended_early: true,
    })
}
