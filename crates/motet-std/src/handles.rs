//! Files that stay open. A handle belongs to the isolate that opened it and is not sent (T-18); the file itself is closed
//! when `close` is called or nothing refers to the handle any more.
//!
//! Each operation runs elsewhere and takes the file's lock there, so that the tasks of an isolate may use one handle: their
//! operations come one after the other.

use crate::access::{self, MAX_BYTES, decode, failure, too_large};
use crate::files::{content, path};
use crate::runtime::block;
use motet_vm::builtins::arguments::{bad_value, text};
use motet_vm::builtins::{Entry, Place};
use motet_vm::memory::{ForeignKind, ForeignObject, SharedForeign, Value};
use motet_vm::native::{Arguments, Outcome};
use motet_vm::operation::OperationError;
use motet_vm::{Context, ErrorKind, Result};
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Write};
use std::sync::{Arc, Mutex, PoisonError};

pub(crate) static FILE: ForeignKind = ForeignKind::new("File");

/// A handle as programs hold it.
struct FileHandle {
    path: Arc<str>,
    file: SharedFile,
}

/// None once it is closed.
type SharedFile = Arc<Mutex<Option<BufReader<File>>>>;

impl ForeignObject for FileHandle {
    fn kind(&self) -> &'static ForeignKind {
        &FILE
    }

    fn send(&self) -> std::result::Result<Arc<dyn SharedForeign>, &'static str> {
        Err("it belongs to the thread that opened it; send its path")
    }

    fn display(&self) -> Option<String> {
        Some(format!("<File {}>", self.path))
    }
}

fn open_file(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let path = path("open_file", &arguments, 0)?;
    let mode = match arguments.get(1) {
        Some(mode) => text("open_file", mode)?.as_str(),
        None => "read",
    };
    let mut options = OpenOptions::new();
    match mode {
        "read" => options.read(true),
        "write" => options.write(true).create(true).truncate(true),
        "append" => options.append(true).create(true),
        other => {
            return Err(bad_value(format!("open_file knows no mode {other:?}"))
                .with_hint("its modes are \"read\", \"write\" and \"append\""));
        }
    };
    let gate = if mode == "read" { access::reading(context, &path)? } else { access::writing(context, &path)? };
    let name: Arc<str> = path.as_str().into();
    let open = move || match options.open(gate.pass(&path)?) {
        Ok(file) => Ok(BufReader::with_capacity(BUFFER, file)),
        Err(error) => Err(failure("open", &path, &error)),
    };
    context.wait_for(
        "open_file",
        |operation| block(operation, open),
        |context, file| {
            let handle = FileHandle { path: name, file: Arc::new(Mutex::new(Some(file))) };
            Ok(context.heap().foreign(Box::new(handle)))
        },
    )
}

/// Bytes that are read in one piece.
const BUFFER: usize = 1 << 16;

fn handle<'a>(arguments: &Arguments<'a>) -> &'a FileHandle {
    let foreign = arguments.at(0).as_foreign().expect("a method of files");
    foreign.downcast::<FileHandle>().expect("a method of files")
}

/// Does something with the open file elsewhere.
fn with_file<T: Send + 'static>(
    context: &mut Context<'_>,
    name: &'static str,
    arguments: &Arguments<'_>,
    work: impl FnOnce(&mut BufReader<File>, &str) -> std::result::Result<T, OperationError> + Send + 'static,
    value: fn(&mut Context<'_>, T) -> Result<Value>,
) -> Result<Outcome> {
    let handle = handle(arguments);
    let (file, path) = (handle.file.clone(), handle.path.clone());
    let work = move || {
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *file {
            Some(file) => work(file, &path),
            None => Err(OperationError::new(ErrorKind::Closed, format!("{path} has been closed"))),
        }
    };
    context.wait_for(name, |operation| block(operation, work), value)
}

