//! `junit.xml`: a test case for each rule and each phase, without times, so that two runs of a seed can be compared.

use std::io;

use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use crate::campaign::{Judgement, Outcome, Phase, Report, Verdict};

/// The document.
///
/// # Errors
/// Never in practice: it is written into memory.
pub fn junit(report: &Report) -> io::Result<String> {
    let mut rules = TestSuite::new(format!("{}: rules", report.subject));
    for judgement in report.judgements() {
        rules.add_test_case(case(
            &report.subject,
            judgement.rule.name,
            of_rule(report, &judgement),
        ));
    }
    let mut phases = TestSuite::new(format!("{}: phases", report.subject));
    for phase in &report.phases {
        phases.add_test_case(case(&report.subject, phase.name, of_phase(report, phase)));
    }
    let mut document = quick_junit::Report::new("raft-log-verify");
    document.add_test_suites([rules, phases]);
    let document = document.to_string().map_err(io::Error::other)?;
    Ok(without_total_skipped(&document).unwrap_or(document))
}

/// The document without the number of skipped tests in its root, which the schema that Jenkins checks by does not know.
fn without_total_skipped(document: &str) -> Option<String> {
    let (before, rest) = document.split_once(" skipped=\"")?;
    let (_, after) = rest.split_once('"')?;
    let in_root = !before.contains("<testsuite ");
    in_root.then(|| format!("{before}{after}"))
}

fn case(subject: &str, name: &str, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(name, status);
    case.set_classname(subject);
    case
}

fn of_rule(report: &Report, judgement: &Judgement) -> TestCaseStatus {
    let outcome = &judgement.outcome;
    match outcome {
        Outcome::Kept { .. } => TestCaseStatus::success(),
        Outcome::Broken { .. } => {
            let of_this = report.findings();
            let found = of_this
                .filter(|found| found.violation.rule.name == judgement.rule.name)
                .map(ToString::to_string);
            let text: Vec<String> = found.collect();
            unsuccessful(
                NonSuccessKind::Failure,
                judgement.rule.statement,
                &text.join("\n"),
            )
        }
        Outcome::Known { .. } => skipped(&format!("{}, {outcome}", outcome.name())),
        Outcome::NotJudged { why } => skipped(&format!("{}: {why}", outcome.name())),
        Outcome::HarnessBroken { why } => unsuccessful(NonSuccessKind::Error, why, ""),
    }
}

fn of_phase(report: &Report, phase: &Phase) -> TestCaseStatus {
    let text = phase.verdict.to_string();
    match &phase.verdict {
        Verdict::Clean => TestCaseStatus::success(),
        Verdict::Broken => {
            let broken = phase.tally.breaches.iter().map(|(rule, _)| rule);
            let (known, new): (Vec<_>, Vec<_>) =
                broken.partition(|rule| report.known_why(rule).is_some());
            match new.is_empty() {
                true => skipped(&format!("broken, known: {}", known.join(", "))),
                false => {
                    let text = format!("broken: {}", new.join(", "));
                    unsuccessful(NonSuccessKind::Failure, &text, "")
                }
            }
        }
        Verdict::TooLittle(_) | Verdict::Stopped | Verdict::NotJudged(_) => {
            skipped(&format!("not judged: {text}"))
        }
        Verdict::HarnessBroken(why) => unsuccessful(NonSuccessKind::Error, why, ""),
    }
}

fn skipped(message: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(message);
    status
}

fn unsuccessful(kind: NonSuccessKind, message: &str, text: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_message(message);
    if !text.is_empty() {
        status.set_description(text);
    }
    status
}
