//! Methods of foreign objects, remembered: which builtin a name means for a type, and what a function of the library means
//! for it. Inline caches tell objects by tag and shape, and foreign objects of all types have the same, so calls of their
//! methods come here each time.

use super::Isolate;
use crate::memory::{ForeignKind, Symbol, Value};
use crate::native::NativeFunction;

/// Places; few methods of foreign objects are used in one program.
const PLACES: usize = 32;

/// See the module. What shares a place is forgotten.
#[derive(Default)]
pub(super) struct MethodCache {
    methods: [Option<Known>; PLACES],
    answers: [Option<Answer>; PLACES],
}

#[derive(Clone, Copy)]
struct Known {
    kind: &'static ForeignKind,
    name: Symbol,
    native: &'static NativeFunction,
}

impl Known {
    fn is(&self, kind: &'static ForeignKind, name: Symbol) -> bool {
        self.name == name && self.kind == kind
    }
}

/// What a function that is called with an object of a kind means: the kind's own method, or itself.
#[derive(Clone, Copy)]
struct Answer {
    kind: &'static ForeignKind,
    /// The address of the function.
    function: usize,
    native: Option<&'static NativeFunction>,
}

impl Isolate {
    /// The builtin that a value has as a method.
    pub(crate) fn native_method(&mut self, receiver: &Value, name: Symbol) -> Option<&'static NativeFunction> {
        let Some(foreign) = receiver.as_foreign() else { return self.builtins.method_of(receiver, name) };
        let kind = foreign.object().kind();
        let place = (name.0 as usize ^ kind.number() >> 3) % PLACES;
        if let Some(known) = self.methods.methods[place].filter(|known| known.is(kind, name)) {
            return Some(known.native);
        }
        let native = self.builtins.method_of(receiver, name)?;
        self.methods.methods[place] = Some(Known { kind, name, native });
        Some(native)
    }

    /// What a function of the library means for a foreign object that is its first argument and has a method of its name.
    pub(crate) fn answer_of(&mut self, object: &Value, function: &NativeFunction) -> Option<&'static NativeFunction> {
        let kind = object.as_foreign()?.object().kind();
        if !kind.answers_functions() {
            return None;
        }
        let address = std::ptr::from_ref(function).addr();
        let place = (address >> 4 ^ kind.number() >> 3) % PLACES;
        if let Some(known) = self.methods.answers[place]
            && known.function == address
            && known.kind == kind
        {
            return known.native;
        }
        let native = self.builtins.answer_of(kind, function);
        self.methods.answers[place] = Some(Answer { kind, function: address, native });
        native
    }
}
