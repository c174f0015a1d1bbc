//! The vote file: replaced atomically, or by a bug in one of the ways not to replace a file.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::log::Vote;
use crash_disk::{self as fs, Access, FileSystem, SyncSite};

use super::Switches;
use super::record::{sealed, unsealed};
use crate::seeded::Bug;

/// Name of the vote file.
const VOTE_FILE: &str = "vote.json";

/// The vote file of a store.
#[derive(Debug)]
pub(crate) struct VoteFile {
    fs: Arc<dyn FileSystem>,
    dir: PathBuf,
    path: PathBuf,
    bugs: Switches,
}

impl VoteFile {
    pub(crate) fn new(fs: Arc<dyn FileSystem>, dir: &Path, bugs: Switches) -> Self {
        Self {
            fs,
            dir: dir.to_owned(),
            path: dir.join(VOTE_FILE),
            bugs,
        }
    }

    pub(crate) fn read(&self) -> io::Result<Option<Vote>> {
        let bytes = match fs::read_whole(&*self.fs, &self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            bytes => bytes?,
        };
        let line = std::str::from_utf8(&bytes).ok();
        let json = line.and_then(|line| unsealed(line.strip_suffix('\n')?));
        let vote = json.and_then(|json| serde_json::from_str(json).ok());
        vote.map(Some).ok_or_else(|| {
            let text = format!("{}: damaged at offset 0", self.path.display());
            io::Error::new(io::ErrorKind::InvalidData, text)
        })
    }

    pub(crate) fn save(&self, vote: &Vote) -> io::Result<()> {
        let mut vote = *vote;
        vote.committed &= !self.bugs.has(Bug::VoteFlagLost);
        let json = sealed(&serde_json::to_string(&vote).map_err(io::Error::other)?).into_bytes();
        let careless = [
            Bug::VoteNotSynced,
            Bug::VoteTruncateAndWrite,
            Bug::RenameBeforeSync,
            Bug::RenameWithoutDirSync,
        ];
        if careless.iter().any(|bug| self.bugs.has(*bug)) {
            return self.save_carelessly(&json);
        }
        fs::replace(&*self.fs, &self.path, &json, SyncSite::here())
    }

    /// The ways not to replace a file.
    fn save_carelessly(&self, json: &[u8]) -> io::Result<()> {
        if self.bugs.has(Bug::VoteTruncateAndWrite) {
            let file = match self.fs.open(&self.path, Access::ReadWrite) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    let file = self.fs.create_new(&self.path)?;
                    self.fs.sync_dir(&self.dir, SyncSite::here())?;
                    file
                }
                file => file?,
            };
            file.set_len(0)?;
            fs::write_all_at(&*file, json, 0)?;
            return file.sync_data(SyncSite::here());
        }
        let temp = self.path.with_extension("json.tmp");
        match self.fs.remove_file(&temp) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let file = self.fs.create_new(&temp)?;
        fs::write_all_at(&*file, json, 0)?;
        if self.bugs.has(Bug::RenameWithoutDirSync) {
            file.sync_data(SyncSite::here())?;
        }
        self.fs.rename(&temp, &self.path)?;
        match self.bugs.has(Bug::RenameBeforeSync) {
            true => self.fs.sync_dir(&self.dir, SyncSite::here()),
            false => Ok(()),
        }
    }
}
