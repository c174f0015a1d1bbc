//! The detection matrix: every bug over several seeds, and the correct stores beside them, odd ones too.

use std::fmt::Write as _;
use std::io;

use crate::tasks::Runtime;

use super::setting::Setting;
use super::{BugInfo, Config, Correct, Detection, Part, Progress, Seeded, workers};
use crate::subject::{DiskServer, SuiteRun, SuiteVerdict};

/// Random programs of a correct store for each seed but the first, which gets a whole quick campaign.
const CORRECT_SEQUENCES: u64 = 200;

/// Likewise, random programs of which the last operation is crashed.
const CORRECT_CRASHES: u64 = 1;

/// The stores with a bug, and the correct ones.
pub type Stores<'a> = (&'a [Box<dyn Seeded>], &'a [Box<dyn Correct>]);

/// What became of one bug.
#[derive(Debug)]
pub struct Row {
    /// The bug.
    pub bug: BugInfo,
    /// One for each seed.
    pub detections: Vec<Detection>,
    /// What it took to see the shortest of them; `None` where none was found.
    pub setting: Option<Setting>,
    /// Whether a crash on a mounted disk shows it; `None` where crashes are not what shows it, or nothing was mounted.
    pub mounted: Option<bool>,
    /// What the suite of the API says, where there is one.
    pub suite: Option<SuiteVerdict>,
}

/// What became of one correct store.
#[derive(Debug)]
pub struct CorrectRow {
    /// Name of the store.
    pub store: String,
    /// What is odd about it.
    pub text: &'static str,
    /// Rule and seed of each violation, or the phase that was not clean for another reason; there
    /// should be none.
    pub broken: Vec<(&'static str, u64)>,
    /// What the suite of the API says, where there is one.
    pub suite: Option<SuiteVerdict>,
}

/// All bugs and all correct stores.
#[derive(Debug)]
pub struct Matrix {
    /// The seeds.
    pub seeds: Vec<u64>,
    /// Whether stores were judged on mounted disks too.
    pub mounted: bool,
    /// The bugs.
    pub rows: Vec<Row>,
    /// The correct stores.
    pub correct: Vec<CorrectRow>,
}

impl Matrix {
    /// Looks for every bug with every seed, and judges every correct store for every caller, on mounted disks too where
    /// there is who serves them. `None` if it was stopped.
    ///
    /// # Errors
    /// The machine refuses threads, memory or temporary directories.
    pub fn new(
        (bugs, stores): Stores<'_>,
        (seeds, mounts): (Vec<u64>, Option<&DiskServer>),
        config: &Config,
        progress: &dyn Progress,
    ) -> io::Result<Option<Self>> {
        // All at once, because they sleep most of their time.
        let suites: Vec<Option<SuiteRun>> = bugs.iter().map(|bug| bug.suite()).collect();
        let correct_suites: Vec<Option<SuiteRun>> =
            stores.iter().map(|store| store.suite()).collect();
        let (bug_count, store_count) = (bugs.len() as u64, stores.len() as u64);
        progress.phase("bugs", bug_count);
        let work = |runtime: &Runtime, number: u64| -> io::Result<Found> {
            found(runtime, of(bugs, number)?, (&seeds, mounts), config)
        };
        let rows = workers::run((0..bug_count, config.threads), progress, &work)?;
        progress.phase("correct stores", store_count);
        let work = |_: &Runtime, number: u64| -> io::Result<Broken> {
            broken(of(stores, number)?, (&seeds, mounts), config)
        };
        let correct = workers::run((0..store_count, config.threads), progress, &work)?;
        if let Some((_, error)) = rows.failed.or(correct.failed) {
            return Err(error);
        }
        if rows.passed.len() < bugs.len() || correct.passed.len() < stores.len() {
            return Ok(None);
        }
        let rows = bugs.iter().zip(rows.passed).zip(suites);
        let rows = rows.map(|((bug, found), suite)| Row {
            bug: bug.info(),
            detections: found.detections,
            setting: found.setting,
            mounted: found.mounted,
            suite: suite.map(SuiteRun::verdict),
        });
        let correct = stores.iter().zip(correct.passed).zip(correct_suites);
        let correct = correct.map(|((store, broken), suite)| CorrectRow {
            store: store.name(),
            text: store.text(),
            broken,
            suite: suite.map(SuiteRun::verdict),
        });
        Ok(Some(Self {
            seeds,
            mounted: mounts.is_some(),
            rows: rows.collect(),
            correct: correct.collect(),
        }))
    }

