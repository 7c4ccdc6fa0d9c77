//! Being told of changes of files. The system tells a thread of `notify`'s; it leaves them here, and a task that waits for
//! one takes the first.
//!
//! A program that does not look for long is told that there were more changes than are kept (`"many"`), so what it has not
//! looked at takes no more than a bounded amount of memory.

use crate::access;
use crate::arguments::{over, time_limit};
use crate::files::{path, record, with_path};
use crate::runtime::{Cancelled, drive};
use motet_vm::builtins::Entry;
use motet_vm::builtins::arguments::WithOptions;
use motet_vm::memory::{ForeignKind, ForeignObject, Value};
use motet_vm::native::{Arguments, Outcome};
use motet_vm::operation::OperationError;
use motet_vm::{Context, ErrorKind, Result};
use notify::event::{EventKind, ModifyKind, RenameMode};
use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

pub(crate) static WATCH: ForeignKind = ForeignKind::new("Watch");

/// Changes that are kept for a program that does not look.
const MOST: usize = 4096;

#[derive(Clone, Debug, PartialEq, Eq)]
struct Change {
    kind: &'static str,
    path: PathBuf,
}

#[derive(Default)]
struct Waiting {
    changes: VecDeque<Change>,
    /// What went wrong where changes come from.
    failure: Option<String>,
    is_closed: bool,
}

/// What the thread that is told of changes and the tasks that ask for them share.
#[derive(Default)]
struct Inbox {
    waiting: Mutex<Waiting>,
    news: Notify,
}

impl Inbox {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, event: notify::Result<Event>, top: &Path) {
        let mut waiting = self.waiting();
        match event {
            Err(error) => waiting.failure = Some(error.to_string()),
            Ok(event) if event.need_rescan() => waiting.add(Change { kind: "many", path: top.to_owned() }),
            Ok(event) => {
                let Some(kind) = kind_of(&event.kind) else { return };
                for path in event.paths {
                    waiting.add(Change { kind, path });
                }
            }
        }
        drop(waiting);
        self.news.notify_one();
    }

    /// The next change; none once the watch is closed.
    async fn next(&self) -> std::result::Result<Option<Change>, OperationError> {
        loop {
            {
                let mut waiting = self.waiting();
                if let Some(change) = waiting.changes.pop_front() {
                    if !waiting.changes.is_empty() {
                        // Another task may wait, too.
                        self.news.notify_one();
                    }
                    return Ok(Some(change));
                }
                if waiting.is_closed {
                    self.news.notify_one();
                    return Ok(None);
                }
                if let Some(failure) = waiting.failure.take() {
                    return Err(OperationError::new(ErrorKind::IoError, format!("cannot watch: {failure}")));
                }
            }
            self.news.notified().await;
        }
    }
}

impl Waiting {
    fn add(&mut self, change: Change) {
        // A program writes a file in many steps; one that has not looked needs to hear of it once.
        if self.changes.back() == Some(&change) {
            return;
        }
        match self.changes.len() {
            length if length < MOST => self.changes.push_back(change),
            _ => {
                let last = self.changes.back_mut().expect("it is full");
                last.kind = "many";
            }
        }
    }
}

/// What programs call it; none for what is no change.
fn kind_of(kind: &EventKind) -> Option<&'static str> {
    match kind {
        EventKind::Create(_) | EventKind::Modify(ModifyKind::Name(RenameMode::To)) => Some("created"),
        EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(RenameMode::From)) => Some("removed"),
        // Both halves of a renaming come by themselves, too.
        EventKind::Modify(ModifyKind::Name(RenameMode::Both)) | EventKind::Access(_) | EventKind::Other => None,
        EventKind::Modify(_) | EventKind::Any => Some("changed"),
    }
}

struct Watch {
    /// As the program named it, and where it lies.
    shown: Arc<str>,
    place: Arc<Path>,
    inbox: Arc<Inbox>,
    /// None once it is closed.
    watcher: Mutex<Option<RecommendedWatcher>>,
}

impl ForeignObject for Watch {
    fn kind(&self) -> &'static ForeignKind {
        &WATCH
    }

    fn display(&self) -> Option<String> {
        Some(format!("<Watch {}>", self.shown))
    }
}

impl Watch {
    fn close(&self) {
        drop(self.watcher.lock().unwrap_or_else(PoisonError::into_inner).take());
        self.inbox.waiting().is_closed = true;
        self.inbox.news.notify_one();
    }
}

