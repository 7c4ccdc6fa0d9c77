//! What programs find without importing anything: functions, methods of the builtin kinds, namespaces, types, the
//! classes of errors, and the helpers that compiled code calls.
//!
//! All of it is immutable and the same for every isolate, so one set serves the process; what stands behind a name is made
//! when a program first uses it. A native is declared where it is implemented, in the table at the end of its file. The
//! files here implement what the machine itself is made of: threads, tasks, channels, signals, workers, types, errors;
//! `TABLES` lists their tables. All else comes in libraries ([`Library`]), which use nothing but the toolkit. Nothing here
//! touches files, environment, processes or the network.
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
mod externs;
mod futures;
mod generators;
mod indexes;
pub mod iterate;
pub mod keyed;
mod kinds;
mod late;
mod library;
mod methods;
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
use crate::memory::{ForeignKind, Symbol, Tag, Value};
use crate::native::NativeFunction;
use externs::Externs;
use library::beside;
use methods::{Fields, Method, Methods};
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

fn fields(libraries: &'static [&'static Library]) -> impl Iterator<Item = &'static Field> {
    FIELDS.iter().chain(libraries.iter().flat_map(|library| library.fields)).copied().flatten()
}

/// See the module.
pub struct Builtins {
    /// What a program can name, and the helpers of compiled code.
    externs: Externs,
    methods: Methods,
    fields: Fields,
    /// Where all but those of the machine come from.
    libraries: &'static [&'static Library],
    modules: Vec<module::Slot>,
    /// More methods of foreign objects, those of native modules and of `Library::methods`: the table is made when one is
    /// first looked for.
    module_methods: OnceLock<Methods>,
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
        let aliases = libraries.iter().flat_map(|library| library.aliases);
        let count = externs::entries(libraries).count() + aliases.clone().count();
        let mut methods = Methods::with_capacity(count);
        externs::entries(libraries).for_each(|entry| methods.add_entry(entry));
        for &(alias, name) in aliases {
            let same: Vec<Method> = methods.of(name).filter(|method| method.kinds != Kinds::NONE).copied().collect();
            same.into_iter().for_each(|method| methods.add(alias, Method { foreign: None, ..method }));
        }
        let mut by_name = Fields::with_capacity(fields(libraries).count());
        fields(libraries).for_each(|field| by_name.add(field.name, field));
        Builtins {
            externs: Externs::new(libraries, count),
            methods,
            fields: by_name,
            libraries,
            modules: libraries.iter().flat_map(|library| library.modules).copied().map(module::Slot::new).collect(),
            module_methods: OnceLock::new(),
        }
    }

    /// The value of a builtin that a program can name, or of a helper of compiled code.
    pub fn extern_value(&self, name: &str) -> Option<Value> {
        self.externs.value(name).or_else(|| self.module_extern(name))
    }

    /// There is such a builtin.
    pub fn is_extern(&self, name: &str) -> bool {
        self.externs.has(name) || self.module(name).is_some()
    }

    /// The names that a program can use.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        let names = self.externs.names().filter(|name| !name.starts_with('%'));
        names.chain(self.modules().map(|module| module.name))
    }

    /// A global function.
    pub fn function(&self, name: &str) -> Option<&'static NativeFunction> {
        self.externs.function(name)
    }

    /// What a name from another language is called here, for hints: `len` for `length`.
    pub fn familiar(&self, name: &str) -> Option<&'static str> {
        self.libraries.iter().find_map(|library| beside(library.familiar, name)).or_else(|| self.canonical(name))
    }

    /// What to write instead of a member that objects of a kind have in other languages.
    pub(crate) fn elsewhere(&self, kind: &str, name: &str) -> Option<&'static str> {
        let of = |name: &str| {
            let tables = self.libraries.iter().map(|library| library.elsewhere);
            let mut rows = tables.flat_map(|table| &table[table.partition_point(|row| row.0 < name)..]);
            rows.find(|row| row.0 == name && row.1 == kind).map(|row| row.2)
        };
        of(name).or_else(|| of(self.canonical(name)?))
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
        let of_kinds = self.methods.of(name).filter(|method| method.kinds != Kinds::NONE).map(|method| method.native);
        let mut named = self.externs.function(name).into_iter().chain(of_kinds);
        let first = named.next()?.pure?;
        // What a method is called on is not known: all that have the name must be without effects.
        let of_objects = self.methods.of(name).filter(|method| method.foreign.is_some()).map(|method| method.native);
        let are_all = named.chain(of_objects).all(|native| native.pure.is_some());
        are_all.then_some(first)
    }

    /// The method that values of a kind have.
    pub fn method(&self, tag: Tag, name: Symbol) -> Option<&'static NativeFunction> {
        self.methods.of_tag(tag, name.as_str())
    }

    /// The method that a value has: of its kind, or of its type if it is a foreign object.
    pub fn method_of(&self, receiver: &Value, name: Symbol) -> Option<&'static NativeFunction> {
        if let Some(foreign) = receiver.as_foreign()
            && let Some(native) = self.method_of_foreign(foreign.object().kind(), name.as_str())
        {
            return Some(native);
        }
        self.method(receiver.tag(), name).or_else(|| self.method_of_walked(receiver, name))
    }

    fn method_of_foreign(&self, kind: &'static ForeignKind, name: &str) -> Option<&'static NativeFunction> {
        self.methods.of_foreign(kind, name).or_else(|| self.module_method(kind, name))
    }

    /// What a function of the library means for foreign objects of a kind that have a method of its name.
    pub(crate) fn answer_of(
        &self,
        kind: &'static ForeignKind,
        function: &NativeFunction,
    ) -> Option<&'static NativeFunction> {
        self.method_of_foreign(kind, function.name)
    }

    /// Objects that say what is walked over have the methods of all that is walked over.
    #[cold]
    fn method_of_walked(&self, receiver: &Value, name: Symbol) -> Option<&'static NativeFunction> {
        const ITERATE: &str = "iterate";
        const LENGTH: &str = "len";
        let walks = match receiver.tag() {
            Tag::Instance => receiver.as_instance()?.class()?.method(Symbol::find(ITERATE)?).is_some(),
            Tag::Foreign => {
                let is_sequence = crate::interpreter::sequence_length(receiver).is_some();
                if is_sequence && (name.as_str() == LENGTH || self.canonical(name.as_str()) == Some(LENGTH)) {
                    return self.function(LENGTH);
                }
                is_sequence
                    || self.method_of_foreign(receiver.as_foreign()?.object().kind(), ITERATE).is_some()
                    || crate::threads::Channel::of(receiver).is_some()
            }
            _ => false,
        };
        self.methods.of_iterables(name.as_str()).filter(|_| walks)
    }

    /// The field that a foreign object's kind has.
    pub(crate) fn foreign_field(&self, object: &Value, name: Symbol) -> Option<&'static Field> {
        self.fields.of_foreign(object.as_foreign()?.object().kind(), name.as_str())
    }

    /// Names of the fields that a foreign object's kind has.
    pub(crate) fn field_names(&self, object: &Value) -> impl Iterator<Item = &'static str> {
        let kind = object.as_foreign().map(|foreign| foreign.object().kind());
        let fields = fields(self.libraries);
        fields.filter(move |field| kind == Some(field.kind)).map(|field| field.name)
    }

    /// Names of the methods that a value has.
    pub fn method_names(&self, receiver: &Value) -> Vec<&'static str> {
        let foreign = receiver.as_foreign().map(|foreign| foreign.object().kind());
        let is_its = |kinds: Kinds, of: Option<&'static ForeignKind>| {
            kinds.contains(receiver.tag()) || of.is_some() && of == foreign
        };
        let names =
            self.methods.iter().filter(|(_, method)| is_its(method.kinds, method.foreign)).map(|(name, _)| name);
        let of_modules = self.modules().flat_map(|module| module.entries).chain(self.late_methods());
        let of_modules = of_modules.filter(|entry| is_its(Kinds::NONE, entry.foreign)).map(|entry| entry.native.name);
        names.chain(of_modules).collect()
    }

    /// The class of a kind of error.
    pub fn error_class(&self, kind: ErrorKind) -> Value {
        self.externs.error_class(kind)
    }

    /// All natives with the ways that lead to them, those of libraries too.
    pub fn entries(&self) -> impl Iterator<Item = &'static Entry> + use<> {
        externs::entries(self.libraries).chain(self.late_methods())
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
