//! Judging goes on behind a finding, with the same findings for any number of threads.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use raft_log_verify::campaign::{Outcome, Repro, Verdict, replay};
use raft_log_verify::kill::KillChild;
use raft_log_verify::seeded::{Bug, PlainSubject};
use raft_log_verify::{Config, NoProgress, Report, check};

/// Small, but with every phase that needs no child.
fn config() -> Config {
    Config {
        sequences: 40,
        real_sequences: 2,
        random_crashes: 0,
        ..Config::quick()
    }
}

fn judge(bug: &str, config: &Config) -> Report {
    let bug = Bug::by_name(bug).unwrap();
    check(&PlainSubject::with(bug), config, &NoProgress)
}

/// What was found, and how each phase ended.
fn found(report: &Report) -> Vec<String> {
    let found = report.findings().map(|found| {
        let (rule, number) = (found.violation.rule.name, found.number);
        let (program, cause) = (&found.program, &found.cause);
        format!("{} {rule} {number} {program:?} {cause:?}", found.phase)
    });
    let phases = report.phases.iter();
    let verdicts = phases.map(|phase| format!("{} {:?}", phase.name, phase.verdict));
    found.chain(verdicts).collect()
}

fn rules(report: &Report) -> Vec<&'static str> {
    let found = report.findings();
    found.map(|found| found.violation.rule.name).collect()
}

#[test]
fn behind_a_finding_other_rules_and_later_phases_are_judged() {
    let report = judge("read-skips-one", &config());
    let rules = rules(&report);
    let mut once = rules.clone();
    once.sort_unstable();
    once.dedup();
    assert!(rules.len() > 1, "{report}");
    assert_eq!(once.len(), rules.len(), "each rule is found once: {report}");
    let phases: Vec<_> = report.phases.iter().map(|phase| phase.name).collect();
    assert_eq!(phases.last(), Some(&"damage"), "{report}");
    let kept = |outcome: &Outcome| matches!(outcome, Outcome::Kept { judged } if *judged > 0);
    let judgements = report.judgements();
    assert!(judgements.iter().any(|it| kept(&it.outcome)), "{report}");
    // Met again in a phase behind the one that found it.
    let first = rules.first().unwrap();
    let met = report.phases.iter().skip(1);
    assert!(met.map(|it| it.tally.breaches.of(first)).sum::<u64>() > 0);
}

#[test]
fn of_a_crashed_program_only_the_states_that_break_a_known_rule_are_passed_over() {
    let crashes = Config {
        sequences: 0,
        real_sequences: 0,
        fault_length: 0,
        damage_stores: 0,
        ..config()
    };
    let report = judge("vote-not-synced", &crashes);
    let phase = report.phases.first().unwrap();
    assert!(phase.found.len() > 1, "{report}");
    // One program met two rules: the one that is found second is found in it.
    let numbers: Vec<u64> = phase.found.iter().map(|found| found.number).collect();
    assert!(
        numbers.windows(2).any(|pair| pair[0] == pair[1]),
        "{numbers:?}"
    );
    for found in &phase.found {
        let again = replay(&PlainSubject::with(Bug::VoteNotSynced), &Repro::new(found));
        let again = again.unwrap().unwrap();
        assert_eq!(again.rule.name, found.violation.rule.name, "{found}");
    }
}

#[test]
fn findings_do_not_depend_on_the_workers() {
    for bug in ["read-skips-one", "vote-not-synced", "tail-not-rewritten"] {
        let with = |threads| {
            judge(
                bug,
                &Config {
                    threads,
                    ..config()
                },
            )
        };
        let alone = found(&with(1));
        assert!(alone.len() > 8, "{alone:?}");
        assert_eq!(found(&with(3)), alone, "{bug}");
    }
}

#[test]
fn a_campaign_ends_at_its_first_finding_where_it_is_told_to() {
    let ends = Config {
        end_at_first_finding: true,
        ..config()
    };
    let report = judge("read-skips-one", &ends);
    let on = judge("read-skips-one", &config());
    assert_eq!(rules(&report), rules(&on)[..1]);
    assert_eq!(report.phases.len(), 1);
    let outcomes = report.judgements();
    let damage = outcomes.iter().find(|it| it.rule.name == "damage-reported");
    let why = "the campaign ended at its first finding".to_owned();
    assert_eq!(damage.unwrap().outcome, Outcome::NotJudged { why });
}

#[test]
fn a_harness_that_is_broken_in_one_phase_goes_on_with_the_next() {
    let config = Config {
        sequences: 5,
        real_sequences: 0,
        crash_length: 0,
        fault_length: 0,
        kill_rounds: 1,
        kill_child: Some(KillChild::program("/there/is/no/such/program", [""; 0])),
        ..config()
    };
    let report = check(&PlainSubject::default(), &config, &NoProgress);
    let of = |name| report.phases.iter().find(|phase| phase.name == name);
    let kill = &of("kill").unwrap().verdict;
    assert!(matches!(kill, Verdict::HarnessBroken(_)), "{report}");
    let damage = &of("damage").unwrap().verdict;
    assert!(matches!(damage, Verdict::Clean), "{report}");
    // Nothing is said of what only that phase would have judged; nothing is taken back of the others.
    assert!(
        report.to_string().contains("harness broken 1:\n  kill: "),
        "{report}"
    );
}

#[test]
fn a_rule_that_was_found_before_is_only_counted() {
    let config = Config {
        passed_over: vec!["read-range"],
        crash_length: 0,
        fault_length: 0,
        ..config()
    };
    let report = judge("unbounded-range-panics", &config);
    assert_eq!(rules(&report), [""; 0], "{report}");
    let phase = report.phases.first().unwrap();
    assert!(phase.tally.breaches.of("read-range") > 0);
    assert!(matches!(phase.verdict, Verdict::Broken), "{report}");
}
