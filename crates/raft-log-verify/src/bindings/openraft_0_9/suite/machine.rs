//! A state machine that only remembers how far it was applied.

use std::io::Cursor;
use std::sync::{Arc, Mutex, PoisonError};

use openraft::entry::RaftPayload as _;
use openraft::storage::{RaftStateMachine, Snapshot};
use openraft::{
    BasicNode, Entry, LogId, OptionalSend, RaftLogId as _, RaftSnapshotBuilder, SnapshotMeta,
    StorageError, StoredMembership,
};

use crate::openraft_0_9::HarnessTypes;

type Applied = (Option<LogId<u64>>, StoredMembership<u64, BasicNode>);

/// Last applied id and membership, and the latest snapshot, which is its metadata.
#[derive(Debug, Clone, Default)]
pub(super) struct SuiteMachine {
    applied: Applied,
    /// Shared with the snapshot builder.
    snapshot: Arc<Mutex<Option<SnapshotMeta<u64, BasicNode>>>>,
}

impl SuiteMachine {
    fn keep(&self, meta: SnapshotMeta<u64, BasicNode>) {
        *self.snapshot.lock().unwrap_or_else(PoisonError::into_inner) = Some(meta);
    }
}

fn snapshot(meta: SnapshotMeta<u64, BasicNode>) -> Snapshot<HarnessTypes> {
    Snapshot {
        meta,
        snapshot: Box::new(Cursor::new(Vec::new())),
    }
}

impl RaftSnapshotBuilder<HarnessTypes> for SuiteMachine {
    async fn build_snapshot(&mut self) -> Result<Snapshot<HarnessTypes>, StorageError<u64>> {
        let meta = SnapshotMeta {
            last_log_id: self.applied.0,
            last_membership: self.applied.1.clone(),
            snapshot_id: format!("{:?}", self.applied.0),
        };
        self.keep(meta.clone());
        Ok(snapshot(meta))
    }
}

impl RaftStateMachine<HarnessTypes> for SuiteMachine {
    type SnapshotBuilder = Self;

    async fn applied_state(&mut self) -> Result<Applied, StorageError<u64>> {
        Ok(self.applied.clone())
    }

    async fn apply<I>(&mut self, entries: I) -> Result<Vec<()>, StorageError<u64>>
    where
        I: IntoIterator<Item = Entry<HarnessTypes>> + OptionalSend,
        I::IntoIter: OptionalSend,
    {
        let mut results = Vec::new();
        for entry in entries {
            self.applied.0 = Some(*entry.get_log_id());
            if let Some(membership) = entry.get_membership() {
                let id = Some(*entry.get_log_id());
                self.applied.1 = StoredMembership::new(id, membership.clone());
            }
            results.push(());
        }
        Ok(results)
    }

    async fn get_snapshot_builder(&mut self) -> Self {
        self.clone()
    }

    async fn begin_receiving_snapshot(
        &mut self,
    ) -> Result<Box<Cursor<Vec<u8>>>, StorageError<u64>> {
        Ok(Box::new(Cursor::new(Vec::new())))
    }

    async fn install_snapshot(
        &mut self,
        meta: &SnapshotMeta<u64, BasicNode>,
        _: Box<Cursor<Vec<u8>>>,
    ) -> Result<(), StorageError<u64>> {
        self.applied = (meta.last_log_id, meta.last_membership.clone());
        self.keep(meta.clone());
        Ok(())
    }

    async fn get_current_snapshot(
        &mut self,
    ) -> Result<Option<Snapshot<HarnessTypes>>, StorageError<u64>> {
        let meta = self.snapshot.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(meta.clone().map(snapshot))
    }
}
