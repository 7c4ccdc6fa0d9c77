//! What programs find without importing anything: functions, methods of the builtin kinds, namespaces, types, the
//! classes of errors, and the helpers that compiled code calls.
//!
//! All of it is immutable and the same for every isolate, so it is made once per process and shared. A native is declared
//! where it is implemented, in the table at the end of its file. The files here implement what the machine itself is made
//! of: threads, tasks, channels, signals, workers, types, errors; `TABLES` lists their tables. All else comes in libraries
//! ([`Library`]), which use nothing but the toolkit. Nothing here touches files, environment, processes or the network.
//!
//! **The natives' toolkit** is what libraries are written with:
//!
//! | what | where |
//! |---|---|
//! | what a native gets and answers | [`crate::native`], [`crate::Context`] |
//! | declaring natives and modules of them | [`Entry`], [`Kinds`], [`Place`], [`NativeModule`], [`Library`], [`signature`] |
//! | taking arguments apart, with the errors for wrong ones | [`arguments`] |
//! | walking over all that `for` walks over, with callbacks | [`iterate`] |
//! | building records and maps | [`keyed`] |
//! | types that programs write | [`types`] |
//! | work outside of the isolate | [`crate::operation`] |

pub mod arguments;
pub mod cases;
mod channels;
mod durations;
mod entry;
mod errors;
mod futures;
mod generators;
mod indexes;
pub mod iterate;
pub mod keyed;
mod kinds;
mod late;
mod library;
mod module;
mod mutexes;
mod queues;
mod reference;
mod results;
mod select;
pub(crate) mod signals;
pub mod signature;
mod tasks;
mod threads;
pub mod types;
mod workers;

pub use crate::isolate::names::GETTER_PREFIX;
pub use crate::memory::type_name;
pub use durations::of as duration_of;
pub use entry::{Call, Entry, Field, Kinds, Place};
pub(crate) use errors::error_line;
pub(crate) use iterate::Callback;
pub(crate) use kinds::CONSTRUCTOR;
pub(crate) use late::{Late, settle_all, settle_sent, share_inside};
pub use library::{Constant, ForeignType, Library};
pub use module::{IMPORT_PREFIX, NativeModule, extern_name};
pub use reference::first_sentence;

use crate::error::ErrorKind;
use crate::memory::{Frozen, Heap, Symbol, Tag, Value, freeze};
use crate::native::NativeFunction;
use crate::threads::ThreadNamespace;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use library::beside;
use std::borrow::Cow;
use std::sync::{Arc, LazyLock, OnceLock};

/// The natives of the machine.
static TABLES: &[&[Entry]] = &[
    cases::NATIVES,
    channels::NATIVES,
    durations::NATIVES,
    futures::NATIVES,
    generators::NATIVES,
    indexes::NATIVES,
    mutexes::NATIVES,
    queues::NATIVES,
    results::NATIVES,
    signals::NATIVES,
    select::NATIVES,
    tasks::NATIVES,
    threads::NATIVES,
    types::NATIVES,
    workers::NATIVES,
];

/// All fields of the VM's own objects.
static FIELDS: &[&[Field]] = &[threads::FIELDS];

type Table<K, V> = HashMap<K, V, FixedState>;

fn fields(libraries: &'static [&'static Library]) -> impl Iterator<Item = &'static Field> {
    FIELDS.iter().chain(libraries.iter().flat_map(|library| library.fields)).copied().flatten()
}

/// See the module.
pub struct Builtins {
    /// What a program can name, and the helpers of compiled code.
    externs: Table<&'static str, Frozen>,
    /// Natives that are global functions, by name.
    functions: Table<&'static str, &'static NativeFunction>,
    /// Natives that are methods, by name, each with the kinds that have it.
    methods: Table<Symbol, Vec<(Kinds, &'static NativeFunction)>>,
    /// Natives that are methods of foreign objects, by the number of the object's kind.
    foreign_methods: Table<(usize, Symbol), &'static NativeFunction>,
    /// Fields of foreign objects, by the number of the object's kind.
    foreign_fields: Table<(usize, Symbol), &'static Field>,
    /// By the number of the kind.
    error_classes: Vec<Frozen>,
    /// Where all others come from.
    libraries: &'static [&'static Library],
    modules: Vec<module::Slot>,
    /// Records of functions that are no modules, such as `math`.
    namespaces: Vec<(&'static str, Frozen)>,
    /// More methods of foreign objects, like `foreign_methods`, of native modules and of `Library::methods`: made when one is
    /// first looked for.
    module_methods: OnceLock<Table<(usize, Symbol), &'static NativeFunction>>,
}

/// What the documentation says about one builtin.
#[derive(Clone, Debug)]
pub struct Documentation {
    pub name: &'static str,
    /// On one line.
    pub signature: Cow<'static, str>,
    pub text: &'static str,
    /// The namespace that holds it.
    pub namespace: Option<&'static str>,
    /// A program can call it as a function.
    pub is_function: bool,
    /// A program can call it as a method.
    pub is_method: bool,
}

static MACHINE: LazyLock<Arc<Builtins>> = LazyLock::new(|| Builtins::with(&[]));

impl Builtins {
    /// Those that the machine has of its own: threads, tasks, signals, types and errors. The language has more.
    pub fn of_machine() -> Arc<Builtins> {
        MACHINE.clone()
    }

