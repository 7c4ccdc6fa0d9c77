//! Which moments are being looked at, and what signals were worth then.
//!
//! A view is the epoch that an evaluation in progress looks at. While there are views, a set keeps the value that it
//! replaces if one of them still sees it: at most one value for each view and signal. They go when the views do.

use super::slab::Id;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use motet_memory::Frozen;

/// The time of the graph: counts sets.
pub(super) type Epoch = u64;

/// A value that a signal had.
pub(super) struct Former {
    /// Since when it had it.
    pub since: Epoch,
    /// Until it got another.
    until: Epoch,
    pub value: Frozen,
}

#[derive(Default)]
pub(super) struct History {
    views: Vec<Epoch>,
    former: HashMap<Id, Vec<Former>, FixedState>,
    /// Values kept; when there are this many, those that no view needs are looked for.
    kept: usize,
    sweep_at: usize,
}

/// Values that are kept before the first sweep.
const FIRST_SWEEP: usize = 64;

impl History {
    pub fn begin_view(&mut self, epoch: Epoch) {
        self.views.push(epoch);
    }

    /// An evaluation looks at a later moment from now on.
    pub fn move_view(&mut self, from: Epoch, to: Epoch) {
        if let Some(view) = self.views.iter_mut().rev().find(|view| **view == from) {
            *view = to;
        }
    }

    /// Gives the values that no view needs any more, to be dropped without the lock.
    pub fn end_view(&mut self, epoch: Epoch) -> Vec<Frozen> {
        if let Some(at) = self.views.iter().rposition(|&view| view == epoch) {
            self.views.swap_remove(at);
        }
        if self.kept == 0 {
            return Vec::new();
        }
        if !self.views.is_empty() && self.kept < self.sweep_at {
            return Vec::new();
        }
        let oldest = self.views.iter().copied().min().unwrap_or(Epoch::MAX);
        let mut unneeded = Vec::new();
        self.former.retain(|_, values| {
            unneeded.extend(values.extract_if(.., |former| former.until <= oldest).map(|former| former.value));
            !values.is_empty()
        });
        self.kept -= unneeded.len();
        self.sweep_at = (self.kept * 2).max(FIRST_SWEEP);
        unneeded
    }

    /// A signal's value, which it had since `since`, is being replaced. Gives it back if no view needs it.
    pub fn replace(&mut self, id: Id, since: Epoch, until: Epoch, value: Frozen) -> Option<Frozen> {
        if !self.views.iter().any(|&view| view >= since && view < until) {
            return Some(value);
        }
        self.former.entry(id).or_default().push(Former { since, until, value });
        self.kept += 1;
        None
    }

    /// What a signal was worth in a view, if it was set since.
    pub fn value_at(&self, id: Id, view: Epoch) -> Option<&Former> {
        self.former.get(&id)?.iter().rev().find(|former| former.since <= view && view < former.until)
    }

    /// A signal is gone.
    pub fn forget(&mut self, id: Id) -> Vec<Frozen> {
        if self.kept == 0 {
            return Vec::new();
        }
        let values = self.former.remove(&id).unwrap_or_default();
        self.kept -= values.len();
        values.into_iter().map(|former| former.value).collect()
    }

    #[cfg(test)]
    pub fn is_empty(&self) -> bool {
        self.kept == 0 && self.former.is_empty() && self.views.is_empty()
    }
}
