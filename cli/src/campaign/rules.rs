//! The verb `rules`.

use std::io::{self, Write};

use openraft_timevault::verify::rules::{ALL, Rule};
use serde_json::json;

use crate::exit::Exit;
use crate::inspect::Format;
use crate::out;

/// Lists the rules of the contract.
///
/// # Errors
/// Standard output cannot be written.
pub(crate) fn rules(format: Format) -> io::Result<Exit> {
    out::write(|out| {
        ALL.iter().try_for_each(|rule| match format {
            Format::Human => human(out, rule),
            Format::Json => json(out, rule),
        })
    })?;
    Ok(Exit::Clean)
}

fn json(out: &mut dyn Write, rule: &Rule) -> io::Result<()> {
    let document = json!({
        "name": rule.name,
        "judged_from": rule.judged_from,
        "severity": rule.severity.to_string(),
        "statement": rule.statement,
        "source": rule.source,
        "not_compared": rule.not_compared,
    });
    writeln!(out, "{document}")
}

fn human(out: &mut dyn Write, rule: &Rule) -> io::Result<()> {
    writeln!(
        out,
        "{} ({}, judged from caller {:?})",
        rule.name, rule.severity, rule.judged_from
    )?;
    writeln!(out, "    {}", rule.statement)?;
    writeln!(out, "    source: {}", rule.source)?;
    writeln!(out, "    not compared: {}\n", rule.not_compared)
}
