//! Which damages of a store are tried.

use std::ops::Range;
use std::path::Path;

use crash_disk::sim::{Tree, TreeEntry};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::change::file;
use super::{Change, Damage, Extension, LeftStore};
use crate::subject::DamageKind;
use crate::subject::Subject;

/// Blocks that are zeroed, swapped and put back: what a disk and a file system write at once.
const BLOCKS: [usize; 2] = [512, 4096];

/// Files up to this many bytes are small: each bit of them is a place.
const SMALL_FILE: usize = 1024;

/// Places inside a large file, beside those at the borders of its lines and blocks.
const INSIDE: usize = 256;

/// How many damages of each kind are tried in each file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Depth {
    /// Bits changed in each file.
    pub flips: usize,
    /// Damages of each other kind in each file.
    pub others: usize,
}

/// The damages of a store: of every file each kind that the store promises to notice, spread evenly over the file, drawn by the seed.
#[must_use]
pub fn places<S: Subject>(subject: &S, left: &LeftStore, depth: Depth, seed: u64) -> Vec<Damage> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut damages = Vec::new();
    for (path, entry) in &left.tree {
        let whole = Path::new("/").join(path);
        let inside = whole.starts_with(&left.dir) && whole != left.dir;
        let mut all = |changes: Vec<Change>, most: usize| {
            let thinned = thin(changes, most, &mut rng);
            damages.extend(thinned.into_iter().map(|change| Damage {
                path: path.clone(),
                change,
            }));
        };
        match entry {
            _ if !inside => {}
            TreeEntry::Dir if subject.hints().notices(DamageKind::MissingDir) => {
                all(vec![Change::Missing], 1);
            }
            TreeEntry::Dir => {}
            TreeEntry::File(bytes) => {
                for kind in DamageKind::ALL
                    .into_iter()
                    .filter(|kind| subject.hints().notices(*kind))
                {
                    let most = if kind == DamageKind::Flip {
                        depth.flips
                    } else {
                        depth.others
                    };
                    all(changes(kind, bytes, (path, &left.images), seed), most);
                }
            }
        }
    }
    damages
}

/// So many of them at most, evenly spread from a place that is drawn.
fn thin(mut all: Vec<Change>, most: usize, rng: &mut ChaCha8Rng) -> Vec<Change> {
    if all.len() <= most {
        return all;
    }
    let turn = rng.random_range(0..all.len());
    all.rotate_left(turn);
    let total = all.len();
    let mut number = 0;
    all.retain(|_| {
        number += 1;
        number * most / total != (number - 1) * most / total
    });
    all
}

/// The changes of one kind that a file offers.
fn changes(
    kind: DamageKind,
    bytes: &[u8],
    (path, images): (&Path, &[Tree]),
    seed: u64,
) -> Vec<Change> {
    let numbers = || 0..images.len();
    match kind {
        DamageKind::Flip => flips(bytes, seed),
        DamageKind::Zero => {
            let ranges = BLOCKS.into_iter().flat_map(|len| blocks(bytes.len(), len));
            let ranges = ranges.chain(lines(bytes));
            ranges
                .map(|range| Change::Zero {
                    at: range.start,
                    len: range.len(),
                })
                .collect()
        }
        DamageKind::Swap => swaps(bytes.len(), seed),
        DamageKind::StaleBlock => {
            let of = |image: usize| {
                let all = BLOCKS.into_iter().flat_map(|len| blocks(bytes.len(), len));
                all.map(move |range| Change::StaleBlock {
                    at: range.start,
                    len: range.len(),
                    image,
                })
            };
            let there = |image: &usize| {
                images
                    .get(*image)
                    .is_some_and(|tree| file(tree, path).is_some())
            };
            let all = numbers().filter(there).flat_map(of);
            all.filter(|change| matters(change, bytes, (path, images)))
                .collect()
        }
        DamageKind::Rollback => {
            let all = numbers().map(|image| Change::Rollback { image });
            all.filter(|change| matters(change, bytes, (path, images)))
                .collect()
        }
        DamageKind::Cut => {
            let borders = lines(bytes).map(|line| line.start);
            let half = lines(bytes).map(|line| line.start + line.len() / 2);
            let ends = blocks(bytes.len(), BLOCKS[0]).map(|block| block.start);
            let last = bytes.len().checked_sub(1);
            let mut all: Vec<_> = borders.chain(half).chain(ends).chain(last).collect();
            all.sort_unstable();
            all.dedup();
            all.into_iter().map(|len| Change::Cut { len }).collect()
        }
        DamageKind::Lost => {
            let lines = lines(bytes);
            lines
                .map(|line| Change::Lost {
                    at: line.start,
                    len: line.len(),
                })
                .collect()
        }
        DamageKind::Extend => [Extension::Garbage, Extension::Zeros, Extension::LastLine]
            .map(|with| Change::Extend { with })
            .to_vec(),
        DamageKind::MissingFile => vec![Change::Missing],
        DamageKind::MissingDir => Vec::new(),
    }
}

/// Whether the change changes something.
fn matters(change: &Change, bytes: &[u8], (path, images): (&Path, &[Tree])) -> bool {
    let damage = Damage {
        path: path.to_owned(),
        change: change.clone(),
    };
    let tree = Tree::from([(path.to_owned(), TreeEntry::File(bytes.to_vec()))]);
    damage.done_to(&tree, images).is_some()
}

/// Each bit of a small file; in a large one each bit of the first and last bytes of lines and
/// blocks, and of bytes inside.
fn flips(bytes: &[u8], seed: u64) -> Vec<Change> {
    let bits = |at: usize| (0..8).map(move |bit| Change::Flip { at, bit });
    if bytes.len() <= SMALL_FILE {
        return (0..bytes.len()).flat_map(bits).collect();
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let ends = |range: Range<usize>| [range.start, range.end.saturating_sub(2), range.end - 1];
    let mut places: Vec<usize> = lines(bytes)
        .chain(blocks(bytes.len(), BLOCKS[0]))
        .flat_map(ends)
        .chain((0..INSIDE).map(|_| rng.random_range(0..bytes.len())))
        .collect();
    places.sort_unstable();
    places.dedup();
    places.into_iter().flat_map(bits).collect()
}

/// Neighbouring blocks, and each with one anywhere.
fn swaps(len: usize, seed: u64) -> Vec<Change> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut swaps = Vec::new();
    for size in BLOCKS {
        let count = len.div_ceil(size);
        for one in 0..count {
            for other in [one + 1, rng.random_range(0..count)] {
                if other < count && other != one {
                    let (one, other) = (one * size, other * size);
                    swaps.push(Change::Swap {
                        one,
                        other,
                        len: size,
                    });
                }
            }
        }
    }
    swaps
}

fn blocks(len: usize, size: usize) -> impl Iterator<Item = Range<usize>> {
    (0..len)
        .step_by(size)
        .map(move |at| at..(at + size).min(len))
}

/// The lines of a file, each with its newline.
fn lines(bytes: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut end = 0;
    bytes
        .split_inclusive(|byte| *byte == b'\n')
        .map(move |line| {
            let start = end;
            end += line.len();
            start..end
        })
}
