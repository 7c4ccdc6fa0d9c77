//! Whole files and folders, by their paths.

use crate::access::{self, Gate, decode, failure};
use crate::runtime::block;
use crate::whole::read_all;
use motet_vm::builtins::Entry;
use motet_vm::builtins::arguments::{WithOptions, text, wrong};
use motet_vm::memory::{Symbol, Value};
use motet_vm::native::{Arguments, Outcome};
use motet_vm::operation::OperationError;
use motet_vm::{Context, Result};
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind as System, Write};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// The path that is an argument.
pub(crate) fn path(function: &str, arguments: &Arguments<'_>, index: usize) -> Result<String> {
    Ok(text(function, arguments.at(index))?.as_str().to_owned())
}

/// Does something elsewhere to the file behind a path: `work` gets where it is, and what the program calls it.
pub(crate) fn with_path<T: Send + 'static>(
    context: &mut Context<'_>,
    name: &'static str,
    gate: Gate,
    path: String,
    work: impl FnOnce(&Path, &str) -> std::result::Result<T, OperationError> + Send + 'static,
    value: fn(&mut Context<'_>, T) -> Result<Value>,
) -> Result<Outcome> {
    context.wait_for(name, |operation| block(operation, move || work(&gate.pass(&path)?, &path)), value)
}

/// The same for what is itself moved or removed, be it a link.
pub(crate) fn with_entry<T: Send + 'static>(
    context: &mut Context<'_>,
    name: &'static str,
    gate: Gate,
    path: String,
    work: impl FnOnce(&Path, &str) -> std::result::Result<T, OperationError> + Send + 'static,
    value: fn(&mut Context<'_>, T) -> Result<Value>,
) -> Result<Outcome> {
    context.wait_for(name, |operation| block(operation, move || work(&gate.pass_entry(&path)?, &path)), value)
}

pub(crate) fn null(_: &mut Context<'_>, (): ()) -> Result<Value> {
    Ok(Value::NULL)
}

pub(crate) fn read_file(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let path = path("read_file", &arguments, 0)?;
    let gate = access::reading(context, &path)?;
    let read = |place: &Path, path: &str| decode(read_all(place, path)?, path);
    with_path(context, "read_file", gate, path, read, |context, text| Ok(context.heap().string(&text)))
}

pub(crate) fn read_bytes(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let path = path("read_bytes", &arguments, 0)?;
    let gate = access::reading(context, &path)?;
    with_path(context, "read_bytes", gate, path, read_all, |context, bytes| Ok(context.heap().bytes(bytes)))
}

/// What is to be written: text or bytes.
pub fn content(function: &str, value: &Value) -> Result<Vec<u8>> {
    match (value.as_str(), value.as_bytes()) {
        (Some(text), _) => Ok(text.as_bytes().to_vec()),
        (None, Some(bytes)) => Ok(bytes.to_vec()),
        (None, None) => Err(wrong(function, "a string or bytes to write", value)),
    }
}

pub(crate) fn write_file(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let path = path("write_file", &arguments, 0)?;
    let gate = access::writing(context, &path)?;
    let content = content("write_file", arguments.at(1))?;
    let write =
        move |place: &Path, path: &str| fs::write(place, content).map_err(|error| failure("write", path, &error));
    with_path(context, "write_file", gate, path, write, null)
}

pub(crate) fn append_file(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let path = path("append_file", &arguments, 0)?;
    let gate = access::writing(context, &path)?;
    let content = content("append_file", arguments.at(1))?;
    let append = move |place: &Path, path: &str| {
        let file = OpenOptions::new().append(true).create(true).open(place);
        file.and_then(|mut file| file.write_all(&content)).map_err(|error| failure("write", path, &error))
    };
    with_path(context, "append_file", gate, path, append, null)
}

pub(crate) fn list_dir(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let path = if arguments.is_empty() { ".".to_owned() } else { path("list_dir", &arguments, 0)? };
    let gate = access::reading(context, &path)?;
    let list = |place: &Path, path: &str| {
        let names = fs::read_dir(place).and_then(|entries| {
            let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
            names.collect::<io::Result<Vec<String>>>()
        });
        let mut names = names.map_err(|error| failure("list", path, &error))?;
        names.sort();
        Ok(names)
    };
    with_path(context, "list_dir", gate, path, list, |context, names| {
        let names = names.iter().map(|name| context.heap().string(name)).collect();
        Ok(context.heap().list(names))
    })
}

/// What the system knows of a file.
struct FileInfo {
    kind: &'static str,
    size: u64,
    /// Milliseconds since 1970, like `now()`.
    modified: Option<f64>,
}

fn about(place: &Path, path: &str) -> std::result::Result<Option<FileInfo>, OperationError> {
    match fs::metadata(place) {
        Ok(data) => {
            let kind = match data.file_type() {
                kind if kind.is_dir() => "folder",
                kind if kind.is_file() => "file",
                _ => "other",
            };
            let since = data.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
            Ok(Some(FileInfo { kind, size: data.len(), modified: since.map(|since| since.as_secs_f64() * 1000.0) }))
        }
        Err(error) if matches!(error.kind(), System::NotFound | System::NotADirectory) => Ok(None),
        Err(error) => Err(failure("look at", path, &error)),
    }
}

