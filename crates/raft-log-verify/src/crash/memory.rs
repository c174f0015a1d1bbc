//! What was judged, as texts: so the shards of a campaign can be joined, and a disk that several of them met counts
//! once.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Met;

/// A disk and the states that it may show.
pub(crate) type StateKey = (u128, u64);

/// Hexadecimal digits of a disk or a shape.
const DIGITS: usize = 32;

/// What was judged.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Memory {
    /// Crashed disks.
    states: Vec<States>,
    /// Recovered disks that were worked on.
    pub(super) aftermaths: LookedKeys,
    /// Ways of recoveries.
    pub(super) ways: Vec<String>,
    /// Crashed disks that were looked into.
    pub(super) looks: LookedKeys,
}

/// Crashed disks that were met in one way.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct States {
    met: Met,
    /// Whether they end in half a record.
    torn: bool,
    keys: Vec<String>,
}

/// Disks that were looked at, and their shapes.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct LookedKeys {
    pub(super) disks: Vec<String>,
    pub(super) shapes: Vec<String>,
}

/// How a crashed disk was met, and whether it ends in half a record.
pub(super) type Kind = (Met, bool);

impl Memory {
    /// A memory of these states.
    pub(super) fn of(states: impl IntoIterator<Item = (Kind, StateKey)>) -> Self {
        let mut kinds: BTreeMap<Kind, Vec<String>> = BTreeMap::new();
        for (kind, (disk, allowed)) in states {
            let key = text(disk) + &format!("{allowed:x}");
            kinds.entry(kind).or_default().push(key);
        }
        let states = kinds.into_iter().map(|((met, torn), mut keys)| {
            keys.sort_unstable();
            States { met, torn, keys }
        });
        Self {
            states: states.collect(),
            ..Self::default()
        }
    }

    /// The states, each with its key or why that can't be read.
    pub(super) fn states(&self) -> impl Iterator<Item = (Kind, Result<StateKey, String>)> {
        self.states.iter().flat_map(|states| {
            let kind = (states.met, states.torn);
            states.keys.iter().map(move |text| (kind, state(text)))
        })
    }
}

fn state(text: &str) -> Result<StateKey, String> {
    let (disk, allowed) = text.split_at_checked(DIGITS).ok_or_else(|| no_key(text))?;
    let allowed = u64::from_str_radix(allowed, 16).map_err(|_| no_key(text))?;
    Ok((key(disk)?, allowed))
}

/// A disk or a shape as text.
pub(super) fn text(key: u128) -> String {
    format!("{key:0DIGITS$x}")
}

/// A disk or a shape, read from its text.
///
/// # Errors
/// It is no such text.
pub(super) fn key(text: &str) -> Result<u128, String> {
    u128::from_str_radix(text, 16).map_err(|_| no_key(text))
}

fn no_key(text: &str) -> String {
    format!("{text:?} is no key of a judged disk")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn what_is_no_key_is_refused_and_named() {
        for bad in ["", "1", "zz", "é"] {
            let states = vec![States {
                met: Met::Kill,
                torn: false,
                keys: vec![bad.to_owned()],
            }];
            let memory = Memory {
                states,
                ..Memory::default()
            };
            let (_, read) = memory.states().next().unwrap();
            assert!(read.unwrap_err().contains(bad));
        }
        assert_eq!(key(&text(u128::MAX)).unwrap(), u128::MAX);
    }
}
