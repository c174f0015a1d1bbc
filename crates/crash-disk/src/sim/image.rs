//! A whole disk at one moment, keyed by inode.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, is_separator};
use std::sync::Arc;

use twox_hash::XxHash3_128;

use super::content::Content;
use super::errno::{ENOTEMPTY, error, is_a_directory, not_a_directory, not_found};
use super::ino::Ino;
use super::op::{Op, OpKind, Place};

/// Room for what is hashed of a small disk.
const DIGEST_BYTES: usize = 16 << 10;

/// The name of the directory above, which the disk does not follow.
const PARENT: &str = "..";

/// The entries of a directory.
pub(super) type Entries = BTreeMap<Arc<str>, Ino>;

#[derive(Debug, Clone)]
pub(super) enum Node {
    File(Content),
    Dir(Entries),
}

impl Node {
    fn empty(is_dir: bool) -> Self {
        if is_dir {
            Self::Dir(Entries::new())
        } else {
            Self::File(Content::default())
        }
    }
}

/// A disk: inodes, reached by names from the root. Cloning shares all content.
#[derive(Debug, Clone)]
pub(super) struct Image {
    nodes: Vec<Option<Arc<Node>>>,
    block_bytes: usize,
}

/// Where a path leads: the directory of its last name, that name, and what has it.
#[derive(Debug)]
pub(super) struct Spot {
    pub(super) dir: Ino,
    pub(super) name: Arc<str>,
    pub(super) found: Option<Ino>,
}

impl Image {
    /// An empty disk: only the root directory.
    pub(super) fn new(block_bytes: usize) -> Self {
        Self {
            nodes: vec![Some(Arc::new(Node::empty(true)))],
            block_bytes: block_bytes.max(1),
        }
    }

    pub(super) fn block_bytes(&self) -> usize {
        self.block_bytes
    }

    /// The number that the next new inode gets.
    pub(super) fn next_ino(&self) -> Ino {
        Ino(self.nodes.len())
    }

    /// Makes an inode, without a name, where there is none yet.
    pub(super) fn ensure(&mut self, ino: Ino, is_dir: bool) {
        if self.nodes.len() <= ino.0 {
            self.nodes.resize(ino.0 + 1, None);
        }
        if let Some(slot @ None) = self.nodes.get_mut(ino.0) {
            *slot = Some(Arc::new(Node::empty(is_dir)));
        }
    }

    pub(super) fn insert_file(&mut self, ino: Ino, bytes: &[u8]) {
        self.ensure(ino, false);
        if let Some(slot) = self.nodes.get_mut(ino.0) {
            let content = Content::from_bytes(bytes, self.block_bytes);
            *slot = Some(Arc::new(Node::File(content)));
        }
    }

    fn node(&self, ino: Ino) -> Option<&Node> {
        self.nodes.get(ino.0)?.as_deref()
    }

    fn node_mut(&mut self, ino: Ino) -> Option<&mut Node> {
        self.nodes.get_mut(ino.0)?.as_mut().map(Arc::make_mut)
    }

    /// The content of a file; `None` for a directory.
    pub(super) fn file(&self, ino: Ino) -> Option<&Content> {
        match self.node(ino) {
            Some(Node::File(content)) => Some(content),
            _ => None,
        }
    }

    fn file_mut(&mut self, ino: Ino) -> Option<&mut Content> {
        match self.node_mut(ino) {
            Some(Node::File(content)) => Some(content),
            _ => None,
        }
    }

    /// The entries of a directory; `None` for a file.
    pub(super) fn dir(&self, ino: Ino) -> Option<&Entries> {
        match self.node(ino) {
            Some(Node::Dir(entries)) => Some(entries),
            _ => None,
        }
    }

    pub(super) fn dir_mut(&mut self, ino: Ino) -> Option<&mut Entries> {
        match self.node_mut(ino) {
            Some(Node::Dir(entries)) => Some(entries),
            _ => None,
        }
    }

