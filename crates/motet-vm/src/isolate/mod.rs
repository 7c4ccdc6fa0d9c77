//! An isolate: the heap, the code, the tasks and the modules of one thread of the language. It runs on one OS thread at a
//! time and shares nothing that can change; nothing in it depends on which thread that is.

pub(crate) mod budget;
mod coroutine;
mod current_thread;
mod effects;
mod errors;
mod heat;
mod idle;
mod layout;
mod limits;
mod linked;
mod loaded;
mod methods;
mod modules;
pub mod names;
mod refusal;
mod reset;
mod sampled;
mod signals;
mod steps;
pub(crate) mod watchdog;
mod work;

pub(crate) use coroutine::Coroutine;
pub(crate) use current_thread::CurrentThread;
pub(crate) use heat::{Heat, Place};
pub(crate) use idle::IdleIsolate;
pub(crate) use layout::{Delivery, Ended, Frame};
pub(crate) use limits::Where;
pub(crate) use loaded::{Loaded, datum_value};
pub use modules::LinkedModule;
pub(crate) use refusal::{Holder, refuse_mutable, refused};
pub(crate) use signals::{AtHand, Effects, Observer};

use crate::builtins::Builtins;
use crate::concurrency::{Bell, Reasons, Waker};
use crate::error::{Error, ErrorKind, Result};
use crate::interpreter::{Control, FoundMethods};
use crate::main_isolate::Pieces;
use crate::memory::{Frozen, Heap, Notation, PrintOptions, Value, account};
use crate::profile::Sampler;
use crate::scheduler::{GeneratorCaller, Limited, Scheduler, TaskId, Tasks};
use crate::settings::Settings;
use crate::threads::{Machine, SharedOutput};
use crate::trace::Recorder;
use motet_code::Function;
use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Write;
use std::sync::Arc;

/// See the module.
pub struct Isolate {
    // Fields are dropped in this order: what holds values before the heap that frees cycles.
    pub(crate) coroutine: Box<Coroutine>,
    /// An empty coroutine, which takes the place of the running one while none runs.
    pub(crate) nothing: Option<Box<Coroutine>>,
    pub(crate) chain: Vec<GeneratorCaller>,
    /// What the native whose frame is on top waited for.
    pub(crate) native_result: Value,
    pub(crate) tasks: Tasks,
    exports: HashMap<u32, Value>,
    pub(crate) pieces: Pieces,
    linked: HashMap<u32, Arc<LinkedModule>>,
    pub(crate) globals: HashMap<Box<str>, Value>,
    /// By function id; null where nothing is loaded. The loop reads it at every call.
    pub(crate) loaded: Vec<*const Loaded>,
    /// Owns what `loaded` points to; boxed, so that it stays where it is.
    #[allow(clippy::vec_box, reason = "frames and caches point to the loaded functions")]
    loaded_functions: Vec<Box<Loaded>>,
    pub(crate) builtins: Arc<Builtins>,
    pub(crate) heap: Heap,
    /// What interrupts the interpreter at its safe points, and wakes the isolate. It stays while code runs.
    pub(crate) interrupt: Arc<Bell>,
    thread: Option<CurrentThread>,
    pub(crate) settings: Arc<Settings>,
    /// What is left of the program's limits, if it has any.
    pub(crate) budget: Option<Arc<budget::Budget>>,
    /// A limit was reached, and no code of the program runs here any more: `limits`.
    pub(crate) is_ending: bool,
    /// Units of work that natives may do before they look at what interrupts them: `work`.
    pub(crate) work_left: usize,
    /// Nothing catches the error that a native is about to give.
    pub(crate) throws_for_good: bool,
    /// Steps that it may take, if they are counted.
    pub(crate) steps: steps::Steps,
    /// Memory is looked at when so many bytes were allocated.
    look_at_memory_at: u64,
    /// Bytes that the budget knows to be held here.
    memory_held: u64,
    pub(crate) names: names::Names,
    methods: methods::MethodCache,
    pub(crate) found_methods: FoundMethods,
    /// Records what the tasks do, if the program is traced: while a thread's work, or the main module, runs.
    pub(crate) recorder: Option<Box<Recorder<TaskId>>>,
    /// Notes stacks, if the program is profiled: during the same time.
    pub(crate) sampler: Option<Box<Sampler>>,
    /// The builtin that is being resumed, while the trace of an error that it gave is made.
    pub(crate) resumed: Option<&'static str>,
    /// The function that has ended with a call, while its callee is not yet running: an error is thrown from there.
    pub(crate) ended: Option<Ended>,
    pub(crate) output: SharedOutput,
    gene: bool,
    /// Which exit of machine code is taken next without a reason, for tests: counted down, and what it begins with.
    pub(crate) fuse: u32,
    fuses: u32,
    /// Machine code that was made here counts steps.
    code_counts: bool,
    /// How far down the stack machine code may go; 0 while none runs.
    pub(crate) stack_end: usize,
    /// Which globals the machine had when the first code was loaded.
    generation: u64,
}

