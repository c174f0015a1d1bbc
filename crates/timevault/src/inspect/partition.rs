//! Looking at one partition: its small files, then every chunk, then the other files beside them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use uuid::Uuid;

use super::chunk::{ChunkLook, ChunkReport};
use super::finding::Finding;
use super::kind::{
    CHANGING, CHECKSUM_DAMAGED, CHUNK_LENGTH, CHUNK_MISSING, CHUNKS_MISSING, CUT_SHORT,
    FOREIGN_FILE, FOREIGN_TEMP_FILE, IN_GC, MANIFEST_DAMAGED, MANIFEST_LINES_LOST,
    METADATA_DAMAGED, METADATA_MISSING, NO_CHUNKS_DIRECTORY, NOT_A_FILE, ORPHAN_INDEX,
    PURGED_CHUNK, RECORD_DAMAGED, Severity, TEMP_FILE, TEMP_FILE_ALONE, UNCHECKED,
};
use super::listing::sorted;
use super::observer::Observer;
use super::{Inspector, creation};
use crate::error::Error;
use crate::format::FormatPlugin;
use crate::layout::{self, ChunkFile};
use crate::line::NEWLINE;
use crate::manifest::{ChunkLine, Manifest};
use crate::partition::{Judge, check_named_chunk, has_metadata, nothing_above};
use crate::sealed;
use crate::seeded::Seeded;
use crash_disk::{self as fs, DirEntry, FileSystem, LockState};

/// Looks at a partition that may be written to, before its damage is called changing.
const MAX_LOOKS: usize = 4;

/// What is found where a directory stands.
pub const A_DIRECTORY: &str = "a directory";

/// What a partition holds and what was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct PartitionReport {
    /// Its directory.
    pub dir: PathBuf,
    /// Its id, as the metadata or else the directory's name says.
    pub id: Option<Uuid>,
    /// Id of its format plugin, as the metadata says.
    pub plugin: Option<String>,
    /// The purge point: records with this key and below are gone.
    pub purged: Option<u64>,
    /// Its chunks, ascending.
    pub chunks: Vec<ChunkReport>,
    /// The first thing found that proves a write of a record: a line of the manifest, a chunk or its index,
    /// or something in `gc/`. A partition that was only created has none.
    pub sign_of_use: Option<String>,
    /// Lines of metadata and manifest without a checksum, so that only their form was checked. Other engines
    /// write none.
    pub unchecked_lines: u64,
    /// What was found, in the order in which it was looked at.
    pub findings: Vec<Finding>,
}

impl PartitionReport {
    /// The worst finding.
    #[must_use]
    pub fn severity(&self) -> Severity {
        super::worst(&self.findings)
    }

    /// Key of the first intact record above the purge point.
    #[must_use]
    pub fn first_key(&self) -> Option<u64> {
        self.chunks.iter().find_map(|chunk| chunk.first_visible)
    }

    /// Key of the last intact record above the purge point.
    #[must_use]
    pub fn last_key(&self) -> Option<u64> {
        let visible = |chunk: &ChunkReport| chunk.first_visible.and(chunk.last_key);
        self.chunks.iter().rev().find_map(visible)
    }

    fn push(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    fn push_error(&mut self, kind: &'static super::FindingKind, error: Error) {
        let finding = Finding::from_error(kind, &self.dir, error);
        self.push(finding);
    }
}

impl Inspector {
    /// Looks at the partition in `dir`. Reads everything, changes nothing, takes no lock.
    ///
    /// If a writer may be at work (`lock` is not [`LockState::NotSeen`]), damage counts only when
    /// two looks find the same; if each finds something else, [`CHANGING`] is found instead. Each look
    /// begins with a call of [`Observer::begin`].
    pub fn partition(
        &self,
        dir: &Path,
        lock: LockState,
        observer: &mut dyn Observer,
    ) -> PartitionReport {
        let mut report = self.look(dir, Some(observer));
        if lock == LockState::NotSeen {
            return report;
        }
        for _ in 1..MAX_LOOKS {
            if report.severity() < Severity::NotJudged {
                return report;
            }
            let again = self.look(dir, Some(observer));
            if damage(&again).eq(damage(&report)) {
                return again;
            }
            report = again;
        }
        let found = format!("{MAX_LOOKS} looks, each of which found something else");
        report.findings = vec![Finding::new(&CHANGING, dir, found)];
        report
    }

