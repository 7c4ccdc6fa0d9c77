//! `ui_test`: a window without a screen, for the tests of programs. A method does what a user would do, lets the program
//! answer, and gives what the window then shows. Nothing runs between two methods: the same program does the same again.

use super::window::{Running, opening};
use crate::link::{Answer, Display};
use crate::shell::{Blind, Offscreen, settle, write_png};
use crate::view::View;
use egui::accesskit::{Action, Node, Role, Toggled};
use egui::{Event, Key, Modifiers, Theme};
use motet_vm::builtins::arguments::{bad_value, text, wrong};
use motet_vm::builtins::{Builtins, Entry};
use motet_vm::memory::{ForeignKind, ForeignObject, HoldsValues, Value};
use motet_vm::native::{Arguments, CallArguments, Outcome};
use motet_vm::{Context, Error, ErrorKind, Result};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

static TEST_WINDOW: ForeignKind = ForeignKind::new("TestWindow");

/// How long a program may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Frames in which animations may come to rest.
const MOST_FRAMES: u32 = 120;

/// A window as a test holds it.
struct TestWindow {
    display: Arc<Display>,
    blind: RefCell<Blind>,
    /// Away while a method runs.
    running: RefCell<Option<Box<Running>>>,
}

impl Drop for TestWindow {
    /// A window that is closed while it is built leaves mail that nothing takes any more.
    fn drop(&mut self) {
        self.display.end();
    }
}

impl ForeignObject for TestWindow {
    fn kind(&self) -> &'static ForeignKind {
        &TEST_WINDOW
    }

    fn values(&self) -> Option<&dyn HoldsValues> {
        Some(self)
    }

    fn send(&self) -> std::result::Result<Arc<dyn motet_vm::memory::SharedForeign>, &'static str> {
        Err("a window of a test belongs to its thread")
    }
}

// SAFETY: `trace` calls `visit` with what it borrows, and does nothing else to a value.
unsafe impl HoldsValues for TestWindow {
    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        if let Some(running) = &*self.running.borrow() {
            running.visit(visit);
        }
    }

    fn surrender(&self, sink: &mut dyn FnMut(Value)) {
        if let Some(mut running) = self.running.take() {
            sink(std::mem::take(&mut running.app));
            sink(std::mem::take(&mut running.on_close));
            sink(std::mem::take(&mut running.on_drop));
            sink(std::mem::take(&mut running.kept));
        }
    }
}

/// What a method wants.
pub(super) struct TestRequest {
    pub window: Value,
    acts: VecDeque<Act>,
    question: Question,
    began: Instant,
    frames: u32,
}

impl TestRequest {
    /// What a method gives whose window has been closed by its program.
    pub fn answer_of_closed(&self) -> Value {
        match self.question {
            Question::Window => self.window.clone(),
            _ => Value::TRUE,
        }
    }
}

/// What a user does.
enum Act {
    Click(String),
    DoubleClick(String),
    /// So far to the right, and down.
    Drag(String, [f32; 2]),
    Text(String),
    Press(Key, Modifiers),
    /// Drops files on the window.
    Drop(Vec<String>),
    /// Clicks the cross of the window's frame.
    RequestClose,
}

enum Question {
    Nothing,
    /// Whether the window has been closed; asked of one that is open.
    Closed,
    /// The window itself.
    Window,
    Read(String),
    Role(String),
    Has(String),
    Names,
    Widgets,
    Focused,
    Screenshot(String),
}

fn window(value: &Value) -> &TestWindow {
    value.as_foreign().and_then(|foreign| foreign.downcast()).expect("a method of windows in tests")
}

fn ui_test(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let opening = opening("ui_test", arguments)?;
    let display = Display::for_tests(|text| eprintln!("warning: {text}"));
    let size = [opening.config.width as u32, opening.config.height as u32];
    let link = display.open(opening.config.clone());
    if let Some(screen) = context.display().and_then(|display| display.get::<Display>()) {
        screen.remember(&link);
    }
    let blind = Blind::new(View::new(link.clone(), true), size, 1.0, Theme::Dark).counts_frames();
    let running = Running::new(context, link, opening);
    let window = TestWindow { display, blind: RefCell::new(blind), running: RefCell::new(None) };
    let value = context.heap().foreign(Box::new(window));
    begin(context, running, value, Vec::new(), Question::Window, true)
}

