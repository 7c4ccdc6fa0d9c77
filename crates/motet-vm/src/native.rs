//! Functions written in Rust that programs call.
//!
//! A native never runs the interpreter. One that needs a callback's result returns [`Outcome::Call`] with a [`Resume`]
//! state and is resumed with the result; so callbacks may await, throw and be cancelled like any other code, and the
//! depth of calls is bounded in one place.

pub use crate::scheduler::WaitKind;

use crate::builtins::signature::keywords;
use crate::context::Context;
use crate::error::{Error, ErrorKind, Result};
use crate::memory::{FieldName, Value};

/// A native, as the tables of builtins hold it.
pub struct NativeFunction {
    pub name: &'static str,
    /// How it is called, for documentation and errors: `split(text, separator = " ")`.
    pub signature: &'static str,
    /// What it does, one sentence or more, for documentation.
    pub documentation: &'static str,
    /// Positional arguments at least, and at most (`usize::MAX` for any number); checked before it is called.
    pub arity: (usize, usize),
    /// Keyword arguments that it takes; any other is an error before it is called.
    pub keywords: Keywords,
    /// For one whose only effect is its result: what to write where that is not used, perhaps nothing.
    pub pure: Option<&'static str>,
    /// What to write where other languages call something else so: shown when it is called wrongly.
    pub note: Option<&'static str>,
    pub call: fn(&mut Context<'_>, Arguments<'_>) -> Result<Outcome>,
}

/// Which keyword arguments a native takes. They may also come as one record behind the positional arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keywords {
    None,
    /// Those that the signature names.
    InSignature,
    /// The native looks at the names itself.
    Any,
}

impl std::fmt::Debug for NativeFunction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "<native {}>", self.name)
    }
}

/// What a native answers.
pub enum Outcome {
    /// It is done.
    Return(Value),
    /// Call `function`, then go on with `then`.
    Call { function: Value, arguments: CallArguments, then: Box<dyn Resume> },
    /// Its result is what this call gives (no state is kept).
    TailCall { function: Value, arguments: CallArguments },
    /// Run `generator` to its next `yield`, then go on with `then`, which is resumed with the value, or with
    /// [`Value::MISSING`] if the generator has ended.
    Next { generator: Value, then: Box<dyn Resume> },
    /// Suspend the task until the future has completed, then go on with `then`.
    Await { future: Value, then: Box<dyn Resume> },
    /// Suspend the task until it is woken, then go on with `then`, which looks again at what it waits for. It has left the
    /// token of this suspension there (`Isolate::upcoming_token`).
    Wait { kind: WaitKind, then: Box<dyn Resume> },
}

impl Outcome {
    /// Who goes on when it has what it wants.
    pub(crate) fn into_then(self) -> Option<Box<dyn Resume>> {
        match self {
            Outcome::Return(_) | Outcome::TailCall { .. } => None,
            Outcome::Call { then, .. }
            | Outcome::Next { then, .. }
            | Outcome::Await { then, .. }
            | Outcome::Wait { then, .. } => Some(then),
        }
    }
}

impl From<Value> for Outcome {
    fn from(value: Value) -> Outcome {
        Outcome::Return(value)
    }
}

/// Positional arguments for a callback; up to three need no allocation.
pub enum CallArguments {
    None,
    One(Value),
    Two(Value, Value),
    Three(Value, Value, Value),
    Many(Vec<Value>),
}

/// A native between two callbacks.
pub trait Resume {
    /// Goes on with the result of the callback. Returning `Outcome::Call { then: self, … }` reuses the box.
    fn resume(self: Box<Self>, context: &mut Context<'_>, result: Value) -> Result<Outcome>;

    /// The callback threw. Most natives let the error pass.
    fn failed(self: Box<Self>, _context: &mut Context<'_>, error: Error) -> Result<Outcome> {
        Err(error)
    }

    /// The name shown in traces.
    fn name(&self) -> &'static str;

    /// While its callbacks run, no message callback interrupts them.
    fn keeps_messages_out(&self) -> bool {
        false
    }

    /// Shows the values that the state holds to the cycle collector.
    fn trace(&self, visit: &mut dyn FnMut(&Value));
}

/// Arguments of a native call. They stay in the caller's registers while the native runs.
#[derive(Clone, Copy)]
pub struct Arguments<'a> {
    /// Positional arguments, then named ones.
    values: &'a [Value],
    /// Names of the last `names.len()` values.
    names: &'a [FieldName],
}

