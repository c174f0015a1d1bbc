//! A subject whose store runs without the syncs of one site.

use std::sync::{Arc, PoisonError};

use super::site::Site;
use super::skip_fs::{Heard, Skip, SkipFs, Skipped};
use crate::log::{Entry, LogError};
use crate::subject::{Capabilities, Hints, Place, Subject, Tuning};

/// A subject whose store runs without the syncs of one site. They return Ok and do nothing.
#[derive(Debug, Clone)]
pub struct Ignoring<S> {
    inner: S,
    site: Option<Site>,
    heard: Heard,
}

impl<S: Subject> Ignoring<S> {
    /// Leaves nothing out: only notes the sites.
    #[must_use]
    pub fn nothing(inner: S) -> Self {
        Self {
            inner,
            site: None,
            heard: Arc::default(),
        }
    }

    /// Leaves out this site.
    #[must_use]
    pub fn site(inner: S, site: Site) -> Self {
        Self {
            site: Some(site),
            ..Self::nothing(inner)
        }
    }

    /// The sites that asked for a sync, in the order in which they first did.
    #[must_use]
    pub fn heard(&self) -> Vec<Site> {
        let heard = self.heard.lock();
        heard.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn around(&self, place: &Place) -> Place {
        let skip = Skip {
            what: self.site.map_or(Skipped::Nothing, Skipped::Site),
            heard: Arc::clone(&self.heard),
        };
        let inner = Arc::clone(&place.fs);
        Place {
            fs: Arc::new(SkipFs { inner, skip }),
            ..place.clone()
        }
    }
}

impl<S: Subject> Subject for Ignoring<S> {
    type Log = S::Log;

    fn name(&self) -> String {
        match &self.site {
            Some(site) => format!("{} without the sync at {site}", self.inner.name()),
            None => self.inner.name(),
        }
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    async fn open(&self, place: &Place, tuning: Tuning) -> Result<S::Log, LogError> {
        self.inner.open(&self.around(place), tuning).await
    }

    async fn close(&self, log: S::Log) -> Result<(), LogError> {
        self.inner.close(log).await
    }

    fn fingerprint(&self, entry: Entry) -> Result<Vec<u8>, LogError> {
        self.inner.fingerprint(entry)
    }

    fn leaders(&self) -> u64 {
        self.inner.leaders()
    }

    fn hints(&self) -> &dyn Hints {
        self.inner.hints()
    }
}
