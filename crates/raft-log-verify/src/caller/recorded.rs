//! The kept histories: of thousands of recorded nodes, the shortest that show each kind of step.

use super::{History, HistoryError};

/// The histories, with an empty line between them.
const RECORDED: &str = include_str!("recorded.jsonl");

/// What real openraft 0.9 nodes did to their logs: elections, cuts of the network, kills, restarts, snapshots, changes of the
/// members. The shortest histories that show each kind of step.
///
/// # Errors
/// None with the histories that come with the crate.
pub fn recorded() -> Result<Vec<History>, HistoryError> {
    History::all_from_text(RECORDED)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn histories_read_back() {
        let histories = recorded().unwrap();
        assert!(histories.len() > 20);
        assert!(histories.iter().all(|history| !history.calls.is_empty()));
        assert_eq!(History::all_to_text(&histories), RECORDED);
    }
}
