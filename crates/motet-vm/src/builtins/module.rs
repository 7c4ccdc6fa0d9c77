//! Native modules: what the library offers under a name of its own, `path.join(…)`, instead of as a global function.
//!
//! A program finds a module by its name unless it binds that name itself, and by an import from `"std:path"`. The value of
//! a module is a frozen record, which all threads share. It is made when the first program names the module, so a module
//! costs a process that does not use it nothing.
//!
//! A module consists of natives, of functions written in Motet, or of both. The VM cannot compile: for a module with
//! source, the loader of programs compiles and runs it and hands in what it exports ([`Builtins::complete`]), before it
//! loads a program that names the module. The source may use the natives of its module by their names, also those at
//! [`Place::Hidden`], which programs do not see.

use super::methods::Methods;
use super::{Builtins, Documentation, Entry, Place};
use crate::memory::{ForeignKind, Frozen, Heap, Refusal, Symbol, Value, freeze};
use crate::native::NativeFunction;
use std::borrow::Cow;
use std::sync::OnceLock;

/// What the names of native modules begin with in imports.
pub const IMPORT_PREFIX: &str = "std:";

/// See the module.
pub struct NativeModule {
    /// An identifier of the language.
    pub name: &'static str,
    /// What it is for, in a sentence or more.
    pub documentation: &'static str,
    /// Its natives. Those at [`Place::Global`] are exported, those at [`Place::Hidden`] are for the source alone. Methods of
    /// foreign objects ([`Entry::method`]) may be among them: only its functions make such objects.
    pub entries: &'static [Entry],
    /// The rest of it, in `.soc`. A module has no state: what it exports must be possible to freeze. The comment on the line
    /// above an exported function says what the function does.
    pub source: Option<&'static str>,
}

/// A module as one set of builtins has it.
pub(super) struct Slot {
    module: &'static NativeModule,
    value: OnceLock<Frozen>,
}

impl NativeModule {
    /// What programs import it by.
    pub fn import_path(&self) -> String {
        format!("{IMPORT_PREFIX}{}", self.name)
    }

    fn exported(&self) -> impl Iterator<Item = &'static NativeFunction> {
        self.entries.iter().filter(|entry| entry.place == Place::Global).map(|entry| &entry.native)
    }

    /// The native of this name that the source may use.
    fn native(&self, name: &str) -> Option<&'static NativeFunction> {
        let beside = |entry: &&Entry| entry.place != Place::Method && entry.native.name == name;
        self.entries.iter().find(beside).map(|entry| &entry.native)
    }

    /// What it exports, as the documentation says it: natives, then the functions of the source.
    pub fn exports(&self) -> impl Iterator<Item = Documentation> {
        let natives = self.entries.iter().filter(|entry| entry.place != Place::Hidden);
        natives.map(|entry| entry.documented(Some(self.name))).chain(self.source_exports())
    }

    fn source_exports(&self) -> impl Iterator<Item = Documentation> {
        let source = self.source.unwrap_or_default();
        let definitions = source.match_indices("\nexport ").map(|(at, _)| source.split_at(at));
        definitions.filter_map(|(before, after)| {
            let comment = before.lines().next_back()?;
            let definition = after.strip_prefix("\nexport ")?;
            let definition = definition.strip_prefix("fn* ").or_else(|| definition.strip_prefix("fn "))?;
            let name = definition.split_at(definition.find('(')?).0;
            let mut depth = 0;
            let end = definition.find(|character| {
                depth += i32::from(character == '(') - i32::from(character == ')');
                depth == 0 && character == ')'
            })?;
            Some(Documentation {
                name,
                signature: one_line(&definition[..=end]),
                text: comment.strip_prefix("// ").unwrap_or_default(),
                namespace: Some(self.name),
                is_function: true,
                is_method: false,
            })
        })
    }
}

