//! Looking at the partition of a Raft log: at its small files, and whether the entries agree with them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crash_disk::{FileSystem, LockState, StdFs, TEMP_SUFFIX};
use serde_json::Value;
use timevault::inspect::{
    A_DIRECTORY, FOREIGN_TEMP_FILE, Finding, FindingKind, Inspector, METADATA_DAMAGED,
    METADATA_MISSING, NOT_A_FILE, Observer, PartitionReport, Severity, StoredRecord, TEMP_FILE,
    TEMP_FILE_ALONE, Target, UNDECODABLE,
};
use timevault::{Error, FormatPlugin, Jsonl};

use super::any_entry::{AnyEntry, EntryView};
use super::ids::AnyLogId;
use super::kind::{
    COMMITTED_AHEAD, COMMITTED_IGNORED, FILE_NOT_THIS_TYPE, FRONT_UNKNOWN, HOLE_AT_FRONT,
    LOG_ID_ORDER, NOT_THIS_TYPE, PURGE_AHEAD, PURGE_BEHIND, PURGE_DAMAGED, STALE_SUFFIX,
    UNKNOWN_ENTRY, VOTE_BELOW_LOG, VOTE_DAMAGED, VOTE_MISSING, VOTE_NOT_YET,
};
use super::small_files::SmallFiles;
use crate::log_store::core::{COMMITTED_FILE, PURGE_FILE, VOTE_FILE};
use crate::log_store::recovery::{
    Front, committed_holds, judge_front, purge_file_behind, sign_of_use,
};
use crate::{ENTRY_FORMAT_ID, LogStoreError};

/// Entries out of order that are reported one by one.
const MAX_ORDER_FINDINGS: usize = 8;

/// Looks at logs, and at plain partitions of the plugin `jsonl`.
#[derive(Debug, Clone)]
pub struct LogInspector {
    inspector: Inspector,
    /// Kind of the finding for intact entries that the format can't read.
    unread: &'static FindingKind,
}

/// What a partition holds and what was found, the Raft log in it included.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogReport {
    /// The partition, with all findings.
    pub partition: PartitionReport,
    /// The state of the Raft log; `None` when the partition holds none.
    pub log: Option<LogState>,
}

/// State of a Raft log, as far as it can be read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct LogState {
    /// The vote as JSON; `null` before the first one.
    pub vote: Option<Value>,
    /// Why there is no vote where one should be: `missing`, `damaged`, `of another type` or `unreadable`.
    pub vote_error: Option<&'static str>,
    /// The purged id.
    pub purged: Option<AnyLogId>,
    /// Why there is no purged id where one should be, in the same words.
    pub purged_error: Option<&'static str>,
    /// The committed id, if it can be trusted.
    pub committed: Option<AnyLogId>,
    /// Id of the last entry, else the purged id. Nothing of what the next open removes.
    pub last: Option<AnyLogId>,
}

impl Default for LogInspector {
    fn default() -> Self {
        Self::new(Arc::new(StdFs))
    }
}

impl LogInspector {
    /// An inspector for the logs of any type config.
    #[must_use]
    pub fn new(fs: Arc<dyn FileSystem>) -> Self {
        Self {
            unread: &UNKNOWN_ENTRY,
            ..Self::with_format(fs, Arc::new(AnyEntry))
        }
    }

    /// An inspector that decodes entries with this format, such as
    /// [`EntryFormat`](crate::EntryFormat) for one type config. An entry that the application can't read is
    /// then reported as [`NOT_THIS_TYPE`].
    #[must_use]
    pub fn with_format(fs: Arc<dyn FileSystem>, format: Arc<dyn FormatPlugin>) -> Self {
        Self {
            inspector: Inspector::new(fs, vec![format, Arc::new(Jsonl)]),
            unread: &NOT_THIS_TYPE,
        }
    }

    /// The engine's inspector, for what is in a partition.
    #[must_use]
    pub fn partitions(&self) -> &Inspector {
        &self.inspector
    }

    /// Finds out what `dir` is; as [`Inspector::target`].
    ///
    /// # Errors
    /// [`Error::NotAStore`], [`Error::Io`].
    pub fn target(&self, dir: &Path) -> Result<Target, Error> {
        self.inspector.target(dir)
    }

