//! A finding as the text of an issue for the tracker of the store.

use std::env::consts::{ARCH, OS};
use std::fmt;

use super::{Cause, Counterexample, Repro};
use crate::crash::{Drawing, Durability};

/// A finding as the text of an issue for the tracker of the store, in Markdown. It stands alone: whoever reads it needs no
/// file of the machine that found it.
#[derive(Debug, Clone)]
pub struct Issue<'a> {
    found: &'a Counterexample,
    /// The lines of the test that found it.
    test: Option<&'a str>,
    /// The command that runs it again; the repro file is named `repro.json` in it.
    again: &'a str,
}

/// What the repro file is called in an issue.
pub(super) const REPRO_FILE: &str = "repro.json";

impl<'a> Issue<'a> {
    /// The finding, the lines of the test that found it if they are known, and the command that runs it again with a
    /// repro file called `repro.json`.
    #[must_use]
    pub fn new(found: &'a Counterexample, test: Option<&'a str>, again: &'a str) -> Self {
        Self { found, test, again }
    }
}

impl fmt::Display for Issue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (rule, found) = (self.found.violation.rule, self.found);
        writeln!(f, "# {} ({})\n", capital(rule.breach), when(&found.cause))?;
        versions(f, &found.subject)?;
        writeln!(f, "\n## Expected\n\n{}.\n", capital(rule.statement))?;
        match documentation(rule.source) {
            Some(link) => writeln!(f, "Source: [{}]({link})", rule.source)?,
            None => writeln!(f, "Reason: {}", rule.source)?,
        }
        writeln!(f, "\nWhy it matters: {}.", rule.meaning)?;
        let seen = &found.violation.text;
        writeln!(f, "\n## Seen\n\n{}\n", fenced("text", seen))?;
        writeln!(f, "Ids are written `term-node-index`.")?;
        program(f, found)?;
        if !found.timeline.is_empty() {
            writeln!(f, "\n## What happened, call by call\n")?;
            writeln!(f, "{}", fenced("text", found.timeline.trim_end()))?;
        }
        if let Some(drawing) = &found.drawing {
            left(f, drawing)?;
        }
        self.reproduce(f)
    }
}

/// What only the reporter knows is left to fill in.
fn versions(f: &mut fmt::Formatter<'_>, subject: &str) -> fmt::Result {
    let harness = concat!("raft-log-verify ", env!("CARGO_PKG_VERSION"));
    writeln!(f, "- {subject}: *version or commit*")?;
    writeln!(f, "- openraft: *version*")?;
    writeln!(f, "- found by: {harness}, on {OS} {ARCH}")
}

fn program(f: &mut fmt::Formatter<'_>, found: &Counterexample) -> fmt::Result {
    let start = found.program.start.in_words();
    writeln!(f, "\n## Shortest program that was found\n")?;
    let made: Vec<_> = found
        .program
        .start
        .ops()
        .iter()
        .map(ToString::to_string)
        .collect();
    match made.is_empty() {
        true => writeln!(f, "Begun on {start}:\n")?,
        false => writeln!(f, "Begun on {start} (made by: {}):\n", made.join("; "))?,
    }
    if found.program.ops.is_empty() {
        writeln!(f, "- nothing but coming to this")?;
    }
    for (number, op) in found.program.ops.iter().enumerate() {
        writeln!(f, "{number}. {op}")?;
    }
    writeln!(f, "\nBeside it: {}", found.cause)
}

/// What the crash has left of what the last operation changed.
fn left(f: &mut fmt::Formatter<'_>, drawing: &Drawing) -> fmt::Result {
    writeln!(f, "\n## What was durable at the crash\n")?;
    writeln!(f, "| call | what it was | at the crash |")?;
    writeln!(f, "|---|---|---|")?;
    for call in &drawing.calls {
        let fate = match call.durability {
            Durability::Nothing => "changed nothing that can be lost".to_owned(),
            Durability::Durable(step) => format!("durable since call {step}"),
            Durability::Kept => "not synced, kept by chance".to_owned(),
            Durability::Lost => "not synced, **lost**".to_owned(),
        };
        let text = call.text.replace('|', "\\|");
        writeln!(f, "| {} | {text} | {fate} |", call.step)?;
    }
    Ok(())
}

impl Issue<'_> {
    fn reproduce(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNKNOWN: &str = "#[test]\nfn keeps_the_contract() {\n    \
            raft_log_verify::openraft_0_9::store(\"NAME\", |dir| async move { /* open it in dir */ }).check();\n}";
        let test = match self.test {
            Some(test) => test.to_owned(),
            None => UNKNOWN.replace("NAME", &self.found.subject),
        };
        writeln!(f, "\n## To reproduce\n\nThe test:\n")?;
        writeln!(f, "{}\n", fenced("rust", &test))?;
        writeln!(
            f,
            "It judges everything. This runs what is described here alone:\n"
        )?;
        writeln!(f, "{}", fenced("sh", self.again))?;
        let Ok(json) = Repro::new(self.found).to_json() else {
            return Ok(());
        };
        writeln!(
            f,
            "\n<details><summary>{REPRO_FILE}, in the folder of the package</summary>\n"
        )?;
        writeln!(f, "{}\n\n</details>", fenced("json", json.trim_end()))
    }
}

