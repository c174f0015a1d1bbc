//! The races that are planted for the model checker: mistakes in the hand-offs between threads.

use std::fmt::Write as _;

/// A race that can be planted, and the model that finds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Race {
    /// Its name in the source.
    pub name: &'static str,
    /// Which part of the store makes the mistake, and in which file.
    pub place: (&'static str, &'static str),
    /// The mistake.
    pub text: &'static str,
    /// The model that finds it.
    pub model: &'static str,
}

const fn race(
    name: &'static str,
    place: (&'static str, &'static str),
    text: &'static str,
    model: &'static str,
) -> Race {
    Race {
        name,
        place,
        text,
        model,
    }
}

/// All of them.
pub static RACES: &[Race] = &[
    race(
        "epoch-not-raised",
        ("timevault", "view.rs"),
        "a truncate or purge does not tell readers that records went away",
        "a_read_beside_removals_is_of_one_moment",
    ),
    race(
        "epoch-not-compared",
        ("timevault", "reader.rs"),
        "a read does not look whether records went away under it",
        "a_read_beside_removals_is_of_one_moment",
    ),
    race(
        "removal-without-gate",
        ("timevault", "view.rs"),
        "a removal does not wait for a read that holds removals off",
        "a_read_beside_removals_is_of_one_moment",
    ),
    race(
        "reader-without-gate",
        ("timevault", "reader.rs"),
        "a read that was disturbed too often does not hold removals off",
        "a_read_beside_removals_is_of_one_moment",
    ),
    race(
        "closed-not-told",
        ("timevault", "closing.rs"),
        "the end of a close wakes nobody who waits for the store",
        "an_open_waits_for_an_owner_that_lets_go",
    ),
    race(
        "release-not-told",
        ("timevault", "closing.rs"),
        "the end of a close wakes nobody who waits for the partition",
        "an_open_waits_for_an_owner_that_lets_go",
    ),
    race(
        "task-not-told",
        ("log store", "core/pool.rs"),
        "a task that is submitted wakes no thread",
        "a_task_finds_a_thread_that_waits",
    ),
    race(
        "queue-left-full",
        ("log store", "core/queue.rs"),
        "a queue is given back although jobs stand in it",
        "what_is_issued_is_read_and_called_back",
    ),
    race(
        "queue-given-back-late",
        ("log store", "core/writer.rs"),
        "a queue that was found empty is given back under another lock",
        "what_is_issued_is_read_and_called_back",
    ),
    race(
        "one-append-too-many",
        ("log store", "core/view.rs"),
        "one append too many is taken for durable",
        "what_is_issued_is_read_and_called_back",
    ),
    race(
        "durable-too-soon",
        ("log store", "core/writer.rs"),
        "appends are taken for durable before they are written",
        "what_is_issued_is_read_and_called_back",
    ),
    race(
        "room-kept",
        ("log store", "core/writer.rs"),
        "the room of an append is never given back",
        "an_append_that_waits_for_room_gets_it",
    ),
    race(
        "cut-not-seen",
        ("log store", "core/view.rs"),
        "a read does not see that entries were cut under it",
        "a_read_that_stands_still_over_a_cut_begins_again",
    ),
    race(
        "purge-not-seen",
        ("log store", "core/read.rs"),
        "a read takes what was purged under it for missing",
        "a_read_beside_removals_is_of_one_moment",
    ),
    race(
        "removal-beside-read",
        ("log store", "core/mod.rs"),
        "a truncate does not wait for a read that holds removals off",
        "a_read_beside_removals_is_of_one_moment",
    ),
    race(
        "read-beside-removal",
        ("log store", "core/read.rs"),
        "a read that was disturbed too often does not hold removals off",
        "a_read_beside_removals_is_of_one_moment",
    ),
    race(
        "turn-not-taken",
        ("log store", "turn.rs"),
        "an open does not keep other opens of the log waiting",
        "an_open_after_one_that_was_given_up_gets_the_log",
    ),
    race(
        "turn-not-passed-on",
        ("log store", "turn.rs"),
        "the end of an open wakes nobody who waits for its turn",
        "an_open_after_one_that_was_given_up_gets_the_log",
    ),
];

/// How the part of the detection matrix begins.
const HEAD: &str = "
## Races

Mistakes in the hand-offs between threads. `bash .ci/models` builds the store with the primitives of a model checker and
runs each model in many orders of its threads: as it is, in which nothing may fail, and with each of these mistakes in
turn. It fails where one is not found, or not in each of 100 runs of the order that found it.

| race | in | what it does | found by the model |
|---|---|---|---|
";

/// The part of the detection matrix.
#[must_use]
pub fn markdown() -> String {
    RACES.iter().fold(HEAD.to_owned(), |mut text, race| {
        let Race {
            name,
            place: (part, file),
            text: mistake,
            model,
        } = race;
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "| `{name}` | {part}, `{file}` | {mistake} | `{model}` |"
        );
        text
    })
}
