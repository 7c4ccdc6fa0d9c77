//! Where effects run: their queues, and whom to wake.
//!
//! A place is an isolate, or a thread of an embedder. Only it runs its effects. An effect whose mark is new joins the queue;
//! the first in an empty queue wakes the place, unless it is the place itself that sets: it looks at its queue before its
//! set returns. At the end of a claim it is woken in any case, since it may have been a mere read.
//!
//! **Circles.** An effect that another effect made run by what it set remembers which one, and how long the row is. After
//! [`ROUNDS`] the row is walked back: if the same effect is in it again, it is not run, and that is an error. A row that is
//! merely long is none.

use super::graph::{Graph, State, flag};
use super::handle::Function;
use super::marking::Setter;
use super::slab::{Id, NONE};
use motet_concurrency::{Bell, Reasons, Wake, Waker};
use motet_memory::read_ahead;
use std::collections::VecDeque;
use std::sync::Arc;

/// Effects in a row that made each other run before it is looked at whether they go in circles.
pub const ROUNDS: u16 = 100;

/// The longest circle whose effects are all named.
const NAMED: usize = 16;

pub(super) struct PlaceState {
    queue: VecDeque<Id>,
    waker: Option<Waker>,
    /// It has been woken, and has not emptied its queue since.
    pub is_woken: bool,
    /// Nothing runs here any more.
    is_closed: bool,
}

/// What a place is to do next.
pub(super) enum Next {
    /// Nothing.
    Nothing,
    /// This effect is to be claimed.
    Run(Id),
    /// Effects make each other run, without end: which, stands where the caller said. The last one is not run.
    Circle,
}

/// Rings when effects have to run because a signal was set elsewhere.
pub struct EffectBell(pub Arc<Bell>);

impl Wake for EffectBell {
    fn wake(&self, _: u64) {
        self.0.ring(Reasons::EFFECT);
    }
}

impl Graph {
    /// A new place. The waker is used, from any thread, when an effect of it has to run.
    pub fn add_place(self: &Arc<Graph>, waker: Option<Waker>) -> Arc<PlaceHold> {
        let place = PlaceState { queue: VecDeque::new(), waker, is_woken: false, is_closed: false };
        let number = self.with(|state| state.places.insert(place));
        Arc::new(PlaceHold { graph: self.clone(), number })
    }
}

/// Keeps the number of a place: for as long as the place or one of its effects lives.
pub struct PlaceHold {
    graph: Arc<Graph>,
    number: Id,
}

impl PlaceHold {
    pub fn number(&self) -> Id {
        self.number
    }

    /// An effect waits to be run.
    pub fn has_effects_to_run(&self) -> bool {
        self.graph.with(|state| !state.places[self.number].queue.is_empty())
    }

    /// Nothing runs here any more.
    pub fn close(&self) {
        let waker = self.graph.with(|state| {
            let place = &mut state.places[self.number];
            place.is_closed = true;
            let (queue, waker) = (std::mem::take(&mut place.queue), place.waker.take());
            for id in queue {
                state.nodes[id].flags &= !flag::QUEUED;
                state.free_if_unheld(id);
            }
            waker
        });
        drop(waker);
    }
}

impl Drop for PlaceHold {
    fn drop(&mut self) {
        self.close();
        self.graph.with(|state| state.places.release(self.number));
    }
}

impl State {
    /// An effect is to run.
    pub fn queue(&mut self, id: Id, setter: Setter) {
        let (rounds, cause) = match setter.effect {
            NONE => (0, NONE),
            cause => (self.nodes[cause].rounds.saturating_add(1), cause),
        };
        let node = &mut self.nodes[id];
        node.rounds = rounds;
        node.cause = cause;
        if node.flags & (flag::QUEUED | flag::CLAIMED) != 0 {
            // It is in the queue already; or it runs, and the thread that runs it will see the mark.
            if node.flags & (flag::CLAIMED | flag::EAGER) == flag::CLAIMED | flag::EAGER {
                let waker = self.places[node.place].waker.clone();
                self.wakes.extend(waker);
            }
            return;
        }
        self.enqueue(id, setter.place);
    }

    /// The same, keeping why.
    pub fn enqueue(&mut self, id: Id, from: Id) {
        let node = &mut self.nodes[id];
        let place = &mut self.places[node.place];
        if place.is_closed {
            return;
        }
        node.flags |= flag::QUEUED;
        place.queue.push_back(id);
        if node.place != from
            && !std::mem::replace(&mut place.is_woken, true)
            && let Some(waker) = &place.waker
        {
            self.wakes.push(waker.clone());
        }
    }

    /// Takes a whole queue.
    pub fn take_queue(&mut self, place: Id) -> VecDeque<Id> {
        let place = &mut self.places[place];
        place.is_woken = false;
        std::mem::take(&mut place.queue)
    }

    /// Takes the next effect out of a queue.
    #[inline(always)]
    pub fn next_effect(&mut self, at: Id, circle: &mut Vec<(Id, Arc<Function>)>) -> Next {
        loop {
            let place = &mut self.places[at];
            let Some(id) = place.queue.pop_front() else {
                place.is_woken = false;
                return Next::Nothing;
            };
            let node = &mut self.nodes[id];
            node.flags &= !flag::QUEUED;
            if node.flags & (flag::HELD | flag::CLAIMED) != flag::HELD {
                // If another task of the same isolate runs it, it will be run again after that.
                self.free_if_unheld(id);
                continue;
            }
            if node.rounds < ROUNDS {
                self.read_ahead_for(at);
                return Next::Run(id);
            }
            let Some(path) = self.circle_of(id) else { return Next::Run(id) };
            let node = &mut self.nodes[id];
            node.flags &= !flag::MARKED;
            node.rounds = 0;
            *circle = path;
            return Next::Circle;
        }
    }

    /// While an effect runs, the processor reads what the next ones begin with: many effects are more than its cache holds.
    #[inline(always)]
    fn read_ahead_for(&self, place: Id) {
        let queue = &self.places[place].queue;
        if let Some(&later) = queue.get(1)
            && let Some(work) = &self.nodes[later].work
        {
            read_ahead(&work.is_new);
        }
        // This was read ahead when the effect before was taken out.
        if let Some(&next) = queue.front()
            && let Some(work) = &self.nodes[next].work
            && let Some(source) = work.sources.first()
            && let Some(work) = &self.nodes[source.id].work
        {
            read_ahead(&work.is_new);
        }
    }

    /// The effects that made each other run, from one to itself. None if the row is not a circle.
    #[cold]
    fn circle_of(&self, id: Id) -> Option<Vec<(Id, Arc<Function>)>> {
        let mut path = vec![id];
        let mut at = self.nodes[id].cause;
        while at != id {
            if at == NONE || path.len() > usize::from(ROUNDS) || self.nodes[at].flags & flag::EFFECT == 0 {
                return None;
            }
            path.push(at);
            at = self.nodes[at].cause;
        }
        path.reverse();
        path.truncate(NAMED);
        let function = |&id: &Id| Some((id, self.nodes[id].work.as_ref()?.function.clone()?));
        Some(path.iter().filter_map(function).collect())
    }
}
