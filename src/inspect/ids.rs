//! Log ids as they stand on the disk, whatever the type config: as JSON.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

/// A node id, which is stored as an integer or a string.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(untagged)]
pub enum AnyNodeId {
    /// An integer, negative or small.
    Int(i128),
    /// An integer too large for [`Int`](Self::Int).
    Large(u128),
    /// A string.
    Text(String),
}

/// A leader id. The order is openraft's for node ids that are numbers or texts; a node id type
/// with an order of its own may differ.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(untagged)]
pub enum AnyLeaderId {
    /// With openraft's feature `single-term-leader`: only a term.
    Term(u64),
    /// Otherwise: a term and the node that leads.
    Leader {
        /// The term.
        term: u64,
        /// The leader.
        node_id: AnyNodeId,
    },
}

/// A log id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnyLogId {
    /// Of the leader that proposed the entry.
    pub leader_id: AnyLeaderId,
    /// Index in the log.
    pub index: u64,
}

// Not by derive and `untagged`: that goes through serde's buffer, which takes no integers from
// serde_json once anything in the build turns on its feature `arbitrary_precision`.

impl<'de> Deserialize<'de> for AnyNodeId {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let json = Box::<RawValue>::deserialize(from)?;
        let json = json.get();
        let parsed = if json.starts_with('"') {
            serde_json::from_str(json).map(Self::Text)
        } else {
            let int = serde_json::from_str(json).map(Self::Int);
            int.or_else(|_| serde_json::from_str(json).map(Self::Large))
        };
        parsed.map_err(|_| D::Error::custom(format!("{json} is no node id")))
    }
}

impl<'de> Deserialize<'de> for AnyLeaderId {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Leader {
            term: u64,
            node_id: AnyNodeId,
        }
        let json = Box::<RawValue>::deserialize(from)?;
        let json = json.get();
        let parsed = if json.starts_with('{') {
            serde_json::from_str(json)
                .map(|Leader { term, node_id }| Self::Leader { term, node_id })
        } else {
            serde_json::from_str(json).map(Self::Term)
        };
        parsed.map_err(|e| D::Error::custom(format!("{json} is no leader id: {e}")))
    }
}

impl AnyLeaderId {
    /// The term.
    #[must_use]
    pub fn term(&self) -> u64 {
        match self {
            Self::Term(term) | Self::Leader { term, .. } => *term,
        }
    }
}

impl fmt::Display for AnyNodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(id) => id.fmt(f),
            Self::Large(id) => id.fmt(f),
            Self::Text(id) => id.fmt(f),
        }
    }
}

/// As openraft shows it.
impl fmt::Display for AnyLeaderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Term(term) => write!(f, "T{term}"),
            Self::Leader { term, node_id } => write!(f, "T{term}-N{node_id}"),
        }
    }
}

impl fmt::Display for AnyLogId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.leader_id, self.index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(json: &str) -> AnyLogId {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn ids_are_ordered_as_openraft_does() {
        let ascending = [
            r#"{"leader_id":{"term":1,"node_id":-3},"index":9}"#,
            r#"{"leader_id":{"term":1,"node_id":2},"index":8}"#,
            r#"{"leader_id":{"term":1,"node_id":10},"index":7}"#,
            r#"{"leader_id":{"term":1,"node_id":18446744073709551615},"index":6}"#,
            r#"{"leader_id":{"term":2,"node_id":0},"index":0}"#,
            r#"{"leader_id":{"term":2,"node_id":0},"index":1}"#,
        ];
        assert!(ascending.map(id).is_sorted());
        let texts = ["a", "ab", "b"].map(|node| {
            id(&format!(
                r#"{{"leader_id":{{"term":1,"node_id":"{node}"}},"index":0}}"#
            ))
        });
        assert!(texts.is_sorted());
        assert!(id(r#"{"leader_id":1,"index":5}"#) < id(r#"{"leader_id":2,"index":3}"#));
        assert_eq!(texts[0].to_string(), "T1-Na-0");
    }

    #[test]
    fn what_is_written_is_what_was_read() {
        for json in [
            r#"{"leader_id":{"term":1,"node_id":2},"index":8}"#,
            r#"{"leader_id":3,"index":8}"#,
            r#"{"leader_id":{"term":1,"node_id":"n\"1"},"index":8}"#,
        ] {
            assert_eq!(serde_json::to_string(&id(json)).unwrap(), json);
        }
    }
}