    /// Looks at the partition in `dir` without reading its chunks: at the small files, and whether the
    /// files are those that the manifest names. Of the chunks that a purge has left behind, the highest
    /// is read, as an open does. Changes nothing, takes no lock.
    #[must_use]
    pub fn partition_files(&self, dir: &Path) -> PartitionReport {
        self.look(dir, None)
    }

    fn look(&self, dir: &Path, mut observer: Option<&mut dyn Observer>) -> PartitionReport {
        if let Some(observer) = &mut observer {
            observer.begin();
        }
        let mut report = PartitionReport {
            dir: dir.to_path_buf(),
            id: layout::id_of(dir),
            ..PartitionReport::default()
        };
        let unfinished = has_metadata(&*self.fs, dir)
            .and_then(|has| (!has).then(|| creation::judge(&*self.fs, dir)).transpose());
        match unfinished {
            Ok(None) => {}
            Ok(Some(finding)) => {
                let lost = *finding.kind == METADATA_MISSING;
                report.push(finding);
                if !lost {
                    return report;
                }
            }
            Err(error) => report.push_error(&METADATA_MISSING, error),
        }
        let mut look = Look {
            inspector: self,
            fs: &*self.fs,
            dir,
            report,
            intact: Vec::new(),
        };
        if let Some(plugin) = look.metadata() {
            look.chunks(&*plugin, observer);
            look.gc();
        }
        look.repairs();
        look.checksums();
        look.temp_files();
        look.report
    }
}

/// The findings by which two looks are compared.
fn damage(report: &PartitionReport) -> impl Iterator<Item = &Finding> {
    let bad = |finding: &&Finding| finding.kind.severity >= Severity::NotJudged;
    report.findings.iter().filter(bad)
}

/// One look at one partition.
struct Look<'a> {
    inspector: &'a Inspector,
    fs: &'a dyn FileSystem,
    dir: &'a Path,
    report: PartitionReport,
    /// Names of the small files that were read and found whole.
    intact: Vec<&'static str>,
}

