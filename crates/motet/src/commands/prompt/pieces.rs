//! Runs the pieces of a session, in a thread that owns its isolate.

use super::saved;
use super::screen::{Output, Screen};
use crate::commands::doc::of_builtin;
use crate::commands::limits::LimitArguments;
use crate::commands::project::ProjectArguments;
use crate::commands::warnings::Allowed;
use crate::commands::{color, exit_code, progress, style};
use motet::loader::{Loader, TextOptions};
use motet::packages::Packages;
use motet::report;
use motet_compiler::Session;
use motet_syntax::form::Form;
use motet_syntax::{Notation, parse};
use motet_vm::builtins::type_name;
use motet_vm::memory::{Symbol, Tag, Value};
use motet_vm::{Changes, Interrupter, LinkedModule, MainIsolate, Settings};
use std::io::LineWriter;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Instant;

/// The export that holds the value of a piece.
const RESULT: &str = "%result";

/// Bytes of a value that are shown.
const SHOWN: usize = 2000;

/// How other threads reach the session that runs; none before it begins.
pub type Reached = Arc<Mutex<Option<Interrupter>>>;

/// Has the piece that runs end.
pub fn interrupt(reached: &Reached) {
    if let Some(interrupter) = &*reached.lock().unwrap_or_else(PoisonError::into_inner) {
        interrupter.interrupt();
    }
}

/// Has the thread of the pieces look at its requests.
pub fn call(reached: &Reached) {
    if let Some(interrupter) = &*reached.lock().unwrap_or_else(PoisonError::into_inner) {
        interrupter.call();
    }
}

/// What is asked of the thread.
pub enum Request {
    Run {
        text: String,
        notation: Notation,
        how: How,
    },
    Load(PathBuf),
    Save(PathBuf),
    Help(String, Notation),
    Reset,
    /// The fields and methods of what a path of names means.
    Members(Vec<String>, mpsc::Sender<Vec<String>>),
    /// The names of a function's parameters.
    Parameters(String, mpsc::Sender<Vec<String>>),
}

/// What is shown of a piece.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum How {
    Show,
    Type,
    Time,
    Disassemble,
}

/// A request has been served.
pub struct Answer {
    /// The names that can be completed.
    pub names: Vec<String>,
}

/// Serves requests until no sender of requests is left.
pub fn run(
    limits: &LimitArguments,
    screen: &Arc<Screen>,
    reached: &Reached,
    requests: &mpsc::Receiver<Request>,
    answers: &mpsc::Sender<Answer>,
) {
    let mut pieces = Pieces::new(limits, screen, reached);
    let mut told = answers.send(Answer { names: pieces.names() });
    while told.is_ok() {
        let request = match requests.try_recv() {
            Ok(request) => request,
            Err(mpsc::TryRecvError::Disconnected) => break,
            Err(mpsc::TryRecvError::Empty) => {
                pieces.isolate.serve();
                continue;
            }
        };
        match request {
            Request::Members(path, names) => {
                // Who asked may not wait any more.
                let _ = names.send(pieces.members(&path));
                continue;
            }
            Request::Parameters(name, names) => {
                let _ = names.send(pieces.parameters(&name));
                continue;
            }
            Request::Reset => {
                pieces.isolate.end_session();
                pieces = Pieces::new(limits, screen, reached);
            }
            request => pieces.serve(request),
        }
        told = answers.send(Answer { names: pieces.names() });
    }
    pieces.isolate.end_session();
}

struct Pieces {
    isolate: MainIsolate,
    session: Session,
    screen: Arc<Screen>,
    /// How many pieces there were: each is a source of its own.
    count: usize,
    /// What ran without an error.
    kept: Vec<(Notation, String)>,
}