    /// How many names lead to a file or directory.
    pub(super) fn names(&self, ino: Ino) -> usize {
        let nodes = self.nodes.iter().flatten();
        let entries = nodes.filter_map(|node| match &**node {
            Node::Dir(entries) => Some(entries),
            Node::File(_) => None,
        });
        let named = entries.flat_map(Entries::values);
        named.filter(|of| **of == ino).count()
    }

    /// Finds what a path names.
    ///
    /// # Errors
    /// `NotFound`, or `NotADirectory` when a file stands where a directory is needed.
    pub(super) fn find(&self, path: &Path) -> io::Result<Ino> {
        let mut ino = Ino::ROOT;
        for name in names(path) {
            let entries = self.dir(ino).ok_or_else(not_a_directory)?;
            ino = *entries.get(name?).ok_or_else(not_found)?;
        }
        Ok(ino)
    }

    /// Finds the directory in which the last name of a path stands or would stand; `None` for the
    /// root itself.
    ///
    /// # Errors
    /// As [`find`](Self::find), for the directory.
    pub(super) fn spot(&self, path: &Path) -> io::Result<Option<Spot>> {
        let mut names = names(path).peekable();
        let mut dir = Ino::ROOT;
        while let Some(name) = names.next() {
            let name = name?;
            let entries = self.dir(dir).ok_or_else(not_a_directory)?;
            let found = entries.get(name).copied();
            if names.peek().is_none() {
                return Ok(Some(Spot {
                    dir,
                    name: name.into(),
                    found,
                }));
            }
            dir = found.ok_or_else(not_found)?;
        }
        Ok(None)
    }

    /// Whether a rename may take the place of something: of a file by a file, of an empty directory by a
    /// directory, which is returned.
    ///
    /// # Errors
    /// What Linux says where it may not.
    pub(super) fn replaceable(&self, replaced: Ino, by_dir: bool) -> io::Result<Option<Ino>> {
        match (self.dir(replaced), by_dir) {
            (None, false) => Ok(None),
            (None, true) => Err(not_a_directory()),
            (Some(_), false) => Err(is_a_directory()),
            (Some(entries), true) if entries.is_empty() => Ok(Some(replaced)),
            (Some(_), true) => Err(error(ENOTEMPTY)),
        }
    }

    /// Carries out one micro-operation.
    pub(super) fn apply(&mut self, op: &Op) {
        let block_bytes = self.block_bytes;
        match &op.kind {
            OpKind::Data {
                ino,
                block,
                start,
                bytes,
            } => {
                if let Some(content) = self.file_mut(*ino) {
                    content.write(*block, *start, bytes.bytes());
                }
            }
            OpKind::Size { ino, from, to, .. } => {
                if let Some(content) = self.file_mut(*ino) {
                    content.set_len(*to, block_bytes);
                    if to < from {
                        // A cut takes what is past it along, also where the length never was
                        // as long as the process saw it.
                        content.trim(block_bytes);
                    }
                }
            }
            OpKind::Fill {
                ino,
                from,
                to,
                with,
            } => {
                if let Some(content) = self.file_mut(*ino) {
                    content.fill(*from, *to, block_bytes, with);
                }
            }
            OpKind::Link {
                place: (dir, name),
                ino,
                is_dir,
            } => {
                self.ensure(*ino, *is_dir);
                if let Some(entries) = self.dir_mut(*dir) {
                    entries.insert(Arc::clone(name), *ino);
                }
            }
            OpKind::Unlink {
                place: (dir, name), ..
            } => {
                if let Some(entries) = self.dir_mut(*dir) {
                    entries.remove(name);
                }
            }
            OpKind::Rename { from, to, ino, .. } => {
                if let Some(entries) = self.dir_mut(from.0) {
                    entries.remove(&from.1);
                }
                if let Some(entries) = self.dir_mut(to.0) {
                    entries.insert(Arc::clone(&to.1), *ino);
                }
            }
        }
    }

