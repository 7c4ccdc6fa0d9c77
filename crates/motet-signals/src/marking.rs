//! A new value: who may be concerned by it.

use super::graph::{Edge, State, flag};
use super::history::Epoch;
use super::slab::{Id, NONE};
use motet_memory::{Frozen, Value, is_equal};

/// Who sets.
#[derive(Clone, Copy)]
pub(super) struct Setter {
    /// The place that runs its own effects afterwards, and needs no waking.
    pub place: Id,
    /// The effect that is running there.
    pub effect: Id,
}

/// Whether a value makes no difference to those who depend on one. Numbers of different kinds do: they print differently.
#[inline]
pub fn is_same(former: &Value, value: &Value) -> bool {
    let is_kind_same = former.tag() == value.tag() || former.tag().is_symbol() && value.tag().is_symbol();
    is_same_plain(former, value) || is_kind_same && (value.is_heap() || former.is_heap()) && is_equal(former, value)
}

/// The same where comparing takes no time: other values count as the same only if they are one.
#[inline]
pub(super) fn is_same_plain(former: &Value, value: &Value) -> bool {
    former.tag() == value.tag()
        && (former.payload() == value.payload() || value.as_float().is_some_and(|it| former.as_float() == Some(it)))
}

/// Comparing them takes no time worth speaking of.
#[inline]
pub(super) fn is_plain(value: &Value) -> bool {
    !value.is_heap()
}

impl State {
    /// The next epoch.
    pub fn advance(&mut self) -> Epoch {
        self.epoch += 1;
        self.epoch
    }

    /// The code that has set a signal sees the new value from then on.
    pub fn move_view(&mut self, view: &mut Option<Epoch>, epoch: Epoch) {
        if let Some(former) = view.replace(epoch) {
            self.history.move_view(former, epoch);
        } else {
            *view = None;
        }
    }

    /// Gives a signal another value, as of the running epoch, and marks what depends on it.
    pub fn put(&mut self, id: Id, value: Frozen, setter: Setter) {
        let epoch = self.epoch;
        let node = &mut self.nodes[id];
        let former = std::mem::replace(&mut node.value, value);
        let since = std::mem::replace(&mut node.changed, epoch);
        node.since = epoch;
        if let Some(former) = self.history.replace(id, since, epoch, former) {
            self.throw_away(former);
        }
        self.mark_watchers(id, setter, true);
    }

    /// Marks everything that depends on a node, level by level.
    ///
    /// What depends on a marked node is marked already, so it ends there: why, says the module at the top. A claimed node is
    /// the exception, for the sake of watchers (`watch`): they take off their marks by themselves, and then their thread
    /// looks, which may have computed the value privately. At the end of a claim (`passes_claims` is false) there is no exception:
    /// the set that marked the node has passed through the others, and each of them ends itself.
    pub fn mark_watchers(&mut self, id: Id, setter: Setter, passes_claims: bool) {
        if self.nodes[id].first_watcher == NONE {
            return;
        }
        let mut marking = std::mem::take(&mut self.marking);
        let (mut id, mut at, mut has_reached) = (id, 0, false);
        loop {
            // The next of a row goes by here alone, and not through the list.
            let mut only = NONE;
            let mut edge = self.nodes[id].first_watcher;
            while edge != NONE {
                let Edge { watcher, next, .. } = self.edges[edge];
                let node = &mut self.nodes[watcher];
                let flags = node.flags;
                if flags & flag::MARKED == 0 {
                    node.flags = flags | flag::MARKED;
                    if flags & flag::EFFECT != 0 {
                        self.queue(watcher, setter);
                    } else if next == NONE && at == marking.len() {
                        only = watcher;
                    } else {
                        marking.push(watcher);
                    }
                } else if passes_claims && flags & (flag::CLAIMED | flag::EFFECT | flag::REACHED) == flag::CLAIMED {
                    node.flags = flags | flag::REACHED;
                    marking.push(watcher);
                    has_reached = true;
                }
                edge = next;
            }
            if only != NONE {
                id = only;
            } else if let Some(&next) = marking.get(at) {
                (id, at) = (next, at + 1);
            } else {
                break;
            }
        }
        if has_reached {
            for &id in &marking {
                self.nodes[id].flags &= !flag::REACHED;
            }
        }
        marking.clear();
        self.marking = marking;
    }
}
