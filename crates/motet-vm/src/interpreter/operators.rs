//! Operators of objects: what `+`, `<`, `x[i]` and the like mean for an instance or a foreign object.
//!
//! An operator has a name (`add` for `+`), and an object that has a method of this name decides what the operator does. For
//! an instance that is a method of its class; for a foreign object a native of its kind's table, or a method of the
//! embedder's type. So a class, a kind of the library and a type of an embedder do it in one way, and what runs is a call
//! like any other: it may wait, throw or be stopped.
//!
//! Two operands: the left one is asked for `add`, then the right one for `reverse_add`. docs/language.md has the table.

use super::arithmetic::{Operator, apply};
use super::calls::{attempt, call_for_operation, window_above};
use super::compare::Test;
use super::fields::{no_entry, set_field, set_index_value, write_error};
use super::{Control, Target, iteration, natives, unwind};
use crate::context::Context;
use crate::embedder::EmbedderType;
use crate::error::{Body, Error, Result};
use crate::isolate::{Delivery, Isolate};
use crate::memory::{Symbol, Tag, Value};
use crate::native::{CallArguments, Outcome, Resume};
use crate::objects::KEY_OF;
use std::cmp::Ordering;

/// A value that may have methods for operators.
#[inline]
pub(crate) fn is_object(value: &Value) -> bool {
    matches!(value.tag(), Tag::Instance | Tag::Foreign)
}

/// The function that an object has for an operator.
pub(crate) fn operator_function(isolate: &mut Isolate, object: &Value, name: Symbol) -> Option<Value> {
    match object.tag() {
        Tag::Instance => object.as_instance()?.class()?.method(name),
        Tag::Foreign => match isolate.native_method(object, name) {
            Some(native) => Some(native.value()),
            None => EmbedderType::method_of(object, name).map(|function| isolate.heap.shared_foreign(function)),
        },
        _ => None,
    }
}

/// The same bound to the object, as natives call it.
pub(crate) fn bound_operator(isolate: &mut Isolate, object: &Value, name: Symbol) -> Option<Value> {
    let function = operator_function(isolate, object, name)?;
    Some(isolate.heap.bound_method(object.clone(), function))
}

/// Arguments of a method. Natives get the receiver before them, so there is room for it.
fn behind_receiver<const COUNT: usize>(values: [Value; COUNT]) -> Vec<Value> {
    let mut arguments = Vec::with_capacity(COUNT + 1);
    arguments.extend(values);
    arguments
}

/// An operand that decides, what it decides with, and the other operand.
struct Decision {
    receiver: Value,
    function: Value,
    argument: Value,
}

fn decide(isolate: &mut Isolate, operator: Operator, left: Value, right: Value) -> Result<Decision> {
    let names = isolate.names.operators[operator as usize];
    if let Some(function) = operator_function(isolate, &left, names.method) {
        return Ok(Decision { receiver: left, function, argument: right });
    }
    if let Some(function) = operator_function(isolate, &right, names.reverse) {
        return Ok(Decision { receiver: right, function, argument: left });
    }
    Err(missing(isolate, operator, &left, &right))
}

/// The error of operands of which none decides.
#[cold]
fn missing(isolate: &Isolate, operator: Operator, left: &Value, right: &Value) -> Error {
    let names = isolate.names.operators[operator as usize];
    let (left_name, right_name) = (isolate.type_name(left), isolate.type_name(right));
    let error = operator.type_error(left_name, right_name);
    if matches!(error.body(), Body::Raised { hint: Some(_), .. }) {
        return error;
    }
    let sign = operator.sign();
    error.with_hint(if is_object(left) {
        let method = names.method.as_str();
        format!("{left_name} {sign} {right_name} asks {left_name} for a method {method}(other), which it does not have")
    } else {
        let method = names.reverse.as_str();
        format!("{left_name} {sign} {right_name} asks {right_name} for a method {method}(left), which it does not have")
    })
}

/// An operator of which one operand at least is an object.
pub(super) fn binary(
    isolate: &mut Isolate,
    operator: Operator,
    left: Value,
    right: Value,
    delivery: Delivery,
    register: u16,
) -> Control {
    let Decision { receiver, function, argument } = attempt!(isolate, decide(isolate, operator, left, right));
    call_for_operation(isolate, receiver, function, behind_receiver([argument]), delivery, register.into())
}

