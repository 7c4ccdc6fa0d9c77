//! What the caller tells the compiler.

use crate::session::Session;
use motet_code::{Datum, DatumEntry, Function};
use motet_syntax::form::Span;
use std::sync::Arc;

/// Where a builtin is that is no name of its own.
#[derive(Clone, Copy, Debug)]
pub enum Elsewhere {
    /// Objects have it as a method.
    Method,
    /// In the native module of this name.
    Module(&'static str),
}

/// How a module is compiled.
pub struct CompileOptions<'a> {
    /// Whether a name is a builtin or a global of the embedder.
    pub externs: &'a dyn Fn(&str) -> bool,
    /// What compiled code calls such a name where it does not call it by the same name: a native beside the source of a
    /// native module.
    pub extern_alias: &'a dyn Fn(&str) -> Option<Box<str>>,
    /// All such names, asked for only to suggest one.
    pub extern_names: &'a dyn Fn() -> Vec<Box<str>>,
    /// What a name from another language is called here, to suggest it.
    pub familiar: &'a dyn Fn(&str) -> Option<&'static str>,
    /// Where else than among the names a builtin of this name is, to suggest it.
    pub elsewhere: &'a dyn Fn(&str) -> Option<Elsewhere>,
    /// For a builtin whose only effect is its result, the method that changes a value itself instead, `text` where it gives
    /// another text, or nothing; none for builtins with effects.
    pub pure: &'a dyn Fn(&str) -> Option<&'static str>,
    /// The names that a module exports, as imports of this module write its path; none if it is not known.
    pub exports: &'a dyn Fn(&str) -> Option<Vec<Box<str>>>,
    /// Runs macros; without it, defining or importing one is an error.
    pub macros: Option<&'a mut dyn MacroExpander>,
    /// The name under which the value of the last top-level form is exported, if it is wanted (`eval`, a prompt).
    pub result: Option<&'a str>,
    /// The names that earlier pieces of source defined (a prompt).
    pub session: Option<&'a Session>,
    /// Asked for a number for the place of each statement, if lines are to be counted: the code then calls `%covered` with it
    /// before the statement.
    pub probes: Option<&'a dyn Fn(Span) -> u32>,
    /// Whether operations that know their operands are used where they fit. Without them programs do the same, slower;
    /// that they do is what this is for.
    pub specialise: bool,
}

impl<'a> CompileOptions<'a> {
    pub fn new(externs: &'a dyn Fn(&str) -> bool, extern_names: &'a dyn Fn() -> Vec<Box<str>>) -> CompileOptions<'a> {
        CompileOptions {
            externs,
            extern_alias: &|_| None,
            extern_names,
            familiar: &|_| None,
            elsewhere: &|_| None,
            pure: &|_| None,
            exports: &|_| None,
            macros: None,
            result: None,
            session: None,
            probes: None,
            specialise: true,
        }
    }
}

/// Runs macros while a module is compiled, and knows those of other modules.
pub trait MacroExpander {
    /// A macro of this module has been compiled. Others that import this module find it by this name.
    fn define(&mut self, name: &str, function: &Arc<Function>);

    /// The macro that the module at `path`, as written in an import of this module, defines under `name`; none if it
    /// defines no such macro. Problems with loading the module are reported when it is imported, not here.
    fn imported(&mut self, path: &str, name: &str) -> Option<Arc<Function>>;

    /// Calls a macro with unevaluated arguments; what it returns takes the place of its use.
    fn expand(
        &mut self,
        function: &Arc<Function>,
        arguments: Vec<Datum>,
        named: Vec<DatumEntry>,
        span: Span,
    ) -> Result<Datum, String>;
}
