//! Stands between the store and its disk: sees which acknowledgements are out before each call,
//! lets single calls fail, and notes calls made on the executor's thread.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::ThreadId;
use std::time::Duration;

use crash_disk::sim::SimFs;
use crash_disk::{Call, CallKind, Hook, Verdict};

use super::aim::{Aim, CallId, Tally, Way};
use crate::log::{Flushed, PendingAppend};
use crate::op::FaultKind;

/// Errno of a failed input or output.
const EIO: i32 = 5;

/// Errno of a full disk.
const ENOSPC: i32 = 28;

/// Most calls on the executor's thread that are kept for a report.
const KEPT_CALLS: usize = 8;

/// How long a call is held back, at most: a store may wait for it where nobody can tell.
const HELD_AT_MOST: Duration = Duration::from_millis(100);

/// The hook of one run: sees acknowledgements, strikes with faults, holds syncs back, notes calls
/// on the executor.
#[derive(Debug, Default)]
pub struct Watch {
    state: Mutex<State>,
    released: Condvar,
}

#[derive(Debug, Default)]
struct State {
    disk: Option<SimFs>,
    pending: Vec<(usize, PendingAppend)>,
    acknowledged: Vec<(usize, u64)>,
    fault: Option<Fault>,
    aim: Option<Aim>,
    noted: Option<Vec<(CallId, u64)>>,
    tally: Tally,
    fired: bool,
    /// Syncs wait, unless they are made on this thread.
    holder: Option<ThreadId>,
    answer: Option<Answer>,
    executor: Option<ThreadId>,
    on_executor: Vec<String>,
    bytes_read: u64,
}

/// An answer that is waited for.
#[derive(Debug)]
struct Answer {
    /// Who looks for it.
    thread: ThreadId,
    /// How often it was told to look, and up to which time it did.
    wakes: u64,
    looked: u64,
}

#[derive(Debug, Clone, Copy)]
struct Fault {
    kind: FaultKind,
    left: u64,
    /// Whether the full disk has taken its half already.
    half_done: bool,
}

impl Watch {
    /// Watches a run on this disk.
    #[must_use]
    pub fn new(disk: Option<SimFs>) -> Self {
        Self {
            state: Mutex::new(State {
                disk,
                ..State::default()
            }),
            released: Condvar::new(),
        }
    }

    /// From now on syncs wait to be let go. Those on the calling thread do not, as nobody else
    /// could let them go.
    pub fn hold_syncs(&self) {
        self.state().holder = Some(std::thread::current().id());
    }

    /// Lets syncs go.
    pub fn release_syncs(&self) {
        self.state().holder = None;
        self.released.notify_all();
    }

    /// Drives a write whose return is its acknowledgement. Returns at which step of the disk it came:
    /// calls that change the disk wait until an answer that may be out has been looked at.
    ///
    /// Without that the caller would see it too late, as its thread has to wake up first; what the
    /// disk did meanwhile would seem to belong to the write.
    pub async fn answered<T>(self: &Arc<Self>, write: impl Future<Output = T>) -> (T, u64) {
        let _waiting = Waiting::new(self);
        let mut write = pin!(write);
        poll_fn(|context| {
            let due = self
                .state()
                .answer
                .as_ref()
                .map_or(0, |answer| answer.wakes);
            let knock = Arc::new(Knock {
                watch: Arc::clone(self),
                waker: context.waker().clone(),
            });
            let waker = Waker::from(knock);
            let polled = write.as_mut().poll(&mut Context::from_waker(&waker));
            let mut state = self.state();
            let step = state.step();
            if let Some(answer) = &mut state.answer {
                answer.looked = due;
            }
            drop(state);
            if polled.is_ready() {
                return polled.map(|result| (result, step));
            }
            self.released.notify_all();
            Poll::Pending
        })
        .await
    }

    /// From now on the acknowledgement of write `number` is looked for before every disk call.
    pub fn expect(&self, number: usize, append: PendingAppend) {
        self.state().pending.push((number, append));
    }