pub(crate) fn file_info(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let path = path("file_info", &arguments, 0)?;
    let gate = access::reading(context, &path)?;
    with_path(context, "file_info", gate, path, about, |context, about| {
        let Some(about) = about else { return Ok(Value::NULL) };
        let modified = about.modified.map_or(Value::NULL, Value::float);
        let fields = [
            ("kind", context.heap().string(about.kind)),
            ("size", Value::int(about.size as i64)),
            ("modified", modified),
        ];
        Ok(record(context, fields))
    })
}

/// A record of these fields.
pub fn record<const N: usize>(context: &Context<'_>, fields: [(&str, Value); N]) -> Value {
    let record = context.heap().record(N);
    let body = record.as_record().expect("just made");
    for (name, value) in fields {
        body.set(Symbol::intern(name), value, context.heap()).expect("a new record is not frozen");
    }
    record
}

fn file_exists(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let path = path("file_exists", &arguments, 0)?;
    let gate = access::reading(context, &path)?;
    with_path(context, "file_exists", gate, path, about, |_, about| Ok(Value::bool(about.is_some())))
}

fn make_dir(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let path = path("make_dir", &arguments, 0)?;
    let gate = access::writing(context, &path)?;
    // Without `.` at its end, which is a folder that can only be made with the one before it.
    let make = |place: &Path, path: &str| {
        fs::create_dir_all(place.components().collect::<PathBuf>())
            .map_err(|error| failure("make the folder", path, &error))
    };
    with_path(context, "make_dir", gate, path, make, null)
}

fn remove_file(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let path = path("remove_file", &arguments, 0)?;
    let gate = access::writing(context, &path)?;
    let remove = |place: &Path, path: &str| fs::remove_file(place).map_err(|error| failure("remove", path, &error));
    with_entry(context, "remove_file", gate, path, remove, null)
}

fn remove_dir(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let path = path("remove_dir", &arguments, 0)?;
    let gate = access::writing(context, &path)?;
    let all = WithOptions::of("remove_dir", arguments, 1, &["all"])?.flag("all");
    let remove = move |place: &Path, path: &str| {
        let removed = if all { fs::remove_dir_all(place) } else { fs::remove_dir(place) };
        removed.map_err(|error| {
            let failed = failure("remove the folder", path, &error);
            let is_full = error.kind() == System::DirectoryNotEmpty;
            if is_full { failed.with_hint("with `all: true`, what is in it goes too") } else { failed }
        })
    };
    with_entry(context, "remove_dir", gate, path, remove, null)
}

fn rename_file(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let from = path("rename_file", &arguments, 0)?;
    let to = path("rename_file", &arguments, 1)?;
    let gate = access::writing(context, &from)?;
    let target = access::writing(context, &to)?;
    let rename = move |place: &Path, from: &str| {
        let renamed = fs::rename(place, target.pass_entry(&to)?);
        renamed.map_err(|error| failure("rename", &format!("{from} to {to}"), &error))
    };
    with_entry(context, "rename_file", gate, from, rename, null)
}

fn copy_file(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let from = path("copy_file", &arguments, 0)?;
    let to = path("copy_file", &arguments, 1)?;
    let gate = access::reading(context, &from)?;
    let target = access::writing(context, &to)?;
    let copy = move |place: &Path, from: &str| {
        let copied = fs::copy(place, target.pass(&to)?).map(|_| ());
        copied.map_err(|error| failure("copy", &format!("{from} to {to}"), &error))
    };
    with_path(context, "copy_file", gate, from, copy, null)
}

pub(crate) static NATIVES: &[Entry] = &[
    Entry::function("read_file(path)", read_file, "The text of a file. What is no UTF-8 is an `IoError`."),
    Entry::function("read_bytes(path)", read_bytes, "The bytes of a file."),
    Entry::function(
        "write_file(path, content)",
        write_file,
        "Writes text or bytes to a file, which then holds nothing else.",
    ),
    Entry::function("append_file(path, content)", append_file, "Writes text or bytes to the end of a file."),
    Entry::function("list_dir(path = \".\")", list_dir, "The names of what is in a folder, sorted."),
    Entry::function(
        "file_info(path)",
        file_info,
        "`{kind, size, modified}`: `\"file\"`, `\"folder\"` or `\"other\"`, bytes, milliseconds since 1970; null if nothing is there.",
    ),
    Entry::function("file_exists(path)", file_exists, "Whether there is a file or folder."),
    Entry::function("make_dir(path)", make_dir, "Makes a folder, and those around it that are missing."),
    Entry::function("remove_file(path)", remove_file, "Removes a file."),
    Entry::function(
        "remove_dir(path, all: false)",
        remove_dir,
        "Removes an empty folder; with `all: true`, one with all that is in it.",
    ),
    Entry::function("rename_file(from, to)", rename_file, "Gives a file or folder another path."),
    Entry::function("copy_file(from, to)", copy_file, "Copies a file."),
];
