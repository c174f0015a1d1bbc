//! What was judged already: a disk that is met again, with the same states allowed, is not
//! judged again.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::memory::{self, LookedKeys, Memory, StateKey};
use super::{Aftermath, Met};

/// Parts of a memory with a lock each, so that threads seldom wait for one another.
const SHARDS: usize = 64;

/// How deep a state is judged: in how many recoveries crashes are tried, and which recovered disks are worked on.
pub(crate) type Depth = (usize, Aftermath);

/// What is remembered of a judged disk.
#[derive(Debug, Clone, Copy)]
struct State {
    met: Met,
    /// Recoveries into which crashes were carried.
    nested: usize,
    /// Of which recovered disks was made sure that they can be worked on.
    aftermath: Aftermath,
    /// Whether it ends in half a record.
    torn: bool,
}

impl State {
    /// What is known when both are.
    fn with(self, other: Self) -> Self {
        Self {
            met: self.met.min(other.met),
            nested: self.nested.max(other.nested),
            aftermath: self.aftermath.max(other.aftermath),
            torn: self.torn || other.torn,
        }
    }
}

/// What was judged, by all programs and threads together.
///
/// Only what was found clean is remembered, and what breaks a rule that is passed over. So a state that breaks a rule is found by every
/// program that meets it, and the first of them is the same with any number of threads.
#[derive(Debug, Default)]
pub struct Judged {
    states: Shards<StateKey, State>,
    /// States that break a rule which is passed over, so that none is opened again for that.
    passed_over: Shards<StateKey, &'static str>,
    /// Recovered disks of which what follows was found clean.
    pub(crate) aftermaths: Looked,
    /// Ways of recoveries, likewise.
    pub(crate) ways: Keys,
    /// Crashed disks in which a look found no damage.
    pub(crate) looks: Looked,
}

impl Judged {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether this state was found clean before, with crashes in at least so many recoveries and at least such a
    /// look at what follows.
    pub(crate) fn knows(&self, key: StateKey, met: Met, (nested, aftermath): Depth) -> bool {
        let mut shard = self.states.of(key.0);
        let Some(state) = shard.get_mut(&key) else {
            return false;
        };
        state.met = state.met.min(met);
        state.nested >= nested && state.aftermath >= aftermath
    }

    /// Remembers a clean state, and whether it ends in half a record.
    pub(crate) fn learn(&self, key: StateKey, met: Met, (nested, aftermath): Depth, torn: bool) {
        let state = State {
            met,
            nested,
            aftermath,
            torn,
        };
        let mut shard = self.states.of(key.0);
        let known = shard.entry(key).or_insert(state);
        *known = known.with(state);
    }

    /// The rule that this state was found to break, where judging went on behind it.
    pub(crate) fn broken(&self, key: StateKey) -> Option<&'static str> {
        self.passed_over.of(key.0).get(&key).copied()
    }

    /// Remembers a state that breaks a rule which is passed over.
    pub(crate) fn pass_over(&self, key: StateKey, rule: &'static str) {
        self.passed_over.of(key.0).insert(key, rule);
    }

    /// What is remembered, for the file of a shard.
    pub(crate) fn memory(&self) -> Memory {
        let states = |shard: &Mutex<HashMap<StateKey, State>>| {
            let states = lock(shard);
            let states = states.iter();
            let states = states.map(|(key, state)| ((state.met, state.torn), *key));
            states.collect::<Vec<_>>()
        };
        let mut memory = Memory::of(self.states.0.iter().flat_map(states));
        memory.aftermaths = self.aftermaths.keys();
        memory.looks = self.looks.keys();
        memory.ways = self.ways.all();
        memory
    }

    /// Remembers what a shard has judged as well. How deep does not matter: nothing is judged any more.
    ///
    /// # Errors
    /// A key of the memory can't be read.
    pub(crate) fn absorb(&self, memory: &Memory) -> Result<(), String> {
        for ((met, torn), key) in memory.states() {
            let depth = (0, Aftermath::EveryShape);
            self.learn(key?, met, depth, torn);
        }
        self.aftermaths.absorb(&memory.aftermaths)?;
        self.looks.absorb(&memory.looks)?;
        self.ways.absorb(&memory.ways)
    }

    /// States that ended in half a record.
    #[must_use]
    pub fn torn(&self) -> u64 {
        let torn = |shard: &Mutex<HashMap<StateKey, State>>| {
            lock(shard).values().filter(|state| state.torn).count() as u64
        };
        self.states.0.iter().map(torn).sum()
    }

    /// Different disks that were judged, by the strongest profile and the lowest level that meets
    /// them.
    #[must_use]
    pub fn met(&self) -> Vec<(Met, u64)> {
        let mut counts: Vec<(Met, u64)> = Vec::new();
        for shard in &self.states.0 {
            for state in lock(shard).values() {
                match counts.iter_mut().find(|(met, _)| *met == state.met) {
                    Some((_, count)) => *count += 1,
                    None => counts.push((state.met, 1)),
                }
            }
        }
        counts.sort_unstable();
        counts
    }
}

