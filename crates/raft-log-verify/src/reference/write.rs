//! A write as it was handed to the store.

use std::fmt;
use std::sync::Arc;

use super::Stored;
use crate::log::{LogId, Vote};

/// A write as it was handed to the store.
#[derive(Clone)]
pub enum Write {
    /// `append`.
    Append(Vec<Arc<Stored>>),
    /// `truncate`, this id included.
    Truncate(LogId),
    /// `purge`, this id included.
    Purge(LogId),
    /// `save_vote`.
    Vote(Vote),
    /// `save_committed`.
    Committed(Option<LogId>),
}

impl fmt::Debug for Write {
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
