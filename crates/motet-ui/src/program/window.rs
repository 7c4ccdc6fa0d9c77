//! `gui_run`: the task of a window. It calls the app function, hands the tree to the UI thread, and waits for what the user
//! does and for changes of what the function has read; the other tasks of the program go on meanwhile.
//!
//! Builds and callbacks run as tasks of their own, so that the user can stop one that computes for ever, and one that waits
//! keeps no other from running. The window's own task never runs code of the program.

use super::build::Builder;
use super::fault::fault_of;
use super::testing::TestRequest;
use crate::link::{Display, Event, Fault, News, WindowConfig, WindowLink, no_display};
use crate::tree::NodeId;
use motet_vm::builtins::arguments::{WithOptions, callable, is_callable, wrong};
use motet_vm::builtins::{Entry, Place};
use motet_vm::interface::{Building, Interface, Stoppable};
use motet_vm::memory::{ForeignKind, ForeignObject, Value};
use motet_vm::native::{Arguments, CallArguments, Keywords, NativeFunction, Outcome, Resume};
use motet_vm::{Context, Error, ErrorKind, QuietThreads, Result, Tracker};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// A thing of Rust's on its way to a native.
struct Carried<T: 'static>(T);

impl<T: 'static> ForeignObject for Carried<T> {
    fn kind(&self) -> &'static ForeignKind {
        &CARRIED
    }
}

fn carry<T: 'static>(context: &Context<'_>, thing: T) -> Value {
    context.heap().foreign(Box::new(Carried(thing)))
}

fn carried<T: 'static>(value: &Value) -> &T {
    let foreign = value.as_foreign().expect("made by carry");
    &foreign.downcast::<Carried<T>>().expect("made by carry").0
}

/// The state of `gui_run`, and of a window in a test.
pub(super) struct Running {
    pub link: Arc<WindowLink>,
    pub app: Value,
    /// Called when the user wants to close the window, and with the paths of files that are dropped; or null.
    pub on_close: Value,
    pub on_drop: Value,
    tracker: Tracker,
    /// What the next build shows as clicked.
    clicked: HashSet<NodeId>,
    /// Of the newest build: its functions, and whose they are.
    pub kept: Value,
    callbacks: HashMap<NodeId, usize>,
    step: Step,
    /// While the window is open, threads that compute give way to it.
    quiet: Option<QuietThreads>,
    /// It is on a screen, and its thread is the program's main one.
    is_of_program: bool,
    /// What a test wants of it; none for a window that goes on by itself.
    pub test: Option<Box<TestRequest>>,
}

/// What the task waits for.
enum Step {
    /// Something to do.
    Idle,
    /// A build, whose builder and list these are.
    Build(Arc<Builder>, Value),
}

impl Running {
    /// A window whose first build is to come.
    pub fn new(context: &Context<'_>, link: Arc<WindowLink>, opening: Opening) -> Box<Running> {
        let Opening { app, on_close, on_drop, .. } = opening;
        link.listens(!on_close.is_null(), !on_drop.is_null());
        let is_test = link.is_test();
        let weak = Arc::downgrade(&link);
        let tracker = context.tracker(move || {
            if let Some(link) = weak.upgrade() {
                link.mark_stale();
            }
        });
        Box::new(Running {
            link,
            app,
            on_close,
            on_drop,
            tracker,
            clicked: HashSet::new(),
            kept: Value::NULL,
            callbacks: HashMap::new(),
            step: Step::Idle,
            quiet: None,
            is_of_program: context.is_main_thread() && !is_test,
            test: None,
        })
    }

