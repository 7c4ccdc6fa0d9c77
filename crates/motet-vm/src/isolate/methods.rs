//! Methods of foreign objects, remembered: which builtin a name means for a type. Inline caches tell objects by tag and
//! shape, and foreign objects of all types have the same, so calls of their methods come here each time.

use super::Isolate;
use crate::memory::{ForeignKind, Symbol, Value};
use crate::native::NativeFunction;

/// Places; few methods of foreign objects are used in one program.
const PLACES: usize = 32;

/// See the module. What shares a place is forgotten.
#[derive(Default)]
pub(super) struct MethodCache([Option<Known>; PLACES]);

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

impl Isolate {
    /// The builtin that a value has as a method.
    pub(crate) fn native_method(&mut self, receiver: &Value, name: Symbol) -> Option<&'static NativeFunction> {
        let Some(foreign) = receiver.as_foreign() else { return self.builtins.method_of(receiver, name) };
        let kind = foreign.object().kind();
        let place = (name.0 as usize ^ kind.number() >> 3) % PLACES;
        if let Some(known) = self.methods.0[place].filter(|known| known.is(kind, name)) {
            return Some(known.native);
        }
        let native = self.builtins.method_of(receiver, name)?;
        self.methods.0[place] = Some(Known { kind, name, native });
        Some(native)
    }
}
