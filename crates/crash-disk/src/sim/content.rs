//! The content of one file: a length and shared blocks.

use std::sync::{Arc, OnceLock};

use twox_hash::XxHash3_128;

/// The byte that stands for unknown content of a disk: neither text nor zero.
const GARBAGE: u8 = 0xdb;

/// Most bytes of a file's extension that show what the disk held before: a program that looks looks there, and the
/// extension of a file may be as long as a disk.
const MOST_STALE_BYTES: u64 = 64 << 20;

/// One block. Bytes that are not held read as zeros.
#[derive(Debug, Default)]
struct Block {
    bytes: Vec<u8>,
    /// Hash of the bytes up to the last that is not zero, once somebody asked for it.
    hash: OnceLock<u128>,
}

impl Clone for Block {
    /// Copies the bytes only: a copy is made to be changed.
    fn clone(&self) -> Self {
        Self {
            bytes: self.bytes.clone(),
            hash: OnceLock::new(),
        }
    }
}

impl Block {
    fn write(&mut self, start: usize, bytes: &[u8]) {
        self.hash = OnceLock::new();
        if start >= self.bytes.len() {
            self.bytes.resize(start, 0);
            self.bytes.extend_from_slice(bytes);
            return;
        }
        let end = start + bytes.len();
        if end > self.bytes.len() {
            self.bytes.resize(end, 0);
        }
        if let Some(place) = self.bytes.get_mut(start..end) {
            place.copy_from_slice(bytes);
        }
    }

    fn cut(&mut self, len: usize) {
        self.hash = OnceLock::new();
        self.bytes.truncate(len);
    }

    /// The bytes up to the last that is not zero; `None` for a block of zeros.
    fn used(&self) -> Option<&[u8]> {
        let last = self.bytes.iter().rposition(|&byte| byte != 0)?;
        self.bytes.get(..=last)
    }

    /// Hash that does not depend on how many zeros stand at the end; `None` for a block of zeros.
    fn hash(&self) -> Option<u128> {
        let bytes = self.used()?;
        Some(*self.hash.get_or_init(|| XxHash3_128::oneshot(bytes)))
    }
}

/// The content of a file. Cloning shares the blocks.
///
/// Blocks may hold bytes past the length: data that was written back before the length was. They
/// are not visible, and become so when the length follows.
#[derive(Debug, Clone, Default)]
pub(super) struct Content {
    len: u64,
    blocks: Vec<Option<Arc<Block>>>,
}

impl Content {
    pub(super) fn from_bytes(bytes: &[u8], block_bytes: usize) -> Self {
        let blocks = bytes
            .chunks(block_bytes)
            .map(|part| {
                Some(Arc::new(Block {
                    bytes: part.to_vec(),
                    hash: OnceLock::new(),
                }))
            })
            .collect();
        Self {
            len: bytes.len() as u64,
            blocks,
        }
    }

    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// Puts `bytes` at `start` of a block; the length stays.
    pub(super) fn write(&mut self, block: usize, start: usize, bytes: &[u8]) {
        if self.blocks.len() <= block {
            self.blocks.resize(block + 1, None);
        }
        if let Some(slot) = self.blocks.get_mut(block) {
            Arc::make_mut(slot.get_or_insert_default()).write(start, bytes);
        }
    }

    /// The blocks from one on in which something stands, past the length too.
    pub(super) fn blocks_held(&self, first: usize) -> impl Iterator<Item = usize> {
        let blocks = self.blocks.iter().enumerate().skip(first);
        blocks.filter_map(|(number, block)| block.as_ref().map(|_| number))
    }

    /// What is not zero, as runs of whole blocks up to the length, in order.
    pub(super) fn runs(&self, block_bytes: usize) -> Vec<(u64, Vec<u8>)> {
        let mut runs: Vec<(u64, Vec<u8>)> = Vec::new();
        for block in self.blocks_held(0) {
            let Some(Some(held)) = self.blocks.get(block) else {
                continue;
            };
            let offset = block as u64 * block_bytes as u64;
            if offset >= self.len || held.used().is_none() {
                continue;
            }
            let bytes = self.block_bytes(block, block_bytes);
            match runs.last_mut() {
                Some((start, run)) if *start + run.len() as u64 == offset => run.extend(bytes),
                _ => runs.push((offset, bytes)),
            }
        }
        runs
    }

    /// Whether the disk has space for a block: something was written there.
    pub(super) fn holds(&self, block: usize) -> bool {
        matches!(self.blocks.get(block), Some(Some(_)))
    }

