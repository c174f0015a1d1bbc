//! Opens a crashed disk and judges what it shows, and what it shows when the recovery crashes.

use crate::tasks::Runtime;
use crash_disk::sim::{CrashPoint, Level, Profile, SimFs};

use super::allowed::{Allowed, Expected};
use super::judged::{DiskKey, Judged};
use super::shape::{Shape, disk_key};
use super::{Aftermath, Again, Cut, Left, Met, aftermath};
use crate::counts::count;
use crate::reference::{Journal, LogImage};
use crate::rules::{Seen, Violation, open_after_crash};
use crate::runner::{Calls, Disk, Run};
use crate::subject::{Health, Subject, Tuning};
use crate::tally;

/// A state that breaks a rule: the crashes that led to it, and the rule.
pub(crate) type Broken = (Vec<Cut>, Violation);

/// Judges the crashed disks of one program.
pub(crate) struct Judge<'a, S: Subject> {
    pub(crate) runtime: &'a Runtime,
    pub(crate) subject: &'a S,
    pub(crate) tuning: Tuning,
    pub(crate) journal: &'a Journal,
    pub(crate) aftermath: Aftermath,
    /// The rules of a power cut in or behind a recovery.
    pub(crate) power: Profile,
    /// The calls of the run, on a mounted disk.
    pub(crate) calls: Option<&'a Calls>,
    /// Where the process was killed that left the state that is judged; `None` behind a power cut.
    pub(crate) killed_at: Option<CrashPoint>,
    pub(crate) judged: &'a Judged,
    /// Rules of which a breach is counted and passed over.
    pub(crate) passed_over: &'a [&'static str],
}

/// A disk that was opened: the number of calls that took, what it showed, and whether all that it
/// read was durable.
struct Opened {
    calls: u64,
    shown: LogImage,
    was_durable: bool,
    /// Whether it ended in half a record.
    torn: bool,
}

impl Opened {
    /// What a crash inside this open may leave. A killed process takes nothing back, so the same is
    /// found again. A power cut may, if something was pending.
    fn inside<'a>(&self, left: &Left, shown: &'a Allowed, expected: Expected<'a>) -> Expected<'a> {
        match left {
            _ if self.was_durable => Expected::both(shown),
            Left::Killed => Expected {
                now: shown,
                ..expected
            },
            Left::PowerCut(..) => Expected::both(expected.after_power_cut),
        }
    }
}

