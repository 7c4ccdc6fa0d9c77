//! The hook for machine code: what a back end is asked, what it gives, and what its code is entered with.
//!
//! The VM knows no back end. An embedder puts one into [`Settings::jit`](crate::Settings::jit); then the turns of loops are
//! counted, what runs in a loop that turns often is noted ([`Seen`]), and the back end is asked for code. What compiled code
//! may rely on, and what it must leave as it found it, stands in ARCHITECTURE.md, "Machine code".

mod data;
mod leaf;
mod machine;
mod seen;
mod shared;
mod told;

pub use data::{Data, UNDECIDED};
pub use leaf::Answers;
pub(crate) use leaf::Leaves;
pub(crate) use machine::{Back, NO_CODE, enter};
pub use machine::{Entry, LEFT, MOST_PARTS, Machine, MachineCode, NOTHING, TAKEN};
pub use seen::{Appended, FixedStatic, Seen, SeenAt, SeenMethod, Tags};
pub(crate) use shared::{Made, Shared, VERSIONS, Wanted};
pub use told::Totals;

use crate::concurrency::thread_time;
use crate::isolate::{Delivery, Frame, Loaded};
use crate::memory::{Tag, Value, account};
use motet_code::Function;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::time::Duration;

/// Where code finds what it needs of frames and functions, in bytes.
pub mod places {
    use super::{Frame, Loaded};
    use crate::concurrency::Reasons;
    use std::mem::offset_of;

    pub const FRAME_BYTES: usize = size_of::<Frame>();
    pub const FRAME_COUNTER: usize = offset_of!(Frame, pc);
    pub const FRAME_BASE: usize = offset_of!(Frame, base);
    pub const FRAME_FUNCTION: usize = offset_of!(Frame, loaded);
    pub const FRAME_ENVIRONMENT: usize = offset_of!(Frame, environment);
    /// How the result travels, and what belongs to it: a word that is zero for a plain call.
    pub const FRAME_DELIVERY: usize = offset_of!(Frame, delivery);
    /// Where a function's bytecode is, and where its constants are, behind its handle.
    pub const FUNCTION_CODE: usize = offset_of!(Loaded, code);
    pub const FUNCTION_CONSTANTS: usize = offset_of!(Loaded, constants);
    /// Where the handles are that its code is linked to.
    pub const FUNCTION_LINKS: usize = offset_of!(Loaded, links);
    /// The statics of classes that its instructions have read, by words; 0 if there are none.
    pub const FUNCTION_STATICS: usize = offset_of!(Loaded, statics);
    /// How many registers a function has, behind its handle.
    pub const FUNCTION_REGISTERS: usize = offset_of!(Loaded, registers);
    /// In the interrupt word: what does not interrupt code.
    pub const UNINTERRUPTING: u32 = Reasons::COUNT.bits();
    /// In the iterations left of a loop whose turns are counted, and how many times as large the number is then.
    pub const COUNTED: u64 = crate::interpreter::COUNTED;
    pub const COUNTED_TIMES: u64 = crate::interpreter::SLICE;
    /// The entry of a function's code, behind the handle of the function.
    pub const FUNCTION_ENTRY: usize = offset_of!(Loaded, entry);
}

/// The word at [`places::FRAME_DELIVERY`] of a frame whose result goes to a register of its caller.
pub const fn delivery_to(register: u16) -> u64 {
    Delivery::Register as u64 | (register as u64) << 32
}

/// Makes machine code of loops and functions that have run.
pub trait BackEnd: Send + Sync {
    /// Code for the loop or function that the request names.
    fn compile(&self, request: &Request<'_>) -> Result<Compiled, Refused>;
}

/// What a function is called in what was seen, never 0.
pub(crate) fn name(function: &Function) -> u64 {
    u64::from(function.id()) + 1
}

/// What is to be compiled.
pub struct Request<'a> {
    pub function: &'a Arc<Function>,
    /// Its name in what was seen.
    pub name: u64,
    /// Gives the number of the link to a function.
    pub link: &'a dyn Fn(&Arc<Function>) -> u32,
    /// The number that the code gives beside that of an exit.
    pub number: u32,
    /// Where the code is entered: the loop's head, or 0 for a function that is called.
    pub at: u32,
    /// It is entered by calls.
    pub is_function: bool,
    /// What the window's registers were seen to hold there.
    pub registers: &'a [Tags],
    /// What was seen when the function ran.
    pub seen: &'a Seen,
    /// The words of the code as they are in the isolate, with its inline caches filled. Code may hold shapes, places and
    /// builtins of them, which are the process's, but no addresses.
    pub words: &'a [u64],
    pub constants: Constants,
    /// What is known of a function that was called, by the name that was seen.
    pub callee: &'a dyn Fn(u64) -> Option<Callee>,
    /// The builtin function that a native is, by its payload: only what the language itself has.
    pub builtin: &'a dyn Fn(u64) -> Option<&'static str>,
    /// Steps are to be counted, as the interpreter does: calls and jumps backwards.
    pub counts: bool,
    /// Exits are to be taken now and then without a reason, so that tests see them all.
    pub stress: bool,
    /// Also what gains nothing.
    pub eager: bool,
}

