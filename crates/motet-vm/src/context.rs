//! What a native may use while it runs: nothing reaches it through globals or thread-locals.

use crate::builtins::Documentation;
use crate::concurrency::QuietThreads;
use crate::error::{Error, ErrorKind, Result};
use crate::error_output;
use crate::execution::ExecutionContext;
use crate::grants::Grants;
use crate::interpreter::operators::{bound_operator, is_object, ordering};
use crate::interpreter::unwind::{error_instance, trace};
use crate::isolate::Isolate;
use crate::limits::Permissions;
use crate::main_isolate::BlockKind;
use crate::memory::{FieldKey, Heap, Record, Symbol, Value};
use crate::native::NativeFunction;
use crate::settings::Terminal;
use motet_code::{Source, Span};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::io::Write;
use std::sync::Arc;

/// The execution context of one native call.
pub struct Context<'a> {
    pub(crate) isolate: &'a mut Isolate,
}

impl Context<'_> {
    /// The heap of the isolate: allocation and stores into containers need it.
    #[inline]
    pub fn heap(&self) -> &Heap {
        &self.isolate.heap
    }

    /// The value of a builtin, also one that no program can name.
    pub fn builtin(&self, name: &str) -> Option<Value> {
        self.isolate.builtins.extern_value(name)
    }

    /// Has what is computed late among these values be what any thread may compute: a native that keeps signals and computed
    /// values for other threads calls this first.
    pub fn settle(&mut self, values: &[Value]) -> Result<()> {
        crate::builtins::settle_all(self.isolate, values)
    }

    /// What is computed late in a value becomes what any thread may compute, so that the value can be frozen.
    pub fn settle_inside(&mut self, value: &Value) -> Result<()> {
        crate::builtins::share_inside(self.isolate, value)
    }

    /// A field that its class declares with a type holds nothing else.
    pub fn check_field(&self, fields: &Record, name: FieldKey<'_>, value: &Value) -> Result<()> {
        crate::interpreter::fields::check_field(self.isolate, fields, name, value)
    }

    /// The method by which an object has this operator, such as `add`, bound to it.
    pub fn operator_method(&mut self, object: &Value, name: &str) -> Option<Value> {
        if !is_object(object) {
            return None;
        }
        bound_operator(self.isolate, object, Symbol::intern(name))
    }

    /// Whether a value that stands where a condition does holds; a future there is an error.
    pub fn condition(&self, value: &Value) -> Result<bool> {
        crate::future::as_condition(value)?;
        Ok(value.is_truthy())
    }

    /// What the embedder's call brought along.
    pub fn execution(&self) -> &ExecutionContext {
        self.isolate.thread().context()
    }

    /// The program is being ended, and its tasks with it.
    pub fn is_ending(&self) -> bool {
        self.isolate.is_ending || self.isolate.thread().program().is_ending()
    }

    /// The program ends when this thread does.
    pub fn is_main_thread(&self) -> bool {
        let thread = self.isolate.thread();
        thread.reference() == thread.program().main()
    }

    /// Has the machine's threads leave the processor to others until the guard is dropped: see
    /// [`Vm::quiet_threads`](crate::Vm::quiet_threads).
    pub fn quiet_threads(&self) -> QuietThreads {
        self.isolate.thread().program().machine.quiet_threads()
    }

    /// Where `print` writes.
    pub fn output(&mut self) -> &mut dyn Write {
        self.isolate.output()
    }

    /// Writes to the output in one piece, so that lines of several threads do not mix.
    pub fn print(&mut self, text: &str) -> Result<()> {
        self.isolate.may_print(text.len())?;
        self.output()
            .write_all(text.as_bytes())
            .map_err(|error| Error::new(ErrorKind::IoError, format!("cannot write the output: {error}")))
    }

    /// Writes text to standard error, which counts as output, behind what was printed.
    pub fn print_error(&mut self, text: &str) -> Result<()> {
        self.isolate.may_print(text.len())?;
        self.flush()?;
        error_output::write(text)
            .map_err(|error| Error::new(ErrorKind::IoError, format!("cannot write to standard error: {error}")))
    }

    /// Where the program is that called: the innermost call of one of its functions.
    pub fn place(&self) -> Option<(Arc<Source>, Span)> {
        trace(self.isolate).into_iter().find_map(|entry| entry.place)
    }

    /// What the documentation says of a native, or of a type of the language.
    pub fn documentation_of(&self, value: &Value) -> Option<Documentation> {
        let builtins = &self.isolate.builtins;
        if let Some(native) = NativeFunction::of(value) {
            let is_its = |signature: &Cow<'static, str>| match signature {
                Cow::Borrowed(signature) => std::ptr::eq(*signature, native.signature),
                Cow::Owned(_) => false,
            };
            return builtins.documentation().find(|entry| is_its(&entry.signature));
        }
        let mut types = builtins.documentation().filter(|entry| !entry.is_function && !entry.is_method);
        types.find(|entry| builtins.extern_value(entry.name).is_some_and(|found| found.is_same(value)))
    }

    /// What stands in a namespace or a module of the library.
    pub fn contents_of(&self, value: &Value) -> Option<String> {
        let builtins = &self.isolate.builtins;
        let is_it = |name: &&str| builtins.extern_value(name).is_some_and(|found| found.is_same(value));
        builtins.contents(builtins.namespaces().into_iter().find(is_it)?)
    }

    /// The names of the fields and methods of a value, sorted.
    pub fn member_names(&self, value: &Value) -> Vec<Cow<'static, str>> {
        self.isolate.own_members(value)
    }

    /// A module declares a block for those who run its tests or its benchmarks: they keep it, otherwise it is skipped.
    pub fn declare_block(&mut self, kind: BlockKind, name: &str, function: &Value) {
        self.isolate.pieces.collected.declare(kind, name, function);
    }

    /// A probe of code that is compiled with some (`CompileOptions::probes`) is reached.
    pub fn count_probe(&mut self, number: i64) {
        if let Some(coverage) = &self.isolate.settings.coverage {
            coverage.count(number);
        }
    }

    /// Compares a text with what the running test gave in an earlier run.
    pub fn compare_snapshot(&mut self, text: &str) -> Result<()> {
        self.isolate.pieces.collected.compare_snapshot(text)
    }

    /// Stops the program, as SIGINT does, and has the process end with a code, if the settings let programs do so.
    pub fn exit(&mut self, code: i32) -> Result<()> {
        let Some(exit) = self.isolate.settings.exit else {
            return Err(Error::new(ErrorKind::PermissionError, "this program may not end its process")
                .with_hint("it runs inside of another program: end it by returning from it"));
        };
        self.flush()?;
        exit(code);
        self.isolate.thread().program().stop_all();
        Ok(())
    }

    /// Writes out what was printed.
    pub fn flush(&mut self) -> Result<()> {
        self.output()
            .flush()
            .map_err(|error| Error::new(ErrorKind::IoError, format!("cannot write the output: {error}")))
    }

    /// What the program may touch outside itself. A native that leads there asks first.
    pub fn permissions(&self) -> Permissions {
        self.isolate.permissions()
    }

    /// What it may touch beyond that.
    pub fn grants(&self) -> Arc<Grants> {
        Arc::clone(&self.isolate.settings().grants)
    }

    /// The terminal that the program's output goes to, if it goes to one.
    pub fn terminal(&self) -> Option<Terminal> {
        self.isolate.settings.terminal
    }

    /// How far apart numbers are that the program takes for equal, if it says nothing else.
    pub fn epsilon(&self) -> f64 {
        self.isolate.settings.epsilon
    }

    /// Items that a list made by one call of a builtin may have: no more than the program may hold. The limit of the whole
    /// program is looked at between calls, so one call must not get far beyond it.
    pub fn most_items(&self) -> usize {
        self.isolate.most_items()
    }

    /// Bytes that a string made by one call of a builtin may have; see [`Context::most_items`].
    pub fn most_text(&self) -> usize {
        self.isolate.most_text()
    }

    /// True if the running program is written in `.gene`, whose notation values are then printed in.
    pub fn gene(&self) -> bool {
        self.isolate.gene()
    }

    /// A value as the text that a program gets or prints; in quotes if it is to be read back. An error if the text would take
    /// more than the program may hold.
    pub fn text_of(&mut self, value: &Value, in_quotes: bool) -> Result<String> {
        self.isolate.text_of(value, in_quotes)
    }

    /// An error of the program as one line, `TypeError: …`; none for anything else.
    pub fn error_line(&self, value: &Value) -> Option<String> {
        crate::builtins::error_line(self, value)
    }

    /// What a program that catches this error gets.
    pub fn error_value(&mut self, error: Error) -> Value {
        error_instance(self.isolate, error)
    }

    /// This error ends the task, which was cancelled: natives let it pass.
    pub fn is_cancellation(&self, error: &Value) -> bool {
        self.isolate.is_cancellation(error)
    }

    /// The method of this name that an instance or a foreign object has, bound to it.
    pub fn method_of(&mut self, object: &Value, name: Symbol) -> Option<Value> {
        if is_object(object) { bound_operator(self.isolate, object, name) } else { None }
    }

    /// The method by which an instance or a foreign object says its length, bound to it.
    pub fn length_method(&mut self, object: &Value) -> Option<Value> {
        let name = self.isolate.names.length;
        bound_operator(self.isolate, object, name)
    }

    /// The method by which an instance or a foreign object says how it and another are ordered, bound to it. The answer is
    /// for [`Context::ordering`].
    #[inline]
    pub fn compare_method(&mut self, object: &Value) -> Option<Value> {
        if !is_object(object) {
            return None;
        }
        let name = self.isolate.names.compare;
        bound_operator(self.isolate, object, name)
    }

    /// What an object's method `compare` answered; none if the two have no order.
    pub fn ordering(&self, answer: &Value) -> Result<Option<Ordering>> {
        ordering(self.isolate, answer)
    }
}

impl Isolate {
    /// What natives get that are called without the interpreter.
    pub fn context(&mut self) -> Context<'_> {
        Context { isolate: self }
    }
}
