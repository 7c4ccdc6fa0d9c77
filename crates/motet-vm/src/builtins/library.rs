//! What a library brings to programs. The machine has builtins of its own (threads, tasks, signals, types, errors); all
//! others come in libraries, the language's own too (`motet-builtins`).

use super::{Entry, Field, NativeModule};
use crate::memory::ForeignKind;

/// See the module. All of it is constant: one set of builtins serves all programs of the process.
pub struct Library {
    /// Its natives: a table for each file that implements some.
    pub tables: &'static [&'static [Entry]],
    /// Methods of foreign objects that most programs never make: nothing is made of them before one is looked for.
    pub methods: &'static [&'static [Entry]],
    /// What it offers under names of their own, loaded when a program names one.
    pub modules: &'static [&'static NativeModule],
    /// The types of the foreign objects that its natives make.
    pub types: &'static [ForeignType],
    /// Fields of those objects: a table for each file that has some.
    pub fields: &'static [&'static [Field]],
    pub constants: &'static [Constant],
    /// Other names of functions and methods, sorted: the name, and what it is another name of.
    pub aliases: &'static [(&'static str, &'static str)],
    /// Names from other languages that mean something near, sorted, for hints.
    pub familiar: &'static [(&'static str, &'static str)],
    /// Members that objects of other languages have, sorted by their names: the name, the kind of the object, and what to write.
    pub elsewhere: &'static [(&'static str, &'static str, &'static str)],
    /// Writes a hint, whose code is `.soc`, for a program in `.gene`.
    pub hint_in_gene: Option<fn(&str) -> String>,
}

impl Library {
    /// Nothing: what a library has beside is written over it.
    pub const EMPTY: Library = Library {
        tables: &[],
        methods: &[],
        modules: &[],
        types: &[],
        fields: &[],
        constants: &[],
        aliases: &[],
        familiar: &[],
        elsewhere: &[],
        hint_in_gene: None,
    };
}

/// A type that programs can name: all foreign objects of one kind.
pub struct ForeignType {
    /// Whose name the type has.
    pub kind: &'static ForeignKind,
    pub documentation: &'static str,
    /// The function that makes such an object, which calling the type calls.
    pub constructor: Option<&'static str>,
}

/// A float that programs can name.
pub struct Constant {
    pub name: &'static str,
    pub value: f64,
    /// The namespace that holds it too, and what it is. None for a name that only literals have.
    pub documented: Option<(&'static str, &'static str)>,
}

/// What stands beside a name in a sorted list.
pub(super) fn beside(list: &'static [(&'static str, &'static str)], name: &str) -> Option<&'static str> {
    list.binary_search_by_key(&name, |entry| entry.0).ok().map(|at| list[at].1)
}
