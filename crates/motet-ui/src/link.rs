//! What a window's two sides share: the program that describes it, and the UI thread that shows it. Neither waits for the
//! other. What the program says is coalesced in the display's outbox; what the user does lies in the inbox here, bounded,
//! and completes the operation that the window's task waits with.

use crate::binding::Binding;
use crate::notices::{self, Notices};
use crate::tree::{NodeId, Tree};
use crate::waking::Outbox;
use egui::ColorImage;
use motet_vm::interface::TaskStop;
use motet_vm::memory::{Heap, Symbol, Value};
use motet_vm::operation::{Operation, OperationError};
use motet_vm::signals::Watchable;
use motet_vm::{ErrorKind, Trace};
use parking_lot::Mutex;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::time::{Instant, SystemTime};

/// Tells windows of one display apart.
pub type WindowId = u64;

/// How a window begins.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowConfig {
    pub title: String,
    pub width: f32,
    pub height: f32,
}

impl Default for WindowConfig {
    fn default() -> WindowConfig {
        WindowConfig { title: "Motet".into(), width: 900.0, height: 600.0 }
    }
}

/// An error of the program as a window shows it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fault {
    /// `NameError: …`
    pub message: String,
    pub hint: Option<String>,
    /// `app.soc:12:5`
    pub place: Option<String>,
    /// The line of the source, and the part of it that is meant, in bytes.
    pub line: Option<(String, std::ops::Range<usize>)>,
    pub trace: Vec<String>,
}

/// What programs say to the UI thread, coalesced.
#[derive(Default)]
pub struct Mail {
    pub open: Vec<(WindowConfig, Arc<WindowLink>)>,
    /// Windows that go over to another version of their program, by what they were before.
    pub adopt: Vec<(WindowId, WindowConfig, Arc<WindowLink>)>,
    pub close: Vec<WindowId>,
    pub trees: HashMap<WindowId, Arc<Tree>>,
    /// The newest fault of each window; none takes it away.
    pub faults: HashMap<WindowId, Option<Fault>>,
    pub titles: HashMap<WindowId, String>,
    /// Windows with something else to show: a signal has changed.
    pub stale: HashSet<WindowId>,
    /// The program has ended.
    pub quit: bool,
}

/// The door to the UI thread, which all windows of a process go through.
pub struct Display {
    pub outbox: Outbox<Mail>,
    next_window: AtomicU64,
    /// Why there are no windows here.
    missing: OnceLock<String>,
    /// A program has been told so.
    was_missed: AtomicBool,
    /// All windows, for those who close them all.
    links: Mutex<Vec<Weak<WindowLink>>>,
    /// Windows whose program has ended, or is being replaced by another version of it, in the order in which they were opened.
    kept: Mutex<VecDeque<Arc<WindowLink>>>,
    /// Where frames are noted, if a timeline is written.
    trace: OnceLock<Arc<Trace>>,
    /// Called when a program opens a window.
    opened: OnceLock<Box<dyn Fn() + Send + Sync>>,
    /// Its windows are looked at by a test, on the program's thread.
    is_test: bool,
    /// Where warnings go.
    warn: Box<dyn Fn(&str) + Send + Sync>,
}

impl Display {
    pub fn new(wake: impl Fn() + Send + Sync + 'static, warn: impl Fn(&str) + Send + Sync + 'static) -> Arc<Display> {
        Arc::new(Display::with(wake, warn, false))
    }

    /// One whose windows a test looks at. There is no event loop to wake: the test looks by itself.
    pub fn for_tests(warn: impl Fn(&str) + Send + Sync + 'static) -> Arc<Display> {
        Arc::new(Display::with(|| {}, warn, true))
    }

    fn with(
        wake: impl Fn() + Send + Sync + 'static,
        warn: impl Fn(&str) + Send + Sync + 'static,
        is_test: bool,
    ) -> Display {
        Display {
            outbox: Outbox::new(wake),
            next_window: AtomicU64::new(1),
            missing: OnceLock::new(),
            was_missed: AtomicBool::new(false),
            links: Mutex::default(),
            kept: Mutex::default(),
            trace: OnceLock::new(),
            opened: OnceLock::new(),
            is_test,
            warn: Box::new(warn),
        }
    }

    /// There are no windows here, and why.
    pub fn is_missing(&self, why: String) {
        // The first reason stays: later ones follow from it.
        let _ = self.missing.set(why);
    }

    /// A program asked for a window and got none, because there is no display.
    pub fn was_missed(&self) -> bool {
        self.was_missed.load(Ordering::Acquire)
    }

    pub fn warn(&self, text: &str) {
        (self.warn)(text);
    }