impl Pieces {
    fn new(limits: &LimitArguments, screen: &Arc<Screen>, reached: &Reached) -> Pieces {
        let settings = Settings { progress: Some(Arc::new(progress::Bars)), ..limits.settings() };
        let output = Box::new(LineWriter::new(Output(Arc::clone(screen))));
        let mut isolate = MainIsolate::new(motet::natives::builtins(), Arc::new(settings), output);
        isolate.set_arguments(&[]);
        let reports = Arc::clone(screen);
        let style = style(isolate.settings());
        isolate.set_reporter(Arc::new(move |report| reports.say(&report::unattended(&report, style))));
        *reached.lock().unwrap_or_else(PoisonError::into_inner) = Some(isolate.begin_session());
        Pieces { isolate, session: Session::default(), screen: Arc::clone(screen), count: 0, kept: Vec::new() }
    }

    fn serve(&mut self, request: Request) {
        match request {
            Request::Run { text, notation, how } => self.enter(&text, notation, how),
            Request::Load(path) => self.load(&path),
            Request::Save(path) => self.save(&path),
            Request::Help(name, notation) => self.help(&name, notation),
            Request::Reset | Request::Members(..) | Request::Parameters(..) => {}
        }
    }

    fn enter(&mut self, text: &str, notation: Notation, how: How) {
        self.count += 1;
        let name = format!("<{}>", self.count);
        if self.piece(&name, text, notation, how) && how != How::Disassemble {
            self.kept.push((notation, text.into()));
        }
    }

    /// Compiles and runs a piece; true if nothing went wrong.
    fn piece(&mut self, name: &str, text: &str, notation: Notation, how: How) -> bool {
        let mut loader = Loader::new(&mut self.isolate).packages(packages_here());
        let options = TextOptions { result: Some(RESULT), session: Some(&self.session) };
        let loaded = loader.load_text(name, text, notation, options);
        let (warnings, after) = (loader.take_warnings(), loader.take_session());
        let module = match loaded {
            Ok(module) => module,
            Err(failure) => {
                self.screen.say(&format!("{}\n", report::failure(&failure, color()).trim_end()));
                return false;
            }
        };
        for (source, warning) in &warnings {
            if Allowed::at_run(warning.name.unwrap_or_default()) {
                self.screen.say(&report::warning(source, warning, color()));
            }
        }
        if how == How::Disassemble {
            self.screen.say(&motet_code::disassemble(&module.module.main));
            return true;
        }
        let after = after.unwrap_or_default();
        let (changes, anew) = self.changes(&module, &after);
        self.session = after;
        let began = Instant::now();
        let result = self.isolate.run_piece(&module, &changes);
        let took = began.elapsed();
        // What it printed stands before what is said about it; the screen reports no errors.
        let _ = self.isolate.output().flush();
        match result {
            Ok(exports) => {
                let value = exports.as_record().and_then(|exports| exports.get(Symbol::intern(RESULT)));
                self.show(value.unwrap_or(Value::NULL), how, !is_definition(text, notation));
                if how == How::Time {
                    self.screen.say(&format!("{:.6} s\n", took.as_secs_f64()));
                }
                for note in anew {
                    self.screen.say(&faint(&note));
                }
                true
            }
            // The session ends.
            Err(_) if exit_code().is_some() => false,
            Err(_) if self.isolate.was_interrupted() => {
                self.screen.say("interrupted\n");
                false
            }
            Err(error) => {
                self.screen.say(&report::uncaught(&error, style(self.isolate.settings())));
                false
            }
        }
    }

    /// What a piece changes in the session's names, and what the user should know of it.
    fn changes(&self, module: &Arc<LinkedModule>, after: &Session) -> (Changes, Vec<String>) {
        let mut changes = Changes { slots: after.slots().to_vec(), ..Changes::default() };
        let mut notes = Vec::new();
        for (name, found) in after.names() {
            if !Arc::ptr_eq(&found.source, &module.module.source) {
                continue;
            }
            changes.defined.push(found.slot);
            let Some(before) = self.session.name(name) else { continue };
            if before.slot != found.slot {
                changes.replaced.push((before.slot, found.slot));
            }
            match self.isolate.session_value(before.slot).map(|value| value.tag()) {
                Some(Tag::Closure) => notes.push(format!(
                    "`{name}` is defined anew: functions entered before use the new one, threads and callbacks that \
                     have the old one keep it\n"
                )),
                Some(Tag::Class) => notes.push(format!(
                    "`{name}` is a new class: instances made before keep the old one and go on working\n"
                )),
                _ => {}
            }
        }
        (changes, notes)
    }

