//! Objects that decide for themselves what they equal and how they are ordered: as elements that are looked for or sorted,
//! and as keys of maps.
//!
//! A class with a method `equals` decides it in the language, so natives must have it asked: [`Context::equality`] says
//! whether two values are equal or which function knows. As a key such an object needs a method `hash` too. [`with_keys`]
//! asks both, and gives the key that the map holds instead of the one that equals it. From then on the map finds that key
//! by its identity and the hash that was given, so that copying, sending and growing run no code of the program.
//!
//! Foreign objects and cases of enums decide it without running code: they need none of this.

use crate::builtins::{Call, Entry, Place};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::interpreter::operators::{bound_operator, operator_function};
use crate::isolate::Isolate;
use crate::memory::{Tag, Value, hash_value, is_equal_but};
use crate::native::{Arguments, CallArguments, Outcome, Resume};
use std::cmp::Ordering;

/// Whether two values are equal.
pub enum Equality {
    Known(bool),
    /// Call this: they are equal if what it gives is true.
    Ask(Value, CallArguments),
}

/// How two values are ordered; none if they have no order.
pub enum Order {
    Known(Option<Ordering>),
    /// Call this, and give what it gives to [`Context::ordering`].
    Ask(Value, CallArguments),
}

/// The method `equals` of an instance's class.
pub(crate) fn equals_method(isolate: &Isolate, value: &Value) -> Option<Value> {
    value.as_instance()?.class()?.method(isolate.names.equals)
}

/// Of two values the one whose class decides whether they are equal, the left one first: it, its method, and the other.
pub(crate) fn who_decides(isolate: &Isolate, left: &Value, right: &Value) -> Option<[Value; 3]> {
    let ask = |asked: &Value, other: &Value| {
        equals_method(isolate, asked).map(|method| [asked.clone(), method, other.clone()])
    };
    ask(left, right).or_else(|| ask(right, left))
}

/// What may hold instances.
fn is_container(value: &Value) -> bool {
    matches!(value.tag(), Tag::List | Tag::Record | Tag::Map | Tag::Node | Tag::Instance)
}

impl Isolate {
    /// Whether two values are equal but for pairs of instances whose classes must be asked, and those pairs as the arguments
    /// of `%all_equal`: asked, method, other, and so on.
    pub(crate) fn equality_of_contents(&mut self, left: &Value, right: &Value) -> Result<(bool, Vec<Value>)> {
        let equals = self.names.equals;
        let asks = |value: &Value| value.as_instance().and_then(|fields| fields.class()?.method(equals)).is_some();
        let (equal, pairs) = self.patiently(|patience| is_equal_but(left, right, &asks, patience))?;
        let mut questions = Vec::with_capacity(3 * pairs.len());
        for (asked, other) in pairs {
            let method = equals_method(self, &asked).unwrap_or_default();
            questions.extend([asked, method, other]);
        }
        Ok((equal, questions))
    }
}

impl Context<'_> {
    /// Whether two values are equal, or which function knows.
    pub fn equality(&mut self, left: &Value, right: &Value) -> Result<Equality> {
        if !is_container(left) && !is_container(right) {
            return Ok(Equality::Known(self.is_equal(left, right)?));
        }
        if let Some([asked, method, other]) = who_decides(self.isolate, left, right) {
            return Ok(Equality::Ask(self.heap().bound_method(asked, method), CallArguments::One(other)));
        }
        let (equal, mut questions) = self.isolate.equality_of_contents(left, right)?;
        if !equal || questions.is_empty() {
            return Ok(Equality::Known(equal));
        }
        questions.insert(0, Value::TRUE);
        let all_equal = self.isolate.helper("%all_equal")?;
        Ok(Equality::Ask(all_equal, CallArguments::Many(questions)))
    }

    /// The method `hash` of an instance whose class has `equals`.
    pub fn hash_method(&mut self, key: &Value) -> Result<Value> {
        let name = self.isolate.names.hash;
        bound_operator(self.isolate, key, name).ok_or_else(|| no_hash(self, key))
    }

    /// Notes what a method `hash` has given for an instance; gives the hash that maps find it by.
    pub fn set_hash(&self, key: &Value, answer: &Value) -> Result<u32> {
        if is_container(answer) {
            let found = self.isolate.type_name(answer);
            return Err(Error::type_error(format!("a method hash gives a number or a string, not {found}"))
                .with_hint("hash(x) is a number for any value: hash([self.x, self.y])"));
        }
        let hash = hash_value(answer).max(1);
        if let Some(fields) = key.as_instance() {
            fields.set_key_hash(hash);
        }
        Ok(hash)
    }

    /// How two values are ordered, or which function knows: an object with a method `compare` decides.
    pub fn order(&mut self, left: &Value, right: &Value) -> Result<Order> {
        if self.has_order(left) || self.has_order(right) {
            return Ok(Order::Ask(COMPARE.native.value(), CallArguments::Two(left.clone(), right.clone())));
        }
        Ok(Order::Known(self.compare(left, right)?))
    }

    /// Whether an object has a method `compare`.
    pub fn has_order(&mut self, value: &Value) -> bool {
        let name = self.isolate.names.compare;
        operator_function(self.isolate, value, name).is_some()
    }

    /// Whether it takes code of the program to find this key in a map.
    pub fn key_asks(&self, key: &Value) -> bool {
        equals_method(self.isolate, key).is_some()
    }
}

