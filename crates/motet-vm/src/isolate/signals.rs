//! What an isolate adds to the signals of its program: a session for each task that needs one, the effects that run here,
//! and values on their way into signals.

use super::effects::{EffectEntry, Entries};
use super::refusal::{Holder, refused};
use super::{Ended, Isolate};
use crate::builtins::settle_sent;
use crate::concurrency::{Reasons, Waker};
use crate::error::{Error, ErrorKind, Result};
use crate::interface::Building;
use crate::interpreter::unwind;
use crate::jit::NOTHING;
use crate::memory::{Frozen, Parcel, Value, freeze, print_value, publish};
use crate::signals::{EffectBell, Function, LocalFunction, PlaceHold, ProgramFunction, Session, Signal, Step, Whose};
use crate::workers::OwnLatest;
use std::sync::Arc;

/// The effects of an isolate. They end with it.
#[derive(Default)]
pub(crate) struct Effects {
    place: Option<Arc<PlaceHold>>,
    entries: Entries,
    made: u64,
    /// Computed values that workers compute for it.
    pub latest: OwnLatest,
    /// A signal was set elsewhere, and the effects that it concerns have not run.
    pub are_waiting: bool,
}

/// A closure that something else keeps.
pub(crate) struct AtHand {
    /// Of its function.
    pub id: usize,
    /// Its address.
    pub closure: u64,
    /// The stamp of the signal or computed value that it is expected to read first, or [`NOTHING`]; and what that is worth.
    pub expects: u32,
    pub expected: [u64; 2],
}

impl AtHand {
    /// None if it is no closure.
    #[inline(always)]
    pub fn of(function: &Value) -> Option<AtHand> {
        let id = function.as_closure()?.function_id() as usize;
        Some(AtHand { id, closure: function.payload(), expects: NOTHING, expected: [0; 2] })
    }
}

/// What a task has to do with signals.
pub(crate) struct Observer {
    session: Session,
    /// The updates of the batch that is going on.
    updates: Vec<(Signal, Value)>,
    /// Updates whose functions run, the innermost last.
    updating: Vec<UpdateInProgress>,
    /// What the task builds; here, because the reads of signals of a task that builds an interface are followed.
    pub building: Option<Building>,
}

struct UpdateInProgress {
    signal: u32,
    /// What was claimed in the session before: an effect that runs inside an update may set what it likes.
    base: usize,
    place: Option<Ended>,
}

impl Effects {
    /// There never were any.
    pub fn is_new(&self) -> bool {
        self.place.is_none() && self.latest.is_empty() && self.entries.is_empty() && self.made == 0 && !self.are_waiting
    }

    pub fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        self.entries.iter().for_each(|entry| visit(&entry.function));
    }
}

impl Isolate {
    /// The running task's session.
    pub(crate) fn session(&mut self) -> &mut Session {
        &mut self.observer().session
    }

    #[inline]
    pub(crate) fn observer(&mut self) -> &mut Observer {
        if self.tasks.current.as_ref().is_some_and(|record| record.observer.is_none()) {
            self.make_observer();
        }
        let record = self.tasks.current.as_mut().expect("a task is running");
        record.observer.as_mut().expect("just made")
    }

    #[cold]
    fn make_observer(&mut self) {
        let place = self.effect_place().number();
        let session = Session::new(self.thread().program().machine.graph.clone(), place);
        let observer = Box::new(Observer { session, updates: Vec::new(), updating: Vec::new(), building: None });
        self.tasks.current.as_mut().expect("a task is running").observer = Some(observer);
    }

    /// The running task's session, if a function of a node runs in it, or a batch.
    #[inline]
    pub(crate) fn observing(&mut self) -> Option<&mut Session> {
        let observer = self.tasks.current.as_mut()?.observer.as_mut()?;
        Some(&mut observer.session).filter(|session| !session.is_idle() || session.is_batching())
    }

    fn effect_place(&mut self) -> &Arc<PlaceHold> {
        if self.tasks.effects.place.is_none() {
            let here = self.thread();
            let waker = Waker::new(Arc::new(EffectBell(here.handle().bell.clone())), 0);
            let place = here.program().machine.graph.add_place(Some(waker));
            self.tasks.effects.place = Some(place);
        }
        self.tasks.effects.place.as_ref().expect("just made")
    }

