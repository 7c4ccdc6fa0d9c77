//! The handle on a machine, which many threads use at once.

use super::context::CallContext;
use super::error::{Error, Result};
use super::function::Function;
use super::modules::Modules;
use super::packages::Chosen;
use super::program::Program;
use super::signal::{Batch, Signal};
use super::tracker::Tracker;
use super::types::{SharedTypeBuilder, TypeBuilder};
use super::value::{FromValue, IntoArguments, IntoValue, Value};
use crate::files::{Disk, Files};
use crate::loader::{Loader, TextOptions};
use crate::profile::Profile;
use motet_syntax::Notation;
use motet_vm::embedder::EmbedderFunction;
#[cfg(feature = "jit")]
use motet_vm::jit::{Jit, When};
use motet_vm::memory::{Frozen, Heap};
use motet_vm::{Exports, Limits, LinkedModule, MainIsolate, Permissions, Settings};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};

/// A machine that runs programs: `Send + Sync`, used through `&self` from any number of threads at once. Calls do not wait
/// for one another: each runs in an isolate of its own. A clone is another handle on the same machine.
///
/// ```
/// use motet::Vm;
///
/// let vm = Vm::new();
/// vm.function("area", |width: f64, height: f64| width * height);
/// let module = vm.load_text("export fn price(w, h) { area(w, h) * 3 }")?;
/// let price = module.get("price")?;
/// let sum: f64 = std::thread::scope(|scope| {
///     let call = |width: f64| vm.call::<f64>(&price, (width, 2.0));
///     let (first, second) = (scope.spawn(move || call(1.0)), scope.spawn(move || call(2.0)));
///     first.join().unwrap().unwrap() + second.join().unwrap().unwrap()
/// });
/// assert_eq!(sum, 18.0);
/// # Ok::<(), motet::Error>(())
/// ```
#[derive(Clone)]
pub struct Vm {
    pub(super) inner: motet_vm::Vm,
    modules: Arc<Modules>,
}

/// A handle that does not keep its machine: for functions of Rust's that programs of that machine call, and that use it.
///
/// ```
/// let vm = motet::Vm::new();
/// let own = vm.downgrade();
/// vm.function("evaluate", move |text: String| {
///     let vm = own.upgrade().ok_or("the machine is gone")?;
///     vm.eval::<f64>(&text).map_err(|error| error.message())
/// });
/// assert_eq!(vm.eval::<f64>("evaluate('1 / 4') * 2")?, 0.5);
/// # Ok::<(), motet::Error>(())
/// ```
#[derive(Clone)]
pub struct WeakVm {
    inner: motet_vm::WeakVm,
    modules: Weak<Modules>,
}

impl WeakVm {
    /// A handle that keeps the machine, if another one still does.
    pub fn upgrade(&self) -> Option<Vm> {
        Some(Vm { inner: self.inner.upgrade()?, modules: self.modules.upgrade()? })
    }
}

/// Says what a machine is like. See [`Vm::builder`].
pub struct VmBuilder {
    settings: Settings,
    output: Option<Box<dyn Write + Send>>,
    files: Arc<dyn Files>,
    packages: Chosen,
}

impl VmBuilder {
    /// What each call may use up.
    pub fn limits(mut self, limits: Limits) -> VmBuilder {
        self.settings.limits = limits;
        self
    }

    /// What the macros of a program may use up, all together, while it is compiled. They touch nothing, whatever the
    /// permissions are, and see none of the machine's functions and globals.
    pub fn macro_limits(mut self, limits: Limits) -> VmBuilder {
        self.settings.macros = limits;
        self
    }

    /// What programs may touch outside themselves: nothing, unless this grants it.
    pub fn permissions(mut self, permissions: Permissions) -> VmBuilder {
        self.settings.permissions = permissions;
        self
    }

    /// Lets programs touch one thing more: `read=FOLDER`, `write=FOLDER`, `net=HOST[:PORT]`, `run=PROGRAM`, `env=NAME`.
    ///
    /// # Panics
    /// If the word is none of these.
    pub fn allow(mut self, word: &str) -> VmBuilder {
        if let Err(reason) = self.settings.allow(word) {
            panic!("allow({word:?}): {reason}");
        }
        self
    }

