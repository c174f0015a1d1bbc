//! The verb `rules`.

use openraft_timevault::verify::rules::{ALL, Rule};
use serde_json::json;

use crate::args::Format;
use crate::exit::Exit;

/// Lists the rules of the contract.
pub(crate) fn rules(format: Format) -> Exit {
    for rule in ALL {
        match format {
            Format::Human => human(rule),
            Format::Json => println!(
                "{}",
                json!({
                    "name": rule.name,
                    "judged_from": rule.judged_from,
                    "severity": rule.severity.to_string(),
                    "statement": rule.statement,
                    "source": rule.source,
                    "not_compared": rule.not_compared,
                })
            ),
        }
    }
    Exit::Clean
}

fn human(rule: &Rule) {
    println!(
        "{} ({}, judged from caller {:?})",
        rule.name, rule.severity, rule.judged_from
    );
    println!("    {}", rule.statement);
    println!("    source: {}", rule.source);
    println!("    not compared: {}\n", rule.not_compared);
}