    /// Whether every bug was found with every seed by a rule that is about it, on mounts too if it is one that crashes
    /// show, and every correct store is clean.
    #[must_use]
    pub fn is_right(&self) -> bool {
        let found = |row: &Row| {
            row.mounted != Some(false) && row.detections.iter().all(Detection::is_right)
        };
        self.rows.iter().all(found) && self.correct.iter().all(|row| row.broken.is_empty())
    }

    /// What mounted disks come to.
    fn on_mounts(&self) -> String {
        let by_crashes = || self.rows.iter().filter_map(|row| row.mounted);
        match self.mounted {
            true => format!(
                "On mounted disks {} of the {} bugs are found that crashes show.",
                by_crashes().filter(|found| *found).count(),
                by_crashes().count(),
            ),
            false => "Nothing could be mounted.".to_owned(),
        }
    }

    /// The document.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let mut text = String::from(HEAD);
        let seeds = self.seeds.len();
        let found = self.rows.iter().flat_map(|row| &row.detections);
        let right = found.filter(|detection| detection.is_right()).count();
        let suite = self
            .rows
            .iter()
            .filter(|row| row.suite.as_ref().is_some_and(SuiteVerdict::found))
            .count();
        let clean = self
            .correct
            .iter()
            .filter(|row| row.broken.is_empty())
            .count();
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "Over {seeds} seeds: {right} of {} found. openraft's own `Suite` finds {suite} of {} bugs. \
             {clean} of {} correct stores are clean. {}\n{BUGS_HEAD}",
            seeds * self.rows.len(),
            self.rows.len(),
            self.correct.len(),
            self.on_mounts(),
        );
        self.rows.iter().for_each(|row| row.write(&mut text));
        text.push_str(CORRECT_HEAD);
        self.correct.iter().for_each(|row| row.write(&mut text));
        text
    }
}

const HEAD: &str = "# Detection matrix

Bugs on purpose, one switch each, in a small plain WAL and in the store of this package. Written by
`cargo run --release -- bugs --seeds 20 --matrix docs/detection-matrix.md`; a test finds each of them
again and compares the rows with what the code knows.

";

const BUGS_HEAD: &str = "
*Programs* and *operations* are those run until the bug was found, the one that found it included:
the median of the seeds and the worst. Random programs depend on the seed; short programs are tried
in an order that depends on it; of damaged stores it decides the bytes. *Seen* is what the shortest
counterexample needs: for a crash the strongest profile that it persists under and the lowest level
there. *Mount* says of a bug that crashes show whether they show it as well where the store is judged unchanged, on a
mounted disk. *Length* is the number of operations of the shortest program, after the start state.

| code | bug | store | what it does | found by | seen | programs | operations | length | mount | `Suite` |
|---|---|---|---|---|---|---|---|---|---|---|
";

const CORRECT_HEAD: &str = "
## Correct

The two stores without a bug, and variants of the plain WAL that may look wrong and are not, for each caller: a whole
quick campaign with the first seed; random programs, and crashes of a random program, with every other seed. All of
it on the seam, and unchanged on mounted disks.

| store | what is odd | found | `Suite` |
|---|---|---|---|
";

impl Row {
    fn write(&self, text: &mut String) {
        let mut rules: Vec<&str> = Vec::new();
        for found in self.detections.iter().filter_map(|it| it.found.as_ref()) {
            if !rules.contains(&found.violation.rule.name) {
                rules.push(found.violation.rule.name);
            }
        }
        rules.sort_unstable();
        let missed = self.detections.iter().filter(|it| it.found.is_none());
        let missed = match missed.count() {
            0 => String::new(),
            count => format!(" NOT FOUND with {count} seeds"),
        };
        let programs = spread(self.detections.iter().map(|it| it.effort.programs));
        let operations = spread(self.detections.iter().map(|it| it.effort.operations));
        let mounted = match self.mounted {
            None => "",
            Some(true) => "yes",
            Some(false) => "NOT FOUND",
        };
        let (seen, length) = match &self.setting {
            Some(setting) => (setting.to_string(), setting.length.to_string()),
            None => (String::new(), String::new()),
        };
        let _ = writeln!(
            text,
            "| {} | `{}` | {} | {} | {}{missed} | {seen} | {programs} | {operations} | {length} | {mounted} | {} |",
            self.bug.code,
            self.bug.name,
            self.bug.store,
            self.bug.text,
            code_list(&rules),
            yes_or_no(self.suite.as_ref()),
        );
    }
}