    /// Takes what has been acknowledged: numbers of writes, each with the step at which its
    /// acknowledgement was seen.
    pub fn acknowledged(&self) -> Vec<(usize, u64)> {
        let mut state = self.state();
        state.look();
        std::mem::take(&mut state.acknowledged)
    }

    /// Forgets acknowledgements that are still out.
    pub fn forget(&self) {
        let mut state = self.state();
        state.pending.clear();
        state.acknowledged.clear();
    }

    /// The `nth` call of that kind from now fails, once.
    pub fn arm(&self, kind: FaultKind, nth: u64) {
        let mut state = self.state();
        state.fired = false;
        state.fault = Some(Fault {
            kind,
            left: nth.max(1),
            half_done: false,
        });
    }

    /// That call, counted from now, fails in that way.
    pub fn aim(&self, aim: Aim) {
        let mut state = self.state();
        state.fired = false;
        state.tally = Tally::default();
        state.aim = Some(aim);
    }

    /// Takes the fault away and says whether it struck.
    pub fn disarm(&self) -> bool {
        let mut state = self.state();
        state.fault = None;
        state.aim = None;
        state.fired
    }

    /// From now on calls are noted.
    pub fn note(&self) {
        let mut state = self.state();
        state.tally = Tally::default();
        state.noted = Some(Vec::new());
    }

    /// Takes the calls that were noted, each with its bytes.
    pub fn noted(&self) -> Vec<(CallId, u64)> {
        self.state().noted.take().unwrap_or_default()
    }

    /// Whether the armed fault struck.
    #[must_use]
    pub fn fired(&self) -> bool {
        self.state().fired
    }

    /// From now on calls made on this thread are noted.
    pub fn executor(&self, thread: Option<ThreadId>) {
        self.state().executor = thread;
    }

    /// Takes the calls that were made on the executor's thread.
    pub fn on_executor(&self) -> Vec<String> {
        std::mem::take(&mut self.state().on_executor)
    }

