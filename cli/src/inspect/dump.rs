//! The verb `dump`: what is in this store?

use std::io;
use std::path::{Path, PathBuf};

use crash_disk::is_not_a_file;
use openraft_timevault::inspect::LogInspector;
use openraft_timevault::timevault::Error;
use openraft_timevault::timevault::inspect::{HALF_MADE, PartitionReport, Severity, Target};

use super::args::DumpArgs;
use super::dump_error::DumpError;
use super::{check_table, dump_entries, dump_summary, exit, printable, shown};
use crate::exit::Exit;
use crate::out;

/// Shows what is in a store or a partition. Reads what is asked for and nothing else.
pub(crate) fn dump(args: &DumpArgs) -> io::Result<Exit> {
    let inspector = LogInspector::default();
    let target = inspector.target(&args.dir).map_err(io::Error::other)?;
    let dirs = selected(args, &target)?;
    let range = args.range.clone().or(args.entry.map(|key| key..=key));
    let mut worst = Exit::Clean;
    for dir in dirs {
        // Damage that makes an open refuse the partition is told whatever part of the log was asked
        // for, because what is shown may not be all.
        let files = inspector.log_files(&dir, target.lock);
        let contents = match inspector.contents(&dir) {
            Ok(contents) => contents,
            Err(error) => {
                worst = match files.severity() {
                    Severity::Damage | Severity::NotJudged => tell(&files, worst),
                    _ if range.is_none() && is_half_made(&files) => {
                        let dir = shown(Path::new(""), &dir);
                        out::note(format_args!(
                            "{dir} holds nothing yet: its creation was cut short"
                        ));
                        worst
                    }
                    _ => complain(&error, worst),
                };
                continue;
            }
        };
        let (mut failed, mut wrong) = (None, Vec::new());
        out::write(|out| {
            let dumped = match &range {
                Some(range) => dump_entries::write(out, args, &contents, range, &mut wrong),
                None => dump_summary::write(out, args.format, &inspector, &contents),
            };
            match dumped {
                Ok(()) => Ok(()),
                Err(DumpError::Output(error)) => Err(error),
                Err(DumpError::Store(error)) => {
                    failed = Some(error);
                    Ok(())
                }
                Err(DumpError::NoSuchEntry(text)) => {
                    Err(io::Error::new(io::ErrorKind::NotFound, text))
                }
            }
        })?;
        for finding in &wrong {
            out::tell(|err| check_table::finding(err, &dir, finding));
            worst = worse(worst, finding.kind.severity);
        }
        if let Some(error) = failed {
            worst = complain(&error, worst);
        }
        worst = tell(&files, worst);
    }
    tell_of_store(&target);
    Ok(worse(worst, target.severity()))
}

/// Whether nothing was found but that the partition's creation was cut short.
fn is_half_made(files: &PartitionReport) -> bool {
    files
        .findings
        .iter()
        .any(|finding| *finding.kind == HALF_MADE)
}

/// Damage weighs more than what could not be looked at.
fn worse(worst: Exit, severity: Severity) -> Exit {
    match (exit(severity), worst) {
        (Exit::Usage, Exit::Clean) => Exit::Usage,
        (Exit::Violation, _) => Exit::Violation,
        (_, worst) => worst,
    }
}

/// Tells on standard error what is wrong with the files of a partition.
fn tell(report: &PartitionReport, worst: Exit) -> Exit {
    let severity = report.severity();
    if severity < Severity::NotJudged {
        return worst;
    }
    let findings = report.findings.iter();
    out::tell(|err| {
        findings
            .filter(|finding| finding.kind.severity >= Severity::NotJudged)
            .try_for_each(|finding| check_table::finding(err, &report.dir, finding))
    });
    out::note("\nwhat is shown may not be all; `openraft-timevault check` reads everything");
    worse(worst, severity)
}

/// Tells on standard error what is wrong with the store around the partitions.
fn tell_of_store(target: &Target) {
    let root = target.root.clone().unwrap_or_default();
    let mut findings = target.findings.iter();
    out::tell(|err| findings.try_for_each(|finding| check_table::finding(err, &root, finding)));
    if target.is_empty() {
        out::note("the store holds no partition");
    }
}

/// Tells of an error of the store.
fn complain(error: &Error, worst: Exit) -> Exit {
    out::note(format_args!("error: {}", printable(&error.to_string())));
    let damage = match error {
        Error::Damaged { .. } => true,
        Error::Io { source, .. } => is_not_a_file(source),
        _ => false,
    };
    if !damage {
        return worse(worst, Severity::NotJudged);
    }
    out::note("       `openraft-timevault check` says more");
    worse(worst, Severity::Damage)
}

/// The partitions that are to be shown.
fn selected(args: &DumpArgs, target: &Target) -> io::Result<Vec<PathBuf>> {
    let wrong = |text: String| Err(io::Error::new(io::ErrorKind::InvalidInput, text));
    let mut dirs = target.partitions.clone();
    if let Some(id) = &args.partition {
        dirs.retain(|dir| dir.file_name().is_some_and(|name| *name == **id));
        if dirs.is_empty() {
            return wrong(format!("there is no partition {id}"));
        }
    }
    let entries = args.range.is_some() || args.entry.is_some();
    if entries && dirs.len() > 1 {
        let ids = dirs.iter().filter_map(|dir| dir.file_name());
        let ids: Vec<_> = ids.map(|id| id.to_string_lossy()).collect();
        return wrong(format!(
            "the store has several partitions; choose one with --partition: {}",
            ids.join(", ")
        ));
    }
    Ok(dirs)
}