    /// Those of the machine, and what libraries bring. It keeps what it gets: one set serves all programs of the process.
    pub fn with(libraries: &'static [&'static Library]) -> Arc<Builtins> {
        Arc::new(Builtins::new(libraries))
    }

    fn new(libraries: &'static [&'static Library]) -> Builtins {
        let heap = Heap::new();
        let tables = TABLES.iter().chain(libraries.iter().flat_map(|library| library.tables));
        let aliases = libraries.iter().map(|library| library.aliases.len());
        let count = tables.map(|table| table.len()).chain(aliases).sum();
        let table = FixedState::default();
        let mut builtins = Builtins {
            externs: Table::with_capacity_and_hasher(count, table.clone()),
            functions: Table::with_capacity_and_hasher(count, table.clone()),
            methods: Table::with_capacity_and_hasher(count, table),
            foreign_methods: Table::default(),
            foreign_fields: Table::default(),
            error_classes: Vec::new(),
            libraries,
            modules: libraries.iter().flat_map(|library| library.modules).copied().map(module::Slot::new).collect(),
            module_methods: OnceLock::new(),
            namespaces: Vec::new(),
        };
        let mut namespaces: Vec<(&'static str, Value)> = Vec::new();
        for entry in builtins.tables() {
            builtins.add(entry, &mut namespaces, &heap);
        }
        for field in fields(libraries) {
            builtins.foreign_fields.insert((field.kind.number(), Symbol::intern(field.name)), field);
        }
        for &(alias, name) in libraries.iter().flat_map(|library| library.aliases) {
            builtins.add_alias(alias, name, &heap);
        }
        for constant in libraries.iter().flat_map(|library| library.constants) {
            let value = Value::float(constant.value);
            if let Some((namespace, _)) = constant.documented {
                add_to_namespace(&mut namespaces, namespace, constant.name, value.clone(), &heap);
            }
            builtins.share(constant.name, value, &heap);
        }
        for (name, namespace) in namespaces {
            builtins.share(name, namespace.clone(), &heap);
            builtins.namespaces.push((name, Frozen::new(&namespace).expect("shared above")));
        }
        builtins.share("thread", heap.shared_foreign(Arc::new(ThreadNamespace)), &heap);
        for (kind, class) in errors::classes(&heap) {
            builtins.share(kind.name(), class.clone(), &heap);
            builtins.error_classes.push(Frozen::new(&class).expect("shared above"));
        }
        let foreign = libraries.iter().flat_map(|library| library.types);
        for (name, value) in results::values(&heap) {
            builtins.share(name, value, &heap);
        }
        for (name, class) in kinds::types(foreign, &heap) {
            builtins.share(name, class, &heap);
        }
        builtins
    }

    fn add(&mut self, entry: &'static Entry, namespaces: &mut Vec<(&'static str, Value)>, heap: &Heap) {
        let native = &entry.native;
        let value = native.value();
        if matches!(entry.place, Place::Global | Place::Both(_) | Place::Helper) {
            self.functions.insert(native.name, native);
            self.share(native.name, value.clone(), heap);
        }
        if let Place::Both(name) = entry.place {
            add_to_namespace(namespaces, name, native.name, value, heap);
        }
        if entry.methods_of != Kinds::NONE {
            self.methods.entry(Symbol::intern(native.name)).or_default().push((entry.methods_of, native));
        }
        if let Some(kind) = entry.foreign {
            self.foreign_methods.insert((kind.number(), Symbol::intern(native.name)), native);
        }
    }

    /// Another name for a native, as a function and as a method.
    fn add_alias(&mut self, alias: &'static str, name: &'static str, heap: &Heap) {
        if let Some(native) = self.functions.get(name).copied() {
            self.functions.insert(alias, native);
            self.share(alias, native.value(), heap);
        }
        if let Some(methods) = self.methods.get(&Symbol::intern(name)).cloned() {
            self.methods.entry(Symbol::intern(alias)).or_default().extend(methods);
        }
    }

    fn share(&mut self, name: &'static str, value: Value, heap: &Heap) {
        freeze(&value, heap).expect("builtins hold nothing that cannot be frozen");
        let earlier = self.externs.insert(name, Frozen::new(&value).expect("just frozen"));
        debug_assert!(earlier.is_none(), "two builtins are named {name}");
    }

    /// The value of a builtin that a program can name, or of a helper of compiled code.
    pub fn extern_value(&self, name: &str) -> Option<Value> {
        self.externs.get(name).map(Frozen::to_value).or_else(|| self.module_extern(name))
    }

    /// There is such a builtin.
    pub fn is_extern(&self, name: &str) -> bool {
        self.externs.contains_key(name) || self.module(name).is_some()
    }

    /// The names that a program can use.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        let names = self.externs.keys().copied().filter(|name| !name.starts_with('%'));
        names.chain(self.modules().map(|module| module.name))
    }

    /// A global function.
    pub fn function(&self, name: &str) -> Option<&'static NativeFunction> {
        self.functions.get(name).copied()
    }

    /// What a name from another language is called here, for hints: `len` for `length`.
    pub fn familiar(&self, name: &str) -> Option<&'static str> {
        self.libraries.iter().find_map(|library| beside(library.familiar, name)).or_else(|| self.canonical(name))
    }

    /// What to write instead of a member that objects of a kind have in other languages.
    pub(crate) fn elsewhere(&self, kind: &str, name: &str) -> Option<&'static str> {
        let tables = self.libraries.iter().map(|library| library.elsewhere);
        let mut rows = tables.flat_map(|table| &table[table.partition_point(|row| row.0 < name)..]);
        rows.find(|row| row.0 == name && row.1 == kind).map(|row| row.2)
    }

    /// All that libraries say about members of other languages: the name, and what to write.
    pub fn all_elsewhere(&self) -> impl Iterator<Item = (&'static str, &'static str)> + '_ {
        self.libraries.iter().flat_map(|library| library.elsewhere).map(|row| (row.0, row.2))
    }

    /// The name of the builtin that a name is another name of.
    fn canonical(&self, name: &str) -> Option<&'static str> {
        self.libraries.iter().find_map(|library| beside(library.aliases, name))
    }

    /// This is another name for a builtin.
    pub(crate) fn is_alias(&self, name: &str) -> bool {
        self.canonical(name).is_some()
    }

    /// A hint for a program in `.gene`.
    pub(crate) fn hint_in_gene(&self, hint: &str) -> String {
        let rewrite = self.libraries.iter().find_map(|library| library.hint_in_gene);
        rewrite.map_or_else(|| hint.to_owned(), |rewrite| rewrite(hint))
    }

    /// For a builtin whose only effect is its result: what to write where that is not used, perhaps nothing.
    pub fn pure(&self, name: &str) -> Option<&'static str> {
        let name = self.canonical(name).unwrap_or(name);
        let symbol = Symbol::find(name)?;
        let of_kinds = self.methods.get(&symbol).into_iter().flatten().map(|&(_, native)| native);
        let mut named = self.functions.get(name).copied().into_iter().chain(of_kinds);
        let first = named.next()?.pure?;
        // What a method is called on is not known: all that have the name must be without effects.
        let of_objects = self.foreign_methods.iter().filter(|((_, method), _)| *method == symbol);
        let are_all = named.chain(of_objects.map(|(_, native)| *native)).all(|native| native.pure.is_some());
        are_all.then_some(first)
    }

    /// The method that values of a kind have.
    pub fn method(&self, tag: Tag, name: Symbol) -> Option<&'static NativeFunction> {
        let candidates = self.methods.get(&name)?;
        candidates.iter().find(|(kinds, _)| kinds.contains(tag)).map(|&(_, native)| native)
    }

    /// The method that a value has: of its kind, or of its type if it is a foreign object.
    pub fn method_of(&self, receiver: &Value, name: Symbol) -> Option<&'static NativeFunction> {
        if let Some(foreign) = receiver.as_foreign()
            && let kind = foreign.object().kind().number()
            && let Some(native) =
                self.foreign_methods.get(&(kind, name)).copied().or_else(|| self.module_method(kind, name))
        {
            return Some(native);
        }
        self.method(receiver.tag(), name).or_else(|| self.method_of_walked(receiver, name))
    }

    /// What a function of the library means for a foreign object that is its first argument and has a method of its name.
    pub(crate) fn answer_of(&self, object: &Value, function: &NativeFunction) -> Option<&'static NativeFunction> {
        let kind = object.as_foreign()?.object().kind();
        if !kind.answers_functions() {
            return None;
        }
        let key = (kind.number(), Symbol::find(function.name)?);
        self.foreign_methods.get(&key).copied().or_else(|| self.module_method(key.0, key.1))
    }

    /// Objects that say what is walked over have the methods of all that is walked over.
    #[cold]
    fn method_of_walked(&self, receiver: &Value, name: Symbol) -> Option<&'static NativeFunction> {
        let iterate = Symbol::find("iterate")?;
        let walks = match receiver.tag() {
            Tag::Instance => receiver.as_instance()?.class()?.method(iterate).is_some(),
            Tag::Foreign => {
                let kind = receiver.as_foreign()?.object().kind().number();
                self.foreign_methods.contains_key(&(kind, iterate))
                    || self.module_method(kind, iterate).is_some()
                    || crate::threads::Channel::of(receiver).is_some()
                    || crate::interpreter::sequence_length(receiver).is_some()
            }
            _ => false,
        };
        let candidates = self.methods.get(&name).filter(|_| walks)?;
        candidates.iter().find(|(kinds, _)| kinds.has_all(Kinds::ITERABLE)).map(|&(_, native)| native)
    }

    /// The field that a foreign object's kind has.
    pub(crate) fn foreign_field(&self, object: &Value, name: Symbol) -> Option<&'static Field> {
        let kind = object.as_foreign()?.object().kind().number();
        self.foreign_fields.get(&(kind, name)).copied()
    }

    /// Names of the fields that a foreign object's kind has.
    pub(crate) fn field_names(&self, object: &Value) -> impl Iterator<Item = &'static str> {
        let kind = object.as_foreign().map(|foreign| foreign.object().kind());
        let fields = fields(self.libraries);
        fields.filter(move |field| kind == Some(field.kind)).map(|field| field.name)
    }

    /// Names of the methods that a value has.
    pub fn method_names(&self, receiver: &Value) -> Vec<&'static str> {
        let kind_number = receiver.as_foreign().map(|foreign| foreign.object().kind().number());
        let of_kind = self
            .methods
            .iter()
            .filter(|(_, candidates)| candidates.iter().any(|(kinds, _)| kinds.contains(receiver.tag())));
        let of_modules =
            self.modules().flat_map(|module| module.entries).chain(self.late_methods()).filter_map(|entry| {
                entry.foreign.filter(|of| Some(of.number()) == kind_number).map(|_| entry.native.name)
            });
        let of_type = self.foreign_methods.keys().filter(|(of, _)| Some(*of) == kind_number);
        of_kind.map(|(name, _)| name.as_str()).chain(of_type.map(|(_, name)| name.as_str())).chain(of_modules).collect()
    }

    /// The class of a kind of error.
    pub fn error_class(&self, kind: ErrorKind) -> Value {
        self.error_classes[kind as usize].to_value()
    }

    /// All natives with the ways that lead to them, those of libraries too.
    pub fn entries(&self) -> impl Iterator<Item = &'static Entry> + use<> {
        self.tables().chain(self.late_methods())
    }

    /// Those that are there from the beginning.
    fn tables(&self) -> impl Iterator<Item = &'static Entry> + use<> {
        let tables = self.libraries.iter().flat_map(|library| library.tables);
        TABLES.iter().chain(tables).copied().flatten()
    }

    /// Methods that are found when one is first looked for.
    fn late_methods(&self) -> impl Iterator<Item = &'static Entry> + use<> {
        self.libraries.iter().flat_map(|library| library.methods).copied().flatten()
    }

    /// Everything that a program can name: natives with their signatures, types and constants.
    pub fn documentation(&self) -> impl Iterator<Item = Documentation> {
        let natives = self.entries().filter(|entry| !matches!(entry.place, Place::Hidden | Place::Helper));
        let natives = natives.map(|entry| {
            entry.documented(match entry.place {
                Place::Both(name) => Some(name),
                _ => None,
            })
        });
        let plain = |name, text, namespace| Documentation {
            name,
            signature: Cow::Borrowed(name),
            text,
            namespace,
            is_function: false,
            is_method: false,
        };
        let types = kinds::TYPES.iter().map(move |kind| plain(kind.name, kind.documentation, None));
        let foreign = self.libraries.iter().flat_map(|library| library.types);
        let foreign = foreign.map(move |kind| plain(kind.kind.name(), kind.documentation, None));
        let constants = self.libraries.iter().flat_map(|library| library.constants);
        let constants = constants.filter_map(move |constant| {
            let (namespace, text) = constant.documented?;
            Some(plain(constant.name, text, Some(namespace)))
        });
        let modules = self.modules().flat_map(NativeModule::exports);
        natives.chain(types).chain(foreign).chain(constants).chain(modules)
    }
}

fn add_to_namespace(
    namespaces: &mut Vec<(&'static str, Value)>,
    namespace: &'static str,
    name: &str,
    value: Value,
    heap: &Heap,
) {
    let at = namespaces.iter().position(|(other, _)| *other == namespace).unwrap_or_else(|| {
        namespaces.push((namespace, heap.record(0)));
        namespaces.len() - 1
    });
    let record = namespaces[at].1.as_record().expect("a namespace is a record");
    record.set(Symbol::intern(name), value, heap).expect("not yet frozen");
}
