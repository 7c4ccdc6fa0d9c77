//! `help`: what a value is and what can be done with it.

use motet_vm::builtins::types::type_text;
use motet_vm::builtins::{Entry, GETTER_PREFIX, cases, type_name};
use motet_vm::memory::{Class, Closure, Symbol, Value};
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

/// A class: its comment, how an instance is made, its methods with what the comments above them say, and its fields.
fn of_class(class: &Class, gene: bool) -> String {
    let mut head = format!("class {}", class.name().as_str());
    if let Some(parent) = class.parent() {
        let _ = write!(head, " < {}", parent.name().as_str());
    }
    let mut text = if gene { format!("({head})\n") } else { format!("{head}\n") };
    push_comment(&mut text, class);
    let own = class.place().and_then(|(source, span)| source.comment_above(span.start));
    let mut names = class.method_names();
    names.sort_by_key(|name| (name.as_str() != "ctor", name.as_str()));
    for name in names {
        let method = class.own_method(name);
        let Some(closure) = method.as_ref().and_then(Value::as_closure) else { continue };
        let function = closure.function();
        let comment = function.source.comment_above(function.span.start);
        // A constructor that is not written stands where the class does.
        let comment = comment.filter(|found| own.as_ref() != Some(found));
        let summary = comment.as_ref().map_or("", |comment| comment.summary());
        let called = if function.flags.constructor { class.name() } else { name };
        let signature = match called.as_str().strip_prefix(GETTER_PREFIX) {
            Some(field) if gene => format!("(get {field})"),
            Some(field) => format!("get {field}"),
            None => function.parameters.signature(called.as_str(), gene),
        };
        let _ = writeln!(text, "{}", format!("  {signature:<30} {summary}").trim_end());
    }
    for name in class.static_names() {
        let value = class.static_value(name);
        let Some(closure) = value.as_ref().and_then(Value::as_closure) else { continue };
        let signature = closure.function().parameters.signature(name.as_str(), gene);
        let _ = writeln!(text, "  static {signature}");
    }
    let lineage = std::iter::successors(Some(class), |class| class.parent());
    let mut fields: Vec<&str> = Vec::new();
    for class in lineage {
        let own = class.positional_fields().into_iter().map(|field| field.as_str());
        fields.extend(own.filter(|name| !fields.contains(name)).collect::<Vec<_>>());
    }
    if !fields.is_empty() {
        let typed = |name: &&str| match class.field_type(Symbol::intern(name)) {
            Some(kind) => format!("{name}: {}", type_text(&kind)),
            None => (*name).to_owned(),
        };
        let fields: Vec<String> = fields.iter().map(typed).collect();
        let _ = writeln!(text, "  fields: {}", fields.join(", "));
    }
    push_place(&mut text, class);
    text
}

/// An enum: its comment and its cases.
fn of_enum(class: &Class, cases: &[Value], gene: bool) -> String {
    let head = format!("enum {}", class.name().as_str());
    let mut text = if gene { format!("({head})\n") } else { format!("{head}\n") };
    push_comment(&mut text, class);
    for case in cases {
        let _ = writeln!(text, "  {}", case_signature(case, gene));
    }
    push_place(&mut text, class);
    text
}

/// A case as a program makes it.
fn case_signature(case: &Value, gene: bool) -> String {
    let class = case.as_class().or_else(|| case.as_instance()?.class());
    let Some(class) = class else { return String::new() };
    let fields: Vec<&str> = class.positional_fields().iter().map(|field| field.as_str()).collect();
    match (class.name().as_str(), gene) {
        (name, _) if fields.is_empty() => name.to_owned(),
        (name, true) => format!("({name} {})", fields.join(" ")),
        (name, false) => format!("{name}({})", fields.join(", ")),
    }
}

fn push_comment(text: &mut String, class: &Class) {
    if let Some((source, span)) = class.place()
        && let Some(comment) = source.comment_above(span.start)
    {
        text.push_str(&indented(&comment.text));
        text.push('\n');
    }
}

fn push_place(text: &mut String, class: &Class) {
    if let Some((source, span)) = class.place() {
        let _ = writeln!(text, "  {}", source.place(span.start));
    }
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
    } else if let Some(contents) = context.contents_of(value) {
        contents
    } else if let Some(class) = value.as_class() {
        match (cases::cases(value), class.parent()) {
            (Some(cases), _) => of_enum(class, &cases, gene),
            (None, Some(parent)) if class.is_compared_by_value() => {
                let signature = case_signature(value, gene);
                format!("{signature}\n  a case of the enum {}\n", parent.name().as_str())
            }
            _ => of_class(class, gene),
        }
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
    "Prints what a value is: how a function is called with the comment above its definition, the methods and fields of a class, the cases of an enum, what a module holds, the fields and methods of anything else.",
)];
