//! The output folder.
#![expect(
    clippy::disallowed_methods,
    reason = "reports are the command line's own files, not a store's"
)]

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Writes a file into the folder, making the folder if it is missing.
pub(crate) fn write(dir: &Path, name: &str, content: &str) -> io::Result<PathBuf> {
    fs::create_dir_all(dir)?;
    let path = dir.join(name);
    fs::write(&path, content)?;
    Ok(path)
}

/// The Rust sources in a directory, sorted.
pub(crate) fn sources(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Reads a text file.
pub(crate) fn read(file: &Path) -> io::Result<String> {
    fs::read_to_string(file)
}