    /// Opens a window.
    pub fn open(self: &Arc<Display>, config: WindowConfig) -> Arc<WindowLink> {
        let id = self.next_window.fetch_add(1, Ordering::Relaxed);
        let link = Arc::new(WindowLink {
            id,
            display: self.clone(),
            inbox: Mutex::default(),
            notices: Notices::default(),
            asks_to_close: AtomicBool::new(false),
            is_kept: AtomicBool::new(false),
            is_gone: AtomicBool::new(false),
            takes_files: AtomicBool::new(false),
            bindings: Mutex::default(),
            pictures: Mutex::default(),
        });
        self.remember(&link);
        if let Some(opened) = self.opened.get() {
            opened();
        }
        if let Some(why) = self.missing.get() {
            link.failed(why.clone());
        } else if let Some(former) = self.take_kept() {
            self.outbox.change(|mail| mail.adopt.push((former.id, config, link.clone())));
        } else {
            self.outbox.change(|mail| mail.open.push((config, link.clone())));
        }
        link
    }

    /// It is one of the windows of the program, for those who close them all or want the newest.
    pub fn remember(&self, link: &Arc<WindowLink>) {
        let mut links = self.links.lock();
        links.retain(|link| link.strong_count() > 0);
        links.push(Arc::downgrade(link));
    }

    /// Those of them that are on a screen.
    fn on_screen(&self) -> Vec<Arc<WindowLink>> {
        let links: Vec<Arc<WindowLink>> = self.links.lock().iter().filter_map(Weak::upgrade).collect();
        links.into_iter().filter(|link| !link.is_test() && !link.is_closed()).collect()
    }

    /// No window is shown any more. What was still to be said about windows holds them, and they hold this.
    pub fn end(&self) {
        drop(self.outbox.take());
        drop(std::mem::take(&mut *self.kept.lock()));
    }

    /// Closes all windows.
    pub fn close_all(&self) {
        let links: Vec<Arc<WindowLink>> = self.links.lock().iter().filter_map(Weak::upgrade).collect();
        links.iter().for_each(|link| link.post(Event::Close));
    }

    /// Frames are noted in a timeline.
    pub fn trace_to(&self, trace: Arc<Trace>) {
        // The first stays.
        let _ = self.trace.set(trace);
    }

    pub fn trace(&self) -> Option<&Arc<Trace>> {
        self.trace.get()
    }

    /// Has this called whenever a program opens a window.
    pub fn when_opened(&self, opened: impl Fn() + Send + Sync + 'static) {
        // The first stays.
        let _ = self.opened.set(Box::new(opened));
    }

    /// Another version of the program is about to begin: its windows stay where they are when the former version ends, and
    /// those that the new one opens take their places.
    pub fn keep_windows(&self) {
        let mut links = self.on_screen();
        links.retain(|link| !link.is_kept.swap(true, Ordering::AcqRel));
        let mut kept = self.kept.lock();
        kept.extend(links);
        kept.make_contiguous().sort_by_key(|link| link.id);
    }

    fn take_kept(&self) -> Option<Arc<WindowLink>> {
        let mut kept = self.kept.lock();
        std::iter::from_fn(|| kept.pop_front()).find(|link| !link.is_gone())
    }

    /// Windows of a former version are open that no other version has taken over.
    pub fn has_kept_windows(&self) -> bool {
        self.kept.lock().iter().any(|link| !link.is_gone())
    }

    /// Closes them.
    pub fn close_kept_windows(&self) {
        let kept = std::mem::take(&mut *self.kept.lock());
        self.outbox.change(|mail| mail.close.extend(kept.iter().map(|link| link.id)));
    }

    /// Shows an error in all windows. It goes away with the next build that succeeds.
    pub fn show_everywhere(&self, fault: &Fault) {
        let mut links = self.on_screen();
        links.extend(self.kept.lock().iter().cloned());
        links.iter().for_each(|link| link.show_fault(fault.clone()));
    }

    /// The window that was opened last, of those that are open.
    pub fn newest(&self) -> Option<Arc<WindowLink>> {
        let links: Vec<Arc<WindowLink>> = self.links.lock().iter().filter_map(Weak::upgrade).collect();
        links.into_iter().rev().find(|link| !link.is_closed())
    }
}

/// What the user did, in the order in which it was done.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A button, menu entry or the like.
    Clicked(NodeId),
    /// A widget with a value that no signal holds, and its new value.
    Changed(NodeId, Answer),
    /// The user wants to close the window, and the program is asked whether it may.
    CloseRequested,
    /// The window is to be closed.
    Close,
    /// Files were dropped on the window: their paths.
    Dropped(Vec<String>),
}

