//! A function that runs: what it has read so far, and after that what it read the last time.
//!
//! As long as it reads the same in the same order, reading takes no lock and changes nothing. At the first difference the
//! rest is put aside, and new edges are made.

use super::graph::{Source, State, Work, missing};
use super::handle::Function;
use super::slab::Id;
use crate::memory::Frozen;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use std::sync::Arc;

/// See the module. Kept small: one is written for every function that runs.
pub(super) struct Frame {
    pub id: Id,
    /// How many sources it has read.
    cursor: u32,
    pub kind: Kind,
    /// It has read something that is newer than its view.
    pub is_lagging: bool,
    /// With what it has read so far, then what it read after that the last time. None if it runs privately.
    pub work: Option<Box<Work>>,
    /// Made when it is needed.
    pub rare: Option<Box<Rare>>,
    /// What it gave the last time, if that is compared without the lock; else missing.
    pub former: Frozen,
}

#[cfg(not(loom))]
const _: () = assert!(size_of::<Frame>() <= 48);

/// What few functions have.
#[derive(Default)]
pub(super) struct Rare {
    /// What it read the last time, once it has read something else.
    pub stale: Vec<Source>,
    /// Numbers of the first sources, once there are many.
    found: Found,
    /// The function, if it runs privately.
    function: Option<Arc<Function>>,
}

/// Where sources were read first.
#[derive(Default)]
struct Found {
    slots: HashMap<Id, usize, FixedState>,
    /// So many sources are among them.
    indexed: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Computed,
    Effect,
    /// A computed value for this view alone, whose node somebody else has claimed.
    Private,
}

/// Sources that are looked through one by one.
const FEW: usize = 16;

impl Frame {
    #[inline(always)]
    pub fn new(id: Id, kind: Kind, work: Box<Work>, former: Frozen) -> Frame {
        Frame { id, cursor: 0, kind, is_lagging: false, work: Some(work), rare: None, former }
    }

    pub fn private(id: Id, function: Arc<Function>) -> Frame {
        let rare = Rare { function: Some(function), ..Rare::default() };
        Frame {
            id,
            cursor: 0,
            kind: Kind::Private,
            is_lagging: false,
            work: None,
            rare: Some(Box::new(rare)),
            former: missing(),
        }
    }

    /// Where the function is. It may be away while it runs.
    #[inline(always)]
    pub fn function(&mut self) -> &mut Option<Arc<Function>> {
        match &mut self.work {
            Some(work) => &mut work.function,
            None => &mut self.rare.get_or_insert_default().function,
        }
    }

    /// The next source of the last time, if it is this one and its value is known.
    #[inline(always)]
    pub fn next_known(&mut self, id: Id) -> Option<Frozen> {
        let source = self.work.as_ref()?.sources.get(self.cursor as usize)?;
        if source.id != id || source.value.value().is_missing() {
            return None;
        }
        self.cursor += 1;
        Some(source.value.clone())
    }

    /// A source that has been read in this run.
    #[inline(always)]
    pub fn source(&mut self, slot: usize) -> &mut Source {
        &mut self.work.as_mut().expect("it does not run privately").sources[slot]
    }

    /// The place of a source that has been read in this run.
    pub fn find(&mut self, id: Id) -> Option<usize> {
        let read = &self.work.as_ref()?.sources[..self.cursor as usize];
        if read.len() <= FEW {
            return read.iter().rposition(|source| source.id == id);
        }
        let found = &mut self.rare.get_or_insert_default().found;
        for (at, source) in read.iter().enumerate().skip(found.indexed) {
            found.slots.entry(source.id).or_insert(at);
        }
        found.indexed = read.len();
        found.slots.get(&id).copied()
    }

    /// Notes that a source is read, the first time in this run.
    pub fn record(&mut self, state: &mut State, id: Id) -> usize {
        let slot = self.cursor as usize;
        let sources = &mut self.work.as_mut().expect("it does not run privately").sources;
        self.cursor += 1;
        if sources.get(slot).is_some_and(|source| source.id == id) {
            return slot;
        }
        if slot < sources.len() {
            self.rare.get_or_insert_default().stale.extend(sources.drain(slot..));
        }
        let edge = state.link(id, self.id);
        sources.push(Source { id, edge, version: 0, value: missing() });
        slot
    }

    /// Its values are not those any more that are to be read.
    pub fn forget_values(&mut self) {
        let sources = self.work.iter_mut().flat_map(|work| &mut work.sources);
        let stale = self.rare.iter_mut().flat_map(|rare| &mut rare.stale);
        for source in sources.chain(stale) {
            source.value = missing();
        }
    }

    /// The function has run: drops, without the lock, what is not needed any more. Numbers may stay until the next run
    /// writes over them.
    #[inline(always)]
    pub fn drop_values(&mut self) {
        let Some(work) = &mut self.work else { return };
        for source in &mut work.sources {
            if source.value.value().is_heap() {
                source.value = missing();
            }
        }
        if (self.cursor as usize) < work.sources.len() || self.rare.is_some() {
            self.put_aside_unread();
        }
    }

    /// What was read the last time and not this time.
    #[cold]
    fn put_aside_unread(&mut self) {
        let Some(work) = &mut self.work else { return };
        let unread = work.sources.drain(self.cursor as usize..);
        let stale = &mut self.rare.get_or_insert_default().stale;
        stale.extend(unread);
        for source in stale {
            source.value = missing();
        }
    }
}