    /// Does what there is to do, until there is something to wait for.
    pub fn go_on(mut self: Box<Self>, context: &mut Context<'_>) -> Result<Outcome> {
        loop {
            match self.link.news() {
                News::Failed(why) => return Err(no_display(&why)),
                News::Closed => return Ok(Value::NULL.into()),
                News::Stale => return self.build(context),
                News::Event(Event::CloseRequested) => {
                    let function = self.on_close.clone();
                    self.start(context, CLOSING.value(), function, Vec::new())?;
                }
                News::Event(Event::Close) => {
                    self.link.close();
                    let answer = self.test.as_ref().map_or(Value::FALSE, |request| request.answer_of_closed());
                    return Ok(answer.into());
                }
                News::Event(Event::Dropped(paths)) => {
                    let paths = paths.iter().map(|path| context.heap().string(path)).collect();
                    let (function, paths) = (self.on_drop.clone(), context.heap().list(paths));
                    self.start(context, CALL_BACK.value(), function, vec![paths])?;
                }
                News::Event(Event::Clicked(id)) => {
                    if let Some(&place) = self.callbacks.get(&id) {
                        self.call_back(context, place, Vec::new())?;
                    } else {
                        self.clicked.insert(id);
                        return self.build(context);
                    }
                }
                News::Event(Event::Changed(id, answer)) => {
                    if let Some(&place) = self.callbacks.get(&id) {
                        let argument = answer.value(context.heap());
                        self.call_back(context, place, vec![argument])?;
                    }
                }
                News::Nothing if self.test.is_some() => return super::testing::look(self, context),
                News::Nothing => {
                    // It waits for a user, who may want to see what it has printed.
                    context.flush()?;
                    let link = carry(context, self.link.clone());
                    let (function, arguments) = (WAIT.value(), CallArguments::One(link));
                    return Ok(Outcome::Call { function, arguments, then: self });
                }
            }
        }
    }

    /// Starts a task that calls the app function.
    pub fn build(mut self: Box<Self>, context: &mut Context<'_>) -> Result<Outcome> {
        let builder = Arc::new(Builder::new(self.link.clone(), std::mem::take(&mut self.clicked)));
        let kept = context.heap().list(Vec::new());
        let about = carry(context, (builder.clone(), self.tracker.clone()));
        let mut arguments = vec![about, kept.clone(), self.app.clone()];
        if takes_argument(&self.app) {
            arguments.push(carry_window(context, &self.link));
        }
        let future = context.start_task(BUILD.value(), arguments)?;
        self.step = Step::Build(builder, kept);
        Ok(Outcome::Await { future, then: self })
    }

    /// Starts a task that calls a function of the newest build.
    fn call_back(&self, context: &mut Context<'_>, place: usize, arguments: Vec<Value>) -> Result<()> {
        match self.kept.as_list().and_then(|list| list.get(place)) {
            Some(function) => self.start(context, CALL_BACK.value(), function, arguments),
            None => Ok(()),
        }
    }

    /// Starts a task that calls a function of the program, by one of the natives below.
    fn start(&self, context: &mut Context<'_>, native: Value, function: Value, arguments: Vec<Value>) -> Result<()> {
        let link = carry(context, self.link.clone());
        // A function that takes nothing is called with nothing.
        let arguments = if takes_argument(&function) { arguments } else { Vec::new() };
        let all = [link, function].into_iter().chain(arguments).collect();
        context.start_task(native, all)?;
        self.link.starts();
        Ok(())
    }
}

/// A function of a program that has a parameter.
fn takes_argument(function: &Value) -> bool {
    function.as_closure().is_some_and(|closure| closure.function().parameters.required > 0)
}

/// What an app function that takes a parameter gets.
fn carry_window(context: &Context<'_>, link: &Arc<WindowLink>) -> Value {
    context.heap().foreign(Box::new(Window(link.clone())))
}

/// A window as its app function holds it.
struct Window(Arc<WindowLink>);

static WINDOW: ForeignKind = ForeignKind::new("Window");
static CARRIED: ForeignKind = ForeignKind::new("Window");

impl ForeignObject for Window {
    fn kind(&self) -> &'static ForeignKind {
        &WINDOW
    }
}

impl Resume for Running {
    fn resume(mut self: Box<Self>, context: &mut Context<'_>, result: Value) -> Result<Outcome> {
        if let Step::Build(builder, kept) = std::mem::replace(&mut self.step, Step::Idle) {
            // A build that failed has shown why; the window keeps its last tree.
            if result.is_truthy() {
                let built = builder.finish();
                (self.kept, self.callbacks) = (kept, built.callbacks);
                self.link.show(built.tree);
            }
        }
        self.go_on(context)
    }

    fn failed(self: Box<Self>, context: &mut Context<'_>, error: Error) -> Result<Outcome> {
        // The windows of a program that ends may be wanted to show why.
        if self.is_of_program && context.is_ending() {
            self.link.abandon()
        } else {
            self.link.close()
        }
        Err(error)
    }

    fn name(&self) -> &'static str {
        "gui_run"
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        self.visit(visit);
        if let Step::Build(_, kept) = &self.step {
            visit(kept);
        }
    }
}

