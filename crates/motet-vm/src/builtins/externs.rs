//! What the names of builtins stand for. Natives are constants. All else (namespaces, types, classes of errors) is made when
//! a program first names it: so a name costs the start of a process its row in the table, and no object.

use super::entry::{Entry, Place};
use super::kinds::{self, Type};
use super::library::{Constant, ForeignType, Library};
use super::{TABLES, errors, results};
use crate::error::ErrorKind;
use crate::memory::{Frozen, Heap, Symbol, Value, freeze};
use crate::native::NativeFunction;
use crate::threads::ThreadNamespace;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use std::sync::{Arc, OnceLock};

/// See the module.
pub(super) struct Externs {
    names: HashMap<&'static str, Extern, FixedState>,
    /// What [`Extern::Made`] numbers.
    made: Vec<(Recipe, OnceLock<Frozen>)>,
    /// By the number of the kind.
    error_classes: OnceLock<Vec<Frozen>>,
    /// In the order of [`results::NAMES`].
    results: OnceLock<Vec<Frozen>>,
    libraries: &'static [&'static Library],
}

/// What a name stands for.
#[derive(Clone, Copy)]
enum Extern {
    Native(&'static NativeFunction),
    Float(f64),
    Error(ErrorKind),
    Result(usize),
    Made(usize),
}

/// How something is made that is made alone.
#[derive(Clone, Copy)]
enum Recipe {
    /// The object behind `thread`.
    Thread,
    /// A record of the functions and constants that say that they are in it, such as `math`.
    Namespace(&'static str),
    Type(&'static Type),
    ForeignType(&'static ForeignType),
}

impl Externs {
    pub fn new(libraries: &'static [&'static Library], most: usize) -> Externs {
        let mut externs = Externs {
            names: HashMap::with_capacity_and_hasher(most, FixedState::default()),
            made: Vec::new(),
            error_classes: OnceLock::new(),
            results: OnceLock::new(),
            libraries,
        };
        for entry in entries(libraries) {
            if matches!(entry.place, Place::Global | Place::Both(_) | Place::Helper) {
                externs.add(entry.native.name, Extern::Native(&entry.native));
            }
            if let Place::Both(namespace) = entry.place {
                externs.add_namespace(namespace);
            }
        }
        for &(alias, name) in libraries.iter().flat_map(|library| library.aliases) {
            if let Some(native) = externs.function(name) {
                externs.add(alias, Extern::Native(native));
            }
        }
        for constant in constants(libraries) {
            externs.add(constant.name, Extern::Float(constant.value));
            if let Some((namespace, _)) = constant.documented {
                externs.add_namespace(namespace);
            }
        }
        externs.add_made("thread", Recipe::Thread);
        ErrorKind::ALL.iter().for_each(|&kind| externs.add(kind.name(), Extern::Error(kind)));
        (0..).zip(results::NAMES).for_each(|(number, name)| externs.add(name, Extern::Result(number)));
        kinds::TYPES.iter().for_each(|kind| externs.add_made(kind.name, Recipe::Type(kind)));
        let foreign = libraries.iter().flat_map(|library| library.types);
        foreign.for_each(|kind| externs.add_made(kind.kind.name(), Recipe::ForeignType(kind)));
        externs
    }

    fn add(&mut self, name: &'static str, meaning: Extern) {
        let earlier = self.names.insert(name, meaning);
        debug_assert!(earlier.is_none(), "two builtins are named {name}");
    }

    fn add_made(&mut self, name: &'static str, recipe: Recipe) {
        self.add(name, Extern::Made(self.made.len()));
        self.made.push((recipe, OnceLock::new()));
    }

    fn add_namespace(&mut self, name: &'static str) {
        let is_it = |(recipe, _): &(Recipe, _)| matches!(recipe, Recipe::Namespace(other) if *other == name);
        if !self.made.iter().any(is_it) {
            self.add_made(name, Recipe::Namespace(name));
        }
    }

    pub fn value(&self, name: &str) -> Option<Value> {
        Some(match *self.names.get(name)? {
            Extern::Native(native) => native.value(),
            Extern::Float(value) => Value::float(value),
            Extern::Error(kind) => self.error_class(kind),
            Extern::Result(number) => self.results.get_or_init(|| {
                let heap = Heap::new();
                results::values(&heap).iter().map(|value| shared(value, &heap)).collect()
            })[number]
                .to_value(),
            Extern::Made(number) => {
                let (recipe, made) = &self.made[number];
                made.get_or_init(|| {
                    let heap = Heap::new();
                    shared(&self.make(*recipe, &heap), &heap)
                })
                .to_value()
            }
        })
    }

    pub fn has(&self, name: &str) -> bool {
        self.names.contains_key(name)
    }

    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.names.keys().copied()
    }

    /// A native that is a global function.
    pub fn function(&self, name: &str) -> Option<&'static NativeFunction> {
        match self.names.get(name) {
            Some(Extern::Native(native)) => Some(native),
            _ => None,
        }
    }

    pub fn error_class(&self, kind: ErrorKind) -> Value {
        let classes = self.error_classes.get_or_init(|| {
            let heap = Heap::new();
            errors::classes(&heap).iter().map(|class| shared(class, &heap)).collect()
        });
        classes[kind as usize].to_value()
    }

    /// The namespaces that programs have named.
    pub fn used_namespaces(&self) -> impl Iterator<Item = (&'static str, &Frozen)> {
        self.made.iter().filter_map(|(recipe, made)| match recipe {
            Recipe::Namespace(name) => Some((*name, made.get()?)),
            _ => None,
        })
    }

    fn make(&self, recipe: Recipe, heap: &Heap) -> Value {
        match recipe {
            Recipe::Thread => heap.shared_foreign(Arc::new(ThreadNamespace)),
            Recipe::Type(kind) => kind.class(heap),
            Recipe::ForeignType(kind) => kinds::foreign_class(kind, heap),
            Recipe::Namespace(name) => self.namespace(name, heap),
        }
    }

    fn namespace(&self, name: &str, heap: &Heap) -> Value {
        let namespace = heap.record(0);
        let record = namespace.as_record().expect("just made");
        let natives = entries(self.libraries).filter(|entry| matches!(entry.place, Place::Both(of) if of == name));
        let natives = natives.map(|entry| (entry.native.name, entry.native.value()));
        let constants = constants(self.libraries).filter(|constant| constant.documented.is_some_and(|of| of.0 == name));
        for (name, value) in natives.chain(constants.map(|constant| (constant.name, Value::float(constant.value)))) {
            record.set(Symbol::intern(name), value, heap).expect("not yet frozen");
        }
        namespace
    }
}

/// The natives that are there from the beginning.
pub(super) fn entries(libraries: &'static [&'static Library]) -> impl Iterator<Item = &'static Entry> + Clone + use<> {
    TABLES.iter().chain(libraries.iter().flat_map(|library| library.tables)).copied().flatten()
}

fn constants(libraries: &'static [&'static Library]) -> impl Iterator<Item = &'static Constant> {
    libraries.iter().flat_map(|library| library.constants)
}

fn shared(value: &Value, heap: &Heap) -> Frozen {
    freeze(value, heap).expect("builtins hold nothing that cannot be frozen");
    Frozen::new(value).expect("just frozen")
}