    /// Bytes that reads asked for, so far.
    #[must_use]
    pub fn bytes_read(&self) -> u64 {
        self.state().bytes_read
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether a sync of this thread has to wait.
    fn holds_me(&self) -> bool {
        let me = std::thread::current().id();
        self.holder.is_some_and(|holder| holder != me)
    }

    /// Whether a call of this thread has to wait until an answer was looked for.
    fn hides_answer(&self) -> bool {
        let me = std::thread::current().id();
        self.answer
            .as_ref()
            .is_some_and(|answer| answer.wakes > answer.looked && answer.thread != me)
    }

    fn step(&self) -> u64 {
        self.disk.as_ref().map_or(0, SimFs::step)
    }

    /// Notes the acknowledgements that are out now.
    fn look(&mut self) {
        if self.pending.is_empty() {
            return;
        }
        let step = self.step();
        let acknowledged = &mut self.acknowledged;
        self.pending.retain(|(number, append)| match append.now() {
            None => true,
            Some(Flushed::Ok) => {
                acknowledged.push((*number, step));
                false
            }
            Some(_) => false,
        });
    }

    /// Notes the call and says what becomes of it if it is the one aimed at.
    fn aimed(&mut self, call: &Call<'_>) -> Option<Verdict> {
        if self.aim.is_none() && self.noted.is_none() {
            return None;
        }
        let id = self.tally.number(call);
        if let Some(noted) = &mut self.noted {
            noted.push((id.clone(), call.len));
        }
        let aim = self.aim.take_if(|aim| aim.call == id)?;
        self.fired = true;
        if aim.is_sync() {
            return Some(self.fail_sync());
        }
        Some(match (aim.way, aim.way.errno()) {
            (Way::Short, _) | (_, None) => {
                Verdict::Short(usize::try_from(call.len / 2).unwrap_or(1))
            }
            (_, Some(errno)) => Verdict::Fail(io::Error::from_raw_os_error(errno)),
        })
    }

    /// The disk itself fails the sync: it knows which pages are lost by that.
    fn fail_sync(&self) -> Verdict {
        match &self.disk {
            Some(disk) => {
                disk.fail_sync(1, EIO);
                Verdict::Proceed
            }
            None => Verdict::Fail(io::Error::from_raw_os_error(EIO)),
        }
    }

    /// What the armed fault makes of this call.
    fn strike(&mut self, call: &Call<'_>) -> Verdict {
        let Some(fault) = self.fault.as_mut().filter(|fault| fault.meets(call)) else {
            return Verdict::Proceed;
        };
        fault.left -= 1;
        if fault.left > 0 {
            return Verdict::Proceed;
        }
        let fault = *fault;
        let kind = fault.kind;
        self.fault = None;
        self.fired = true;
        match kind {
            FaultKind::Sync | FaultKind::SyncDir => self.fail_sync(),
            FaultKind::ShortWrite => Verdict::Short(usize::try_from(call.len / 2).unwrap_or(1)),
            FaultKind::WriteNoSpace if call.len > 1 && !fault.half_done => {
                self.fault = Some(Fault {
                    kind,
                    left: 1,
                    half_done: true,
                });
                Verdict::Short(usize::try_from(call.len / 2).unwrap_or(1))
            }
            FaultKind::WriteNoSpace => Verdict::Fail(io::Error::from_raw_os_error(ENOSPC)),
            FaultKind::Write | FaultKind::Rename | FaultKind::Create => {
                Verdict::Fail(io::Error::from_raw_os_error(EIO))
            }
        }
    }
}

impl Fault {
    fn meets(&self, call: &Call<'_>) -> bool {
        match self.kind {
            FaultKind::Write | FaultKind::WriteNoSpace => call.kind == CallKind::Write,
            // Half of one byte is none, which is another kind of failure.
            FaultKind::ShortWrite => call.kind == CallKind::Write && call.len > 1,
            FaultKind::Sync => matches!(call.kind, CallKind::SyncData | CallKind::SyncAll),
            FaultKind::SyncDir => call.kind == CallKind::SyncDir,
            FaultKind::Rename => call.kind == CallKind::Rename,
            FaultKind::Create => call.kind == CallKind::CreateNew,
        }
    }
}

impl Hook for Watch {
    fn before(&self, call: &Call<'_>) -> Verdict {
        let mut state = self.state();
        if is_sync(call.kind) && state.holds_me() {
            let waited = self
                .released
                .wait_timeout_while(state, HELD_AT_MOST, |state| state.holds_me());
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        if changes_disk(call.kind) && state.hides_answer() {
            let waited = self
                .released
                .wait_timeout_while(state, HELD_AT_MOST, |state| state.hides_answer());
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.look();
        if changes_disk(call.kind)
            && state.executor == Some(std::thread::current().id())
            && state.on_executor.len() < KEPT_CALLS
        {
            state
                .on_executor
                .push(format!("{:?} {}", call.kind, call.path.display()));
        }
        if call.kind == CallKind::Read {
            state.bytes_read += call.len;
        }
        match state.aimed(call) {
            Some(verdict) => verdict,
            None => state.strike(call),
        }
    }
}

/// An answer is waited for until this is dropped.
struct Waiting<'a>(&'a Watch);

impl<'a> Waiting<'a> {
    fn new(watch: &'a Watch) -> Self {
        watch.state().answer = Some(Answer {
            thread: std::thread::current().id(),
            wakes: 0,
            looked: 0,
        });
        Self(watch)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.state().answer = None;
        self.0.released.notify_all();
    }
}

/// Tells the watch that an answer may be out, before it tells who waits for it.
struct Knock {
    watch: Arc<Watch>,
    waker: Waker,
}

impl Wake for Knock {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if let Some(answer) = &mut self.watch.state().answer {
            answer.wakes += 1;
        }
        self.waker.wake_by_ref();
    }
}

fn is_sync(kind: CallKind) -> bool {
    matches!(
        kind,
        CallKind::SyncData | CallKind::SyncAll | CallKind::SyncDir
    )
}

/// Reads may be made on the executor's thread; what waits for the disk to write may not.
fn changes_disk(kind: CallKind) -> bool {
    !matches!(
        kind,
        CallKind::Open | CallKind::Read | CallKind::Len | CallKind::ReadDir | CallKind::Lock
    )
}