/// A function that may become a part of its caller's code.
pub struct Callee {
    pub function: Arc<Function>,
    /// There will be no code for it.
    pub is_refused: bool,
    pub seen: Seen,
    /// Its code in the isolate.
    pub words: Vec<u64>,
    pub constants: Constants,
}

/// Tags and payloads of a function's constants in an isolate. Those that own memory are other ones in other isolates, and
/// builtins may be.
pub type Constants = Box<[(Tag, u64)]>;

pub(crate) fn constants_of(loaded: &Loaded) -> Constants {
    loaded.constants().iter().map(|value| (value.tag(), value.payload())).collect()
}

/// Whose code something is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// That of the function that is compiled.
    Own,
    /// That of a function that it was linked to.
    Link(u32),
}

/// A constant that stands for a builtin, whose value became a part of code: isolates in which it is another one do not enter
/// that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fixed {
    pub whose: Whose,
    pub index: u32,
    pub tag: Tag,
    pub payload: u64,
}

/// Code, and how the interpreter goes on where it leaves.
pub struct Compiled {
    pub code: Box<dyn MachineCode>,
    /// By the numbers that the code gives.
    pub exits: Box<[Exit]>,
    /// Constants whose values it relies on.
    pub fixed: Box<[Fixed]>,
    /// Registers from the window's first one on that it uses, those of functions that became parts of it too.
    pub registers: usize,
    /// How many frames an exit makes at most.
    pub frames: usize,
    /// It changes nothing but its own window, and calls nothing that does.
    pub is_leaf: bool,
    /// What it is, for people, if the back end was asked to say it.
    pub listing: String,
}

/// How the interpreter goes on behind an exit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exit {
    /// The instruction that is next.
    pub at: u32,
    pub why: Why,
    /// Tags that registers get; their payloads the code has stored.
    pub tags: Box<[(u16, Tag)]>,
    /// Functions that became parts of the code and that run here, outermost first.
    pub frames: Box<[ExitFrame]>,
}

impl Exit {
    /// Writes the tags into the window that the code ran in.
    ///
    /// # Safety
    /// The code has left by this exit, and its window begins at `base`.
    pub(crate) unsafe fn put_tags(&self, base: *mut Value) {
        for (register, tag) in &self.tags {
            // SAFETY: a register of the window that owns nothing, and whose payload the code has stored, unless it is null.
            unsafe {
                let register = base.add(*register as usize);
                debug_assert!(!(*register).is_heap(), "a value is overwritten that is owned");
                if *tag == Tag::Null {
                    register.write(Value::NULL);
                } else {
                    register.byte_add(Value::TAG_OFFSET).cast::<Tag>().write(*tag);
                }
            }
        }
    }
}

/// A function that runs behind an exit, above the one that is compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExitFrame {
    /// By the number of its link.
    pub callee: u32,
    /// Its register 0, counted from the window of the code.
    pub window: u16,
    /// Where its caller goes on.
    pub returns_to: u32,
    pub environment: Environment,
    /// The register of its caller that gets its result; none if that is where its window begins.
    pub result: Option<u16>,
}

/// The closure that runs in a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// The function captures nothing.
    Nothing,
    /// Its register 0 holds it.
    Register0,
    /// The code has stored it with the exit ([`Machine::environments`]).
    Stored,
    /// That of its caller, which is the same function.
    Caller,
}

/// Why compiled code leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Something is rare, or of another type than was seen.
    Guard,
    /// What comes has not run while types were noted.
    Unseen,
    /// Something interrupts the program.
    SafePoint,
    /// The same at the end of a builtin, which is what came last.
    Builtin,
    /// The end of what is compiled.
    Done,
    /// There are too few registers or frames for the code.
    Room,
    /// There is no room for the call that is next.
    Call,
    /// No more steps may be taken, and the next instruction is one.
    Steps,
    /// The same, and the end of the instruction before is one.
    Behind,
}

/// Why there is no code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused(pub String);

/// When code is compiled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum When {
    /// Where a loop has turned, or a function was called, so often that compiling it pays.
    #[default]
    Hot,
    /// At the second turn or call. For tests.
    Eager,
    /// The same, and exits are taken now and then without a reason. For tests.
    Stress,
}

/// Who is told what is compiled, what is not and why.
pub type Log = Box<dyn Fn(&str) + Send + Sync>;

/// Who is told where machine code lies: its name, its address and how many bytes it takes.
pub type Places = Box<dyn Fn(&str, usize, usize) + Send + Sync>;

/// Machine code for programs. Those that share it share the limit.
pub struct Jit {
    back_end: Box<dyn BackEnd>,
    when: When,
    turns: u32,
    calls: u32,
    seed: u32,
    limit: usize,
    log: Option<Log>,
    listing: Option<Log>,
    places: Option<Places>,
    totals: Totals,
    clock: AtomicU32,
    used: AtomicUsize,
    shared: shared::All,
}

