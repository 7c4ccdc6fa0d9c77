//! What a thread leaves behind in its isolate, which another thread uses after it.

use super::Isolate;
use crate::memory::Value;

impl Isolate {
    /// A thread that has ended left nothing whose end could be noticed: a reset drops no value, and gives back no
    /// memory that is counted.
    pub(crate) fn is_clear(&self) -> bool {
        self.budget.is_none()
            && self.coroutine.is_empty()
            && self.chain.is_empty()
            && self.native_result.is_null()
            && self.tasks.is_reset()
            && self.tasks.effects.is_new()
            && self.has_no_modules()
            && self.heap.watches_nothing()
    }

    /// Clears what a thread left behind, and says what its tasks, callbacks and futures should not have: a reset finds
    /// nothing to do but to forget globals (T-06).
    pub(crate) fn reset(&mut self) -> Option<String> {
        let mut left = Vec::new();
        let mut count = |number: usize, what: &str| {
            if number > 0 {
                left.push(format!("{number} {what}"));
            }
        };
        count(self.tasks.count(), "tasks");
        count(self.coroutine.depth() + self.chain.len(), "frames");
        count(self.tasks.forgotten_timers(), "timers");
        self.coroutine.surrender(&mut drop);
        self.chain.clear();
        self.native_result = Value::NULL;
        self.tasks.renew();
        self.forget_modules();
        self.forget_memory();
        self.heap.collect();
        (!left.is_empty()).then(|| left.join(", "))
    }
}
