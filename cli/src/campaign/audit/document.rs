//! `docs/sync-audit.md`.

use std::fmt::Write as _;

use openraft_timevault::verify::audit::{Site, Synced};

use super::row::{Found, Row};
use super::source::{self, Place};

/// Name of the document in `docs`.
pub(super) const NAME: &str = "sync-audit.md";

/// Places that only a seeded bug reaches: file, function, the bug.
const SEEDED: &[(&str, &str, &str)] = &[
    (
        "crates/timevault/src/partition/append.rs",
        "sync_appended",
        "index-synced-ahead",
    ),
    (
        "crates/timevault/src/partition/roll.rs",
        "name_unmade_chunk",
        "manifest-before-chunk",
    ),
];

/// Syncs whose absence nothing finds: file, code in the line that asks for the sync, what is synced, the
/// reason.
const EXPLAINED: &[(&str, &str, Synced, &str)] = &[(
    "crates/timevault/src/partition/create.rs",
    "Metadata::new(",
    Synced::Directory,
    "the open that ends every creation syncs the same directory before it looks; kept because every file is \
     replaced by the same function",
)];

/// How the document begins.
const HEAD: &str = "# Sync audit

Written by `cargo run --release -- audit --document`; a test compares its rows with the source. Each row is
one sync that the engine or the log store asks for. The campaign was run on a store in which just this sync
returns Ok and does nothing, in every open of it, those after a crash included: all crash states (L0 to L2,
profile `posix`) and all failing calls of the shortest programs over the small alphabet, random programs,
crashes inside recoveries, then longer programs. What a Raft log never needs is looked for in programs on
plain partitions of the engine, with all their crash states. A function that replaces a file asks for two
syncs: the file's, before the rename, and the directory's, after it.

| file | function | syncs | found by | in | program | without it |
|---|---|---|---|---|---|---|
";

/// Why nothing finds the absence of this sync.
pub(super) fn explained(site: Site) -> Option<&'static str> {
    let line = source::line(site);
    EXPLAINED
        .iter()
        .find(|(file, code, of, _)| {
            site.site.file() == *file && line.contains(code) && site.of == *of
        })
        .map(|(.., why)| *why)
}

/// The seeded bug that asks for the sync at this place.
pub(super) fn seeded(place: &Place) -> Option<&'static str> {
    SEEDED
        .iter()
        .find(|(file, function, _)| place.file == *file && place.function == *function)
        .map(|(.., bug)| *bug)
}

/// The document, with the places that no program reached.
pub(super) fn render(rows: &[Row], unreached: &[Place]) -> String {
    let mut text = HEAD.to_owned();
    for row in rows {
        let (file, of) = (row.site.site.file(), row.site.of);
        let function = source::function(row.site);
        let rest = match &row.found {
            Some(Found {
                rule,
                part,
                program,
                cause,
            }) => format!("`{rule}` | {part} | {program} | {cause} |"),
            None => match explained(row.site) {
                Some(why) => format!("no finding | | | {why} |"),
                None => "nothing | | | |".to_owned(),
            },
        };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "| `{file}` | `{function}` | {of} | {rest}");
    }
    for place in unreached {
        let (file, function) = (&place.file, &place.function);
        let rest = match seeded(place) {
            Some(bug) => format!("only the seeded bug `{bug}` asks for it | | | |"),
            None => "not reached | | | |".to_owned(),
        };
        let _ = writeln!(text, "| `{file}` | `{function}` | | {rest}");
    }
    let found = rows.iter().filter(|row| row.found.is_some()).count();
    let of = rows.len();
    let _ = write!(
        text,
        "\n{found} of {of} syncs are found when they are left out.\n"
    );
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use crate::campaign::audit::source::places;

    /// Places by file and function.
    type Count = BTreeMap<(String, String), usize>;

    fn count(of: impl Iterator<Item = (String, String)>) -> Count {
        let mut count = Count::new();
        for place in of {
            *count.entry(place).or_default() += 1;
        }
        count
    }

    #[test]
    fn the_document_has_the_syncs_of_the_source_and_a_finding_or_a_reason_for_each() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let text = crate::campaign::out_dir::read(&root.join("docs").join(super::NAME)).unwrap();
        let rows: Vec<Vec<&str>> = text
            .lines()
            .filter(|line| line.starts_with("| `"))
            .map(|line| line.split('|').map(str::trim).collect())
            .collect();
        for row in &rows {
            assert!(!["nothing", "not reached"].contains(&row[4]), "{row:?}");
        }
        let unfound = rows.iter().filter(|row| row[4] == "no finding").count();
        assert_eq!(unfound, super::EXPLAINED.len());
        assert!(unfound <= 3);
        let name = |text: &str| text.trim_matches('`').to_owned();
        let documented = count(rows.iter().map(|row| (name(row[1]), name(row[2]))));
        let places = places(&root).into_iter();
        let asked = count(places.map(|place| (place.file, place.function)));
        assert!(asked.len() > 20, "{asked:?}");
        let keys = |count: &Count| count.keys().cloned().collect::<Vec<_>>();
        assert_eq!(keys(&documented), keys(&asked));
        for (place, asked) in asked {
            // A place that replaces a file asks for two.
            let rows = documented[&place];
            assert!(
                (asked..=2 * asked).contains(&rows),
                "{place:?}: {rows} rows"
            );
        }
    }
}