/// A signature that stands on several lines, as the layout of programs breaks long ones.
fn one_line(signature: &'static str) -> Cow<'static, str> {
    if !signature.contains('\n') {
        return signature.into();
    }
    let words: Vec<&str> = signature.split_whitespace().collect();
    words.join(" ").replace("( ", "(").replace(" )", ")").into()
}

impl Slot {
    pub fn new(module: &'static NativeModule) -> Slot {
        Slot { module, value: OnceLock::new() }
    }

    /// The value of a module that consists of natives, or whose source has been completed.
    fn value(&self) -> Option<Value> {
        if self.module.source.is_some() {
            return self.value.get().map(Frozen::to_value);
        }
        let made = self.value.get_or_init(|| {
            let heap = Heap::new();
            let record = self.record(&heap);
            freeze(&record, &heap).expect("natives are immutable");
            Frozen::new(&record).expect("just frozen")
        });
        Some(made.to_value())
    }

    fn record(&self, heap: &Heap) -> Value {
        let record = heap.record(self.module.entries.len());
        let fields = record.as_record().expect("just made");
        for native in self.module.exported() {
            fields.set(Symbol::intern(native.name), native.value(), heap).expect("not yet frozen");
        }
        record
    }
}

impl Builtins {
    /// The native modules.
    pub fn modules(&self) -> impl Iterator<Item = &'static NativeModule> {
        self.modules.iter().map(|slot| slot.module)
    }

    /// The native module of this name.
    pub fn module(&self, name: &str) -> Option<&'static NativeModule> {
        self.slot(name).map(|slot| slot.module)
    }

    /// The first native module that exports this name, for hints.
    pub fn module_that_exports(&self, name: &str) -> Option<&'static NativeModule> {
        self.modules().find(|module| module.exports().any(|export| export.name == name && export.is_function))
    }

    /// The name of the native module, or of the namespace, that a value is: for messages.
    pub(crate) fn module_of(&self, value: &Value) -> Option<&'static str> {
        let modules = self.modules.iter().filter_map(|slot| Some((slot.module.name, slot.value.get()?)));
        let namespaces = self.externs.used_namespaces();
        modules.chain(namespaces).find(|(_, known)| known.to_value().is_same(value)).map(|(name, _)| name)
    }

    /// Whether objects of some kind have a method of this name, for hints.
    pub fn is_method_of_objects(&self, name: &str) -> bool {
        let of_modules = self.modules().flat_map(|module| module.entries);
        self.entries().chain(of_modules).any(|entry| entry.place == Place::Method && entry.native.name == name)
    }

    fn slot(&self, name: &str) -> Option<&Slot> {
        self.modules.iter().find(|slot| slot.module.name == name)
    }

    /// Whether the module's source has still to be run, and its exports given to [`Builtins::complete`].
    pub fn is_incomplete(&self, module: &NativeModule) -> bool {
        module.source.is_some() && self.slot(module.name).is_some_and(|slot| slot.value.get().is_none())
    }

    /// The value of a module is complete with what its source exports. If two threads came here at once, what the first one
    /// brought stays.
    pub fn complete(&self, module: &NativeModule, exports: &Value, heap: &Heap) -> Result<(), Refusal> {
        let Some(slot) = self.slot(module.name) else { return Ok(()) };
        let record = slot.record(heap);
        let fields = record.as_record().expect("just made");
        if let Some(exports) = exports.as_record() {
            exports.for_each(|name, value| {
                fields.set_named(name.clone(), value.clone(), heap).expect("not yet frozen");
            });
        }
        freeze(&record, heap)?;
        let _ = slot.value.set(Frozen::new(&record).expect("just frozen"));
        Ok(())
    }

    /// What compiled code calls a native module, or a native of it: `path` or `std:path`, `std:path/parts`.
    pub(super) fn module_extern(&self, name: &str) -> Option<Value> {
        let path = name.strip_prefix(IMPORT_PREFIX).unwrap_or(name);
        match path.split_once('/') {
            None => self.slot(path)?.value(),
            Some((module, native)) => self.module(module)?.native(native).map(NativeFunction::value),
        }
    }

    /// The method that foreign objects of a kind have, of those that native modules make.
    pub(super) fn module_method(&self, kind: &'static ForeignKind, name: &str) -> Option<&'static NativeFunction> {
        let methods = self.module_methods.get_or_init(|| {
            let entries = self.modules.iter().flat_map(|slot| slot.module.entries);
            Methods::among(entries.chain(self.late_methods()).filter(|entry| entry.foreign.is_some()))
        });
        methods.of_foreign(kind, name)
    }
}

/// What the source of a module, or what imports the module, calls something that compiled code refers to.
pub fn extern_name(module: &NativeModule, native: Option<&str>) -> Box<str> {
    match native {
        None => format!("{IMPORT_PREFIX}{}", module.name).into(),
        Some(native) => format!("{IMPORT_PREFIX}{}/{native}", module.name).into(),
    }
}

impl NativeModule {
    /// Whether its source may use a native by this name.
    pub fn has_native(&self, name: &str) -> bool {
        self.native(name).is_some()
    }
}