    /// Effects of this isolate wait to be run.
    pub(crate) fn has_effects_to_run(&self) -> bool {
        self.tasks.effects.place.as_ref().is_some_and(|place| place.has_effects_to_run())
    }

    /// Has this isolate's effects run that wait.
    pub(crate) fn look_for_effects(&self) {
        if self.has_effects_to_run() {
            self.interrupt.ring(Reasons::EFFECT);
        }
    }

    /// A new effect. One that another effect makes is ended by that one's next run.
    pub(crate) fn add_effect(&mut self, function: Value) -> (u32, u64) {
        let place = self.effect_place().clone();
        let local = LocalFunction { place: self.tasks.effects.entries.next_place(), describe: describe(&function) };
        let effect = self.thread().program().machine.graph.effect_by(&place, Function::Local(local));
        let node = effect.number();
        let parent = self.session().running().filter(|_| self.session().is_running_effect());
        let effects = &mut self.tasks.effects;
        effects.made += 1;
        let serial = effects.made;
        effects.entries.insert(node, EffectEntry { effect, function, serial, children: Vec::new() });
        if let Some(parent) = parent.and_then(|parent| effects.entries.get_mut(parent)) {
            parent.children.push((node, serial));
        }
        (node, serial)
    }

    /// Begins the first run of an effect.
    pub(crate) fn first_run(&mut self, node: u32) -> Step {
        self.session();
        let record = self.tasks.current.as_mut().expect("a task is running");
        let session = &mut record.observer.as_mut().expect("just made").session;
        session.first_run(&self.tasks.effects.entries.get(node).expect("just made").effect)
    }

    /// The function that is to run, if it is a plain one of the program and nothing has to be done before it. The node whose
    /// function it is keeps it, as long as that runs.
    #[inline(always)]
    pub(crate) fn function_at_hand(&mut self) -> Option<AtHand> {
        let record = self.tasks.current.as_mut()?;
        let ProgramFunction { whose, expects } = record.observer.as_mut()?.session.program_function()?;
        let function = match whose {
            Whose::Shared(function) => function,
            Whose::Local(place, node) => {
                let entry = self.tasks.effects.entries.at(place, node).filter(|entry| entry.children.is_empty())?;
                &entry.function
            }
        };
        let (expects, expected) = match expects {
            Some((stamp, value)) => (stamp, [value.tag() as u64, value.payload()]),
            None => (NOTHING, [0; 2]),
        };
        Some(AtHand { expects, expected, ..AtHand::of(function)? })
    }

    /// The function of an effect that is to run; none if it was disposed of while its sources were looked at. What its last
    /// run made is ended.
    pub(crate) fn begin_effect(&mut self, node: u32) -> Option<Value> {
        let entry = self.tasks.effects.entries.get_mut(node)?;
        let children = std::mem::take(&mut entry.children);
        let function = entry.function.clone();
        for (child, serial) in children {
            self.dispose_effect(child, serial);
        }
        Some(function)
    }

    /// Ends an effect, and those that it made.
    pub(crate) fn dispose_effect(&mut self, node: u32, serial: u64) {
        let mut left = vec![(node, serial)];
        while let Some((node, serial)) = left.pop() {
            let entries = &mut self.tasks.effects.entries;
            if entries.get(node).is_some_and(|entry| entry.serial == serial)
                && let Some(entry) = entries.remove(node)
            {
                left.extend(entry.children);
            }
        }
    }

    /// An immutable form of a value, for what all threads see: shared if it is immutable, copied if not.
    pub(crate) fn freeze_for_signal(&mut self, value: &Value, holder: &str) -> Result<Frozen> {
        if let Some(frozen) = Frozen::new(value) {
            return Ok(frozen);
        }
        // Most functions hold nothing that has to be copied.
        if value.as_closure().is_some()
            && publish(value, &self.heap).is_ok()
            && let Some(frozen) = Frozen::new(value)
        {
            return Ok(frozen);
        }
        let parcel =
            Parcel::pack(value, &self.heap).map_err(|refusal| refused(value, &refusal, Holder::Shared(holder)));
        self.scheduler().export_futures();
        settle_sent(self)?;
        let copy = parcel?.unpack(&self.heap);
        freeze(&copy, &self.heap).map_err(|refusal| refused(value, &refusal, Holder::Shared(holder)))?;
        Ok(Frozen::new(&copy).expect("just frozen"))
    }

