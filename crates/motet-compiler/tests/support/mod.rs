//! What the tests share: compiling a text with a fixed set of builtins, and showing what came of it.

// Each test is a crate of its own that uses some of this.
#![allow(dead_code)]

use motet_code::{Module, Source, disassemble};
use motet_compiler::{CompileOptions, MacroExpander, compile};
use motet_syntax::{Diagnostic, LineIndex, Notation, parse};
use std::sync::Arc;

/// Names that stand for the builtins.
pub const BUILTINS: &[&str] = &[
    "print",
    "println",
    "str",
    "len",
    "typeof",
    "copy",
    "freeze",
    "list",
    "range",
    "map",
    "filter",
    "reduce",
    "sum",
    "min",
    "max",
    "sort",
    "push",
    "pop",
    "keys",
    "values",
    "contains",
    "split",
    "join",
    "sleep",
    "now",
    "channel",
    "signal",
    "thread",
    "all",
    "fetch",
    "Int",
    "Float",
    "Number",
    "String",
    "Bool",
    "Null",
    "List",
    "Record",
    "Error",
    "IoError",
    "TypeError",
];

pub fn is_builtin(name: &str) -> bool {
    BUILTINS.contains(&name)
}

pub fn builtin_names() -> Vec<Box<str>> {
    BUILTINS.iter().map(|name| (*name).into()).collect()
}

/// Compiles a text. Errors of reading are reported like those of compiling.
pub fn compile_text(
    text: &str,
    notation: Notation,
    macros: Option<&mut dyn MacroExpander>,
) -> Result<Module, Vec<Diagnostic>> {
    let parsed = parse(text, notation);
    if !parsed.errors.is_empty() {
        return Err(parsed.errors);
    }
    let gene = notation == Notation::Gene;
    let source = Arc::new(Source::new("test", text, gene));
    let mut options = CompileOptions::new(&is_builtin, &builtin_names);
    options.macros = macros;
    let compiled = compile(&parsed.forms, source, options);
    compiled.module.ok_or(compiled.diagnostics)
}

/// The listing of a module, or its errors.
pub fn show(text: &str, result: &Result<Module, Vec<Diagnostic>>) -> String {
    match result {
        Ok(module) => disassemble(&module.main),
        Err(diagnostics) => diagnostics.iter().map(|diagnostic| show_diagnostic(text, diagnostic)).collect(),
    }
}

/// An error with its place, the text there, and its hint.
fn show_diagnostic(text: &str, diagnostic: &Diagnostic) -> String {
    let lines = LineIndex::new(text);
    let at = |offset: u32| lines.position(text, offset);
    let place = text.get(diagnostic.span.range()).unwrap_or("").lines().next().unwrap_or("");
    let mut out = format!("error {} `{place}`: {}\n", at(diagnostic.span.start), diagnostic.message);
    for label in &diagnostic.places {
        out += &format!("  {}: {}\n", at(label.span.start), label.text);
    }
    if let Some(label) = &diagnostic.label {
        out += &format!("  label: {label}\n");
    }
    if let Some(hint) = &diagnostic.hint {
        out += &format!("  hint: {hint}\n");
    }
    for note in &diagnostic.notes {
        out += &format!("  note: {note}\n");
    }
    out
}
