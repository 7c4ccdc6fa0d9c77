//! `motet doc`: the reference of the builtins, and of a program's own files.

mod html;
mod items;

use super::project::{ProjectArguments, here};
use super::sources::programs;
use super::{MISUSE, builtins};
use crate::DocArguments;
use items::{Item, Meant, Module};
use motet::loader::LoadError;
use motet::packages::Missing;
use motet::report;
use motet_syntax::Notation;
use motet_vm::builtins::{Documentation, first_sentence};
use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

pub fn doc(arguments: &DocArguments) -> ExitCode {
    let text = match &arguments.html {
        Some(folder) => write_pages(folder, &arguments.names),
        None => shown(&arguments.names),
    };
    match text {
        Ok(text) => {
            // Who reads may stop early.
            let _ = io::stdout().write_all(text.as_bytes());
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::from(MISUSE)
        }
    }
}

/// What the terminal shows of these names and files.
fn shown(names: &[String]) -> Result<String, String> {
    let Some((first, rest)) = names.split_first() else { return Ok(overview()) };
    if !is_program(first) {
        let texts: Result<Vec<String>, String> = names.iter().map(|name| of_builtin(name)).collect();
        let Some(file) = texts.as_ref().err().and_then(|_| file_of_package(first)) else {
            return texts.map(|texts| texts.join("\n"));
        };
        return of_file(&file?, rest);
    }
    of_file(Path::new(first), rest)
}

/// The module that the name of a dependency means in the project that this folder belongs to.
fn file_of_package(name: &str) -> Option<Result<PathBuf, String>> {
    let packages = ProjectArguments::default().projects().of_folder(Path::new("."));
    let failed =
        |failure: &LoadError| report::failure(failure, false).trim_start_matches("error: ").trim_end().to_owned();
    match packages.find(Path::new("."), name) {
        Ok(package) => Some(Ok(package.entry)),
        Err(Missing::Broken(failure)) => Some(Err(failed(&failure))),
        Err(Missing::Unknown { .. }) => None,
    }
}

fn of_file(file: &Path, rest: &[String]) -> Result<String, String> {
    if rest.is_empty() {
        return Ok(of_module(&read(file, Meant::Exported)?));
    }
    let module = read(file, Meant::All)?;
    let texts: Result<Vec<String>, String> = rest.iter().map(|name| of_item(&module, name)).collect();
    texts.map(|texts| texts.join("\n"))
}

fn is_program(name: &str) -> bool {
    Notation::of_file(name).is_some()
}

/// The documentation of a file.
fn read(path: &Path, meant: Meant) -> Result<Module, String> {
    let name = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|error| format!("cannot read {name}: {error}"))?;
    let text = motet_syntax::decode(bytes).map_err(|error| format!("cannot read {name}: {}", error.message))?;
    let notation = Notation::of_file(&name).unwrap_or(Notation::Soc);
    Ok(items::module(&name, &text, notation, meant))
}

fn overview() -> String {
    let builtins = builtins();
    let mut text = String::from(
        "motet doc NAME          what a builtin, a type or a module is: motet doc map, motet doc math, motet doc math.sqrt\n\
         motet doc FILE [NAME]   what a program's file defines, with the comments above the definitions\n\
         motet doc --html FOLDER [FILES]   the same as pages for a browser\n\nModules:\n",
    );
    for namespace in builtins.namespaces() {
        let count = builtins.documentation().filter(|entry| entry.namespace == Some(namespace)).count();
        let about = match builtins.module(namespace) {
            Some(module) => first_sentence(module.documentation).to_owned(),
            None => format!("{count} functions and constants"),
        };
        let _ = writeln!(text, "{}", format!("  {namespace:<10} {about}").trim_end());
    }
    text
}

/// A text moved in.
fn indented(text: &str) -> String {
    text.lines().map(|line| if line.is_empty() { "\n".into() } else { format!("  {line}\n") }).collect()
}

/// How a program names a builtin.
fn full_name(entry: &Documentation) -> String {
    entry.namespace.map_or(entry.signature.to_string(), |namespace| format!("{namespace}.{}", entry.signature))
}

pub fn of_builtin(name: &str) -> Result<String, String> {
    let builtins = builtins();
    let (namespace, plain) = match name.rsplit_once(['.', '/']) {
        Some((namespace, plain)) if !namespace.is_empty() && !plain.is_empty() => (Some(namespace), plain),
        _ => (None, name),
    };
    let entries: Vec<Documentation> = builtins.documentation().collect();
    let found =
        entries.iter().filter(|entry| entry.name == plain && (namespace.is_none() || entry.namespace == namespace));
    let mut text = String::new();
    for entry in found {
        let how = match (entry.is_function, entry.is_method) {
            (true, true) => "  (function and method)",
            (false, true) => "  (method)",
            _ => "",
        };
        let _ = write!(text, "{}{how}\n{}", full_name(entry), indented(entry.text));
    }
    text.push_str(&builtins.contents(name).unwrap_or_default());
    if text.is_empty() {
        let near = motet_syntax::suggest(plain, entries.iter().map(|entry| entry.name));
        let familiar = builtins.familiar(plain).map(|familiar| format!("; here that is {familiar}"));
        let hint = familiar.or(near.map(|near| format!("; did you mean {near}?"))).unwrap_or_default();
        return Err(format!("there is no builtin named {name}{hint}"));
    }
    Ok(text)
}

fn of_module(module: &Module) -> String {
    let mut text = format!("{}\n", module.name);
    if let Some(comment) = &module.comment {
        text.push_str(&indented(&comment.text));
    }
    for item in &module.items {
        text.push('\n');
        text.push_str(&item_text(item));
    }
    if module.items.is_empty() {
        text.push_str("  defines nothing\n");
    }
    text
}

fn item_text(item: &Item) -> String {
    let mut text = format!("{}\n", item.signature);
    if let Some(comment) = &item.comment {
        text.push_str(&indented(&comment.text));
    }
    for member in &item.members {
        let said = member.comment.as_ref().map_or("", |comment| comment.summary());
        let _ = writeln!(text, "{}", format!("    {:<30} {said}", member.signature).trim_end());
    }
    text
}

fn of_item(module: &Module, name: &str) -> Result<String, String> {
    let members = || module.items.iter().flat_map(|item| &item.members);
    let mut found = module.items.iter().chain(members()).filter(|item| &*item.name == name).peekable();
    if found.peek().is_none() {
        let names = module.items.iter().map(|item| &*item.name);
        let near = motet_syntax::suggest(name, names).map_or(String::new(), |near| format!("; did you mean {near}?"));
        return Err(format!("{} defines no {name}{near}", module.name));
    }
    Ok(found.map(|item| format!("{}  {}\n", item_text(item), item.place)).collect())
}

/// Writes the pages, and says where.
fn write_pages(folder: &Path, files: &[String]) -> Result<String, String> {
    let paths: Vec<PathBuf> = files.iter().map(PathBuf::from).collect();
    let paths = if paths.is_empty() { here().map(|root| root.join("src")).filter(|src| src.is_dir()) } else { None }
        .map_or(paths, |src| vec![src]);
    let files = programs(&paths).map_err(|error| error.to_string())?;
    let modules: Result<Vec<Module>, String> = files.iter().map(|file| read(file, Meant::Exported)).collect();
    let entries: Vec<Documentation> = builtins().documentation().collect();
    let page = html::page(&modules?, &entries);
    let path = folder.join("index.html");
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(&path, page))
        .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    Ok(format!("{}\n", path.display()))
}
