//! Operations in words, for reports.

use std::fmt;

use super::{End, Kept, Lead, Op, RangeShape, Spot};
use crate::log::EntryContent;

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::First => f.write_str("the first entry"),
            Self::Part(part) => write!(f, "the entry {part}/255 of the way"),
            Self::Border { nth, off } => write!(f, "border {nth} of a block, {off:+}"),
            Self::Last => f.write_str("the last entry"),
            Self::Above(by) => write!(f, "{} above the last entry", u16::from(*by) + 1),
            Self::Below(by) => write!(f, "{} below the first entry", u16::from(*by) + 1),
        }
    }
}

impl fmt::Display for Lead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Same => f.write_str("the same leader"),
            Self::HigherNode => f.write_str("a higher node of the same term"),
            Self::Later(terms) => write!(f, "a leader {terms} terms later"),
        }
    }
}

impl fmt::Display for RangeShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = |end: End, open: &str| match end {
            End::Open => open.to_owned(),
            End::Included(spot) => spot.to_string(),
            End::Excluded(spot) => format!("{spot}, without it"),
            End::Max => "the highest number".to_owned(),
            End::Zero => "zero".to_owned(),
        };
        let (start, to) = (end(self.start, "the beginning"), end(self.end, "the end"));
        write!(f, "from {start} to {to}")?;
        if self.inverted {
            f.write_str(", the higher first")?;
        }
        Ok(())
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Append { entries, lead } => write!(f, "append {} of {lead}", count(entries)),
            Self::Burst {
                appends,
                lead,
                behind,
            } => {
                let appends: Vec<String> = appends.iter().map(|it| count(it)).collect();
                let appends = appends.join(", then ");
                write!(
                    f,
                    "append {appends} of {lead}, all in flight{}",
                    then(behind)
                )
            }
            Self::AppendOver { at, entries, lead } => {
                write!(f, "append {} of {lead} over {at}", count(entries))
            }
            Self::AppendBelow { below, above } => write!(
                f,
                "append {below} entries up to the purged index and {above} above it"
            ),
            Self::AppendHole { gap } => write!(f, "append behind a hole of {gap}"),
            Self::AppendUnordered { how } => write!(f, "append ids out of order ({how:?})"),
            Self::AppendUnstorable { seed } => {
                write!(f, "append what cannot be read back (seed {seed})")
            }
            Self::Truncate { at } => write!(f, "truncate from {at}"),
            Self::Purge { at, lead } => write!(f, "purge up to {at}, of {lead}"),
            Self::PurgeBack { back, later } => {
                let term = if *later { ", in a later term" } else { "" };
                write!(f, "purge to {back} below the purged index{term}")
            }
            Self::Vote {
                up,
                node,
                committed,
            } => {
                let granted = if *committed { ", granted" } else { "" };
                write!(f, "save a vote {up} terms up for node {node}{granted}")
            }
            Self::Committed { at: Some(at) } => write!(f, "save the committed id of {at}"),
            Self::Committed { at: None } => f.write_str("save that nothing is committed"),
            Self::Read { range } => write!(f, "read {range}"),
            Self::ReadLimited { from, to } => write!(f, "read some from {from} to {to}"),
            Self::ReadAcross { range, writes } => {
                write!(f, "begin to read {range}{}, and read on", then(writes))
            }
            Self::Cancel { write, polls } => write!(f, "{write}, dropped after {polls} polls"),
            Self::OpenTwice => f.write_str("open a second time"),
            Self::Reopen => f.write_str("close and open"),
            Self::DropReopen { pending } if pending.is_empty() => f.write_str("drop and open"),
            Self::DropReopen { pending } => {
                write!(f, "drop while {} are in flight, and open", count(pending))
            }
            Self::Fault { kind, nth, writes } => {
                write!(f, "let call {nth} of kind {kind:?} fail{}", then(writes))
            }
            Self::Recorded { call } => write!(f, "{call}, as recorded"),
            Self::Crash { write, call, keep } => {
                write!(
                    f,
                    "cut the power at call {call} of: {write}, {}",
                    kept(*keep)
                )
            }
        }
    }
}

fn count(entries: &[EntryContent]) -> String {
    match entries.len() {
        0 => "nothing".to_owned(),
        1 => "1 entry".to_owned(),
        count => format!("{count} entries"),
    }
}

fn then(ops: &[Op]) -> String {
    ops.iter().map(|op| format!(", then {op}")).collect()
}

fn kept(kept: Kept) -> String {
    match kept {
        Kept::None => "keep nothing of what was pending".to_owned(),
        Kept::All => "keep all that was pending".to_owned(),
        Kept::Prefix(many) => format!("keep the first {many} of what was pending"),
        Kept::Only(which) => format!("keep only number {which} of what was pending"),
        Kept::AllBut(which) => format!("keep all but number {which} of what was pending"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_told_in_words() {
        let append = Op::Append {
            entries: vec![EntryContent::Blank; 2],
            lead: Lead::Later(3),
        };
        assert_eq!(
            append.to_string(),
            "append 2 entries of a leader 3 terms later"
        );
        let crash = Op::Crash {
            write: Box::new(Op::Truncate { at: Spot::Last }),
            call: 1,
            keep: Kept::None,
        };
        let text = "cut the power at call 1 of: truncate from the last entry, keep nothing of what was pending";
        assert_eq!(crash.to_string(), text);
    }
}
