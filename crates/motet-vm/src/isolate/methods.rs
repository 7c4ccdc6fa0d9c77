//! Methods of foreign objects, remembered: which builtin a name means for a type. Inline caches tell objects by tag and
//! shape, and foreign objects of all types have the same, so calls of their methods come here each time.

use super::Isolate;
use crate::memory::{Symbol, Value};
use crate::native::NativeFunction;

/// Places; few methods of foreign objects are used in one program.
const PLACES: usize = 32;

/// See the module. What shares a place is forgotten.
#[derive(Default)]
pub(super) struct MethodCache([Option<Known>; PLACES]);

#[derive(Clone, Copy)]
struct Known {
    type_name: &'static str,
    name: Symbol,
    native: &'static NativeFunction,
}

impl Known {
    /// Names of types are compared by address: of one type, it is always the same.
    fn is(&self, type_name: &'static str, name: Symbol) -> bool {
        self.name == name && std::ptr::eq(self.type_name, type_name)
    }
}

impl Isolate {
    /// The builtin that a value has as a method.
    pub(crate) fn native_method(&mut self, receiver: &Value, name: Symbol) -> Option<&'static NativeFunction> {
        let Some(foreign) = receiver.as_foreign() else { return self.builtins.method_of(receiver, name) };
        let type_name = foreign.object().type_name();
        let place = (name.0 as usize ^ type_name.as_ptr() as usize >> 3) % PLACES;
        if let Some(known) = self.methods.0[place].filter(|known| known.is(type_name, name)) {
            return Some(known.native);
        }
        let native = self.builtins.method_of(receiver, name)?;
        self.methods.0[place] = Some(Known { type_name, name, native });
        Some(native)
    }
}