fn watch(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "files.watch";
    let options = WithOptions::of(NAME, arguments, 1, &["recursive"])?;
    let mode = match options.option("recursive") {
        Some(recursive) if !recursive.is_truthy() => RecursiveMode::NonRecursive,
        _ => RecursiveMode::Recursive,
    };
    let path = path(NAME, &arguments, 0)?;
    let gate = access::reading(context, &path)?;
    let begin = move |place: &Path, path: &str| {
        let failed = |error: notify::Error| {
            let reason = match &error.kind {
                notify::ErrorKind::Io(error) => access::system_message(error),
                notify::ErrorKind::PathNotFound => "No such file or directory".into(),
                notify::ErrorKind::MaxFilesWatch => "the system watches as many files as it may".into(),
                _ => error.to_string(),
            };
            OperationError::new(ErrorKind::IoError, format!("cannot watch {path}: {reason}"))
        };
        let inbox = Arc::<Inbox>::default();
        let (told, top) = (inbox.clone(), place.to_owned());
        let mut watcher = notify::recommended_watcher(move |event| told.add(event, &top)).map_err(failed)?;
        watcher.watch(place, mode).map_err(failed)?;
        Ok(Watch { shown: path.into(), place: place.into(), inbox, watcher: Mutex::new(Some(watcher)) })
    };
    with_path(context, NAME, gate, path, begin, |context, watch| Ok(context.heap().foreign(Box::new(watch))))
}

fn own<'a>(arguments: &Arguments<'a>) -> &'a Watch {
    arguments.at(0).as_foreign().and_then(|foreign| foreign.downcast::<Watch>()).expect("a method of watches")
}

fn next(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let options = WithOptions::of("next", arguments, 1, &["timeout"])?;
    let limit = time_limit("next", &options, "timeout")?;
    let watch = own(&arguments);
    let (inbox, shown, place) = (watch.inbox.clone(), watch.shown.clone(), watch.place.clone());
    let work = move |cancelled: Cancelled| async move {
        cancelled.or(crate::runtime::within(limit, "the next change", inbox.next())).await
    };
    let value = move |context: &mut Context<'_>, change: Option<Change>| {
        let Some(change) = change else { return Ok(Value::NULL) };
        let path = match change.path.strip_prefix(&place) {
            Ok(below) if below.as_os_str().is_empty() => PathBuf::from(&*shown),
            Ok(below) => Path::new(&*shown).join(below),
            Err(_) => change.path,
        };
        let fields =
            [("kind", context.heap().string(change.kind)), ("path", context.heap().string(&path.to_string_lossy()))];
        Ok(record(context, fields))
    };
    context.wait_for("next", |operation| drive(operation, work), value)
}

fn iterate(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    over(context, "std:files", "changes", &arguments)
}

fn close(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    own(&arguments).close();
    Ok(Value::NULL.into())
}

pub(super) const BEGIN: Entry = Entry::function(
    "watch(path, recursive: true)",
    watch,
    "Watches a file, or a folder with all that is in it: `for (change in files.watch(\".\")) { … }` gets `{kind, path}` of each change from then on. `kind` is `\"created\"`, `\"changed\"`, `\"removed\"`, or `\"many\"` for more than were kept while the program did not look.",
);
pub(super) const NEXT: Entry = Entry::method(
    &WATCH,
    "next(watch, timeout: null)",
    next,
    "The next change, `{kind, path}`; null once the watch is closed. With a `timeout` in milliseconds, a `Timeout` is thrown when it is over.",
);
pub(super) const ITERATE: Entry = Entry::method(
    &WATCH,
    "iterate(watch)",
    iterate,
    "`for (change in watch)` gets each change, until the watch is closed.",
);
pub(super) const CLOSE: Entry = Entry::method(&WATCH, "close(watch)", close, "Ends a watch.");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_looked_at_is_bounded_and_said() {
        let mut waiting = Waiting::default();
        for number in 0..3 * MOST {
            waiting.add(Change { kind: "created", path: number.to_string().into() });
        }
        assert_eq!((waiting.changes.len(), waiting.changes.back().map(|change| change.kind)), (MOST, Some("many")));
    }

    #[test]
    fn the_same_change_twice_is_one() {
        let mut waiting = Waiting::default();
        for _ in 0..3 {
            waiting.add(Change { kind: "changed", path: "a".into() });
        }
        assert_eq!(waiting.changes.len(), 1);
    }
}
