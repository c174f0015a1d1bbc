//! A write as it was handed to the store.

use std::fmt;
use std::sync::Arc;

use openraft::RaftTypeConfig;

use super::Stored;
use crate::types::{IdOf, VoteOf};

/// A write as it was handed to the store.
pub enum Write<C: RaftTypeConfig> {
    /// `append`.
    Append(Vec<Arc<Stored<C>>>),
    /// `truncate`, this id included.
    Truncate(IdOf<C>),
    /// `purge`, this id included.
    Purge(IdOf<C>),
    /// `save_vote`.
    Vote(VoteOf<C>),
    /// `save_committed`.
    Committed(Option<IdOf<C>>),
}

impl<C: RaftTypeConfig> Clone for Write<C> {
    fn clone(&self) -> Self {
        match self {
            Self::Append(entries) => Self::Append(entries.clone()),
            Self::Truncate(id) => Self::Truncate(id.clone()),
            Self::Purge(id) => Self::Purge(id.clone()),
            Self::Vote(vote) => Self::Vote(vote.clone()),
            Self::Committed(id) => Self::Committed(id.clone()),
        }
    }
}

impl<C: RaftTypeConfig> fmt::Debug for Write<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Append(entries) => match (entries.first(), entries.last()) {
                (Some(first), Some(last)) => write!(f, "append {} ..= {}", first.id, last.id),
                _ => write!(f, "append nothing"),
            },
            Self::Truncate(id) => write!(f, "truncate {id}"),
            Self::Purge(id) => write!(f, "purge {id}"),
            Self::Vote(vote) => write!(f, "vote {vote}"),
            Self::Committed(Some(id)) => write!(f, "committed {id}"),
            Self::Committed(None) => write!(f, "committed none"),
        }
    }
}