impl<S: Subject> Judge<'_, S> {
    /// Judges a crashed disk, unless an equal one was found clean before.
    pub(crate) fn state(
        &mut self,
        disk: &SimFs,
        (met, nested): (Met, &[Level]),
        expected: Expected<'_>,
    ) -> Result<(), Broken> {
        let key = (disk.state_hash(), expected.digest(!nested.is_empty()));
        let depth = (nested.len(), self.aftermath);
        if self.judged.knows(key, met, depth) {
            return Ok(());
        }
        if let Some(rule) = self.judged.broken(key) {
            tally::breach(rule);
            return Ok(());
        }
        // Threads judge each disk together, so its rules are counted by the disks that they come to.
        let opened = match tally::aside(|| self.open(disk, expected.now)) {
            Ok(opened) => opened,
            Err(violation) if self.passed_over.contains(&violation.rule.name) => {
                self.judged.pass_over(key, violation.rule.name);
                tally::breach(violation.rule.name);
                return Ok(());
            }
            Err(violation) => return Err((vec![], violation)),
        };
        if let Some((level, deeper)) = nested.split_first() {
            self.recovery(disk, &opened, (*level, deeper), expected)?;
        }
        self.judged.learn(key, met, depth, opened.torn);
        Ok(())
    }

    /// Opens a crashed disk and judges what it shows, that it goes on showing it, and that the
    /// store works.
    fn open(&mut self, disk: &SimFs, allowed: &Allowed) -> Result<Opened, Violation> {
        if self.subject.disk_server().is_some() {
            return self.open_written_out(disk, allowed);
        }
        self.look(disk)?;
        let was_durable = disk.view_now(Profile::Posix).pending_len() == 0;
        let judging = async {
            let mut run = Run::on(self.subject, Disk::Simulated(disk.clone()), self.tuning);
            run.largest = self.journal.longest();
            run.open().await?;
            let torn = run.counts.of(count::TORN_TAILS) > 0;
            let calls = disk.step();
            let (image, seen) = self.shown(&mut run, allowed).await?;
            let shape = Shape::of(disk);
            let way = shape.way();
            let key = self.key(&shape, || disk_key(disk, &seen));
            // What follows changes the disk; the copy is as the recovery has left it.
            let recovered = (!self.judged.ways.knows(way)).then(|| disk.process_kill());
            let aftermaths = &self.judged.aftermaths;
            if !aftermaths.knows(key) {
                run.adopt(image.clone(), seen.committed);
                aftermath::check(&mut run, (disk, self.power), &seen).await?;
                aftermaths.learn(key);
            }
            if let Some(recovered) = recovered {
                let again = Again::Simulated(&recovered);
                aftermath::check_close(&run, (&again, self.power), &seen).await?;
                aftermath::check_cut(&run, (&again, self.power), (image, &seen)).await?;
                self.judged.ways.learn(way);
            }
            Ok(Opened {
                calls,
                shown: image.clone(),
                was_durable,
                torn,
            })
        };
        self.runtime.block_on(Box::pin(judging))
    }

    /// The same for a store that does its own input and output: the disk is written out as real files. What a power cut
    /// takes back of a recovery, or behind one, is seen where the recovery is done again on a mounted disk.
    fn open_written_out(&mut self, disk: &SimFs, allowed: &Allowed) -> Result<Opened, Violation> {
        let judging = async {
            let mut run = Run::on(self.subject, Disk::written_out(disk), self.tuning);
            run.largest = self.journal.longest();
            run.open().await?;
            let (image, seen) = self.shown(&mut run, allowed).await?;
            let shape = Shape::of(disk);
            let way = shape.way();
            let key = self.key(&shape, || disk.image_hash());
            let aftermaths = &self.judged.aftermaths;
            if !aftermaths.knows(key) {
                run.adopt(image.clone(), seen.committed);
                aftermath::check_on_files(&mut run, &seen).await?;
                aftermaths.learn(key);
            }
            if !self.judged.ways.knows(way) {
                run.close_unclean();
                let again = Again::Mounted {
                    disk,
                    killed: self.calls.zip(self.killed_at),
                };
                aftermath::check_recovery(&run, (&again, self.power), &seen).await?;
                aftermath::check_close(&run, (&again, self.power), &seen).await?;
                aftermath::check_cut(&run, (&again, self.power), (image, &seen)).await?;
                self.judged.ways.learn(way);
            }
            Ok(Opened {
                calls: 0,
                shown: image.clone(),
                was_durable: true,
                torn: false,
            })
        };
        self.runtime.block_on(Box::pin(judging))
    }

    /// What an opened store shows: the state that it is, and all that was seen.
    async fn shown<'i>(
        &self,
        run: &mut Run<'_, S>,
        allowed: &'i Allowed,
    ) -> Result<(&'i LogImage, Seen), Violation> {
        let seen = run.see().await?;
        let image = allowed.find(&seen, self.journal)?;
        run.journal.recall(self.journal.committed());
        Ok((image, seen))
    }

    /// By which a disk is known.
    fn key(&self, shape: &Shape, disk: impl FnOnce() -> u128) -> DiskKey {
        DiskKey {
            disk: (self.aftermath == Aftermath::EveryDisk).then(disk),
            shape: shape.key(),
        }
    }

    /// Looks at a crashed disk with the subject's own tool, which must find no damage.
    fn look(&self, disk: &SimFs) -> Result<(), Violation> {
        let key = self.key(&Shape::of(disk), || disk.state_hash());
        let looks = &self.judged.looks;
        if looks.knows(key) {
            return Ok(());
        }
        // A copy, because what looks at it is no part of the recovery.
        let copy = Disk::Simulated(disk.process_kill());
        let run = Run::on(self.subject, copy, self.tuning);
        match self.subject.hints().health(&run.place()) {
            Health::Unknown => {}
            Health::Whole => looks.learn(key),
            Health::Damaged(damage) => return Err(open_after_crash::called_damaged(&damage)),
        }
        Ok(())
    }

    /// Crashes inside the recovery that was just recorded on this disk.
    fn recovery(
        &mut self,
        disk: &SimFs,
        opened: &Opened,
        (level, deeper): (Level, &[Level]),
        expected: Expected<'_>,
    ) -> Result<(), Broken> {
        let shown = Allowed::only(opened.shown.clone(), self.journal);
        let power = self.power;
        for point in disk.points_between(0, opened.calls) {
            let view = disk.view(point, power);
            let states = view.states(level);
            let cuts = states
                .into_iter()
                .map(|state| Left::PowerCut(power, state.keep));
            for left in [Left::Killed].into_iter().chain(cuts) {
                let expected = opened.inside(&left, &shown, expected);
                self.state(&left.on(&view), (Met::Nested, deeper), expected)
                    .map_err(|(mut trail, violation)| {
                        let cut = Cut { point, left };
                        let violation = violation.at(&cut.to_string());
                        trail.insert(0, cut);
                        (trail, violation)
                    })?;
            }
        }
        Ok(())
    }

    /// The same for one trail of crashes: judges the last disk, after opening those before it.
    pub(crate) fn replay(
        &mut self,
        disk: &SimFs,
        trail: &[Cut],
        expected: Expected<'_>,
    ) -> Result<(), Violation> {
        let opened = self.open(disk, expected.now)?;
        match trail.split_first() {
            None => Ok(()),
            Some((cut, rest)) => {
                let shown = Allowed::only(opened.shown.clone(), self.journal);
                let expected = opened.inside(&cut.left, &shown, expected);
                self.replay(&cut.of(disk), rest, expected)
            }
        }
    }
}
