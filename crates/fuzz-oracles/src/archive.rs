//! A directory as one text, so that a fuzzer's input can be read and a seed written by hand.
//!
//! Each file begins with a line `=== NAME`; what follows, up to the next such line, is its content.
//! Between the two may stand `+`: the checksum of each line is corrected, and `-`: the content is
//! without its last newline.

use crate::oracle::repair;

/// Begins the line of a file's name.
const HEADER: &[u8] = b"=== ";

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ArchiveFile {
    /// Path in the directory.
    pub(crate) name: String,
    /// Its bytes.
    pub(crate) content: Vec<u8>,
}

/// The files of an archive. What is no file is left out.
pub(crate) fn parse(bytes: &[u8]) -> Vec<ArchiveFile> {
    let mut starts: Vec<usize> = memchr::memmem::find_iter(bytes, HEADER)
        .filter(|at| *at == 0 || bytes[at - 1] == b'\n')
        .collect();
    starts.push(bytes.len());
    let parts = starts.windows(2).map(|ends| &bytes[ends[0]..ends[1]]);
    parts.filter_map(file).collect()
}

fn file(part: &[u8]) -> Option<ArchiveFile> {
    let end = memchr::memchr(b'\n', part)?;
    let header = std::str::from_utf8(&part[HEADER.len().min(end)..end]).ok()?;
    let (flags, name) = header.rsplit_once(' ').unwrap_or(("", header));
    let mut content = part[end + 1..].to_vec();
    if flags.contains('+') {
        content = repair::lines(&content);
    }
    if flags.contains('-') && content.last() == Some(&b'\n') {
        content.pop();
    }
    plain(name).then(|| ArchiveFile {
        name: name.to_owned(),
        content,
    })
}

/// Whether the name is a plain relative path.
fn plain(name: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let part =
        |part: &str| !part.is_empty() && part != "." && part != ".." && part.bytes().all(known);
    name.split('/').all(part)
}

/// The archive of these files.
pub(crate) fn write(files: &[ArchiveFile]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for ArchiveFile { name, content } in files {
        let torn = content.last().is_some_and(|last| *last != b'\n');
        let flags = if torn { "- " } else { "" };
        bytes.extend_from_slice(HEADER);
        bytes.extend_from_slice(format!("{flags}{name}\n").as_bytes());
        bytes.extend_from_slice(content);
        if torn {
            bytes.push(b'\n');
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str, content: &[u8]) -> ArchiveFile {
        ArchiveFile {
            name: name.to_owned(),
            content: content.to_vec(),
        }
    }

    #[test]
    fn what_is_written_is_parsed() {
        let files = [
            named("metadata.json", b"{}\n"),
            named("chunks/00.chunk", b"{}\n{\"a\""),
            named("chunks/00.index", b""),
        ];
        assert_eq!(parse(&write(&files)), files);
    }

    #[test]
    fn names_that_lead_elsewhere_are_no_files() {
        for name in ["", "/a", "../a", "a//b", "a/./b", "a\0"] {
            assert_eq!(parse(format!("=== {name}\nx\n").as_bytes()), []);
        }
        let repaired = parse(b"=== + a\n{\"a\":1}\n");
        assert_eq!(
            repaired,
            [named("a", b"{\"a\":1,\"crc32c\":\"149cdbb2\"}\n")]
        );
    }
}