    /// Shows a value, and keeps it as `_`.
    fn show(&mut self, value: Value, how: How, is_expression: bool) {
        if how == How::Type {
            return self.screen.say(&format!("{}\n", type_name(&value)));
        }
        if !is_expression || value.is_null() {
            return;
        }
        let is_figure = is_figure(&value);
        if !is_figure {
            let text = self.isolate.shown(&value, SHOWN);
            self.screen.say(&format!("{text}\n"));
        }
        let source = Arc::new(motet_code::Source::new("<prompt>", "", false));
        let slot = self.session.define("_", &source);
        self.isolate.set_session_value(slot, value);
        if is_figure {
            // As a piece of its own, so that drawing it can be interrupted, and keeps to the limits.
            self.piece("<figure>", "_.show()", Notation::Soc, How::Show);
        }
    }

    fn load(&mut self, path: &Path) {
        let name = path.to_string_lossy().into_owned();
        let text = match std::fs::read(path).map_err(|error| error.to_string()) {
            Ok(bytes) => motet_syntax::decode(bytes).map_err(|error| error.message),
            Err(error) => Err(error),
        };
        match text {
            Ok(text) => {
                let notation = Notation::of_file(&name).unwrap_or(Notation::Soc);
                if self.piece(&name, &text, notation, How::Show) {
                    self.kept.push((notation, text));
                }
            }
            Err(error) => self.screen.say(&format!("error: {name} cannot be read: {error}\n")),
        }
    }

    /// Writes what was entered as a program, in the notation of the file's name, and says what is wrong with that.
    fn save(&mut self, path: &Path) {
        let notation = Notation::of_file(&path.to_string_lossy()).unwrap_or(Notation::Soc);
        let (text, left_out) = saved::program(&self.kept, notation);
        if let Err(error) = std::fs::write(path, &text) {
            return self.screen.say(&format!("error: {} cannot be written: {error}\n", path.display()));
        }
        if !left_out.is_empty() {
            self.screen.say("left out, since it cannot be written in this notation:\n");
            left_out
                .iter()
                .for_each(|piece| self.screen.say(&format!("  {}\n", piece.trim_end().replace('\n', "\n  "))));
        }
        // A session may do what a program cannot, such as giving a name another value.
        let mut loader = Loader::new(&mut self.isolate).packages(packages_here());
        if let Err(failure) = loader.load_text(&path.to_string_lossy(), &text, notation, TextOptions::default()) {
            self.screen.say("it was written, and has to be changed before it runs:\n");
            self.screen.say(&report::failure(&failure, color()));
        }
    }

    fn help(&mut self, name: &str, notation: Notation) {
        let first = name.split(['.', '/']).next().unwrap_or(name);
        let Some(known) = self.session.name(first) else {
            return self.help_of_builtin(name);
        };
        let value = self.isolate.session_value(known.slot);
        let is_definition = value.as_ref().is_some_and(|value| matches!(value.tag(), Tag::Closure | Tag::Class));
        if !is_definition {
            let kind = value.as_ref().map_or("nothing yet", type_name);
            let place = known.source.place(known.span.start);
            let line = known.source.lines().line_of(known.span.start);
            let text = known.source.text[known.source.lines().line_range(line)].trim_end();
            let comment = known.source.comment_above(known.span.start);
            let comment = comment.map_or(String::new(), |comment| format!("{}\n", comment.text));
            self.screen.say(&format!("{first}: {kind}, defined at {place}\n  {text}\n{comment}"));
        }
        if is_definition || first != name {
            let call = if notation == Notation::Gene { format!("(help {name})") } else { format!("help({name})") };
            self.piece("<help>", &call, notation, How::Show);
        }
    }

