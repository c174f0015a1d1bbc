//! Runs openraft's own start-up code on a log.
#![expect(
    clippy::result_large_err,
    reason = "openraft's error type is what it is"
)]

use std::io;

use openraft::entry::RaftPayload as _;
use openraft::storage::{RaftLogStorage, RaftStateMachine};
use openraft::{
    AnyError, OptionalSend, RaftLogId as _, RaftSnapshotBuilder, RaftTypeConfig, Snapshot,
    SnapshotMeta, StorageError, StorageHelper, StorageIOError, StoredMembership,
};

/// Log id of a type config.
type IdOf<C> = openraft::LogId<<C as RaftTypeConfig>::NodeId>;

/// Calls `StorageHelper::get_initial_state` with a state machine that has applied up to `applied`.
///
/// # Errors
/// What openraft says when it cannot start from this log.
pub(super) async fn starts<C: RaftTypeConfig, L: RaftLogStorage<C>>(
    store: &mut L,
    applied: Option<IdOf<C>>,
) -> Result<(), StorageError<C::NodeId>> {
    let mut machine = Machine {
        applied,
        wants_snapshot: false,
    };
    match StorageHelper::new(store, &mut machine)
        .get_initial_state()
        .await
    {
        // openraft asks for a snapshot when all else is done, and a log store makes none.
        Err(_) if machine.wants_snapshot => Ok(()),
        result => result.map(drop),
    }
}

/// A state machine that knows only the last applied id.
struct Machine<C: RaftTypeConfig> {
    applied: Option<IdOf<C>>,
    wants_snapshot: bool,
}

fn no_snapshots<C: RaftTypeConfig, T>() -> Result<T, StorageError<C::NodeId>> {
    let error = io::Error::other("this state machine makes no snapshots");
    Err(StorageIOError::read_state_machine(AnyError::new(&error)).into())
}

/// Builds nothing; see [`starts`].
struct NoBuilder;

impl<C: RaftTypeConfig> RaftSnapshotBuilder<C> for NoBuilder {
    async fn build_snapshot(&mut self) -> Result<Snapshot<C>, StorageError<C::NodeId>> {
        no_snapshots::<C, _>()
    }
}

type Applied<C> = (
    Option<IdOf<C>>,
    StoredMembership<<C as RaftTypeConfig>::NodeId, <C as RaftTypeConfig>::Node>,
);

impl<C: RaftTypeConfig> RaftStateMachine<C> for Machine<C> {
    type SnapshotBuilder = NoBuilder;

    async fn applied_state(&mut self) -> Result<Applied<C>, StorageError<C::NodeId>> {
        Ok((self.applied.clone(), StoredMembership::default()))
    }

    async fn apply<I>(&mut self, entries: I) -> Result<Vec<C::R>, StorageError<C::NodeId>>
    where
        I: IntoIterator<Item = C::Entry> + OptionalSend,
        I::IntoIter: OptionalSend,
    {
        for entry in entries {
            // Looks into the entry, so that one that cannot be used shows here.
            let _ = entry.get_membership();
            self.applied = Some(entry.get_log_id().clone());
        }
        Ok(Vec::new())
    }

    async fn get_snapshot_builder(&mut self) -> NoBuilder {
        self.wants_snapshot = true;
        NoBuilder
    }

    async fn begin_receiving_snapshot(
        &mut self,
    ) -> Result<Box<C::SnapshotData>, StorageError<C::NodeId>> {
        no_snapshots::<C, _>()
    }

    async fn install_snapshot(
        &mut self,
        _: &SnapshotMeta<C::NodeId, C::Node>,
        _: Box<C::SnapshotData>,
    ) -> Result<(), StorageError<C::NodeId>> {
        no_snapshots::<C, _>()
    }

    async fn get_current_snapshot(
        &mut self,
    ) -> Result<Option<Snapshot<C>>, StorageError<C::NodeId>> {
        Ok(None)
    }
}
