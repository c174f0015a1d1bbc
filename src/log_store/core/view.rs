//! What the log holds once everything issued so far is done: the view that reads answer from.
//!
//! Entries below the *tail* are on the disk, durable. The tail is in memory: entries that were
//! issued and whose sync is not reported yet, and before them the last durable ones, as many appends as fit
//! in a bound. openraft reads each entry back to apply it and once for each follower, mostly
//! soon after it was appended.
//!
//! A cut or a purge changes the view when it is issued,
//! before the disk follows; so an entry that the view calls "on the disk" is there, with the
//! content the view means, and stays there until a later cut or purge is issued.

use std::collections::VecDeque;
use std::sync::Arc;

use super::records::Records;
use crate::log_store::sync::planted;

/// The entries of one append, or what cuts and purges left of them.
#[derive(Debug, Clone)]
pub(crate) struct Segment {
    seq: u64,
    first: u64,
    last: u64,
    records: Arc<Records>,
}

/// Bytes that an append takes in memory beside its entries, about.
const SEGMENT_BYTES: usize = 256;

impl Segment {
    /// Bytes in memory, also of entries that a cut or a purge has taken away: they go with the segment.
    fn bytes(&self) -> usize {
        self.records.byte_len() + self.records.len() * size_of::<usize>() + SEGMENT_BYTES
    }

    /// The entries from `from` to `to`, both included, as far as they are in this segment.
    pub(crate) fn range(&self, from: u64, to: u64) -> impl Iterator<Item = (u64, &[u8])> {
        let range = self.first.max(from)..=self.last.min(to);
        range.filter_map(|index| Some((index, self.records.get(index)?)))
    }
}

/// The held part of a range that was asked for, as it is at one moment.
#[derive(Debug)]
pub(crate) struct Snapshot {
    /// The entries to read from the disk, first and last.
    pub(crate) disk: Option<(u64, u64)>,
    /// The rest of the range, in memory. May begin before the range and end after it.
    pub(crate) tail: Vec<Segment>,
    /// First and last entry of the range that are held.
    pub(crate) range: (u64, u64),
    /// The moment.
    pub(crate) moment: Moment,
}

/// Tells two states of a view apart that differ in more than appended entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    generation: u64,
    purged: Option<u64>,
}

impl Moment {
    /// Whether an entry that was held at one of the two moments may have another content at the
    /// other one.
    pub(crate) fn cut_since(self, earlier: Self) -> bool {
        self.generation != earlier.generation && !planted("cut-not-seen")
    }
}

/// The issued state of a log, in indexes.
#[derive(Debug, Default)]
pub(crate) struct View {
    purged: Option<u64>,
    held: Option<(u64, u64)>,
    tail: VecDeque<Segment>,
    /// The last append that is durable.
    durable: u64,
    /// Bytes of the durable appends in the tail, which are its front.
    recent: usize,
    /// Most of them.
    recent_limit: usize,
    generation: u64,
}

impl View {
    /// A view of what is on the disk. Durable appends stay in memory up to so many bytes.
    pub(crate) fn new(purged: Option<u64>, held: Option<(u64, u64)>, recent_limit: usize) -> Self {
        Self {
            purged,
            held,
            recent_limit,
            ..Self::default()
        }
    }

    /// First and last entry.
    pub(crate) fn held(&self) -> Option<(u64, u64)> {
        self.held
    }

    /// The present moment.
    pub(crate) fn moment(&self) -> Moment {
        Moment {
            generation: self.generation,
            purged: self.purged,
        }
    }

    /// Adds entries behind the last one. `seq` grows with every append.
    pub(crate) fn append(&mut self, seq: u64, records: &Arc<Records>) {
        let Some(last) = records.last() else { return };
        let first = records.first();
        self.held = Some((self.held.map_or(first, |(first, _)| first), last));
        self.tail.push_back(Segment {
            seq,
            first,
            last,
            records: Arc::clone(records),
        });
    }

    /// Removes the entries from `from` on.
    pub(crate) fn cut(&mut self, from: u64) {
        let Some((first, last)) = self.held else {
            return;
        };
        if from > last {
            return;
        }
        self.generation += 1;
        self.held = from
            .checked_sub(1)
            .filter(|&last| last >= first)
            .map(|last| (first, last));
        while self
            .tail
            .back()
            .is_some_and(|segment| segment.first >= from)
        {
            let gone = self.tail.pop_back();
            self.forget(gone.as_ref());
        }
        if let (Some(segment), Some((_, last))) = (self.tail.back_mut(), self.held) {
            segment.last = segment.last.min(last);
        }
    }

