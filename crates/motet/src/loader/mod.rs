//! From files to linked modules: reading, compiling, following imports.
//!
//! A module is loaded after the modules that it imports, so that their macros are known when it is compiled. Each file is
//! loaded once. A chain of imports that comes back to a file is reported as that chain.

mod find;

use crate::files::{Disk, Files};
use crate::macros::Expander;
use crate::native_modules;
use crate::packages::{self, NoPackages, Package, Packages};
use find::Unfound;
use motet_code::{Function, Module, Source};
use motet_compiler::{CompileOptions, Elsewhere, Session, compile};
use motet_syntax::form::{Form, FormKind, Span};
use motet_syntax::{Diagnostic, Notation, Severity, decode, division_comments, is_allowed, parse};
use motet_vm::builtins::{IMPORT_PREFIX, NativeModule, extern_name};
use motet_vm::{LinkedModule, Macros as MacroRunner, MainIsolate};
use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Everything that is wrong with a program, each with the source that it is about.
#[derive(Clone, Debug)]
pub struct LoadError {
    pub reports: Vec<(Arc<Source>, Diagnostic)>,
}

/// Imports that lead from one file to another beyond this number are refused: the loader follows them by recursion.
const MAX_IMPORT_CHAIN: usize = 200;

/// Macros that a module defines, by name.
pub(crate) type Macros = HashMap<Box<str>, Arc<Function>>;

/// A file that has been loaded.
pub(crate) struct LoadedFile {
    module: Arc<LinkedModule>,
    macros: Macros,
}

/// Loads programs. One loader knows each file once.
pub struct Loader<'a> {
    /// Programs are compiled against its builtins and globals.
    isolate: &'a mut MainIsolate,
    /// Runs the macros of all files.
    runner: MacroRunner,
    files: Arc<dyn Files>,
    /// What bare imports mean.
    packages: Arc<dyn Packages>,
    /// Packages that were imported whose modules may not import what lies outside of them.
    confined: Vec<Package>,
    loaded: HashMap<PathBuf, LoadedFile>,
    /// Files being loaded, outermost first, with the place of the import that leads on.
    chain: Vec<PathBuf>,
    /// What is said about sources that were loaded all the same.
    warnings: Vec<(Arc<Source>, Diagnostic)>,
    /// The session after the piece that was loaded last.
    session: Option<Session>,
    /// The native modules whose sources are being loaded, outermost first; the last one's is what this loader loads.
    native_modules: Vec<&'static NativeModule>,
}

/// How a text is compiled.
#[derive(Clone, Copy, Debug, Default)]
pub struct TextOptions<'a> {
    /// Export the value of the last form under this name.
    pub result: Option<&'a str>,
    /// The text is a piece of this session.
    pub session: Option<&'a Session>,
}

