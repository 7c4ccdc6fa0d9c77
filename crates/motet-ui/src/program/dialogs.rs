//! Dialogs and toasts: natives that show something above a window. A dialog suspends the task that asks, and only that one.

use super::arguments::text_of;
use super::build::Builder;
use crate::link::{Display, WindowLink};
use crate::notices::{Answer, Level, PathQuestion, Question, Wants};
use motet_vm::builtins::Entry;
use motet_vm::builtins::arguments::{WithOptions, bad_value, wrong};
use motet_vm::memory::Value;
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Error, ErrorKind, Result};
use std::path::PathBuf;
use std::sync::Arc;

/// How long a toast is shown that says nothing else, in seconds.
const TOAST: f64 = 5.0;
/// Buttons of one dialog, at most.
const MOST_BUTTONS: usize = 8;

/// The window whose callback is running, or else the newest one.
fn window(context: &Context<'_>, function: &str) -> Result<Arc<WindowLink>> {
    if let Some(building) = context.building() {
        if let Some(link) = building.interface.get::<WindowLink>() {
            return Ok(link);
        }
        if building.interface.get::<Builder>().is_some() {
            let message = format!("{function} cannot be called while a window is being built");
            return Err(Error::new(ErrorKind::ValueError, message)
                .with_hint("call it in a callback, such as the function of a button, or in a task"));
        }
    }
    let display = context.display().and_then(|display| display.get::<Display>());
    let newest = display.and_then(|display| display.newest());
    newest.ok_or_else(|| {
        Error::new(ErrorKind::ValueError, format!("{function} shows something in a window, and none is open"))
            .with_hint("open one first: let window = async gui_run(app)")
    })
}

/// Asks, and suspends the task until there is an answer.
fn ask(context: &mut Context<'_>, function: &'static str, title: &str, question: Question) -> Result<Outcome> {
    let link = window(context, function)?;
    let title = title.to_owned();
    let start = move |operation: motet_vm::operation::Operation<Answer>| {
        link.ask(&title, question, operation);
        Ok(())
    };
    context.wait_for(function, start, |context, answer| {
        Ok(answer.map_or(Value::NULL, |answer| context.heap().string(&answer)))
    })
}

fn text_option(options: &WithOptions<'_>, name: &str, context: &Context<'_>) -> Box<str> {
    options.option(name).map_or("".into(), |value| text_of(&value, context.gene()).into())
}

fn text_at(options: &WithOptions<'_>, index: usize, context: &Context<'_>) -> String {
    options.at(index).filter(|value| !value.is_null()).map_or(String::new(), |value| text_of(value, context.gene()))
}

/// An option that is a list of texts.
fn texts(function: &str, options: &WithOptions<'_>, name: &str) -> Result<Option<Vec<Box<str>>>> {
    let Some(value) = options.option(name) else { return Ok(None) };
    let list = value.as_list().map(|list| list.items().iter().map(|item| item.as_str().map(Box::from)).collect());
    match list {
        Some(Some(texts)) => Ok(Some(texts)),
        _ => Err(wrong(function, &format!("a list of strings as {name}"), &value)),
    }
}

fn ui_message(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "ui_message";
    let options = WithOptions::of(NAME, arguments, 1, &["buttons"])?;
    let (title, text) = (text_at(&options, 0, context), text_at(&options, 1, context).into());
    let buttons = texts(NAME, &options, "buttons")?.unwrap_or_else(|| vec!["OK".into()]);
    if buttons.is_empty() || buttons.len() > MOST_BUTTONS {
        return Err(bad_value(format!("ui_message has 1 to {MOST_BUTTONS} buttons, not {}", buttons.len())));
    }
    ask(context, NAME, &title, Question::Choice { text, buttons })
}

fn ui_ask(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "ui_ask";
    let options = WithOptions::of(NAME, arguments, 1, &["value", "hint"])?;
    let (title, text) = (text_at(&options, 0, context), text_at(&options, 1, context).into());
    let (initial, hint) = (text_option(&options, "value", context), text_option(&options, "hint", context));
    ask(context, NAME, &title, Question::Text { text, initial, hint })
}

