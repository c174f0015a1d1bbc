//! An in-memory state machine that watches how it is used.

use std::collections::BTreeSet;
use std::io::Cursor;
use std::sync::{Arc, Mutex};

use openraft::storage::{RaftStateMachine, Snapshot};
use openraft::{
    EntryPayload, LogId, OptionalSend, RaftSnapshotBuilder, SnapshotMeta, StorageError,
    StoredMembership,
};

use super::{Entry, NodeConfig};

type Failed = StorageError<u64>;

type Shelved = (SnapshotMeta<u64, ()>, Vec<u8>);

/// Where a node keeps its latest snapshot. It outlives the node's state machines, as a file would.
#[derive(Clone, Default)]
pub(crate) struct Shelf(Arc<Mutex<Option<Shelved>>>);

/// One instance of a node's state machine. Clones share it.
#[derive(Clone)]
pub(crate) struct Machine {
    shelf: Shelf,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    applied: Option<LogId<u64>>,
    membership: StoredMembership<u64, ()>,
    /// Every value that was applied, in order.
    values: Vec<u64>,
    /// Indexes that were applied to this instance.
    indexes: BTreeSet<u64>,
    installed: usize,
    /// What an applier must not do and did.
    violations: Vec<String>,
}

impl Machine {
    /// A new instance, as the shelf's snapshot left it.
    pub(crate) fn restored(shelf: &Shelf) -> Self {
        let mut state = State::default();
        if let Some((meta, bytes)) = &*shelf.0.lock().unwrap() {
            state.restore(meta, bytes);
        }
        Self {
            shelf: shelf.clone(),
            state: Arc::new(Mutex::new(state)),
        }
    }

    pub(crate) fn values(&self) -> Vec<u64> {
        self.state.lock().unwrap().values.clone()
    }

    pub(crate) fn applied_here(&self) -> usize {
        self.state.lock().unwrap().indexes.len()
    }

    pub(crate) fn installed(&self) -> usize {
        self.state.lock().unwrap().installed
    }

    pub(crate) fn violations(&self) -> Vec<String> {
        self.state.lock().unwrap().violations.clone()
    }
}

impl State {
    fn restore(&mut self, meta: &SnapshotMeta<u64, ()>, bytes: &[u8]) {
        self.applied = meta.last_log_id;
        self.membership = meta.last_membership.clone();
        self.values = serde_json::from_slice(bytes).unwrap();
    }

    fn apply(&mut self, entry: Entry) {
        let index = entry.log_id.index;
        let next = self.applied.map_or(0, |applied| applied.index + 1);
        if index != next {
            self.violations
                .push(format!("applied {index}, expected {next}"));
        }
        if !self.indexes.insert(index) {
            self.violations.push(format!("applied {index} twice"));
        }
        self.applied = Some(entry.log_id);
        match entry.payload {
            EntryPayload::Normal(value) => self.values.push(value),
            EntryPayload::Membership(membership) => {
                self.membership = StoredMembership::new(Some(entry.log_id), membership);
            }
            EntryPayload::Blank => {}
        }
    }
}

impl RaftSnapshotBuilder<NodeConfig> for Machine {
    async fn build_snapshot(&mut self) -> Result<Snapshot<NodeConfig>, Failed> {
        let (meta, bytes) = {
            let state = self.state.lock().unwrap();
            let meta = SnapshotMeta {
                last_log_id: state.applied,
                last_membership: state.membership.clone(),
                snapshot_id: format!("{:?}", state.applied),
            };
            (meta, serde_json::to_vec(&state.values).unwrap())
        };
        *self.shelf.0.lock().unwrap() = Some((meta.clone(), bytes.clone()));
        let snapshot = Box::new(Cursor::new(bytes));
        Ok(Snapshot { meta, snapshot })
    }
}

impl RaftStateMachine<NodeConfig> for Machine {
    type SnapshotBuilder = Self;

    async fn applied_state(
        &mut self,
    ) -> Result<(Option<LogId<u64>>, StoredMembership<u64, ()>), Failed> {
        let state = self.state.lock().unwrap();
        Ok((state.applied, state.membership.clone()))
    }

    async fn apply<I>(&mut self, entries: I) -> Result<Vec<()>, Failed>
    where
        I: IntoIterator<Item = Entry> + OptionalSend,
        I::IntoIter: OptionalSend,
    {
        let mut state = self.state.lock().unwrap();
        Ok(entries
            .into_iter()
            .map(|entry| state.apply(entry))
            .collect())
    }

    async fn get_snapshot_builder(&mut self) -> Self {
        self.clone()
    }

    async fn begin_receiving_snapshot(&mut self) -> Result<Box<Cursor<Vec<u8>>>, Failed> {
        Ok(Box::new(Cursor::new(Vec::new())))
    }

    async fn install_snapshot(
        &mut self,
        meta: &SnapshotMeta<u64, ()>,
        snapshot: Box<Cursor<Vec<u8>>>,
    ) -> Result<(), Failed> {
        let bytes = snapshot.into_inner();
        *self.shelf.0.lock().unwrap() = Some((meta.clone(), bytes.clone()));
        let mut state = self.state.lock().unwrap();
        if meta.last_log_id < state.applied {
            let (new, old) = (meta.last_log_id, state.applied);
            state
                .violations
                .push(format!("installed {new:?} over {old:?}"));
        }
        state.restore(meta, &bytes);
        state.installed += 1;
        Ok(())
    }

    async fn get_current_snapshot(&mut self) -> Result<Option<Snapshot<NodeConfig>>, Failed> {
        let shelved = self.shelf.0.lock().unwrap().clone();
        Ok(shelved.map(|(meta, bytes)| Snapshot {
            meta,
            snapshot: Box::new(Cursor::new(bytes)),
        }))
    }
}
