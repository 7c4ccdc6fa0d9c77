//! Frozen cycles. Objects of a cycle keep one another alive, and once they are shared no single thread could find out that
//! no other thread does. But frozen objects never change, so their cycles are known when they are frozen: each strongly
//! connected component is counted as one thing. Its members' count words hold the number of the component; references
//! from outside count on the component, references among members are not counted. When the component's count reaches
//! zero, all members are freed together.
//!
//! The table of components belongs to the process. Finding a component by number takes no lock; code that counts on one
//! holds a reference to a member, so it is not being recycled.

use super::append_only::AppendOnly;
use super::header::Header;
use parking_lot::Mutex;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicI64, Ordering};

struct Component {
    /// References from outside, of whatever thread.
    count: AtomicI64,
    /// Touched when the component is made and when it dies.
    members: Mutex<Members>,
}

struct Members(Vec<NonNull<Header>>);

// SAFETY: the members are shared, immutable objects; only the thread that takes the list out, when nothing refers to them
// any more, frees them.
unsafe impl Send for Members {}

static COMPONENTS: AppendOnly<Component> = AppendOnly::new();
static FREE: Mutex<Vec<u32>> = Mutex::new(Vec::new());

fn get(index: u32) -> &'static Component {
    COMPONENTS.get(index).expect("members name their component")
}

/// Makes a component of objects to which `count` references from outside exist.
pub(super) fn make(members: Vec<NonNull<Header>>, count: i64) -> u32 {
    if let Some(index) = FREE.lock().pop() {
        let component = get(index);
        *component.members.lock() = Members(members);
        component.count.store(count, Ordering::Relaxed);
        return index;
    }
    let component = Component { count: AtomicI64::new(count), members: Mutex::new(Members(members)) };
    let index = COMPONENTS.push(component);
    assert!(index < i32::MAX as u32, "2 billion frozen cycles at once");
    index
}

/// Counts one more reference to a member.
pub(super) fn retain(index: u32) {
    get(index).count.fetch_add(1, Ordering::Relaxed);
}

/// Counts one reference less. True: it was the last, and the caller frees the members.
pub(super) fn release(index: u32) -> bool {
    if get(index).count.fetch_sub(1, Ordering::Release) != 1 {
        return false;
    }
    // As in `count`: acquires what every decrement released.
    get(index).count.load(Ordering::Acquire);
    true
}

/// The members of a component whose last reference is gone.
pub(super) fn take_members(index: u32) -> Vec<NonNull<Header>> {
    std::mem::take(&mut get(index).members.lock().0)
}

/// The members are freed; the number may be used again.
pub(super) fn recycle(index: u32) {
    FREE.lock().push(index);
}

/// Components in use.
#[cfg(test)]
pub(super) fn live() -> usize {
    COMPONENTS.len() - FREE.lock().len()
}
