//! How natives are declared: one [`Entry`] each, in the static table at the end of the file that implements it.

use super::Documentation;
use super::signature::parameters;
use crate::context::Context;
use crate::error::Result;
use crate::isolate::Isolate;
use crate::memory::{ForeignKind, Tag, Value};
use crate::native::{Arguments, Keywords, NativeFunction, Outcome};

/// A set of kinds of value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kinds(u32);

impl Kinds {
    pub const NONE: Kinds = Kinds(0);
    /// Whatever a program can hold.
    pub const ALL: Kinds = Kinds(!(1 << Tag::Missing as u32) & !(1 << Tag::Cell as u32));
    pub const LIST: Kinds = Kinds::of(&[Tag::List]);
    pub const STRING: Kinds = Kinds::of(&[Tag::String]);
    pub const BYTES: Kinds = Kinds::of(&[Tag::Bytes]);
    pub const NUMBER: Kinds = Kinds::of(&[Tag::Int, Tag::Float]);
    pub const COMPLEX: Kinds = Kinds::of(&[Tag::Complex]);
    pub const NUMERIC: Kinds = Kinds::NUMBER.and(Kinds::COMPLEX);
    pub const FUNCTION: Kinds = Kinds::of(&[Tag::Native, Tag::Closure, Tag::BoundMethod, Tag::Class]);
    /// Keys with values.
    pub const KEYED: Kinds = Kinds::of(&[Tag::Record, Tag::Map]);
    /// What `for` walks over.
    pub const ITERABLE: Kinds =
        Kinds::of(&[Tag::List, Tag::Range, Tag::String, Tag::Bytes, Tag::Record, Tag::Map, Tag::Node, Tag::Generator]);

    pub const fn of(tags: &[Tag]) -> Kinds {
        let mut bits = 0;
        let mut index = 0;
        while index < tags.len() {
            bits |= 1 << tags[index] as u32;
            index += 1;
        }
        Kinds(bits)
    }

    pub const fn and(self, other: Kinds) -> Kinds {
        Kinds(self.0 | other.0)
    }

    pub const fn has_all(self, others: Kinds) -> bool {
        self.0 & others.0 == others.0
    }

    #[inline]
    pub const fn contains(self, tag: Tag) -> bool {
        self.0 & (1 << tag as u32) != 0
    }
}

/// Where programs find a native.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// By its name.
    Global,
    /// By its name, and in a namespace such as `math`.
    Both(&'static str),
    /// Only as a method.
    Method,
    /// By a name that begins with `%`, which only compiled code can write.
    Helper,
    /// Nowhere: compiled code, classes and the like refer to it.
    Hidden,
}

/// A native with the ways that lead to it.
pub struct Entry {
    pub native: NativeFunction,
    pub place: Place,
    /// Values of these kinds have it as a method: the receiver is the first argument.
    pub methods_of: Kinds,
    /// Foreign objects of this kind have it as a method.
    pub foreign: Option<&'static ForeignKind>,
}

/// A field of the foreign objects of one kind: what a program reads as `object.name`.
pub struct Field {
    pub kind: &'static ForeignKind,
    pub name: &'static str,
    /// What it is; none if this object has no such field.
    pub read: fn(&Isolate, &Value) -> Option<Value>,
    pub documentation: &'static str,
}

/// A native's code.
pub type Call = fn(&mut Context<'_>, Arguments<'_>) -> Result<Outcome>;

impl Entry {
    /// What the documentation says about it.
    pub(super) fn documented(&self, namespace: Option<&'static str>) -> Documentation {
        Documentation {
            name: self.native.name,
            signature: self.native.signature.into(),
            text: self.native.documentation,
            namespace,
            is_function: self.place != Place::Method,
            is_method: self.methods_of != Kinds::NONE || self.foreign.is_some(),
        }
    }

    /// A global function, or one of its module. The signature says its name and what it takes: `split(text, separator = " ",
    /// limit: null)` takes one or two arguments, and the keyword `limit`.
    pub const fn function(signature: &'static str, call: Call, documentation: &'static str) -> Entry {
        let taken = parameters(signature);
        let keywords = if taken.has_keywords { Keywords::InSignature } else { Keywords::None };
        let arity = (taken.least, taken.most);
        let name = name_in(signature);
        let native = NativeFunction { name, signature, documentation, arity, keywords, pure: None, note: None, call };
        Entry { native, place: Place::Global, methods_of: Kinds::NONE, foreign: None }
    }

    /// Values of these kinds have it as a method too.
    pub const fn on(mut self, kinds: Kinds) -> Entry {
        self.methods_of = kinds;
        self
    }

    /// A method of foreign objects of one kind: the object is the first argument.
    pub const fn method(
        kind: &'static ForeignKind,
        signature: &'static str,
        call: Call,
        documentation: &'static str,
    ) -> Entry {
        Entry::function(signature, call, documentation).at(Place::Method).on_foreign(kind)
    }

    /// Foreign objects of this kind have it as a method too.
    pub const fn on_foreign(mut self, kind: &'static ForeignKind) -> Entry {
        self.foreign = Some(kind);
        self
    }

    /// A function without a receiver is a method of foreign objects too: then the object comes before its arguments.
    pub const fn also_of(mut self, kind: &'static ForeignKind) -> Entry {
        self.native.arity.1 += 1;
        self.on_foreign(kind)
    }

    /// How many of the arguments of `...rest` and before it there must be.
    pub const fn at_least(mut self, least: usize) -> Entry {
        assert!(self.native.arity.1 == usize::MAX, "the signature says how many there are");
        self.native.arity.0 = least;
        self
    }

    /// It takes arguments that its signature does not show to programs.
    pub const fn takes(mut self, least: usize, most: usize) -> Entry {
        self.native.arity = (least, most);
        self
    }

    pub const fn at(mut self, place: Place) -> Entry {
        self.place = place;
        self
    }

    /// Its only effect is its result: a call whose result is not used is a mistake, of which the compiler warns.
    pub const fn pure(self) -> Entry {
        self.pure_or("")
    }

    /// The same, with what to write instead: a method that changes the value itself, or `text` for one that gives another
    /// text.
    pub const fn pure_or(mut self, instead: &'static str) -> Entry {
        self.native.pure = Some(instead);
        self
    }

    /// What to write where other languages call something else so.
    pub const fn elsewhere(mut self, note: &'static str) -> Entry {
        self.native.note = Some(note);
        self
    }

    /// It takes any keyword, and looks at their names itself.
    pub const fn any_keywords(mut self) -> Entry {
        self.native.keywords = Keywords::Any;
        self
    }
}

/// The part of a signature before its parenthesis.
const fn name_in(signature: &'static str) -> &'static str {
    let bytes = signature.as_bytes();
    let mut end = 0;
    while end < bytes.len() && bytes[end] != b'(' {
        end += 1;
    }
    signature.split_at(end).0
}
