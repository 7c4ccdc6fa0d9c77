//! The module `files`: what lies on the disk, beyond single files (`crate::files`).
//!
//! | module | its one job |
//! |---|---|
//! | `walk` | folders with all that is in them, and patterns of paths |
//! | `watch` | being told of changes |
//! | `temporary` | files and folders that are gone when the program ends |

mod temporary;
mod walk;
mod watch;

pub(crate) use temporary::remove_temporaries;
pub(crate) use watch::WATCH;

use crate::access::{self, failure};
use crate::files::{
    append_file, content, file_info, list_dir, null, path, read_bytes, read_file, with_entry, with_path, write_file,
};
use motet_vm::builtins::arguments::WithOptions;
use motet_vm::builtins::{Entry, NativeModule};
use motet_vm::memory::Value;
use motet_vm::native::{Arguments, Outcome};
use motet_vm::operation::OperationError;
use motet_vm::{Context, Result};
use std::fs::{self, Metadata};
use std::io::{self, ErrorKind as System, Write};
use std::path::Path;

/// Answers a question about the file behind a path; no if there is none.
fn question(
    context: &mut Context<'_>,
    arguments: &Arguments<'_>,
    name: &'static str,
    answer: fn(&Metadata) -> bool,
) -> Result<Outcome> {
    let path = path(name, arguments, 0)?;
    let gate = access::reading(context, &path)?;
    let ask = move |place: &Path, path: &str| match fs::metadata(place) {
        Ok(about) => Ok(answer(&about)),
        Err(error) if matches!(error.kind(), System::NotFound | System::NotADirectory) => Ok(false),
        Err(error) => Err(failure("look at", path, &error)),
    };
    with_path(context, name, gate, path, ask, |_, answer| Ok(Value::bool(answer)))
}

fn exists(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    question(context, &arguments, "files.exists", |_| true)
}

fn is_file(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    question(context, &arguments, "files.is_file", Metadata::is_file)
}

fn is_folder(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    question(context, &arguments, "files.is_folder", Metadata::is_dir)
}

/// Where a path leads, links followed.
fn real_path(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let path = path("files.real_path", &arguments, 0)?;
    let gate = access::reading(context, &path)?;
    let find = |place: &Path, path: &str| {
        let real = place.canonicalize().map_err(|error| failure("look at", path, &error))?;
        Ok(real.to_string_lossy().into_owned())
    };
    with_path(context, "files.real_path", gate, path, find, |context, path| Ok(context.heap().string(&path)))
}

