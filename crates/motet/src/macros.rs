//! Macros: functions of a module that run while it, or one that imports it, is compiled.

use crate::loader::{LoadedFile, Macros};
use motet_code::{Datum, DatumEntry, Function};
use motet_compiler::MacroExpander;
use motet_syntax::form::Span;
use motet_vm::{Macros as MacroRunner, MainIsolate};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

/// Expands the macros of one module.
pub(crate) struct Expander<'a> {
    /// The program is compiled for this isolate.
    isolate: &'a MainIsolate,
    runner: &'a mut MacroRunner,
    files: &'a HashMap<PathBuf, LoadedFile>,
    /// What the module's import paths mean.
    imported: &'a HashMap<Box<str>, PathBuf>,
    defined: Macros,
}

impl<'a> Expander<'a> {
    pub fn new(
        isolate: &'a MainIsolate,
        runner: &'a mut MacroRunner,
        files: &'a HashMap<PathBuf, LoadedFile>,
        imported: &'a HashMap<Box<str>, PathBuf>,
    ) -> Expander<'a> {
        Expander { isolate, runner, files, imported, defined: Macros::new() }
    }

    /// The macros that the module defined.
    pub fn into_macros(self) -> Macros {
        self.defined
    }
}

impl MacroExpander for Expander<'_> {
    fn define(&mut self, name: &str, function: &Arc<Function>) {
        self.defined.insert(name.into(), Arc::clone(function));
    }

    fn imported(&mut self, path: &str, name: &str) -> Option<Arc<Function>> {
        self.files.get(self.imported.get(path)?)?.macros().get(name).cloned()
    }

    fn expand(
        &mut self,
        function: &Arc<Function>,
        arguments: Vec<Datum>,
        named: Vec<DatumEntry>,
        _place: Span,
    ) -> Result<Datum, String> {
        self.runner.call(self.isolate, function, &arguments, &named)
    }
}