impl Isolate {
    /// An isolate that belongs to no thread yet.
    pub(crate) fn new_idle(machine: &Machine) -> Isolate {
        Isolate {
            coroutine: Box::default(),
            nothing: None,
            chain: Vec::new(),
            native_result: Value::NULL,
            tasks: Tasks::default(),
            exports: HashMap::new(),
            pieces: Pieces::default(),
            linked: HashMap::new(),
            globals: HashMap::new(),
            loaded: Vec::new(),
            loaded_functions: Vec::new(),
            builtins: machine.builtins.clone(),
            heap: Heap::new(),
            interrupt: machine.detached_bell.clone(),
            thread: None,
            settings: machine.no_settings.clone(),
            work_left: 0,
            throws_for_good: false,
            steps: steps::Steps::default(),
            code_counts: false,
            look_at_memory_at: u64::MAX,
            memory_held: 0,
            budget: None,
            is_ending: false,
            names: names::Names::new(),
            methods: methods::MethodCache::default(),
            found_methods: FoundMethods::default(),
            recorder: None,
            sampler: None,
            resumed: None,
            ended: None,
            output: machine.output.clone(),
            gene: false,
            fuse: 1,
            fuses: 0,
            stack_end: 0,
            generation: machine.generation(),
        }
    }

    /// Becomes the isolate of a thread.
    pub(crate) fn enter(&mut self, here: CurrentThread) {
        self.interrupt = here.handle().bell.clone();
        let bell = self.interrupt.clone();
        self.heap.set_alarm(Box::new(move || bell.ring(Reasons::COLLECT)));
        let program = here.program();
        self.settings = program.settings.clone();
        self.budget = program.budget.clone();
        self.output = program.output.clone();
        self.thread = Some(here);
        self.is_ending = false;
        self.fuses = self.settings.jit.as_ref().map_or(0, |jit| jit.seed());
        let counts = self.counts_steps();
        if std::mem::replace(&mut self.code_counts, counts) != counts {
            // It was made for programs of the other kind.
            self.loaded_functions.iter().for_each(|loaded| loaded.forget_code());
        }
        self.plan_next_look();
    }

    /// The same for a spawned thread, whose program is written in one of the notations.
    pub(crate) fn begin(&mut self, here: CurrentThread, gene: bool) {
        self.gene = gene;
        self.enter(here);
    }

    /// Is no thread's any more.
    pub(crate) fn leave(&mut self) {
        self.scheduler().end_trace();
        self.thread = None;
    }

    /// Tests want each exit of machine code taken; which one is next is made of the last ones, and the same in each run.
    pub(crate) fn light_fuse(&mut self, last: u32) {
        self.fuses = self.fuses.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let begun = last.wrapping_mul(2_654_435_761).rotate_left(7).wrapping_add(self.fuses >> 8);
        self.fuse = 1 + begun % 61;
    }

