//! What holders of signals, computed values and effects hold.

use super::cell::Cell;
use super::graph::{Graph, State, flag, null, stamp};
use super::history::Epoch;
use super::marking::{Setter, is_plain, is_same};
use super::native::{ReadError, Reader};
use super::places::PlaceHold;
use super::slab::{Id, NONE};
use motet_memory::{Frozen, Value};
use std::any::Any;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What computes a value, or what an effect does.
pub enum Function {
    Native(Box<NativeFunction>),
    /// A function of a program: the thread that needs its value calls it in an isolate.
    Script(Frozen),
    /// One that is given later, before the first read: what it uses may not be there yet.
    Late(LateFunction),
    /// An effect of an isolate, which keeps the function itself.
    Local(LocalFunction),
}

/// What is known here of a function that its isolate keeps.
pub struct LocalFunction {
    /// Where the isolate has it.
    pub place: u32,
    /// Which one it is, for messages.
    pub describe: Box<dyn Fn() -> String + Send + Sync>,
}

/// A function that is given once, and taken away when the graph ends.
#[derive(Default)]
pub struct LateFunction(Mutex<Option<Frozen>>);

impl LateFunction {
    fn place(&self) -> MutexGuard<'_, Option<Frozen>> {
        // Nothing is called while it is locked, so what another thread left in it is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Only the first one counts.
    fn give(&self, function: Frozen) {
        let mut place = self.place();
        if place.is_none() {
            *place = Some(function);
        }
    }

    fn take(&self) -> Option<Frozen> {
        self.place().take()
    }
}

impl Function {
    /// A function that no isolate keeps: its driver does something else in its place.
    pub fn of_driver(described: &'static str) -> Function {
        Function::Local(LocalFunction { place: u32::MAX, describe: Box::new(move || described.into()) })
    }

    /// Which one it is, for messages.
    pub fn describe(&self) -> String {
        match self {
            Function::Native(_) | Function::Script(_) | Function::Late(_) => "a native effect".into(),
            Function::Local(local) => (local.describe)(),
        }
    }

    /// The function of a program, if it is one that any thread calls.
    pub fn script(&self) -> Option<Frozen> {
        match self {
            Function::Script(function) => Some(function.clone()),
            Function::Late(function) => function.place().clone(),
            Function::Native(_) | Function::Local(_) => None,
        }
    }

    /// Takes a late function away.
    pub(super) fn end(&self) -> Option<Frozen> {
        if let Function::Late(function) = self { function.take() } else { None }
    }
}