impl CorrectRow {
    fn write(&self, text: &mut String) {
        let broken: Vec<&str> = self.broken.iter().map(|(rule, _)| *rule).collect();
        let found = match broken.is_empty() {
            true => "nothing".to_owned(),
            false => code_list(&broken),
        };
        let _ = writeln!(
            text,
            "| `{}` | {} | {found} | {} |",
            self.store,
            self.text,
            yes_or_no(self.suite.as_ref()),
        );
    }
}

fn of<T: ?Sized>(all: &[Box<T>], number: u64) -> io::Result<&T> {
    let item = usize::try_from(number).ok().and_then(|at| all.get(at));
    item.map(AsRef::as_ref)
        .ok_or_else(|| io::Error::other("no such row"))
}

/// What came of the hunt for one bug.
struct Found {
    detections: Vec<Detection>,
    /// What the shortest of them needs.
    setting: Option<Setting>,
    mounted: Option<bool>,
}

fn found(
    runtime: &Runtime,
    bug: &dyn Seeded,
    (seeds, mounts): (&[u64], Option<&DiskServer>),
    config: &Config,
) -> io::Result<Found> {
    let mut detections = Vec::with_capacity(seeds.len());
    for seed in seeds {
        let config = Config {
            seed: *seed,
            ..config.clone()
        };
        detections.push(bug.hunt(&config)?);
    }
    let found = detections.iter().filter_map(|it| it.found.as_ref());
    let shortest = found.min_by_key(|found| found.program.ops.len());
    let setting = shortest.map(|found| bug.setting(runtime, found));
    let mounts = mounts.filter(|_| bug.info().part == Part::Crashes);
    let mounted = mounts.map(|server| bug.is_found_on_mounts(config, server));
    Ok(Found {
        detections,
        setting,
        mounted: mounted.transpose()?,
    })
}

type Broken = Vec<(&'static str, u64)>;

/// The rules that a correct store breaks, each with the seed.
fn broken(
    store: &dyn Correct,
    (seeds, mounts): (&[u64], Option<&DiskServer>),
    config: &Config,
) -> io::Result<Broken> {
    let mut broken = Vec::new();
    for (number, seed) in seeds.iter().enumerate() {
        let quick = Config::quick();
        let rest = Config {
            sequences: CORRECT_SEQUENCES,
            real_sequences: 0,
            crash_length: 0,
            fault_length: 0,
            kill_rounds: 0,
            random_crashes: CORRECT_CRASHES,
            ..quick.clone()
        };
        let config = Config {
            seed: *seed,
            threads: config.threads,
            end_at_first_finding: true,
            ..if number == 0 { quick } else { rest }
        };
        for report in store.check_each_way(&config, mounts) {
            if let Some(why) = report.harness_broken() {
                return Err(io::Error::other(why.to_owned()));
            }
            broken.extend(report.not_clean().map(|what| (what, *seed)));
        }
    }
    Ok(broken)
}

/// Median and worst.
fn spread(values: impl Iterator<Item = u64>) -> String {
    let mut values: Vec<u64> = values.collect();
    values.sort_unstable();
    let median = values.get(values.len() / 2).copied().unwrap_or_default();
    let worst = values.last().copied().unwrap_or_default();
    format!("{median} / {worst}")
}

fn code_list(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

fn yes_or_no(suite: Option<&SuiteVerdict>) -> &'static str {
    match suite {
        None => "none",
        Some(SuiteVerdict::Passed) => "no",
        Some(SuiteVerdict::Failed(_)) => "yes",
        Some(SuiteVerdict::Hung) => "hangs",
    }
}
