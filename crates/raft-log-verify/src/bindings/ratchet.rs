//! The baseline of a store under test: held against a report, or recorded.

use std::path::Path;

use crate::campaign::{Baseline, BaselineError, KnownFinding, Report};

/// A baseline, and whether it is to be recorded.
pub(super) struct Ratchet<'a> {
    path: &'a Path,
    record: bool,
    baseline: Option<Baseline>,
}

impl<'a> Ratchet<'a> {
    /// Reads the file. Where it is to be recorded it may be missing.
    pub(super) fn new(path: &'a Path, store: &str) -> Result<Self, BaselineError> {
        let record = Baseline::is_recorded(path)?;
        let baseline = match Baseline::read(path, store) {
            Err(BaselineError::Missing { .. }) if record => None,
            read => Some(read?),
        };
        Ok(Self {
            path,
            record,
            baseline,
        })
    }

    /// What it accepts.
    pub(super) fn known(&self) -> impl Iterator<Item = &KnownFinding> {
        self.baseline.iter().flat_map(|baseline| &baseline.known)
    }

    /// Records the findings of the report, and says so; or nothing, where nothing has vanished.
    pub(super) fn hold(
        &self,
        report: &Report,
        elsewhere: &[KnownFinding],
    ) -> Result<Option<String>, String> {
        if self.record {
            let baseline = Baseline::of(report, elsewhere);
            let written = baseline.write(self.path);
            written.map_err(|error| error.to_string())?;
            let (count, path) = (baseline.known.len(), self.path.display());
            return Ok(Some(format!("recorded {count} findings in {path}")));
        }
        let vanished = self.baseline.as_ref();
        match vanished.and_then(|baseline| baseline.vanished(report, self.path)) {
            Some(text) => Err(text),
            None => Ok(None),
        }
    }
}