    /// What runs its tasks.
    #[inline]
    pub(crate) fn scheduler(&mut self) -> Scheduler<'_> {
        Scheduler::of(self)
    }

    /// The safe point: something raised the interrupt word while a task runs.
    #[cold]
    #[inline(never)]
    pub(crate) fn interrupted(&mut self) -> Control {
        self.scheduler().interrupted(Limited::Before)
    }

    /// Which thread this is.
    pub(crate) fn thread(&self) -> &CurrentThread {
        self.thread.as_ref().expect("code runs in threads")
    }

    pub(crate) fn thread_mut(&mut self) -> &mut CurrentThread {
        self.thread.as_mut().expect("code runs in threads")
    }

    /// Which globals its code knows.
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// A thread has defined nothing.
    fn has_no_modules(&self) -> bool {
        self.exports.is_empty() && self.linked.is_empty() && self.globals.is_empty()
    }

    /// Forgets what a thread has defined. Code stays loaded.
    fn forget_modules(&mut self) {
        self.exports.clear();
        self.linked.clear();
        self.globals.clear();
    }

    pub fn heap(&self) -> &Heap {
        &self.heap
    }

    /// Where `print` writes.
    pub fn output(&mut self) -> &mut dyn Write {
        &mut self.output
    }

    /// Values print in the notation of the program that runs.
    pub fn gene(&self) -> bool {
        self.gene
    }

    pub(crate) fn set_gene(&mut self, gene: bool) {
        self.gene = gene;
    }

    /// The value of a builtin or of a global of the embedder.
    pub(crate) fn extern_value(&self, name: &str) -> Option<Value> {
        let global = || self.thread().program().machine.global(name).map(Frozen::into_value);
        self.globals.get(name).cloned().or_else(global).or_else(|| self.builtins.extern_value(name))
    }

    /// A builtin that an operation calls where a method of the program decides what it means. It comes with the language's
    /// library, which an embedder may leave out.
    #[cold]
    pub(crate) fn helper(&self, name: &str) -> Result<Value> {
        self.extern_value(name)
            .ok_or_else(|| Error::new(ErrorKind::NameError, format!("there is no builtin named {name}")))
    }

    /// The code of a function, loading it when it is first needed here.
    pub(crate) fn load(&mut self, function: &Arc<Function>) -> Result<*const Loaded> {
        let id = function.id() as usize;
        if let Some(&loaded) = self.loaded.get(id)
            && !loaded.is_null()
        {
            return Ok(loaded);
        }
        let loaded = loaded::load(self, function)?;
        let pointer: *const Loaded = &*loaded;
        if id >= self.loaded.len() {
            self.loaded.resize(id + 1, std::ptr::null());
        }
        self.loaded[id] = pointer;
        self.loaded_functions.push(loaded);
        Ok(pointer)
    }

    /// The frame that is running.
    pub(crate) fn frame(&self) -> &Frame {
        debug_assert!(!self.coroutine.is_empty());
        // SAFETY: there is a top frame whenever the interpreter runs.
        unsafe { &*self.coroutine.top }
    }

    /// Calls in progress in the running task.
    pub(crate) fn depth(&self) -> usize {
        self.coroutine.depth() + self.chain.last().map_or(0, |link| link.depth)
    }

    /// How values print in the running program.
    pub(crate) fn print_options(&self) -> PrintOptions {
        PrintOptions::display(if self.gene { Notation::Gene } else { Notation::Soc })
    }

    /// A value as the text that a program gets or prints. Data whose parts occur in it again and again have texts beyond all
    /// memory, so one that is longer than the program may hold is an error, found before it is made.
    pub(crate) fn text_of(&mut self, value: &Value, quote: bool) -> Result<String> {
        if let Some(integer) = value.as_int() {
            return Ok(integer.to_string());
        }
        // The text grows by doubling, and is copied once.
        let most = self.most_text().min(account::room() / 3);
        // What is quoted is meant to be read back.
        let precision = if quote { None } else { self.settings.precision };
        let options = PrintOptions { quote, limit: most, precision, ..self.print_options() };
        // Only what has parts takes long.
        let text = if value.tag().is_traced() {
            self.patiently(|patience| crate::memory::print_value_within(value, &options, patience))?
        } else {
            crate::memory::print_value(value, &options)
        };
        if text.len() > most {
            return Err(crate::builtins::arguments::too_big("printing", format!("more than {most}"), most, "bytes"));
        }
        Ok(text)
    }

    /// How a thrown value that is no error becomes a message: strings whole, all else not at any length.
    pub(crate) fn thrown_options(&self, value: &Value) -> PrintOptions {
        let limit = if value.as_str().is_some() { usize::MAX } else { 10_000 };
        PrintOptions { limit, ..self.print_options() }
    }

    /// How values print inside messages: quoted, and not at any length.
    pub(crate) fn message_options(&self) -> PrintOptions {
        PrintOptions { quote: true, limit: 200, ..self.print_options() }
    }

    /// What messages call a value's kind.
    pub(crate) fn type_name(&self, value: &Value) -> &'static str {
        crate::builtins::type_name(value)
    }

    /// What to write instead of a member that such objects have in other languages.
    pub(crate) fn member_elsewhere(&self, object: &Value, name: &str) -> Option<Cow<'static, str>> {
        if let Some(instead) = object.as_foreign().and_then(|foreign| foreign.object().missing_member(name)) {
            return Some(instead.into());
        }
        let is_error = crate::interpreter::unwind::is_error(self, object);
        let kind = if is_error { "Error" } else { self.type_name(object) };
        let of_module = self.builtins.module_of(object).and_then(|module| self.builtins.elsewhere(module, name));
        of_module.or_else(|| self.builtins.elsewhere(kind, name)).map(Cow::Borrowed)
    }

    /// The field or method of an object whose name is nearest to one that it does not have.
    pub(crate) fn similar_member(&self, object: &Value, name: &str) -> Option<String> {
        let candidates = self.members(object);
        if let Some(familiar) =
            self.builtins.familiar(name).filter(|familiar| candidates.iter().any(|name| name == familiar))
        {
            return Some(familiar.into());
        }
        let candidates = candidates.iter().map(|name| &**name).filter(|name| !name.starts_with('%'));
        crate::similar::nearest(name, candidates).map(String::from)
    }

    /// The fields and methods that an object has.
    pub(crate) fn members(&self, object: &Value) -> Vec<Cow<'static, str>> {
        let mut candidates = self.builtins.method_names(object);
        if let Some(kind) = crate::embedder::EmbedderType::of(object) {
            candidates.extend(kind.member_names());
        }
        candidates.extend(self.builtins.field_names(object));
        if let Some(fields) = object.as_fields() {
            let classes = std::iter::successors(fields.class(), |class| class.parent());
            candidates.extend(classes.flat_map(|class| class.method_names()).map(|method| method.as_str()));
        }
        if let Some(class) = object.as_class() {
            candidates.extend(class.static_names().iter().map(|name| name.as_str()));
        }
        let mut candidates: Vec<Cow<'static, str>> = candidates.into_iter().map(Cow::Borrowed).collect();
        if let Some(fields) = object.as_fields() {
            fields.for_each(|field, _| candidates.push(Cow::Owned(field.as_str().to_owned())));
        }
        candidates
    }

    /// The fields and methods of an object for people to read, sorted: without other names of the same, and without what
    /// only the compiler names.
    pub(crate) fn own_members(&self, object: &Value) -> Vec<Cow<'static, str>> {
        let mut members = self.members(object);
        members.retain(|name| !name.starts_with('%') && !self.builtins.is_alias(name));
        members.sort_unstable();
        members.dedup();
        members
    }

    pub(crate) fn depth_error(&self) -> Error {
        let limit = self.settings.depth_limit;
        Error::new(ErrorKind::DepthError, format!("calls are nested more than {limit} deep"))
            .with_hint("is a recursion missing its end? the limit is a setting: --depth")
    }

    /// Puts a frame on the running coroutine.
    pub(crate) fn push_frame(&mut self, frame: Frame) -> Result<()> {
        if self.depth() >= self.settings.depth_limit {
            return Err(self.depth_error());
        }
        self.reserve_frames(1);
        self.coroutine.push(frame);
        Ok(())
    }

    /// Makes room for so many frames, which the limit of depth allows. The loop pushes frames without looking at the limit
    /// while there is room, so there is never more room than that.
    pub(crate) fn reserve_frames(&mut self, count: usize) {
        let coroutine = &mut self.coroutine;
        while coroutine.top.wrapping_add(count) >= coroutine.frame_end() {
            let below = self.chain.last().map_or(0, |link| link.depth);
            coroutine.grow_frames(self.settings.depth_limit.saturating_sub(below));
        }
    }

    /// A waker of the running task's next suspension, for what other threads touch.
    pub(crate) fn upcoming_waker(&self) -> Waker {
        self.thread().handle().ready.waker(self.tasks.upcoming_token())
    }
}
