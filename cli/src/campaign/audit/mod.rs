//! The verb `audit`.

mod document;
mod row;
mod source;

use std::io;
use std::path::Path;

use openraft_timevault::verify::audit::{Site, plain_audit, plain_sites};
use openraft_timevault::verify::campaign::Config;
use openraft_timevault::verify::{Known, Progress as _};

use crate::campaign::out_dir;
use crate::campaign::progress::Bar;
use crate::exit::Exit;
use crate::out;
use row::{Found, Row};

/// Leaves out one sync after the other and shows what breaks.
pub(crate) fn audit(
    subject: &str,
    length: usize,
    (only, document): (Option<&str>, bool),
) -> io::Result<Exit> {
    let known = Known::by_name(subject)?;
    let bar = Bar::new(None)?;
    let of_log = known.sync_sites()?;
    let mut sites: Vec<(Site, bool)> = of_log.iter().map(|site| (*site, true)).collect();
    let has_partitions = matches!(known, Known::Timevault(_));
    if has_partitions {
        let plain =
            plain_sites().map_err(|failure| io::Error::other(failure.violation.to_string()))?;
        let more = plain.into_iter().filter(|site| !of_log.contains(site));
        sites.extend(more.map(|site| (site, false)));
    }
    sites.retain(|(site, _)| only.is_none_or(|only| site.to_string().contains(only)));
    bar.phase("sync audit", sites.len() as u64);
    let mut rows = Vec::new();
    for (site, in_log) in sites {
        let mut found = None;
        if in_log {
            let audited = known.audit(&Config::default(), (site, length))?;
            found = audited.found.as_ref().map(Found::from);
        }
        if found.is_none() && has_partitions {
            found = plain_audit(site).as_ref().map(Found::from);
        }
        let row = Row { site, found };
        bar.suspend(|| out::write(|out| writeln!(out, "{}", line(&row))))?;
        rows.push(row);
        bar.advance(1);
        if bar.interrupted() {
            return Ok(Exit::Interrupted);
        }
    }
    bar.finish();
    if rows.is_empty() {
        return Ok(Exit::NothingRan);
    }
    let mut unreached = source::places(Path::new(""));
    unreached.retain(|place| has_partitions && only.is_none() && !reached(place, &rows));
    end(&rows, &unreached)?;
    if document {
        let text = document::render(&rows, &unreached);
        out_dir::write(Path::new("docs"), document::NAME, &text)?;
    }
    let every = rows
        .iter()
        .all(|row| row.found.is_some() || document::explained(row.site).is_some())
        && unreached
            .iter()
            .all(|place| document::seeded(place).is_some());
    Ok(match every {
        true => Exit::Clean,
        false => Exit::Violation,
    })
}

/// Prints how many syncs were found and the places that no program reached.
fn end(rows: &[Row], unreached: &[source::Place]) -> io::Result<()> {
    let found = rows.iter().filter(|row| row.found.is_some()).count();
    out::write(|out| {
        for place in unreached {
            let (file, line) = (&place.file, place.line);
            match document::seeded(place) {
                Some(bug) => writeln!(out, "{file}:{line} only the seeded bug {bug} asks for it")?,
                None => writeln!(out, "{file}:{line} NOT REACHED")?,
            }
        }
        writeln!(
            out,
            "{found} of {} syncs are found when left out",
            rows.len()
        )
    })
}

fn reached(place: &source::Place, rows: &[Row]) -> bool {
    rows.iter().any(|row| {
        let site = row.site.site;
        site.file() == place.file && site.line() as usize == place.line
    })
}

fn line(row: &Row) -> String {
    let site = format!("{}:{}", row.site.site.file(), row.site.site.line());
    let found = match &row.found {
        Some(found) => format!("{:<22} {:<13} {}", found.rule, found.part, found.program),
        None => match document::explained(row.site) {
            Some(why) => format!("no finding: {why}"),
            None => "NOT FOUND".to_owned(),
        },
    };
    format!("{site:<44} {:<10} {found}", row.site.of.to_string())
}