    /// Calls that may be in progress at once in a task.
    pub fn depth(mut self, calls: usize) -> VmBuilder {
        self.settings.depth_limit = calls;
        self
    }

    /// Threads of a call at once, its own included.
    pub fn threads(mut self, count: usize) -> VmBuilder {
        self.settings.thread_limit = count;
        self
    }

    /// Threads that compute for `parallel_map` and its like, in each call; all cores by default.
    pub fn workers(mut self, count: usize) -> VmBuilder {
        self.settings.workers = Some(count);
        self
    }

    /// Significant digits of the floats that programs print; see [`Vm::set_precision`].
    pub fn precision(mut self, digits: u8) -> VmBuilder {
        self.settings.precision = Some(digits);
        self
    }

    /// How far apart numbers are that `is_close` takes for equal: 1e-9 by default; see [`Vm::set_epsilon`].
    pub fn epsilon(mut self, epsilon: f64) -> VmBuilder {
        self.settings.epsilon = epsilon;
        self
    }

    /// Has loops that turn often and functions that are called often become machine code, of which there may be so many bytes
    /// at once; the command allows 64 MiB. That changes nothing but the time. Where the processor or the system does not allow
    /// it, the interpreter runs all.
    ///
    /// ```
    /// let vm = motet::Vm::builder().machine_code(16 << 20).build();
    /// assert_eq!(vm.eval::<i64>("mut sum = 0; for (i in 0..100000) { sum += i }; sum")?, 4999950000);
    /// # Ok::<(), motet::Error>(())
    /// ```
    #[cfg(feature = "jit")]
    pub fn machine_code(mut self, bytes: usize) -> VmBuilder {
        let jit = |back_end| Arc::new(Jit::new(Box::new(back_end), When::Hot).with_limit(bytes));
        self.settings.jit = motet_jit::Cranelift::new().map(jit);
        self
    }

    /// Samples where programs spend their processor time: see [`Profile`].
    pub fn profile(mut self, profile: &Profile) -> VmBuilder {
        self.settings.profile = Some(profile.sampled());
        self
    }

    /// Runs first on each thread of the workers: for its priority, for instance.
    pub fn on_worker_start(mut self, hook: impl Fn() + Send + Sync + 'static) -> VmBuilder {
        self.settings.on_worker_start = Some(Arc::new(hook));
        self
    }

    /// Where programs and what they import are read from; the disk by default.
    pub fn files(mut self, files: impl Files + 'static) -> VmBuilder {
        self.files = Arc::new(files);
        self
    }

    /// Has a bare import of this name, `import {area} from "geometry"`, mean the module in a file, and `"geometry/part"`
    /// one beside it. What is imported this way may import only what lies in that folder, and other packages.
    ///
    /// ```
    /// use motet::{Buffers, Permissions, Vm};
    ///
    /// let files = Buffers::in_memory();
    /// files.set("vendor/geometry/lib.soc", "export fn area(w, h) { w * h }");
    /// let permissions = Permissions { read_files: true, ..Permissions::NONE };
    /// let vm = Vm::builder().files(files).permissions(permissions).package("geometry", "vendor/geometry/lib.soc").build();
    /// assert_eq!(vm.eval::<i64>("import {area} from 'geometry'; area(6, 7)")?, 42);
    /// # Ok::<(), motet::Error>(())
    /// ```
    pub fn package(mut self, name: impl Into<String>, file: impl Into<PathBuf>) -> VmBuilder {
        self.packages.files.insert(name.into(), file.into());
        self
    }

    /// Has bare imports mean the dependencies of the project in this folder, the one with `motet.toml`. Nothing is fetched
    /// and `motet.lock` stays as it is: `motet update` does both before.
    #[cfg(feature = "projects")]
    pub fn project(mut self, folder: impl AsRef<Path>) -> VmBuilder {
        let projects = crate::project::Projects::new(crate::project::Mode { offline: true, locked: true });
        self.packages.others = projects.of_folder(folder.as_ref());
        self
    }

