//! The module `path`: paths of files as texts. Nothing here looks at what lies on the disk.

use crate::access;
use motet_vm::builtins::arguments::{bad_value, text};
use motet_vm::builtins::{Entry, NativeModule};
use motet_vm::memory::Value;
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Result};
use std::path::{Component, Path, PathBuf};

fn path<'a>(function: &str, arguments: &Arguments<'a>, index: usize) -> Result<&'a Path> {
    text(function, arguments.at(index)).map(|text| Path::new(text.as_str()))
}

/// The text of a path that was made of texts.
fn shown(context: &Context<'_>, path: &Path) -> Outcome {
    context.heap().string(&path.to_string_lossy()).into()
}

fn join(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let mut joined = PathBuf::new();
    for part in arguments.positional() {
        joined.push(text("path.join", part)?.as_str());
    }
    Ok(shown(context, &joined))
}

fn parent(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    Ok(match path("path.parent", &arguments, 0)?.parent() {
        Some(parent) => shown(context, parent),
        None => Value::NULL.into(),
    })
}

/// A part of the last name of a path, which there may not be.
fn part_of_name(
    function: &str,
    context: &Context<'_>,
    arguments: &Arguments<'_>,
    part: fn(&Path) -> Option<&std::ffi::OsStr>,
) -> Result<Outcome> {
    let part = part(path(function, arguments, 0)?).unwrap_or_default();
    Ok(shown(context, Path::new(part)))
}

fn name(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    part_of_name("path.name", context, &arguments, Path::file_name)
}

fn stem(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    part_of_name("path.stem", context, &arguments, Path::file_stem)
}

fn extension(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    part_of_name("path.extension", context, &arguments, Path::extension)
}

fn is_absolute(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    Ok(Value::bool(path("path.is_absolute", &arguments, 0)?.is_absolute()).into())
}

fn parts(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let parts = path("path.parts", &arguments, 0)?.components();
    let parts = parts.filter(|part| *part != Component::CurDir);
    let heap = context.heap();
    let parts = parts.map(|part| heap.string(&part.as_os_str().to_string_lossy())).collect();
    Ok(heap.list(parts).into())
}

/// The same path without `.`, `name/..` and doubled slashes.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match (part, normal.components().next_back()) {
            (Component::CurDir, _) => {}
            (Component::ParentDir, Some(Component::Normal(_))) => {
                normal.pop();
            }
            // Above the root is the root.
            (Component::ParentDir, Some(Component::RootDir | Component::Prefix(_))) => {}
            (part, _) => normal.push(part),
        }
    }
    normal
}

fn normalize(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let normal = normal(path("path.normalize", &arguments, 0)?);
    let is_here = normal.as_os_str().is_empty();
    Ok(shown(context, if is_here { Path::new(".") } else { &normal }))
}

fn dirname(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let parent = path("path.dirname", &arguments, 0)?.parent();
    let is_here = |parent: &&Path| !parent.as_os_str().is_empty();
    Ok(shown(context, parent.filter(is_here).unwrap_or(Path::new("."))))
}

fn absolute(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let given = path("path.absolute", &arguments, 0)?;
    if !given.is_absolute() {
        access::reading(context, ".")?;
    }
    let whole = std::path::absolute(given);
    let whole = whole.map_err(|error| bad_value(format!("path.absolute: {}", access::system_message(&error))))?;
    Ok(shown(context, &normal(&whole)))
}

/// `~` at the beginning is the folder of the user, `$NAME` and `${NAME}` are variables of the environment.
fn expand(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "path.expand";
    let given = text(NAME, arguments.at(0))?.as_str();
    let mut whole = String::new();
    let mut rest = given;
    if rest == "~" || rest.starts_with("~/") {
        whole.push_str(&variable(context, NAME, "HOME")?);
        rest = &rest[1..];
    }
    while let Some(at) = rest.find('$') {
        whole.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let (name, after) = match rest.strip_prefix('{') {
            Some(inner) => inner
                .split_once('}')
                .ok_or_else(|| bad_value(format!("{NAME}: nothing closes the braces in {given}")))?,
            None => rest.split_at(rest.find(|c| !is_name(c)).unwrap_or(rest.len())),
        };
        if name.is_empty() {
            whole.push('$');
        } else {
            whole.push_str(&variable(context, NAME, name)?);
        }
        rest = after;
    }
    whole.push_str(rest);
    Ok(shown(context, Path::new(&whole)))
}

fn variable(context: &Context<'_>, function: &str, name: &str) -> Result<String> {
    let value = crate::environment::variable(context, name)?;
    value.ok_or_else(|| bad_value(format!("{function}: the environment has no {name}")))
}

pub(crate) static MODULE: NativeModule = NativeModule {
    name: "path",
    documentation: "Paths of files as texts. These functions look at the text of a path, never at the disk: that is what `files` is for.",
    entries: &[
        Entry::function("join(...parts)", join, "The parts as one path. An absolute part replaces those before it."),
        Entry::function(
            "parent(path)",
            parent,
            "The folder that holds it: the path without its last name; null if it has none.",
        ),
        Entry::function("name(path)", name, "Its last name; an empty string if it has none."),
        Entry::function("basename(path)", name, "The same as `name`."),
        Entry::function(
            "dirname(path)",
            dirname,
            "The folder that holds it: the path without its last name; `\".\"` if it has none.",
        ),
        Entry::function("stem(path)", stem, "Its last name without the extension."),
        Entry::function(
            "extension(path)",
            extension,
            "What follows the last point of its last name; an empty string if nothing does.",
        ),
        Entry::function("is_absolute(path)", is_absolute, "Whether a path begins at the root."),
        Entry::function("parts(path)", parts, "A list of its names; the first is the root if the path is absolute."),
        Entry::function("normalize(path)", normalize, "The same path without `.`, `name/..` and doubled slashes."),
        Entry::function(
            "absolute(path)",
            absolute,
            "The path from the root, normalized; a relative one begins at the folder that the program runs in.",
        ),
        Entry::function(
            "expand(path)",
            expand,
            "The path with the folder of the user for `~` at its beginning, and variables of the environment for `$NAME` and `${NAME}`.",
        ),
    ],
    source: Some(include_str!("path.soc")),
};