    /// Looks at the partition in `dir`; as [`Inspector::partition`].
    pub fn log(&self, dir: &Path, lock: LockState, observer: &mut dyn Observer) -> LogReport {
        let fs = &**self.inspector.fs();
        let mut entries = Entries {
            fs,
            dir,
            files: SmallFiles::read(fs, dir),
            seen: Seen::default(),
            inner: observer,
        };
        let mut report = self.inspector.partition(dir, lock, &mut entries);
        let Entries { files, seen, .. } = entries;
        if report.plugin.as_deref() != Some(ENTRY_FORMAT_ID) {
            return LogReport {
                partition: report,
                log: None,
            };
        }
        for finding in &mut report.findings {
            if *finding.kind == UNDECODABLE {
                finding.kind = self.unread;
            }
        }
        let mut judge = Judge {
            dir,
            partition: Known::of(&report, report.first_key().zip(report.last_key())),
            seen,
            findings: &mut report.findings,
            state: LogState::default(),
        };
        judge.files(files);
        judge.entries();
        let log = Some(judge.state);
        LogReport {
            partition: report,
            log,
        }
    }

    /// Looks at the log in `dir` without reading its entries: at its small files, and whether the files are
    /// those that the manifest names. For a check before the log is read.
    ///
    /// If a writer may be at work (`lock` is not [`LockState::NotSeen`]), only findings that a second look
    /// finds again are reported.
    #[must_use]
    pub fn log_files(&self, dir: &Path, lock: LockState) -> PartitionReport {
        let mut report = self.look_at_files(dir);
        if lock != LockState::NotSeen && report.severity() >= Severity::NotJudged {
            let again = self.look_at_files(dir).findings;
            report.findings.retain(|finding| again.contains(finding));
        }
        report
    }

    fn look_at_files(&self, dir: &Path) -> PartitionReport {
        let mut report = self.inspector.partition_files(dir);
        if report.plugin.as_deref() == Some(ENTRY_FORMAT_ID) {
            let contents = self.inspector.contents(dir).ok();
            let keys = contents.and_then(|contents| {
                let (first, last) = (contents.first_key().ok()?, contents.last_key().ok()?);
                first.zip(last)
            });
            let mut judge = Judge {
                dir,
                partition: Known::of(&report, keys),
                seen: Seen::default(),
                findings: &mut report.findings,
                state: LogState::default(),
            };
            judge.files(SmallFiles::read(&**self.inspector.fs(), dir));
        }
        report
    }
}

/// Log ids of the entries that were read.
#[derive(Default)]
struct Seen {
    previous: Option<AnyLogId>,
    /// First above the purge point, that of the partition or of the purge file, whichever is higher.
    first: Option<AnyLogId>,
    last: Option<AnyLogId>,
    /// The one at the committed index.
    at_committed: Option<AnyLogId>,
    out_of_order: Vec<Finding>,
}

/// Collects from the entries what the small files are compared with.
struct Entries<'a> {
    fs: &'a dyn FileSystem,
    dir: &'a Path,
    files: SmallFiles,
    seen: Seen,
    inner: &'a mut dyn Observer,
}

impl Observer for Entries<'_> {
    fn begin(&mut self) {
        self.files = SmallFiles::read(self.fs, self.dir);
        self.seen = Seen::default();
        self.inner.begin();
    }

    fn record(&mut self, record: &StoredRecord<'_>) {
        self.inner.record(record);
        let Ok(EntryView { log_id, .. }) = EntryView::parse(record.payload) else {
            return;
        };
        let seen = &mut self.seen;
        if let Some(previous) = seen.previous.replace(log_id.clone())
            && previous >= log_id
            && seen.out_of_order.len() < MAX_ORDER_FINDINGS
        {
            let finding = Finding::new(&LOG_ID_ORDER, record.path, log_id.to_string());
            let finding = finding.at(record.offset);
            seen.out_of_order
                .push(finding.expected(format!("a log id above {previous}")));
        }
        let purged = self.files.purged.as_ref().ok().and_then(Option::as_ref);
        if record.hidden || purged.is_some_and(|purged| log_id.index <= purged.index) {
            return;
        }
        let committed = self.files.committed.as_ref().ok();
        let committed = committed.and_then(|file| file.as_ref()?.as_ref());
        if committed.is_some_and(|committed| committed.index == log_id.index) {
            seen.at_committed = Some(log_id.clone());
        }
        seen.first.get_or_insert_with(|| log_id.clone());
        seen.last = Some(log_id);
    }

    fn read(&mut self, bytes: u64) {
        self.inner.read(bytes);
    }
}

/// What the small files of a partition are compared with.
struct Known {
    /// Its purge point; `None` when its metadata could not be read.
    purge_point: Option<Option<u64>>,
    /// Key of the first record above the purge point.
    first_key: Option<u64>,
    /// Key of the last record above the purge point.
    last_key: Option<u64>,
    /// What else proves that the log was used: the first open writes the vote file before any of it.
    sign_of_use: Option<String>,
    /// Whether it was found whole. If damage has taken entries away, where the others begin proves nothing.
    whole: bool,
}