    /// Where programs print; standard output by default.
    pub fn output(mut self, output: impl Write + Send + 'static) -> VmBuilder {
        self.output = Some(Box::new(output));
        self
    }

    /// The machine.
    pub fn build(self) -> Vm {
        let builtins = crate::natives::builtins();
        let output = self.output.unwrap_or_else(|| Box::new(std::io::stdout()));
        Vm {
            inner: motet_vm::Vm::new(builtins, Arc::new(self.settings), output),
            modules: Arc::new(Modules::new(Arc::clone(&self.files), self.packages.with(&*self.files))),
        }
    }
}

/// A compiled program.
#[derive(Clone)]
pub struct Code(pub(super) Arc<LinkedModule>);

/// A module that has run: what it exports and any thread may use. Its variables that can change belonged to the isolate
/// that ran it; functions that use such a variable cannot leave it, and [`Module::get`] says so.
#[derive(Clone)]
pub struct Module(Arc<Exports>);

impl Module {
    /// An export.
    pub fn get(&self, name: &str) -> Result<Value> {
        match self.0.get(name) {
            Some(Ok(value)) => Ok(Value(value.clone())),
            Some(Err(error)) => Err(error.clone().into()),
            None => Err(Error::missing(format!("the module exports no {name}"))),
        }
    }

    /// The names of all exports.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.names()
    }
}

impl Default for Vm {
    fn default() -> Vm {
        Vm::new()
    }
}

impl Vm {
    /// A machine without limits whose programs compute and print: no files, environment, processes or network.
    pub fn new() -> Vm {
        Vm::builder().build()
    }

    /// A machine with other settings.
    pub fn builder() -> VmBuilder {
        let settings = Settings { permissions: Permissions::NONE, ..Settings::default() };
        VmBuilder { settings, output: None, files: Arc::new(Disk), packages: Chosen::default() }
    }

    /// A handle that does not keep the machine.
    pub fn downgrade(&self) -> WeakVm {
        WeakVm { inner: self.inner.downgrade(), modules: Arc::downgrade(&self.modules) }
    }

    /// Gives programs a function of Rust's. Its types say what it takes and gives; an `Err` becomes an error of the
    /// program. Programs that are loaded later can use it. The machine keeps the function: one that uses its machine holds
    /// a [`WeakVm`], or neither ever ends.
    ///
    /// ```
    /// let vm = motet::Vm::new();
    /// vm.function("parse", |text: String| text.trim().parse::<i64>());
    /// assert_eq!(vm.eval::<i64>("parse(' 42 ') + 1").unwrap(), 43);
    /// let error = vm.eval::<i64>("parse('forty')").unwrap_err();
    /// assert_eq!(error.to_string(), "Error: invalid digit found in string");
    /// ```
    pub fn function<A, R>(&self, name: &str, function: impl Function<A, R>) {
        self.add_function(name, function.into_host(name));
    }

    pub(super) fn add_function(&self, name: &str, function: EmbedderFunction) {
        let value = Heap::new().shared_foreign(Arc::new(function));
        self.inner.set_global(name, Frozen::new(&value).expect("functions are shared"));
    }

    /// Gives programs a type of Rust's: an object that only its methods see. It belongs to the isolate that made it.
    ///
    /// ```
    /// struct Counter(i64);
    /// let vm = motet::Vm::new();
    /// vm.type_::<Counter>("Counter")
    ///     .method("value", |counter: &Counter| counter.0)
    ///     .method_mut("add", |counter: &mut Counter, by: i64| counter.0 += by)
    ///     .constructor(|start: i64| Counter(start));
    /// assert_eq!(vm.eval::<i64>("let c = Counter(40); c.add(2); c.value()").unwrap(), 42);
    /// ```
    pub fn type_<T: 'static>(&self, name: &str) -> TypeBuilder<'_, T> {
        TypeBuilder::new(self, name)
    }

