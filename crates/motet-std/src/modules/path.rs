//! The module `path`: paths of files as texts. Nothing here looks at what lies on the disk.

use motet_vm::builtins::arguments::text;
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

fn normalize(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let mut normal = PathBuf::new();
    for part in path("path.normalize", &arguments, 0)?.components() {
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
    let is_here = normal.as_os_str().is_empty();
    Ok(shown(context, if is_here { Path::new(".") } else { &normal }))
}

pub(crate) static MODULE: NativeModule = NativeModule {
    name: "path",
    documentation: "Paths of files as texts. These functions look at the text of a path, never at the disk.",
    entries: &[
        Entry::function("join(...parts)", join, "The parts as one path. An absolute part replaces those before it."),
        Entry::function(
            "parent(path)",
            parent,
            "The folder that holds it: the path without its last name; null if it has none.",
        ),
        Entry::function("name(path)", name, "Its last name; an empty string if it has none."),
        Entry::function("stem(path)", stem, "Its last name without the extension."),
        Entry::function(
            "extension(path)",
            extension,
            "What follows the last point of its last name; an empty string if nothing does.",
        ),
        Entry::function("is_absolute(path)", is_absolute, "Whether a path begins at the root."),
        Entry::function("parts(path)", parts, "A list of its names; the first is the root if the path is absolute."),
        Entry::function("normalize(path)", normalize, "The same path without `.`, `name/..` and doubled slashes."),
    ],
    source: Some(include_str!("path.soc")),
};
