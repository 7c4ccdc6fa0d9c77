//! Taking arguments apart, with errors that say what was expected and what was found.

use crate::context::Context;
use crate::error::{Error, ErrorKind, Result};
use crate::memory::{
    Class, Notation, PrintOptions, Refusal, Str, Symbol, Tag, Value, WriteError, print_value, type_name,
};
use crate::native::{Arguments, NativeFunction};

/// Items that a list made by a builtin may have: 4 GiB of them. Programs may be limited to fewer: [`Context::most_items`].
pub const MAX_ITEMS: usize = 1 << 28;
/// Bytes that a string made by a builtin may have, or fewer: [`Context::most_text`].
pub const MAX_TEXT: usize = 1 << 31;
/// Bytes of a value that a message shows.
const SHOWN: usize = 60;

/// A value as messages show it: `String "abc"`.
pub fn describe(value: &Value) -> String {
    let options = PrintOptions { limit: SHOWN, ..PrintOptions::quoted(Notation::Soc) };
    match value.tag() {
        Tag::Null => "null".into(),
        Tag::Native => format!("the builtin {}", NativeFunction::of(value).map_or("", |native| native.name)),
        // What has lines of its own stands on one in a message.
        Tag::Foreign => print_value(value, &options).replace('\n', ""),
        Tag::Instance | Tag::Closure | Tag::Class | Tag::BoundMethod | Tag::Generator => print_value(value, &options),
        _ => format!("{} {}", type_name(value), print_value(value, &options)),
    }
}

/// The error that an argument is of the wrong kind.
#[cold]
pub fn wrong(function: &str, expected: &str, found: &Value) -> Error {
    Error::type_error(format!("{function} takes {expected}, not {}", describe(found)))
}

/// The error for a value of the right kind that will not do.
#[cold]
pub fn bad_value(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::ValueError, message)
}

/// The error for a result that would not fit.
#[cold]
pub fn too_big(function: &str, wanted: impl std::fmt::Display, limit: usize, unit: &str) -> Error {
    Error::new(ErrorKind::LimitError, format!("{function} would make {wanted} {unit}, more than the limit of {limit}"))
}

/// The error that an integer result has more than 64 bits.
#[cold]
pub fn overflow(operation: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::OverflowError, format!("{operation} does not fit in a 64-bit integer"))
        .with_hint("with big(x) as an operand it is exact at any size, with float(x) approximate")
}

/// Why a container could not be changed.
pub fn unwritable(container: &Value) -> impl Fn(WriteError) -> Error + use<> {
    let kind = type_name(container);
    move |refusal| match refusal {
        WriteError::Frozen => {
            Error::new(ErrorKind::FrozenError, format!("this {kind} is frozen, so it cannot be changed"))
                .with_hint("change a copy of it: copy(x)")
        }
        WriteError::InUse => {
            Error::new(ErrorKind::ValueError, format!("this {kind} cannot be changed while a builtin reads it"))
        }
    }
}

/// Why a value could not be frozen.
pub fn not_freezable(refusal: Refusal) -> Error {
    Error::type_error(format!("this cannot be frozen: {refusal}"))
}

pub fn text<'a>(function: &str, value: &'a Value) -> Result<&'a Str> {
    value.as_string().ok_or_else(|| wrong(function, "a string", value))
}

/// An integer; a float that is whole will do.
pub fn integer(function: &str, what: &str, value: &Value) -> Result<i64> {
    if let Some(integer) = value.as_int() {
        return Ok(integer);
    }
    match value.as_float() {
        Some(float) => float_to_int(float)
            .filter(|&integer| integer as f64 == float)
            .ok_or_else(|| bad_value(format!("{what} of {function} is a whole number, not {float}"))),
        None => Err(wrong(function, &format!("an integer as {what}"), value)),
    }
}

/// The integer part of a float, if it fits.
pub fn float_to_int(float: f64) -> Option<i64> {
    const TWO_63: f64 = 9_223_372_036_854_775_808.0;
    (-TWO_63..TWO_63).contains(&float).then_some(float as i64)
}

/// A number of things: an integer that is not negative.
pub fn count(function: &str, what: &str, value: &Value) -> Result<usize> {
    let integer = integer(function, what, value)?;
    usize::try_from(integer).map_err(|_| bad_value(format!("{what} of {function} is 0 or more, not {integer}")))
}

/// An integer or a float.
pub fn number(function: &str, value: &Value) -> Result<f64> {
    value.as_number().ok_or_else(|| wrong(function, "a number", value))
}

/// The place of an index that may count from the end; None if there is nothing there.
pub fn place(index: i64, length: usize) -> Option<usize> {
    let place = if index < 0 { index.checked_add_unsigned(length as u64)? } else { index };
    usize::try_from(place).ok().filter(|&place| place < length)
}