    /// Removes the entries up to `index` and makes it the purge point.
    pub(crate) fn purge(&mut self, index: u64) {
        self.purged = Some(index);
        let Some((first, last)) = self.held else {
            return;
        };
        if index < first {
            return;
        }
        self.held = index
            .checked_add(1)
            .filter(|&first| first <= last)
            .map(|first| (first, last));
        while self
            .tail
            .front()
            .is_some_and(|segment| segment.last <= index)
        {
            let gone = self.tail.pop_front();
            self.forget(gone.as_ref());
        }
        if let (Some(segment), Some((first, _))) = (self.tail.front_mut(), self.held) {
            segment.first = segment.first.max(first);
        }
    }

    /// The appends up to `seq` are durable: what is left of them may be read from the disk from now on, and is where the
    /// bound for recent ones leaves no room.
    pub(crate) fn durable(&mut self, seq: u64) {
        let seq = seq + u64::from(planted("one-append-too-many"));
        let begin = self
            .tail
            .partition_point(|segment| segment.seq <= self.durable);
        let end = self.tail.partition_point(|segment| segment.seq <= seq);
        let new = self.tail.range(begin..end.max(begin));
        self.recent += new.map(Segment::bytes).sum::<usize>();
        self.durable = self.durable.max(seq);
        // Only durable appends count, so one that is not is never reached.
        while self.recent > self.recent_limit
            && let Some(gone) = self.tail.pop_front()
        {
            self.forget(Some(&gone));
        }
    }

    /// Does no longer count a segment that left the tail.
    fn forget(&mut self, gone: Option<&Segment>) {
        if let Some(segment) = gone.filter(|segment| segment.seq <= self.durable) {
            self.recent -= segment.bytes();
        }
    }

    /// Forgets all entries in memory.
    pub(crate) fn clear_tail(&mut self) {
        self.tail.clear();
        self.recent = 0;
    }

