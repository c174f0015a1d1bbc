//! Makes a failing program smaller while it goes on failing.

use super::{Lead, Op, Program, Spot, StartState};
use crate::log::EntryContent;

/// Most programs that one shrinking tries.
const MAX_TRIES: usize = 600;

/// The smallest program found that `fails` still accepts. `fails` must be deterministic.
pub fn shrink(program: &Program, fails: &mut dyn FnMut(&Program) -> bool) -> Program {
    let mut search = Search {
        best: program.clone(),
        tries: 0,
        fails,
    };
    loop {
        let before = search.best.clone();
        search.shorten();
        search.simplify();
        if search.best == before || search.tries >= MAX_TRIES {
            return search.best;
        }
    }
}

struct Search<'a> {
    best: Program,
    tries: usize,
    fails: &'a mut dyn FnMut(&Program) -> bool,
}

impl Search<'_> {
    fn adopt(&mut self, candidate: Program) -> bool {
        if self.tries >= MAX_TRIES || candidate == self.best {
            return false;
        }
        self.tries += 1;
        let smaller = (self.fails)(&candidate);
        if smaller {
            self.best = candidate;
        }
        smaller
    }

    /// Takes operations away: halves first, then smaller runs, then single ones.
    fn shorten(&mut self) {
        if self.best.start != StartState::Empty {
            let mut candidate = self.best.clone();
            candidate.start = StartState::Empty;
            self.adopt(candidate);
        }
        if self.best.tuning.order != 0 {
            let mut candidate = self.best.clone();
            candidate.tuning.order = 0;
            self.adopt(candidate);
        }
        let mut run = self.best.ops.len().div_ceil(2);
        while run > 0 {
            // From the back, because what comes after the failure goes first.
            let mut end = self.best.ops.len();
            while end > 0 {
                let from = end.saturating_sub(run);
                let mut candidate = self.best.clone();
                candidate.ops.drain(from..end);
                self.adopt(candidate);
                end = from;
            }
            run /= 2;
        }
    }

    /// Replaces single operations by simpler ones.
    fn simplify(&mut self) {
        for at in 0..self.best.ops.len() {
            let mut again = true;
            while again {
                let simpler = self.best.ops.get(at).map(simpler).unwrap_or_default();
                again = simpler.into_iter().any(|op| {
                    let mut candidate = self.best.clone();
                    if let Some(slot) = candidate.ops.get_mut(at) {
                        *slot = op;
                    }
                    self.adopt(candidate)
                });
            }
        }
    }
}

/// Operations that do less than `op`, the simplest first. Each is simpler than `op` in an order
/// without cycles, so that shrinking ends.
fn simpler(op: &Op) -> Vec<Op> {
    match op {
        Op::Append { entries, lead } => {
            let less = fewer(entries).into_iter().map(|entries| (entries, *lead));
            let same = (*lead != Lead::Same).then(|| (entries.clone(), Lead::Same));
            less.chain(same)
                .map(|(entries, lead)| Op::Append { entries, lead })
                .collect()
        }
        Op::AppendOver { at, entries, lead } => {
            let less = fewer(entries)
                .into_iter()
                .filter(|entries| !entries.is_empty());
            less.map(|entries| Op::AppendOver {
                at: *at,
                entries,
                lead: *lead,
            })
            .collect()
        }
        Op::Burst {
            appends,
            lead,
            behind,
        } => {
            let less = without_one(appends)
                .into_iter()
                .filter(|appends| !appends.is_empty())
                .map(|appends| (appends, behind.clone()));
            let alone = without_one(behind)
                .into_iter()
                .map(|behind| (appends.clone(), behind));
            less.chain(alone)
                .map(|(appends, behind)| Op::Burst {
                    appends,
                    lead: *lead,
                    behind,
                })
                .collect()
        }
        Op::Truncate { at } => simpler_spots(*at)
            .into_iter()
            .map(|at| Op::Truncate { at })
            .collect(),
        Op::Purge { at, lead } => {
            let spots = simpler_spots(*at)
                .into_iter()
                .map(|at| Op::Purge { at, lead: *lead });
            let same = (*lead != Lead::Same).then_some(Op::Purge {
                at: *at,
                lead: Lead::Same,
            });
            spots.chain(same).collect()
        }
        Op::DropReopen { pending } if !pending.is_empty() => fewer(pending)
            .into_iter()
            .map(|pending| Op::DropReopen { pending })
            .collect(),
        _ => simpler_around(op),
    }
}

