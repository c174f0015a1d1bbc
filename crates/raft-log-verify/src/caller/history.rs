//! What was recorded of one node's log: one call a line, as JSON.

use std::fmt::Write as _;

use super::call::Call;

/// The calls that one node made of its log, from its first start to its end.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct History {
    /// The calls, in their order at the log.
    pub calls: Vec<Call>,
}

/// A line that is no call.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {source}")]
pub struct HistoryError {
    /// Which, from 1 on.
    pub line: usize,
    /// What the decoder said.
    pub source: serde_json::Error,
}

impl History {
    /// One line of JSON for each call.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for call in &self.calls {
            let line = serde_json::to_string(call).unwrap_or_default();
            let _ = writeln!(text, "{line}");
        }
        text
    }

    /// Histories with an empty line between them.
    #[must_use]
    pub fn all_to_text(histories: &[Self]) -> String {
        let texts: Vec<String> = histories.iter().map(Self::to_text).collect();
        texts.join("\n")
    }

    /// Reads what [`all_to_text`](Self::all_to_text) wrote.
    ///
    /// # Errors
    /// [`HistoryError`] at the first line that is no call; lines are counted in its history.
    pub fn all_from_text(text: &str) -> Result<Vec<Self>, HistoryError> {
        text.split("\n\n").map(Self::from_text).collect()
    }

    /// Reads what [`to_text`](Self::to_text) wrote.
    ///
    /// # Errors
    /// [`HistoryError`] at the first line that is no call.
    pub fn from_text(text: &str) -> Result<Self, HistoryError> {
        let parse = |(at, line)| {
            serde_json::from_str(line).map_err(|source| HistoryError {
                line: at + 1,
                source,
            })
        };
        let calls = text
            .lines()
            .enumerate()
            .map(parse)
            .collect::<Result<_, _>>()?;
        Ok(Self { calls })
    }
}