/// A value that goes from a widget to a callback.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    Text(String),
    Number(f64),
    Whole(i64),
    Flag(bool),
    Record(Vec<(&'static str, Answer)>),
}

impl Answer {
    /// It says all that an older answer of the same widget has said.
    fn replaces(&self, older: &Answer) -> bool {
        let kind = |answer: &Answer| match answer {
            Answer::Record(fields) => match fields.first() {
                Some((_, Answer::Text(kind))) => Some(kind.clone()),
                _ => None,
            },
            _ => None,
        };
        match (kind(self), kind(older)) {
            (None, None) => true,
            (Some(new), Some(old)) => new == old && matches!(&*new, "move" | "drag"),
            _ => false,
        }
    }

    /// As a value of a program.
    pub fn value(self, heap: &Heap) -> Value {
        match self {
            Answer::Text(text) => heap.string(&text),
            Answer::Number(number) => Value::float(number),
            Answer::Whole(number) => Value::int(number),
            Answer::Flag(flag) => Value::bool(flag),
            Answer::Record(fields) => {
                let record = heap.record(fields.len());
                let fields: Vec<(Symbol, Value)> =
                    fields.into_iter().map(|(name, answer)| (Symbol::intern(name), answer.value(heap))).collect();
                if let Some(record) = record.as_record() {
                    for (name, value) in fields {
                        record.set(name, value, heap).expect("a new record can be written");
                    }
                }
                record
            }
        }
    }
}

/// Events that wait, at most: a program that does not look loses the oldest.
const MOST_EVENTS: usize = 1024;

#[derive(Default)]
struct Inbox {
    events: VecDeque<Event>,
    /// Something that the last build read has changed.
    is_stale: bool,
    /// The window is no more.
    is_closed: bool,
    /// Why it was closed, if not by the user.
    failure: Option<String>,
    waiting: Option<Operation<()>>,
    /// When the event was left that the program has not looked at.
    unanswered_since: Option<Instant>,
    /// What stops the callbacks and builds that are running.
    running: HashMap<u64, TaskStop>,
    /// Callbacks that have been started, and do not run yet.
    starting: usize,
    next_run: u64,
    stopped: HashSet<u64>,
    /// The user has asked to close the window, and the program has not answered.
    is_asked_to_close: bool,
}

/// A file's picture, and when the file was changed last.
type Picture = (Option<SystemTime>, Weak<ColorImage>);

/// See the module.
pub struct WindowLink {
    pub id: WindowId,
    pub display: Arc<Display>,
    inbox: Mutex<Inbox>,
    /// Dialogs and toasts.
    pub notices: Notices,
    /// The program decides whether the user may close the window.
    asks_to_close: AtomicBool,
    /// Another version of the program takes the window over.
    is_kept: AtomicBool,
    /// The user has closed it.
    is_gone: AtomicBool,
    /// The program wants the files that are dropped on the window.
    takes_files: AtomicBool,
    /// By what signals stand for, so that one has the same binding in every build.
    bindings: Mutex<HashMap<u128, Weak<Binding>>>,
    /// By the paths of their files.
    pictures: Mutex<HashMap<String, Picture>>,
}

/// What the window's task finds.
#[derive(Debug, PartialEq)]
pub enum News {
    Event(Event),
    /// Build anew.
    Stale,
    Closed,
    /// There is no window, and never was.
    Failed(String),
    /// Wait.
    Nothing,
}

impl WindowLink {
    /// Leaves something for the window's task and lets it go on.
    fn tell(&self, tell: impl FnOnce(&mut Inbox)) {
        let waiting = {
            let mut inbox = self.inbox.lock();
            tell(&mut inbox);
            inbox.waiting.take()
        };
        if let Some(operation) = waiting {
            operation.complete(Ok(()));
        }
    }

    /// From the UI thread: the user did something.
    pub fn post(&self, event: Event) {
        self.tell(|inbox| {
            // The newest value of a widget replaces one that was not looked at.
            if let (Event::Changed(id, new), Some(Event::Changed(last, old))) = (&event, inbox.events.back())
                && id == last
                && new.replaces(old)
            {
                inbox.events.pop_back();
            }
            if inbox.events.len() >= MOST_EVENTS {
                inbox.events.pop_front();
            }
            inbox.events.push_back(event);
            inbox.unanswered_since.get_or_insert_with(Instant::now);
        });
    }

    /// Something that the last build read has changed.
    pub fn mark_stale(&self) {
        self.tell(|inbox| inbox.is_stale = true);
    }

    /// From the UI thread: the window is no more.
    pub fn closed(&self) {
        self.tell(|inbox| inbox.is_closed = true);
        self.notices.close();
    }

    pub fn is_closed(&self) -> bool {
        let inbox = self.inbox.lock();
        inbox.is_closed || inbox.failure.is_some()
    }

    /// From the UI thread: the user has closed the window.
    pub fn gone(&self) {
        self.is_gone.store(true, Ordering::Release);
    }

    fn is_gone(&self) -> bool {
        self.is_gone.load(Ordering::Acquire)
    }

    /// What the program wants to hear of: that the user closes the window, and files.
    pub fn listens(&self, to_closing: bool, to_files: bool) {
        self.asks_to_close.store(to_closing, Ordering::Release);
        self.takes_files.store(to_files, Ordering::Release);
    }

    pub fn takes_files(&self) -> bool {
        self.takes_files.load(Ordering::Acquire)
    }

    /// From the UI thread: the user wants to close the window. True if it goes at once; otherwise the program is asked. A
    /// user who asks again before there is an answer does not have to wait for a program that computes for ever.
    pub fn may_close_at_once(&self) -> bool {
        if !self.asks_to_close.load(Ordering::Acquire) || self.is_kept.load(Ordering::Acquire) {
            return true;
        }
        let was_asked = std::mem::replace(&mut self.inbox.lock().is_asked_to_close, true);
        if !was_asked {
            self.post(Event::CloseRequested);
        }
        was_asked && self.notices.dialog().is_none()
    }

    /// The program's answer: the window stays.
    pub fn stays_open(&self) {
        self.inbox.lock().is_asked_to_close = false;
    }

    /// Asks the user something; the answer completes the operation.
    pub fn ask(
        self: &Arc<WindowLink>,
        title: &str,
        question: notices::Question,
        operation: Operation<notices::Answer>,
    ) {
        let link = Arc::downgrade(self);
        let number = Arc::new(AtomicU64::new(0));
        let asked = number.clone();
        operation.on_cancel(move || {
            // The task waits no longer.
            if let Some(link) = link.upgrade() {
                link.notices.answer(asked.load(Ordering::Acquire), None);
                link.shows_more();
            }
        });
        let id = self.notices.ask(title, question, operation);
        number.store(id, Ordering::Release);
        self.shows_more();
    }

    /// From the UI thread: there is no window.
    pub fn failed(&self, why: String) {
        self.tell(|inbox| inbox.failure = Some(why));
    }

    /// What there is for the window's task.
    pub fn news(&self) -> News {
        let mut inbox = self.inbox.lock();
        inbox.unanswered_since = None;
        if let Some(why) = inbox.failure.take() {
            inbox.is_closed = true;
            drop(inbox);
            self.display.was_missed.store(true, Ordering::Release);
            News::Failed(why)
        } else if inbox.is_closed {
            News::Closed
        } else if let Some(event) = inbox.events.pop_front() {
            News::Event(event)
        } else if std::mem::take(&mut inbox.is_stale) {
            News::Stale
        } else {
            News::Nothing
        }
    }

    /// Completes the operation when there is something; at once if there is.
    pub fn wait(&self, operation: Operation<()>) -> Result<(), OperationError> {
        let mut inbox = self.inbox.lock();
        let is_quiet = inbox.events.is_empty() && !inbox.is_stale && !inbox.is_closed && inbox.failure.is_none();
        if is_quiet {
            let former = inbox.waiting.replace(operation);
            drop(inbox);
            // One task waits for a window; an earlier one was cancelled.
            drop(former);
        } else {
            drop(inbox);
            operation.complete(Ok(()));
        }
        Ok(())
    }

    /// How long the program has left something unanswered; none if there is no program any more that could answer.
    pub fn unanswered(&self) -> Option<std::time::Duration> {
        if self.is_kept.load(Ordering::Acquire) {
            return None;
        }
        let inbox = self.inbox.lock();
        Some(inbox.unanswered_since?.elapsed())
    }

    /// From the UI thread: asks the program to show that it is there.
    pub fn ping(&self) {
        let waiting = self.notices.waiting();
        self.tell(|inbox| {
            if inbox.running.len() > waiting {
                inbox.unanswered_since.get_or_insert_with(Instant::now);
            }
        });
    }

    /// A callback is going to run.
    pub fn starts(&self) {
        self.inbox.lock().starting += 1;
    }

    /// A callback that was going to run does so.
    pub fn started(&self) {
        let mut inbox = self.inbox.lock();
        inbox.starting = inbox.starting.saturating_sub(1);
    }

    /// A callback or build runs, and may be stopped by this.
    pub fn begin_run(&self, stop: TaskStop) -> u64 {
        let mut inbox = self.inbox.lock();
        inbox.next_run += 1;
        let run = inbox.next_run;
        inbox.running.insert(run, stop);
        run
    }

    /// It has ended; true if it was stopped.
    pub fn end_run(&self, run: u64) -> bool {
        let mut inbox = self.inbox.lock();
        inbox.running.remove(&run);
        inbox.stopped.remove(&run)
    }

    /// Callbacks and builds are running, and do not wait for the user.
    pub fn is_running(&self) -> bool {
        let waiting = self.notices.waiting();
        self.inbox.lock().running.len() > waiting
    }

    /// The program has something to do for the window, or does it.
    pub fn is_busy(&self) -> bool {
        let waiting = self.notices.waiting();
        let inbox = self.inbox.lock();
        inbox.running.len() > waiting || inbox.starting > 0 || !inbox.events.is_empty() || inbox.is_stale
    }

    /// From the UI thread: the user wants what is running to stop.
    pub fn stop_running(&self) {
        let stops: Vec<TaskStop> = {
            let mut inbox = self.inbox.lock();
            let runs: Vec<u64> = inbox.running.keys().copied().collect();
            inbox.stopped.extend(runs);
            inbox.unanswered_since = None;
            inbox.running.values().cloned().collect()
        };
        stops.iter().for_each(TaskStop::stop);
    }

    /// The binding of a signal or computed value; none for other values.
    pub fn bind(self: &Arc<WindowLink>, value: &Value, is_gene: bool) -> Option<Arc<Binding>> {
        let source = Watchable::of(value)?;
        let key = value.as_foreign()?.object().stands_for()?;
        if let Some(binding) = self.bindings.lock().get(&key).and_then(Weak::upgrade) {
            return Some(binding);
        }
        let link = Arc::downgrade(self);
        let changed = move || {
            if let Some(link) = link.upgrade() {
                link.shows_more();
            }
        };
        let binding = Arc::new(Binding::new(source, is_gene, self.display.is_test, changed));
        let mut bindings = self.bindings.lock();
        bindings.retain(|_, binding| binding.strong_count() > 0);
        bindings.insert(key, Arc::downgrade(&binding));
        Some(binding)
    }

    /// Something that the window shows has changed, and not its tree.
    pub fn shows_more(&self) {
        self.display.outbox.change(|mail| mail.stale.insert(self.id));
    }

    /// A test looks at it, and sees what the program has done by then.
    pub fn is_test(&self) -> bool {
        self.display.is_test
    }

    /// The picture of a file: as it was read for an earlier build, unless the file has changed since.
    pub fn picture(
        &self,
        path: &str,
        read: impl FnOnce() -> Result<Arc<ColorImage>, String>,
    ) -> Result<Arc<ColorImage>, String> {
        let changed = std::fs::metadata(path).and_then(|about| about.modified()).ok();
        if let Some((known, picture)) = self.pictures.lock().get(path)
            && *known == changed
            && let Some(picture) = picture.upgrade()
        {
            return Ok(picture);
        }
        let picture = read()?;
        let mut pictures = self.pictures.lock();
        pictures.retain(|_, (_, picture)| picture.strong_count() > 0);
        pictures.insert(path.to_owned(), (changed, Arc::downgrade(&picture)));
        Ok(picture)
    }

    pub fn show(&self, tree: Arc<Tree>) {
        self.display.outbox.change(|mail| {
            mail.faults.insert(self.id, None);
            mail.trees.insert(self.id, tree)
        });
    }

    pub fn show_fault(&self, fault: Fault) {
        self.display.outbox.change(|mail| mail.faults.insert(self.id, Some(fault)));
    }

    /// The program ends while the window is open: it closes with the display, unless it is to show why.
    pub fn abandon(self: &Arc<WindowLink>) {
        if self.is_closed() {
            return;
        }
        if !self.is_kept.swap(true, Ordering::AcqRel) {
            self.display.kept.lock().push_back(self.clone());
        }
        self.closed();
    }

    /// Closes the window from the program's side.
    pub fn close(&self) {
        if !self.is_kept.load(Ordering::Acquire) {
            self.display.outbox.change(|mail| mail.close.push(self.id));
        }
        self.closed();
    }
}

/// The error for a program that asks for a window where there is none.
pub fn no_display(why: &str) -> motet_vm::Error {
    motet_vm::Error::new(ErrorKind::IoError, format!("no window can be opened: {why}"))
        .with_hint("motet run --screenshot out.png renders without a display")
}
