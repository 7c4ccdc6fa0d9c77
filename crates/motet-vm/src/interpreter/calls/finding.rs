//! What a call of machine code means whose function is not known beforehand: plain functions, methods of any class, classes
//! with a constructor, methods of the parent. All else is left to the operations.

use super::methods::{FoundMethod, find_method, has_field};
use super::{check_depth, make_room};
use crate::interpreter::{Control, raw, unwind};
use crate::isolate::{Frame, Isolate, Loaded};
use crate::memory::{Symbol, Tag, Value};
use motet_code::{Instruction, Op};
use std::sync::Arc;

/// The plain function that a call of the running frame calls, and its closure, with the window as the function wants it.
/// None: nothing has changed, and the operation does it.
///
/// # Safety
/// The instruction is one of the running function's that calls, and `words` is what follows it.
pub(crate) unsafe fn find(isolate: &mut Isolate, i: Instruction, words: *mut u64) -> Option<(*const Loaded, u64)> {
    // SAFETY: verified operands.
    let window = unsafe { isolate.frame().base.add(i.a() as usize) };
    // SAFETY: the window's first register is alive.
    let callee = unsafe { &*window };
    match i.op()? {
        Op::Call | Op::TailCall if callee.tag() == Tag::Closure => {
            // SAFETY: a closure that is alive.
            let id = unsafe { raw::closure_function_id(callee.payload()) };
            let loaded = plain(isolate, id, i.b())?;
            Some((loaded, callee.payload()))
        }
        Op::Call => {
            let class = callee.as_class()?;
            let (constructor, native) = (isolate.names.ctor, isolate.names.native_constructor);
            let method = class.method(constructor)?;
            let loaded = plain(isolate, method.as_closure()?.function_id(), i.b())?;
            if class.static_value(native).is_some() {
                return None;
            }
            let instance = isolate.heap.instance(callee);
            isolate.look_behind_code();
            // The instance keeps its class, and that the constructor.
            // SAFETY: verified operands.
            drop(unsafe { window.replace(instance) });
            Some((loaded, method.payload()))
        }
        Op::Method | Op::TailMethod => {
            let key = raw::cache_key(callee);
            // SAFETY: the three words are the instruction's cache.
            let (cached, closure, loaded) = unsafe { (*words, *words.add(1), *words.add(2) as *const Loaded) };
            if key == cached && !loaded.is_null() {
                // SAFETY: loaded code lives as long as the isolate.
                return (unsafe { &*loaded }.simple_arity == i.b() as u32).then_some((loaded, closure));
            }
            method(isolate, callee, name(isolate, i.c()), Kind::Method, i.b())
        }
        Op::GetField => {
            // SAFETY: verified operands.
            let object = unsafe { &*isolate.frame().base.add(i.b() as usize) };
            method(isolate, object, name(isolate, i.c()), Kind::Getter, 0)
        }
        Op::Super => {
            // SAFETY: verified operands: the last register of the window is the class.
            let last = unsafe { window.add(i.b() as usize) };
            // SAFETY: as above.
            let method = unsafe { &*last }.as_class()?.parent()?.method(name(isolate, i.c()))?;
            let loaded = plain(isolate, method.as_closure()?.function_id(), i.b() - 1)?;
            // SAFETY: as above; the instance keeps the class.
            drop(unsafe { last.replace(Value::NULL) });
            Some((loaded, method.payload()))
        }
        _ => None,
    }
}

fn name(isolate: &Isolate, constant: u16) -> Symbol {
    // SAFETY: loaded code lives as long as the isolate.
    unsafe { &*isolate.frame().loaded }.name(constant)
}

/// The code of a function that takes so many arguments, if it is loaded.
fn plain(isolate: &Isolate, id: u32, arguments: u16) -> Option<*const Loaded> {
    let loaded = isolate.loaded.get(id as usize).copied().filter(|loaded| !loaded.is_null())?;
    // SAFETY: loaded code lives as long as the isolate.
    (unsafe { &*loaded }.simple_arity == arguments as u32).then_some(loaded)
}

/// What a name is looked up for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Method,
    Getter,
}

