//! The verb `repair`: what can be mended without losing anything, and nothing else.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crash_disk::LockState;
use openraft_timevault::inspect::LogInspector;
use openraft_timevault::timevault::Error;
use openraft_timevault::timevault::inspect::{
    FOREIGN_TEMP_FILE, Finding, Inspector, ORPHAN_INDEX, PartitionReport, RepairLock, Severity,
    TEMP_FILE, TEMP_FILE_ALONE,
};

use super::args::RepairArgs;
use super::checked::Checked;
use super::{check_table, exit, printable, shown};
use crate::exit::Exit;
use crate::out;

/// One thing that can be mended.
enum Step {
    /// The index of this chunk is written anew from it.
    Index { dir: PathBuf, chunk: u64 },
    /// A leftover that holds nothing is removed.
    Remove { dir: PathBuf, path: PathBuf },
}

impl Step {
    /// In words: what would be done, or what was.
    fn told(&self, done: bool) -> String {
        match self {
            Self::Index { dir, chunk } => {
                let (verb, dir) = (
                    if done { "wrote" } else { "would write" },
                    shown(Path::new(""), dir),
                );
                format!(
                    "{verb} the index of chunk {chunk:016x} anew from the chunk, which is intact, in {dir}"
                )
            }
            Self::Remove { dir, path } => {
                let verb = if done { "removed" } else { "would remove" };
                let (path, dir) = (shown(dir, path), shown(Path::new(""), dir));
                format!("{verb} {path}, which holds nothing that counts, in {dir}")
            }
        }
    }

    fn take(&self, engine: &Inspector, lock: &RepairLock) -> Result<(), Error> {
        match self {
            Self::Index { dir, chunk } => engine.rebuild_index(lock, dir, *chunk).map(drop),
            Self::Remove { path, .. } => engine.remove_leftover(lock, path),
        }
    }
}

/// Mends what loses nothing; without `--yes` only says what it would do.
pub(crate) fn repair(args: &RepairArgs) -> io::Result<Exit> {
    let inspector = LogInspector::default();
    let engine = inspector.partitions();
    let mut target = inspector.target(&args.dir).map_err(io::Error::other)?;
    if target.lock == LockState::Held {
        return Err(io::Error::other(format!(
            "the store is in use by {}: stop it first",
            target.holder
        )));
    }
    let lock = if args.yes {
        let lock = engine.lock_for_repair(&target).map_err(io::Error::other)?;
        // Nobody else can be at it from here on, whatever can be seen of locks.
        target.lock = LockState::NotSeen;
        Some(lock)
    } else {
        None
    };
    let alone = target.root.is_none();
    let before = Checked::run(&inspector, target.clone());
    let steps = plan(&before);
    out::write(|out| {
        if alone {
            writeln!(
                out,
                "a partition that stands alone has no lock: be sure that nothing has it open\n"
            )?;
        }
        let told = refused(out, &before)?;
        left_alone(out, &before)?;
        if told && steps.is_empty() {
            return writeln!(
                out,
                "nothing else is to be mended here; see docs/operations.md"
            );
        }
        if steps.is_empty() {
            return writeln!(out, "nothing to mend");
        }
        let mut would = steps.iter().filter(|_| !args.yes);
        would.try_for_each(|step| writeln!(out, "{}", step.told(false)))
    })?;
    let Some(lock) = lock else {
        out::write(|out| not_yet(out, args, &steps))?;
        return Ok(exit(before.verdict()));
    };
    for step in &steps {
        step.take(engine, &lock).map_err(io::Error::other)?;
        out::write(|out| writeln!(out, "{}", step.told(true)))?;
    }
    let after = Checked::run(&inspector, target);
    let verdict = after.verdict();
    out::write(|out| writeln!(out, "checked again: {}", after.verdict_name()))?;
    Ok(exit(verdict))
}

/// What can be mended.
fn plan(checked: &Checked) -> Vec<Step> {
    let mut steps = Vec::new();
    for report in &checked.reports {
        let partition = &report.partition;
        let dir = || partition.dir.clone();
        let chunks = partition
            .chunks
            .iter()
            .filter(|chunk| chunk.index_repairable);
        steps.extend(chunks.map(|chunk| Step::Index {
            dir: dir(),
            chunk: chunk.id,
        }));
        for finding in &partition.findings {
            if is_leftover(finding) && !is_damaged(partition) {
                steps.push(Step::Remove {
                    dir: dir(),
                    path: finding.path.clone(),
                });
            }
        }
    }
    steps
}

/// Whether it is a file that the next open removes.
fn is_leftover(finding: &Finding) -> bool {
    [&TEMP_FILE, &ORPHAN_INDEX].contains(&finding.kind)
}

/// Whether anything but a repairable index is wrong. Then nothing is removed: whoever looks for what is lost may
/// need every file.
fn is_damaged(partition: &PartitionReport) -> bool {
    let bad = |finding: &Finding| finding.kind.severity >= Severity::NotJudged;
    partition
        .findings
        .iter()
        .any(|finding| bad(finding) && !finding.is_repairable())
}

/// Tells of the files that look like leftovers and are not removed.
fn left_alone(out: &mut dyn Write, checked: &Checked) -> io::Result<()> {
    for report in &checked.reports {
        let partition = &report.partition;
        for finding in &partition.findings {
            let why = if *finding.kind == TEMP_FILE_ALONE {
                "it may be the only copy of what it was to replace"
            } else if *finding.kind == FOREIGN_TEMP_FILE {
                "it is not of this format"
            } else if is_leftover(finding) && is_damaged(partition) {
                "something else is damaged"
            } else {
                continue;
            };
            let (path, dir) = (
                shown(&partition.dir, &finding.path),
                shown(Path::new(""), &partition.dir),
            );
            writeln!(out, "left alone: {path}, because {why}, in {dir}")?;
        }
    }
    Ok(())
}

/// Tells of damage that is not mended here; whether there is any.
fn refused(out: &mut dyn Write, checked: &Checked) -> io::Result<bool> {
    let around = checked.target.root.iter();
    let around = around.map(|root| (root, &checked.target.findings));
    let partitions = checked.reports.iter().map(|report| &report.partition);
    let inside = partitions.map(|partition| (&partition.dir, &partition.findings));
    let mut told = false;
    for (dir, findings) in around.chain(inside) {
        let bad = |finding: &&Finding| finding.kind.severity >= Severity::NotJudged;
        for finding in findings
            .iter()
            .filter(bad)
            .filter(|finding| !finding.is_repairable())
        {
            if !told {
                writeln!(
                    out,
                    "not mended here, because something would be lost or guessed, or could not be read:"
                )?;
                told = true;
            }
            check_table::finding(out, dir, finding)?;
        }
    }
    if told {
        writeln!(out)?;
    }
    Ok(told)
}

fn not_yet(out: &mut dyn Write, args: &RepairArgs, steps: &[Step]) -> io::Result<()> {
    if steps.is_empty() {
        return Ok(());
    }
    let program = std::env::args().next().unwrap_or_default();
    let dir = args.dir.display().to_string();
    let mut words = vec![&*program, "repair", "--yes"];
    words.extend(dir.starts_with('-').then_some("--"));
    words.push(&dir);
    // A name that no shell takes is one with a zero byte, which no path has.
    let command = shlex::try_join(words.iter().copied()).unwrap_or_else(|_| words.join(" "));
    let command = printable(&command);
    writeln!(out, "\nnothing was changed; to do it:\n    {command}")
}