/// What is done to the store, for a headline.
fn when(cause: &Cause) -> &'static str {
    match cause {
        Cause::Program(_) => "without any crash",
        Cause::Crash(trail) if trail.iter().all(|cut| cut.killed_at().is_some()) => {
            "killed process"
        }
        Cause::Crash(_) => "power cut",
        Cause::FailingRecovery(_) => "a failing call while it recovers",
        Cause::FailingCall(_) => "a failing call of the disk",
        Cause::FullDisk(_) => "full disk",
        Cause::Killed => "killed process",
        Cause::Damage(_) => "damaged file",
    }
}

/// The page of openraft's documentation that a source of a rule names.
fn documentation(source: &str) -> Option<String> {
    const REQUIRED: [&str; 6] = [
        "append",
        "get_log_state",
        "purge",
        "save_vote",
        "read_vote",
        "truncate",
    ];
    let names = ["RaftLogStorage", "RaftLogReader"];
    let (at, name) = names
        .iter()
        .find_map(|name| Some((source.find(name)?, name)))?;
    let page = format!("https://docs.rs/openraft/0.9/openraft/storage/trait.{name}.html");
    let behind = source.get(at + name.len()..).unwrap_or_default();
    let method = behind.strip_prefix("::").map(|method| {
        let end = method.find(|c: char| c != '_' && !c.is_alphanumeric());
        method.get(..end.unwrap_or(method.len())).unwrap_or(method)
    });
    Some(match method {
        None => page,
        Some(method) if REQUIRED.contains(&method) || method == "try_get_log_entries" => {
            format!("{page}#tymethod.{method}")
        }
        Some(method) => format!("{page}#method.{method}"),
    })
}

/// The text with a capital letter at its beginning.
fn capital(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(chars).collect()
}

/// A block that no text in it can end.
fn fenced(language: &str, text: &str) -> String {
    let mut fence = "```".to_owned();
    while text.contains(&fence) {
        fence.push('`');
    }
    format!("{fence}{language}\n{text}\n{fence}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::crash::{Cut, DrawnCall, Left};
    use crate::op::Program;
    use crate::rules::{self, append_durability};
    use crash_disk::sim::{CrashPoint, Keep, Profile};

    fn found() -> Counterexample {
        let cut = Cut {
            point: CrashPoint::After(2),
            left: Left::PowerCut(Profile::Posix, Keep::None),
        };
        let call = |step, text: &str, durability| DrawnCall {
            step,
            text: text.to_owned(),
            cut_short: false,
            durability,
        };
        Counterexample {
            subject: "my-store".to_owned(),
            phase: "crash states",
            seed: 7,
            number: 3,
            program: Program::of(Vec::new()),
            violation: append_durability::RULE.broken("acknowledged entry 1-1-0 is lost"),
            cause: Cause::Crash(vec![cut]),
            timeline: "     1  write /log\n".to_owned(),
            drawing: Some(Drawing {
                from: 0,
                calls: vec![
                    call(1, "create /log", Durability::Durable(2)),
                    call(2, "write /log a|b", Durability::Lost),
                ],
                moments: Vec::new(),
                crash: String::new(),
            }),
        }
    }

    #[test]
    fn an_issue_says_all_that_its_reader_needs() {
        let test = "#[test]\nfn mine() {\n    store().check();\n}";
        let issue =
            Issue::new(&found(), Some(test), "REPLAY=repro.json cargo test mine").to_string();
        for part in [
            "# Acknowledged entries are lost in a crash (power cut)\n",
            "- my-store: *version or commit*\n- openraft: *version*\n",
            "After callback Ok the entries survive any crash.",
            "storage/trait.RaftLogStorage.html#tymethod.append)",
            "Why it matters: the leader counts this node",
            "acknowledged entry 1-1-0 is lost",
            "Begun on a store that was never opened:\n\n- nothing but coming to this\n",
            "     1  write /log\n```",
            "| 1 | create /log | durable since call 2 |",
            "| 2 | write /log a\\|b | not synced, **lost** |",
            test,
            "```sh\nREPLAY=repro.json cargo test mine\n```",
        ] {
            assert!(issue.contains(part), "no {part:?} in {issue}");
        }
        // The file in it is the repro file.
        let json = issue.split("```json\n").nth(1).unwrap();
        let json = json.split("\n```").next().unwrap();
        assert_eq!(Repro::from_json(json).unwrap().rule, "append-durability");
    }

    #[test]
    fn a_source_that_is_documentation_is_linked() {
        let append = documentation("documentation of RaftLogStorage::append").unwrap();
        assert!(append.ends_with("trait.RaftLogStorage.html#tymethod.append"));
        let limited = documentation("documentation of RaftLogReader::limited_get_log_entries");
        assert!(
            limited
                .unwrap()
                .ends_with("#method.limited_get_log_entries")
        );
        let holes = documentation("documentation of RaftLogStorage: no holes").unwrap();
        assert!(holes.ends_with("trait.RaftLogStorage.html"));
        assert_eq!(documentation("async Rust"), None);
        for rule in rules::ALL {
            let said = rule.source.starts_with("documentation of Raft");
            assert!(
                !said || documentation(rule.source).is_some(),
                "{}",
                rule.name
            );
        }
    }

    #[test]
    fn nothing_that_was_seen_ends_a_block() {
        assert_eq!(fenced("text", "a ``` b"), "````text\na ``` b\n````");
    }

    #[test]
    fn every_rule_says_what_a_breach_means() {
        for rule in rules::ALL {
            for text in [rule.breach, rule.meaning] {
                assert!(text.len() > 10 && !text.ends_with('.'), "{}", rule.name);
            }
        }
    }
}