/// The method or getter of a class, as operations would remember it for all receivers with the same key.
fn method(
    isolate: &mut Isolate,
    receiver: &Value,
    name: Symbol,
    kind: Kind,
    arguments: u16,
) -> Option<(*const Loaded, u64)> {
    let key = raw::cache_key(receiver);
    let place = FoundMethods::place(key, name);
    let found = match isolate.found_methods.0[place] {
        found if found.key == key && found.name == name.0 && found.kind == kind => found,
        _ => {
            let method = look_up(isolate, receiver, name, kind)?;
            let loaded = isolate.loaded.get(method.as_closure()?.function_id() as usize).copied()?;
            if loaded.is_null() {
                return None;
            }
            let found = Found { key, name: name.0, kind, loaded, closure: method.payload() };
            isolate.found_methods.0[place] = found;
            found
        }
    };
    // SAFETY: loaded code lives as long as the isolate.
    let fits = unsafe { &*found.loaded }.simple_arity == arguments as u32;
    fits.then_some((found.loaded, found.closure))
}

/// The method or getter that all receivers of this kind and shape have.
fn look_up(isolate: &mut Isolate, receiver: &Value, name: Symbol, kind: Kind) -> Option<Value> {
    let fields = receiver.as_fields()?;
    if fields.shape().is_dictionary() || has_field(receiver, name) {
        return None;
    }
    match kind {
        Kind::Method => match find_method(isolate, receiver, name) {
            Ok(FoundMethod::Class(method)) => Some(method),
            _ => None,
        },
        // One that captures something is kept alive while it runs, by its frame.
        Kind::Getter => {
            let getter = isolate.names.getter(name).and_then(|getter| fields.class()?.method(getter))?;
            getter.as_closure().is_some_and(|getter| getter.captures().is_empty()).then_some(getter)
        }
    }
}

/// The function that a method call, a getter or `super` of the running frame calls for what it works on.
pub(in crate::interpreter) struct Called {
    /// The receiver's kind and shape, as an inline cache has them; 0 for `super`.
    pub key: u64,
    pub loaded: *const Loaded,
    pub closure: Value,
    /// For `super`, the class whose parent has the method, and that parent's version; but only if it is the parent's own.
    pub class: Option<(Value, u32)>,
}

/// See [`Called`]. None: it calls something else, or not all receivers of the kind and shape have it.
pub(in crate::interpreter) fn called(isolate: &mut Isolate, i: Instruction, op: Op) -> Option<Called> {
    let register = |isolate: &Isolate, register: u16| {
        // SAFETY: verified operands.
        unsafe { (*isolate.frame().base.add(register as usize)).clone() }
    };
    let name = name(isolate, i.c());
    let (key, closure, class) = match op {
        Op::Method | Op::TailMethod | Op::GetField => {
            let (receiver, kind) = match op {
                Op::Method | Op::TailMethod => (register(isolate, i.a()), Kind::Method),
                _ => (register(isolate, i.b()), Kind::Getter),
            };
            (raw::cache_key(&receiver), look_up(isolate, &receiver, name, kind)?, None)
        }
        Op::Super => {
            let class = register(isolate, i.a() + i.b());
            let parent = class.as_class()?.parent()?;
            let (method, version) = (parent.own_method(name)?, parent.version());
            (0, method, Some((class, version)))
        }
        _ => return None,
    };
    let function = Arc::clone(closure.as_closure()?.function());
    // What cannot be loaded the call itself finds out.
    let loaded = isolate.load(&function).ok()?;
    Some(Called { key, loaded, closure, class })
}

/// Methods that were found at places that call those of many classes.
pub(crate) struct FoundMethods([Found; FoundMethods::PLACES]);

#[derive(Clone, Copy)]
struct Found {
    /// That of an inline cache; 0: nothing.
    key: u64,
    name: u32,
    kind: Kind,
    loaded: *const Loaded,
    closure: u64,
}

impl FoundMethods {
    const PLACES: usize = 64;

    fn place(key: u64, name: Symbol) -> usize {
        (key as usize ^ (name.0 as usize) << 2) % FoundMethods::PLACES
    }
}

impl Default for FoundMethods {
    fn default() -> FoundMethods {
        let nothing = Found { key: 0, name: 0, kind: Kind::Method, loaded: std::ptr::null(), closure: 0 };
        FoundMethods([nothing; FoundMethods::PLACES])
    }
}

/// Enters a function that was found where code had no room for it: makes room, or throws.
pub(crate) fn enter_found(isolate: &mut Isolate, window: *mut Value, loaded: *const Loaded, closure: u64) -> Control {
    if let Err(error) = check_depth(isolate) {
        return unwind::throw(isolate, error);
    }
    // SAFETY: loaded code lives as long as the isolate.
    let code = unsafe { &*loaded };
    let window = make_room(isolate, window, code.registers);
    isolate.coroutine.push(Frame::new(code, window, closure));
    Control::Reload
}
