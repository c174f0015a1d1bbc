//! Opens a damaged store, reads everything and compares.

use std::path::Path;
use std::sync::Arc;

use crate::tasks::Runtime;
use crash_disk::sim::{SimFs, Tree, TreeEntry};

use super::change::file;
use super::spans::Span;
use super::{Change, Damage, LeftStore, Outcome};
use crate::halt::{self, Halt};
use crate::reference::LogImage;
use crate::rules::{Seen, Violation, committed, damage_reported};
use crate::runner::in_time;
use crate::subject::{Place, Subject};

/// Does the damage, opens the store and reads all of it. `None` where the damage changes nothing.
///
/// # Errors
/// Damage that is not noticed, an error that names no file, a panic, a call that never returns.
pub fn judge<S: Subject>(
    runtime: &Runtime,
    subject: &S,
    left: &LeftStore,
    damage: &Damage,
) -> Result<Option<Outcome>, Violation> {
    let Some(damaged) = damage.done_to(&left.tree, &left.images) else {
        return Ok(None);
    };
    damage_reported::RULE.judged();
    let what = damage.describe();
    let read = match halt::caught(|| runtime.block_on(Box::pin(read(subject, left, &damaged)))) {
        Ok(read) => read,
        Err(Halt::StorePanicked(text)) => {
            return Err(damage_reported::unclear(&what, &format!("a panic, {text}")));
        }
        Err(Halt::HarnessBroken(text)) => halt::again(text),
    };
    match read {
        Read::OpenFailed(error) => {
            named(left, (damage, &damaged), &error).map(|()| Some(Outcome::AtOpen))
        }
        Read::Unreadable(error) => {
            named(left, (damage, &damaged), &error).map(|()| Some(Outcome::AtRead))
        }
        Read::Never(call) => Err(damage_reported::unclear(&what, call)),
        Read::Shown(seen) => {
            let judged = shown(subject, left, (damage, &damaged), &seen);
            judged.map(Some).map_err(|violation| violation.at(&what))
        }
    }
}

