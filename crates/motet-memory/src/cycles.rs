//! Garbage cycles: trial deletion over the containers that were stored into.
//!
//! **Who is looked at.** A cycle is closed by a store: some container got a reference to something that, by some way, led
//! back to it. So every store of something that holds values into a container that already exists puts the container in
//! its heap's buffer of *candidates*, once. Making a container registers nothing, and neither do stores of numbers and
//! strings. A candidate stays in the buffer while it lives, because the cycle may become garbage later.
//!
//! **When.** [`super::Heap::should_collect`] says so when the buffer has got as many new candidates as the last
//! collection found alive, 4096 at least. So the work of collecting is at most in proportion to the stores that
//! programs make. A garbage cycle is freed within max(4096, w) stores into new containers. Here w is the number of live
//! objects (and blocks of eight slots) that were reachable from candidates at the last collection. Garbage may be few
//! and big: so one also comes after max(64 MB, 512 w bytes) of allocation. At the end of an isolate all are freed.
//!
//! **How.** All objects reachable from candidates are visited, and each reference among them is taken off its target's
//! count on trial. Objects that still have a count are referred to from outside (a register, a Rust variable, an object
//! that is not reachable from candidates): they and all that they reach get their references back. What remains refers
//! only to itself.
//!
//! **Freeing it.** Counts are made whole again, each garbage container is emptied through the ordinary way of dropping
//! values, under a reference of the collector's so that it does not die half-way, and then let go. Every cycle goes
//! through a container that can be emptied. So counts are never wrong when foreign code runs, and a foreign object that
//! reports its values wrongly cannot make anything dangle: at worst a container in use is found empty.
//!
//! Shared objects never lead to local ones and are not visited; frozen cycles have another solution (`component`).

use super::header::{Header, flag};
use super::heap::Heap;
use super::release;
use super::tag::Tag;
use super::trace;
use super::value::Value;
use std::ptr::NonNull;

type Object = NonNull<Header>;

/// # Safety
/// The object has not been deallocated.
unsafe fn header<'a>(object: Object) -> &'a Header {
    // SAFETY: the caller's promise; the reference is not kept beyond the collection's step.
    unsafe { object.as_ref() }
}

/// Frees garbage cycles; gives the number of objects that were garbage.
pub(super) fn collect(heap: &Heap) -> usize {
    // Foreign code that runs when something is freed may ask for a collection: one at a time.
    if heap.collecting.replace(true) {
        return 0;
    }
    let _collecting = Collecting(heap);
    if heap.candidates.borrow().is_empty() {
        heap.set_threshold(0);
        return 0;
    }
    let candidates = sweep_candidates(heap);
    let trial = Trial::mark(&candidates);
    let (garbage, work) = trial.find_garbage();
    let count = garbage.len();
    heap.set_threshold(work);
    free_garbage(garbage);
    count
}

/// Ends a collection, also if foreign code panics in it.
struct Collecting<'a>(&'a Heap);

impl Drop for Collecting<'_> {
    fn drop(&mut self) {
        self.0.collecting.set(false);
    }
}

/// Frees what died in the buffer, closes the gaps, and gives the live candidates.
fn sweep_candidates(heap: &Heap) -> Vec<Object> {
    let mut dead = Vec::new();
    let mut candidates = heap.candidates.borrow_mut();
    let mut place = 0;
    candidates.retain(|object| {
        let Some(object) = *object else { return false };
        // SAFETY: objects in the buffer keep their memory until they leave it, here.
        let header = unsafe { header(object) };
        if header.has(flag::DEAD) {
            dead.push(object);
            return false;
        }
        if is_undisturbed(object) {
            header.set_aux(place);
        }
        place += 1;
        true
    });
    let room = candidates.len() * 2;
    candidates.shrink_to(room);
    // Foreign objects among the dead may run code that stores something: the buffer must be free for it.
    drop(candidates);
    for object in dead {
        // SAFETY: dead and emptied, and the buffer has forgotten it.
        unsafe { release::deallocate(object) };
    }
    heap.candidates.borrow().iter().flatten().copied().filter(|&object| is_undisturbed(object)).collect()
}

/// False for an object in the buffer that is just being freed, further up the stack: its aux word has another use then.
fn is_undisturbed(object: Object) -> bool {
    // SAFETY: objects in the buffer keep their memory until they leave it.
    !unsafe { header(object) }.has(flag::DYING)
}

/// The objects reachable from candidates, with references among them taken off their counts.
struct Trial {
    visited: Vec<Object>,
    /// References that foreign objects said they hold; they might say something else when asked again.
    foreign_edges: Vec<(Object, Object)>,
}

fn is_foreign(object: Object) -> bool {
    // SAFETY: objects of the trial are alive.
    matches!(unsafe { header(object) }.kind(), Tag::Generator | Tag::Foreign)
}

/// The object behind a value, if the trial concerns it.
fn traced(value: &Value) -> Option<Object> {
    value.tag().is_traced().then(|| value.pointer())
}

