//! Raw: the least that a durable log of JSON lines can do. The yardstick, and no log for anybody: it
//! notices no damage, and a torn line ends it.
//!
//! Each batch is serialized into one buffer, one line for each entry, and takes one write and one fdatasync on
//! a growing file. In memory it has where each line begins, which an open finds by looking for the newlines. A
//! read takes the lines of its range in one call and parses them. A truncate cuts the file, a purge copies what
//! stays to another file, and the vote is a small file that is replaced.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};

use super::log::{Entry, Log, Reader, Subject, id};

/// Name of the subject.
pub const NAME: &str = "raw";

const FILE: &str = "raw.jsonl";
/// Bytes that an open reads at once.
const WINDOW: usize = 1 << 20;

/// What the log knows of its file.
struct Lines {
    file: Arc<File>,
    /// Index of the first entry.
    first: u64,
    /// Where each line begins, and the end of the file.
    starts: Vec<u64>,
}

struct Raw {
    dir: PathBuf,
    lines: Arc<RwLock<Lines>>,
    buffer: Vec<u8>,
    read: RawReader,
    syncs: u64,
}

/// The subject.
pub fn subject() -> Subject {
    Subject {
        name: NAME,
        open,
        counted: open,
    }
}

fn open(dir: &Path) -> Box<dyn Log> {
    fs::create_dir_all(dir).unwrap();
    let file = open_file(&dir.join(FILE));
    File::open(dir).unwrap().sync_all().unwrap();
    let lines = Arc::new(RwLock::new(find_lines(file)));
    let read = RawReader {
        lines: Arc::clone(&lines),
        buffer: Vec::new(),
    };
    Box::new(Raw {
        dir: dir.to_path_buf(),
        lines,
        buffer: Vec::new(),
        read,
        syncs: 0,
    })
}

fn open_file(path: &Path) -> File {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    options.open(path).unwrap()
}

fn find_lines(mut file: File) -> Lines {
    let mut starts = vec![0];
    let mut window = vec![0; WINDOW];
    let mut at = 0;
    loop {
        let read = file.read(&mut window).unwrap();
        if read == 0 {
            break;
        }
        let newlines = memchr::memchr_iter(b'\n', &window[..read]);
        starts.extend(newlines.map(|newline| at + newline as u64 + 1));
        at += read as u64;
    }
    let mut lines = Lines {
        file: Arc::new(file),
        first: 0,
        starts,
    };
    if lines.starts.len() > 1 {
        lines.first = lines.parse(0..1, &mut Vec::new())[0].log_id.index;
    }
    lines
}

impl Lines {
    /// The entries on these lines.
    fn parse(&self, lines: Range<usize>, buffer: &mut Vec<u8>) -> Vec<Entry> {
        let (start, end) = (self.starts[lines.start], self.starts[lines.end]);
        buffer.resize((end - start) as usize, 0);
        self.file.read_exact_at(buffer, start).unwrap();
        let mut entries = Vec::with_capacity(lines.len());
        let mut from = 0;
        for newline in memchr::memchr_iter(b'\n', buffer) {
            entries.push(serde_json::from_slice(&buffer[from..newline]).unwrap());
            from = newline + 1;
        }
        entries
    }

    fn line_of(&self, index: u64) -> usize {
        (index - self.first) as usize
    }
}

impl Raw {
    fn replace(&mut self, name: &str, write: impl FnOnce(&mut File) -> io::Result<()>) {
        let (path, temp) = (self.dir.join(name), self.dir.join("temp"));
        let mut file = File::create(&temp).unwrap();
        write(&mut file).unwrap();
        file.sync_data().unwrap();
        fs::rename(temp, path).unwrap();
        File::open(&self.dir).unwrap().sync_all().unwrap();
        self.syncs += 2;
    }
}

impl Log for Raw {
    fn append(&mut self, entries: Vec<Entry>) {
        self.buffer.clear();
        let mut lines = self.lines.write().unwrap();
        let base = lines.starts[lines.starts.len() - 1];
        if lines.starts.len() == 1 {
            lines.first = entries[0].log_id.index;
        }
        for entry in &entries {
            serde_json::to_writer(&mut self.buffer, entry).unwrap();
            self.buffer.push(b'\n');
            lines.starts.push(base + self.buffer.len() as u64);
        }
        let file = Arc::clone(&lines.file);
        (&*file).write_all(&self.buffer).unwrap();
        // Reads go on meanwhile.
        drop(lines);
        file.sync_data().unwrap();
        self.syncs += 1;
    }

    fn read(&mut self, range: Range<u64>) -> Vec<Entry> {
        self.read.read(range)
    }

    fn reader(&self) -> Option<Box<dyn Reader>> {
        Some(Box::new(RawReader {
            lines: Arc::clone(&self.lines),
            buffer: Vec::new(),
        }))
    }

    fn truncate(&mut self, from: u64) {
        let mut lines = self.lines.write().unwrap();
        let kept = lines.line_of(from);
        lines.starts.truncate(kept + 1);
        lines.file.set_len(lines.starts[kept]).unwrap();
        lines.file.sync_data().unwrap();
        self.syncs += 1;
    }

    fn purge(&mut self, upto: u64) {
        let shared = Arc::clone(&self.lines);
        let mut lines = shared.write().unwrap();
        let gone = lines.line_of(upto) + 1;
        let start = lines.starts[gone];
        let mut old = &*lines.file;
        old.seek(SeekFrom::Start(start)).unwrap();
        self.replace(FILE, |new| io::copy(&mut old, new).map(drop));
        lines.file = Arc::new(open_file(&self.dir.join(FILE)));
        lines.starts.drain(..gone);
        lines.starts.iter_mut().for_each(|at| *at -= start);
        lines.first = upto + 1;
    }

    fn vote(&mut self, term: u64) {
        let vote = serde_json::to_vec(&id(term)).unwrap();
        self.replace("vote.json", |file| file.write_all(&vote));
    }

    fn syncs(&self) -> Option<u64> {
        Some(self.syncs)
    }

    fn close(self: Box<Self>) {}
}

struct RawReader {
    lines: Arc<RwLock<Lines>>,
    buffer: Vec<u8>,
}

impl Reader for RawReader {
    fn read(&mut self, range: Range<u64>) -> Vec<Entry> {
        let lines = self.lines.read().unwrap();
        let range = lines.line_of(range.start)..lines.line_of(range.end);
        lines.parse(range, &mut self.buffer)
    }
}