/// Disks that were looked at: each, or one of each shape.
///
/// Which of a shape comes first depends on the threads; how many disks and shapes there are does not.
#[derive(Debug, Default)]
pub(crate) struct Looked {
    disks: Keys,
    shapes: Keys,
}

/// A disk, where each of them counts, and its shape.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DiskKey {
    pub(crate) disk: Option<u128>,
    pub(crate) shape: u128,
}

impl Looked {
    pub(crate) fn knows(&self, key: DiskKey) -> bool {
        match key.disk {
            Some(disk) => self.disks.knows(disk),
            None => self.shapes.knows(key.shape),
        }
    }

    pub(crate) fn learn(&self, key: DiskKey) {
        if let Some(disk) = key.disk {
            self.disks.learn(disk);
        }
        self.shapes.learn(key.shape);
    }

    fn keys(&self) -> LookedKeys {
        LookedKeys {
            disks: self.disks.all(),
            shapes: self.shapes.all(),
        }
    }

    fn absorb(&self, keys: &LookedKeys) -> Result<(), String> {
        self.disks.absorb(&keys.disks)?;
        self.shapes.absorb(&keys.shapes)
    }

    /// How many single disks.
    pub(crate) fn disks(&self) -> u64 {
        self.disks.len()
    }

    /// How many shapes.
    pub(crate) fn shapes(&self) -> u64 {
        self.shapes.len()
    }
}

/// Keys that are remembered.
#[derive(Debug, Default)]
pub(crate) struct Keys(Shards<u128, ()>);

impl Keys {
    pub(crate) fn knows(&self, key: u128) -> bool {
        self.0.of(key).contains_key(&key)
    }

    pub(crate) fn learn(&self, key: u128) {
        self.0.of(key).insert(key, ());
    }

    /// All of them as texts, in order.
    fn all(&self) -> Vec<String> {
        let shards = self.0.0.iter();
        let keys = shards.flat_map(|shard| lock(shard).keys().copied().collect::<Vec<_>>());
        let mut keys: Vec<String> = keys.map(memory::text).collect();
        keys.sort_unstable();
        keys
    }

    fn absorb(&self, keys: &[String]) -> Result<(), String> {
        keys.iter().try_for_each(|key| {
            self.learn(memory::key(key)?);
            Ok(())
        })
    }

    /// How many are remembered.
    pub(crate) fn len(&self) -> u64 {
        let sizes = self.0.0.iter().map(|shard| lock(shard).len());
        sizes.sum::<usize>() as u64
    }
}

#[derive(Debug)]
struct Shards<K, V>(Vec<Mutex<HashMap<K, V>>>);

