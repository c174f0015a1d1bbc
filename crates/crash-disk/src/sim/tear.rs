//! The choice of a torn block.

use std::fmt;
use std::str::FromStr;

use super::ParseError;

/// A block whose last write-back reached the disk in part: some sectors hold the new bytes, the
/// others older ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tear {
    /// The pending write of the block that was being written back, as a position in the pending
    /// list. Later writes of the same block are lost. If it is no data, or not there, nothing is
    /// torn, and the choice is [`Keep::AllBut`](super::Keep::AllBut) or [`Keep::Prefix`](super::Keep::Prefix) of it.
    pub op: usize,
    /// First sector of the block that holds the new bytes; sectors have
    /// [`SECTOR_BYTES`](super::SECTOR_BYTES).
    pub from: usize,
    /// First sector after these that holds older bytes.
    pub to: usize,
    /// What the other sectors hold.
    pub over: Over,
    /// What becomes of all other operations.
    pub rest: Rest,
}

/// What the sectors of a torn block hold that were not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Over {
    /// The durable bytes: the block had not been written back before.
    Durable,
    /// The bytes before the torn write, all earlier ones included.
    Before,
}

/// What becomes of the operations beside a torn one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rest {
    /// All are kept that can be.
    All,
    /// Those before it are kept, and the length that the same write led to.
    Before,
}

impl fmt::Display for Tear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let over = match self.over {
            Over::Durable => "durable",
            Over::Before => "before",
        };
        let rest = match self.rest {
            Rest::All => "all",
            Rest::Before => "before",
        };
        let Self { op, from, to, .. } = self;
        write!(f, "{op}:{from}-{to}:{over}:{rest}")
    }
}

impl FromStr for Tear {
    type Err = ParseError;

    /// Reads what [`Display`](fmt::Display) writes.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let bad = || ParseError::new("tear", text);
        let mut words = text.split(':');
        let mut word = || words.next().ok_or_else(bad);
        let number = |word: &str| word.parse::<usize>().map_err(|_| bad());
        let op = number(word()?)?;
        let (from, to) = word()?.split_once('-').ok_or_else(bad)?;
        let over = match word()? {
            "durable" => Over::Durable,
            "before" => Over::Before,
            _ => return Err(bad()),
        };
        let rest = match word()? {
            "all" => Rest::All,
            "before" => Rest::Before,
            _ => return Err(bad()),
        };
        if words.next().is_some() {
            return Err(bad());
        }
        Ok(Self {
            op,
            from: number(from)?,
            to: number(to)?,
            over,
            rest,
        })
    }
}