/// Operations around other operations that do less than `op`.
fn simpler_around(op: &Op) -> Vec<Op> {
    match op {
        Op::Fault { kind, nth, writes } => nested(writes)
            .into_iter()
            .map(|writes| Op::Fault {
                kind: *kind,
                nth: *nth,
                writes,
            })
            .collect(),
        Op::ReadAcross { range, writes } => nested(writes)
            .into_iter()
            .map(|writes| Op::ReadAcross {
                range: *range,
                writes,
            })
            .collect(),
        Op::Crash { write, call, keep } => simpler(write)
            .into_iter()
            .map(|write| Op::Crash {
                write: Box::new(write),
                call: *call,
                keep: *keep,
            })
            .collect(),
        Op::Cancel { write, polls } => simpler(write)
            .into_iter()
            .map(|write| Op::Cancel {
                write: Box::new(write),
                polls: *polls,
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn nested(writes: &[Op]) -> Vec<Vec<Op>> {
    let mut all: Vec<Vec<Op>> = without_one(writes)
        .into_iter()
        .filter(|writes| !writes.is_empty())
        .collect();
    for (at, write) in writes.iter().enumerate() {
        for simple in simpler(write) {
            let mut changed = writes.to_vec();
            if let Some(slot) = changed.get_mut(at) {
                *slot = simple;
            }
            all.push(changed);
        }
    }
    all
}

fn simpler_spots(spot: Spot) -> Vec<Spot> {
    match spot {
        Spot::First => Vec::new(),
        Spot::Last => vec![Spot::First],
        Spot::Above(0) | Spot::Below(0) | Spot::Part(_) | Spot::Border { .. } => {
            vec![Spot::First, Spot::Last]
        }
        Spot::Above(_) => vec![Spot::First, Spot::Last, Spot::Above(0)],
        Spot::Below(_) => vec![Spot::First, Spot::Last, Spot::Below(0)],
    }
}

/// The entries with some taken away, then with one made blank.
fn fewer(entries: &[EntryContent]) -> Vec<Vec<EntryContent>> {
    let mut all = Vec::new();
    if entries.len() > 1 {
        all.push(entries.iter().take(entries.len() / 2).copied().collect());
        all.push(entries.iter().take(entries.len() - 1).copied().collect());
    }
    if let Some(at) = entries
        .iter()
        .position(|entry| *entry != EntryContent::Blank)
    {
        let mut plainer = entries.to_vec();
        if let Some(slot) = plainer.get_mut(at) {
            *slot = EntryContent::Blank;
        }
        all.push(plainer);
    }
    all
}

fn without_one<T: Clone>(all: &[T]) -> Vec<Vec<T>> {
    (0..all.len())
        .map(|left_out| {
            let kept = all.iter().enumerate().filter(|(at, _)| *at != left_out);
            kept.map(|(_, item)| item.clone()).collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_of_one_operation_shrinks_to_that_operation() {
        let blank = || Op::Append {
            entries: vec![EntryContent::Blank; 4],
            lead: Lead::Later(1),
        };
        let mut ops = vec![
            blank(),
            blank(),
            Op::OpenTwice,
            blank(),
            Op::Reopen,
            blank(),
        ];
        ops.extend(std::iter::repeat_with(blank).take(20));
        let program = Program::of(ops);
        let small = shrink(&program, &mut |program| {
            program.ops.contains(&Op::OpenTwice)
        });
        assert_eq!(small.ops, vec![Op::OpenTwice]);
    }

    #[test]
    fn entries_and_leaders_are_simplified() {
        let entries = vec![super::super::start::plain(1); 5];
        let program = Program::of(vec![Op::Append {
            entries,
            lead: Lead::Later(2),
        }]);
        let small = shrink(&program, &mut |program| !program.ops.is_empty());
        let one = Op::Append {
            entries: vec![EntryContent::Blank],
            lead: Lead::Same,
        };
        assert_eq!(small.ops, vec![one]);
    }
}