impl Running {
    /// Shows the values that it holds between two steps.
    pub fn visit(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.app);
        visit(&self.on_close);
        visit(&self.on_drop);
        visit(&self.kept);
        if let Some(asked) = &self.test {
            visit(&asked.window);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // If its task has ended, it has closed the window. Otherwise the thread ends: with it the window, unless it is the
        // whole program that ends, whose windows may be wanted to show why.
        if self.is_of_program { self.link.abandon() } else { self.link.close() }
    }
}

/// A build or a callback that runs in a task of its own. Its result says whether it went well; an error is shown in the
/// window, and goes no further.
struct Guarded {
    link: Arc<WindowLink>,
    what: &'static str,
    run: u64,
    right: Option<Stoppable>,
    /// Its result says whether the window closes.
    decides: bool,
}

impl Guarded {
    fn begin(context: &mut Context<'_>, link: &Arc<WindowLink>, what: &'static str) -> Box<Guarded> {
        let (right, stop) = context.stoppable();
        let run = link.begin_run(stop);
        Box::new(Guarded { link: link.clone(), what, run, right: Some(right), decides: false })
    }

    /// True if the user stopped it.
    fn end(&mut self, context: &mut Context<'_>) -> bool {
        let Some(right) = self.right.take() else { return false };
        let was_stopped = self.link.end_run(self.run);
        context.not_stoppable(right);
        was_stopped
    }
}

impl Resume for Guarded {
    fn resume(mut self: Box<Self>, context: &mut Context<'_>, result: Value) -> Result<Outcome> {
        self.end(context);
        if self.decides {
            match result.as_bool() {
                Some(false) => self.link.stays_open(),
                _ => self.link.post(Event::Close),
            }
        }
        context.set_building(None);
        Ok(Value::TRUE.into())
    }

    fn failed(mut self: Box<Self>, context: &mut Context<'_>, error: Error) -> Result<Outcome> {
        let was_stopped = self.end(context);
        context.set_building(None);
        if !was_stopped && context.is_end(&error) {
            return Err(error);
        }
        let shown = if was_stopped {
            Fault { message: format!("{} was stopped", self.what), ..Fault::default() }
        } else {
            fault_of(&context.describe_error(error).1)
        };
        self.link.show_fault(shown);
        Ok(Value::FALSE.into())
    }

    fn name(&self) -> &'static str {
        self.what
    }

    fn trace(&self, _: &mut dyn FnMut(&Value)) {}
}

impl Drop for Guarded {
    fn drop(&mut self) {
        self.link.end_run(self.run);
    }
}

/// The task of a build: `(builder and tracker, list, app, …arguments)`.
static BUILD: NativeFunction = NativeFunction {
    name: "build of a window",
    signature: "build of a window(builder, kept, app, ...arguments)",
    documentation: "Calls an app function.",
    arity: (3, usize::MAX),
    keywords: Keywords::None,
    pure: None,
    note: None,
    call: build,
};

fn build(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (builder, tracker) = carried::<(Arc<Builder>, Tracker)>(arguments.at(0));
    let (kept, app) = (arguments.at(1).clone(), arguments.at(2).clone());
    let rest = arguments.positional()[3..].to_vec();
    let guard = Guarded::begin(context, &builder.link, "the app function");
    context.set_building(Some(Building { interface: Interface::new(builder.clone()), kept }));
    Ok(context.tracked_call(tracker, app, rest, guard))
}

/// The task of a callback: `(link, function, …arguments)`.
static CALL_BACK: NativeFunction = NativeFunction {
    name: "callback of a window",
    signature: "callback of a window(link, f, ...arguments)",
    documentation: "Calls a function because the user did something.",
    arity: (2, usize::MAX),
    keywords: Keywords::None,
    pure: None,
    note: None,
    call: call_back,
};

fn call_back(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let link = carried::<Arc<WindowLink>>(arguments.at(0)).clone();
    run_callback(context, arguments, link, false)
}

/// The task that asks the program whether its window may close: `(link, function)`.
static CLOSING: NativeFunction = NativeFunction {
    name: "on_close of a window",
    signature: "on_close of a window(link, f)",
    documentation: "Calls a function because the user wants to close the window.",
    arity: (2, usize::MAX),
    keywords: Keywords::None,
    pure: None,
    note: None,
    call: closing,
};

fn closing(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let link = carried::<Arc<WindowLink>>(arguments.at(0)).clone();
    run_callback(context, arguments, link, true)
}