pub(crate) type NativeFunction = dyn Fn(&mut Reader<'_>) -> Result<Frozen, ReadError> + Send + Sync;

/// The handle on a node.
pub struct NodeHandle {
    pub(crate) graph: Arc<Graph>,
    pub(super) id: Id,
    /// Of objects that stand for the node.
    pub(super) stamp: Id,
}

impl Drop for NodeHandle {
    fn drop(&mut self) {
        self.graph.with(|state| state.let_go(self.id));
    }
}

/// A value that threads share: any of them reads, sets and watches it.
#[derive(Clone)]
pub struct Signal(pub(crate) Arc<SignalBody>);

pub struct SignalBody {
    pub(super) node: NodeHandle,
    pub(super) cell: Cell,
}

/// A value that is computed from others.
#[derive(Clone)]
pub struct Computed(pub(crate) Arc<ComputedBody>);

pub struct ComputedBody {
    pub(super) node: NodeHandle,
    /// For evaluations that need the value while another one computes it.
    pub(super) function: Arc<Function>,
    /// What the driver keeps beside it.
    companion: Option<Arc<dyn Any + Send + Sync>>,
}

/// Something that is done again when what it read has changed. Dropping this ends it.
pub struct Effect {
    pub(crate) node: NodeHandle,
    /// After the node.
    pub(super) _place: Arc<PlaceHold>,
}

impl std::ops::Deref for ComputedBody {
    type Target = NodeHandle;

    fn deref(&self) -> &NodeHandle {
        &self.node
    }
}

impl std::ops::Deref for SignalBody {
    type Target = NodeHandle;

    fn deref(&self) -> &NodeHandle {
        &self.node
    }
}

impl NodeHandle {
    /// Tells nodes apart.
    pub fn number(&self) -> u32 {
        self.id
    }

    /// What an object is stamped with that stands for the node.
    pub(super) fn stamp_of_objects(&self) -> u32 {
        if self.stamp == NONE { 0 } else { self.stamp }
    }
}

impl Signal {
    /// What it belongs to.
    pub fn graph(&self) -> &Arc<Graph> {
        &self.0.graph
    }

    /// Tells signals of one graph apart.
    pub fn number(&self) -> u32 {
        self.0.id
    }
}

impl ComputedBody {
    /// The function of a program that computes it.
    #[inline]
    pub fn script(&self) -> Option<&Frozen> {
        match &*self.function {
            Function::Script(function) => Some(function),
            Function::Native(_) | Function::Late(_) | Function::Local(_) => None,
        }
    }
}

impl Computed {
    /// Gives a late function. Only the first one counts.
    pub fn set_function(&self, function: Frozen) {
        if let Function::Late(late) = &*self.0.function {
            late.give(function);
        }
    }

    /// What handles share.
    pub fn body(&self) -> &ComputedBody {
        &self.0
    }

    /// The same as an object.
    pub fn shared(&self) -> Arc<ComputedBody> {
        self.0.clone()
    }

    /// What [`Graph::computed_with`] was given.
    pub fn companion(&self) -> Option<&(dyn Any + Send + Sync)> {
        self.0.companion.as_deref()
    }
}

impl Effect {
    /// What it belongs to.
    pub fn graph(&self) -> &Arc<Graph> {
        &self.node.graph
    }

    pub fn number(&self) -> u32 {
        self.node.id
    }
}

impl Graph {
    pub fn signal(self: &Arc<Graph>, value: Frozen) -> Signal {
        let cell = Cell::new(value.value());
        let stamp = stamp();
        let id = self.with(|state| state.insert(0, value, None, stamp));
        Signal(Arc::new(SignalBody { node: NodeHandle { graph: self.clone(), id, stamp }, cell }))
    }

    pub fn computed_by(self: &Arc<Graph>, function: Function) -> Computed {
        let function = Arc::new(function);
        let shared = function.clone();
        let stamp = stamp();
        let id = self.with(|state| state.insert(flag::COMPUTED, null(), Some(shared), stamp));
        let node = NodeHandle { graph: self.clone(), id, stamp };
        Computed(Arc::new(ComputedBody { node, function, companion: None }))
    }

    /// A value that a closure computes, with something that handles on it keep alive.
    pub fn computed_with(
        self: &Arc<Graph>,
        function: impl Fn(&mut Reader<'_>) -> Result<Frozen, ReadError> + Send + Sync + 'static,
        companion: Arc<dyn Any + Send + Sync>,
    ) -> Computed {
        let Computed(body) = self.computed_by(Function::Native(Box::new(function)));
        let body = Arc::into_inner(body).expect("just made");
        Computed(Arc::new(ComputedBody { companion: Some(companion), ..body }))
    }

    /// A new effect whose place is also told of changes while it runs.
    pub fn eager_effect(self: &Arc<Graph>, place: &Arc<PlaceHold>, function: Function) -> Effect {
        let effect = self.effect_by(place, function);
        self.with(|state| state.nodes[effect.node.id].flags |= flag::EAGER);
        effect
    }

    /// A new effect, which has not run yet.
    pub fn effect_by(self: &Arc<Graph>, place: &Arc<PlaceHold>, function: Function) -> Effect {
        let id = self.with(|state| state.insert(flag::EFFECT, null(), Some(Arc::new(function)), place.number()));
        Effect { node: NodeHandle { graph: self.clone(), id, stamp: NONE }, _place: place.clone() }
    }
}

impl SignalBody {
    pub(super) fn peek(&self) -> Frozen {
        if let Some(value) = self.cell.read() {
            return Frozen::new(&value).expect("numbers are immutable");
        }
        self.graph.with(|state| state.nodes[self.id].value.clone())
    }

    /// The value as it is now.
    #[inline]
    pub fn peek_value(&self) -> Value {
        match self.cell.read() {
            Some(value) => value,
            None => self.peek().into_value(),
        }
    }
}

/// A set from outside of all places: all places are woken.
pub(super) const OUTSIDE: Setter = Setter { place: NONE, effect: NONE };

impl Signal {
    /// The value as it is now.
    pub fn peek(&self) -> Frozen {
        self.0.peek()
    }

    /// Sets the value from anywhere. Effects that depend on it run at their places, soon.
    pub fn set(&self, value: Frozen) {
        self.set_from(value, OUTSIDE, &mut None);
    }

    /// The same, with the place that sets. Gives the epoch from which on the value can be seen; none if it is what it
    /// was. A view, if there is one, moves to it.
    pub(super) fn set_from(&self, value: Frozen, setter: Setter, view: &mut Option<Epoch>) -> Option<Epoch> {
        let mut value = value;
        loop {
            // Large values are compared without the lock, and looked at again.
            let former = (!is_plain(value.value())).then(|| self.version());
            if let Some((former, _)) = &former
                && is_same(former.value(), value.value())
            {
                return None;
            }
            let expected = former.as_ref().map(|(_, version)| *version);
            match self.try_set(value, expected, setter, view) {
                Ok(epoch) => return epoch,
                Err(back) => value = back,
            }
        }
    }

    /// The value and its version.
    pub(super) fn version(&self) -> (Frozen, Epoch) {
        self.0.graph.with(|state| {
            let node = &state.nodes[self.0.id];
            (node.value.clone(), node.changed)
        })
    }

    /// Sets the value, if it still has the version. It goes back if it has not.
    pub(super) fn try_set(
        &self,
        value: Frozen,
        expected: Option<Epoch>,
        setter: Setter,
        view: &mut Option<Epoch>,
    ) -> Result<Option<Epoch>, Frozen> {
        self.0.graph.with(|state| {
            let node = &state.nodes[self.0.id];
            if expected.is_some_and(|version| version != node.changed) {
                return Err(value);
            }
            // A plain one differs from all that are not.
            if is_plain(value.value()) && is_same(node.value.value(), value.value()) {
                return Ok(None);
            }
            let epoch = state.advance();
            self.store(state, value, setter);
            state.move_view(view, epoch);
            Ok(Some(epoch))
        })
    }

    /// Stores a value as of the running epoch.
    pub(super) fn store(&self, state: &mut State, value: Frozen, setter: Setter) {
        self.0.cell.write(value.value());
        state.put(self.0.id, value, setter);
    }

    /// Replaces the value by what a function makes of it, as one step: the function is called again if another thread
    /// has set the signal meanwhile.
    pub fn update(&self, mut function: impl FnMut(&Frozen) -> Frozen) {
        loop {
            let (former, version) = self.version();
            let value = function(&former);
            if is_same(former.value(), value.value()) || self.try_set(value, Some(version), OUTSIDE, &mut None).is_ok()
            {
                return;
            }
        }
    }
}
