//! The control run: a sync is left out on purpose, and the loss has to be seen.

use super::driver::{self, Found, Pieces};
use super::{Cause, Config, Floor, Phase, Progress, Verdict};
use crate::counts::count;
use crate::crash::{Control, control};
use crate::log::EntryContent;
use crate::op::{Lead, Op, Program, StartState};
use crate::rules::Violation;
use crate::runner::Failure;
use crate::subject::{Subject, Tuning};
use crate::tasks::Runtime;

/// The writes whose syncs are left out.
const WRITES: [fn() -> Op; 2] = [append, vote];

/// The phase of the control run, for stores that do their own input and output: syncs of an append and of a vote are left
/// out of what the mounted disk has seen. If no loss is seen then, the harness sees none in this store, and its other
/// verdicts are not to be believed.
#[derive(Debug, Clone, Copy, Default)]
pub struct ControlPhase;

impl ControlPhase {
    /// Its name.
    pub const NAME: &'static str = "control";

    /// Runs the phase.
    ///
    /// # Errors
    /// The machine refuses threads or memory.
    pub fn run<S: Subject>(
        &self,
        subject: &S,
        config: &Config,
        progress: &dyn Progress,
    ) -> std::io::Result<Phase> {
        driver::drive(&Work { subject }, (subject.name(), config), progress)
    }
}

struct Work<'a, S> {
    subject: &'a S,
}

impl<S: Subject> Pieces for Work<'_, S> {
    type Passed = Control;
    type Broken = (Program, Failure);

    fn name(&self) -> &'static str {
        ControlPhase::NAME
    }

    fn total(&self) -> u64 {
        WRITES.len() as u64
    }

    fn program(&self, number: u64) -> Program {
        let number = usize::try_from(number).unwrap_or(usize::MAX);
        Program {
            tuning: Tuning::SMALL,
            start: StartState::ThreeSegments,
            ops: WRITES.get(number).map(|op| op()).into_iter().collect(),
        }
    }

    fn piece(
        &self,
        runtime: &Runtime,
        number: u64,
        _: &[&'static str],
    ) -> Result<Control, (Program, Failure)> {
        let program = self.program(number);
        control(runtime, self.subject, &program).map_err(|failure| (program, failure))
    }

    fn gather(&self, passed: Vec<Control>, phase: &mut Phase) {
        for Control { left_out, seen } in passed {
            phase.counts.add(count::LEFT_OUT, left_out);
            phase.counts.add(count::LOSSES_SEEN, seen);
        }
    }

    fn enough(&self, phase: &Phase) -> Verdict {
        let floor = Floor {
            name: count::LOSSES_SEEN,
            least: 1,
        };
        Verdict::of_floors([(floor, phase.counts.of(count::LOSSES_SEEN))])
    }

    fn violation<'b>(&self, broken: &'b (Program, Failure)) -> &'b Violation {
        &broken.1.violation
    }

    fn as_found(&self, (program, failure): (Program, Failure)) -> Found {
        Found {
            program,
            violation: failure.violation,
            cause: Cause::PROGRAM,
            timeline: String::new(),
            drawing: None,
        }
    }
}

fn append() -> Op {
    Op::Append {
        entries: vec![EntryContent::Blank],
        lead: Lead::Same,
    }
}

fn vote() -> Op {
    Op::Vote {
        up: 1,
        node: 2,
        committed: false,
    }
}