    /// The held entries from `from` to `to`, both included, or `None` when there is none.
    pub(crate) fn snapshot(&self, from: u64, to: u64) -> Option<Snapshot> {
        let (first, last) = self.held?;
        let range = (first.max(from), last.min(to));
        if range.0 > range.1 {
            return None;
        }
        let disk_last = match self.tail.front() {
            Some(segment) => segment.first.checked_sub(1).map(|last| last.min(range.1)),
            None => Some(range.1),
        };
        let disk = disk_last
            .filter(|&last| last >= range.0)
            .map(|last| (range.0, last));
        let begin = self.tail.partition_point(|segment| segment.last < range.0);
        let end = self
            .tail
            .partition_point(|segment| segment.first <= range.1);
        let tail = self.tail.range(begin..end.max(begin)).cloned().collect();
        Some(Snapshot {
            disk,
            tail,
            range,
            moment: self.moment(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(first: u64, count: usize) -> Arc<Records> {
        let mut records = Records::starting_at(first);
        for n in 0..count {
            records
                .push(|out| {
                    out.extend_from_slice(format!("{}", first + n as u64).as_bytes());
                    Ok::<_, ()>(())
                })
                .unwrap();
        }
        Arc::new(records)
    }

    /// Disk part and the indexes that come from memory.
    fn parts(view: &View, from: u64, to: u64) -> (Option<(u64, u64)>, Vec<u64>) {
        let Some(snapshot) = view.snapshot(from, to) else {
            return (None, Vec::new());
        };
        let (lo, hi) = snapshot.range;
        let tail = snapshot
            .tail
            .iter()
            .flat_map(|s| s.range(lo, hi).map(|(i, _)| i))
            .collect();
        (snapshot.disk, tail)
    }

    #[test]
    fn an_append_is_in_memory_until_durable() {
        let mut view = View::new(None, None, 0);
        view.append(1, &records(0, 3));
        view.append(2, &records(3, 2));
        assert_eq!(parts(&view, 1, 3), (None, vec![1, 2, 3]));
        view.durable(1);
        assert_eq!(parts(&view, 1, 3), (Some((1, 2)), vec![3]));
        view.durable(2);
        assert_eq!(parts(&view, 0, u64::MAX), (Some((0, 4)), vec![]));
        assert_eq!(parts(&view, 5, 9), (None, vec![]));
    }

    #[test]
    fn a_cut_hides_what_was_queued_before_it() {
        let mut view = View::new(None, Some((0, 4)), 0);
        view.append(1, &records(5, 3));
        view.cut(6);
        view.append(2, &records(6, 4));
        assert_eq!(view.held(), Some((0, 9)));
        assert_eq!(parts(&view, 0, 20), (Some((0, 4)), vec![5, 6, 7, 8, 9]));
        view.durable(1);
        assert_eq!(parts(&view, 0, 20), (Some((0, 5)), vec![6, 7, 8, 9]));
    }

    /// Room for so many appends of one entry each.
    fn room(appends: usize) -> usize {
        let mut view = View::new(None, None, usize::MAX);
        view.append(1, &records(0, 1));
        view.durable(1);
        appends * view.recent
    }

    #[test]
    fn the_last_durable_appends_stay_in_memory_within_a_bound() {
        let mut view = View::new(None, None, room(2));
        for index in 0..4 {
            view.append(index + 1, &records(index, 1));
        }
        view.durable(1);
        assert_eq!(parts(&view, 0, 9), (None, vec![0, 1, 2, 3]));
        view.durable(3);
        assert_eq!(parts(&view, 0, 9), (Some((0, 0)), vec![1, 2, 3]));
        view.durable(4);
        assert_eq!(parts(&view, 0, 9), (Some((0, 1)), vec![2, 3]));
        assert_eq!(view.recent, room(2));
    }

    #[test]
    fn an_append_above_the_bound_leaves_and_takes_those_before_it_along() {
        let mut view = View::new(None, None, room(2));
        view.append(1, &records(0, 1));
        view.append(2, &records(1, 300));
        view.append(3, &records(301, 1));
        view.durable(2);
        assert_eq!(parts(&view, 300, 301), (Some((300, 300)), vec![301]));
        assert_eq!(view.recent, 0);
    }

    #[test]
    fn what_cuts_and_purges_take_from_memory_gives_its_room_back() {
        let mut view = View::new(None, None, room(3));
        for index in 0..3 {
            view.append(index + 1, &records(index, 1));
        }
        view.durable(3);
        view.purge(0);
        view.cut(2);
        assert_eq!((view.recent, view.held()), (room(1), Some((1, 1))));
        // What takes the place of a durable entry is not durable itself.
        view.append(4, &records(2, 1));
        assert_eq!(view.recent, room(1));
        assert_eq!(parts(&view, 0, 9), (None, vec![1, 2]));
        view.cut(0);
        assert_eq!((view.recent, view.held()), (0, None));
        view.append(5, &records(1, 1));
        view.clear_tail();
        view.durable(5);
        assert_eq!(view.recent, 0);
    }

    #[test]
    fn a_log_begun_again_below_is_not_taken_from_the_disk() {
        let mut view = View::new(None, Some((5, 9)), 0);
        view.cut(0);
        assert_eq!(view.held(), None);
        view.append(1, &records(0, 20));
        assert_eq!(parts(&view, 0, 30).0, None);
    }

    #[test]
    fn a_purge_shrinks_from_the_front() {
        let mut view = View::new(None, Some((0, 4)), 0);
        view.append(1, &records(5, 3));
        let before = view.moment();
        view.purge(5);
        assert_eq!(parts(&view, 0, 9), (None, vec![6, 7]));
        assert!(!view.moment().cut_since(before));
        assert_ne!(view.moment(), before);
        view.purge(20);
        assert_eq!(view.held(), None);
        view.durable(1);
        view.append(2, &records(21, 1));
        assert_eq!(parts(&view, 0, 90), (None, vec![21]));
    }

    #[test]
    fn the_greatest_index_overflows_nothing() {
        let mut view = View::new(None, None, 0);
        view.append(1, &records(u64::MAX, 1));
        assert_eq!(parts(&view, 0, u64::MAX), (None, vec![u64::MAX]));
        view.purge(u64::MAX);
        assert_eq!(view.held(), None);
        view.cut(u64::MAX);
        assert_eq!(parts(&view, 0, u64::MAX), (None, vec![]));
    }
}