/// `-object`.
pub(super) fn negate(isolate: &mut Isolate, object: Value, register: u16) -> Control {
    let name = isolate.names.negate;
    match operator_function(isolate, &object, name) {
        Some(function) => {
            call_for_operation(isolate, object, function, Vec::new(), Delivery::Register, register.into())
        }
        None => {
            let kind = isolate.type_name(&object);
            let error = Error::type_error(format!("cannot negate {kind}"));
            unwind::throw(isolate, error.with_hint(format!("{kind} has no method {}()", name.as_str())))
        }
    }
}

/// Has a native of the interpreter call something and go on with the result.
fn begin(isolate: &mut Isolate, outcome: Outcome, delivery: Delivery, detail: u32) -> Control {
    let window = window_above(isolate);
    natives::begin(isolate, outcome, Target { window, delivery, detail })
}

/// Where a compound assignment, `place += value`, puts the sum.
pub(super) enum Place {
    Cell(Value),
    Field(Value, Symbol),
    Index(Value, Value),
}

/// `place += value` where the old value or the other one is an object.
pub(super) fn add_to_place(isolate: &mut Isolate, old: Value, value: Value, place: Place) -> Control {
    let outcome = attempt!(isolate, add_then_store(isolate, old, value, place));
    begin(isolate, outcome, Delivery::Discard, 0)
}

fn add_then_store(isolate: &mut Isolate, old: Value, value: Value, place: Place) -> Result<Outcome> {
    let Decision { receiver, function, argument } = decide(isolate, Operator::Add, old, value)?;
    let function = isolate.heap.bound_method(receiver, function);
    Ok(Outcome::Call { function, arguments: CallArguments::One(argument), then: Box::new(Storing { place }) })
}

/// Stores the result of an addition.
struct Storing {
    place: Place,
}

impl Resume for Storing {
    fn resume(self: Box<Self>, context: &mut Context<'_>, sum: Value) -> Result<Outcome> {
        store(context.isolate, self.place, sum)
    }

    fn name(&self) -> &'static str {
        "+="
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        match &self.place {
            Place::Cell(cell) => visit(cell),
            Place::Field(object, _) => visit(object),
            Place::Index(object, index) => {
                visit(object);
                visit(index);
            }
        }
    }
}

fn store(isolate: &mut Isolate, place: Place, value: Value) -> Result<Outcome> {
    match place {
        Place::Cell(cell) => {
            let set = cell.as_cell().expect("a variable's cell").set(value, &isolate.heap);
            set.map_err(|error| write_error(isolate, &cell, error))?;
        }
        Place::Field(object, name) => set_field(isolate, &object, name, value)?,
        Place::Index(object, index) => {
            let name = isolate.names.set_index;
            if let Some(function) = bound_operator(isolate, &object, name) {
                return Ok(Outcome::TailCall { function, arguments: CallArguments::Two(index, value) });
            }
            set_index_value(isolate, &object, &index, value)?;
        }
    }
    Ok(Value::NULL.into())
}

/// `object[index]`, if the object decides what that is.
pub(super) fn get_index(isolate: &mut Isolate, object: &Value, index: &Value, register: u16) -> Option<Control> {
    let name = isolate.names.get_index;
    let function = operator_function(isolate, object, name)?;
    let arguments = behind_receiver([index.clone()]);
    Some(call_for_operation(isolate, object.clone(), function, arguments, Delivery::Register, register.into()))
}

/// `object[index] = value`, if the object decides what that is.
pub(super) fn set_index(
    isolate: &mut Isolate,
    object: Value,
    index: &Value,
    value: &Value,
) -> std::result::Result<Control, Value> {
    let name = isolate.names.set_index;
    let Some(function) = operator_function(isolate, &object, name) else { return Err(object) };
    let arguments = behind_receiver([index.clone(), value.clone()]);
    Ok(call_for_operation(isolate, object, function, arguments, Delivery::Discard, 0))
}

/// `object[index] += value`, if the object decides what its elements are.
pub(super) fn add_index(isolate: &mut Isolate, object: &Value, index: &Value, value: &Value) -> Option<Control> {
    let name = isolate.names.get_index;
    let function = bound_operator(isolate, object, name)?;
    let then = Box::new(AddingToElement { object: object.clone(), index: index.clone(), value: value.clone() });
    let outcome = Outcome::Call { function, arguments: CallArguments::One(index.clone()), then };
    Some(begin(isolate, outcome, Delivery::Discard, 0))
}

/// `map[key] += value` with a key whose class decides what it equals.
pub(super) fn add_entry(isolate: &mut Isolate, map: Value, key: Value, value: Value) -> Control {
    let arguments = CallArguments::Two(map.clone(), key);
    let then = Box::new(AddingToEntry { map, value });
    let outcome = Outcome::Call { function: KEY_OF.native.value(), arguments, then };
    begin(isolate, outcome, Delivery::Discard, 0)
}

