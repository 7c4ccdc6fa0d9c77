//! A node that a session brings up to date. First its sources are looked at. Then its function runs, if that is needed,
//! and this says what it has read so far, and after that what it read the last time.
//!
//! As long as it reads the same in the same order, reading takes no lock and changes nothing. At the first difference the
//! rest is put aside, and new edges are made.

use super::graph::{Dependency, Node, State, Work, flag, missing};
use super::handle::Function;
use super::history::Epoch;
use super::marking::{is_plain, is_same, is_same_plain};
use super::session::Given;
use super::slab::{Id, NONE};
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use motet_memory::Frozen;
use std::sync::Arc;

/// See the module. One is written for every node that is looked at: it is as large as what a processor reads at once.
#[repr(align(64))]
pub(super) struct Frame {
    pub id: Id,
    /// While its sources are looked at: which one is next. While it runs: how many it has read.
    pub next: u32,
    /// What the node was when it was claimed.
    pub flags: u16,
    pub stage: Stage,
    /// It has read something that is newer than its view.
    pub is_lagging: bool,
    /// Among what it reads is something that is dropped when it has run.
    pub holds_objects: bool,
    /// What objects are stamped with that stand for it.
    pub stamp: Id,
    /// The stamp of the source that it is to read first, if that is known to be a plain value.
    pub expects: Id,
    /// With what it has read so far, then what it read after that the last time. None: it is over.
    pub work: Option<Box<Work>>,
    /// Made when it is needed.
    pub rare: Option<Box<Rare>>,
    /// The version that it had before.
    pub changed: Epoch,
    /// What it gave the last time; missing if that is one on the heap, until it runs. Once it has run, what it gave.
    pub value: Frozen,
}

#[cfg(not(loom))]
const _: () = assert!(size_of::<Frame>() == 64);

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Its sources are being looked at.
    Looking,
    /// A source has changed.
    MustRun,
    /// Its function runs.
    Running,
    /// It is up to date, and its value is what it was.
    Same,
    /// It has given another value.
    Changed,
    /// It has thrown.
    Failed,
}

/// What few functions have.
#[derive(Default)]
pub(super) struct Rare {
    /// What it read the last time, once it has read something else.
    pub stale: Vec<Dependency>,
    /// Numbers of the first sources, once there are many.
    found: Found,
}

/// Where sources were read first.
#[derive(Default)]
struct Found {
    slots: HashMap<Id, usize, FixedState>,
    /// So many sources are among them.
    indexed: usize,
}

/// What a look at the sources of a node says.
pub(super) enum Look {
    /// None has changed.
    Same,
    /// Its function must run.
    Run,
    /// This one must be brought up to date first.
    Claim(Id),
}

/// Sources that are looked through one by one.
const FEW: usize = 16;

fn is_known_plain(source: &Dependency) -> bool {
    is_plain(source.value.value()) && !source.value.value().is_missing()
}

impl Frame {
    /// Of no node.
    pub fn empty() -> Frame {
        Frame {
            id: NONE,
            next: 0,
            flags: 0,
            stage: Stage::Same,
            is_lagging: false,
            holds_objects: false,
            stamp: NONE,
            expects: NONE,
            work: None,
            rare: None,
            changed: 0,
            value: missing(),
        }
    }

    /// Claims a node: takes its mark off, and keeps it for one evaluation. The frame is written where it stays.
    #[inline(always)]
    pub fn claim(&mut self, id: Id, node: &mut Node) {
        debug_assert!(node.flags & flag::CLAIMED == 0 && self.work.is_none() && self.rare.is_none());
        let flags = node.flags & !flag::MARKED | flag::CLAIMED;
        node.flags = flags;
        self.id = id;
        self.next = 0;
        self.flags = flags;
        self.stage = Stage::Looking;
        self.is_lagging = false;
        self.holds_objects = false;
        self.stamp = node.place;
        std::mem::swap(&mut self.work, &mut node.work);
        self.changed = node.changed;
        self.value = if is_plain(node.value.value()) { node.value.clone() } else { missing() };
    }

    #[inline(always)]
    pub fn is_effect(&self) -> bool {
        self.flags & flag::EFFECT != 0
    }

    /// What it read the last time, and reads.
    #[inline(always)]
    fn work(&mut self) -> &mut Work {
        self.work.as_mut().expect("a claimed node's work is here")
    }

    /// Goes on looking at the sources.
    #[inline(always)]
    pub fn look(&mut self, state: &State, view: Epoch) -> Look {
        let work = self.work.as_ref().expect("a claimed node's work is here");
        if self.stage == Stage::MustRun || work.is_new {
            return Look::Run;
        }
        while let Some(source) = work.sources.get(self.next as usize) {
            let node = &state.nodes[source.id];
            if node.since > view {
                return Look::Run;
            }
            if node.flags & (flag::MARKED | flag::CLAIMED) == 0 && node.changed == source.version {
                self.next += 1;
            } else if node.flags & (flag::MARKED | flag::CLAIMED | flag::PRIVATE) == flag::MARKED {
                return Look::Claim(source.id);
            } else {
                // It has changed, or another evaluation has claimed it, or it stands for another node: that is brought up to
                // date when it is read.
                return Look::Run;
            }
        }
        Look::Same
    }

    /// The source that was looked at is up to date now, with this version.
    #[inline(always)]
    pub fn looked(&mut self, has_changed: bool, version: Epoch) {
        if self.stage == Stage::MustRun {
            return;
        }
        let next = self.next as usize;
        if has_changed || self.work().sources[next].version != version {
            self.stage = Stage::MustRun;
        } else {
            self.next += 1;
        }
    }