/// The next line without its end; none at the end of the file.
fn next_line(reader: &mut BufReader<File>, path: &str) -> std::result::Result<Option<String>, OperationError> {
    let mut bytes = Vec::new();
    let read = reader.take(MAX_BYTES as u64 + 1).read_until(b'\n', &mut bytes);
    if read.map_err(|error| failure("read", path, &error))? == 0 {
        return Ok(None);
    }
    if bytes.len() > MAX_BYTES {
        return Err(too_large(path));
    }
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
        if bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
    }
    decode(bytes, path).map(Some)
}

/// A line as a value; null at the end.
pub(crate) fn line_value(context: &mut Context<'_>, line: Option<String>) -> Result<Value> {
    Ok(line.map_or(Value::NULL, |line| context.heap().string(&line)))
}

fn read_line(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    // What is in the buffer already needs no waiting.
    let handle = handle(&arguments);
    let at_once = match handle.file.try_lock().as_deref_mut() {
        Ok(Some(file)) if file.buffer().contains(&b'\n') => next_line(file, &handle.path).ok(),
        _ => None,
    };
    if let Some(line) = at_once {
        return Ok(line_value(context, line)?.into());
    }
    with_file(context, "read_line", &arguments, next_line, line_value)
}

fn read(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let rest = |file: &mut BufReader<File>, path: &str| {
        let mut bytes = Vec::new();
        let read = file.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes);
        read.map_err(|error| failure("read", path, &error))?;
        if bytes.len() > MAX_BYTES { Err(too_large(path)) } else { decode(bytes, path) }
    };
    with_file(context, "read", &arguments, rest, |context, text| Ok(context.heap().string(&text)))
}

/// The lines that are left.
fn lines(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let rest = |file: &mut BufReader<File>, path: &str| {
        let (mut lines, mut bytes) = (Vec::new(), 0);
        while let Some(line) = next_line(file, path)? {
            bytes += line.len() + size_of::<String>();
            if bytes > MAX_BYTES {
                return Err(too_large(path));
            }
            lines.push(line);
        }
        Ok(lines)
    };
    with_file(context, "read_lines", &arguments, rest, |context, lines| {
        let lines = lines.iter().map(|line| context.heap().string(line)).collect();
        Ok(context.heap().list(lines))
    })
}

fn write(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let content = content("write", arguments.at(1))?;
    let write = move |file: &mut BufReader<File>, path: &str| {
        file.get_mut().write_all(&content).map_err(|error| failure("write", path, &error))
    };
    with_file(context, "write", &arguments, write, |_, ()| Ok(Value::NULL))
}

fn close(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let file = handle(&arguments).file.clone();
    let close = move || {
        drop(file.lock().unwrap_or_else(PoisonError::into_inner).take());
        Ok(())
    };
    context.wait_for("close", |operation| block(operation, close), |_, ()| Ok(Value::NULL))
}

pub(crate) static NATIVES: &[Entry] = &[
    Entry::function(
        "open_file(path, mode = \"read\")",
        open_file,
        "Opens a file, to `\"read\"` it, to `\"write\"` it anew or to `\"append\"` to it.",
    ),
    Entry::function(
        "read_line(file)",
        read_line,
        "The next line of an open file, without its end; null after the last.",
    )
    .at(Place::Method)
    .on_foreign(&FILE),
    Entry::method(&FILE, "read_lines(file)", lines, "A list of the lines that are left of an open file."),
    Entry::method(&FILE, "iterate(file)", lines, "The same: `for (line in file)` walks over the lines that are left."),
    Entry::function("read(file)", read, "The rest of an open file, as text.").at(Place::Method).on_foreign(&FILE),
    Entry::function("write(file, content)", write, "Writes text or bytes to an open file.")
        .at(Place::Method)
        .on_foreign(&FILE),
    Entry::function("close(file)", close, "Closes a file. One that nothing refers to any more is closed by itself.")
        .at(Place::Method)
        .on_foreign(&FILE),
];
