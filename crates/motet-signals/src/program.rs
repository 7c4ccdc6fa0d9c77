//! What drivers ask for that call the machine code of functions of programs: which one is to run, what it will read first, and
//! values that can be computed where they are read.

use super::graph::flag;
use super::handle::{ComputedBody, Function};
use super::session::{EffectStep, Given, Session, Slot, Step};
use super::slab::NONE;
use motet_memory::{Frozen, Value};
use std::sync::Arc;

/// What [`Session::look`] says of a computed value.
pub enum Looked {
    Ready(Given),
    /// As where [`Session::read`] gives a function to run.
    Run {
        base: usize,
        slot: Slot,
    },
    /// Nothing is done: [`Session::read`] has to look.
    Unknown,
}

/// A function of a program that is to run.
pub struct ProgramFunction<'a> {
    pub whose: Whose<'a>,
    /// The stamp of what it is expected to read first, and its value, which is a plain one.
    pub expects: Option<(u32, &'a Value)>,
}

/// Who has it.
pub enum Whose<'a> {
    /// The graph.
    Shared(&'a Value),
    /// The isolate, at this place; the number of the node.
    Local(u32, u32),
}

impl Session {
    /// Looks at a computed value that the function that runs, if one does, reads, and that is not the next known one. It depends
    /// on it if this says more than [`Looked::Unknown`].
    pub fn look(&mut self, computed: &ComputedBody, may_claim: bool) -> Looked {
        if !Arc::ptr_eq(&computed.graph, &self.graph) {
            return Looked::Unknown;
        }
        let id = computed.id;
        let mut known = None;
        if let Some(frame) = self.frames.top_mut() {
            known = frame.find(id);
            if let Some(slot) = known
                && !frame.source(slot).value.value().is_missing()
            {
                return Looked::Ready(Ok(frame.source(slot).value.clone()));
            }
        }
        if self.sees_a_batch() {
            return Looked::Unknown;
        }
        let base = self.frames.len();
        self.with(|chain, state| {
            let node = &state.nodes[id];
            let is_newer = chain.view.is_some_and(|view| node.since > view);
            if is_newer || node.flags & flag::CLAIMED != 0 {
                return Looked::Unknown;
            }
            if node.flags & flag::MARKED == 0 {
                let (given, version) = (node.given(), node.changed);
                let slot = chain.slot(state, id, known, true);
                chain.fill(slot, &given, version);
                return Looked::Ready(given);
            }
            if !may_claim {
                return Looked::Unknown;
            }
            let slot = chain.slot(state, id, known, true);
            if chain.view.is_some_and(|view| state.epoch > view)
                && let Some(frame) = chain.frames.top_mut()
            {
                frame.is_lagging = true;
            }
            chain.begin_view(state);
            chain.claim(state, id);
            match chain.step(state, base) {
                Step::Run => Looked::Run { base, slot },
                Step::Done => {
                    chain.end_view_if_idle(state);
                    Looked::Ready(chain.take_done(slot))
                }
            }
        })
    }

    /// The function that is to run, for drivers that call machine code.
    #[inline(always)]
    pub fn program_function(&mut self) -> Option<ProgramFunction<'_>> {
        let reads_own = self.batch.is_some();
        let frame = self.frames.top_mut()?;
        let work = frame.work.as_deref()?;
        let whose = if work.local != NONE {
            Whose::Local(work.local, frame.id)
        } else {
            match work.function.as_deref()? {
                Function::Script(function) => Whose::Shared(function.value()),
                Function::Native(_) | Function::Late(_) | Function::Local(_) => return None,
            }
        };
        let first = work.sources.first().filter(|_| frame.expects != NONE && !reads_own);
        Some(ProgramFunction { whose, expects: first.map(|first| (frame.expects, first.value.value())) })
    }

    /// The function has read what it was expected to read first.
    #[inline(always)]
    pub fn has_read_first(&mut self) {
        if let Some(frame) = self.frames.top_mut() {
            frame.next = 1;
        }
    }

    /// What [`Session::finish`] does, for a number or another value that owns no memory. It comes in registers: in memory, the
    /// processor would wait until its halves are written, to move them in one.
    #[inline(always)]
    pub fn finish_plain(&mut self, value: Frozen, base: usize) -> Step {
        if self.end(Ok(value), None, base) { Step::Run } else { self.publish_and_finish(base) }
    }

    /// What [`Session::finish_and_go_on`] does, for such a value.
    #[inline(always)]
    pub fn finish_plain_and_go_on(&mut self, value: Frozen) -> EffectStep {
        if self.end(Ok(value), None, 0) { EffectStep::Run } else { self.publish_and_go_on() }
    }
}
