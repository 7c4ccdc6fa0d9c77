//! How an isolate keeps within its program's limits.
//!
//! With a limit on steps or memory, the interrupt word is raised all the time that the isolate runs, so that every safe
//! point comes to `steps`; a program without limits pays nothing. Once a limit is reached the budget is *spent*, and an isolate
//! that notices is *ending*: the unwinder looks for no handlers any more, so the error passes through everything, and tasks
//! that are switched to end at once.

use super::Isolate;
use super::budget::Budget;
use crate::builtins::arguments::{MAX_ITEMS, MAX_TEXT};
use crate::concurrency::Reasons;
use crate::error::{Body, Error};
use crate::interpreter::Control;
use crate::limits::Permissions;
use crate::memory::account::{self, Lease};
use crate::memory::{Parcel, Value, reachable_bytes};
use crate::profile::At;
use crate::scheduler::Limited;
use crate::settings::Settings;
use std::sync::Arc;

/// Where a program stops to look at its limits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Where {
    BetweenInstructions,
    InNative,
}

/// Bytes that a thread of a program with a limit of memory allocates between two looks at what the system says.
const ALLOCATION_BETWEEN_LOOKS: u64 = 1 << 20;

impl Isolate {
    /// Looks at what the allocator has counted: cheap, unless the program holds too much, or has allocated much since the
    /// system was last asked.
    pub(super) fn look_at_account(&mut self, budget: &Budget, lease: &Lease, place: Where) {
        if !lease.is_exceeded() {
            budget.keeps_within(lease);
            if account::allocated_here() < self.look_at_memory_at {
                return;
            }
            self.look_at_memory_at = account::allocated_here() + ALLOCATION_BETWEEN_LOOKS;
            if lease.is_scattered() {
                budget.reach_memory();
            }
            return;
        }
        // Garbage cycles are not the program's fault. A native may be reading a container, which the collector must not
        // see: then this isolate, too, collects at its next safe point.
        if budget.exceeds(lease) && place == Where::BetweenInstructions {
            self.heap.collect();
        }
    }

    /// Counts the bytes that the isolate can reach. Garbage cycles are freed first: they are not the program's fault.
    pub(super) fn look_at_memory(&mut self) {
        let Some(budget) = &self.budget else { return };
        let budget = Arc::clone(budget);
        self.heap.collect();
        let mut roots: Vec<Value> = Vec::new();
        self.trace_roots(&mut |value| roots.push(value.clone()));
        let stacks = self.coroutine.bytes() + self.chain.iter().map(|link| link.coroutine.bytes()).sum::<usize>();
        self.tell_memory(&budget, (reachable_bytes(&roots) + stacks + self.tasks.bytes()) as u64);
        self.plan_next_look();
    }

    fn tell_memory(&mut self, budget: &Budget, bytes: u64) {
        budget.holds(std::mem::replace(&mut self.memory_held, bytes), bytes);
    }

    /// Counts what waits in mailboxes and channels, which no isolate reaches, until it arrives or is dropped.
    pub(crate) fn count_under_way(&self, mut parcel: Parcel) -> Parcel {
        if let Some(budget) = self.budget.as_ref().filter(|budget| budget.counts_values()) {
            let bytes = parcel.bytes_under_way() as u64;
            budget.holds(0, bytes);
            let budget = Arc::clone(budget);
            parcel.when_gone(move || budget.holds(bytes, 0));
        }
        parcel
    }

    /// The isolate holds nothing any more: another thread's will be counted anew.
    pub(super) fn forget_memory(&mut self) {
        if let Some(budget) = self.budget.clone() {
            self.tell_memory(&budget, 0);
        }
    }

    /// Sets when memory is looked at next.
    pub(super) fn plan_next_look(&mut self) {
        if self.settings.counts_process {
            // The first look is soon: a thread of the system has a count of its own.
            self.look_at_memory_at = 0;
            return;
        }
        let advance = self.budget.as_ref().and_then(|budget| budget.allocation_between_looks());
        let now = self.heap.allocated() + self.coroutine.bytes() as u64;
        self.look_at_memory_at = advance.map_or(u64::MAX, |advance| now.saturating_add(advance));
    }

    /// Shows all values that the isolate itself holds.
    fn trace_roots(&self, visit: &mut dyn FnMut(&Value)) {
        self.coroutine.trace(visit);
        for link in &self.chain {
            link.coroutine.trace(visit);
            visit(&link.generator);
        }
        visit(&self.native_result);
        self.tasks.trace(visit);
        self.exports.values().for_each(&mut *visit);
        self.globals.values().for_each(visit);
    }

    /// Bytes that a text made in one go may have; see `Context::most_text`.
    pub(crate) fn most_text(&self) -> usize {
        // A builtin makes the text, which is then copied into the string.
        self.most_bytes().map_or(MAX_TEXT, |bytes| MAX_TEXT.min(bytes).min(account::room() / 2))
    }

    /// Items that a list made in one go may have; see `Context::most_items`.
    pub(crate) fn most_items(&self) -> usize {
        self.most_bytes().map_or(MAX_ITEMS, |bytes| MAX_ITEMS.min(bytes / size_of::<Value>()))
    }

