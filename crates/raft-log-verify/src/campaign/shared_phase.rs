//! A phase as shards do it: what the file of a shard has of it, and the whole from all of them.

use std::borrow::Cow;
use std::io;

use crash_disk::sim::{Coverage, Level, ParseError, Profile};

use super::driven::Driven;
use super::report::{Counterexample, Phase, Verdict};
use super::shard_file::{Ended, FoundInShard, PhaseOfShard, Points};
use crate::counts::Counts;
use crate::crash::Judged;
use crate::rules;

/// What the file of a shard has of a phase that is not yet concluded.
pub(super) fn split(driven: &Driven, memory: Option<&Judged>) -> PhaseOfShard {
    let phase = &driven.phase;
    let tally = &phase.tally;
    let met = tally.met.iter();
    let met = met.map(|((op, situation), by)| (op.to_string(), situation.to_string(), *by));
    let points = phase.coverage.iter().map(|(profile, coverage)| {
        let Coverage {
            points, possible, ..
        } = *coverage;
        let judged = Level::ALL.map(|level| coverage.judged(level));
        let points = Points {
            points,
            possible,
            judged,
        };
        (profile.to_string(), points)
    });
    let found = phase.found.iter().map(|found| FoundInShard {
        number: found.number,
        rule: found.violation.rule.name.to_owned(),
        violation: found.violation.text.clone(),
        program: found.program.clone(),
        cause: found.cause.clone(),
        timeline: found.timeline.clone(),
        drawing: found.drawing.clone(),
    });
    PhaseOfShard {
        name: phase.name.to_owned(),
        passed: driven.passed,
        ended: match &driven.ended {
            None => Ended::Done,
            Some(Verdict::HarnessBroken(why)) => Ended::HarnessBroken(why.clone()),
            Some(_) => Ended::Stopped,
        },
        counts: phase.counts.clone(),
        judged: tally.judged.clone(),
        breaches: tally.breaches.clone(),
        met: met.collect(),
        points: points.collect(),
        memory: memory.map(Judged::memory),
        found: found.collect(),
    }
}

/// The phase that all shards did together, not yet concluded. Of each rule that was broken it has the finding of the
/// lowest number, and none of the rules that an earlier phase has found.
///
/// # Errors
/// A file names what this program does not know.
pub(super) fn join(
    shards: &[&PhaseOfShard],
    (name, subject, seed): (&'static str, &str, u64),
    found_before: &[&'static str],
    memory: Option<&Judged>,
) -> io::Result<Driven> {
    let mut driven = Driven {
        phase: Phase::new(name, Verdict::Clean, Counts::default()),
        passed: 0,
        ended: None,
    };
    let mut found = Vec::new();
    for shard in shards {
        add(&mut driven, shard).map_err(unknown)?;
        if let (Some(judged), Some(memory)) = (memory, &shard.memory) {
            judged.absorb(memory).map_err(unknown)?;
        }
        for finding in &shard.found {
            found.push(counterexample(finding, (name, subject, seed)).map_err(unknown)?);
        }
    }
    // Of one number those of one shard stay in their order: a number is in one shard only.
    found.sort_by_key(|finding: &Counterexample| finding.number);
    for finding in found {
        let rule = finding.violation.rule.name;
        let known = |found: &Counterexample| found.violation.rule.name == rule;
        if !found_before.contains(&rule) && !driven.phase.found.iter().any(known) {
            driven.phase.found.push(finding);
        }
    }
    Ok(driven)
}

/// Adds what a shard came to.
fn add(driven: &mut Driven, shard: &PhaseOfShard) -> Result<(), ParseError> {
    let phase = &mut driven.phase;
    driven.passed += shard.passed;
    phase.counts.merge(&shard.counts);
    phase.tally.judged.merge(&shard.judged);
    phase.tally.breaches.merge(&shard.breaches);
    for (op, situation, by) in &shard.met {
        let key = (Cow::Owned(op.clone()), Cow::Owned(situation.clone()));
        *phase.tally.met.entry(key).or_default() += by;
    }
    for (profile, points) in &shard.points {
        let profile: Profile = profile.parse()?;
        let coverage = phase.coverage.entry(profile).or_default();
        coverage.points += points.points;
        coverage.possible += points.possible;
        for (level, judged) in Level::ALL.into_iter().zip(points.judged) {
            coverage.add_judged(level, judged);
        }
    }
    // A harness that is broken says more than one that was stopped.
    match (&shard.ended, &driven.ended) {
        (Ended::HarnessBroken(why), None | Some(Verdict::Stopped)) => {
            driven.ended = Some(Verdict::HarnessBroken(why.clone()));
        }
        (Ended::Stopped, None) => driven.ended = Some(Verdict::Stopped),
        _ => {}
    }
    Ok(())
}

fn counterexample(
    found: &FoundInShard,
    (phase, subject, seed): (&'static str, &str, u64),
) -> Result<Counterexample, String> {
    let rule = rules::by_name(&found.rule);
    let rule = rule.ok_or_else(|| format!("there is no rule {:?}", found.rule))?;
    Ok(Counterexample {
        subject: subject.to_owned(),
        phase,
        seed,
        number: found.number,
        program: found.program.clone(),
        violation: rule.broken(found.violation.clone()),
        cause: found.cause.clone(),
        timeline: found.timeline.clone(),
        drawing: found.drawing.clone(),
    })
}

fn unknown(why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    let why = format!("the file of a shard: {}", why.into());
    io::Error::new(io::ErrorKind::InvalidData, why)
}
