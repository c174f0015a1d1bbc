//! A subject as it is, but for another caller or on another disk.

use super::{Caller, Capabilities, DiskServer, Hints, Place, Subject, SuiteRun, Tuning};
use crate::log::{Entry, LogError};

/// A subject as it is, but for another caller or on another disk. Whether a harness is right does not depend on either, so
/// stores that are known to be correct, or known not to be, are judged in each way.
#[derive(Debug, Clone)]
pub struct Variant<S> {
    subject: S,
    caller: Option<Caller>,
    server: Option<DiskServer>,
}

impl<S: Subject> Variant<S> {
    /// The subject.
    pub fn of(subject: S) -> Self {
        Self {
            subject,
            caller: None,
            server: None,
        }
    }

    /// Judged for this caller, however much more it promises.
    #[must_use]
    pub fn for_caller(self, caller: Caller) -> Self {
        Self {
            caller: Some(caller),
            ..self
        }
    }

    /// On mounted disks, as a store that knows nothing of the seam.
    #[must_use]
    pub fn on_mounts(self, server: DiskServer) -> Self {
        Self {
            server: Some(server),
            ..self
        }
    }
}

impl<S: Subject> Subject for Variant<S> {
    type Log = S::Log;

    /// That of the subject, with what is different.
    fn name(&self) -> String {
        let caller = self.caller.map(|caller| format!(" for {caller}"));
        let disk = self.server.as_ref().map(|_| " on mounts");
        let name = self.subject.name();
        format!("{name}{}{}", caller.unwrap_or_default(), disk.unwrap_or(""))
    }

    fn capabilities(&self) -> Capabilities {
        let own = self.subject.capabilities();
        Capabilities {
            caller: self.caller.unwrap_or(own.caller),
            file_system: own.file_system && self.server.is_none(),
            ..own
        }
    }

    async fn open(&self, place: &Place, tuning: Tuning) -> Result<S::Log, LogError> {
        self.subject.open(place, tuning).await
    }

    async fn close(&self, log: S::Log) -> Result<(), LogError> {
        self.subject.close(log).await
    }

    fn fingerprint(&self, entry: Entry) -> Result<Vec<u8>, LogError> {
        self.subject.fingerprint(entry)
    }

    fn leaders(&self) -> u64 {
        self.subject.leaders()
    }

    fn suite(&self) -> Option<SuiteRun> {
        self.subject.suite()
    }

    fn disk_server(&self) -> Option<DiskServer> {
        let own = || self.subject.disk_server();
        self.server.clone().or_else(own)
    }

    fn created_before(&self) -> bool {
        self.subject.created_before()
    }

    fn hints(&self) -> &dyn Hints {
        self.subject.hints()
    }
}