/// The order of two values of which one at least is an object with a method `compare`.
fn compare_objects(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (first, second) = (arguments.at(0), arguments.at(1));
    if let Some(function) = context.compare_method(first) {
        return Ok(Outcome::TailCall { function, arguments: CallArguments::One(second.clone()) });
    }
    if let Some(function) = context.compare_method(second) {
        let arguments = CallArguments::One(first.clone());
        return Ok(Outcome::Call { function, arguments, then: Box::new(Reversed) });
    }
    // Elements that are sorted beside objects.
    let order = context.compare(first, second)?;
    Ok(order.map_or(Value::NULL, |order| Value::int(order as i64)).into())
}

/// Turns the answer of `compare` around: it was asked the other way round.
struct Reversed;

impl Resume for Reversed {
    fn resume(self: Box<Self>, context: &mut Context<'_>, answer: Value) -> Result<Outcome> {
        let order = context.ordering(&answer)?;
        Ok(order.map_or(Value::NULL, |order| Value::int(order.reverse() as i64)).into())
    }

    fn name(&self) -> &'static str {
        "compare"
    }

    fn trace(&self, _: &mut dyn FnMut(&Value)) {}
}

/// The order of two values of which one at least is an object, as a number.
pub static COMPARE: Entry =
    Entry::function("compare(first, second)", compare_objects as Call, "The order of two objects, as a number.")
        .at(Place::Hidden);

/// What is done when the keys are known: with the keys, and the values that were held.
pub type WithKeys = fn(&mut Context<'_>, Vec<Value>, Vec<Value>) -> Result<Outcome>;

/// Goes on with the keys that a map holds for these: a key that equals one of the map's is replaced by that. Anything but a
/// map has the keys it is asked for.
pub fn with_keys(
    context: &mut Context<'_>,
    map: &Value,
    keys: Vec<Value>,
    held: Vec<Value>,
    then: WithKeys,
) -> Result<Outcome> {
    if map.as_map().is_none() || !keys.iter().any(|key| context.key_asks(key)) {
        return then(context, keys, held);
    }
    Box::new(Finding { map: map.clone(), keys, at: 0, candidates: None, held, then }).go_on(context)
}

/// Finds one key after the other.
struct Finding {
    map: Value,
    keys: Vec<Value>,
    /// The key that is being looked for.
    at: usize,
    /// Keys of the map with the same hash, of which the last is asked about; none as long as the hash is not known.
    candidates: Option<Vec<Value>>,
    held: Vec<Value>,
    then: WithKeys,
}

impl Finding {
    fn go_on(mut self: Box<Self>, context: &mut Context<'_>) -> Result<Outcome> {
        loop {
            let Some(key) = self.keys.get(self.at) else {
                return (self.then)(context, self.keys, self.held);
            };
            if self.candidates.is_none() && context.key_asks(key) {
                let function = context.hash_method(key)?;
                return Ok(Outcome::Call { function, arguments: CallArguments::None, then: self });
            }
            if let Some(candidate) = self.candidates.as_ref().and_then(|candidates| candidates.last()) {
                let name = context.isolate.names.equals;
                let function = bound_operator(context.isolate, key, name).unwrap_or_default();
                let arguments = CallArguments::One(candidate.clone());
                return Ok(Outcome::Call { function, arguments, then: self });
            }
            self.candidates = None;
            self.at += 1;
        }
    }

    /// The class has given the key's hash.
    fn found_hash(&mut self, context: &Context<'_>, hash: &Value) -> Result<()> {
        let key = &self.keys[self.at];
        let hash = context.set_hash(key, hash)?;
        let mut candidates = self.map.as_map().map(|map| map.keys_with_hash(hash)).unwrap_or_default();
        if candidates.iter().any(|candidate| candidate.is_same(key)) {
            candidates.clear();
        }
        self.candidates = Some(candidates);
        Ok(())
    }
}

#[cold]
fn no_hash(context: &Context<'_>, key: &Value) -> Error {
    let kind = context.isolate.type_name(key);
    Error::type_error(format!("{kind} has equals but no hash, so it cannot be a key")).with_hint(
        "give the class a method hash() with the same number for equal objects: hash() { hash([self.x, self.y]) }",
    )
}

impl Resume for Finding {
    fn resume(mut self: Box<Self>, context: &mut Context<'_>, answer: Value) -> Result<Outcome> {
        match &mut self.candidates {
            None => self.found_hash(context, &answer)?,
            Some(candidates) => {
                if let Some(candidate) = candidates.pop()
                    && answer.is_truthy()
                {
                    candidates.clear();
                    self.keys[self.at] = candidate;
                }
            }
        }
        self.go_on(context)
    }

    fn name(&self) -> &'static str {
        "a key"
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        let candidates = self.candidates.iter().flatten();
        self.keys.iter().chain(&self.held).chain(candidates).chain([&self.map]).for_each(visit);
    }
}

fn key_of(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    with_keys(context, arguments.at(0), vec![arguments.at(1).clone()], Vec::new(), |_, mut keys, _| {
        Ok(keys.pop().unwrap_or_default().into())
    })
}

/// The key of a map that equals a value, or the value if it holds none: what natives call between two elements.
pub static KEY_OF: Entry =
    Entry::function("key_of(map, value)", key_of as Call, "The key of a map that equals a value, or the value.")
        .at(Place::Hidden);