impl Jit {
    /// Bytes of machine code that a process has at most, unless it says something else.
    pub const LIMIT: usize = 64 << 20;
    /// Turns of a loop before it is looked at, where code is made of what is hot.
    pub const TURNS: u32 = 500;
    /// The same of calls of a function.
    pub const CALLS: u32 = 1_000;

    pub fn new(back_end: Box<dyn BackEnd>, when: When) -> Jit {
        Jit {
            back_end,
            when,
            turns: Jit::TURNS,
            calls: Jit::CALLS,
            seed: 0,
            limit: Jit::LIMIT,
            log: None,
            listing: None,
            places: None,
            totals: Totals::default(),
            clock: AtomicU32::new(0),
            used: AtomicUsize::new(0),
            shared: shared::All::default(),
        }
    }

    /// Bytes of machine code that there may be at once. Beyond them the interpreter goes on.
    pub fn with_limit(self, bytes: usize) -> Jit {
        Jit { limit: bytes, ..self }
    }

    /// What is hot: loops and functions are looked at after so many turns and calls. Small numbers
    /// have small programs compiled, which is for tests.
    pub fn with_thresholds(self, turns: u32, calls: u32) -> Jit {
        Jit { turns: turns.max(2), calls: calls.max(2), ..self }
    }

    /// Which exits are taken without a reason under [`When::Stress`].
    pub fn with_seed(self, seed: u32) -> Jit {
        Jit { seed, ..self }
    }

    /// Tells what is compiled, what is not and why.
    pub fn with_log(self, log: Log) -> Jit {
        Jit { log: Some(log), ..self }
    }

    /// Gives the listing of all that is compiled.
    pub fn with_listing(self, listing: Log) -> Jit {
        Jit { listing: Some(listing), ..self }
    }

    /// Tells where code lies, for tools that look at the process from outside.
    pub fn with_places(self, places: Places) -> Jit {
        Jit { places: Some(places), ..self }
    }

    pub fn when(&self) -> When {
        self.when
    }

    pub(crate) fn turns(&self) -> u32 {
        self.turns
    }

    pub(crate) fn calls(&self) -> u32 {
        self.calls
    }

    pub(crate) fn seed(&self) -> u32 {
        self.seed
    }

    /// What was compiled so far, that which is not there any more too.
    pub fn totals(&self) -> &Totals {
        &self.totals
    }

    /// Bytes of machine code that there are now.
    pub fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    /// How often something was to be compiled: tells what was seen before some code was made.
    pub(crate) fn clock(&self) -> u32 {
        self.clock.load(Ordering::Relaxed)
    }

    pub(crate) fn note(&self, text: impl FnOnce() -> String) {
        if let Some(log) = &self.log {
            log(&text());
        }
    }

    /// Code for a loop or a function, if the limit allows it.
    pub(crate) fn compile(self: &Arc<Jit>, request: &Request<'_>) -> Result<Version, Refused> {
        let full = || Refused(format!("there may be no more than {} bytes of machine code", self.limit));
        if self.used() >= self.limit {
            self.totals.add(false, Duration::ZERO);
            return Err(full());
        }
        let made_at = self.clock.fetch_add(1, Ordering::Relaxed) + 1;
        let begun = thread_time();
        let compiled = self.back_end.compile(request);
        let took = thread_time().saturating_sub(begun);
        let compiled = compiled.and_then(|compiled| {
            // Other isolates compile meanwhile.
            let fits = |used: usize| used.checked_add(compiled.code.bytes()).filter(|used| *used <= self.limit);
            self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).map_err(|_| full())?;
            Ok(compiled)
        });
        self.totals.add(compiled.is_ok(), took);
        let compiled = compiled?;
        let bytes = compiled.code.bytes();
        if let Some(listing) = &self.listing {
            listing(&compiled.listing);
        }
        let exits = told::Exits::new(request, &compiled);
        // It is no block of the allocator's, but the program's memory.
        let is_metered = account::is_metered();
        if is_metered {
            account::allocated(bytes);
        }
        let version = Version { made_at, bytes, is_metered, jit: Arc::clone(self), compiled, exits };
        self.note(|| format!("compiled {}: {} bytes in {} µs", version.exits.what, version.bytes, took.as_micros()));
        if let Some(places) = &self.places {
            places(&told::title(request.function), version.compiled.code.entry() as usize, version.bytes);
        }
        Ok(version)
    }
}

/// Compiled code, which counts as long as it is there.
pub(crate) struct Version {
    /// By [`Jit::clock`]: what was seen then is all that it knows.
    pub made_at: u32,
    pub compiled: Compiled,
    bytes: usize,
    /// The account of the process's memory has it.
    is_metered: bool,
    jit: Arc<Jit>,
    exits: told::Exits,
}

impl Version {
    /// An exit of its code was taken.
    pub(crate) fn take_exit(&self, exit: usize) {
        self.exits.take(exit);
    }
}

impl Drop for Version {
    fn drop(&mut self) {
        if let Some(log) = &self.jit.log
            && let Some(told) = self.exits.told(&self.compiled)
        {
            log(&told);
        }
        self.jit.used.fetch_sub(self.bytes, Ordering::Relaxed);
        if self.is_metered {
            account::freed(self.bytes);
        }
    }
}
