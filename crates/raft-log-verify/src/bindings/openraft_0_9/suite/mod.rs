//! openraft's own test suite, run on a store of the harness, for comparison: the harness looks for what a
//! store that passes the suite may still get wrong.

mod machine;

use std::sync::Arc;

use crash_disk::sim::SimFs;
use openraft::storage::RaftLogStorage;
use openraft::testing::{StoreBuilder, Suite};
use openraft::{StorageError, StorageIOError};

use super::types::HarnessTypes;
use crate::bindings::door::Open;
use crate::seeded::PlainSubject;
use crate::subject::{Place, Subject as _, SuiteRun, Tuning};

use machine::SuiteMachine;

/// Makes empty stores, each on a disk of its own.
struct Builder<L>(Open<L>);

impl<L: RaftLogStorage<HarnessTypes>> StoreBuilder<HarnessTypes, L, SuiteMachine> for Builder<L> {
    async fn build(&self) -> Result<((), L, SuiteMachine), StorageError<u64>> {
        let place = Place::new(Arc::new(SimFs::new_unrecorded()), "/");
        let opened = (self.0)(place, Tuning::SMALL).await;
        let store = opened.map_err(|error| {
            let error = std::io::Error::other(error.to_string());
            StorageError::from(StorageIOError::read(&error))
        })?;
        Ok(((), store, SuiteMachine::default()))
    }
}

/// Starts the suite on stores that are opened like this.
pub(super) fn start<L: RaftLogStorage<HarnessTypes>>(open: Open<L>) -> SuiteRun {
    SuiteRun::start(|| Suite::test_all(Builder(open)).map_err(|error| error.to_string()))
}

/// Starts the suite on plain WALs: for [`seeded::bugs`](crate::seeded::bugs).
#[must_use]
pub fn suite_of_plain_wal(subject: PlainSubject) -> SuiteRun {
    start(Arc::new(move |place, tuning| {
        Box::pin(async move { subject.open(&place, tuning).await })
    }))
}
