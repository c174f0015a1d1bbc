//! What a child reports, a line each.

use std::fmt;
use std::str::FromStr;

/// Begins each line of a report: a child's standard output may hold other lines.
const MARK: &str = "kill-child: ";

/// What a child reports. Written before what it names begins, except `Opened` and `Acknowledged`,
/// which are written after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Event {
    /// It has begun, and makes values of seeds that come to this number.
    Values(u64),
    /// An open begins.
    Opening,
    /// The open returned, and the store shows the state with this hash.
    Opened(u64),
    /// The write of this step is handed to the store.
    Issued(u64),
    /// Its durability was promised.
    Acknowledged(u64),
    /// A close begins, or the store is dropped.
    Closing,
    /// Everything is acknowledged and nothing is done for a moment.
    Idle,
    /// It does nothing until it is answered, so that its directory can be looked at here.
    Waiting,
    /// The store broke a rule before it was killed.
    Broken(String),
}

impl Event {
    /// The event without the mark.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Values(hash) => format!("values {hash}"),
            Self::Opening => "opening".to_owned(),
            Self::Opened(hash) => format!("opened {hash}"),
            Self::Issued(step) => format!("issued {step}"),
            Self::Acknowledged(step) => format!("acknowledged {step}"),
            Self::Closing => "closing".to_owned(),
            Self::Idle => "idle".to_owned(),
            Self::Waiting => "waiting".to_owned(),
            Self::Broken(text) => format!("broken {}", text.replace('\n', " ")),
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{MARK}{}", self.words())
    }
}

impl FromStr for Event {
    type Err = ();

    /// Reads a line; a line of something else is an error.
    fn from_str(line: &str) -> Result<Self, ()> {
        let (_, event) = line.trim_end().split_once(MARK).ok_or(())?;
        let (name, rest) = event.split_once(' ').unwrap_or((event, ""));
        let number = || rest.parse().map_err(|_| ());
        Ok(match name {
            "values" => Self::Values(number()?),
            "opening" => Self::Opening,
            "opened" => Self::Opened(number()?),
            "issued" => Self::Issued(number()?),
            "acknowledged" => Self::Acknowledged(number()?),
            "closing" => Self::Closing,
            "idle" => Self::Idle,
            "waiting" => Self::Waiting,
            "broken" => Self::Broken(rest.to_owned()),
            _ => return Err(()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_back() {
        for event in [
            Event::Values(3),
            Event::Opening,
            Event::Opened(u64::MAX),
            Event::Issued(0),
            Event::Acknowledged(7),
            Event::Closing,
            Event::Idle,
            Event::Waiting,
            Event::Broken("rule: what was seen".to_owned()),
        ] {
            let line = format!("test child ... {event}\n");
            assert_eq!(line.parse(), Ok(event));
        }
        assert_eq!("running 1 test".parse::<Event>(), Err(()));
    }
}