impl<'a> Loader<'a> {
    pub fn new(isolate: &'a mut MainIsolate) -> Loader<'a> {
        Loader::with_files(isolate, Arc::new(Disk))
    }

    /// A loader that reads elsewhere than on the disk.
    pub fn with_files(isolate: &'a mut MainIsolate, files: Arc<dyn Files>) -> Loader<'a> {
        let (loaded, chain, warnings) = (HashMap::new(), Vec::new(), Vec::new());
        Loader {
            isolate,
            runner: MacroRunner::new(),
            files,
            packages: Arc::new(NoPackages),
            confined: Vec::new(),
            loaded,
            chain,
            warnings,
            session: None,
            native_modules: Vec::new(),
        }
    }

    /// The names that programs are compiled against.
    #[cfg(feature = "projects")]
    pub(crate) fn names(&self) -> motet_vm::GlobalNames {
        self.isolate.global_names()
    }

    /// Has bare imports mean these packages. Without any, a bare import is an error.
    pub fn packages(mut self, packages: Arc<dyn Packages>) -> Loader<'a> {
        self.packages = packages;
        self
    }

    /// A loader of a native module's source. `outer` are those that need it to be loaded.
    pub(crate) fn of_native_module(
        isolate: &'a mut MainIsolate,
        module: &'static NativeModule,
        outer: &[&'static NativeModule],
    ) -> Loader<'a> {
        let mut loader = Loader::new(isolate);
        loader.native_modules.extend(outer.iter().chain([&module]));
        loader
    }

    /// What was said about the sources that were loaded since the last call, beside errors, and but for the warnings that a
    /// comment in the source silences.
    pub fn take_warnings(&mut self) -> Vec<(Arc<Source>, Diagnostic)> {
        std::mem::take(&mut self.warnings)
    }

    /// The session after the piece that was loaded last, if it was one of a session.
    pub fn take_session(&mut self) -> Option<Session> {
        self.session.take()
    }

    /// Loads a program from a file.
    pub fn load_file(&mut self, path: &Path) -> Result<Arc<LinkedModule>, LoadError> {
        let name = path.to_string_lossy().into_owned();
        let bytes = self.files.read(path).map_err(|error| cannot_read(&name, &error))?;
        let notation = Notation::of_file(&name).unwrap_or(Notation::Soc);
        let key = self.files.key(path);
        self.load_bytes(key, &name, bytes, notation)
    }

    /// Loads a program from a text. Imports are relative to the current folder.
    pub fn load_text(
        &mut self,
        name: &str,
        text: &str,
        notation: Notation,
        options: TextOptions<'_>,
    ) -> Result<Arc<LinkedModule>, LoadError> {
        let source = source(name, text.into(), notation);
        let (module, _) = self.load_source(source, notation, Path::new("."), options)?;
        Ok(module)
    }

    fn load_bytes(
        &mut self,
        key: PathBuf,
        name: &str,
        bytes: Vec<u8>,
        notation: Notation,
    ) -> Result<Arc<LinkedModule>, LoadError> {
        if let Some(file) = self.loaded.get(&key) {
            return Ok(Arc::clone(&file.module));
        }
        let lossy = String::from_utf8_lossy(&bytes).into_owned();
        let text = decode(bytes).map_err(|error| LoadError::one(source(name, lossy, notation), error))?;
        let folder = key.parent().unwrap_or(Path::new(".")).to_path_buf();
        self.chain.push(key.clone());
        let loaded = self.load_source(source(name, text, notation), notation, &folder, TextOptions::default());
        self.chain.pop();
        let (module, macros) = loaded?;
        self.loaded.insert(key, LoadedFile { module: Arc::clone(&module), macros });
        Ok(module)
    }

    fn load_source(
        &mut self,
        source: Arc<Source>,
        notation: Notation,
        folder: &Path,
        options: TextOptions<'_>,
    ) -> Result<(Arc<LinkedModule>, Macros), LoadError> {
        let parsed = parse(&source.text, notation);
        if parsed.errors.iter().any(is_error) {
            return Err(LoadError::many(&source, first_of_each_line(&source, parsed.errors)));
        }
        self.warnings.extend(parsed.errors.iter().map(|warning| (Arc::clone(&source), warning.clone())));
        let mut imported: HashMap<Box<str>, PathBuf> = HashMap::new();
        for (path, span) in imports_of(&parsed.forms) {
            let key = self.load_import(&source, folder, &path, span)?;
            imported.insert(path, key);
        }
        if notation == Notation::Soc {
            self.note_warnings(&source, division_comments(&parsed));
        }
        let (module, macros) = self.compile(&source, &parsed.forms, &imported, options)?;
        let imports = module.imports.iter().map(|import| {
            let file = imported.get(&import.path).and_then(|key| self.loaded.get(key));
            let Some(file) = file else {
                let error = Diagnostic::error("imports stand at the top level of a module", import.span);
                return Err(LoadError::one(Arc::clone(&source), error));
            };
            check_names(&source, import, &file.module.module, &file.macros)?;
            Ok(Arc::clone(&file.module))
        });
        let imports = imports.collect::<Result<_, _>>()?;
        Ok((Arc::new(LinkedModule { module: Arc::new(module), imports }), macros))
    }

    fn compile(
        &mut self,
        source: &Arc<Source>,
        forms: &[Form],
        imported: &HashMap<Box<str>, PathBuf>,
        options: TextOptions<'_>,
    ) -> Result<(Module, Macros), LoadError> {
        let names = self.isolate.global_names();
        let specialise = self.isolate.settings().specialise;
        let coverage = self.isolate.settings().coverage.clone();
        let number = |place: Span| coverage.as_ref().map_or(0, |coverage| coverage.number(source, place));
        // The module whose source this is offers its natives by their names.
        let own = self.native_modules.last().copied();
        let is_own = |name: &str| own.is_some_and(|module| module.has_native(name));
        let alias = |name: &str| own.filter(|_| is_own(name)).map(|module| extern_name(module, Some(name)));
        // A native module is made ready when the first program names it.
        let not_ready: RefCell<Option<LoadError>> = RefCell::default();
        let is_extern = |name: &str| {
            if is_own(name) {
                return true;
            }
            if let Some(module) = names.builtins().module(name)
                && let Err(failure) = native_modules::make_ready(names.builtins(), module, &self.native_modules)
            {
                not_ready.borrow_mut().get_or_insert(failure);
            }
            names.is_known(name)
        };
        let all_names = || names.all();
        let mut expander = Expander::new(self.isolate, &mut self.runner, &self.loaded, imported);
        let familiar = |name: &str| names.familiar(name);
        let elsewhere = |name: &str| {
            let builtins = names.builtins();
            let module = || builtins.module_that_exports(name).map(|module| Elsewhere::Module(module.name));
            if builtins.is_method_of_objects(name) { Some(Elsewhere::Method) } else { module() }
        };
        let loaded = &self.loaded;
        let exports = |path: &str| {
            let file = loaded.get(imported.get(path)?)?;
            let names = file.module.module.exports.iter().chain(file.macros.keys());
            Some(names.cloned().collect())
        };
        let mut compile_options = CompileOptions::new(&is_extern, &all_names);
        compile_options.extern_alias = &alias;
        compile_options.familiar = &familiar;
        compile_options.elsewhere = &elsewhere;
        compile_options.exports = &exports;
        compile_options.macros = Some(&mut expander);
        compile_options.result = options.result;
        compile_options.specialise = specialise;
        compile_options.session = options.session;
        compile_options.probes = coverage.as_ref().map(|_| &number as &dyn Fn(Span) -> u32);
        let pure = |name: &str| names.pure(name);
        compile_options.pure = &pure;
        let compiled = compile(forms, Arc::clone(source), compile_options);
        let macros = expander.into_macros();
        if let Some(failure) = not_ready.take() {
            return Err(failure);
        }
        let Some(module) = compiled.module else {
            let (errors, warnings) = compiled.diagnostics.into_iter().partition(is_error);
            self.note_warnings(source, warnings);
            #[cfg(not(feature = "ui"))]
            let errors: Vec<Diagnostic> = errors.into_iter().map(|error| hint_at_windows(source, error)).collect();
            return Err(LoadError::many(source, errors));
        };
        self.note_warnings(source, compiled.diagnostics);
        self.session = compiled.session;
        Ok((module, macros))
    }

    fn note_warnings(&mut self, source: &Arc<Source>, warnings: Vec<Diagnostic>) {
        let kept = warnings.into_iter().filter(|warning| !is_allowed(&source.text, warning));
        self.warnings.extend(kept.map(|warning| (Arc::clone(source), warning)));
    }

    /// Loads the file that an import means; gives its key in `loaded`.
    fn load_import(
        &mut self,
        source: &Arc<Source>,
        folder: &Path,
        path: &str,
        place: Span,
    ) -> Result<PathBuf, LoadError> {
        let fail = |error: Diagnostic| Err(LoadError::one(Arc::clone(source), error));
        if let Some(name) = path.strip_prefix(IMPORT_PREFIX) {
            return self.load_native_module(source, name, place);
        }
        let may_read_all = self.isolate.permissions().read_files;
        let refuse = |file: &str| {
            Diagnostic::error("this program may not read other files", place)
                .label("an import reads a file")
                .hint(format!("it runs in a sandbox; with `--allow read={file}` it may import"))
        };
        if !may_read_all && self.isolate.settings().grants.read.is_empty() {
            return fail(refuse("FOLDER"));
        }
        let found =
            if packages::is_path(path) { self.find_file(folder, path) } else { self.find_in_package(folder, path) };
        let file = match found {
            Ok(file) => file,
            Err(Unfound::Here(error)) => return fail(error(place)),
            Err(Unfound::Elsewhere(failure)) => return Err(failure),
        };
        if !may_read_all && !may_read(self.isolate, &file) {
            return fail(refuse(&display_name(&file)));
        }
        let key = self.files.key(&file);
        if let Some(package) = self.confining(folder)
            && !key.starts_with(&package.root)
            && packages::is_path(path)
        {
            let (name, root) = (&package.name, display_name(&package.root));
            return fail(
                Diagnostic::error(format!("{name} may only import its own files and its dependencies"), place)
                    .label("this leads out of its folder")
                    .hint(format!("its files lie in {root}; what else it needs is a dependency in its motet.toml")),
            );
        }
        if let Some(start) = self.chain.iter().position(|open| *open == key) {
            let names: Vec<String> = self.chain[start..].iter().chain([&key]).map(|path| display_name(path)).collect();
            return fail(
                Diagnostic::error("modules import each other in a cycle", place)
                    .label("this import closes the cycle")
                    .hint(format!("the cycle: {}; move what both need to a module of its own", names.join(" -> "))),
            );
        }
        if self.chain.len() >= MAX_IMPORT_CHAIN {
            return fail(Diagnostic::error(format!("imports are nested more than {MAX_IMPORT_CHAIN} deep"), place));
        }
        let name = display_name(&file);
        let bytes = match self.files.read(&file) {
            Ok(bytes) => bytes,
            Err(error) => return fail(Diagnostic::error(format!("{name} cannot be read: {error}"), place)),
        };
        let notation = Notation::of_file(&name).unwrap_or(Notation::Soc);
        self.load_bytes(key.clone(), &name, bytes, notation)?;
        Ok(key)
    }

    /// The same for a native module, which is no file: also a program that may read none can import it.
    fn load_native_module(&mut self, source: &Arc<Source>, name: &str, place: Span) -> Result<PathBuf, LoadError> {
        let key = PathBuf::from(format!("{IMPORT_PREFIX}{name}"));
        if self.loaded.contains_key(&key) {
            return Ok(key);
        }
        let names = self.isolate.global_names();
        let builtins = names.builtins();
        let Some(native) = builtins.module(name) else {
            let error =
                Diagnostic::error(format!("there is no module {IMPORT_PREFIX}{name}"), place).label("not found");
            let all: Vec<&str> = builtins.modules().map(|module| module.name).collect();
            let similar = || motet_syntax::suggest(name, all.iter().copied());
            let hint = if let Some(instead) = motet_syntax::foreign_module(name) {
                instead.to_string()
            } else if let Some(similar) = similar() {
                format!("did you mean `{IMPORT_PREFIX}{similar}`?")
            } else {
                format!("the library's modules are {}", all.join(", "))
            };
            return Err(LoadError::one(Arc::clone(source), error.hint(hint)));
        };
        native_modules::make_ready(builtins, native, &self.native_modules)?;
        let module = native_modules::linked(builtins, native)?;
        self.loaded.insert(key.clone(), LoadedFile { module, macros: Macros::new() });
        Ok(key)
    }
}

/// What could not be read. What follows an error on its line is mostly a consequence of it, and is not told.
fn first_of_each_line(source: &Source, mut errors: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let line = |error: &Diagnostic| source.lines().line_of(error.span.start);
    errors.dedup_by(|later, earlier| is_error(later) && is_error(earlier) && line(later) == line(earlier));
    errors
}

fn is_error(diagnostic: &Diagnostic) -> bool {
    diagnostic.severity == Severity::Error
}

impl LoadedFile {
    pub(crate) fn macros(&self) -> &Macros {
        &self.macros
    }
}

impl LoadError {
    /// A program that cannot be read from where it is.
    pub fn unreadable(name: &str, error: &std::io::Error) -> LoadError {
        cannot_read(name, error)
    }

