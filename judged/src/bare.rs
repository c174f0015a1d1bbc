//! A log without an API of its own, as a subject.

use std::marker::PhantomData;
use std::path::Path;
use std::sync::Arc;

use raft_log_verify::subject::DiskServer;
use raft_log_verify::{Caller, Capabilities, Log, LogError, Place, Subject, Tuning};

type Open<L> = Arc<dyn Fn(&Path, Tuning) -> Result<L, LogError> + Send + Sync>;

/// A log without an API of its own: the binding is a [`Log`].
pub(crate) struct Bare<L> {
    name: String,
    open: Open<L>,
    created_before: bool,
    log: PhantomData<fn() -> L>,
}

impl<L: Log> Bare<L> {
    pub(crate) fn new(
        name: &str,
        open: impl Fn(&Path, Tuning) -> Result<L, LogError> + Send + Sync + 'static,
    ) -> Self {
        Self {
            name: name.to_owned(),
            open: Arc::new(open),
            created_before: false,
            log: PhantomData,
        }
    }

    /// The store is created durably before it is judged.
    pub(crate) fn created_before(mut self) -> Self {
        self.created_before = true;
        self
    }
}

impl<L> Clone for Bare<L> {
    fn clone(&self) -> Self {
        Self {
            name: self.name.clone(),
            open: Arc::clone(&self.open),
            ..*self
        }
    }
}

impl<L: Log> Subject for Bare<L> {
    type Log = L;

    fn name(&self) -> String {
        self.name.clone()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            caller: Caller::Core,
            file_system: false,
            committed: None,
            exclusive: false,
            segments: false,
            unstorable: false,
        }
    }

    async fn open(&self, place: &Place, tuning: Tuning) -> Result<L, LogError> {
        (self.open)(&place.dir, tuning)
    }

    fn disk_server(&self) -> Option<DiskServer> {
        DiskServer::this_program()
    }

    fn created_before(&self) -> bool {
        self.created_before
    }
}