    /// Items that a list of so many may still get from a builtin that fills it.
    pub(crate) fn room_for_items(&self, held: usize) -> usize {
        let limit = self.settings_limit().map_or(MAX_ITEMS, |bytes| MAX_ITEMS.min(bytes / size_of::<Value>()));
        limit.saturating_sub(held).min(account::room() / size_of::<Value>())
    }

    fn most_bytes(&self) -> Option<usize> {
        let limit = self.settings_limit()?;
        Some(limit.min(account::room()))
    }

    fn settings_limit(&self) -> Option<usize> {
        self.settings.limits.memory.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX))
    }

    /// What is left of the program's limits, if it has any.
    pub(crate) fn budget(&self) -> Option<&Arc<Budget>> {
        self.budget.as_ref()
    }

    /// What the program was started with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What the program may touch outside itself.
    pub fn permissions(&self) -> Permissions {
        self.settings.permissions
    }

    /// What ends the program, once a limit has been reached: nothing of it goes on for longer than to its next safe point.
    pub(crate) fn limit_error(&mut self) -> Option<Error> {
        let error = self.budget.as_ref()?.error()?;
        self.is_ending = true;
        Some(error)
    }

    /// Why a task ended that failed with this error: when a limit was reached, tasks that only waited are cancelled.
    pub(crate) fn reason_of_end(&mut self, error: Value) -> Error {
        let Some(limit) = self.limit_error() else { return Error::thrown(error) };
        let Body::Raised { kind, .. } = limit.body() else { return limit };
        let class = error.as_instance().and_then(|error| error.class());
        let of_limit = self.builtins.error_class(*kind);
        // Tasks that a limit cancels end with `Cancelled`, too: that is the reason only if the whole call was cancelled.
        let is_reason =
            class.is_some_and(|class| of_limit.as_class().is_some_and(|limit| class.is_or_descends_from(limit)));
        if is_reason { Error::thrown(error) } else { limit }
    }

    /// The safe point before the loop goes on with what is on top. Natives and cold functions call one another without
    /// another one in between: a program that only ever calls so must escape neither its limits nor the collector.
    ///
    /// `has_called`: what is on top did not just go on after a wait. If a function has then been entered, in whatever way, this is
    /// a safe point like any other: messages arrive, and a recursion without end is cancelled. A task that goes on where it
    /// was pushed aside gets on a little first, or a flood of messages would keep it there for ever.
    #[cold]
    #[inline(never)]
    pub(crate) fn interrupted_between_calls(&mut self, has_called: bool) -> Control {
        const BETWEEN_CALLS: Reasons =
            Reasons::COLLECT.union(Reasons::LIMIT).union(Reasons::COUNT).union(Reasons::SAMPLE);
        if self.takes_step() {
            return Control::Next;
        }
        if has_called && !self.interrupt.word().raised().without(BETWEEN_CALLS).is_empty() && self.is_at_entry() {
            return self.interrupted();
        }
        let reasons = self.interrupt.word().take_some(BETWEEN_CALLS);
        if reasons.contains(Reasons::SAMPLE) {
            self.take_sample(At::Instruction);
        }
        if reasons.contains(Reasons::COLLECT) {
            self.heap.collect();
        }
        if reasons.intersects(Reasons::LIMIT | Reasons::COUNT) { self.limited_step() } else { Control::Next }
    }

    /// Whether a function is on top that has done nothing yet.
    fn is_at_entry(&self) -> bool {
        let frame = self.frame();
        // SAFETY: loaded code lives as long as the isolate, and this frame is not a native's.
        !frame.is_native() && frame.pc == unsafe { &*frame.loaded }.start.get()
    }

    /// The safe point behind a builtin whose result has been delivered without a frame.
    #[cold]
    #[inline(never)]
    pub(crate) fn interrupted_after_call(&mut self) -> Control {
        if self.frame().is_native() { Control::Next } else { self.scheduler().interrupted(Limited::After) }
    }

    /// The safe point at the entry of a function that a builtin calls. It is none if something else is on top: a builtin
    /// whose result is on its way, or code that caught what the call threw.
    #[cold]
    #[inline(never)]
    pub(crate) fn interrupted_at_callback(&mut self) -> Control {
        if !self.is_at_entry() {
            return Control::Reload;
        }
        if self.interrupt.word().is_raised_for(Reasons::SAMPLE) {
            self.sampled_here(At::Callback);
        }
        match self.scheduler().interrupted(Limited::Before) {
            Control::Next => Control::Reload,
            control => control,
        }
    }

    /// Asks for the permission to print.
    pub(crate) fn may_print(&mut self, bytes: usize) -> Result<(), Error> {
        let Some(budget) = self.budget.as_ref().filter(|budget| !budget.print(bytes)) else { return Ok(()) };
        self.is_ending = true;
        // Another thread may have reached another limit first; then that one is the reason.
        Err(budget.error().expect("a limit has been reached"))
    }
}