/// Waits for the key to whose value something is added.
struct AddingToEntry {
    map: Value,
    value: Value,
}

impl Resume for AddingToEntry {
    fn resume(self: Box<Self>, context: &mut Context<'_>, key: Value) -> Result<Outcome> {
        let Some(element) = self.map.as_map().and_then(|map| map.get(&key)) else {
            return Err(no_entry(context.isolate, &key));
        };
        Box::new(AddingToElement { object: self.map, index: key, value: self.value }).resume(context, element)
    }

    fn name(&self) -> &'static str {
        "+="
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        [&self.map, &self.value].into_iter().for_each(visit);
    }
}

/// Waits for the element to which something is added.
struct AddingToElement {
    object: Value,
    index: Value,
    value: Value,
}

impl Resume for AddingToElement {
    fn resume(self: Box<Self>, context: &mut Context<'_>, element: Value) -> Result<Outcome> {
        let AddingToElement { object, index, value } = *self;
        let place = Place::Index(object, index);
        if is_object(&element) || is_object(&value) {
            return add_then_store(context.isolate, element, value, place);
        }
        let sum = apply(context.isolate, Operator::Add, element, &value)?;
        store(context.isolate, place, sum)
    }

    fn name(&self) -> &'static str {
        "+="
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        [&self.object, &self.index, &self.value].into_iter().for_each(visit);
    }
}

/// What `compare` answers for, and whether it was asked the other way round.
pub(crate) struct Compared {
    test: fn(Ordering) -> bool,
    is_reversed: bool,
}

impl Resume for Compared {
    fn resume(self: Box<Self>, context: &mut Context<'_>, answer: Value) -> Result<Outcome> {
        let Some(ordering) = ordering(context.isolate, &answer)? else { return Ok(Value::FALSE.into()) };
        let ordering = if self.is_reversed { ordering.reverse() } else { ordering };
        Ok(Value::bool((self.test)(ordering)).into())
    }

    fn name(&self) -> &'static str {
        "compare"
    }

    fn trace(&self, _: &mut dyn FnMut(&Value)) {}
}

/// What a method `compare` answered: a number below, at or above 0, or null if the two have no order.
pub(crate) fn ordering(isolate: &Isolate, answer: &Value) -> Result<Option<Ordering>> {
    match answer.as_number() {
        Some(number) => Ok(number.partial_cmp(&0.0)),
        None if answer.is_null() => Ok(None),
        None => {
            let found = isolate.type_name(answer);
            Err(Error::type_error(format!("a method compare gives a number, not {found}")).with_hint(
                "below 0 if self comes first, 0 if neither does, above 0 if the other does, null without order",
            ))
        }
    }
}

/// `left < right` and its like, if one of the two decides their order.
pub(super) fn compare(
    isolate: &mut Isolate,
    left: &Value,
    right: &Value,
    test: Test,
    delivery: Delivery,
    detail: u32,
) -> Option<Control> {
    // An object may say itself what the comparison is: an array of booleans.
    for (object, other, asked) in [(left, right, test), (right, left, test.reversed())] {
        if object.tag() == Tag::Foreign
            && let Some(name) = asked.place().map(|place| isolate.names.tests[place])
            && let Some(native) = isolate.native_method(object, name)
        {
            let (function, arguments) = (native.value(), behind_receiver([other.clone()]));
            return Some(call_for_operation(isolate, object.clone(), function, arguments, delivery, detail));
        }
    }
    let test = test.of_ordering();
    let name = isolate.names.compare;
    let (function, other, is_reversed) = match bound_operator(isolate, left, name) {
        Some(function) => (function, right, false),
        None => (bound_operator(isolate, right, name)?, left, true),
    };
    let then = Box::new(Compared { test, is_reversed });
    let outcome = Outcome::Call { function, arguments: CallArguments::One(other.clone()), then };
    Some(begin(isolate, outcome, delivery, detail))
}

/// A loop over an object whose `iterate` gives what to walk over.
pub(super) fn iterate(isolate: &mut Isolate, object: &Value, register: u32) -> Option<Control> {
    let name = isolate.names.iterate;
    let function = operator_function(isolate, object, name)?;
    Some(call_for_operation(isolate, object.clone(), function, Vec::new(), Delivery::Iterator, register))
}

/// What `iterate` gave becomes the iterator in two registers.
pub(super) fn begin_iterator(isolate: &mut Isolate, value: Value, register: u32) -> Control {
    match iteration::begin(isolate, value, register as u16) {
        Control::Next => Control::Reload,
        control => control,
    }
}
