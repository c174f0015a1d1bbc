//! Processes that were started to serve: a mounted disk, or the store that is killed.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::env;
use std::io::{self, Write as _};
use std::process::exit;

use super::{DIR, NTH, STORE, child};
use crate::runner::serve_disk_if_asked;
use crate::subject::Subject;

/// Whether this process was started as the child of a kill round.
#[must_use]
pub fn is_child() -> bool {
    env::var_os(DIR).is_some()
}

thread_local! {
    /// How often this thread was asked for each store.
    static TIMES: RefCell<BTreeMap<String, u64>> = const { RefCell::new(BTreeMap::new()) };
}

/// How often this thread has called [`serve_if_asked`] for a store of that name.
pub(super) fn times(store: &str) -> u64 {
    TIMES.with_borrow(|times| times.get(store).copied().unwrap_or_default())
}

/// If this process was started to serve a mounted disk, or to work on this store until it is killed, does so and ends
/// with it. Else returns at once: `true` where the process was started for another store, so that nothing is to be
/// judged in it.
///
/// The check of a store calls it before anything else. A test of its own calls it and nothing else, once for each store
/// that names that test (`served_by`).
pub fn serve_if_asked(subject: &impl Subject) -> bool {
    serve_disk_if_asked();
    let name = subject.name();
    TIMES.with_borrow_mut(|times| *times.entry(name.clone()).or_default() += 1);
    if !is_child() {
        return false;
    }
    let nth = env::var(NTH).ok().and_then(|text| text.parse().ok());
    if env::var_os(STORE).is_none_or(|store| *store != *name) || nth != Some(times(&name)) {
        return true;
    }
    match child::serve(subject) {
        Ok(()) => exit(0),
        Err(error) => {
            // Whoever started it sees that it ended; where that has gone nobody reads this.
            let _ = writeln!(io::stderr(), "the kill child ends: {error}");
            exit(1)
        }
    }
}
