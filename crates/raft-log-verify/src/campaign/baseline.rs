//! A baseline: the findings that a store is known to have, in a file that can only get shorter.
#![expect(
    clippy::disallowed_methods,
    reason = "the harness's own files, not a store's"
)]

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{KnownFinding, Report, UnknownRule};

/// Has a test write its baseline in place of being held against it.
pub const RECORD: &str = "RAFT_LOG_VERIFY_RECORD";

/// Set where nobody looks at what is recorded.
pub const CI: &str = "CI";

/// Version of the file.
pub const BASELINE_VERSION: u32 = 1;

/// The reason of a finding that was recorded, until somebody writes a better one into the file.
const RECORDED: &str = "recorded, nobody has said why";

/// The findings that a store is known to have.
#[derive(Debug, Clone)]
pub struct Baseline {
    /// Name of the store.
    pub store: String,
    /// The findings.
    pub known: Vec<KnownFinding>,
}

/// Why a baseline cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// The file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the disk says.
        source: io::Error,
    },
    /// The file does not exist.
    #[error("{path}: there is no baseline. Record one: {RECORD}=1 cargo test")]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The file holds something else.
    #[error("{path}: expected a baseline, found {error}")]
    NoBaseline {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: String,
    },
    /// The file is of another version.
    #[error("{path}: expected version {BASELINE_VERSION}, found version {found}")]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
    },
    /// The file is of another store.
    #[error("{path}: expected a baseline of {expected:?}, found one of {found:?}")]
    Store {
        /// The file.
        path: PathBuf,
        /// The store that is judged.
        expected: String,
        /// The store that the file is about.
        found: String,
    },
    /// The file names a rule that does not exist.
    #[error("{path}: {source}")]
    Rule {
        /// The file.
        path: PathBuf,
        /// The name.
        source: UnknownRule,
    },
    /// It is to be recorded where nobody looks at what is recorded.
    #[error("{path}: a baseline is not recorded where {CI} is set: unset {RECORD}")]
    RecordedInCi {
        /// The file.
        path: PathBuf,
    },
}

/// What every version of the file has.
#[derive(Deserialize)]
struct Head {
    version: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    version: u32,
    store: String,
    known: Vec<StoredFinding>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredFinding {
    rule: String,
    why: String,
}

impl Baseline {
    /// Whether the environment asks for a baseline to be recorded.
    ///
    /// # Errors
    /// It does, and says as well that nobody would look at it.
    pub fn is_recorded(path: &Path) -> Result<bool, BaselineError> {
        let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        match (is_set(RECORD), is_set(CI)) {
            (true, true) => Err(BaselineError::RecordedInCi { path: path.into() }),
            (record, _) => Ok(record),
        }
    }

    /// Reads the baseline of this store.
    ///
    /// # Errors
    /// There is none; the file is none, of another version or of another store; it names a rule that does not exist.
    pub fn read(path: &Path, store: &str) -> Result<Self, BaselineError> {
        let json = fs::read_to_string(path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => BaselineError::Missing { path: path.into() },
            _ => BaselineError::File {
                path: path.into(),
                source,
            },
        })?;
        let no_baseline = |error: serde_json::Error| BaselineError::NoBaseline {
            path: path.into(),
            error: error.to_string(),
        };
        let Head { version } = serde_json::from_str(&json).map_err(no_baseline)?;
        if version != BASELINE_VERSION {
            return Err(BaselineError::Version {
                path: path.into(),
                found: version,
            });
        }
        let stored: Stored = serde_json::from_str(&json).map_err(no_baseline)?;
        if stored.store != store {
            return Err(BaselineError::Store {
                path: path.into(),
                expected: store.to_owned(),
                found: stored.store,
            });
        }
        let known = stored.known.into_iter();
        let known = known.map(|known| KnownFinding::new(&known.rule, known.why));
        let known = known.collect::<Result<_, _>>();
        Ok(Self {
            store: stored.store,
            known: known.map_err(|source| BaselineError::Rule {
                path: path.into(),
                source,
            })?,
        })
    }

    /// The findings of a report, each with the reason that the report has for it. Those that `elsewhere` accepts are
    /// left to it.
    #[must_use]
    pub fn of(report: &Report, elsewhere: &[KnownFinding]) -> Self {
        let found = report.findings().map(|found| found.violation.rule);
        let accepted = |name| elsewhere.iter().any(|known| known.rule.name == name);
        let found = found.filter(|rule| !accepted(rule.name));
        let known = found.map(|rule| KnownFinding {
            rule,
            why: report.known_why(rule.name).unwrap_or(RECORDED).to_owned(),
        });
        Self {
            store: report.subject.clone(),
            known: known.collect(),
        }
    }

    /// Writes the file.
    ///
    /// # Errors
    /// What the host's disk says.
    pub fn write(&self, path: &Path) -> Result<(), BaselineError> {
        let known = self.known.iter().map(|known| StoredFinding {
            rule: known.rule.name.to_owned(),
            why: known.why.clone(),
        });
        let stored = Stored {
            version: BASELINE_VERSION,
            store: self.store.clone(),
            known: known.collect(),
        };
        let json = serde_json::to_string_pretty(&stored).map_err(io::Error::other);
        let written = json.and_then(|json| fs::write(path, json + "\n"));
        written.map_err(|source| BaselineError::File {
            path: path.into(),
            source,
        })
    }

    /// What of the baseline was not found any more, and how it is taken out; `None` where all was found.
    #[must_use]
    pub fn vanished(&self, report: &Report, path: &Path) -> Option<String> {
        let found = |name| {
            report
                .findings()
                .any(|found| found.violation.rule.name == name)
        };
        let gone = self.known.iter().filter(|known| !found(known.rule.name));
        let gone: Vec<&str> = gone.map(|known| known.rule.name).collect();
        (!gone.is_empty()).then(|| {
            format!(
                "in the baseline, and not found any more: {}. If that is right, take the entries out of \"known\" in {}, \
                 or record it anew: {RECORD}=1 cargo test",
                gone.join(", "),
                path.display()
            )
        })
    }
}