fn run_callback(
    context: &mut Context<'_>,
    arguments: Arguments<'_>,
    link: Arc<WindowLink>,
    decides: bool,
) -> Result<Outcome> {
    let mut guard = Guarded::begin(context, &link, if decides { "on_close" } else { "the callback" });
    guard.decides = decides;
    link.started();
    // Dialogs that it asks for belong to its window.
    context.set_building(Some(Building { interface: Interface::new(link), kept: Value::NULL }));
    let function = arguments.at(1).clone();
    Ok(Outcome::Call { function, arguments: CallArguments::Many(arguments.positional()[2..].to_vec()), then: guard })
}

/// Waits until there is news of a window.
static WAIT: NativeFunction = NativeFunction {
    name: "wait of a window",
    signature: "wait of a window(link)",
    documentation: "Waits for what the user does.",
    arity: (1, 1),
    keywords: Keywords::None,
    pure: None,
    note: None,
    call: wait,
};

fn wait(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let link = carried::<Arc<WindowLink>>(arguments.at(0)).clone();
    context.wait_for("gui_run", move |operation| link.wait(operation), |_, ()| Ok(Value::NULL))
}

const OPTIONS: &[&str] = &["title", "width", "height", "on_close", "on_drop"];

/// What a window is opened with.
pub(super) struct Opening {
    pub app: Value,
    pub on_close: Value,
    pub on_drop: Value,
    pub config: WindowConfig,
}

/// The app function, and how its window begins.
pub(super) fn opening(function: &'static str, arguments: Arguments<'_>) -> Result<Opening> {
    let arguments = WithOptions::of(function, arguments, 1, OPTIONS)?;
    let app = callable(function, arguments.at(0).unwrap_or(&Value::NULL))?.clone();
    let mut config = WindowConfig::default();
    if let Some(title) = arguments.option("title") {
        config.title = super::arguments::text_of(&title, false);
    }
    for (name, place) in [("width", &mut config.width), ("height", &mut config.height)] {
        if let Some(value) = arguments.option(name) {
            let pixels = value.as_number().filter(|pixels| (1.0..=16_384.0).contains(pixels));
            *place = pixels.ok_or_else(|| wrong(function, &format!("a {name} from 1 to 16384"), &value))? as f32;
        }
    }
    let callback = |name: &str| match arguments.option(name) {
        Some(value) if is_callable(&value) => Ok(value),
        Some(value) => Err(wrong(function, &format!("a function as {name}"), &value)),
        None => Ok(Value::NULL),
    };
    Ok(Opening { app, on_close: callback("on_close")?, on_drop: callback("on_drop")?, config })
}

fn gui_run(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let opening = opening("gui_run", arguments)?;
    let display = context.display().and_then(|display| display.get::<Display>());
    let display = display.ok_or_else(|| {
        Error::new(ErrorKind::PermissionError, "this program has no screen to open windows on").with_hint(
            "the command motet has one; a program that embeds the language opens windows with motet::ui::run",
        )
    })?;
    if Builder::of(context, "gui_run").is_ok() {
        return Err(Error::new(ErrorKind::ValueError, "gui_run cannot be called while a window is being built")
            .with_hint("call it in a callback, as `async gui_run(…)`"));
    }
    let link = display.open(opening.config.clone());
    let mut running = Running::new(context, link, opening);
    running.quiet = Some(context.quiet_threads());
    running.build(context)
}

fn ui_quit(context: &mut Context<'_>, _: Arguments<'_>) -> Result<Outcome> {
    let display = context.display().and_then(|display| display.get::<Display>());
    if let Some(display) = display {
        display.close_all();
    }
    Ok(Value::NULL.into())
}

fn close(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let window = arguments.at(0).as_foreign().and_then(|foreign| foreign.downcast::<Window>()).expect("a method");
    window.0.post(Event::Close);
    Ok(Value::NULL.into())
}

pub(super) static NATIVES: &[Entry] = &[
    Entry::function(
        "gui_run(app, title: \"Motet\", width: 900, height: 600, on_close: null, on_drop: null)",
        gui_run,
        "Opens a window, and waits until it is closed; `async gui_run(…)` does not wait. The function adds what the window \
         shows, and is called again when a signal that it has read has changed. `on_close` is called when the user closes the \
         window, which stays if that gives false; `on_drop` with the paths of files that are dropped on it.",
    ),
    Entry::function("ui_quit()", ui_quit, "Closes all windows of the program."),
    Entry::function("close(window)", close, "Closes the window that an app function with a parameter gets.")
        .at(Place::Method)
        .on_foreign(&WINDOW),
];
