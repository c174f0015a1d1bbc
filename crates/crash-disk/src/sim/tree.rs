//! A disk as a list of paths and bytes.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use super::SimFs;
use super::image::{Image, Node};
use super::ino::Ino;
use crate::{FileSystem, write_all_at};

/// What stands at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TreeEntry {
    /// A directory.
    Dir,
    /// A file with its bytes.
    File(Vec<u8>),
}

/// All files and directories of a disk, by their paths from its root; a directory stands before
/// what it holds.
pub type Tree = BTreeMap<PathBuf, TreeEntry>;

/// Builds a disk from a tree; directories that are only named as parents are made.
///
/// # Errors
/// `InvalidInput` for a path that names no file (empty, or with `..`) or is not Unicode;
/// `NotADirectory` when something stands below a file.
pub(super) fn image_of(tree: &Tree, block_bytes: usize) -> io::Result<Image> {
    let mut image = Image::new(block_bytes);
    for (path, entry) in tree {
        let mut missing = Vec::new();
        let mut at = path.as_path();
        // Parents first; the tree may name them later or not at all.
        while let Some(parent) = at.parent() {
            match image.find(parent) {
                Ok(_) => break,
                Err(e) if e.kind() == io::ErrorKind::NotFound => missing.push(parent),
                Err(e) => return Err(e),
            }
            at = parent;
        }
        for parent in missing.into_iter().rev() {
            add(&mut image, parent, &TreeEntry::Dir)?;
        }
        add(&mut image, path, entry)?;
    }
    Ok(image)
}

fn add(image: &mut Image, path: &Path, entry: &TreeEntry) -> io::Result<()> {
    let spot = image.spot(path)?.ok_or(io::ErrorKind::InvalidInput)?;
    let ino: Ino = match spot.found {
        Some(_) if *entry == TreeEntry::Dir => return Ok(()),
        Some(_) => return Err(io::ErrorKind::AlreadyExists.into()),
        None => image.next_ino(),
    };
    match entry {
        TreeEntry::Dir => image.ensure(ino, true),
        TreeEntry::File(bytes) => image.insert_file(ino, bytes),
    }
    let entries = image
        .dir_mut(spot.dir)
        .ok_or(io::ErrorKind::NotADirectory)?;
    entries.insert(spot.name, ino);
    Ok(())
}

/// All of an image.
pub(super) fn tree_of(image: &Image) -> Tree {
    let mut tree = Tree::new();
    image.walk(&mut |path, node| {
        let entry = match node {
            Node::Dir(_) => TreeEntry::Dir,
            Node::File(content) => TreeEntry::File(content.to_vec(image.block_bytes())),
        };
        tree.insert(PathBuf::from(path), entry);
    });
    tree
}

/// Makes a file or directory at a path.
fn install(node: &Node, block_bytes: usize, to: (&dyn FileSystem, &Path)) -> io::Result<()> {
    let (fs, path) = to;
    let Node::File(content) = node else {
        return fs.create_dir(path);
    };
    let file = fs.create_new(path)?;
    let mut end = 0;
    for (offset, bytes) in content.runs(block_bytes) {
        write_all_at(&*file, &bytes, offset)?;
        end = offset + bytes.len() as u64;
    }
    match end < content.len() {
        true => file.set_len(content.len()),
        false => Ok(()),
    }
}

impl SimFs {
    /// A disk that holds a tree, all of it durable. Directories that are only named as parents
    /// are made.
    ///
    /// # Errors
    /// `InvalidInput` for a path that is empty, not Unicode or holds `..`; `NotADirectory` or
    /// `AlreadyExists` when two entries contradict each other.
    pub fn from_tree(tree: &Tree) -> io::Result<Self> {
        let options = super::SimOptions::default();
        let image = image_of(tree, options.block_bytes)?;
        Ok(Self::on(super::disk::Disk::new(image), options))
    }

    /// Everything that the living process sees.
    #[must_use]
    pub fn to_tree(&self) -> Tree {
        tree_of(&self.state().live)
    }

    /// The paths that the living process sees, each with the length of the file in bytes, or none for a
    /// directory; a directory stands before what it holds.
    #[must_use]
    pub fn lengths(&self) -> Vec<(String, Option<u64>)> {
        let mut lengths = Vec::new();
        self.state().live.walk(&mut |path, node| {
            let len = match node {
                Node::Dir(_) => None,
                Node::File(content) => Some(content.len()),
            };
            lengths.push((path.to_owned(), len));
        });
        lengths
    }

    /// Writes everything that the living process sees below `dir` of another file system. The
    /// directory must exist and hold nothing of these names. Where a file has a block of zeros, nothing is
    /// written, so that holes stay holes. A file with several names becomes as many files. Nothing is
    /// synced.
    ///
    /// # Errors
    /// The first error of the other file system; part of the tree may have been written.
    pub fn install_to(&self, fs: &dyn FileSystem, dir: &Path) -> io::Result<()> {
        let live = self.state().live.clone();
        let mut installed = Ok(());
        live.walk(&mut |path, node| {
            if installed.is_ok() {
                installed = install(node, live.block_bytes(), (fs, &dir.join(path)));
            }
        });
        installed
    }
}