/// Begins a method: does things, lets the program answer, and gives what is asked.
fn begin(
    context: &mut Context<'_>,
    mut running: Box<Running>,
    window: Value,
    acts: Vec<Act>,
    question: Question,
    builds: bool,
) -> Result<Outcome> {
    running.test =
        Some(Box::new(TestRequest { window, acts: acts.into(), question, began: Instant::now(), frames: 0 }));
    if builds { running.build(context) } else { running.go_on(context) }
}

fn method(context: &mut Context<'_>, arguments: &Arguments<'_>, acts: Vec<Act>, question: Question) -> Result<Outcome> {
    let value = arguments.at(0);
    let running = window(value).running.take();
    let Some(running) = running else {
        return Err(Error::new(ErrorKind::Closed, "this window of a test is closed, or another task uses it"));
    };
    // Two methods are no double click.
    window(value).blind.borrow_mut().wait(Duration::from_secs(1));
    begin(context, running, value.clone(), acts, question, false)
}

/// Nothing is left to do for the program: goes on with what the test does, and answers at its end.
pub(super) fn look(mut running: Box<Running>, context: &mut Context<'_>) -> Result<Outcome> {
    let mut asked = running.test.take().expect("a window of a test");
    let value = asked.window.clone();
    let window = window(&value);
    let is_quiet = {
        let mut blind = window.blind.borrow_mut();
        let mut mail = window.display.outbox.take();
        let is_news = settle(&mut blind.view, &mut mail);
        blind.step();
        asked.frames += 1;
        !(is_news || running.link.is_busy() || blind.is_moving && asked.frames < MOST_FRAMES)
    };
    if !is_quiet {
        if asked.began.elapsed() > PATIENCE {
            let error = Error::new(ErrorKind::Timeout, "the program has not answered the window for 10 seconds");
            window.running.replace(Some(running));
            return Err(error);
        }
        running.test = Some(asked);
        return Ok(sleep_then(running));
    }
    let fault = window.blind.borrow().view.fault().cloned();
    if let Some(fault) = fault {
        window.blind.borrow_mut().view.show_fault(None);
        window.running.replace(Some(running));
        let error = Error::new(ErrorKind::Error, fault.message.clone());
        let error =
            fault.place.iter().fold(error, |error, place| error.with_hint(format!("in the window, at {place}")));
        return Err(error);
    }
    if let Some(act) = asked.acts.pop_front() {
        if let Act::RequestClose = act
            && running.link.may_close_at_once()
        {
            running.link.post(crate::link::Event::Close);
        }
        let done = perform(&mut window.blind.borrow_mut(), act);
        if let Err(error) = done {
            window.running.replace(Some(running));
            return Err(error);
        }
        running.test = Some(asked);
        return Ok(sleep_then(running));
    }
    let answer = answer(context, window, &value, asked.question);
    window.running.replace(Some(running));
    answer.map(Outcome::Return)
}

/// Lets the other tasks run for a moment.
fn sleep_then(running: Box<Running>) -> Outcome {
    let sleep = Builtins::of_machine().extern_value("sleep").expect("a builtin");
    Outcome::Call { function: sleep, arguments: CallArguments::One(Value::int(1)), then: running }
}

fn missing(blind: &Blind, name: &str) -> Error {
    let names = blind.names();
    let error = bad_value(format!("nothing in the window is called {name:?}"));
    match motet_vm::nearest(name, names.iter().map(String::as_str)) {
        Some(similar) => error.with_hint(format!("did you mean {similar:?}?")),
        None => error.with_hint(format!("there are {}", names.join(", "))),
    }
}

fn perform(blind: &mut Blind, act: Act) -> Result<()> {
    match act {
        Act::Click(name) => {
            let place = blind.find(&name).ok_or_else(|| missing(blind, &name))?;
            blind.click_at(place);
        }
        Act::DoubleClick(name) => {
            let place = blind.find(&name).ok_or_else(|| missing(blind, &name))?;
            blind.click_at(place);
            blind.click_at(place);
        }
        Act::Drag(name, by) => {
            let place = blind.find(&name).ok_or_else(|| missing(blind, &name))?;
            blind.drag(place, by);
        }
        Act::Text(text) => blind.push(Event::Text(text)),
        Act::Drop(paths) => blind.drop_files(paths),
        Act::RequestClose => {}
        Act::Press(key, modifiers) => {
            for pressed in [true, false] {
                blind.push(Event::Key { key, physical_key: None, pressed, repeat: false, modifiers });
            }
        }
    }
    blind.step();
    Ok(())
}