/// What came of an open and a read of everything.
enum Read {
    OpenFailed(String),
    Unreadable(String),
    Never(&'static str),
    Shown(Box<Seen>),
}

async fn read<S: Subject>(subject: &S, left: &LeftStore, damaged: &Tree) -> Read {
    let disk = SimFs::from_tree(damaged)
        .unwrap_or_else(|error| halt::give_up("the damage could not be done", &error));
    let place = Place::new(Arc::new(disk), left.dir.clone());
    let mut store = match in_time(subject.open(&place, left.tuning)).await {
        None => return Read::Never("open never ends"),
        Some(Err(error)) => return Read::OpenFailed(error.to_string()),
        Some(Ok(store)) => store,
    };
    match in_time(Seen::read(&mut store, subject.capabilities().caller)).await {
        None => Read::Never("a read never ends"),
        Some(Err(error)) => Read::Unreadable(error.to_string()),
        Some(Ok(seen)) => Read::Shown(Box::new(seen)),
    }
}

/// The error names a file or directory of the store; where bytes of it are wrong, also the offset.
fn named(
    left: &LeftStore,
    (damage, damaged): (&Damage, &Tree),
    error: &str,
) -> Result<(), Violation> {
    let what = damage.describe();
    if !left.names().any(|name| error.contains(name)) {
        return Err(damage_reported::unclear(&what, error));
    }
    // What is missing has no place, and a file that was whole once is wrong as a whole.
    let as_a_whole = damage.change == Change::Missing || put_back(left, damage, damaged);
    if as_a_whole || error.contains("offset") {
        return Ok(());
    }
    Err(damage_reported::placeless(&what, error))
}

/// The class of what a damaged store shows.
fn shown<S: Subject>(
    subject: &S,
    left: &LeftStore,
    (damage, damaged): (&Damage, &Tree),
    seen: &Seen,
) -> Result<Outcome, Violation> {
    let last = seen.state.last.as_ref();
    if left.admissible.iter().any(|image| seen.is(image)) {
        committed::check_recovered(seen.committed.as_ref(), last, &left.committed)?;
        return Ok(Outcome::Harmless);
    }
    if torn(subject, left, (damage, damaged), seen) {
        return Ok(Outcome::TornTail);
    }
    if put_back(left, damage, damaged) && left.was_once(seen) {
        return Ok(Outcome::RolledBack);
    }
    let expected = left.admissible.last();
    Err(damage_reported::silent(
        "it",
        &format!("{seen:?}"),
        &format!("{expected:?}"),
    ))
}

/// What is lost of a state.
#[derive(Clone, Copy)]
enum Loss {
    /// The entries from this index on.
    Entries(u64),
    /// The operations after this one.
    Operations(usize),
}

impl Loss {
    /// Whether the bytes hold something of what is lost.
    fn touches(self, span: &Span) -> bool {
        match self {
            Self::Entries(first) => span.last.is_some_and(|last| last >= first),
            Self::Operations(op) => span.op > op,
        }
    }
}

/// Whether what is shown lacks the end of the log and nothing else, and that end can't be told from
/// a torn tail.
fn torn<S: Subject>(subject: &S, left: &LeftStore, case: (&Damage, &Tree), seen: &Seen) -> bool {
    let entries = left
        .admissible
        .iter()
        .filter_map(|image| first_lost(seen, image));
    let votes = left.admissible.iter().map(|image| &image.vote);
    let operations = left.past.iter().enumerate().filter(|(_, past)| {
        // The vote may stand in a file of its own.
        let with = |vote: &Option<_>| LogImage {
            vote: *vote,
            ..(*past).clone()
        };
        seen.is(past) || votes.clone().any(|vote| seen.is(&with(vote)))
    });
    let losses = entries.map(Loss::Entries);
    losses
        .chain(operations.map(|(op, _)| Loss::Operations(op)))
        .any(|loss| looks_torn(subject, left, case, loss))
}

/// Index of the first entry of `image` that is not shown, if what is shown is `image` without its
/// end and nothing else.
fn first_lost(seen: &Seen, image: &LogImage) -> Option<u64> {
    let mut cut = image.clone();
    let first_lost = *image.entries.keys().nth(seen.entries.len())?;
    drop(cut.entries.split_off(&first_lost));
    seen.is(&cut).then_some(first_lost)
}

/// Whether a loss can't be told from a torn tail: the damage begins in a tail whose end nothing else
/// tells, nothing that stands before it is lost, and no batch that begins behind it is intact.
fn looks_torn<S: Subject>(
    subject: &S,
    left: &LeftStore,
    (damage, damaged): (&Damage, &Tree),
    loss: Loss,
) -> bool {
    let path = &damage.path;
    let (Some(old), Some(new)) = (file(&left.tree, path), file(damaged, path)) else {
        return false;
    };
    let begins = old
        .iter()
        .zip(new)
        .take_while(|(old, new)| old == new)
        .count();
    let intact = |span: &Span| old.get(span.bytes.clone()) == new.get(span.bytes.clone());
    let spans = left.spans(path);
    tail_begin(subject, left, path).is_some_and(|tail| begins as u64 >= tail)
        && spans.iter().any(|span| loss.touches(span))
        && spans.iter().all(|span| {
            let behind = span.bytes.start > begins;
            let before = span.bytes.end <= begins;
            !(behind && intact(span) || before && loss.touches(span))
        })
}

fn tail_begin<S: Subject>(subject: &S, left: &LeftStore, path: &Path) -> Option<u64> {
    let fs = SimFs::from_tree(&left.tree).ok()?;
    let place = Place::new(Arc::new(fs), left.dir.clone());
    // Paths of a tree have no root.
    subject
        .hints()
        .tail_begin(&place, &Path::new("/").join(path))
}

/// Whether the damage puts a whole file back to what it once was, or takes everything away that the
/// store ever wrote: then what is left is an older store, or a new one.
fn put_back(left: &LeftStore, damage: &Damage, damaged: &Tree) -> bool {
    match damage.change {
        Change::Rollback { .. } => true,
        Change::StaleBlock { .. } => {
            let now = file(damaged, &damage.path);
            left.images
                .iter()
                .any(|image| file(image, &damage.path) == now)
        }
        Change::Missing => match left.images.first() {
            Some(new) => damaged
                .iter()
                .all(|(path, left)| match (new.get(path), left) {
                    // Of the lock file a power cut may have kept only the name.
                    (Some(TreeEntry::File(_)), TreeEntry::File(left)) if left.is_empty() => true,
                    (new, left) => new == Some(left),
                }),
            None => false,
        },
        _ => false,
    }
}