impl<K, V> Default for Shards<K, V> {
    fn default() -> Self {
        Self((0..SHARDS).map(|_| Mutex::default()).collect())
    }
}

impl<K: Eq + Hash, V> Shards<K, V> {
    #[expect(
        clippy::indexing_slicing,
        reason = "a remainder of the number of shards"
    )]
    fn of(&self, hash: u128) -> MutexGuard<'_, HashMap<K, V>> {
        lock(&self.0[(hash % SHARDS as u128) as usize])
    }
}

fn lock<T>(shard: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing is ever half inserted.
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use crash_disk::sim::{Level, Profile};

    use super::*;

    const POSIX: Met = Met::PowerCut(Profile::Posix, Level::L2);
    const SHAPE: Aftermath = Aftermath::EveryShape;
    const XFS: Met = Met::PowerCut(Profile::Xfs, Level::L2);

    #[test]
    fn a_state_is_known_only_as_deep_as_it_was_judged() {
        let judged = Judged::new();
        assert!(!judged.knows((1, 1), POSIX, (0, SHAPE)));
        judged.learn((1, 1), POSIX, (1, SHAPE), false);
        assert!(judged.knows((1, 1), POSIX, (1, SHAPE)));
        assert!(!judged.knows((1, 1), POSIX, (2, SHAPE)));
        assert!(!judged.knows((1, 1), POSIX, (1, Aftermath::EveryDisk)));
        assert!(!judged.knows((1, 2), POSIX, (0, SHAPE)));
    }

    #[test]
    fn a_disk_is_looked_at_once_or_one_of_each_shape() {
        let looked = Looked::default();
        let shape = |shape| DiskKey { disk: None, shape };
        let disk = |disk, shape| DiskKey {
            disk: Some(disk),
            shape,
        };
        looked.learn(shape(10));
        assert!(looked.knows(shape(10)));
        assert!(!looked.knows(disk(1, 10)));
        looked.learn(disk(2, 20));
        assert!(looked.knows(disk(2, 20)));
        assert!(!looked.knows(disk(3, 20)));
        assert!(looked.knows(shape(20)));
        assert_eq!((looked.disks(), looked.shapes()), (1, 2));
    }

    #[test]
    fn memories_of_two_shards_together_count_what_both_met_once() {
        let (one, two, whole) = (Judged::new(), Judged::new(), Judged::new());
        for (judged, key, met) in [
            (&one, (1, 1), POSIX),
            (&one, (1, u64::MAX), Met::Kill),
            (&two, (1, 1), XFS),
            (&two, (u128::MAX, 1), Met::Nested),
        ] {
            for judged in [judged, &whole] {
                judged.learn(key, met, (0, SHAPE), met == XFS);
                judged.ways.learn(key.0);
                judged.looks.learn(DiskKey {
                    disk: Some(key.0),
                    shape: 7,
                });
            }
        }
        let joined = Judged::new();
        for judged in [one, two] {
            let json = serde_json::to_string(&judged.memory()).unwrap();
            joined
                .absorb(&serde_json::from_str(&json).unwrap())
                .unwrap();
        }
        let counts = |judged: &Judged| {
            let looks = (judged.looks.disks(), judged.looks.shapes());
            (judged.met(), judged.torn(), judged.ways.len(), looks)
        };
        assert_eq!(counts(&joined), counts(&whole));
        assert_eq!(joined.met(), [(XFS, 1), (Met::Kill, 1), (Met::Nested, 1)]);
    }

    #[test]
    fn a_state_counts_for_the_strongest_profile_whoever_comes_first() {
        for order in [[POSIX, XFS], [XFS, POSIX]] {
            let judged = Judged::new();
            for met in order {
                if !judged.knows((1, 1), met, (0, SHAPE)) {
                    judged.learn((1, 1), met, (0, SHAPE), false);
                }
            }
            assert_eq!(judged.met(), [(XFS, 1)]);
        }
    }
}
