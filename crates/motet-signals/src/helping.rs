//! One function of a node, run by several threads: a parallel call inside a computed value or an effect.
//!
//! The task that evaluates the node *shares its view* ([`Session::share_view`]). Each thread that helps gives its own session a
//! *guest*: a node that is claimed like any other, looks at the shared view, and remembers what is read. When all have ended,
//! the node *takes in* what the guests have read ([`Session::take_in`]). So it depends on what any element has read,
//! whichever thread took the element, and all of them have seen the same moment.
//!
//! **Nothing is missed in between.** A guest depends on what it reads from the moment it reads it, so a set marks the guest.
//! Taking a guest in moves its edges to the node and looks at that mark under one lock: a marked guest marks the node.
//!
//! **Sets.** An effect may set signals, also by a helper. The helper sees what it has set from then on, and the effect sees
//! it when the guest is taken in: that is when its view moves on, as it does for what the effect sets itself.

use super::frame::{Frame, Stage};
use super::graph::{Graph, Work, flag, null};
use super::handle::NodeHandle;
use super::history::Epoch;
use super::publishing::AfterAll;
use super::session::Session;
use super::slab::{Id, NONE};
use std::sync::Arc;

/// What the threads look at that run one function together. The values of that moment are kept until it is dropped.
pub struct SharedView {
    graph: Arc<Graph>,
    view: Epoch,
    host: Host,
}

/// The node that a guest reads for.
#[derive(Clone, Copy)]
pub(super) struct Host {
    /// The function that runs is an effect's, which may set signals.
    pub is_effect: bool,
    /// The innermost effect that runs. It may have ended, if the parallel call was given up; then its number means nothing,
    /// and is used for nothing but the report of circles.
    pub effect: Id,
}

impl Drop for SharedView {
    fn drop(&mut self) {
        self.graph.with(|state| {
            let unneeded = state.history.end_view(self.view);
            state.throw_away_all(unneeded);
        });
    }
}

/// What a helper has read.
pub struct Guest {
    node: NodeHandle,
    /// The view in the end: the shared one, unless the helper has set something.
    view: Epoch,
}

impl Session {
    /// The view of the function that runs, for others to look at. None if no function of a node runs.
    pub fn share_view(&mut self) -> Option<SharedView> {
        let view = self.view?;
        let host = Host { is_effect: !self.is_computing(), effect: self.setter().effect };
        self.with(|_, state| state.history.begin_view(view));
        Some(SharedView { graph: self.graph.clone(), view, host })
    }

    /// Begins to read for a node whose function runs elsewhere. Nothing else has been read in this session.
    pub fn begin_guest(&mut self, shared: &SharedView) -> Guest {
        debug_assert!(self.is_idle() && Arc::ptr_eq(&self.graph, &shared.graph));
        let graph = self.graph.clone();
        let view = shared.view;
        let id = self.with(|chain, state| {
            let id = state.insert(flag::COMPUTED, null(), None, NONE);
            state.nodes[id].work = Some(Box::new(Work::new(None)));
            chain.view = Some(view);
            state.history.begin_view(view);
            chain.host = Some(shared.host);
            chain.claim(state, id);
            chain.step(state, 0);
            id
        });
        Guest { node: NodeHandle { graph, id, stamp: NONE }, view }
    }

    /// The helper has done its part.
    pub fn end_guest(&mut self, guest: &mut Guest) {
        if self.frames.len() > 1 {
            // A function that was given up in the midst of what it reads.
            self.abandon(1, AfterAll::Again);
        }
        if self.running() != Some(guest.node.id) {
            return;
        }
        guest.view = self.view.unwrap_or(guest.view);
        self.finish(Ok(null()), 0);
        self.host = None;
        self.done = None;
    }

    /// The function that runs depends on what the guests have read, and sees what they have set.
    pub fn take_in(&mut self, guests: Vec<Guest>) {
        if guests.is_empty() {
            return;
        }
        let has_set = self.with(|chain, state| {
            let Some(view) = chain.view else { return false };
            if !chain.is_idle() {
                let mut reads = Vec::new();
                let mut is_marked = false;
                for Guest { node, .. } in &guests {
                    let node = &state.nodes[node.id];
                    is_marked |= node.flags & flag::MARKED != 0;
                    let sources = node.work.iter().flat_map(|work| &work.sources);
                    reads.extend(sources.map(|source| (source.id, source.version)));
                }
                // In an order that does not depend on which thread took what: so edges can stay as they are.
                reads.sort_unstable();
                reads.dedup_by_key(|(id, _)| *id);
                // What waits for this function has read itself: it has thrown, and no edge leads in a circle.
                reads.retain(|(id, _)| !chain.frames.live().iter().any(|frame| frame.id == *id));
                let frame = chain.frames.top_mut().expect("a function runs");
                debug_assert_eq!(frame.stage, Stage::Running);
                frame.is_lagging |= is_marked;
                for (id, version) in reads {
                    if frame.find(id).is_none() {
                        let slot = frame.record(state, id);
                        frame.source(slot).version = version;
                    }
                }
            }
            let latest = guests.iter().map(|guest| guest.view).max().unwrap_or(view);
            if latest > view {
                state.move_view(&mut chain.view, latest);
            }
            latest > view
        });
        if has_set {
            self.forget_what_was_seen();
        }
    }
}

impl super::chain::Chain {
    /// The view has moved on: what the effects that run have read is read anew.
    pub(super) fn forget_what_was_seen(&mut self) {
        self.forget_private();
        self.frames.running_effects().for_each(Frame::forget_values);
        if self.host.is_some_and(|host| host.is_effect)
            && let Some(guest) = self.frames.live_mut().first_mut()
        {
            guest.forget_values();
        }
    }

    /// The function that runs reads for an effect elsewhere.
    pub(super) fn is_guest_of_effect(&self) -> bool {
        self.frames.len() == 1 && self.host.is_some_and(|host| host.is_effect)
    }
}
