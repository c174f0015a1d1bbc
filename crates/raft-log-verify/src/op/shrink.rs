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

/// The smallest program found that `fails` in the same way as `first` did, and how it fails.
pub(crate) fn shrink_alike<F>(
    (program, first): (&Program, F),
    way: impl Fn(&F) -> &'static str,
    mut fails: impl FnMut(&Program) -> Option<F>,
) -> (Program, F) {
    let as_first = way(&first);
    let mut last = first;
    let small = shrink(program, &mut |candidate| {
        match fails(candidate).filter(|failure| way(failure) == as_first) {
            Some(failure) => last = failure,
            None => return false,
        }
        true
    });
    (small, last)
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
            self.adopt(Program {
                start: StartState::Empty,
                ..self.best.clone()
            });
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
                    self.adopt(Program {
                        ops: with(&self.best.ops, at, op),
                        ..self.best
                    })
                });
            }
        }
    }
}

/// Operations that do less than `op`, the simplest first. Each is simpler than `op` in an order
/// without cycles, so that shrinking ends.
fn simpler(op: &Op) -> Vec<Op> {
    match op.clone() {
        Op::Append { entries, lead } => {
            let mut all = each(fewer(&entries), |entries| Op::Append { entries, lead });
            if lead != Lead::Same {
                let lead = Lead::Same;
                all.push(Op::Append { entries, lead });
            }
            all
        }
        Op::AppendOver { at, entries, lead } => each(fewer(&entries), |entries| Op::AppendOver {
            at,
            entries,
            lead,
        }),
        Op::Burst {
            appends,
            lead,
            behind,
        } => {
            let burst = |appends, behind| Op::Burst {
                appends,
                lead,
                behind,
            };
            let mut all = each(without_one_of_many(&appends), |appends| {
                burst(appends, behind.clone())
            });
            all.extend(each(without_one(&behind), |behind| {
                burst(appends.clone(), behind)
            }));
            all
        }
        Op::Truncate { at } => each(simpler_spots(at), |at| Op::Truncate { at }),
        Op::Purge { at, lead } => {
            let mut all = each(simpler_spots(at), |at| Op::Purge { at, lead });
            if lead != Lead::Same {
                let lead = Lead::Same;
                all.push(Op::Purge { at, lead });
            }
            all
        }
        Op::DropReopen { pending } => each(fewer(&pending), |pending| Op::DropReopen { pending }),
        Op::Fault { kind, nth, writes } => {
            each(nested(&writes), |writes| Op::Fault { kind, nth, writes })
        }
        Op::ReadAcross { range, writes } => {
            each(nested(&writes), |writes| Op::ReadAcross { range, writes })
        }
        Op::Crash { write, call, keep } => each(simpler(&write), |write| Op::Crash {
            write: Box::new(write),
            call,
            keep,
        }),
        Op::Cancel { write, polls } => each(simpler(&write), |write| Op::Cancel {
            write: Box::new(write),
            polls,
        }),
        _ => Vec::new(),
    }
}

fn each<T>(values: Vec<T>, op: impl Fn(T) -> Op) -> Vec<Op> {
    values.into_iter().map(op).collect()
}

fn nested(writes: &[Op]) -> Vec<Vec<Op>> {
    let mut all = without_one_of_many(writes);
    for (at, write) in writes.iter().enumerate() {
        all.extend(
            simpler(write)
                .into_iter()
                .map(|simple| with(writes, at, simple)),
        );
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
    let blank = |entry: &EntryContent| *entry == EntryContent::Blank;
    if let Some(at) = entries.iter().position(|entry| !blank(entry)) {
        all.push(with(entries, at, EntryContent::Blank));
    }
    all
}

/// All but one of them, each left out in turn.
fn without_one<T: Clone>(all: &[T]) -> Vec<Vec<T>> {
    let without = |left_out| {
        let mut kept = all.to_vec();
        kept.remove(left_out);
        kept
    };
    (0..all.len()).map(without).collect()
}

/// As [`without_one`], but never none at all.
fn without_one_of_many<T: Clone>(all: &[T]) -> Vec<Vec<T>> {
    match all {
        [_] => Vec::new(),
        _ => without_one(all),
    }
}

/// The same with one replaced.
fn with<T: Clone>(all: &[T], at: usize, new: T) -> Vec<T> {
    let mut changed = all.to_vec();
    if let Some(slot) = changed.get_mut(at) {
        *slot = new;
    }
    changed
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
