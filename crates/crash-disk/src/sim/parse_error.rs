//! Why a text form could not be read.

/// A text is not one of the forms that [`Keep`](super::Keep), [`CrashPoint`](super::CrashPoint),
/// [`Level`](super::Level) or [`StateCount`](super::StateCount) write.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a {what}: {text:?}")]
pub struct ParseError {
    what: &'static str,
    text: String,
}

impl ParseError {
    pub(super) fn new(what: &'static str, text: &str) -> Self {
        Self {
            what,
            text: text.to_owned(),
        }
    }
}
