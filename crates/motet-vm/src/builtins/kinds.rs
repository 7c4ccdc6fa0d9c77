//! The names of the kinds of value, and the types that stand for them in programs: `Int`, `List`, `Function` …
//!
//! A type is a class without instances of its own, so that it can be passed around, printed and called: `Int("12")`
//! converts.

use super::arguments::describe;
use super::durations::DURATION;
use super::entry::{Entry, Kinds, Place};
use super::library::ForeignType;
use super::mutexes::MUTEX;
use super::queues::{DEQUE, HEAP};
use super::signals::EFFECT;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::future::FUTURE;
use crate::memory::{ForeignKind, Heap, Symbol, Tag, Value};
use crate::native::{Arguments, Outcome};
use crate::signals::{COMPUTED, SIGNAL};
use crate::threads::{CHANNEL, MESSAGE, THREAD};
use crate::workers::JOB;

/// The static member of a type that is called when the type is called. It gets the type as its first argument.
pub(crate) const CONSTRUCTOR: &str = "%new";

/// A type that programs can name.
pub(super) struct Type {
    pub name: &'static str,
    pub documentation: &'static str,
    /// Values of these kinds are of the type.
    pub kinds: Kinds,
    /// So are foreign objects of this kind.
    pub foreign: Option<&'static ForeignKind>,
    /// The builtin that calling the type calls.
    constructor: Option<&'static str>,
}

impl Type {
    const fn new(name: &'static str, kinds: Kinds, documentation: &'static str) -> Type {
        Type { name, documentation, kinds, foreign: None, constructor: None }
    }

    const fn made_by(mut self, constructor: &'static str) -> Type {
        self.constructor = Some(constructor);
        self
    }

    const fn foreign(name: &'static str, kind: &'static ForeignKind, documentation: &'static str) -> Type {
        Type { name, documentation, kinds: Kinds::NONE, foreign: Some(kind), constructor: None }
    }

    pub fn has(&self, value: &Value) -> bool {
        if let Some(map) = value.as_map()
            && matches!(self.name, "Map" | "Set")
        {
            return map.is_set() == (self.name == "Set");
        }
        self.kinds.contains(value.tag())
            || self.name == "Function" && crate::embedder::EmbedderFunction::of(value).is_some()
            || self.foreign.is_some_and(|kind| is_of_kind(value, kind.number()))
    }
}

/// A foreign object of the kind with this number.
fn is_of_kind(value: &Value, number: usize) -> bool {
    value.as_foreign().is_some_and(|foreign| foreign.object().kind().number() == number)
}

/// Those of the machine; libraries have more ([`ForeignType`]).
pub(super) static TYPES: &[Type] = &[
    Type::new("Any", Kinds::ALL, "Any value."),
    Type::new("Null", Kinds::of(&[Tag::Null]), "The type of null."),
    Type::new("Bool", Kinds::of(&[Tag::False, Tag::True]), "true and false.").made_by("bool"),
    Type::new("Int", Kinds::of(&[Tag::Int]), "Integers of 64 bits.").made_by("int"),
    Type::new("Float", Kinds::of(&[Tag::Float]), "Floating-point numbers of 64 bits.").made_by("float"),
    Type::new("Number", Kinds::NUMBER, "Integers and floats.").made_by("number"),
    Type::new("Complex", Kinds::COMPLEX, "Complex numbers.").made_by("complex"),
    Type::new("String", Kinds::STRING, "Text.").made_by("str"),
    Type::new("Symbol", Kinds::of(&[Tag::Symbol, Tag::MadeSymbol]), "Names as values.").made_by("symbol"),
    Type::new("Bytes", Kinds::BYTES, "Immutable strings of bytes.").made_by("bytes"),
    Type::new("Range", Kinds::of(&[Tag::Range]), "Ranges of integers.").made_by("range"),
    Type::new("List", Kinds::LIST, "Lists.").made_by("list"),
    Type::new("Record", Kinds::of(&[Tag::Record]), "Records.").made_by("record"),
    Type::new("Map", Kinds::of(&[Tag::Map]), "Maps with any key.").made_by("dict"),
    Type::new("Set", Kinds::of(&[Tag::Map]), "Sets: each element once.").made_by("set"),
    Type::new("Node", Kinds::of(&[Tag::Node]), "Pieces of .gene data.").made_by("node"),
    Type::new("Function", Kinds::FUNCTION, "Whatever can be called."),
    Type::new("Class", Kinds::of(&[Tag::Class]), "Classes and types."),
    Type::new("Generator", Kinds::of(&[Tag::Generator]), "Generators."),
    Type::new("Iterable", Kinds::ITERABLE, "Whatever `for` walks over."),
    Type::foreign("Future", &FUTURE, "What will be there later."),
    Type::foreign("Thread", &THREAD, "Threads."),
    Type::foreign("Message", &MESSAGE, "Messages that have arrived."),
    Type::foreign("Channel", &CHANNEL, "Channels."),
    Type::foreign("Mutex", &MUTEX, "Mutexes."),
    Type::foreign("Job", &JOB, "Jobs in the background."),
    Type::foreign("Signal", &SIGNAL, "Signals."),
    Type::foreign("Computed", &COMPUTED, "Computed values."),
    Type::foreign("Effect", &EFFECT, "Effects."),
    Type::foreign("Duration", &DURATION, "Lengths of time."),
    Type::foreign("Heap", &HEAP, "Heaps, which give their least element first."),
    Type::foreign("Deque", &DEQUE, "Queues with two ends."),
];