impl Look<'_> {
    /// Judges the temp files; last, because what one is worth depends on the file that it was to replace.
    fn temp_files(&mut self) {
        let entries = match sorted(self.fs, self.dir) {
            Ok(entries) => entries,
            Err(error) => return self.report.push_error(&TEMP_FILE, error),
        };
        for entry in &entries {
            let Some(target) = entry.name.strip_suffix(fs::TEMP_SUFFIX) else {
                continue;
            };
            let kind = if ![layout::METADATA, layout::MANIFEST].contains(&target) {
                &FOREIGN_TEMP_FILE
            } else if entry.is_dir {
                &NOT_A_FILE
            } else if self.intact.contains(&target) {
                &TEMP_FILE
            } else {
                &TEMP_FILE_ALONE
            };
            let path = self.dir.join(&entry.name);
            self.report.push(Finding::new(kind, &path, size(entry)));
        }
    }

    /// Reads the metadata; what remains unknown is guessed from the records. `None` when nothing
    /// more can be said.
    fn metadata(&mut self) -> Option<Arc<dyn FormatPlugin>> {
        let mut findings = self.report.findings.iter();
        let missing = findings.any(|finding| *finding.kind == METADATA_MISSING);
        match self.inspector.load_metadata(self.dir) {
            Ok((metadata, plugin)) => {
                self.intact.push(layout::METADATA);
                self.report.id = Some(metadata.partition_id);
                self.report.plugin = Some(metadata.format_plugin);
                self.report.purged = metadata.last_purge_id;
                return Some(plugin);
            }
            Err(_) if missing => {}
            Err(error) => {
                let unknown = matches!(
                    error,
                    Error::UnknownPlugin { .. } | Error::UnsupportedVersion { .. }
                );
                self.report.push_error(&METADATA_DAMAGED, error);
                if unknown {
                    return None;
                }
            }
        }
        let plugin = self.inspector.guess_plugin(self.dir);
        self.report.plugin = plugin.as_ref().map(|plugin| plugin.id().to_string());
        plugin
    }

    fn chunks(&mut self, plugin: &dyn FormatPlugin, observer: Option<&mut (dyn Observer + '_)>) {
        let chunks = self.dir.join(layout::CHUNKS);
        let listing = match sorted(self.fs, &chunks) {
            Ok(listing) => listing,
            Err(error) if error.io_kind() == Some(std::io::ErrorKind::NotFound) => {
                return self.no_chunks(plugin, &chunks);
            }
            Err(error) => return self.report.push_error(&CHUNKS_MISSING, error),
        };
        let ours = |entry: &&DirEntry| ChunkFile::parse(&entry.name).is_some();
        if let Some(file) = listing.iter().find(ours) {
            self.used(format!("{}/{}", layout::CHUNKS, file.name));
        }
        let manifest = self.inspector.load_manifest(self.dir, plugin);
        // A directory in the place of a named file is reported where the file is looked for.
        let named = |id| {
            manifest
                .as_ref()
                .map_or(true, |manifest| manifest.contains(id))
        };
        let foreign = |entry: &&DirEntry| match ChunkFile::parse(&entry.name) {
            Some((_, id)) => entry.is_dir && !named(id),
            None => true,
        };
        for entry in listing.iter().filter(foreign) {
            let kind = match ChunkFile::is_index_temp(&entry.name) && !entry.is_dir {
                true => &TEMP_FILE,
                false => &FOREIGN_FILE,
            };
            let path = chunks.join(&entry.name);
            self.report.push(Finding::new(kind, &path, size(entry)));
        }
        let reads = observer.is_some();
        match manifest {
            Ok(manifest) => {
                if let Some(line) = manifest.chunks.first() {
                    self.used(format!("a manifest line for chunk {:016x}", line.chunk_id));
                }
                self.named_chunks(plugin, &manifest.chunks, &listing, observer);
                if reads {
                    self.unfinished_purge(&manifest.chunks);
                }
                if self.orphans(plugin, &manifest, &listing) {
                    self.intact.push(layout::MANIFEST);
                }
            }
            Err(error) => {
                self.report.push_error(&MANIFEST_DAMAGED, error);
                // Which chunks are alive is not known. Whether they are intact can still be told, and may
                // decide what a copy is worth.
                let lines = lines_of(&listing);
                self.named_chunks(plugin, &lines, &listing, observer);
            }
        }
    }

    /// The directory of chunks is not there. The manifest shows whether it should be.
    fn no_chunks(&mut self, plugin: &dyn FormatPlugin, chunks: &Path) {
        let kind = match self.inspector.load_manifest(self.dir, plugin) {
            Ok(manifest) if manifest.chunks.is_empty() => &NO_CHUNKS_DIRECTORY,
            _ => &CHUNKS_MISSING,
        };
        self.report
            .push(Finding::new(kind, chunks, "none").expected("a directory"));
    }

    /// An index is written anew by what metadata and manifest say: without them none can be.
    fn repairs(&mut self) {
        let known = [layout::METADATA, layout::MANIFEST];
        if known.iter().all(|name| self.intact.contains(name)) {
            return;
        }
        for chunk in &mut self.report.chunks {
            chunk.index_repairable = false;
        }
        for finding in &mut self.report.findings {
            finding.set_repairable(false);
        }
    }

    /// Reports the lines of the small files that have lost their checksum, or may have. Only where lines
    /// without one are accepted are there any.
    fn checksums(&mut self) {
        let chunks = self.report.chunks.iter();
        let mut sealed = chunks
            .map(|chunk| chunk.records - chunk.unchecked_records)
            .sum::<u64>();
        let mut unsealed = Vec::new();
        for name in self.intact.clone() {
            let path = self.dir.join(name);
            let bytes = fs::read_whole(self.fs, &path).unwrap_or_default();
            let (mut offset, mut unchecked) = (0, 0);
            for line in bytes.split_inclusive(|byte| *byte == NEWLINE) {
                let text = match name {
                    // Read as a whole, without the white space at its end.
                    layout::METADATA => line.trim_ascii_end(),
                    _ => line.strip_suffix(&[NEWLINE]).unwrap_or(line),
                };
                if sealed::ends_sealed(text) {
                    sealed += 1;
                } else if sealed::has_remains(text) {
                    let finding = Finding::new(&CHECKSUM_DAMAGED, &path, "what is left of one");
                    self.report.push(finding.at(offset).expected("a checksum"));
                } else if !text.is_empty() {
                    unchecked += 1;
                }
                offset += line.len() as u64;
            }
            if unchecked > 0 {
                unsealed.push((path, unchecked));
            }
        }
        for (path, unchecked) in unsealed {
            self.report.unchecked_lines += unchecked;
            if sealed > 0 {
                let found = format!("{unchecked} lines without a checksum");
                self.report.push(Finding::new(&UNCHECKED, &path, found));
            }
        }
    }

    fn used(&mut self, sign: String) {
        self.report.sign_of_use.get_or_insert(sign);
    }

    fn named_chunks(
        &mut self,
        plugin: &dyn FormatPlugin,
        lines: &[ChunkLine],
        listing: &[DirEntry],
        mut observer: Option<&mut (dyn Observer + '_)>,
    ) {
        let mut key_before = None;
        for (at, line) in lines.iter().enumerate() {
            let there = |file: ChunkFile| {
                let name = file.name(line.chunk_id);
                listing.iter().any(|entry| entry.name == name)
            };
            let named = check_named_chunk(self.dir, line, listing);
            let length_known_bad = named.is_err();
            if let Err(error) = named
                && !self.wrong_file(line, listing, error)
            {
                key_before = line.max_order_key;
                continue;
            }
            let Some(observer) = &mut observer else {
                continue;
            };
            let look = ChunkLook {
                fs: self.fs,
                dir: self.dir,
                plugin,
                purged: self.report.purged,
                has_index: there(ChunkFile::Index),
                // A last line that is closed is one of the published engine, whose chunks end
                // where it says.
                open: !line.is_closed() && at + 1 == lines.len(),
                length_known_bad,
                key_before,
            };
            match look.run(line, &mut self.report.findings, &mut **observer) {
                Ok(chunk) => {
                    key_before = line.max_order_key.or(chunk.last_key).or(key_before);
                    self.report.chunks.push(chunk);
                }
                Err(error) => {
                    key_before = line.max_order_key;
                    self.report.push_error(&RECORD_DAMAGED, error);
                }
            }
        }
    }

    /// Reports a chunk's file that is not as the manifest says. Returns whether it can be read.
    fn wrong_file(&mut self, line: &ChunkLine, listing: &[DirEntry], error: Error) -> bool {
        let name = ChunkFile::Chunk.name(line.chunk_id);
        match listing.iter().find(|entry| entry.name == name) {
            None => self.report.push_error(&CHUNK_MISSING, error),
            Some(entry) if entry.is_dir => {
                let path = ChunkFile::Chunk.path(self.dir, line.chunk_id);
                let finding = Finding::new(&NOT_A_FILE, &path, A_DIRECTORY);
                self.report.push(finding.expected("a chunk"));
            }
            Some(_) => {
                self.report.push_error(&CHUNK_LENGTH, error);
                return true;
            }
        }
        false
    }

    /// Reports chunks that the manifest still names although the purge point takes them away.
    fn unfinished_purge(&mut self, lines: &[ChunkLine]) {
        let Some(purged) = self.report.purged else {
            return;
        };
        for line in lines {
            let mut chunks = self.report.chunks.iter();
            // A chunk that is missing or cannot be read is already reported.
            let Some(chunk) = chunks.find(|chunk| chunk.id == line.chunk_id) else {
                continue;
            };
            if !nothing_above(line, chunk.last_key, purged) {
                return;
            }
            let path = ChunkFile::Chunk.path(self.dir, line.chunk_id);
            let found = format!("nothing above the purge point {purged}, still in the manifest");
            self.report.push(Finding::new(&PURGED_CHUNK, &path, found));
        }
    }

    /// Reports chunks that the manifest does not name. Returns whether no line of it is known to be lost.
    fn orphans(
        &mut self,
        plugin: &dyn FormatPlugin,
        manifest: &Manifest,
        listing: &[DirEntry],
    ) -> bool {
        let judge = Judge {
            fs: self.fs,
            plugin,
            dir: self.dir,
            manifest,
            purged: self.report.purged,
            seeded: Seeded::NONE,
        };
        let orphans = match judge.judge(listing) {
            Ok(orphans) => orphans,
            Err(error) => {
                let of_chunk = matches!(&error, Error::Damaged { path, .. }
                    if path.file_name().is_some_and(|name| name != layout::MANIFEST));
                let kind = if of_chunk {
                    &RECORD_DAMAGED
                } else {
                    &MANIFEST_LINES_LOST
                };
                self.report.push_error(kind, error);
                return false;
            }
        };
        let chunks = self.dir.join(layout::CHUNKS);
        let names = orphans.remove.iter().map(|name| (name, &PURGED_CHUNK));
        let names = names.chain(orphans.set_aside.iter().map(|name| (name, &CUT_SHORT)));
        for (name, kind) in names {
            let Some((file, id)) = ChunkFile::parse(name) else {
                continue;
            };
            let chunk = ChunkFile::Chunk.name(id);
            let kind = match file {
                ChunkFile::Chunk => kind,
                // Goes with its chunk, which is reported.
                ChunkFile::Index if listing.iter().any(|entry| entry.name == chunk) => continue,
                ChunkFile::Index => &ORPHAN_INDEX,
            };
            let found = "not in the manifest";
            self.report
                .push(Finding::new(kind, &chunks.join(name), found));
        }
        true
    }

    fn gc(&mut self) {
        let gc = self.dir.join(layout::GC);
        match sorted(self.fs, &gc) {
            Ok(entries) => {
                for entry in entries {
                    self.used(format!("{}/{}", layout::GC, entry.name));
                    let found = size(&entry);
                    self.report
                        .push(Finding::new(&IN_GC, &gc.join(entry.name), found));
                }
            }
            // No finding: an open makes it when it needs it, and version control does not keep an empty directory.
            Err(error) if error.io_kind() == Some(std::io::ErrorKind::NotFound) => {}
            Err(error) => self.report.push_error(&IN_GC, error),
        }
    }
}

/// The chunk files of a listing, as if a manifest named them, the last one open.
fn lines_of(listing: &[DirEntry]) -> Vec<ChunkLine> {
    let parsed = listing
        .iter()
        .filter_map(|entry| ChunkFile::parse(&entry.name));
    parsed
        .filter(|(file, _)| *file == ChunkFile::Chunk)
        .map(|(_, id)| ChunkLine::open(id))
        .collect()
}

/// What an entry is, as far as a listing tells.
fn size(entry: &DirEntry) -> String {
    match entry.is_dir {
        true => A_DIRECTORY.into(),
        false => format!("{} bytes", entry.len),
    }
}
