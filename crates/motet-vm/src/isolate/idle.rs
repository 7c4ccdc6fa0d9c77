//! Isolates between two uses, on their way from one OS thread to another.
//!
//! **Why one may move.** An isolate is full of values with plain counts, which only one thread at a time may touch.
//! Values may have been handed to Rust code (a native, an embedder), which may still hold them on the thread that the
//! isolate leaves. So an idle isolate is one that shares no object with other code: [`IdleIsolate::new`] lets go of the
//! heap, whose end takes note of all objects that live on elsewhere, and then looks at what is left, the constants of
//! loaded code. Whatever of them could be held elsewhere too keeps the isolate from moving, and it is dropped where it
//! is.

use super::Isolate;
use crate::concurrency::Bell;
use crate::memory::Value;
use std::sync::Arc;

/// An isolate that owns all that it refers to. See the module.
pub(crate) struct IdleIsolate(Box<Isolate>);

impl IdleIsolate {
    /// Takes an isolate that has been reset and has left its thread. None if it must stay where it is. `detached` is the bell
    /// of all isolates that are no thread's.
    pub fn new(mut isolate: Box<Isolate>, detached: &Arc<Bell>) -> Option<IdleIsolate> {
        let is_reset = isolate.thread.is_none()
            && isolate.chain.is_empty()
            && isolate.coroutine.is_reusable()
            && isolate.nothing.as_ref().is_none_or(|nothing| nothing.is_reusable())
            && isolate.native_result.is_null()
            && isolate.tasks.is_reset()
            && isolate.recorder.is_none()
            && isolate.sampler.is_none()
            && isolate.exports.is_empty()
            && isolate.globals.is_empty();
        if !is_reset {
            return None;
        }
        // What refers to objects that may live on elsewhere: lists of futures to export, candidates for collection.
        isolate.tasks.renew();
        isolate.heap.renew();
        isolate.interrupt = detached.clone();
        isolate.constants_are_its_own().then_some(IdleIsolate(isolate))
    }

    pub fn into_isolate(self) -> Box<Isolate> {
        self.0
    }
}

impl Isolate {
    /// No other code refers to a constant of loaded code, other than by counts that threads share.
    fn constants_are_its_own(&self) -> bool {
        self.loaded_functions.iter().flat_map(|loaded| loaded.constants()).all(is_own)
    }
}

/// The value holds no local object that anything but this reference could lead to.
fn is_own(constant: &Value) -> bool {
    if !constant.is_counted_here() {
        return true;
    }
    // A constant that holds values (quoted data) would have to be looked through; few programs have any.
    let is_leaf = constant.as_string().is_some()
        || constant.as_complex().is_some()
        || constant.as_bytes().is_some()
        || constant.as_closure().is_some_and(|closure| closure.captures().is_empty());
    is_leaf && constant.is_unique()
}

// SAFETY: an isolate is made of three kinds of thing. What it shares is made for that: `Arc`s of types that are `Send` and
// `Sync` (builtins, settings, budget, bell, code). What it owns alone moves with it: `new` has made sure that no coroutine
// holds a value, that no task, future, timer, module or global is left, that the `Rc` of its exports is its own, and that
// no object refers to its heap or is a candidate of it (`Tasks::renew`, `Heap::renew`), so the only values in it are constants, of which `constants_are_its_own` says that no other reference with a plain count
// exists. And its raw pointers lead from loaded code into loaded code (caches, `loaded`), which it owns as boxes. Nothing
// in it depends on the OS thread (V-03).
unsafe impl Send for IdleIsolate {}