fn find<'a>(blind: &'a Blind, name: &str) -> Result<&'a Node> {
    let named = || blind.nodes().values().filter(|node| node.label() == Some(name));
    let best =
        named().max_by_key(|node| (node.toggled().is_some(), node.numeric_value().is_some(), node.value().is_some()));
    let shown = || blind.nodes().values().find(|node| node.value() == Some(name));
    best.or_else(shown).ok_or_else(|| missing(blind, name))
}

/// What a screen reader is told of a widget.
fn described(node: &Node) -> Answer {
    Answer::Record(vec![
        ("name", Answer::Text(node.label().or(node.value()).unwrap_or_default().into())),
        ("role", Answer::Text(egui::role_description(node.role()).to_string())),
        ("focusable", Answer::Flag(node.supports_action(Action::Focus))),
    ])
}

fn answer(context: &mut Context<'_>, window: &TestWindow, value: &Value, question: Question) -> Result<Value> {
    let mut blind = window.blind.borrow_mut();
    Ok(match question {
        Question::Nothing => Value::NULL,
        Question::Closed => Value::FALSE,
        Question::Window => value.clone(),
        Question::Has(name) => Value::bool(find(&blind, &name).is_ok()),
        Question::Role(name) => context.heap().string(&egui::role_description(find(&blind, &name)?.role())),
        Question::Names => {
            let names = blind.names().iter().map(|name| context.heap().string(name)).collect();
            context.heap().list(names)
        }
        Question::Widgets => {
            let mut nodes: Vec<&Node> = blind.nodes().values().collect();
            // As they are read: from the top, and from the left.
            let place = |node: &&Node| node.bounds().map_or([0, 0], |bounds| [bounds.y0 as i64, bounds.x0 as i64]);
            nodes.sort_by_key(place);
            let widgets = nodes.into_iter().map(|node| described(node).value(context.heap())).collect();
            context.heap().list(widgets)
        }
        Question::Focused => {
            let focused = blind.view.context.memory(|memory| memory.focused());
            let node = focused.and_then(|id| blind.nodes().get(&id.accesskit_id()));
            let name = node.and_then(|node| node.label().or(node.value()));
            name.map_or(Value::NULL, |name| context.heap().string(name))
        }
        Question::Read(name) => {
            let node = find(&blind, &name)?;
            // A row that is chosen is read as what it shows.
            let is_row = matches!(node.role(), Role::Row | Role::TreeItem);
            if let Some(toggled) = node.toggled().filter(|_| !is_row) {
                Value::bool(toggled == Toggled::True)
            } else if let Some(number) = node.numeric_value() {
                Value::float(number)
            } else {
                context.heap().string(node.value().or(node.label()).unwrap_or_default())
            }
        }
        Question::Screenshot(path) => {
            let device = |why| Error::new(ErrorKind::IoError, format!("no picture can be taken: {why}"));
            let mut painter = Offscreen::new().map_err(device)?;
            let picture = blind.picture(&mut painter).map_err(device)?;
            let written = write_png(std::path::Path::new(&path), &picture);
            written.map_err(|error| Error::new(ErrorKind::IoError, format!("cannot write {path}: {error}")))?;
            Value::NULL
        }
    })
}

fn name_at(function: &str, arguments: &Arguments<'_>, index: usize) -> Result<String> {
    Ok(text(function, arguments.at(index))?.as_str().to_owned())
}

fn click(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let acts = vec![Act::Click(name_at("click", &arguments, 1)?)];
    method(context, &arguments, acts, Question::Nothing)
}

fn double_click(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let acts = vec![Act::DoubleClick(name_at("double_click", &arguments, 1)?)];
    method(context, &arguments, acts, Question::Nothing)
}

fn drag(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let name = name_at("drag", &arguments, 1)?;
    let by = |index: usize| {
        let pixels = arguments.at(index).as_number().filter(|pixels| pixels.is_finite());
        pixels.map(|pixels| pixels as f32).ok_or_else(|| wrong("drag", "a number of pixels", arguments.at(index)))
    };
    let acts = vec![Act::Drag(name, [by(2)?, by(3)?])];
    method(context, &arguments, acts, Question::Nothing)
}

fn type_text(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let name = name_at("type", &arguments, 1)?;
    let text = name_at("type", &arguments, 2)?;
    let acts = vec![Act::Click(name), Act::Press(Key::End, Modifiers::NONE), Act::Text(text)];
    method(context, &arguments, acts, Question::Nothing)
}