    /// Turns this into what a mount after a crash finds: nothing past the length of a file, no
    /// inode that no name leads to.
    pub(super) fn settle(&mut self) {
        let mut reached = vec![false; self.nodes.len()];
        let mut open = vec![Ino::ROOT];
        while let Some(ino) = open.pop() {
            if let Some(mark) = reached.get_mut(ino.0) {
                *mark = true;
            }
            open.extend(self.dir(ino).into_iter().flat_map(Entries::values));
        }
        let block_bytes = self.block_bytes;
        for (slot, reached) in self.nodes.iter_mut().zip(reached) {
            if !reached {
                *slot = None;
            } else if let Some(node) = slot
                && matches!(&**node, Node::File(content) if content.needs_trim(block_bytes))
                && let Node::File(content) = Arc::make_mut(node)
            {
                content.trim(block_bytes);
            }
        }
        while matches!(self.nodes.last(), Some(None)) {
            self.nodes.pop();
        }
    }

    /// Drops an inode that nothing can reach any more.
    pub(super) fn forget(&mut self, ino: Ino) {
        if let Some(slot) = self.nodes.get_mut(ino.0) {
            *slot = None;
        }
    }

    /// What has a name in a directory.
    pub(super) fn at(&self, (dir, name): &Place) -> Option<Ino> {
        self.dir(*dir)?.get(name).copied()
    }

    /// Calls `visit` for everything below the root, each directory before what it holds, in the
    /// order of names.
    pub(super) fn walk<'a>(&'a self, visit: &mut dyn FnMut(&str, &'a Node)) {
        self.walk_below(Ino::ROOT, &mut String::new(), visit);
    }

    fn walk_below<'a>(
        &'a self,
        dir: Ino,
        path: &mut String,
        visit: &mut dyn FnMut(&str, &'a Node),
    ) {
        for (name, ino) in self.dir(dir).into_iter().flatten() {
            let Some(node) = self.node(*ino) else {
                continue;
            };
            let stem = path.len();
            if stem > 0 {
                path.push('/');
            }
            path.push_str(name);
            visit(path, node);
            self.walk_below(*ino, path, visit);
            path.truncate(stem);
        }
    }

    /// Hash of the tree: paths, lengths and contents, not inode numbers.
    pub(super) fn hash(&self) -> u128 {
        let mut digest = Vec::with_capacity(DIGEST_BYTES);
        self.walk(&mut |path, node| {
            // No path holds a NUL byte, so one ends it without doubt.
            digest.extend_from_slice(path.as_bytes());
            match node {
                Node::Dir(_) => digest.extend_from_slice(b"\0d"),
                Node::File(content) => {
                    digest.extend_from_slice(b"\0f");
                    content.digest(&mut digest);
                }
            }
        });
        XxHash3_128::oneshot(&digest)
    }
}

/// The names of a path from the root down. A path that is not text has one name, which is refused.
fn names(path: &Path) -> impl Iterator<Item = io::Result<&str>> {
    // By hand, because every call comes here and `Path::components` takes several times as long.
    let names = path.to_str().unwrap_or(PARENT).split(is_separator);
    names
        .filter(|name| !is_idle(name))
        .map(|name| match name == PARENT {
            true => Err(io::ErrorKind::InvalidInput.into()),
            false => Ok(name),
        })
}

/// Whether a name leads to the directory that it stands in.
fn is_idle(name: &str) -> bool {
    matches!(name, "" | ".")
}

/// A path as the disk writes it: the names from the root, with slashes between them.
pub(super) fn text(path: &Path) -> Arc<str> {
    let mut text = String::with_capacity(path.as_os_str().len());
    for name in names(path).flatten() {
        if !text.is_empty() {
            text.push('/');
        }
        text.push_str(name);
    }
    text.into()
}
