//! Safe points inside of natives.
//!
//! A native that goes on for long says so: [`Context::work`] counts units. Once enough have been done it does what a
//! safe point does that cannot wait: it counts steps, looks at the limits, and hears that the task or its thread is to
//! end. What the native gets then is an error that it passes on. Messages, effects and other tasks wait until it has
//! ended.
//!
//! **The rules for natives that take long**, which the sweep in `motet/tests/sweep.rs` checks for every one of them:
//!
//! 1. A native whose time grows with its arguments calls [`Context::work`] as it goes: once for each element, or with as
//!    many units for a larger piece. Walks (`builtins::iterate::drive`) do it by themselves.
//! 2. Comparing, ordering, printing and collecting go through [`Context::is_equal`], [`Context::compare`],
//!    [`Context::text_of`] and `add_item`, which do it.
//! 3. Work in proportion to the memory that a single argument takes, with nothing slower than copying it, needs no safe
//!    point: the limit of memory bounds it.
//! 4. What has a closed form (the sum of a range) takes it, since a walk over a range may have no end.
//! 5. What cannot be sliced, such as a routine of a foreign library, runs through [`Context::offload`].

use super::Isolate;
use super::limits::Where;
use crate::concurrency::Reasons;
use crate::context::Context;
use crate::error::Result;
use crate::memory::{GaveUp, Patience, Value, compare_within, is_equal_within};
use std::cmp::Ordering;

/// Units of work between two looks: some 50 microseconds.
const UNITS: usize = 8192;
/// Units of work that count as one step of the program.
const UNITS_PER_STEP: usize = 32;

impl Context<'_> {
    /// The native is about to do so many units of work, each about as long as looking at one element. An error ends it: a
    /// limit is reached, or the task is to end.
    #[inline]
    pub fn work(&mut self, units: usize) -> Result<()> {
        match self.isolate.work_left.checked_sub(units) {
            Some(left) => {
                self.isolate.work_left = left;
                Ok(())
            }
            None => self.isolate.safe_point_of_native(units),
        }
    }

    /// `a == b`.
    pub fn is_equal(&mut self, a: &Value, b: &Value) -> Result<bool> {
        self.patiently(|patience| is_equal_within(a, b, patience))
    }

    /// How two values are ordered; none if they have no order.
    pub fn compare(&mut self, a: &Value, b: &Value) -> Result<Option<Ordering>> {
        self.patiently(|patience| compare_within(a, b, patience))
    }

    /// Does something of memory's that may take long.
    pub fn patiently<R>(&mut self, work: impl FnOnce(Patience<'_>) -> std::result::Result<R, GaveUp>) -> Result<R> {
        self.isolate.patiently(work)
    }
}

impl Isolate {
    /// Does something of memory's that may take long.
    pub(crate) fn patiently<R>(
        &mut self,
        work: impl FnOnce(Patience<'_>) -> std::result::Result<R, GaveUp>,
    ) -> Result<R> {
        let mut failure = None;
        let mut context = Context { isolate: self };
        let result = work(&mut |units| match context.work(units) {
            Ok(()) => true,
            Err(error) => {
                failure = Some(error);
                false
            }
        });
        match (result, failure) {
            (Ok(result), _) => Ok(result),
            (Err(GaveUp), failure) => Err(failure.expect("patience ends by an error")),
        }
    }

    #[cold]
    #[inline(never)]
    fn safe_point_of_native(&mut self, units: usize) -> Result<()> {
        let done = UNITS - self.work_left + units;
        self.work_left = UNITS;
        if !self.interrupt.word().is_raised() {
            return Ok(());
        }
        let reasons = self.interrupt.word().take_some(Reasons::STOP | Reasons::LIMIT | Reasons::CANCEL);
        if reasons.contains(Reasons::STOP) {
            self.scheduler().stop_here();
        }
        if (reasons.contains(Reasons::LIMIT) || self.interrupt.word().is_raised_for(Reasons::COUNT))
            && let Some(error) = self.count_steps((done / UNITS_PER_STEP) as u64, Where::InNative)
        {
            return Err(error);
        }
        match self.scheduler().take_cancellation() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }
}
