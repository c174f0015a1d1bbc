//! What is left after a fault: opened at once, after a power cut, and used.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hasher as _};

use super::last;
use crate::counts::{Counts, count};
use crate::log::EntryContent;
use crate::op::{Lead, Op};
use crate::reference::LogImage;
use crate::rules::{Violation, recovered};
use crate::runner::{Disk, Run};
use crate::subject::Subject;
use crash_disk::sim::{Keep, SimFs};

/// What one program came to. Disks that were judged are not judged again: many faults of a program
/// leave the same.
#[derive(Debug, Default)]
pub(super) struct Judged {
    /// What happened.
    pub(super) counts: Counts,
    seen: HashSet<(u128, u64)>,
}

impl Judged {
    /// Cuts the power now, keeping nothing and keeping everything, and judges what is left by what
    /// was issued and acknowledged.
    pub(super) async fn power_cuts<S: Subject>(
        &mut self,
        run: &Run<'_, S>,
    ) -> Result<(), Violation> {
        let Some(sim) = run.disk().sim() else {
            return Ok(());
        };
        let admissible = run.journal.admissible(u64::MAX);
        let expected = digest(&admissible);
        for keep in [Keep::None, Keep::All] {
            let disk = sim.crash_now(&keep);
            if self.seen.insert((disk.image_hash(), expected)) {
                self.counts.one(count::CUTS_JUDGED);
                judge_cut(run, disk, &admissible)
                    .await
                    .map_err(|violation| {
                        violation.at(&format!("power cut, keeping {keep} of what was pending"))
                    })?;
            }
        }
        Ok(())
    }

    /// Opens the store on the healthy disk, judges what it shows, goes on from there, and cuts the
    /// power once what was appended is acknowledged. Returns the hash of what was shown.
    pub(super) async fn mend<S: Subject>(
        &mut self,
        run: &mut Run<'_, S>,
    ) -> Result<u64, Violation> {
        run.close_unclean();
        run.open().await?;
        self.counts.one(count::MENDED);
        self.adopt(run).await?;
        let shown = run.image().state_hash();
        let append = Op::Append {
            entries: vec![EntryContent::Blank; 2],
            lead: Lead::Same,
        };
        last::perform(run, &append).await?;
        self.power_cuts(run)
            .await
            .map_err(|violation| violation.at("after an append on the healthy disk"))?;
        Ok(shown)
    }

    /// Goes on from what the open store shows, if that is admissible.
    pub(super) async fn adopt<S: Subject>(
        &mut self,
        run: &mut Run<'_, S>,
    ) -> Result<(), Violation> {
        let admissible = run.journal.admissible(u64::MAX);
        let (image, seen) = run.recovered(&admissible).await?;
        run.adopt(image, seen.committed);
        Ok(())
    }
}

async fn judge_cut<S: Subject>(
    run: &Run<'_, S>,
    disk: SimFs,
    admissible: &[LogImage],
) -> Result<(), Violation> {
    let mut after = Run::on(run.subject, Disk::Simulated(disk), run.tuning);
    after.open().await?;
    let seen = after.see().await?;
    recovered::judge(&seen, admissible, &run.journal).map(drop)
}

/// One number for a set of states.
fn digest(images: &[LogImage]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for image in images {
        image.digest(&mut hasher);
    }
    hasher.finish()
}
