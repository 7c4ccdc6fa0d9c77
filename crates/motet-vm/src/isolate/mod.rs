//! An isolate: the heap, the code, the tasks and the modules of one thread of the language. It runs on one OS thread at a
//! time and shares nothing that can change; nothing in it depends on which thread that is.

mod coroutine;
mod host;
mod loaded;
mod modules;
mod names;
mod outcome;
mod programs;
mod tasks;

pub(crate) use coroutine::{Coroutine, Delivery, Frame};
pub use host::GlobalNames;
pub(crate) use loaded::Loaded;
pub use modules::LinkedModule;
pub use outcome::{TraceEntry, Uncaught};
pub(crate) use tasks::{Asked, Link, Pending, Waiter};

use crate::builtins::Builtins;
use crate::error::{Error, ErrorKind, Result};
use crate::interpreter::Control;
use crate::memory::{Heap, Notation, PrintOptions, Value};
use crate::settings::Settings;
use motet_code::Function;
use std::collections::HashMap;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Reason of an interrupt: the heap wants to look for garbage cycles.
const COLLECT: u32 = 1 << 5;

/// The word that the interpreter tests at its safe points: calls and back-edges.
#[derive(Clone, Default)]
pub struct Interrupt {
    word: Arc<AtomicU32>,
}

impl Interrupt {
    fn raise(&self, reason: u32) {
        self.word.fetch_or(reason, Ordering::Release);
    }

    fn take(&self) -> u32 {
        self.word.swap(0, Ordering::Acquire)
    }

    /// The word, which lives as long as any clone of this.
    pub(crate) fn word(&self) -> *const AtomicU32 {
        Arc::as_ptr(&self.word)
    }
}

/// See the module.
pub struct Isolate {
    // Fields are dropped in this order: what holds values before the heap that frees cycles.
    pub(crate) coroutine: Box<Coroutine>,
    pub(crate) chain: Vec<Link>,
    /// What the native whose frame is on top waited for.
    pub(crate) native_result: Value,
    pub(crate) tasks: tasks::Tasks,
    exports: HashMap<u32, Value>,
    linked: HashMap<u32, Arc<LinkedModule>>,
    globals: HashMap<Box<str>, Value>,
    /// By function id; null where nothing is loaded. The loop reads it at every call.
    pub(crate) loaded: Vec<*const Loaded>,
    loaded_functions: Vec<Box<Loaded>>,
    pub(crate) builtins: Arc<Builtins>,
    pub(crate) heap: Heap,
    pub(crate) interrupt: Interrupt,
    pub(crate) settings: Arc<Settings>,
    pub(crate) names: names::Names,
    output: Box<dyn Write + Send>,
    gene: bool,
}

impl Isolate {
    pub fn new(builtins: Arc<Builtins>, settings: Arc<Settings>, output: Box<dyn Write + Send>) -> Isolate {
        let heap = Heap::new();
        let interrupt = Interrupt::default();
        let alarm = interrupt.clone();
        heap.set_alarm(Box::new(move || alarm.raise(COLLECT)));
        Isolate {
            coroutine: Box::default(),
            chain: Vec::new(),
            native_result: Value::NULL,
            tasks: tasks::Tasks::default(),
            exports: HashMap::new(),
            linked: HashMap::new(),
            globals: HashMap::new(),
            loaded: Vec::new(),
            loaded_functions: Vec::new(),
            builtins,
            heap,
            interrupt,
            settings,
            names: names::Names::new(),
            output,
            gene: false,
        }
    }

    pub fn heap(&self) -> &Heap {
        &self.heap
    }

    /// Where `print` writes.
    pub fn output(&mut self) -> &mut dyn Write {
        &mut *self.output
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
        self.globals.get(name).cloned().or_else(|| self.builtins.extern_value(name))
    }

    /// The code of a function, loading it when it is first needed here.
    pub(crate) fn load(&mut self, function: &Arc<Function>) -> Result<*const Loaded> {
        let id = function.id as usize;
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
        self.coroutine.depth() + self.chain.iter().map(|link| link.coroutine.depth()).sum::<usize>()
    }

    /// The safe point: something raised the interrupt word.
    #[cold]
    #[inline(never)]
    pub(crate) fn interrupted(&mut self) -> Control {
        let reasons = self.interrupt.take();
        if reasons & COLLECT != 0 {
            self.heap.collect();
        }
        Control::Next
    }

    /// How values print in the running program.
    pub(crate) fn print_options(&self) -> PrintOptions {
        PrintOptions::display(if self.gene { Notation::Gene } else { Notation::Soc })
    }

    /// How values print inside messages: quoted, and not at any length.
    pub(crate) fn message_options(&self) -> PrintOptions {
        PrintOptions { quote: true, limit: 200, ..self.print_options() }
    }

    /// What messages call a value's kind.
    pub(crate) fn type_name(&self, value: &Value) -> &'static str {
        crate::builtins::type_name(value)
    }

    /// The field or method of an object whose name is nearest to one that it does not have.
    pub(crate) fn similar_member(&self, object: &Value, name: &str) -> Option<String> {
        let mut candidates: Vec<&'static str> = self.builtins.method_names(object);
        if let Some(fields) = object.as_fields() {
            fields.for_each(|field, _| candidates.push(field.as_str()));
            let classes = std::iter::successors(fields.class(), |class| class.parent());
            candidates.extend(classes.flat_map(|class| class.method_names()).map(|method| method.as_str()));
        }
        if let Some(class) = object.as_class() {
            candidates.extend(class.static_names().iter().map(|name| name.as_str()));
        }
        crate::similar::nearest(name, candidates.into_iter().filter(|name| !name.starts_with('%'))).map(String::from)
    }

    pub(crate) fn depth_error(&self) -> Error {
        let limit = self.settings.depth_limit;
        Error::new(ErrorKind::DepthError, format!("calls are nested more than {limit} deep"))
            .with_hint("is a recursion missing its end? the limit is a setting: --depth")
    }
}
