//! Which writes were issued, returned and acknowledged, and so which states a crash may leave.

use super::{LogImage, Write};
use crate::log::LogId;
use crate::subject::Caller;

/// What is known about an issued write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Not acknowledged, not failed.
    Pending,
    /// Its durability was promised at this step of the disk.
    Acknowledged(u64),
    /// It failed or was cancelled: it may have happened wholly, partly or not at all.
    Uncertain,
}

/// A write and what is known about it.
#[derive(Debug, Clone)]
pub struct Issued {
    /// The write.
    pub write: Write,
    /// Step of the disk before which it cannot have had an effect.
    pub from: u64,
    /// What is known about it.
    pub fate: Fate,
}

/// The writes since a known durable state.
///
/// The steps are those of the disk: the number of calls that changed it so far. A write is bound
/// to steps, so that a crash at step n is judged with what had been acknowledged at step n.
#[derive(Debug, Clone)]
pub struct Journal {
    base: LogImage,
    issued: Vec<Issued>,
    committed: Vec<Option<LogId>>,
    caller: Caller,
}

impl Journal {
    /// A journal that begins in `base`, which is durable. `committed` is the id that was read
    /// there.
    #[must_use]
    pub fn new(base: LogImage, committed: Option<LogId>, caller: Caller) -> Self {
        Self {
            base,
            issued: Vec::new(),
            committed: vec![None, committed],
            caller,
        }
    }

    /// The caller whose rules are judged.
    #[must_use]
    pub fn caller(&self) -> Caller {
        self.caller
    }

    /// Knows also these committed ids: they were saved before the journal began. One that a crash has
    /// put above the log is read again when the log has grown.
    pub fn recall(&mut self, committed: &[Option<LogId>]) {
        self.committed.extend_from_slice(committed);
    }

    /// Begins anew in `base`, which is durable. The committed ids that were saved stay known.
    pub fn rebase(&mut self, base: LogImage) {
        self.base = base;
        self.issued.clear();
    }

    /// Notes that a write is about to be handed to the store, and returns its number.
    pub fn issue(&mut self, write: Write, step: u64) -> usize {
        if let Write::Committed(id) = &write {
            self.committed.push(*id);
        }
        self.issued.push(Issued {
            write,
            from: step,
            fate: Fate::Pending,
        });
        self.issued.len() - 1
    }

    /// Notes what became of write `number`.
    pub fn settle(&mut self, number: usize, fate: Fate) {
        if let Some(issued) = self.issued.get_mut(number) {
            issued.fate = fate;
        }
    }

    /// The writes in the order of their issue.
    #[must_use]
    pub fn issued(&self) -> &[Issued] {
        &self.issued
    }

    /// Bytes of the longest entry that was there to begin with or was issued, by its fingerprint.
    #[must_use]
    pub fn longest(&self) -> u64 {
        let issued = self.issued.iter().flat_map(|issued| match &issued.write {
            Write::Append(entries) => entries.as_slice(),
            _ => &[],
        });
        let all = self.base.entries.values().chain(issued);
        all.map(|entry| entry.fingerprint.len() as u64)
            .max()
            .unwrap_or_default()
    }

    /// The durable state that the journal begins in.
    #[must_use]
    pub fn base(&self) -> &LogImage {
        &self.base
    }

    /// How many writes had been issued after `step` calls, and up to which they were promised.
    /// Together with an image of the disk they decide what is judged.
    #[must_use]
    pub fn horizon(&self, step: u64) -> (usize, usize) {
        let reached = self
            .issued
            .iter()
            .filter(|issued| issued.from <= step)
            .count();
        (reached, self.promised(step))
    }

    fn promised(&self, step: u64) -> usize {
        let promised = |issued: &Issued| {
            issued.from <= step && matches!(issued.fate, Fate::Acknowledged(at) if at <= step)
        };
        self.issued
            .iter()
            .rposition(promised)
            .map_or(0, |last| last + 1)
    }

    /// The states that a crash after `step` calls may leave: everything up to the last write that
    /// was acknowledged by then, plus any prefix of what was issued after it, the last one partly.
    #[must_use]
    pub fn admissible(&self, step: u64) -> Vec<LogImage> {
        let reached: Vec<_> = self
            .issued
            .iter()
            .filter(|issued| issued.from <= step)
            .collect();
        let promised = self.promised(step);
        let mut states = vec![self.base.clone()];
        for issued in reached.iter().take(promised) {
            states = match issued.fate {
                // It failed: the log goes on from any state inside it.
                Fate::Uncertain => {
                    distinct(states.iter().flat_map(|state| state.during(&issued.write)))
                }
                Fate::Pending | Fate::Acknowledged(_) => {
                    distinct(states.iter().filter_map(|state| state.after(&issued.write)))
                }
            };
        }
        let mut allowed = states.clone();
        for issued in reached.iter().skip(promised) {
            let inside = distinct(states.iter().flat_map(|state| state.during(&issued.write)));
            states = match issued.fate {
                Fate::Uncertain => inside.clone(),
                _ => distinct(states.iter().filter_map(|state| state.after(&issued.write))),
            };
            allowed = distinct(allowed.into_iter().chain(inside));
        }
        allowed
    }

    /// The committed ids that may be read after a crash: any that was saved, or none.
    #[must_use]
    pub fn committed(&self) -> &[Option<LogId>] {
        &self.committed
    }

    /// Whether an entry with this id and fingerprint was ever issued, or was there to begin with.
    #[must_use]
    pub fn knows(&self, id: &LogId, fingerprint: &[u8]) -> bool {
        let same = |stored: &super::Stored| {
            stored.id == *id && stored.fingerprint.as_slice() == fingerprint
        };
        self.base
            .entries
            .get(&id.index)
            .is_some_and(|stored| same(stored))
            || self.issued.iter().any(|issued| match &issued.write {
                Write::Append(entries) => entries.iter().any(|stored| same(stored)),
                _ => false,
            })
    }
}

fn distinct(states: impl IntoIterator<Item = LogImage>) -> Vec<LogImage> {
    let mut seen: Vec<LogImage> = Vec::new();
    for state in states {
        if !seen.contains(&state) {
            seen.push(state);
        }
    }
    seen
}
