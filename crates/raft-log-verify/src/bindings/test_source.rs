//! The lines of a test, as they stand in its source.
#![expect(
    clippy::disallowed_methods,
    reason = "the source of a test, not a store's file"
)]

use std::env;
use std::fs;
use std::panic::Location;
use std::path::PathBuf;

/// The function that a location is in, with its attributes. `None` where its file cannot be read, or does not look like
/// formatted Rust.
pub(super) fn lines_of(location: &Location<'_>) -> Option<String> {
    let line = usize::try_from(location.line()).ok()?;
    around(&source(location.file())?, line)
}

/// The compiler names a file from the root of the workspace, and a test runs in the folder of its package.
fn source(file: &str) -> Option<String> {
    let package = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let here = package.or_else(|| env::current_dir().ok())?;
    let mut files = here.ancestors().map(|folder| folder.join(file));
    files.find_map(|file| fs::read_to_string(file).ok())
}

/// The function around a line, which is counted from 1.
fn around(text: &str, line: usize) -> Option<String> {
    let lines: Vec<&str> = text.lines().collect();
    let before = lines.get(..line)?;
    let head = before.iter().rposition(|line| is_head(line))?;
    let indent = lines.get(head).map(|line| indent_of(line))?;
    let attributes = before.get(..head)?.iter().rev();
    let attributes = attributes.take_while(|line| line.trim_start().starts_with("#["));
    let first = head - attributes.count();
    let end = format!("{}}}", " ".repeat(indent));
    let one_line = lines.get(head)?.ends_with('}');
    let last = match one_line {
        true => head,
        false => head + lines.get(head..)?.iter().position(|line| *line == end)?,
    };
    let body = lines.get(first..=last).filter(|_| last + 1 >= line)?;
    let body = body.iter().map(|line| line.get(indent..).unwrap_or(line));
    Some(body.collect::<Vec<_>>().join("\n"))
}

fn is_head(line: &str) -> bool {
    let line = line.trim_start();
    ["fn ", "pub fn ", "async fn ", "pub async fn "]
        .iter()
        .any(|begin| line.starts_with(begin))
}

fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    const SOURCE: &str = "\
fn helper() {}

mod tests {
    #[test]
    #[ignore]
    fn mine() {
        store(|dir| {
            open(dir)
        })
        .check();
    }
}
";

    #[test]
    fn a_test_is_cut_out_of_its_file() {
        let mine = around(SOURCE, 10).unwrap();
        assert!(
            mine.starts_with("#[test]\n#[ignore]\nfn mine() {\n    store("),
            "{mine}"
        );
        assert!(mine.ends_with("    .check();\n}"), "{mine}");
        assert_eq!(around(SOURCE, 1).unwrap(), "fn helper() {}");
        // No function is around this line.
        assert_eq!(around(SOURCE, 12), None);
        assert_eq!(around(SOURCE, 99), None);
    }

    #[test]
    fn this_file_is_found() {
        let here = lines_of(Location::caller()).unwrap();
        assert!(here.contains("fn this_file_is_found"), "{here}");
    }
}