/// The same for an end of a slice, which is moved into `0..=length`.
pub fn end_of_slice(index: i64, length: usize) -> usize {
    let place = if index < 0 { index.saturating_add_unsigned(length as u64).max(0) } else { index };
    usize::try_from(place).unwrap_or(usize::MAX).min(length)
}

#[cold]
pub fn out_of_range(what: &str, index: i64, length: usize) -> Error {
    let valid = match length {
        0 => "it is empty".into(),
        1 => "its only index is 0".into(),
        _ => format!("its indexes are 0 to {}", length - 1),
    };
    Error::new(ErrorKind::IndexError, format!("index {index} is outside a {what} of length {length}")).with_hint(valid)
}

/// Calling this value means something.
pub fn is_callable(value: &Value) -> bool {
    super::entry::Kinds::FUNCTION.contains(value.tag())
        || value.as_instance().is_some_and(|instance| instance.class().is_some_and(can_be_called))
        || crate::embedder::EmbedderFunction::of(value).is_some()
}

/// Instances of the class are called like functions: it has a method `call`.
fn can_be_called(class: &Class) -> bool {
    Symbol::find("call").is_some_and(|call| class.method(call).is_some())
}

/// How many arguments a function or builtin must get; 0 for what does not say.
pub fn required_arguments(function: &Value) -> usize {
    match NativeFunction::of(function) {
        Some(native) => native.arity.0,
        None => function.as_closure().map_or(0, |closure| closure.function().parameters.required.into()),
    }
}

/// Awaiting this value gives another one.
pub fn is_future(value: &Value) -> bool {
    crate::future::Future::of(value).is_some()
}

pub fn callable<'a>(function: &str, value: &'a Value) -> Result<&'a Value> {
    if is_callable(value) { Ok(value) } else { Err(wrong(function, "a function", value)) }
}

/// The function among the first arguments, and the others in order: `map(f, xs)` and `map(xs, f)` mean the same.
pub fn with_function<'a>(function: &str, arguments: &[&'a Value]) -> Result<(&'a Value, Vec<&'a Value>)> {
    let Some(at) = arguments.iter().position(|value| is_callable(value)) else {
        let found: Vec<String> = arguments.iter().map(|value| describe(value)).collect();
        return Err(Error::type_error(format!(
            "{function} takes a function and a collection, not {}",
            found.join(" and ")
        )));
    };
    let mut others = arguments.to_vec();
    Ok((others.remove(at), others))
}

/// A function and a collection, in either order.
pub fn function_and_collection<'a>(function: &str, arguments: &Arguments<'a>) -> Result<(&'a Value, &'a Value)> {
    let (first, second) = (arguments.at(0), arguments.at(1));
    if is_callable(first) {
        Ok((first, second))
    } else if is_callable(second) {
        Ok((second, first))
    } else {
        Err(wrong(function, "a function and a collection", second))
    }
}

/// The arguments of a native that takes options: as keywords, or as one record behind the positional arguments.
pub struct WithOptions<'a> {
    /// The positional arguments without the record.
    pub positional: &'a [Value],
    arguments: Arguments<'a>,
    record: Option<&'a Value>,
}

impl<'a> WithOptions<'a> {
    /// Tells the record of options from other arguments: it is a record behind the `required` ones, none of whose keys is
    /// anything but an option.
    pub fn of(function: &str, arguments: Arguments<'a>, required: usize, known: &[&str]) -> Result<WithOptions<'a>> {
        let positional = arguments.positional();
        if let Some((last, rest)) = positional.split_last()
            && rest.len() >= required
            && let Some(record) = last.as_record()
        {
            let mut unknown = None;
            record.for_each(|name, _| {
                if !known.contains(&name.as_str()) {
                    unknown = Some(name.clone());
                }
            });
            return match unknown {
                None => Ok(WithOptions { positional: rest, arguments, record: Some(last) }),
                Some(name) => {
                    Err(Error::new(ErrorKind::ArityError, format!("{function} has no option named {}", name.as_str()))
                        .with_hint(format!("its options are {}", known.join(", "))))
                }
            };
        }
        Ok(WithOptions { positional, arguments, record: None })
    }

    pub fn at(&self, index: usize) -> Option<&'a Value> {
        self.positional.get(index)
    }

    /// An option that was given and is not null.
    pub fn option(&self, name: &str) -> Option<Value> {
        let value = self.arguments.named(name).cloned().or_else(|| {
            let fields = self.record?.as_record()?;
            fields.get(name)
        });
        value.filter(|value| !value.is_null())
    }

    /// An option that is on or off.
    pub fn flag(&self, name: &str) -> bool {
        self.option(name).is_some_and(|value| value.is_truthy())
    }
}

/// The message of an error or warning shows values in the program's notation.
pub fn shown(context: &Context<'_>, value: &Value) -> String {
    let notation = if context.gene() { Notation::Gene } else { Notation::Soc };
    print_value(value, &PrintOptions { limit: 200, ..PrintOptions::quoted(notation) })
}
