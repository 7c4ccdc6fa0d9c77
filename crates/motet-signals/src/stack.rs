//! The nodes that a session brings up to date: those that it has claimed, each a source of the one below it, and above them
//! those that have run and are not published yet.
//!
//! Frames are written and ended where they are, and their places used again. A frame that is moved as soon as it is written
//! is read in other portions than it was written in, and the processor waits for that: it was a third of the time.

use super::frame::{Frame, Stage};
use super::graph::Node;
use super::slab::Id;

/// Functions that run before what they gave is published: so long the lock is held for that.
const MAX_UNPUBLISHED: usize = if cfg!(loom) { 2 } else { 64 };

#[derive(Default)]
pub(super) struct Stack {
    places: Vec<Frame>,
    /// So many are claimed.
    live: usize,
    /// So many above them have run. The one that ran last is the lowest.
    ended: usize,
}

impl Stack {
    /// How many are claimed.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.live
    }

    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// How many have run and are not published.
    #[inline(always)]
    pub fn ended(&self) -> usize {
        self.ended
    }

    /// The claimed ones, the lowest first.
    pub fn live(&self) -> &[Frame] {
        &self.places[..self.live]
    }

    pub fn live_mut(&mut self) -> &mut [Frame] {
        &mut self.places[..self.live]
    }

    /// The topmost: outside of the lock, its function runs.
    #[inline(always)]
    pub fn top(&self) -> Option<&Frame> {
        self.places.get(self.live.wrapping_sub(1))
    }

    #[inline(always)]
    pub fn top_mut(&mut self) -> Option<&mut Frame> {
        self.places.get_mut(self.live.wrapping_sub(1))
    }

    /// Effects whose functions run.
    pub fn running_effects(&mut self) -> impl DoubleEndedIterator<Item = &mut Frame> {
        let runs = |frame: &&mut Frame| frame.is_effect() && frame.stage == Stage::Running;
        self.live_mut().iter_mut().filter(runs)
    }

    /// A new topmost one: claims a node. Everything is published.
    #[inline(always)]
    pub fn claim(&mut self, id: Id, node: &mut Node) -> &mut Frame {
        let frame = self.next_place();
        frame.claim(id, node);
        frame
    }

    #[inline(always)]
    fn next_place(&mut self) -> &mut Frame {
        debug_assert_eq!(self.ended, 0, "what has run is published before another node is claimed");
        if self.live == self.places.len() {
            self.grow();
        }
        self.live += 1;
        &mut self.places[self.live - 1]
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self) {
        let more = self.live.max(8);
        self.places.extend(std::iter::repeat_with(Frame::empty).take(more));
    }

    /// The topmost has run, or is found to be up to date. Gives it, and the one below it, if that is above `base` and may
    /// run before this is published.
    #[inline(always)]
    pub fn end(&mut self, base: usize) -> (Option<&mut Frame>, &mut Frame) {
        self.live -= 1;
        self.ended += 1;
        let may_go_on = self.live > base && self.ended < MAX_UNPUBLISHED;
        let (live, ended) = self.places.split_at_mut(self.live);
        (if may_go_on { live.last_mut() } else { None }, &mut ended[0])
    }

    /// The topmost comes to no end.
    #[inline(always)]
    pub fn pop(&mut self) -> Option<&mut Frame> {
        self.live = self.live.checked_sub(1)?;
        self.places.get_mut(self.live)
    }

    /// The one of those that have run that is to be published next: the one that ran first.
    #[inline(always)]
    pub fn next_ended(&mut self) -> Option<&mut Frame> {
        self.ended = self.ended.checked_sub(1)?;
        self.places.get_mut(self.live + self.ended)
    }
}
