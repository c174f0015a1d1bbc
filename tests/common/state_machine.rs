//! A state machine that only remembers how far it was applied.

use std::io::Cursor;
use std::sync::{Arc, Mutex};

use openraft::entry::RaftPayload;
use openraft::storage::{RaftStateMachine, Snapshot};
use openraft::{
    LogId, OptionalSend, RaftLogId, RaftSnapshotBuilder, RaftTypeConfig, SnapshotMeta,
    StorageError, StoredMembership,
};

type Applied<C> = (
    Option<LogId<<C as RaftTypeConfig>::NodeId>>,
    StoredMembership<<C as RaftTypeConfig>::NodeId, <C as RaftTypeConfig>::Node>,
);

type Latest<C> = Option<SnapshotMeta<<C as RaftTypeConfig>::NodeId, <C as RaftTypeConfig>::Node>>;

/// Last applied id and membership, and the latest snapshot, which is its metadata.
#[derive(Clone)]
pub struct StateMachine<C: RaftTypeConfig> {
    applied: Applied<C>,
    /// Shared with the snapshot builder.
    snapshot: Arc<Mutex<Latest<C>>>,
}

impl<C: RaftTypeConfig> Default for StateMachine<C> {
    fn default() -> Self {
        Self {
            applied: (None, StoredMembership::default()),
            snapshot: Arc::default(),
        }
    }
}

impl<C> RaftSnapshotBuilder<C> for StateMachine<C>
where
    C: RaftTypeConfig<SnapshotData = Cursor<Vec<u8>>>,
{
    async fn build_snapshot(&mut self) -> Result<Snapshot<C>, StorageError<C::NodeId>> {
        let meta = SnapshotMeta {
            last_log_id: self.applied.0.clone(),
            last_membership: self.applied.1.clone(),
            snapshot_id: format!("{:?}", self.applied.0),
        };
        *self.snapshot.lock().unwrap() = Some(meta.clone());
        Ok(Snapshot {
            meta,
            snapshot: Box::new(Cursor::new(Vec::new())),
        })
    }
}

impl<C> RaftStateMachine<C> for StateMachine<C>
where
    C: RaftTypeConfig<SnapshotData = Cursor<Vec<u8>>, R = ()>,
{
    type SnapshotBuilder = Self;

    async fn applied_state(&mut self) -> Result<Applied<C>, StorageError<C::NodeId>> {
        Ok(self.applied.clone())
    }

    async fn apply<I>(&mut self, entries: I) -> Result<Vec<()>, StorageError<C::NodeId>>
    where
        I: IntoIterator<Item = C::Entry> + OptionalSend,
        I::IntoIter: OptionalSend,
    {
        let mut results = Vec::new();
        for entry in entries {
            self.applied.0 = Some(entry.get_log_id().clone());
            if let Some(membership) = entry.get_membership() {
                let id = Some(entry.get_log_id().clone());
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
    ) -> Result<Box<Cursor<Vec<u8>>>, StorageError<C::NodeId>> {
        Ok(Box::new(Cursor::new(Vec::new())))
    }

    async fn install_snapshot(
        &mut self,
        meta: &SnapshotMeta<C::NodeId, C::Node>,
        _snapshot: Box<Cursor<Vec<u8>>>,
    ) -> Result<(), StorageError<C::NodeId>> {
        self.applied = (meta.last_log_id.clone(), meta.last_membership.clone());
        *self.snapshot.lock().unwrap() = Some(meta.clone());
        Ok(())
    }

    async fn get_current_snapshot(
        &mut self,
    ) -> Result<Option<Snapshot<C>>, StorageError<C::NodeId>> {
        let meta = self.snapshot.lock().unwrap().clone();
        Ok(meta.map(|meta| Snapshot {
            meta,
            snapshot: Box::new(Cursor::new(Vec::new())),
        }))
    }
}