/// Copies a file, or a folder with all that is in it. Links stay links.
fn copy_all(from: &Path, to: &Path) -> io::Result<()> {
    if !from.is_dir() {
        return fs::copy(from, to).map(|_| ());
    }
    if to.starts_with(from) {
        return Err(io::Error::other("a folder cannot be copied into itself"));
    }
    // `walkdir` gives folders before what is in them, and keeps its own list of those that are open.
    for entry in walkdir::WalkDir::new(from).follow_root_links(true) {
        let entry = entry.map_err(io::Error::from)?;
        let below = entry.path().strip_prefix(from).map_err(io::Error::other)?;
        let target = if below.as_os_str().is_empty() { to.to_owned() } else { to.join(below) };
        let kind = entry.file_type();
        if kind.is_dir() || entry.depth() == 0 {
            fs::create_dir_all(&target)?;
        } else if kind.is_symlink() {
            copy_link(entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}

#[cfg(unix)]
fn copy_link(from: &Path, to: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(fs::read_link(from)?, to)
}

#[cfg(not(unix))]
fn copy_link(from: &Path, to: &Path) -> io::Result<()> {
    fs::copy(from, to).map(|_| ())
}

fn copy(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "files.copy";
    let (from, to) = (path(NAME, &arguments, 0)?, path(NAME, &arguments, 1)?);
    let gate = access::reading(context, &from)?;
    let target = access::writing(context, &to)?;
    let copy = move |place: &Path, from: &str| {
        let target = target.pass(&to)?;
        // Both are looked at where they lie, so that a folder is not copied into itself by another name.
        let (place, target) = (place.canonicalize().unwrap_or_else(|_| place.into()), absolute(&target));
        copy_all(&place, &target).map_err(|error| failure("copy", &format!("{from} to {to}"), &error))
    };
    with_path(context, NAME, gate, from, copy, null)
}

/// A path from the root, with the links of the folders that exist followed.
fn absolute(path: &Path) -> std::path::PathBuf {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.into());
    match (whole.parent().map(Path::canonicalize), whole.file_name()) {
        (Some(Ok(folder)), Some(name)) => folder.join(name),
        _ => whole,
    }
}

fn move_to(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "files.move";
    let (from, to) = (path(NAME, &arguments, 0)?, path(NAME, &arguments, 1)?);
    let gate = access::writing(context, &from)?;
    let target = access::writing(context, &to)?;
    let work = move |place: &Path, from: &str| {
        let target = target.pass_entry(&to)?;
        let moved = match fs::rename(place, &target) {
            // Another disk: what is copied whole is removed here.
            Err(error) if error.kind() == System::CrossesDevices => {
                copy_all(place, &target).and_then(|()| remove_all(place))
            }
            moved => moved,
        };
        moved.map_err(|error| failure("move", &format!("{from} to {to}"), &error))
    };
    with_entry(context, NAME, gate, from, work, null)
}

fn remove_all(place: &Path) -> io::Result<()> {
    if place.symlink_metadata()?.is_dir() { fs::remove_dir_all(place) } else { fs::remove_file(place) }
}

fn remove(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "files.remove";
    let all = WithOptions::of(NAME, arguments, 1, &["all"])?.flag("all");
    let path = path(NAME, &arguments, 0)?;
    let gate = access::writing(context, &path)?;
    let work = move |place: &Path, path: &str| {
        let is_folder = place.symlink_metadata().map(|about| about.is_dir());
        let removed = match is_folder {
            Ok(true) if !all => fs::remove_dir(place),
            Ok(_) => remove_all(place),
            Err(error) => Err(error),
        };
        removed.map_err(|error| {
            let failed = failure("remove", path, &error);
            let is_full = error.kind() == System::DirectoryNotEmpty;
            if is_full { failed.with_hint("with `all: true`, what is in it goes too") } else { failed }
        })
    };
    with_entry(context, NAME, gate, path, work, null)
}

/// Writes a file beside the one that is to be replaced, and puts it in its place when all of it is on the disk.
fn replace(place: &Path, content: &[u8]) -> io::Result<()> {
    let place = place.canonicalize().unwrap_or_else(|_| place.into());
    let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut draft = tempfile::Builder::new().prefix(".motet-").tempfile_in(folder)?;
    draft.write_all(content)?;
    if let Ok(about) = fs::metadata(&place) {
        draft.as_file().set_permissions(about.permissions())?;
    } else {
        make_readable(draft.as_file())?;
    }
    draft.as_file().sync_all()?;
    draft.persist(&place).map_err(|failed| failed.error)?;
    Ok(())
}

/// A draft is made for its owner alone; a new file is as others are.
#[cfg(unix)]
pub(crate) fn make_readable(file: &fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
pub(crate) fn make_readable(_: &fs::File) -> io::Result<()> {
    Ok(())
}

fn write_atomic(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "files.write_atomic";
    let path = path(NAME, &arguments, 0)?;
    let gate = access::writing(context, &path)?;
    let content = content(NAME, arguments.at(1))?;
    let write = move |place: &Path, path: &str| -> std::result::Result<(), OperationError> {
        replace(place, &content).map_err(|error| failure("write", path, &error))
    };
    with_path(context, NAME, gate, path, write, null)
}

static ENTRIES: &[Entry] = &[
    Entry::function("exists(path)", exists, "True if there is a file or folder."),
    Entry::function("is_file(path)", is_file, "True if there is a file."),
    Entry::function("is_folder(path)", is_folder, "True if there is a folder."),
    Entry::function("is_dir(path)", is_folder, "The same as `is_folder`."),
    Entry::function("real_path(path)", real_path, "Where a path leads from the root, links followed."),
    Entry::function("copy(from, to)", copy, "Copies a file, or a folder with all that is in it. Links stay links."),
    Entry::function("move(from, to)", move_to, "Gives a file or folder another path, on another disk too."),
    Entry::function(
        "remove(path, all: false)",
        remove,
        "Removes a file, a link or an empty folder; with `all: true`, a folder with all that is in it.",
    ),
    Entry::function(
        "write_atomic(path, content)",
        write_atomic,
        "Writes text or bytes to a file so that others see either what it held before or all of the new content, even if the machine fails meanwhile.",
    ),
    Entry::function("read(path)", read_file, "The same as `read_file`: the text of a file."),
    Entry::function("read_bytes(path)", read_bytes, "The bytes of a file."),
    Entry::function(
        "write(path, content)",
        write_file,
        "The same as `write_file`: a file then holds this and nothing else.",
    ),
    Entry::function(
        "append(path, content)",
        append_file,
        "The same as `append_file`: this comes at the end of a file.",
    ),
    Entry::function(
        "list(path = \".\")",
        list_dir,
        "The same as `list_dir`: the names of what is in a folder, sorted.",
    ),
    Entry::function("stat(path)", file_info, "The same as `file_info`: what a file is, its size and its times."),
    temporary::TEMP_DIR,
    temporary::TEMP_FILE,
    temporary::REMOVE_TEMPORARY,
    walk::BEGIN,
    walk::ENTRIES,
    watch::BEGIN,
    watch::NEXT,
    watch::ITERATE,
    watch::CLOSE,
];

pub(crate) static MODULE: NativeModule = NativeModule {
    name: "files",
    documentation: "What lies on the disk: looking for files, copying and moving folders, files for a while, changes. Reading and writing single files needs no module: `read_file`, `write_file`, `open_file`, `list_dir`, `file_info`, `make_dir`.",
    entries: ENTRIES,
    source: Some(include_str!("files.soc")),
};
