//! What one thread has judged, met and passed over since it was last asked: one place for all rules.
//!
//! A run of a program has one thread, so whoever drives pieces of work takes the tally of the thread after each piece,
//! and adds them up in the order of the pieces.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::counts::Counts;

/// What the log is like that an operation meets.
pub mod situation {
    /// Nothing was ever in it.
    pub const NEW: &str = "new log";
    /// Entries, and nothing purged.
    pub const WHOLE: &str = "nothing purged";
    /// Entries behind a purge.
    pub const PURGED: &str = "purged in part";
    /// No entries: all are purged.
    pub const PURGED_TO_ITS_END: &str = "purged to its end";

    /// All of them.
    pub const ALL: [&str; 4] = [NEW, WHOLE, PURGED, PURGED_TO_ITS_END];
}

/// An operation, and the situation of the log that it met.
pub type Situation = (Cow<'static, str>, Cow<'static, str>);

/// What was judged, met and passed over.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// How often each rule was judged.
    pub judged: Counts,
    /// How often each rule was broken where judging went on behind it.
    pub breaches: Counts,
    /// How often each operation met each situation.
    pub met: BTreeMap<Situation, u64>,
}

impl Tally {
    /// Adds all of `other`.
    pub fn merge(&mut self, other: &Self) {
        self.judged.merge(&other.judged);
        self.breaches.merge(&other.breaches);
        for (situation, by) in &other.met {
            *self.met.entry(situation.clone()).or_default() += by;
        }
    }
}

/// Counts by names that are compared by their place in memory: each is written in one place of the source, and this
/// is done a few times for every operation of every program.
#[derive(Default)]
struct Named<const N: usize>(Vec<([&'static str; N], u64)>);

impl<const N: usize> Named<N> {
    fn one(&mut self, names: [&'static str; N]) {
        let same = |known: &[&'static str; N]| {
            let mut pairs = known.iter().zip(&names);
            pairs.all(|(known, name)| std::ptr::eq(*known, *name))
        };
        match self.0.iter_mut().find(|(known, _)| same(known)) {
            Some((_, count)) => *count += 1,
            None => self.0.push((names, 1)),
        }
    }
}

#[derive(Default)]
struct Thread {
    judged: Named<1>,
    breaches: Named<1>,
    met: Named<2>,
}

thread_local! {
    static THREAD: RefCell<Thread> = RefCell::default();
}

/// Counts that a rule was judged.
pub(crate) fn judged(rule: &'static str) {
    THREAD.with_borrow_mut(|thread| thread.judged.one([rule]));
}

/// Counts that a rule was broken and passed over.
pub(crate) fn breach(rule: &'static str) {
    THREAD.with_borrow_mut(|thread| thread.breaches.one([rule]));
}

/// Counts that an operation met a situation.
pub(crate) fn met((operation, situation): (&'static str, &'static str)) {
    THREAD.with_borrow_mut(|thread| thread.met.one([operation, situation]));
}

/// What this thread has counted, which it then forgets.
pub(crate) fn take() -> Tally {
    let thread = THREAD.take();
    let mut tally = Tally::default();
    for ([rule], by) in thread.judged.0 {
        tally.judged.add(rule, by);
    }
    for ([rule], by) in thread.breaches.0 {
        tally.breaches.add(rule, by);
    }
    for ([operation, situation], by) in thread.met.0 {
        let met = (Cow::Borrowed(operation), Cow::Borrowed(situation));
        *tally.met.entry(met).or_default() += by;
    }
    tally
}

/// Does work that is counted in another way: by disks that threads judge together, or not at all, because how often it
/// is done is a matter of time.
pub(crate) fn aside<T>(work: impl FnOnce() -> T) -> T {
    let before = THREAD.take();
    let done = work();
    THREAD.set(before);
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_counts_until_it_is_asked_and_nothing_that_is_aside() {
        take();
        judged("one");
        aside(|| judged("one"));
        judged("one");
        breach("two");
        met(("append", "new"));
        let tally = take();
        assert_eq!((tally.judged.of("one"), tally.breaches.of("two")), (2, 1));
        assert_eq!(tally.met.get(&("append".into(), "new".into())), Some(&1));
        assert_eq!(take().judged.of("one"), 0);
    }
}