impl Trial {
    fn mark(candidates: &[Object]) -> Trial {
        let mut trial = Trial { visited: Vec::new(), foreign_edges: Vec::new() };
        for &object in candidates {
            trial.visit(object);
        }
        // The vector is its own work list: objects are appended while it is walked over.
        let mut next = 0;
        while let Some(&object) = trial.visited.get(next) {
            next += 1;
            // SAFETY: the object is alive and local; nothing runs meanwhile but `trace` methods, which change nothing.
            unsafe {
                visit_unless_written(object, &mut |value| {
                    if let Some(child) = traced(value) {
                        trial.take_off(object, child);
                    }
                });
            }
        }
        trial
    }

    fn visit(&mut self, object: Object) {
        // SAFETY: reachable objects are alive.
        let header = unsafe { header(object) };
        if !header.has(flag::TRIAL) {
            header.set(flag::TRIAL);
            self.visited.push(object);
        }
    }

    fn take_off(&mut self, parent: Object, child: Object) {
        // SAFETY: the parent refers to it, so it is alive.
        let header = unsafe { header(child) };
        let count = header.count().local();
        if count <= 0 {
            // Shared, immortal, or a foreign object claims more references than there are.
            return;
        }
        header.count().set_local(count - 1);
        if is_foreign(parent) {
            self.foreign_edges.push((parent, child));
        }
        self.visit(child);
    }

    /// Gives their references back to all that is referred to from outside, and to what that reaches; then to the rest,
    /// which is garbage, and what this returns; also how much was visited that lives.
    fn find_garbage(self) -> (Vec<Object>, usize) {
        let mut foreign_edges = self.foreign_edges;
        foreign_edges.sort_unstable();
        // SAFETY: visited objects are alive until garbage is freed, here and below.
        let flags = |object: Object| unsafe { header(object) };
        let is_outside = |&object: &Object| flags(object).count().local() > 0;
        let mut alive: Vec<Object> = self.visited.iter().copied().filter(is_outside).collect();
        alive.iter().for_each(|&object| flags(object).set(flag::ALIVE));
        let mut work = 0;
        while let Some(object) = alive.pop() {
            work += give_back(object, &foreign_edges, &mut |child| {
                if !flags(child).has(flag::ALIVE) {
                    flags(child).set(flag::ALIVE);
                    alive.push(child);
                }
            });
        }
        let garbage: Vec<Object> =
            self.visited.iter().copied().filter(|&object| !flags(object).has(flag::ALIVE)).collect();
        for &object in &garbage {
            give_back(object, &foreign_edges, &mut |_| {});
        }
        self.visited.iter().for_each(|&object| flags(object).clear(flag::TRIAL | flag::ALIVE));
        (garbage, work)
    }
}

/// Gives back the references that `take_off` took for this object. Returns how much work that was: one for the object and
/// one for every eight slots.
fn give_back(object: Object, foreign_edges: &[(Object, Object)], then: &mut dyn FnMut(Object)) -> usize {
    let mut restore = |child: Object| {
        // SAFETY: the object refers to it, so it is alive.
        let header = unsafe { header(child) };
        header.count().set_local(header.count().local() + 1);
        then(child);
    };
    if is_foreign(object) {
        let first = foreign_edges.partition_point(|edge| edge.0 < object);
        foreign_edges[first..].iter().take_while(|edge| edge.0 == object).for_each(|edge| restore(edge.1));
        return 1;
    }
    let mut slots = 0;
    // SAFETY: the object is alive and local, and has not changed since `mark`.
    unsafe {
        visit_unless_written(object, &mut |value| {
            slots += 1;
            if let Some(child) = traced(value)
                && header(child).has(flag::TRIAL)
            {
                restore(child);
            }
        });
    }
    1 + slots / 8
}

/// A container that a native is changing right now, in a closure that called for a collection, cannot be looked into. What
/// it holds then seems to be referred to from outside, and lives.
///
/// # Safety
/// The object is alive and local, and does not change meanwhile.
unsafe fn visit_unless_written(object: Object, visit: &mut dyn FnMut(&Value)) {
    // SAFETY: the caller's promise.
    unsafe {
        if !header(object).is_being_written() {
            trace::visit_children(object, &mut |_, value| visit(value));
        }
    }
}

/// Empties garbage containers and lets them go.
fn free_garbage(garbage: Vec<Object>) {
    // The collector's own references.
    let held: Vec<Value> = garbage
        .iter()
        .map(|&object| {
            // SAFETY: alive; the retained reference goes into the value.
            unsafe {
                header(object).retain();
                Value::adopt(object)
            }
        })
        .collect();
    for object in garbage {
        // SAFETY: held, so alive. A native's guard on it can only be alive if a foreign object reported wrongly.
        unsafe {
            if !header(object).is_borrowed() {
                trace::empty(object, &mut drop);
            }
        }
    }
    drop(held);
}