    /// Gives programs a type of Rust's whose objects all threads share.
    ///
    /// ```
    /// use std::sync::atomic::{AtomicU64, Ordering};
    /// use std::sync::Arc;
    /// struct Hits(AtomicU64);
    /// let vm = motet::Vm::new();
    /// let kind = vm.shared_type::<Hits>("Hits")
    ///     .method("hit", |hits: &Hits| hits.0.fetch_add(1, Ordering::Relaxed) + 1)
    ///     .build();
    /// let hits = Arc::new(Hits(AtomicU64::new(0)));
    /// vm.set_global("hits", kind.value(hits.clone()));
    /// vm.eval::<()>("parallel_for(0..100, n => hits.hit())").unwrap();
    /// assert_eq!(hits.0.load(Ordering::Relaxed), 100);
    /// ```
    pub fn shared_type<T: Send + Sync + 'static>(&self, name: &str) -> SharedTypeBuilder<'_, T> {
        SharedTypeBuilder::new(self, name)
    }

    /// Defines a name for programs that are loaded later.
    pub fn set_global(&self, name: &str, value: impl IntoValue) {
        self.inner.set_global(name, Value::new(value).0);
    }

    /// A signal that programs of this machine and Rust share.
    pub fn signal<T: IntoValue>(&self, value: T) -> Signal<T> {
        Signal::new(self.inner.signal(Value::new(value).0))
    }

    /// A tracker for calls of this machine: see [`Tracker`]. The notifier is called once when something that the last call
    /// has read has changed; from any thread, and without a lock held. It must not block.
    pub fn tracker(&self, notifier: impl Fn() + Send + Sync + 'static) -> Tracker {
        Tracker(self.inner.tracker(notifier))
    }

    /// Sets several signals of this machine at once: no reader sees some of the new values without the others. The
    /// function is called again if another thread has set meanwhile what it updates.
    ///
    /// ```
    /// let vm = motet::Vm::new();
    /// let (low, high) = (vm.signal(0), vm.signal(10));
    /// vm.batch(|batch| {
    ///     batch.set(&high, 30);
    ///     batch.update(&low, |low| low + 20)
    /// })?;
    /// assert_eq!((low.get()?, high.get()?), (20, 30));
    /// # Ok::<(), motet::Error>(())
    /// ```
    pub fn batch<R>(&self, mut sets: impl FnMut(&mut Batch<'_, '_>) -> R) -> R {
        self.inner.batch(|batching| sets(&mut Batch::new(batching)))
    }

    /// Compiles a program in the notation of `.soc`.
    pub fn compile_text(&self, text: &str) -> Result<Code> {
        self.compile("text.soc", text, Notation::Soc)
    }

    /// Compiles a program whose name, as messages show it, says which notation it is in: `.gene` or `.soc`.
    pub fn compile_named(&self, name: &str, text: &str) -> Result<Code> {
        self.compile(name, text, Notation::of_file(name).unwrap_or(Notation::Soc))
    }

