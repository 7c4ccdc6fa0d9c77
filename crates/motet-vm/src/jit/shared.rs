//! Machine code of a function, which all isolates share that run it: those of the threads of a program, and of the programs
//! that share a [`Jit`].
//!
//! Nothing in code is an isolate's: it finds the isolate's own copy of the bytecode, its constants and the functions that it
//! calls through the frame's [`Loaded`](crate::isolate::Loaded). An isolate *adopts* code before it enters it: it loads what the
//! code is linked to, and keeps the code from then on. So code is freed with the last isolate that adopted it, and what
//! becomes known of it here, under the lock, was written before.

use super::{Entry, Fixed, Jit, Refused, Seen, Tags, Version};
use crate::isolate::Place;
use motet_code::Function;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::{Arc, Weak};

/// Codes for one place; the last one stays.
pub(crate) const VERSIONS: u8 = 4;

/// Code that was made. What is no longer entered may still run.
pub(crate) struct Made {
    pub place: Place,
    /// Where it begins.
    pub at: u32,
    /// Its number among those of the function.
    pub number: u32,
    /// How many there were for the place, it included.
    pub versions: u8,
    pub version: Version,
}

/// See the module.
pub(crate) struct Shared {
    function: Arc<Function>,
    counts: bool,
    jit: Arc<Jit>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Numbers that were given out.
    numbers: u32,
    places: HashMap<Place, Known>,
    links: Vec<Arc<Function>>,
    /// What isolates that made code have seen; and the functions that were called, by their names.
    seen: Option<Seen>,
    called: HashMap<u64, Arc<Function>>,
}

#[derive(Default)]
struct Known {
    versions: u8,
    latest: Option<Arc<Made>>,
    /// An isolate is at it.
    is_compiling: bool,
    is_refused: bool,
    /// What registers were seen to hold there.
    registers: Vec<Tags>,
}

/// What an isolate does that wants code for a place.
pub(crate) enum Wanted {
    /// Takes this, which it does not have.
    There(Arc<Made>),
    /// Makes it, by this number, and says what came of it.
    Make(u32),
    /// Asks again: another isolate is making it.
    Later,
    /// Goes on with what it has: there will be no other.
    Nothing,
}

/// The codes that there are, by the numbers of functions, and whether they count steps.
pub(super) type All = Mutex<HashMap<(u32, bool), Weak<Shared>>>;

impl Jit {
    /// The code of a function.
    pub(crate) fn code_of(self: &Arc<Jit>, function: &Arc<Function>, counts: bool) -> Arc<Shared> {
        let key = (function.id(), counts);
        let mut all = self.shared.lock();
        if let Some(shared) = all.get(&key).and_then(Weak::upgrade) {
            return shared;
        }
        let (function, jit) = (Arc::clone(function), Arc::clone(self));
        let shared = Arc::new(Shared { function, counts, jit, state: Mutex::default() });
        all.insert(key, Arc::downgrade(&shared));
        shared
    }
}

impl Shared {
    /// The newest code for a place.
    pub fn latest(&self, place: Place) -> Option<Arc<Made>> {
        self.state.lock().places.get(&place)?.latest.clone()
    }

    /// What to do for code for a place, other than the one that an isolate has.
    pub fn want(&self, place: Place, has: Option<u32>) -> Wanted {
        let mut state = self.state.lock();
        let State { numbers, places, .. } = &mut *state;
        let known = places.entry(place).or_default();
        if let Some(made) = known.latest.as_ref().filter(|made| has != Some(made.number)) {
            return Wanted::There(Arc::clone(made));
        }
        if known.is_refused || known.versions >= VERSIONS {
            return Wanted::Nothing;
        }
        if std::mem::replace(&mut known.is_compiling, true) {
            return Wanted::Later;
        }
        *numbers += 1;
        Wanted::Make(*numbers - 1)
    }

    /// What came of making code for a place.
    pub fn publish(
        &self,
        place: Place,
        at: u32,
        number: u32,
        version: Result<Version, Refused>,
    ) -> Result<Arc<Made>, Refused> {
        let mut state = self.state.lock();
        let known = state.places.entry(place).or_default();
        known.is_compiling = false;
        match version {
            Ok(version) => {
                known.versions += 1;
                let made = Arc::new(Made { place, at, number, versions: known.versions, version });
                let before = known.latest.replace(Arc::clone(&made));
                // It may go with that, and says so.
                drop(state);
                drop(before);
                Ok(made)
            }
            Err(refused) => {
                known.is_refused = true;
                Err(refused)
            }
        }
    }

    /// What all isolates have seen of the function and at a place, this one too, which knows functions by name.
    pub fn learn(
        &self,
        place: Place,
        seen: &Seen,
        registers: &[Tags],
        function: impl Fn(u64) -> Option<Arc<Function>>,
    ) -> (Seen, Vec<Tags>) {
        let mut state = self.state.lock();
        let State { places, seen: all, called, .. } = &mut *state;
        for name in seen.callees() {
            if let Some(function) = function(name) {
                called.insert(name, function);
            }
        }
        let all = match all {
            Some(all) => {
                all.learn(seen);
                all
            }
            None => all.insert(seen.clone()),
        };
        let known = &mut places.entry(place).or_default().registers;
        known.resize(registers.len(), Tags::default());
        known.iter_mut().zip(registers).for_each(|(tags, others)| tags.add_all(*others));
        (all.clone(), known.clone())
    }

    /// A function that was called, by its name.
    pub fn called(&self, name: u64) -> Option<Arc<Function>> {
        self.state.lock().called.get(&name).cloned()
    }