    /// Gets the function ready to run.
    #[inline(always)]
    pub fn begin(&mut self, state: &State, view: Epoch) {
        if self.value.value().is_missing() {
            self.value = state.nodes[self.id].value.clone();
        }
        self.next = 0;
        self.stage = Stage::Running;
        let work = self.work.as_mut().expect("a claimed node's work is here");
        for source in &mut work.sources {
            let node = &state.nodes[source.id];
            if node.flags & (flag::MARKED | flag::CLAIMED | flag::FAILED) == 0 && node.since <= view {
                source.version = node.changed;
                source.value = node.value.clone();
                self.holds_objects |= node.value.value().is_heap();
            } else {
                source.value = missing();
            }
        }
        self.expects = match work.sources.first() {
            Some(first) if is_known_plain(first) => state.nodes[first.id].place,
            _ => NONE,
        };
    }

    /// The same without the lock, if the source that has just been brought up to date is its only one.
    #[inline(always)]
    pub fn begin_with(&mut self, source: &Frame, view: Epoch) -> bool {
        debug_assert!(matches!(self.stage, Stage::Looking | Stage::MustRun));
        let Some(work) = &mut self.work else { return false };
        let [only] = &mut work.sources[..] else { return false };
        if work.is_new || self.value.value().is_missing() {
            return false;
        }
        debug_assert_eq!(only.id, source.id);
        only.version = view;
        only.value = source.value.clone();
        self.expects = source.stamp;
        self.next = 0;
        self.stage = Stage::Running;
        true
    }

    /// Where the function is. It is away while it runs, if it is a closure.
    #[inline(always)]
    pub fn function(&mut self) -> &mut Option<Arc<Function>> {
        &mut self.work().function
    }

    /// The next source of the last time, if it is this one and its value is known.
    #[inline(always)]
    pub fn next_known(&mut self, id: Id) -> Option<Frozen> {
        let source = self.work.as_ref()?.sources.get(self.next as usize)?;
        if source.id != id || source.value.value().is_missing() {
            return None;
        }
        self.next += 1;
        Some(source.value.clone())
    }

    /// Puts a value where it is found when it is read again.
    pub fn keep(&mut self, slot: usize, value: &Frozen) {
        self.holds_objects |= value.value().is_heap();
        self.source(slot).value = value.clone();
    }

    /// A source that has been read in this run.
    #[inline(always)]
    pub fn source(&mut self, slot: usize) -> &mut Dependency {
        &mut self.work().sources[slot]
    }

    /// The place of a source that has been read in this run.
    pub fn find(&mut self, id: Id) -> Option<usize> {
        let read = &self.work.as_ref()?.sources[..self.next as usize];
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
        let slot = self.next as usize;
        let sources = &mut self.work.as_mut().expect("a claimed node's work is here").sources;
        self.next += 1;
        if sources.get(slot).is_some_and(|source| source.id == id) {
            return slot;
        }
        if slot < sources.len() {
            self.rare.get_or_insert_default().stale.extend(sources.drain(slot..));
        }
        let edge = state.link(id, self.id);
        sources.push(Dependency { id, edge, version: 0, value: missing() });
        slot
    }

    /// Its values are not those any more that are to be read.
    pub fn forget_values(&mut self) {
        self.expects = NONE;
        let sources = self.work.iter_mut().flat_map(|work| &mut work.sources);
        let stale = self.rare.iter_mut().flat_map(|rare| &mut rare.stale);
        for source in sources.chain(stale) {
            source.value = missing();
        }
    }

    /// The function has given something. Drops, without the lock, what is not needed any more. Numbers may stay until the
    /// next run writes over them. True if it is another value, and both are plain ones.
    #[inline(always)]
    pub fn end(&mut self, given: Given) -> bool {
        self.drop_values();
        let value = match given {
            Ok(value) => value,
            Err(error) => return self.end_failed(error),
        };
        let may_be_same = self.flags & (flag::FAILED | flag::EFFECT) == 0;
        if is_plain(self.value.value()) && is_plain(value.value()) && may_be_same {
            let is_same = is_same_plain(self.value.value(), value.value());
            self.stage = if is_same { Stage::Same } else { Stage::Changed };
            self.value = value.in_halves();
            return !is_same;
        }
        if self.is_effect() || may_be_same && is_same(self.value.value(), value.value()) {
            self.stage = Stage::Same;
            self.value = missing();
        } else {
            self.stage = Stage::Changed;
            self.value = value;
        }
        false
    }

    #[cold]
    fn end_failed(&mut self, error: Frozen) -> bool {
        (self.stage, self.value) = if self.is_effect() { (Stage::Same, missing()) } else { (Stage::Failed, error) };
        false
    }

    #[inline(always)]
    fn drop_values(&mut self) {
        let Some(work) = &mut self.work else { return };
        let is_as_before = self.next as usize == work.sources.len() && self.rare.is_none();
        if self.holds_objects {
            self.drop_objects();
        }
        if !is_as_before {
            self.put_aside_unread();
        }
    }

    #[inline(never)]
    fn drop_objects(&mut self) {
        for source in &mut self.work().sources {
            source.value = missing();
        }
    }

    /// What was read the last time and not this time.
    #[cold]
    fn put_aside_unread(&mut self) {
        let Some(work) = &mut self.work else { return };
        let unread = work.sources.drain(self.next as usize..);
        let stale = &mut self.rare.get_or_insert_default().stale;
        stale.extend(unread);
        for source in stale {
            source.value = missing();
        }
    }

    /// The function did not come to an end: it has to run again.
    pub fn give_up(&mut self) {
        let Some(work) = &mut self.work else { return };
        work.sources.extend(self.rare.take().map_or_else(Vec::new, |rare| rare.stale));
        work.is_new = true;
        self.stage = Stage::MustRun;
        self.forget_values();
    }
}