impl<'a> Arguments<'a> {
    pub fn new(values: &'a [Value], names: &'a [FieldName]) -> Arguments<'a> {
        debug_assert!(names.len() <= values.len());
        Arguments { values, names }
    }

    /// The positional arguments, then the named ones.
    pub fn all(&self) -> &'a [Value] {
        self.values
    }

    /// The positional arguments.
    pub fn positional(&self) -> &'a [Value] {
        &self.values[..self.values.len() - self.names.len()]
    }

    /// All but the first positional argument, which must be there.
    pub fn without_first(&self) -> Arguments<'a> {
        debug_assert!(!self.is_empty());
        Arguments { values: &self.values[1..], names: self.names }
    }

    /// How many positional arguments there are.
    pub fn len(&self) -> usize {
        self.values.len() - self.names.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A positional argument that the arity guarantees.
    pub fn at(&self, index: usize) -> &'a Value {
        &self.positional()[index]
    }

    /// A positional argument that may have been left out.
    pub fn get(&self, index: usize) -> Option<&'a Value> {
        self.positional().get(index)
    }

    /// A keyword argument.
    pub fn named(&self, name: &str) -> Option<&'a Value> {
        let first = self.len();
        self.names.iter().position(|given| given.as_str() == name).map(|index| &self.values[first + index])
    }

    /// The keyword arguments.
    pub fn keywords(&self) -> impl Iterator<Item = (&'a FieldName, &'a Value)> + use<'a> {
        self.names.iter().zip(&self.values[self.len()..])
    }
}

impl NativeFunction {
    /// A function without parameters, for the tests of this crate.
    #[cfg(test)]
    pub(crate) const fn for_test(
        name: &'static str,
        call: fn(&mut Context<'_>, Arguments<'_>) -> Result<Outcome>,
    ) -> NativeFunction {
        NativeFunction {
            name,
            signature: name,
            documentation: "For a test.",
            arity: (0, 0),
            keywords: Keywords::None,
            pure: None,
            note: None,
            call,
        }
    }

    /// It as a value of programs.
    pub fn value(&'static self) -> Value {
        // SAFETY: a `NativeFunction`, which is `Sync` and lives for ever.
        unsafe { Value::from_native((self as *const NativeFunction).cast()) }
    }

    /// The native behind a value.
    pub fn of(value: &Value) -> Option<&'static NativeFunction> {
        // SAFETY: `value` below makes the only values of this kind.
        value.as_native().map(|pointer| unsafe { &*pointer.cast::<NativeFunction>() })
    }

    fn takes_keyword(&self, name: &str) -> bool {
        match self.keywords {
            Keywords::None => false,
            Keywords::InSignature => keywords(self.signature).any(|keyword| keyword == name),
            Keywords::Any => true,
        }
    }

    fn called_as(&self) -> String {
        let note = self.note.map(|note| format!("{note}; ")).unwrap_or_default();
        format!("{note}it is called as {}", self.signature)
    }

    /// Checks number and names of arguments, with an error that shows the signature.
    pub fn check_arguments(&self, arguments: &Arguments<'_>) -> Result<()> {
        let given = arguments.len();
        // Options may come as one record behind the positional arguments.
        let has_options = self.keywords != Keywords::None
            && self.arity.1.checked_add(1) == Some(given)
            && arguments.at(given - 1).as_record().is_some();
        if given < self.arity.0 || given > self.arity.1 && !has_options {
            let error = Error::arity(self.name, self.arity, given);
            return Err(error.with_hint(self.called_as()));
        }
        for (name, _) in arguments.keywords() {
            if !self.takes_keyword(name.as_str()) {
                let message = format!("{} has no parameter named {}", self.name, name.as_str());
                return Err(Error::new(ErrorKind::ArityError, message).with_hint(self.called_as()));
            }
        }
        Ok(())
    }
}
