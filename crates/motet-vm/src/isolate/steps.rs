//! Counting the steps of a program with limits.
//!
//! A step is a call, or a turn of a loop. All isolates of a program share one count, the budget's. An isolate takes a number
//! of steps before it tells the budget, so that neither the interpreter nor machine code writes to what threads share at each
//! of them. It takes no more than the limit has left: an isolate by itself ends at the very step that is one too many. Of
//! several that run at once, each may have taken up to [`MOST`] that the others do not know of.

use super::Isolate;
use super::limits::Where;
use crate::concurrency::Reasons;
use crate::error::Error;
use crate::interpreter::{Control, unwind};
use crate::memory::account;
use std::sync::Arc;

/// Steps that an isolate takes before it tells the budget.
const MOST: u64 = 4096;

/// What an isolate may take, and what of it is left.
#[derive(Default)]
pub(crate) struct Steps {
    granted: i64,
    /// Machine code counts here, too. It may be less than nothing for a moment.
    pub left: i64,
}

impl Steps {
    /// The steps that were taken; there are none left.
    fn taken(&mut self) -> i64 {
        let Steps { granted, left } = std::mem::take(self);
        granted - left
    }

    /// A step that is counted again right away.
    pub fn give_back(&mut self, count: i64) {
        self.left += count;
    }
}

impl Isolate {
    /// The interpreter starts to run a task.
    pub(crate) fn begin_counting(&mut self) {
        let Some(budget) = &self.budget else { return };
        budget.start();
        if budget.is_spent() {
            self.interrupt.ring(Reasons::LIMIT);
        }
        self.grant();
    }

    /// It has run it.
    pub(crate) fn end_counting(&mut self) {
        let taken = self.steps.taken();
        if let Some(budget) = &self.budget
            && taken > 0
        {
            budget.step(taken.unsigned_abs());
        }
    }

    /// Whether steps or memory of the program are limited.
    pub(crate) fn is_limited(&self) -> bool {
        self.budget.as_ref().is_some_and(|budget| budget.is_counting())
    }

    /// Whether each step of the program has to be counted.
    pub(crate) fn counts_steps(&self) -> bool {
        self.budget.as_ref().is_some_and(|budget| budget.counts_steps())
    }

    /// Takes a step, if nothing but that is to be done at a safe point.
    #[inline]
    pub(crate) fn takes_step(&mut self) -> bool {
        if self.interrupt.word().raised() != Reasons::COUNT || self.steps.left <= 0 || self.is_memory_due() {
            return false;
        }
        self.steps.left -= 1;
        true
    }

    /// A step of a program with limits: counts it, and ends the task if there is nothing left.
    pub(crate) fn limited_step(&mut self) -> Control {
        match self.count_steps(1, Where::BetweenInstructions) {
            Some(error) => unwind::throw(self, error),
            None => Control::Next,
        }
    }

    /// Counts steps, and looks at memory; gives what ends the program if there is nothing left.
    pub(crate) fn count_steps(&mut self, count: u64, place: Where) -> Option<Error> {
        let budget = Arc::clone(self.budget.as_ref()?);
        let taken = self.steps.taken().saturating_add_unsigned(count);
        budget.step(u64::try_from(taken).unwrap_or(0));
        match budget.lease() {
            Some(lease) => self.look_at_account(&budget, lease, place),
            // Values that a native holds in hand cannot be found.
            None if place == Where::InNative => {}
            None if self.has_allocated_much() => self.look_at_memory(),
            None => {}
        }
        if let Some(error) = budget.error() {
            self.is_ending = true;
            return Some(error);
        }
        self.grant();
        None
    }

    /// The isolate may take some steps more.
    fn grant(&mut self) {
        if let Some(budget) = self.budget.as_ref().filter(|budget| budget.is_counting()) {
            let granted = budget.steps_left().min(MOST).cast_signed();
            self.steps = Steps { granted, left: granted };
            self.interrupt.ring(Reasons::COUNT);
        }
    }

    /// What the VM did for code may have allocated, which its own safe points would have looked at.
    #[inline]
    pub(crate) fn look_behind_code(&self) {
        if self.budget.is_some() && self.is_memory_due() {
            self.interrupt.ring(Reasons::LIMIT);
        }
    }

    /// Whether memory has to be looked at, if it is limited.
    pub(crate) fn is_memory_due(&self) -> bool {
        let Some(budget) = self.budget.as_ref().filter(|budget| budget.limits_memory()) else { return false };
        match budget.lease() {
            Some(lease) if lease.is_exceeded() => true,
            Some(lease) => {
                budget.keeps_within(lease);
                account::allocated_here() >= self.look_at_memory_at
            }
            None => self.has_allocated_much(),
        }
    }

    /// Stacks do not grow through the heap.
    fn has_allocated_much(&self) -> bool {
        self.heap.allocated() + self.coroutine.bytes() as u64 >= self.look_at_memory_at
    }
}