impl Known {
    fn of(report: &PartitionReport, keys: Option<(u64, u64)>) -> Self {
        let kinds = [&METADATA_DAMAGED, &METADATA_MISSING];
        let unread = |finding: &Finding| {
            kinds.contains(&finding.kind)
                || finding.kind.severity >= Severity::NotJudged
                    && finding.path.ends_with("metadata.json")
        };
        let unread = report.findings.iter().any(unread);
        Self {
            purge_point: (!unread).then_some(report.purged),
            first_key: keys.map(|(first, _)| first),
            last_key: keys.map(|(_, last)| last),
            sign_of_use: report.sign_of_use.clone(),
            whole: report.severity() < Severity::NotJudged,
        }
    }
}

/// Why a small file could not be read, in a word.
fn error_of<T>(file: &Result<Option<T>, LogStoreError>) -> Option<&'static str> {
    match file {
        Ok(_) => None,
        Err(LogStoreError::Io { .. }) => Some("unreadable"),
        Err(LogStoreError::FileNotThisType { .. }) => Some("of another type"),
        Err(_) => Some("damaged"),
    }
}

/// Judges the small files as an open does.
struct Judge<'a> {
    dir: &'a Path,
    partition: Known,
    seen: Seen,
    findings: &'a mut Vec<Finding>,
    state: LogState,
}