/// A dialog for files or folders.
fn ask_path(context: &mut Context<'_>, arguments: Arguments<'_>, name: &'static str, wants: Wants) -> Result<Outcome> {
    if !context.permissions().read_files {
        return Err(Error::new(ErrorKind::PermissionError, "this program may not read files"));
    }
    let options = WithOptions::of(name, arguments, 0, &["title", "folder", "name", "endings"])?;
    let title = match &*text_option(&options, "title", context) {
        "" => match wants {
            Wants::File => "Open a file",
            Wants::NewFile => "Save as",
            Wants::Folder => "Choose a folder",
        },
        title => title,
    }
    .to_owned();
    let folder = text_option(&options, "folder", context);
    let folder = PathBuf::from(if folder.is_empty() { "." } else { &folder });
    let endings = texts(name, &options, "endings")?.unwrap_or_default();
    let question = PathQuestion { wants, folder, name: text_option(&options, "name", context), endings };
    ask(context, name, &title, Question::Path(question))
}

fn ui_open_file(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    ask_path(context, arguments, "ui_open_file", Wants::File)
}

fn ui_save_file(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    ask_path(context, arguments, "ui_save_file", Wants::NewFile)
}

fn ui_open_folder(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    ask_path(context, arguments, "ui_open_folder", Wants::Folder)
}

fn ui_toast(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "ui_toast";
    let options = WithOptions::of(NAME, arguments, 1, &["level", "seconds"])?;
    let text = text_at(&options, 0, context);
    let level = match options.option("level") {
        None => Level::Plain,
        Some(value) => {
            let known = value.as_str().and_then(|name| Level::NAMES.iter().find(|(known, _)| *known == name));
            known
                .map(|(_, level)| *level)
                .ok_or_else(|| wrong(NAME, "\"info\", \"success\", \"warning\" or \"error\" as level", &value))?
        }
    };
    let time = match options.option("seconds") {
        None => (level != Level::Error).then_some(TOAST),
        Some(value) => {
            let time = value.as_number().filter(|time| time.is_finite() && *time > 0.0);
            Some(time.ok_or_else(|| wrong(NAME, "a number above 0 as seconds", &value))?)
        }
    };
    let link = window(context, NAME)?;
    link.notices.toast(&text, level, time);
    link.shows_more();
    Ok(Value::NULL.into())
}

pub(super) static NATIVES: &[Entry] = &[
    Entry::function(
        "ui_message(title, text = \"\", buttons: [\"OK\"])",
        ui_message,
        "Shows a message in the window whose callback calls it, and waits until a button is clicked; gives the button's \
         text, or null. Only the calling task waits.",
    ),
    Entry::function(
        "ui_ask(title, text = \"\", value: \"\", hint: \"\")",
        ui_ask,
        "Asks for a line of text in a window, and waits for it; null if the user cancels.",
    ),
    Entry::function(
        "ui_open_file(title: \"Open a file\", folder: \".\", name: \"\", endings: [])",
        ui_open_file,
        "Asks for a file in a window, and waits; gives its path, or null. `endings: [\"csv\"]` shows only such files.",
    ),
    Entry::function(
        "ui_save_file(title: \"Save as\", folder: \".\", name: \"\", endings: [])",
        ui_save_file,
        "Asks where to save, and waits; gives the path of a file that may not be there yet, or null.",
    ),
    Entry::function(
        "ui_open_folder(title: \"Choose a folder\", folder: \".\", name: \"\", endings: [])",
        ui_open_folder,
        "Asks for a folder in a window, and waits; gives its path, or null.",
    ),
    Entry::function(
        "ui_toast(text, level: \"info\", seconds: 5)",
        ui_toast,
        "Shows a short message at the edge of a window, and does not wait. The levels are info, success, warning and error; \
         an error stays until it is clicked.",
    ),
];