    /// Something that is wrong and has no place in a source.
    pub fn message(message: impl Into<String>) -> LoadError {
        LoadError::one(source("", String::new(), Notation::Soc), Diagnostic::error(message, Span::default()))
    }

    pub fn one(source: Arc<Source>, diagnostic: Diagnostic) -> LoadError {
        LoadError { reports: vec![(source, diagnostic)] }
    }

    pub(crate) fn many(source: &Arc<Source>, diagnostics: Vec<Diagnostic>) -> LoadError {
        LoadError { reports: diagnostics.into_iter().map(|diagnostic| (Arc::clone(source), diagnostic)).collect() }
    }
}

fn source(name: &str, text: String, notation: Notation) -> Arc<Source> {
    Arc::new(Source::new(name, text, notation == Notation::Gene))
}

/// A name that is unknown because this build has no windows.
#[cfg(any(test, not(feature = "ui")))]
fn hint_at_windows(source: &Source, error: Diagnostic) -> Diagnostic {
    let named = source.text.get(error.span.start as usize..error.span.end as usize).unwrap_or_default();
    let is_of_windows = named == "gui_run" || named.starts_with("ui_");
    if !is_of_windows {
        return error;
    }
    error.hint("this motet was built without windows: build it with the feature `ui`")
}

fn cannot_read(name: &str, error: &std::io::Error) -> LoadError {
    let source = source(name, String::new(), Notation::Soc);
    LoadError::one(source, Diagnostic::error(format!("{name} cannot be read: {error}"), Span::default()))
}

/// A path as messages show it: relative to the current folder where it lies below it.
fn display_name(path: &Path) -> String {
    let current = std::env::current_dir().unwrap_or_default();
    let path = path.strip_prefix(&current).unwrap_or(path);
    path.strip_prefix("./").unwrap_or(path).to_string_lossy().into_owned()
}

/// The paths of a module's imports and of what it exports from other modules, each once, with the place where it is first
/// named.
fn imports_of(forms: &[Form]) -> Vec<(Box<str>, Span)> {
    let mut paths: Vec<(Box<str>, Span)> = Vec::new();
    for form in forms {
        let FormKind::Node(node) = &form.kind else { continue };
        let imports = match node.head.as_symbol() {
            Some("import") => true,
            Some("export") => node.children.iter().rev().nth(1).is_some_and(|word| word.is_symbol("from")),
            _ => false,
        };
        if !imports {
            continue;
        }
        if let Some(last) = node.children.last()
            && let FormKind::Str(path) = &last.kind
            && !paths.iter().any(|(known, _)| known == path)
        {
            paths.push((path.clone(), last.span));
        }
    }
    paths
}

/// Checks that a module exports what is imported from it.
fn check_names(
    source: &Arc<Source>,
    import: &motet_code::ModuleImport,
    module: &Module,
    macros: &Macros,
) -> Result<(), LoadError> {
    let mut errors = Vec::new();
    for (name, place) in &import.names {
        if module.exports.contains(name) || macros.contains_key(name) {
            continue;
        }
        let mut error = Diagnostic::error(format!("{} does not export {name}", import.path), *place);
        error = match motet_syntax::suggest(name, module.exports.iter().map(|name| &**name)) {
            Some(similar) => error.hint(format!("did you mean `{similar}`?")),
            None if module.exports.is_empty() => error.hint("it exports nothing; write `export` there"),
            None => error.hint(format!("it exports {}", module.exports.join(", "))),
        };
        errors.push(error);
    }
    if errors.is_empty() { Ok(()) } else { Err(LoadError::many(source, errors)) }
}

/// Whether a program in a sandbox was granted a file.
fn may_read(isolate: &MainIsolate, file: &Path) -> bool {
    #[cfg(feature = "std")]
    return motet_std::access::may_read(&isolate.settings().grants, file);
    #[cfg(not(feature = "std"))]
    return isolate.settings().grants.read.iter().any(|granted| granted == file);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_without_windows_says_so() {
        for (name, is_of_windows) in [("gui_run", true), ("ui_label", true), ("ui_series", true), ("guirun", false)] {
            let source = source("app.soc", format!("{name}(1)"), Notation::Soc);
            let span = Span { start: 0, end: name.len() as u32 };
            let error = hint_at_windows(&source, Diagnostic::error(format!("unknown name `{name}`"), span));
            let says_so =
                error.hint.is_some_and(|hint| hint.contains("built without windows") && hint.contains("`ui`"));
            assert_eq!(says_so, is_of_windows, "{name}");
        }
    }
}