impl Judge<'_> {
    /// A finding about a small file, or, without a name, about the log as a whole.
    fn push(
        &mut self,
        kind: &'static FindingKind,
        file: &str,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) {
        let path = match file {
            "" => self.dir.to_path_buf(),
            name => self.dir.join(name),
        };
        self.findings
            .push(Finding::new(kind, &path, found).expected(expected));
    }

    /// The content of a file; a finding if it can't be read.
    fn content<T>(
        &mut self,
        kind: &'static FindingKind,
        file: Result<Option<T>, LogStoreError>,
    ) -> Option<Option<T>> {
        let finding = match file {
            Ok(content) => return Some(content),
            Err(LogStoreError::Damaged {
                path,
                offset,
                expected,
                found,
            }) => Finding::new(kind, &path, found)
                .at(offset)
                .expected(expected),
            Err(LogStoreError::FileNotThisType { path, what, reason }) => {
                Finding::new(&FILE_NOT_THIS_TYPE, &path, reason).expected(format!("a {what}"))
            }
            Err(LogStoreError::Io { path, source, .. }) => Finding::from_io(&path, &source),
            Err(other) => Finding::new(kind, self.dir, other.to_string()),
        };
        self.findings.push(finding);
        None
    }

    /// Judges the temp files of the vote and the purge file, which the engine does not know. Beside an intact
    /// file they are leftovers.
    fn temp_files(&mut self) {
        let target = |name: &str, read: bool| {
            let path = self.dir.join(name);
            let bad = |f: &Finding| f.path == path && f.kind.severity >= Severity::NotJudged;
            let intact = read && !self.findings.iter().any(bad);
            (self.dir.join(format!("{name}{TEMP_SUFFIX}")), intact)
        };
        let targets = [
            target(VOTE_FILE, self.state.vote.is_some()),
            target(PURGE_FILE, self.state.purged.is_some()),
        ];
        for finding in &mut *self.findings {
            let of = |(path, _): &&(PathBuf, bool)| *path == finding.path;
            if *finding.kind == FOREIGN_TEMP_FILE
                && let Some((_, intact)) = targets.iter().find(of)
            {
                finding.kind = match intact {
                    // The file beside it can never be replaced.
                    _ if finding.found == A_DIRECTORY => &NOT_A_FILE,
                    true => &TEMP_FILE,
                    false => &TEMP_FILE_ALONE,
                };
            }
        }
    }

    fn files(&mut self, files: SmallFiles) {
        self.state.vote_error = error_of(&files.vote);
        self.state.purged_error = error_of(&files.purged);
        let purge_file = self.content(&PURGE_DAMAGED, files.purged);
        if let (Some(purged), Some(purge_point)) = (&purge_file, self.partition.purge_point) {
            let index = purged.as_ref().map(|id| id.index);
            if let Some(point) = purge_file_behind(purge_point, index) {
                let found = purged
                    .as_ref()
                    .map_or("no file".into(), AnyLogId::to_string);
                if purged.is_none() {
                    self.state.purged_error = Some("missing");
                }
                // The index behind which the entries have to begin is not known.
                self.partition.whole = false;
                let expected = format!("a purged id with index {point} or above");
                self.push(&PURGE_BEHIND, PURGE_FILE, expected, found);
            } else if let Some(id) = purged.as_ref().filter(|_| index > purge_point) {
                let point =
                    purge_point.map_or("not purged".into(), |at| format!("purged up to {at}"));
                let expected = format!("a partition {point}");
                self.push(&PURGE_AHEAD, PURGE_FILE, expected, id.to_string());
            }
        }
        if let (Some(None), Some(None)) = (&purge_file, self.partition.purge_point) {
            self.front_without_purge();
        }
        self.state.purged = purge_file.flatten();
        // Only an open log saves a committed id, and the first open ends with writing the vote file.
        let saved = !matches!(files.committed, Ok(None) | Err(LogStoreError::Io { .. }));
        match self.content(&VOTE_DAMAGED, files.vote) {
            Some(None) => match self.sign_of_use(saved) {
                Some(beside) => {
                    let expected = format!("a vote file beside {beside}");
                    self.push(&VOTE_MISSING, VOTE_FILE, expected, "no file");
                    self.state.vote_error = Some("missing");
                }
                None => self.push(&VOTE_NOT_YET, VOTE_FILE, "", "no file"),
            },
            Some(vote) => self.state.vote = vote,
            None => {}
        }
        let committed = self.content(&COMMITTED_IGNORED, files.committed);
        self.state.committed = committed.flatten().flatten();
        self.temp_files();
    }

    /// Judges the first index of a log that was never purged. openraft begins with index 0; other callers may
    /// not, so an open accepts any.
    fn front_without_purge(&mut self) {
        if let (true, Some(first @ 1..)) = (self.partition.whole, self.partition.first_key) {
            let expected = "first index 0, or a purged id";
            self.push(&FRONT_UNKNOWN, "", expected, format!("first index {first}"));
        }
    }

    /// What proves that the log was used. An inspection accepts more proofs than an open.
    fn sign_of_use(&self, committed_saved: bool) -> Option<String> {
        let partition = &self.partition;
        let point = partition.purge_point.flatten();
        sign_of_use(self.state.purged.as_ref(), partition.last_key)
            .or_else(|| point.map(|point| format!("the purge point {point}")))
            .or_else(|| committed_saved.then(|| COMMITTED_FILE.to_string()))
            .or_else(|| partition.sign_of_use.clone())
            .or_else(|| {
                let temp = format!("{PURGE_FILE}{TEMP_SUFFIX}");
                let there = |f: &Finding| f.path == self.dir.join(&temp);
                self.findings.iter().any(there).then_some(temp)
            })
    }

    /// Compares the vote with the last log id: openraft saves the vote of a leader before it appends what that
    /// leader sends. Other callers need not, so a lower vote is only a note.
    fn vote_against_log(&mut self) {
        let term = |vote: &Value| vote.get("leader_id")?.get("term")?.as_u64();
        let (Some(vote), Some(last)) = (&self.state.vote, &self.state.last) else {
            return;
        };
        if term(vote) < Some(last.leader_id.term()) {
            let (expected, found) = (
                format!("a vote of a term that led to {last}"),
                vote.to_string(),
            );
            self.push(&VOTE_BELOW_LOG, VOTE_FILE, expected, found);
        }
    }

    /// Compares the purged and the committed id with the entries. A stale suffix counts as no entry, because
    /// the next open removes it.
    fn entries(&mut self) {
        self.findings.append(&mut self.seen.out_of_order);
        let (mut first, mut last) = (self.seen.first.take(), self.seen.last.take());
        if let (true, Some(purged), Some(id)) = (
            self.partition.whole,
            self.state.purged.clone(),
            first.clone(),
        ) {
            let known = || Ok::<_, std::convert::Infallible>(id.clone());
            match judge_front(&purged, purged.index, id.index, known) {
                Ok(Front::StaleSuffix { from }) => {
                    let expected = format!("no entry from index {from} on, below {purged}");
                    self.push(&STALE_SUFFIX, "", expected, format!("first entry {id}"));
                    (first, last) = (None, None);
                }
                Ok(Front::Hole { expected }) => {
                    let expected = format!("first entry {expected}");
                    self.push(&HOLE_AT_FRONT, "", expected, format!("first entry {id}"));
                }
                Ok(Front::Whole) => {}
            }
        }
        let held = first.as_ref().zip(last.as_ref());
        let held = held.map(|(first, last)| (first.index, last.index));
        let at_committed = self.seen.at_committed.take();
        if let Some(id) = self.state.committed.clone() {
            let purged = self.state.purged.as_ref().map(|purged| purged.index);
            let same = |_| at_committed.as_ref() == Some(&id);
            if self.partition.whole && !committed_holds(id.index, purged, held, same) {
                self.state.committed = None;
                let end = held.map(|(_, last)| last).max(purged);
                let ahead = end.is_none_or(|end| id.index > end);
                let kind = if ahead {
                    &COMMITTED_AHEAD
                } else {
                    &COMMITTED_IGNORED
                };
                let expected = match end.filter(|_| ahead) {
                    Some(end) => format!("an index up to {end}"),
                    None => "the id of an entry of this log".into(),
                };
                self.push(kind, COMMITTED_FILE, expected, id.to_string());
            }
        }
        self.state.last = last.or_else(|| self.state.purged.clone());
        self.vote_against_log();
    }
}
