//! One of several equal shares of a campaign's work.

use std::fmt;
use std::str::FromStr;

/// The `number`-th of `of` shares of a campaign: each phase does every `of`-th of its pieces, so the shares take
/// about the same time, and together they do what one campaign does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    number: u64,
    of: u64,
}

/// A text that names no shard.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no shard: expected I/N, for example 1/2, with I from 1 to N")]
pub struct NoShard(String);

impl Shard {
    /// The `number`-th of `of`, counted from 1.
    ///
    /// # Errors
    /// There is no such shard.
    pub fn new(number: u64, of: u64) -> Result<Self, NoShard> {
        match (1..=of).contains(&number) {
            true => Ok(Self { number, of }),
            false => Err(NoShard(format!("{number}/{of}"))),
        }
    }

    /// Which one it is, counted from 1.
    #[must_use]
    pub fn number(self) -> u64 {
        self.number
    }

    /// How many there are.
    #[must_use]
    pub fn of(self) -> u64 {
        self.of
    }

    /// How many of the numbers below `total` are its own.
    pub(crate) fn count(self, total: u64) -> u64 {
        total.saturating_sub(self.number - 1).div_ceil(self.of)
    }

    /// Its own number at this place, counted from 0.
    pub(crate) fn nth(self, place: u64) -> u64 {
        self.number - 1 + place * self.of
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl FromStr for Shard {
    type Err = NoShard;

    /// Reads what [`Display`](fmt::Display) writes.
    fn from_str(text: &str) -> Result<Self, NoShard> {
        let parts = text.split_once('/');
        let numbers = parts.and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
        let shard = numbers.and_then(|(number, of)| Self::new(number, of).ok());
        shard.ok_or_else(|| NoShard(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn all_shards_together_have_each_number_once() {
        for (of, total) in [(1, 0), (1, 5), (2, 5), (3, 2), (4, 4), (3, 100)] {
            let mut numbers: Vec<u64> = (1..=of)
                .map(|number| Shard::new(number, of).unwrap())
                .flat_map(|shard| (0..shard.count(total)).map(move |place| shard.nth(place)))
                .collect();
            numbers.sort_unstable();
            assert_eq!(numbers, (0..total).collect::<Vec<_>>(), "{of} of {total}");
        }
    }

    #[test]
    fn a_shard_is_read_from_its_text_and_nothing_else() {
        let shard: Shard = "2/3".parse().unwrap();
        assert_eq!((shard.number(), shard.of()), (2, 3));
        assert_eq!(shard.to_string(), "2/3");
        for text in ["", "1", "0/2", "3/2", "1/0", "-1/2", "1/2/3", "a/b"] {
            assert_eq!(text.parse::<Shard>(), Err(NoShard(text.to_owned())));
        }
    }
}
