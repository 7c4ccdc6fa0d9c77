//! References to threads as programs hold them, and the builtin `thread`.

use super::handle::Sender;
use crate::concurrency::ThreadReference;
use crate::memory::{ForeignKind, ForeignObject, SharedForeign, Value};
use crate::threads::Program;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::sync::{Arc, Weak};

/// A reference to one use of a thread slot.
pub(crate) struct ThreadObject {
    pub reference: ThreadReference,
    /// None: the thread's own reference to itself, and references to threads that had ended.
    #[allow(dead_code, reason = "counts while it is held")]
    sender: Option<Sender>,
}

impl ThreadObject {
    /// A reference for another thread. It keeps a thread alive that serves messages.
    pub fn new(program: &Arc<Program>, reference: ThreadReference) -> ThreadObject {
        let sender = program.threads().table().get(reference).ok().map(|entry| entry.handle().sender());
        ThreadObject { reference, sender }
    }

    /// A reference whose count was taken already.
    pub fn with(reference: ThreadReference, sender: Option<Sender>) -> ThreadObject {
        ThreadObject { reference, sender }
    }

    /// A thread's reference to itself. It counts as soon as it is sent away.
    pub fn own(program: &Arc<Program>, reference: ThreadReference) -> OwnThread {
        OwnThread { reference, program: Arc::downgrade(program) }
    }

    /// What a value refers to, if it is a thread.
    pub fn reference_of(value: &Value) -> Option<ThreadReference> {
        let foreign = value.as_foreign()?;
        let other = foreign.downcast::<ThreadObject>().map(|thread| thread.reference);
        other.or_else(|| foreign.downcast::<OwnThread>().map(|thread| thread.reference))
    }
}

/// `thread.current`.
pub(crate) struct OwnThread {
    reference: ThreadReference,
    program: Weak<Program>,
}

/// Number and secret as two words. The second is a hash: the secret itself stays in the table's module.
fn identity(reference: ThreadReference) -> u128 {
    let hasher = BuildHasherDefault::<DefaultHasher>::default();
    u128::from(reference.number()) << 64 | u128::from(hasher.hash_one(reference))
}

/// Threads, seen from themselves or from others.
pub(crate) static THREAD: ForeignKind = ForeignKind::new("Thread");
/// The namespace `thread`.
pub(crate) static THREADS: ForeignKind = ForeignKind::new("Threads");

impl ForeignObject for ThreadObject {
    fn kind(&self) -> &'static ForeignKind {
        &THREAD
    }

    fn stands_for(&self) -> Option<u128> {
        Some(identity(self.reference))
    }

    fn display(&self) -> Option<String> {
        Some(format!("<Thread {}>", self.reference.number()))
    }
}

impl ForeignObject for OwnThread {
    fn kind(&self) -> &'static ForeignKind {
        &THREAD
    }

    fn send(&self) -> Result<Arc<dyn SharedForeign>, &'static str> {
        match self.program.upgrade() {
            Some(program) => Ok(Arc::new(ThreadObject::new(&program, self.reference))),
            None => Err("its program has ended"),
        }
    }

    fn stands_for(&self) -> Option<u128> {
        Some(identity(self.reference))
    }

    fn display(&self) -> Option<String> {
        Some(format!("<Thread {}>", self.reference.number()))
    }
}

/// The builtin `thread`: its fields depend on the isolate that reads them.
pub(crate) struct ThreadNamespace;

impl ForeignObject for ThreadNamespace {
    fn kind(&self) -> &'static ForeignKind {
        &THREADS
    }

    fn display(&self) -> Option<String> {
        Some("<thread>".into())
    }
}
