//! `help`: what a value is and what can be done with it.

use motet_vm::builtins::{Entry, type_name};
use motet_vm::memory::{Closure, Value};
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Result};
use std::fmt::Write;

/// Columns of a list of names.
const WIDTH: usize = 100;

/// A text moved in, line by line.
fn indented(text: &str) -> String {
    let lines = text.lines().map(|line| if line.is_empty() { "\n".into() } else { format!("  {line}\n") });
    lines.collect()
}

/// A function of the program: how it is called, the comment above it, and where it is.
fn of_closure(closure: &Closure, gene: bool) -> String {
    let function = closure.function();
    let mut text = function.parameters.signature(&function.name, gene) + "\n";
    if let Some(comment) = function.source.comment_above(function.span.start) {
        text.push_str(&indented(&comment.text));
    }
    let _ = writeln!(text, "  {}", function.source.place(function.span.start));
    text
}

/// A class: its name, how an instance is made, its methods with what the comments above them say.
fn of_class(class: &motet_vm::memory::Class, gene: bool) -> String {
    let mut text = format!("class {}", class.name().as_str());
    if let Some(parent) = class.parent() {
        let _ = write!(text, " extends {}", parent.name().as_str());
    }
    text.push('\n');
    let mut names = class.method_names();
    names.sort_by_key(|name| name.as_str());
    for name in names {
        let Some(method) = class.own_method(name) else { continue };
        let Some(closure) = method.as_closure() else { continue };
        let function = closure.function();
        let comment = function.source.comment_above(function.span.start);
        let summary = comment.as_ref().map_or("", |comment| comment.summary());
        let called = if function.flags.constructor { class.name() } else { name };
        let signature = function.parameters.signature(called.as_str(), gene);
        let _ = writeln!(text, "{}", format!("  {signature:<30} {summary}").trim_end());
    }
    text
}

/// Names in lines that fit a terminal.
fn wrapped(names: &[&str]) -> String {
    let mut text = String::new();
    let mut width = 0;
    for name in names {
        if width + name.len() > WIDTH {
            text.push('\n');
            width = 0;
        }
        text.push_str(if width == 0 { "  " } else { " " });
        text.push_str(name);
        width += name.len() + 1;
    }
    text.push('\n');
    text
}

/// The beginning of a text, in one line.
fn shortened(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let start: String = line.chars().take(WIDTH).collect();
    if start.len() < text.len() { format!("{start}…") } else { start }
}

/// `help(value)`.
fn help(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let value = arguments.at(0);
    let gene = context.gene();
    let text = if let Some(documentation) = context.documentation_of(value) {
        let namespace =
            documentation.namespace.map_or(String::new(), |name| format!("{name}{}", if gene { '/' } else { '.' }));
        format!("{namespace}{}\n{}", documentation.signature, indented(documentation.text))
    } else if let Some(closure) = value.as_closure() {
        of_closure(closure, gene)
    } else if let Some(class) = value.as_class() {
        of_class(class, gene)
    } else {
        let shown = context.text_of(value, true)?;
        let shown = shortened(&shown);
        let members = context.member_names(value);
        let of = type_name(value);
        let list = if members.is_empty() {
            "\n".into()
        } else {
            format!(", which has\n{}", wrapped(&members.iter().map(|name| &**name).collect::<Vec<_>>()))
        };
        format!("{shown}: {of}{list}")
    };
    context.print(&text)?;
    Ok(Value::NULL.into())
}

pub(super) static NATIVES: &[Entry] = &[Entry::function(
    "help(value)",
    help,
    "Prints what a value is: how a function is called with the comment above its definition, the methods of a class, the fields and methods of anything else.",
)];
