//! openraft's own test suite, run on a store of the harness: what a store that passes it may still
//! get wrong is what the harness is for.

mod machine;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use crash_disk::sim::SimFs;
use openraft::testing::{StoreBuilder, Suite};
use openraft::{StorageError, StorageIOError};

use super::subject::{Place, Subject, Tuning};
use super::types::HarnessTypes;

pub use machine::SuiteMachine;

/// How long the suite may take, before it is taken to hang. It sleeps for about eight seconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// What openraft's suite says of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SuiteVerdict {
    /// All its tests passed.
    Passed,
    /// A test failed; the text of its panic or error.
    Failed(String),
    /// A test never ended.
    Hung,
}

impl SuiteVerdict {
    /// Whether the suite has noticed anything.
    #[must_use]
    pub fn found(&self) -> bool {
        *self != Self::Passed
    }
}

/// Makes empty stores, each on a disk of its own.
struct Builder<S>(S);

impl<S: Subject<Config = HarnessTypes>> StoreBuilder<HarnessTypes, S::Store, SuiteMachine>
    for Builder<S>
{
    async fn build(&self) -> Result<((), S::Store, SuiteMachine), StorageError<u64>> {
        let place = Place {
            fs: Arc::new(SimFs::new_unrecorded()),
            dir: "/".into(),
        };
        let opened = self.0.open(&place, Tuning::SMALL).await;
        let store = opened.map_err(|error| {
            let error = std::io::Error::other(error.to_string());
            StorageError::from(StorageIOError::read(&error))
        })?;
        Ok(((), store, SuiteMachine::default()))
    }
}

/// A run of the suite on a thread of its own.
#[derive(Debug)]
pub struct SuiteRun(Receiver<SuiteVerdict>);

impl SuiteRun {
    /// Starts openraft's suite on stores of this subject.
    ///
    /// It panics where a test fails; that is caught, and the message goes to the panic hook first.
    #[must_use]
    pub fn start<S: Subject<Config = HarnessTypes>>(subject: &S) -> Self {
        let builder = Builder(subject.clone());
        let (done, verdict) = channel();
        // On a thread of its own, because a store that loses a callback keeps it waiting for ever,
        // and because the suite sleeps most of its time.
        thread::spawn(move || {
            let run = AssertUnwindSafe(|| Suite::test_all(builder).map_err(Box::new));
            let verdict = match std::panic::catch_unwind(run) {
                Ok(Ok(())) => SuiteVerdict::Passed,
                Ok(Err(error)) => SuiteVerdict::Failed(error.to_string()),
                Err(panic) => {
                    let text = panic.downcast_ref::<&str>().copied().map(str::to_owned);
                    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
                    SuiteVerdict::Failed(text.unwrap_or_default())
                }
            };
            // Whoever asked may have stopped waiting.
            let _ = done.send(verdict);
        });
        Self(verdict)
    }

    /// Waits for the end.
    #[must_use]
    pub fn verdict(self) -> SuiteVerdict {
        self.0.recv_timeout(PATIENCE).unwrap_or(SuiteVerdict::Hung)
    }
}
