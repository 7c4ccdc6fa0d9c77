//! Which files a machine has loaded: each is run once, whatever number of threads ask for it at the same time (V-02).
//!
//! The first thread to ask loads; others that ask meanwhile wait for it. The lock is not held while a program runs. A
//! module that fails is not kept: the next one to ask tries again, and so do those who waited.
//!
//! A module can be asked for by what it runs itself, through a function of the embedder. That would wait for itself, or go
//! in a circle of threads; who would close a circle gets an error instead.

use super::error::{Error, Result};
use super::machine::Module;
use crate::files::Files;
use crate::packages::Packages;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

/// See the module.
pub(super) struct Modules {
    /// Where they are read.
    files: Arc<dyn Files>,
    packages: Arc<dyn Packages>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    modules: HashMap<PathBuf, Entry>,
    /// What threads wait for.
    waiting: HashMap<ThreadId, PathBuf>,
}

enum Entry {
    Loading(ThreadId),
    Loaded(Module),
}

impl State {
    /// The thread would wait for a module that, over any number of others, waits for this thread.
    fn is_circle(&self, path: &Path, waiter: ThreadId) -> bool {
        let mut path = path;
        loop {
            let Some(Entry::Loading(owner)) = self.modules.get(path) else { return false };
            if *owner == waiter {
                return true;
            }
            match self.waiting.get(owner) {
                Some(next) => path = next,
                None => return false,
            }
        }
    }
}

/// A module that is being loaded is forgotten again, unless it has been.
struct Loading<'a> {
    modules: &'a Modules,
    path: &'a Path,
}

impl Drop for Loading<'_> {
    fn drop(&mut self) {
        let mut state = self.modules.lock();
        if let Some(Entry::Loading(_)) = state.modules.get(self.path) {
            state.modules.remove(self.path);
        }
        drop(state);
        self.modules.changed.notify_all();
    }
}

impl Modules {
    pub fn new(files: Arc<dyn Files>, packages: Arc<dyn Packages>) -> Modules {
        Modules { files, packages, state: Mutex::default(), changed: Condvar::new() }
    }

    /// Where they are read.
    pub fn files(&self) -> &Arc<dyn Files> {
        &self.files
    }

    /// What bare imports mean.
    pub fn packages(&self) -> &Arc<dyn Packages> {
        &self.packages
    }

    /// Nothing panics while the lock is held.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The module of a file, which is loaded if it has not been.
    pub fn get_or_load(&self, path: PathBuf, load: impl FnOnce() -> Result<Module>) -> Result<Module> {
        let own = thread::current().id();
        let mut state = self.lock();
        loop {
            match state.modules.get(&path) {
                Some(Entry::Loaded(module)) => return Ok(module.clone()),
                None => break,
                Some(Entry::Loading(_)) if state.is_circle(&path, own) => {
                    let name = path.display();
                    return Err(Error::missing(format!("{name} is being loaded, and what it runs asks for it")));
                }
                Some(Entry::Loading(_)) => {
                    state.waiting.insert(own, path.clone());
                    state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                    state.waiting.remove(&own);
                }
            }
        }
        state.modules.insert(path.clone(), Entry::Loading(own));
        drop(state);
        let loading = Loading { modules: self, path: &path };
        let module = load()?;
        self.lock().modules.insert(path.clone(), Entry::Loaded(module.clone()));
        drop(loading);
        Ok(module)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;

    fn module() -> Result<Module> {
        super::super::Vm::new().load_text("export let one = 1")
    }

    fn modules() -> Modules {
        Modules::new(Arc::new(crate::files::Disk), Arc::new(crate::packages::NoPackages))
    }

    fn path(name: &str) -> PathBuf {
        PathBuf::from(name)
    }

    #[test]
    fn v02_a_module_that_asks_for_itself_is_told_so() {
        let modules = modules();
        let inner = || modules.get_or_load(path("a"), module);
        let error = modules.get_or_load(path("a"), || modules.get_or_load(path("b"), inner)).map(|_| ()).unwrap_err();
        assert_eq!(error.message(), "a is being loaded, and what it runs asks for it");
        modules.get_or_load(path("b"), module).expect("nothing is left of that");
    }

    #[test]
    fn v02_a_circle_of_threads_is_broken() {
        let modules = modules();
        let both_load = Barrier::new(2);
        let load = |own: &str, other: &str| {
            modules.get_or_load(path(own), || {
                both_load.wait();
                modules.get_or_load(path(other), module)
            })
        };
        thread::scope(|scope| {
            let (one, other) = (scope.spawn(|| load("a", "b")), scope.spawn(|| load("b", "a")));
            let results = [one.join().expect("no panic"), other.join().expect("no panic")];
            // One closes the circle and fails; the other loads what that one leaves.
            assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
        });
    }

    #[test]
    fn v02_who_waited_for_a_failure_tries_again() {
        let modules = modules();
        let begun = Barrier::new(2);
        thread::scope(|scope| {
            let fails = scope.spawn(|| {
                modules.get_or_load(path("a"), || {
                    begun.wait();
                    Err(Error::missing("on purpose".into()))
                })
            });
            begun.wait();
            modules.get_or_load(path("a"), module).expect("it loads");
            assert!(fails.join().expect("no panic").is_err());
        });
    }
}