    fn help_of_builtin(&self, name: &str) {
        let text = of_builtin(name).unwrap_or_else(|_| {
            let names = self.names();
            let near = motet_syntax::suggest(name, names.iter().map(String::as_str));
            let hint = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            format!("nothing is known of `{name}`{hint}\n")
        });
        self.screen.say(&text);
    }

    fn names(&self) -> Vec<String> {
        let builtins = self.isolate.global_names().all().into_iter().map(String::from);
        let own = self.session.names().map(|(name, _)| name.to_owned());
        let mut names: Vec<String> = builtins.chain(own).chain(self.session.macro_names().map(str::to_owned)).collect();
        names.sort();
        names.dedup();
        names
    }

    /// The value that a path of names means, as far as reading it runs nothing.
    fn look(&self, path: &[String]) -> Option<Value> {
        let (first, rest) = path.split_first()?;
        let own = self.session.name(first).and_then(|found| self.isolate.session_value(found.slot));
        let mut value = own.or_else(|| self.isolate.global_value(first))?;
        for name in rest {
            value = value.as_fields()?.get(&**name)?;
        }
        Some(value)
    }

    fn members(&self, path: &[String]) -> Vec<String> {
        if let Some(value) = self.look(path) {
            return self.isolate.member_names(&value);
        }
        // A module of the library that nothing has named yet.
        let builtins = motet::natives::builtins();
        let of_module = builtins.documentation().filter(|entry| entry.namespace == path.first().map(String::as_str));
        if path.len() == 1 { of_module.map(|entry| entry.name.to_owned()).collect() } else { Vec::new() }
    }

    fn parameters(&self, name: &str) -> Vec<String> {
        let value = self.look(&[name.to_owned()]);
        if let Some(closure) = value.as_ref().and_then(Value::as_closure) {
            let parameters = &closure.function().parameters;
            let named = parameters.named.iter().map(|named| &named.name);
            return parameters.names.iter().chain(named).map(|name| name.to_string()).collect();
        }
        let builtins = motet::natives::builtins();
        let signature = builtins.documentation().find(|entry| entry.name == name).map(|entry| entry.signature);
        // Keywords stand in signatures as `name: …`.
        let words = signature.as_deref().unwrap_or("").split(['(', ',', ')', ' ', '{', '}']);
        words.filter_map(|word| word.strip_suffix(':')).map(str::to_owned).collect()
    }
}

/// What the prompt draws instead of printing it.
fn is_figure(value: &Value) -> bool {
    #[cfg(feature = "figures")]
    return motet_figures::Shown::of(value).is_some();
    #[cfg(not(feature = "figures"))]
    {
        let _ = value;
        false
    }
}

/// Whether a piece ends with a definition or an assignment, whose value is not shown.
fn is_definition(text: &str, notation: Notation) -> bool {
    let parsed = parse(text, notation);
    let head = parsed.forms.last().and_then(Form::as_node).and_then(|node| node.head.as_symbol());
    head.is_some_and(|head| {
        matches!(
            head,
            "let"
                | "var"
                | "class"
                | "enum"
                | "type"
                | "import"
                | "export"
                | "macro"
                | "fn"
                | "fn*"
                | "="
                | "for"
                | "while"
        )
    })
}

/// The packages of the project that the prompt stands in. They are looked for anew each time: the project may change.
fn packages_here() -> Arc<dyn Packages> {
    ProjectArguments::default().projects().of_folder(Path::new("."))
}

fn faint(text: &str) -> String {
    if color() { format!("\x1b[2m{}\x1b[0m\n", text.trim_end()) } else { text.into() }
}
