//! Binds [`PlainWal`] to the harness.

use crash_disk as fs;

use super::plain_wal::LOG_FILE;
use super::{Bug, Oddity, PlainWal};
use crate::log::LogError;
use crate::subject::{Caller, Capabilities, DamageKind, Hints, Place, Subject, SuiteRun, Tuning};

/// [`PlainWal`] as a subject: correct, odd, or with one bug.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlainSubject {
    /// The bug, if there is one.
    pub bug: Option<Bug>,
    /// The oddity, if there is one.
    pub oddity: Option<Oddity>,
    /// Starts a suite on it, where there is one.
    pub suite: Option<fn(Self) -> SuiteRun>,
}

impl PlainSubject {
    /// The store with one bug.
    #[must_use]
    pub fn with(bug: Bug) -> Self {
        Self {
            bug: Some(bug),
            ..Self::default()
        }
    }

    /// The correct store with one oddity.
    #[must_use]
    pub fn odd(oddity: Oddity) -> Self {
        Self {
            oddity: Some(oddity),
            ..Self::default()
        }
    }
}

impl Subject for PlainSubject {
    type Log = PlainWal;

    fn name(&self) -> String {
        match (self.bug, self.oddity) {
            (Some(bug), _) => bug.info().map_or_else(String::new, ToString::to_string),
            (None, Some(oddity)) => format!("plain-wal+{}", oddity.name()),
            (None, None) => "plain-wal".to_owned(),
        }
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            caller: match self.bug {
                // A store that goes on after a full disk does not promise to refuse everything
                // after a failure.
                Some(Bug::HalfRecordKept) => Caller::Trait,
                _ => Caller::Strict,
            },
            file_system: true,
            committed: Some(self.oddity != Some(Oddity::CommittedNotStored)),
            exclusive: true,
            segments: false,
            unstorable: true,
        }
    }

    async fn open(&self, place: &Place, _: Tuning) -> Result<PlainWal, LogError> {
        Ok(PlainWal::open(place, self.bug, self.oddity).await?)
    }

    async fn close(&self, store: PlainWal) -> Result<(), LogError> {
        store.close().await;
        Ok(())
    }

    fn suite(&self) -> Option<SuiteRun> {
        self.suite.map(|start| start(*self))
    }

    fn hints(&self) -> &dyn Hints {
        &PlainHints
    }
}

/// Hints for the files of a [`PlainWal`].
struct PlainHints;

impl Hints for PlainHints {
    fn notices(&self, damage: DamageKind) -> bool {
        // A line does not tell which line came before it, nor a file what the other one holds.
        matches!(damage, DamageKind::Flip | DamageKind::Extend)
    }

    fn torn_tail(&self, place: &Place) -> bool {
        let log = fs::read_whole(&*place.fs, &place.dir.join(LOG_FILE)).unwrap_or_default();
        !log.is_empty() && (log.last() != Some(&b'\n') || log.contains(&0))
    }
}
