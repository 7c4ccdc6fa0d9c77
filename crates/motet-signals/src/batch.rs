//! Several sets at once.
//!
//! Inside a batch, what is set is kept in the session: the code of the batch reads its own values, and computed values
//! by them; other code sees nothing of it. At the end all values are stored under one epoch, so that no reader sees
//! some of them without the others.
//!
//! An `update` inside a batch remembers which version it began with. If another thread has set that signal by the end
//! of the batch, nothing is stored; the code that runs the batch makes the updates again ([`Session::rebase`]), and
//! tries again.

use super::handle::Signal;
use super::history::Epoch;
use super::marking::is_same;
use super::session::Session;
use super::slab::Id;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use motet_memory::Frozen;

/// See the module.
#[derive(Default)]
pub(crate) struct Batch {
    /// Batches inside this one are part of it.
    depth: usize,
    writes: Vec<Write>,
    places: HashMap<Id, usize, FixedState>,
}

struct Write {
    signal: Signal,
    value: Frozen,
    /// The version that the first update began with; none if it was set before that.
    began_with: Option<Epoch>,
}

impl Batch {
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }

    pub fn value(&self, id: Id) -> Option<&Frozen> {
        let at = *self.places.get(&id)?;
        Some(&self.writes[at].value)
    }

    fn put(&mut self, signal: &Signal, value: Frozen, began_with: Option<Epoch>) {
        if let Some(&at) = self.places.get(&signal.0.id) {
            let write = &mut self.writes[at];
            write.value = value;
            // What was set without a look at what was there depends on nothing.
            if began_with.is_none() {
                write.began_with = None;
            }
            return;
        }
        self.places.insert(signal.0.id, self.writes.len());
        self.writes.push(Write { signal: signal.clone(), value, began_with });
    }
}

/// How a set ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetEnd {
    /// The session's own effects may have to run now.
    Stored,
    /// Later: a batch or an effect is going on, or nothing changed.
    Quiet,
    /// Another thread has set the signal meanwhile.
    Changed,
}

impl Session {
    /// Begins a batch, or a part of one.
    pub fn begin_batch(&mut self) {
        self.batch.get_or_insert_default().depth += 1;
    }

    /// Sets a signal. `began_with`: only if it has that version still.
    pub fn set(&mut self, signal: &Signal, value: Frozen, began_with: Option<Epoch>) -> SetEnd {
        if let Some(batch) = &mut self.batch {
            batch.put(signal, value, began_with);
            // Also what an effect has read before the batch.
            self.forget_what_was_seen();
            return SetEnd::Quiet;
        }
        self.publish_now();
        let setter = self.setter();
        let epoch = match began_with {
            None => signal.set_from(value, setter, &mut self.view),
            version => match signal.try_set(value, version, setter, &mut self.view) {
                Ok(epoch) => epoch,
                Err(_) => return SetEnd::Changed,
            },
        };
        match epoch {
            None => SetEnd::Quiet,
            Some(_) => self.after_set(),
        }
    }

    /// A running effect sees what it has set.
    fn after_set(&mut self) -> SetEnd {
        if self.is_idle() {
            return SetEnd::Stored;
        }
        self.forget_what_was_seen();
        SetEnd::Quiet
    }

    /// The value that an update begins with, and its version.
    pub fn value_to_update(&self, signal: &Signal) -> (Frozen, Epoch) {
        let (value, version) = signal.version();
        match self.batch.as_ref().and_then(|batch| batch.value(signal.0.id)) {
            Some(own) => (own.clone(), version),
            None => (value, version),
        }
    }

    /// Ends a batch: stores everything, if it is the outermost. The signals whose updates have to be made again; nothing is
    /// stored then.
    pub fn end_batch(&mut self) -> Result<SetEnd, Vec<Signal>> {
        let Some(batch) = &mut self.batch else { return Ok(SetEnd::Quiet) };
        if batch.depth > 1 {
            batch.depth -= 1;
            return Ok(SetEnd::Quiet);
        }
        self.publish_now();
        let setter = self.setter();
        let Session { graph, chain } = self;
        let Some(batch) = &mut chain.batch else { return Ok(SetEnd::Quiet) };
        // Those that change nothing are found without the lock.
        let mut conflicts = Vec::new();
        let mut changes = Vec::new();
        for write in &batch.writes {
            let (former, version) = write.signal.version();
            if write.began_with.is_some_and(|began| began != version) {
                conflicts.push(write.signal.clone());
            } else if !is_same(former.value(), write.value.value()) {
                changes.push((write, version));
            }
        }
        if !conflicts.is_empty() {
            return Err(conflicts);
        }
        let stored = graph.with(|state| {
            for (write, version) in &changes {
                if write.began_with.is_some() && state.nodes[write.signal.0.id].changed != *version {
                    conflicts.push(write.signal.clone());
                }
            }
            if changes.is_empty() || !conflicts.is_empty() {
                return None;
            }
            let epoch = state.advance();
            for (write, _) in &changes {
                write.signal.store(state, write.value.clone(), setter);
            }
            state.move_view(&mut chain.view, epoch);
            Some(())
        });
        if !conflicts.is_empty() {
            return Err(conflicts);
        }
        self.batch = None;
        self.forget_private();
        Ok(stored.map_or(SetEnd::Quiet, |()| self.after_set()))
    }

    /// Forgets what updates made of a signal: they are made again, with the value that it has now.
    pub fn rebase(&mut self, signal: &Signal) {
        let Some(batch) = &mut self.batch else { return };
        let (value, version) = signal.version();
        if let Some(&at) = batch.places.get(&signal.0.id) {
            batch.writes[at].value = value;
            batch.writes[at].began_with = Some(version);
        }
        self.forget_what_was_seen();
    }

    /// Forgets everything that a batch has set.
    pub fn drop_batch(&mut self) {
        self.batch = None;
        self.forget_what_was_seen();
    }

    /// An update that was made again.
    pub fn set_again(&mut self, signal: &Signal, value: Frozen) {
        if let Some(batch) = &mut self.batch {
            batch.put(signal, value, Some(0));
        }
        self.forget_what_was_seen();
    }

    /// Whether a batch is going on.
    pub fn is_batching(&self) -> bool {
        self.batch.is_some()
    }
}