fn press(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let keys = super::arguments::shortcut("press", arguments.at(1))?;
    method(context, &arguments, vec![Act::Press(keys.logical_key, keys.modifiers)], Question::Nothing)
}

fn read(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let name = name_at("read", &arguments, 1)?;
    method(context, &arguments, Vec::new(), Question::Read(name))
}

fn role(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let name = name_at("role", &arguments, 1)?;
    method(context, &arguments, Vec::new(), Question::Role(name))
}

fn has(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let name = name_at("has", &arguments, 1)?;
    method(context, &arguments, Vec::new(), Question::Has(name))
}

fn names(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    method(context, &arguments, Vec::new(), Question::Names)
}

fn widgets(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    method(context, &arguments, Vec::new(), Question::Widgets)
}

fn focused(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    method(context, &arguments, Vec::new(), Question::Focused)
}

fn screenshot(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    if !context.permissions().write_files {
        return Err(Error::new(ErrorKind::PermissionError, "this program may not write files"));
    }
    let path = name_at("screenshot", &arguments, 1)?;
    method(context, &arguments, Vec::new(), Question::Screenshot(path))
}

/// Bytes that the paths of dropped files have together: no desktop hands over more.
const MOST_PATHS: usize = 1 << 20;

fn drop_files(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let list = arguments.at(1);
    let bytes = list.as_list().map_or(0, |list| list.items().iter().filter_map(Value::as_str).map(str::len).sum());
    if bytes > MOST_PATHS {
        let message = format!("drop_files takes paths of {MOST_PATHS} bytes together at most, not of {bytes}");
        return Err(Error::new(ErrorKind::LimitError, message));
    }
    let paths = list.as_list().map(|list| list.items().iter().map(|path| path.as_str().map(str::to_owned)).collect());
    match paths {
        Some(Some(paths)) => method(context, &arguments, vec![Act::Drop(paths)], Question::Nothing),
        _ => Err(wrong("drop_files", "a list of paths", list)),
    }
}

fn request_close(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    method(context, &arguments, vec![Act::RequestClose], Question::Closed)
}

fn close(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    drop(window(arguments.at(0)).running.take());
    Ok(Value::NULL.into())
}

pub(super) static NATIVES: &[Entry] = &[
    Entry::function(
        "ui_test(app, title: \"Motet\", width: 900, height: 600, on_close: null, on_drop: null)",
        ui_test,
        "A window without a screen, for tests: it is built, and goes on when its methods are called.",
    ),
    Entry::method(
        &TEST_WINDOW,
        "click(window, name)",
        click,
        "Clicks what has this name, and lets the program answer.",
    ),
    Entry::method(&TEST_WINDOW, "double_click(window, name)", double_click, "Clicks twice what has this name."),
    Entry::method(
        &TEST_WINDOW,
        "drag(window, name, right, down)",
        drag,
        "Presses what has this name in its middle, moves by so many pixels, and releases.",
    ),
    Entry::method(
        &TEST_WINDOW,
        "type(window, name, text)",
        type_text,
        "Clicks a field and types at its end, and lets the program answer.",
    ),
    Entry::method(&TEST_WINDOW, "press(window, key)", press, "Presses a key such as `Enter` or `Ctrl+S`."),
    Entry::method(
        &TEST_WINDOW,
        "read(window, name)",
        read,
        "What the widget with this name holds: text, a number, or whether it is ticked.",
    ),
    Entry::method(&TEST_WINDOW, "role(window, name)", role, "What kind of widget has this name: `button`, `slider`."),
    Entry::method(&TEST_WINDOW, "has(window, name)", has, "Whether something in the window has this name."),
    Entry::method(&TEST_WINDOW, "names(window)", names, "The names of all that is in the window, sorted."),
    Entry::method(
        &TEST_WINDOW,
        "widgets(window)",
        widgets,
        "What a screen reader is told of all that is in the window: records `{name, role, focusable}`.",
    ),
    Entry::method(&TEST_WINDOW, "focused(window)", focused, "The name of what the keyboard works on, or null."),
    Entry::method(&TEST_WINDOW, "screenshot(window, path)", screenshot, "Writes a picture of the window as a PNG."),
    Entry::method(&TEST_WINDOW, "drop_files(window, paths)", drop_files, "Drops files with these paths on the window."),
    Entry::method(
        &TEST_WINDOW,
        "request_close(window)",
        request_close,
        "Closes the window as a user does, who may be refused; whether it has closed.",
    ),
    Entry::method(&TEST_WINDOW, "close(window)", close, "Ends the window."),
];
