//! A store as a run left it: the disk, and everything that is known about what stands on it.

use std::path::{Path, PathBuf};

use crash_disk::sim::{CrashPoint, Keep, SimFs, Tree};
use serde::{Deserialize, Serialize};

use super::programs;
use super::spans::{Span, Spans};
use crate::halt;
use crate::log::LogId;
use crate::op::{Op, Program};
use crate::reference::{Journal, LogImage};
use crate::rules::{Seen, Violation};
use crate::runner::{Disk, Run};
use crate::subject::{Place, Subject, Tuning};

/// Images of a run that are kept for what is put back, evenly spread over it.
const IMAGES: usize = 4;

/// How a run ended before the damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// With a clean close.
    Closed,
    /// With a power cut when all was acknowledged; nothing pending was kept.
    PowerCut,
    /// With a power cut inside an append, its write kept in part.
    TornTail,
    /// With a power cut in the middle of a purge.
    PurgePending,
}

impl Ending {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Closed,
        Self::PowerCut,
        Self::TornTail,
        Self::PurgePending,
    ];
}

/// A store as a run left it.
#[derive(Debug)]
pub struct LeftStore {
    /// Its disk.
    pub tree: Tree,
    /// Earlier images of the disk, oldest first; the first is that of the empty store.
    pub images: Vec<Tree>,
    /// Segments, where the store has such.
    pub segments: Option<u64>,
    /// The store's directory.
    pub(super) dir: PathBuf,
    pub(super) tuning: Tuning,
    /// States that an open may show.
    pub(super) admissible: Vec<LogImage>,
    /// Committed ids that were ever saved.
    pub(super) committed: Vec<Option<LogId>>,
    /// Every state that the run passed through: before the first operation, and after each.
    pub(super) past: Vec<LogImage>,
    spans: Spans,
}

impl LeftStore {
    /// Runs the program on a simulated disk and ends it.
    ///
    /// # Errors
    /// A rule is broken before anything was damaged.
    pub async fn new<S: Subject>(
        subject: &S,
        program: &Program,
        ending: Ending,
    ) -> Result<Self, Violation> {
        let disk = Disk::simulated(true, program.tuning.block_bytes)
            .unwrap_or_else(|error| halt::give_up("there is no disk", &error));
        let sim = disk.sim().cloned().unwrap_or_default();
        let mut run = Run::new(subject, disk, program.tuning).await?;
        let ops: Vec<Op> = program
            .start
            .ops()
            .into_iter()
            .chain(program.ops.clone())
            .collect();
        let mut images = vec![sim.to_tree()];
        let mut past = vec![run.image().clone()];
        let mut spans = Spans::default();
        for (number, op) in ops.iter().enumerate() {
            run.step(op).await?;
            let tree = sim.to_tree();
            let last = run.image().next_index().checked_sub(1);
            let appended = matches!(op, Op::Append { .. }).then_some(last).flatten();
            spans.look(&tree, (number + 1, appended));
            if number % (ops.len() / IMAGES).max(1) == 0 && images.len() < IMAGES {
                images.push(tree);
            }
            past.push(run.image().clone());
        }
        images.push(sim.to_tree());
        let (tree, journal) = end(run, &sim, ending).await?;
        let fs = SimFs::from_tree(&tree)
            .unwrap_or_else(|error| halt::give_up("there is no disk", &error));
        let place = Place::new(std::sync::Arc::new(fs), Disk::SIM_DIR);
        let step = journal.1;
        Ok(Self {
            segments: subject.hints().segments(&place).ok().flatten(),
            dir: place.dir,
            tuning: program.tuning,
            admissible: journal.0.admissible(step),
            committed: journal.0.committed().to_vec(),
            tree,
            images,
            past,
            spans,
        })
    }

    /// Entries that an open shows at least.
    #[must_use]
    pub fn entries(&self) -> usize {
        let held = self.admissible.iter().map(|image| image.entries.len());
        held.min().unwrap_or_default()
    }

    /// What each operation added to this file.
    pub(super) fn spans(&self, path: &Path) -> &[Span] {
        self.spans.of(path)
    }

    /// Whether all that `seen` shows was once true: its purged id, its vote, and each entry.
    pub(super) fn was_once(&self, seen: &Seen) -> bool {
        let purged = &seen.state.purged;
        let known = |id: &LogId, fingerprint: &[u8]| {
            let same = |image: &LogImage| {
                let held = image.entries.get(&id.index);
                held.is_some_and(|held| held.id == *id && held.fingerprint == fingerprint)
            };
            self.past.iter().rev().chain(&self.admissible).any(same)
        };
        let states = || self.past.iter().chain(&self.admissible);
        states().any(|image| image.purged == *purged)
            && states().any(|image| image.vote == seen.vote)
            && seen
                .entries
                .iter()
                .all(|entry| known(&entry.id, &entry.fingerprint))
    }

    /// Names of all files and directories of the store.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let names = self
            .tree
            .keys()
            .filter_map(|path| path.file_name()?.to_str());
        names.filter(|name| !Path::new(name).ends_with(&self.dir))
    }
}

/// Ends a run: the disk it leaves, with the journal and the step by which that is judged.
async fn end<S: Subject>(
    mut run: Run<'_, S>,
    sim: &SimFs,
    ending: Ending,
) -> Result<(Tree, (Journal, u64)), Violation> {
    run.quiesce().await?;
    let from = sim.step();
    let tree = match ending {
        Ending::Closed => {
            run.close().await?;
            run.rebase();
            sim.to_tree()
        }
        Ending::PowerCut => {
            run.rebase();
            sim.crash_now(&Keep::None).to_tree()
        }
        Ending::TornTail | Ending::PurgePending => {
            let op = match ending {
                Ending::TornTail => programs::torn_append(),
                _ => programs::cut_purge(),
            };
            run.step(&op).await?;
            run.quiesce().await?;
            let point = cut_point(sim, from, ending);
            let tree = sim.crash_at(point, &Keep::All).to_tree();
            return Ok((tree, (run.into_journal(), point.complete_calls())));
        }
    };
    Ok((tree, (run.into_journal(), u64::MAX)))
}

/// Where the power is cut: inside the longest write of an append, half way through a purge.
fn cut_point(sim: &SimFs, from: u64, ending: Ending) -> CrashPoint {
    let points = sim.points_between(from, sim.step());
    let inside = |point: &&CrashPoint| matches!(point, CrashPoint::Inside { .. });
    let bytes = |point: &&CrashPoint| match point {
        CrashPoint::Inside { bytes, .. } => *bytes,
        CrashPoint::After(_) => 0,
    };
    let after: Vec<&CrashPoint> = points.iter().filter(|point| !inside(point)).collect();
    let point = match ending {
        Ending::TornTail => points.iter().filter(inside).max_by_key(bytes),
        _ => after.get(after.len().saturating_sub(1) / 2).copied(),
    };
    point.copied().unwrap_or(CrashPoint::After(from))
}