impl Type {
    /// It as a value of programs.
    pub fn class(&'static self, heap: &Heap) -> Value {
        let number = TYPES.iter().position(|other| std::ptr::eq(other, self)).expect("one of the list");
        class(self.name, NUMBER, number, heap)
    }
}

/// A type of a library as a value of programs.
pub(super) fn foreign_class(foreign: &ForeignType, heap: &Heap) -> Value {
    class(foreign.kind.name(), KIND, foreign.kind.number(), heap)
}

fn class(name: &str, member: &str, number: usize, heap: &Heap) -> Value {
    let value = heap.class(Symbol::intern(name), &Value::NULL);
    let class = value.as_class().expect("just made");
    class.set_static(Symbol::intern(CONSTRUCTOR), NEW.native.value(), heap).expect("a new class");
    class.set_static(Symbol::intern(member), Value::int(number as i64), heap).expect("a new class");
    value
}

/// The static member of a type that says which of [`TYPES`] it is.
const NUMBER: &str = "%type";
/// The static member of a library's type that says of which kind its objects are.
const KIND: &str = "%kind";

/// A type that is no class of the program.
pub(super) enum BuiltinType {
    OfMachine(&'static Type),
    /// Of the foreign objects whose kind has this number.
    OfLibrary(usize),
}

impl BuiltinType {
    /// The type that a value is, if it is one.
    pub fn of(value: &Value) -> Option<BuiltinType> {
        let class = value.as_class().filter(|class| class.parent().is_none())?;
        let member = |name| usize::try_from(class.static_value(Symbol::find(name)?)?.as_int()?).ok();
        match member(NUMBER) {
            Some(number) => TYPES.get(number).map(BuiltinType::OfMachine),
            None => member(KIND).map(BuiltinType::OfLibrary),
        }
    }

    pub fn has(&self, value: &Value) -> bool {
        match self {
            BuiltinType::OfMachine(kind) => kind.has(value),
            BuiltinType::OfLibrary(number) => is_of_kind(value, *number),
        }
    }
}

/// Calls a type: `Int("12")`.
fn call_type(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let kind = arguments.at(0);
    let constructor = match BuiltinType::of(kind) {
        Some(BuiltinType::OfMachine(made)) => made.constructor,
        Some(BuiltinType::OfLibrary(number)) => {
            let types = context.isolate.builtins.libraries.iter().flat_map(|library| library.types);
            types.filter(|kind| kind.kind.number() == number).find_map(|kind| kind.constructor)
        }
        None => return Err(Error::type_error(format!("{} is not a type", describe(kind)))),
    };
    let Some(native) = constructor.and_then(|name| context.isolate.builtins.function(name)) else {
        let name = kind.as_class().map_or("this", |class| class.name().as_str());
        return Err(Error::type_error(format!("{name} is a type that cannot be called")));
    };
    let arguments = arguments.without_first();
    native.check_arguments(&arguments)?;
    (native.call)(context, arguments)
}

static NEW: Entry = Entry::function("type(...values)", call_type, "Converts values to the type that is called.")
    .at_least(1)
    .at(Place::Hidden);
