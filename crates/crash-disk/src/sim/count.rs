//! How many states there are.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign};
use std::str::FromStr;

use super::ParseError;
use super::order::Order;

/// Steps after which a count is given up and becomes a lower bound.
const MAX_STEPS: usize = 4096;

/// A number of states, where it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StateCount {
    /// Exactly so many.
    Exactly(u128),
    /// More than so many: counting all would take too long, or the number is too large.
    MoreThan(u128),
}

impl StateCount {
    /// The number, or the bound that it exceeds.
    #[must_use]
    pub fn at_least(self) -> u128 {
        match self {
            Self::Exactly(n) | Self::MoreThan(n) => n,
        }
    }

    fn combine(self, other: Self, op: impl Fn(u128, u128) -> Option<u128>) -> Self {
        let exact = matches!((self, other), (Self::Exactly(_), Self::Exactly(_)));
        match op(self.at_least(), other.at_least()) {
            Some(n) if exact => Self::Exactly(n),
            Some(n) => Self::MoreThan(n),
            None => Self::MoreThan(u128::MAX),
        }
    }

    fn times(self, other: Self) -> Self {
        self.combine(other, u128::checked_mul)
    }
}

impl Default for StateCount {
    fn default() -> Self {
        Self::Exactly(0)
    }
}

impl Add for StateCount {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        self.combine(other, u128::checked_add)
    }
}

impl AddAssign for StateCount {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for StateCount {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), Self::add)
    }
}

impl fmt::Display for StateCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(n) => write!(f, "{n}"),
            Self::MoreThan(n) => write!(f, "{MORE_THAN}{n}"),
        }
    }
}

/// What [`Display`](fmt::Display) puts before a lower bound.
const MORE_THAN: &str = "more than ";

impl FromStr for StateCount {
    type Err = ParseError;

    /// Reads what [`Display`](fmt::Display) writes.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let (of, number): (fn(u128) -> Self, _) = match text.strip_prefix(MORE_THAN) {
            Some(number) => (Self::MoreThan, number),
            None => (Self::Exactly, text),
        };
        let number = number.parse();
        number
            .map(of)
            .map_err(|_| ParseError::new("number of states", text))
    }
}

/// How many sets of operations are closed: with each operation, such a set holds all that it needs.
pub(super) fn closed_sets(order: &Order) -> StateCount {
    let needs = order.needs();
    let all = needs.len();
    // What each needs, directly or not; needs point backward, so one pass is enough.
    let mut below: Vec<Vec<bool>> = Vec::with_capacity(all);
    for of_this in needs {
        let mut row = vec![false; all];
        for need in of_this {
            for (mark, of_need) in row.iter_mut().zip(below.get(*need).into_iter().flatten()) {
                *mark |= of_need;
            }
            if let Some(mark) = row.get_mut(*need) {
                *mark = true;
            }
        }
        below.push(row);
    }
    let mut counter = Counter {
        below,
        steps: MAX_STEPS,
    };
    counter.count(&(0..all).collect::<Vec<_>>())
}

struct Counter {
    below: Vec<Vec<bool>>,
    steps: usize,
}

impl Counter {
    /// Whether `a` needs `b`.
    fn needs(&self, a: usize, b: usize) -> bool {
        self.below
            .get(a)
            .and_then(|row| row.get(b))
            .copied()
            .unwrap_or(false)
    }

    fn related(&self, a: usize, b: usize) -> bool {
        self.needs(a, b) || self.needs(b, a)
    }

    /// Closed sets among `ops`: those of unrelated groups are free of each other.
    fn count(&mut self, ops: &[usize]) -> StateCount {
        let mut left = ops.to_vec();
        let mut product = StateCount::Exactly(1);
        while let Some(first) = left.pop() {
            let mut group = vec![first];
            let mut at = 0;
            while let Some(&op) = group.get(at) {
                let (near, far): (Vec<_>, Vec<_>) =
                    left.into_iter().partition(|other| self.related(op, *other));
                group.extend(near);
                left = far;
                at += 1;
            }
            product = product.times(self.count_group(&group));
        }
        product
    }

    /// Closed sets of one group: those without one operation, and those with it.
    fn count_group(&mut self, group: &[usize]) -> StateCount {
        let &[first, ref others @ ..] = group else {
            return StateCount::Exactly(1);
        };
        if others.is_empty() {
            return StateCount::Exactly(2);
        }
        if self.steps == 0 {
            // At least one set for each operation, and the empty one.
            return StateCount::MoreThan(group.len() as u128);
        }
        self.steps -= 1;
        let degree = |op: &usize| group.iter().filter(|of| self.related(*op, **of)).count();
        let pivot = group.iter().copied().max_by_key(degree).unwrap_or(first);
        let rest = group.iter().copied().filter(|op| *op != pivot);
        let lost: Vec<usize> = rest.clone().filter(|op| !self.needs(*op, pivot)).collect();
        let kept: Vec<usize> = rest.filter(|op| !self.needs(pivot, *op)).collect();
        self.count(&lost) + self.count(&kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(needs: &[&[usize]]) -> StateCount {
        closed_sets(&Order::new(needs.iter().map(|of| of.to_vec()).collect()))
    }

    fn by_trial(needs: &[&[usize]]) -> u128 {
        let closed = |bits: &u32| {
            let kept = |op: usize| bits & 1 << op != 0;
            needs
                .iter()
                .enumerate()
                .all(|(op, of)| !kept(op) || of.iter().all(|need| kept(*need)))
        };
        (0..1_u32 << needs.len()).filter(closed).count() as u128
    }

    #[test]
    fn counts_are_those_of_trying_all() {
        let cases: [&[&[usize]]; 6] = [
            &[],
            &[&[], &[], &[]],
            &[&[], &[0], &[1], &[2]],
            &[&[], &[0], &[0], &[1, 2], &[], &[4]],
            &[&[], &[], &[0, 1], &[1], &[2, 3], &[2], &[0]],
            &[&[], &[0], &[], &[2, 1], &[], &[4, 3], &[5], &[1], &[7, 6]],
        ];
        for needs in cases {
            assert_eq!(
                count(needs),
                StateCount::Exactly(by_trial(needs)),
                "{needs:?}"
            );
        }
    }

    #[test]
    fn a_number_is_read_from_its_text_and_nothing_else() {
        for count in [StateCount::Exactly(0), StateCount::MoreThan(u128::MAX)] {
            assert_eq!(count.to_string().parse(), Ok(count));
        }
        for text in ["", "more than ", "1 more", "-1", "more 3"] {
            assert!(text.parse::<StateCount>().is_err(), "{text}");
        }
    }

    #[test]
    fn too_many_are_more_than_a_bound() {
        let free: Vec<Vec<usize>> = vec![Vec::new(); 127];
        assert_eq!(
            closed_sets(&Order::new(free)),
            StateCount::Exactly(1 << 127)
        );
        let free: Vec<Vec<usize>> = vec![Vec::new(); 128];
        assert_eq!(
            closed_sets(&Order::new(free)),
            StateCount::MoreThan(u128::MAX)
        );
        // Two rows that hold each other at every step: too many branches to follow them all.
        let ladder = (0..200).map(|op: usize| {
            let far = (op >= 23).then(|| op - 23);
            let near = (op >= 17).then(|| op - 17);
            far.into_iter().chain(near).collect()
        });
        let count = closed_sets(&Order::new(ladder.collect()));
        assert!(
            matches!(count, StateCount::MoreThan(n) if n > 1000),
            "{count}"
        );
    }
}
