//! A subject whose store runs without the syncs of one site.

use std::sync::{Arc, PoisonError};

use openraft::RaftTypeConfig;

use super::site::Site;
use super::skip_fs::{Heard, Skip, SkipFs};
use crate::payload::PayloadSeed;
use crate::subject::{Capabilities, Health, OpenError, Place, Subject, Tuning};

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
            site: self.site,
            heard: Arc::clone(&self.heard),
        };
        let inner = Arc::clone(&place.fs);
        Place {
            fs: Arc::new(SkipFs { inner, skip }),
            dir: place.dir.clone(),
        }
    }
}

impl<S: Subject> Subject for Ignoring<S> {
    type Config = S::Config;
    type Store = S::Store;

    fn name(&self) -> String {
        match &self.site {
            Some(site) => format!("{} without the sync at {site}", self.inner.name()),
            None => self.inner.name(),
        }
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    async fn open(&self, place: &Place, tuning: Tuning) -> Result<S::Store, OpenError> {
        self.inner.open(&self.around(place), tuning).await
    }

    async fn close(&self, store: S::Store) -> Result<(), OpenError> {
        self.inner.close(store).await
    }

    fn node_id(&self, seed: u64) -> <S::Config as RaftTypeConfig>::NodeId {
        self.inner.node_id(seed)
    }

    fn node(&self, seed: u64) -> <S::Config as RaftTypeConfig>::Node {
        self.inner.node(seed)
    }

    fn payload(&self, seed: PayloadSeed) -> <S::Config as RaftTypeConfig>::D {
        self.inner.payload(seed)
    }

    fn unstorable(&self) -> bool {
        self.inner.unstorable()
    }

    fn segments(&self, place: &Place) -> std::io::Result<Option<u64>> {
        self.inner.segments(place)
    }

    fn torn_tail(&self, place: &Place) -> bool {
        self.inner.torn_tail(place)
    }

    fn leftovers(&self, place: &Place, purged: u64) -> std::io::Result<Vec<String>> {
        self.inner.leftovers(place, purged)
    }

    fn open_read_bound(&self, place: &Place, tuning: Tuning, entry_bytes: u64) -> Option<u64> {
        self.inner.open_read_bound(place, tuning, entry_bytes)
    }

    fn health(&self, place: &Place) -> Health {
        self.inner.health(place)
    }

    fn fingerprint(
        &self,
        entry: &<S::Config as RaftTypeConfig>::Entry,
    ) -> Result<Vec<u8>, serde_json::Error> {
        self.inner.fingerprint(entry)
    }
}