    /// Puts a filling at `from..to`, of stale bytes no more than [`MOST_STALE_BYTES`]; the length stays.
    pub(super) fn fill(&mut self, from: u64, to: u64, block_bytes: usize, with: &Filling) {
        let to = match with {
            Filling::Zeros => to,
            Filling::Stale(_) => to.min(from.saturating_add(MOST_STALE_BYTES)),
        };
        let mut at = from;
        while at < to {
            let (block, start) = split(at, block_bytes);
            let next = to.min(at + (block_bytes - start) as u64);
            match with {
                Filling::Zeros if block >= self.blocks.len() => return,
                Filling::Zeros if !self.holds(block) => {}
                Filling::Zeros => self.write(block, start, &vec![0; (next - at) as usize]),
                Filling::Stale(held) => {
                    let mut bytes = vec![GARBAGE; (next - at) as usize];
                    if let Some(held) = held {
                        held.read(&mut bytes, at, block_bytes);
                    }
                    self.write(block, start, &bytes);
                }
            }
            at = next;
        }
    }

    /// Sets the length; what lies past a shorter one is gone for good.
    pub(super) fn set_len(&mut self, len: u64, block_bytes: usize) {
        let shrinks = len < self.len;
        self.len = len;
        if shrinks {
            self.trim(block_bytes);
        }
    }

    /// Drops what lies past the length.
    pub(super) fn trim(&mut self, block_bytes: usize) {
        let (whole, rest) = split(self.len, block_bytes);
        self.blocks.truncate(whole + usize::from(rest > 0));
        if let Some(Some(last)) = self.blocks.get_mut(whole).filter(|_| rest > 0)
            && last.bytes.len() > rest
        {
            Arc::make_mut(last).cut(rest);
        }
    }

    /// Whether something lies past the length.
    pub(super) fn needs_trim(&self, block_bytes: usize) -> bool {
        let (whole, rest) = split(self.len, block_bytes);
        let used = whole + usize::from(rest > 0);
        self.blocks.len() > used
            || matches!(self.blocks.get(whole), Some(Some(last)) if last.bytes.len() > rest)
    }

    /// Reads up to the end of the file and returns how many bytes that were.
    pub(super) fn read(&self, buf: &mut [u8], offset: u64, block_bytes: usize) -> usize {
        let available = usize::try_from(self.len.saturating_sub(offset)).unwrap_or(usize::MAX);
        let wanted = buf.len().min(available);
        let mut done = 0;
        while let Some(rest) = buf.get_mut(done..wanted).filter(|rest| !rest.is_empty()) {
            let (block, start) = split(offset + done as u64, block_bytes);
            let part = rest.len().min(block_bytes - start);
            let (part, _) = rest.split_at_mut(part);
            self.read_block(block, start, part);
            done += part.len();
        }
        wanted
    }

    /// Fills `buf` from `start` of one block.
    fn read_block(&self, block: usize, start: usize, buf: &mut [u8]) {
        let held = match self.blocks.get(block) {
            Some(Some(block)) => block.bytes.get(start..).unwrap_or_default(),
            _ => &[],
        };
        let (there, zeros) = buf.split_at_mut(held.len().min(buf.len()));
        there.copy_from_slice(held.get(..there.len()).unwrap_or_default());
        zeros.fill(0);
    }

    /// All bytes of a block up to the end of the file.
    pub(super) fn block_bytes(&self, block: usize, block_bytes: usize) -> Vec<u8> {
        let start = block as u64 * block_bytes as u64;
        let len = usize::try_from(self.len.saturating_sub(start)).unwrap_or(usize::MAX);
        let mut bytes = vec![0; len.min(block_bytes)];
        self.read_block(block, 0, &mut bytes);
        bytes
    }

    pub(super) fn to_vec(&self, block_bytes: usize) -> Vec<u8> {
        let mut bytes = vec![0; usize::try_from(self.len).unwrap_or(0)];
        self.read(&mut bytes, 0, block_bytes);
        bytes
    }

    /// Adds length and content, as the hashes of the blocks, to what will be hashed. Nothing may
    /// lie past the length.
    pub(super) fn digest(&self, digest: &mut Vec<u8>) {
        digest.extend_from_slice(&self.len.to_le_bytes());
        for (number, block) in self.blocks.iter().enumerate() {
            if let Some(hash) = block.as_ref().and_then(|block| block.hash()) {
                digest.extend_from_slice(&(number as u64).to_le_bytes());
                digest.extend_from_slice(&hash.to_le_bytes());
            }
        }
        digest.extend_from_slice(&u64::MAX.to_le_bytes());
    }
}

/// Number of the block that holds `offset`, and the place in it.
pub(super) fn split(offset: u64, block_bytes: usize) -> (usize, usize) {
    let size = block_bytes as u64;
    // Lengths are bounded by MAX_FILE_BYTES, so neither part can be too large for the machine.
    (
        usize::try_from(offset / size).unwrap_or(usize::MAX),
        usize::try_from(offset % size).unwrap_or(0),
    )
}

/// What stands where nothing was written.
#[derive(Debug, Clone)]
pub(super) enum Filling {
    Zeros,
    /// Bytes that the file once held, as far as they are known, else garbage.
    Stale(Option<Content>),
}