    /// An error for all threads; in words if it cannot be shared.
    pub(crate) fn frozen_error(&mut self, error: &Value) -> Frozen {
        self.freeze_for_signal(error, "an error").unwrap_or_else(|_| {
            let text = print_value(error, &self.message_options());
            let replacement = self.new_error(ErrorKind::Error, &text, Some("the error itself could not be shared"));
            freeze(&replacement, &self.heap).expect("text can be frozen");
            Frozen::new(&replacement).expect("just frozen")
        })
    }

    /// An update is part of a batch, whose end may have to make it again.
    pub(crate) fn note_update(&mut self, signal: &Signal, function: &Value) {
        let observer = self.observer();
        if observer.session.is_batching() {
            observer.updates.push((signal.clone(), function.clone()));
        }
    }

    /// The updates of these signals, in order.
    pub(crate) fn updates_of(&mut self, signals: &[Signal]) -> Vec<(Signal, Value)> {
        let of = |(signal, _): &&(Signal, Value)| signals.iter().any(|other| other.number() == signal.number());
        self.observer().updates.iter().filter(of).cloned().collect()
    }

    /// The function of an update begins.
    pub(crate) fn begin_update(&mut self, signal: &Signal, place: Option<Ended>) {
        let observer = self.observer();
        let base = observer.session.base();
        observer.updating.push(UpdateInProgress { signal: signal.number(), base, place });
    }

    /// The function of the innermost update has ended.
    pub(crate) fn end_update(&mut self) {
        self.observer().updating.pop();
    }

    /// A signal that the function of its own update sets has another value by the end of it, so the function would have to
    /// run again, for ever.
    pub(crate) fn not_inside_own_update(&mut self, signal: &Signal, method: &str) -> Result<()> {
        let observer = self.observer();
        let base = observer.session.base();
        let is_own = |update: &&UpdateInProgress| update.signal == signal.number() && update.base == base;
        let Some(outer) = observer.updating.iter().rev().find(is_own).map(|update| update.place) else { return Ok(()) };
        let text = |place: Option<Ended>| place.map_or_else(|| "a builtin".to_owned(), text_of_place);
        let (outer, inner) = (text(outer), text(self.code_place()));
        let message = format!("{method} at {inner} changes a signal inside its own update, which began at {outer}");
        Err(Error::new(ErrorKind::CycleError, message)
            .with_hint("the update would begin again without end; give the new value as the result of its function"))
    }

    /// Where the running function is.
    pub(crate) fn code_place(&self) -> Option<Ended> {
        if self.ended.is_some() || self.coroutine.is_empty() {
            return self.ended;
        }
        self.frame().at()
    }

    /// An error is an effect's: says where that is.
    pub(crate) fn blame_effect(&self, node: Option<u32>, error: &Value) {
        let entry = node.and_then(|node| self.tasks.effects.entries.get(node));
        if let Some(closure) = entry.and_then(|entry| entry.function.as_closure()) {
            let function = closure.function();
            unwind::set_place(self, error, "effect".into(), (function.source.clone(), function.span));
        }
    }

    pub(crate) fn forget_updates(&mut self) {
        drop(std::mem::take(&mut self.observer().updates));
    }
}

/// Says where an effect is, when a message needs it.
fn describe(function: &Value) -> Box<dyn Fn() -> String + Send + Sync> {
    let Some(closure) = function.as_closure() else { return Box::new(|| "a builtin".into()) };
    let function = closure.function().clone();
    Box::new(move || {
        let name = if function.name.is_empty() { "effect" } else { &function.name };
        format!("{name} ({})", function.source.place(function.span.start))
    })
}

fn text_of_place(at: Ended) -> String {
    let (source, span) = at.place();
    source.place(span.start)
}
