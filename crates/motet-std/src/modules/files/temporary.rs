//! Files and folders that are gone when the program ends.

use crate::access::{self, failure};
use crate::files::with_path;
use motet_vm::builtins::arguments::{WithOptions, text};
use motet_vm::builtins::{Entry, Place};
use motet_vm::native::{Arguments, Outcome};
use motet_vm::operation::OperationError;
use motet_vm::{Context, Result};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// What is removed at the end of the process.
static LEFT: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn left() -> std::sync::MutexGuard<'static, Vec<PathBuf>> {
    LEFT.lock().unwrap_or_else(PoisonError::into_inner)
}

fn remove(place: &Path) -> std::io::Result<()> {
    match place.symlink_metadata() {
        Ok(about) if about.is_dir() => std::fs::remove_dir_all(place),
        Ok(_) => std::fs::remove_file(place),
        // The program has removed it.
        Err(_) => Ok(()),
    }
}

/// Removes what programs of this process made for a while.
pub(crate) fn remove_temporaries() {
    for place in std::mem::take(&mut *left()) {
        // The process ends: what the system keeps it from removing stays.
        let _ = remove(&place);
    }
}

fn make(context: &mut Context<'_>, arguments: Arguments<'_>, name: &'static str, is_folder: bool) -> Result<Outcome> {
    let options = WithOptions::of(name, arguments, 0, &["prefix", "suffix", "dir"])?;
    let given =
        |option: &str| options.option(option).map(|value| Ok(text(name, &value)?.as_str().to_owned())).transpose();
    let (prefix, suffix) = (given("prefix")?.unwrap_or_else(|| "motet-".into()), given("suffix")?.unwrap_or_default());
    let folder = given("dir")?.unwrap_or_else(|| std::env::temp_dir().to_string_lossy().into_owned());
    let gate = access::writing(context, &folder)?;
    let work = move |place: &Path, folder: &str| -> std::result::Result<String, OperationError> {
        let failed = |error: std::io::Error| failure("make a file in", folder, &error);
        if prefix.contains(['/', '\\']) || suffix.contains(['/', '\\']) {
            return Err(failed(std::io::Error::other("a prefix or suffix is a part of a name, not of a path")));
        }
        let mut builder = tempfile::Builder::new();
        builder.prefix(&prefix).suffix(&suffix);
        let made = if is_folder {
            builder.tempdir_in(place).map(tempfile::TempDir::keep).map_err(failed)?
        } else {
            let file = builder.tempfile_in(place).map_err(failed)?;
            file.into_temp_path().keep().map_err(|failure| failed(failure.error))?
        };
        left().push(made.clone());
        Ok(made.to_string_lossy().into_owned())
    };
    with_path(context, name, gate, folder, work, |context, path| Ok(context.heap().string(&path)))
}

fn temp_dir(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    make(context, arguments, "files.temp_dir", true)
}

fn temp_file(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    make(context, arguments, "files.temp_file", false)
}

/// `remove_temporary(path)`: what `temp_dir` made, before the end.
fn remove_temporary(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let path = text("files.with_temp_dir", arguments.at(0))?.as_str().to_owned();
    let gate = access::writing(context, &path)?;
    let work = |place: &Path, path: &str| {
        left().retain(|left| left != place);
        remove(place).map_err(|error| failure("remove", path, &error))
    };
    with_path(context, "files.with_temp_dir", gate, path, work, crate::files::null)
}

pub(super) const TEMP_DIR: Entry = Entry::function(
    "temp_dir(prefix: \"motet-\", suffix: \"\", dir: null)",
    temp_dir,
    "The path of a new, empty folder, which is removed with all that is in it when the program ends.",
);
pub(super) const TEMP_FILE: Entry = Entry::function(
    "temp_file(prefix: \"motet-\", suffix: \"\", dir: null)",
    temp_file,
    "The path of a new, empty file, which is removed when the program ends.",
);
pub(super) const REMOVE_TEMPORARY: Entry =
    Entry::function("remove_temporary(path)", remove_temporary, "Removes what `temp_dir` made.").at(Place::Hidden);
