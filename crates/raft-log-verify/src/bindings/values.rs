//! How the values of an API's types are made, whichever API it is.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::defaults;
use super::nodes::Nodes;
use crate::log::{Entry, LogError, LogId, Members, ReadEntry};
use crate::payload::PayloadSeed;

/// The types of an API's type config, and what the API makes of them.
pub trait Types: Sized + 'static {
    /// Of node ids.
    type NodeId: Ord + Clone + fmt::Debug + DeserializeOwned + Send + Sync + 'static;

    /// Of what is known about a node.
    type Node: DeserializeOwned + 'static;

    /// Of application data.
    type Data: DeserializeOwned + 'static;

    /// Of entries.
    type Entry: Serialize + 'static;

    /// The API's entry for one of the harness.
    ///
    /// # Errors
    /// The API does not accept it.
    fn entry(values: &Values<Self>, entry: Entry) -> Result<Self::Entry, LogError>;

    /// The id of an entry.
    fn id(values: &Values<Self>, entry: &Self::Entry) -> LogId;

    /// How many nodes lead: [`Subject::leaders`](crate::Subject::leaders).
    fn leaders(values: &Values<Self>) -> u64;
}

/// Makes a value of a seed.
type Make<A, T> = Arc<dyn Fn(A) -> T + Send + Sync>;

/// Makes the bytes by which the content of an entry is compared.
type Fingerprint<E> = Arc<dyn Fn(&E) -> Result<Vec<u8>, LogError> + Send + Sync>;

/// Configurations of voters, and all nodes.
type Membership<T> = (
    Vec<BTreeSet<<T as Types>::NodeId>>,
    BTreeMap<<T as Types>::NodeId, <T as Types>::Node>,
);

/// How the values of the types are made. Each API adds how its own ids, votes and entries are made of them.
pub struct Values<T: Types> {
    pub(super) nodes: Nodes<T::NodeId>,
    pub(super) node: Make<u64, T::Node>,
    pub(super) payload: Make<PayloadSeed, T::Data>,
    pub(super) fingerprint: Fingerprint<T::Entry>,
}

impl<T: Types> Values<T> {
    /// The configurations and nodes of a membership.
    pub(super) fn members(&self, seed: u64) -> Membership<T> {
        let members = Members::grow(seed);
        let ids = |ids: &BTreeSet<u64>| ids.iter().map(|node| self.nodes.id(*node)).collect();
        let configs = members.configs.iter().map(ids).collect();
        let nodes = members.nodes.into_iter();
        let nodes = nodes.map(|(node, seed)| (self.nodes.id(node), (self.node)(seed)));
        (configs, nodes.collect())
    }

    pub(super) fn read(&self, entries: &[T::Entry]) -> Vec<ReadEntry> {
        let entry = |entry: &T::Entry| ReadEntry {
            id: T::id(self, entry),
            // An entry that does not serialize is seen as one with another content.
            fingerprint: (self.fingerprint)(entry).unwrap_or_default(),
        };
        entries.iter().map(entry).collect()
    }
}

impl<T: Types> Default for Values<T> {
    fn default() -> Self {
        Self {
            nodes: Nodes::new(defaults::node_id),
            node: Arc::new(defaults::node),
            payload: Arc::new(defaults::payload),
            fingerprint: Arc::new(|entry| Ok(serde_json::to_vec(entry)?)),
        }
    }
}

impl<T: Types> Clone for Values<T> {
    fn clone(&self) -> Self {
        Self {
            nodes: self.nodes.clone(),
            node: Arc::clone(&self.node),
            payload: Arc::clone(&self.payload),
            fingerprint: Arc::clone(&self.fingerprint),
        }
    }
}

impl<T: Types> fmt::Debug for Values<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Values with {:?}", self.nodes)
    }
}