    fn loader<'a>(&self, isolate: &'a mut MainIsolate) -> Loader<'a> {
        Loader::with_files(isolate, Arc::clone(self.modules.files())).packages(Arc::clone(self.modules.packages()))
    }

    fn compile(&self, name: &str, text: &str, notation: Notation) -> Result<Code> {
        let mut isolate = self.inner.isolate();
        let options = TextOptions::default();
        Ok(Code(self.loader(&mut isolate).load_text(name, text, notation, options)?))
    }

    /// Compiles a file. Files that it imports need the permission to read files.
    pub fn compile_file(&self, path: impl AsRef<Path>) -> Result<Code> {
        let mut isolate = self.inner.isolate();
        Ok(Code(self.loader(&mut isolate).load_file(path.as_ref())?))
    }

    /// Runs a program.
    pub fn execute(&self, code: &Code) -> Result<Module> {
        Ok(Module(Arc::new(self.inner.execute(&code.0)?)))
    }

    /// Runs a program in circumstances of its own.
    pub fn execute_with(&self, context: &CallContext, code: &Code) -> Result<Module> {
        Ok(Module(Arc::new(self.inner.execute_with_context(&context.0, &code.0)?)))
    }

    /// Compiles and runs a program in the notation of `.soc`: a module of its own each time.
    pub fn load_text(&self, text: &str) -> Result<Module> {
        self.execute(&self.compile_text(text)?)
    }

    /// The module of a file. The machine runs it once, whatever number of threads ask for it; those that come meanwhile
    /// wait for the first. One that fails is tried again by the next. To run a file anew, compile and execute it.
    ///
    /// A module that asks for itself while it is loaded, or in a circle with others, gets an error. It cannot be told that
    /// threads which it has spawned ask for it, so it must not wait for such threads before it has run.
    pub fn load_file(&self, path: impl AsRef<Path>) -> Result<Module> {
        let path = path.as_ref();
        let load = || self.execute(&self.compile_file(path)?);
        let files = self.modules.files();
        if files.is_file(path) {
            self.modules.get_or_load(files.key(path), load)
        } else {
            // The loader says what is wrong with it.
            load()
        }
    }

    /// The value of a program's last expression.
    pub fn eval<R: FromValue>(&self, text: &str) -> Result<R> {
        const RESULT: &str = "result of the text";
        let mut isolate = self.inner.isolate();
        let options = TextOptions { result: Some(RESULT), ..TextOptions::default() };
        let code = self.loader(&mut isolate).load_text("text.soc", text, Notation::Soc, options)?;
        drop(isolate);
        self.execute(&Code(code))?.get(RESULT)?.to()
    }

    /// Calls a function and gives its result as a type of Rust's.
    pub fn call<R: FromValue>(&self, function: &Value, arguments: impl IntoArguments) -> Result<R> {
        self.call_with(&CallContext::new(), function, arguments)
    }

    /// The same, in circumstances of its own.
    pub fn call_with<R: FromValue>(
        &self,
        context: &CallContext,
        function: &Value,
        arguments: impl IntoArguments,
    ) -> Result<R> {
        Value(self.inner.call_value_with_context(&context.0, &function.0, &arguments.into_frozen())?).to()
    }

    /// Calls a function with values.
    pub fn call_value(&self, function: &Value, arguments: &[Value]) -> Result<Value> {
        self.call_value_with_context(&CallContext::new(), function, arguments)
    }

    /// The same, in circumstances of its own.
    pub fn call_value_with_context(
        &self,
        context: &CallContext,
        function: &Value,
        arguments: &[Value],
    ) -> Result<Value> {
        Ok(Value(self.inner.call_value_with_context(&context.0, &function.0, &arguments.into_frozen())?))
    }

    /// Limits of calls that begin from now on; those that run keep theirs.
    pub fn set_limits(&self, limits: Limits) {
        self.inner.change_settings(|settings| settings.limits = limits);
    }

    /// Significant digits of the floats that programs print, in calls that begin from now on; those that run keep theirs.
    /// `None` prints as many as it takes to read back the same number.
    ///
    /// ```
    /// let vm = motet::Vm::new();
    /// vm.set_precision(Some(3));
    /// assert_eq!(vm.eval::<String>("str([2 / 3, 2e6 / 3, 1e-9 / 3])")?, "[0.667, 667000.0, 3.33e-10]");
    /// # Ok::<(), motet::Error>(())
    /// ```
    pub fn set_precision(&self, digits: Option<u8>) {
        self.inner.change_settings(|settings| settings.precision = digits);
    }

    /// How far apart numbers are that `is_close` takes for equal, in calls that begin from now on; those that run keep
    /// theirs.
    ///
    /// ```
    /// let vm = motet::Vm::new();
    /// assert!(!vm.eval::<bool>("is_close(1, 1.001)")?);
    /// vm.set_epsilon(0.01);
    /// assert!(vm.eval::<bool>("is_close(1, 1.001)")?);
    /// # Ok::<(), motet::Error>(())
    /// ```
    pub fn set_epsilon(&self, epsilon: f64) {
        self.inner.change_settings(|settings| settings.epsilon = epsilon);
    }

    /// A program with state of its own.
    pub fn program(&self) -> Program {
        Program::new(self.clone())
    }
}