    /// The number of the link to a function.
    pub fn link(&self, function: &Arc<Function>) -> u32 {
        let links = &mut self.state.lock().links;
        let known = links.iter().position(|linked| linked.id() == function.id());
        known.unwrap_or_else(|| {
            links.push(Arc::clone(function));
            links.len() - 1
        }) as u32
    }

    /// The functions that code is linked to, from a number on.
    pub fn links(&self, from: usize) -> Vec<Arc<Function>> {
        self.state.lock().links[from..].to_vec()
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let key = (self.function.id(), self.counts);
        let mut all = self.jit.shared.lock();
        // Another isolate may have begun anew.
        if all.get(&key).is_some_and(|shared| shared.strong_count() == 0) {
            all.remove(&key);
        }
    }
}

impl Made {
    /// How it is entered.
    pub fn entry(&self) -> Entry {
        self.version.compiled.code.entry()
    }

    /// Constants that an isolate has to have to adopt it.
    pub fn fixed(&self) -> &[Fixed] {
        &self.version.compiled.fixed
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::jit::{BackEnd, Compiled, Machine, MachineCode, Request, When};
    use crate::memory::Value;
    use motet_code::{FunctionFlags, FunctionParts, Instruction, Op, Parameters, Source, Span};
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Its code is the number that was asked for.
    struct Numbers(Arc<AtomicUsize>);

    impl BackEnd for Numbers {
        fn compile(&self, request: &Request<'_>) -> Result<Compiled, Refused> {
            self.0.fetch_add(1, Ordering::Relaxed);
            let code = Box::new(Fake(Arc::clone(&self.0), vec![request.number as u8]));
            let (exits, fixed, listing) = (Box::default(), Box::default(), String::new());
            Ok(Compiled { code, exits, fixed, registers: 1, frames: 0, is_leaf: false, listing })
        }
    }

    /// Code that is never entered, and counts how much of it there is.
    struct Fake(Arc<AtomicUsize>, Vec<u8>);

    unsafe extern "C" fn nothing(_: *mut Machine, _: *mut Value, _: *mut crate::isolate::Frame) -> *mut Value {
        std::ptr::null_mut()
    }

    // SAFETY: it is never entered.
    unsafe impl MachineCode for Fake {
        fn entry(&self) -> Entry {
            nothing
        }

        fn bytes(&self) -> usize {
            self.1.len()
        }

        fn code(&self) -> &[u8] {
            &self.1
        }
    }

    impl Drop for Fake {
        fn drop(&mut self) {
            self.0.fetch_sub(1, Ordering::Relaxed);
        }
    }

    fn function() -> Arc<Function> {
        let parts = FunctionParts {
            name: "f".into(),
            parameters: Parameters::default(),
            flags: FunctionFlags::default(),
            registers: 1,
            code: Box::new([Instruction::new(Op::ReturnNull, 0, 0, 0).0]),
            constants: Box::default(),
            functions: Box::default(),
            captures: Box::default(),
            capture_names: Box::default(),
            handlers: Box::default(),
            spans: Box::default(),
            span: Span::default(),
            source: Arc::new(Source::new("by hand", "", false)),
        };
        Arc::new(Function::new(parts).expect("valid code"))
    }

    fn compile(jit: &Arc<Jit>, function: &Arc<Function>, number: u32) -> Result<Version, Refused> {
        jit.compile(&Request {
            function,
            name: 1,
            link: &|_| 0,
            number,
            at: 0,
            is_function: true,
            registers: &[],
            seen: &Seen::new(1),
            words: &[],
            constants: Box::default(),
            callee: &|_| None,
            builtin: &|_| None,
            counts: false,
            stress: false,
            eager: false,
        })
    }

    /// Threads want code of two places at once, again and again, as if each had been left too often.
    #[test]
    fn threads_agree_about_versions_and_the_last_one_frees_them() {
        let (function, there) = (function(), Arc::new(AtomicUsize::new(0)));
        let jit = Arc::new(Jit::new(Box::new(Numbers(Arc::clone(&there))), When::Hot));
        let compiling = AtomicUsize::new(0);
        let barrier = Barrier::new(6);
        let thread = || {
            barrier.wait();
            let shared = jit.code_of(&function, false);
            let places = [Place::Beginning, Place::Jump(1)];
            let mut has: [Option<Arc<Made>>; 2] = [None, None];
            let mut ends = 0;
            while ends < 2 {
                ends = 0;
                for (place, has) in places.iter().zip(&mut has) {
                    match shared.want(*place, has.as_ref().map(|made| made.number)) {
                        Wanted::There(made) => {
                            assert_eq!(
                                (made.place, made.version.compiled.code.code()),
                                (*place, &[made.number as u8][..])
                            );
                            *has = Some(made);
                        }
                        Wanted::Make(number) => {
                            if *place == Place::Beginning {
                                assert_eq!(compiling.fetch_add(1, Ordering::Relaxed), 0, "one at a time");
                            }
                            let version = compile(&jit, &function, number);
                            if *place == Place::Beginning {
                                compiling.fetch_sub(1, Ordering::Relaxed);
                            }
                            *has = shared.publish(*place, 0, number, version).ok();
                        }
                        Wanted::Later => std::thread::yield_now(),
                        Wanted::Nothing => ends += 1,
                    }
                }
            }
            assert_eq!(has.map(|made| made.map(|made| made.versions)), [Some(VERSIONS); 2]);
        };
        std::thread::scope(|scope| {
            (0..6).for_each(|_| _ = scope.spawn(thread));
        });
        assert_eq!((there.load(Ordering::Relaxed), jit.used(), jit.shared.lock().len()), (0, 0, 0));
    }
}
