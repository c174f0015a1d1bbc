//! Calls that fail: one that was named, or the how many-th of a kind.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crash_disk::sim::SimFs;
use crash_disk::{Call, CallKind, Verdict};

use crate::op::FaultKind;
use crate::runner::aim::{Aim, CallId, Tally, Way};

/// Lets single calls fail, and notes calls so that one of them can be named.
#[derive(Debug, Default)]
pub(crate) struct Strikes {
    disk: Option<SimFs>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    armed: Option<Armed>,
    aim: Option<Aim>,
    noted: Option<Vec<(CallId, u64)>>,
    tally: Tally,
    fired: bool,
}

#[derive(Debug, Clone, Copy)]
struct Armed {
    kind: FaultKind,
    left: u64,
    /// Whether the full disk has taken its half already.
    half_done: bool,
}

impl Strikes {
    pub(super) fn new(disk: Option<&SimFs>) -> Self {
        Self {
            disk: disk.cloned(),
            ..Self::default()
        }
    }

    /// The `nth` call of that kind from now fails, once.
    pub(crate) fn arm(&self, kind: FaultKind, nth: u64) {
        let mut state = self.state();
        state.fired = false;
        state.armed = Some(Armed {
            kind,
            left: nth.max(1),
            half_done: false,
        });
    }

    /// That call, counted from now, fails in that way.
    pub(crate) fn aim(&self, aim: Aim) {
        let mut state = self.state();
        state.fired = false;
        state.tally = Tally::default();
        state.aim = Some(aim);
    }

    /// Takes the fault away and says whether it struck.
    pub(crate) fn disarm(&self) -> bool {
        let mut state = self.state();
        state.armed = None;
        state.aim = None;
        state.fired
    }

    /// Whether the armed fault struck.
    pub(crate) fn fired(&self) -> bool {
        self.state().fired
    }

    /// From now on calls are noted.
    pub(crate) fn note(&self) {
        let mut state = self.state();
        state.tally = Tally::default();
        state.noted = Some(Vec::new());
    }

    /// Takes the calls that were noted, each with its bytes.
    pub(crate) fn noted(&self) -> Vec<(CallId, u64)> {
        self.state().noted.take().unwrap_or_default()
    }

    pub(super) fn before(&self, call: &Call<'_>) -> Verdict {
        let way = {
            let mut state = self.state();
            state.aimed(call).or_else(|| state.armed(call))
        };
        way.map_or(Verdict::Proceed, |way| self.verdict(call, way))
    }

    /// What becomes of a call that fails in that way.
    fn verdict(&self, call: &Call<'_>, way: Way) -> Verdict {
        match (way.errno(), &self.disk) {
            (None, _) => Verdict::Short(usize::try_from(call.len / 2).unwrap_or(1)),
            // The disk itself fails the sync: it knows which pages are lost by that.
            (Some(errno), Some(disk)) if CallKind::SYNCS.contains(&call.kind) => {
                disk.fail_sync(1, errno);
                Verdict::Proceed
            }
            (Some(errno), _) => Verdict::Fail(io::Error::from_raw_os_error(errno)),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Notes the call; how it fails if it is the one aimed at.
    fn aimed(&mut self, call: &Call<'_>) -> Option<Way> {
        if self.aim.is_none() && self.noted.is_none() {
            return None;
        }
        let id = self.tally.number(call);
        if let Some(noted) = &mut self.noted {
            noted.push((id.clone(), call.len));
        }
        let aim = self.aim.take_if(|aim| aim.call == id)?;
        self.fired = true;
        Some(aim.way)
    }

    /// How the call fails if it is the one that was waited for.
    fn armed(&mut self, call: &Call<'_>) -> Option<Way> {
        let armed = self.armed.as_mut().filter(|armed| armed.kind.meets(call))?;
        armed.left -= 1;
        if armed.left > 0 {
            return None;
        }
        let Armed {
            kind, half_done, ..
        } = *armed;
        self.armed = None;
        self.fired = true;
        if kind == FaultKind::WriteNoSpace && call.len > 1 && !half_done {
            self.armed = Some(Armed {
                kind,
                left: 1,
                half_done: true,
            });
            return Some(Way::Short);
        }
        Some(kind.way())
    }
}
