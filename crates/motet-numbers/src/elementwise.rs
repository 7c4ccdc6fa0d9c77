//! Operators on tensors: arithmetic, comparisons and logic, element by element, between arrays whose shapes fit.
//!
//! Integers never wrap: a result that does not fit is an error that names the element. A temporary that nothing else holds
//! becomes the result, so `a * b + c` makes one array.

use crate::broadcast::{Cost, Side, pairs, pairs_in_place};
use crate::buffer::{Buffer, C64, Element, Scalar};
use crate::dtype::DType;
use crate::make::{shown_place, view_of};
use crate::mismatch::does_not_fit;
use crate::tensor::{checked_bytes, checked_size, give, give_result, read, take_buffer};
use crate::view::{Shape, Strides, View, common_shape};
use motet_vm::builtins::Entry;
use motet_vm::builtins::arguments::{describe, wrong};
use motet_vm::memory::{Value, floored_division};
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Error, ErrorKind, Result};
use std::borrow::Cow;
use std::sync::Arc;

/// What is computed of two elements.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Operation {
    Add,
    Subtract,
    Multiply,
    Divide,
    FloorDivide,
    Modulo,
    Power,
    Minimum,
    Maximum,
    Atan2,
    Hypot,
}

/// What is asked of two elements.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Test {
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Equal,
    NotEqual,
}

/// What is made of two booleans.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Logic {
    And,
    Or,
    Xor,
}

impl Operation {
    /// As the program writes it, and what a message says is done.
    fn sign(self) -> (&'static str, &'static str) {
        match self {
            Operation::Add => ("+", "add"),
            Operation::Subtract => ("-", "subtract"),
            Operation::Multiply => ("*", "multiply"),
            Operation::Divide => ("/", "divide"),
            Operation::FloorDivide => ("~/", "divide"),
            Operation::Modulo => ("%", "take the remainder of"),
            Operation::Power => ("^", "raise to a power"),
            Operation::Minimum => ("minimum", "take the minimum of"),
            Operation::Maximum => ("maximum", "take the maximum of"),
            Operation::Atan2 => ("atan2", "take the angle of"),
            Operation::Hypot => ("hypot", "take the length of"),
        }
    }

    /// The kind in which it is computed.
    fn kind(self, dtype: DType) -> DType {
        match self {
            Operation::Divide | Operation::Atan2 | Operation::Hypot => dtype.float_kind(),
            Operation::Minimum | Operation::Maximum => dtype,
            _ => dtype.number_kind(),
        }
    }
}

/// An operand: an array, or a number.
pub(crate) enum Operand {
    Array(View),
    Number(Scalar),
}

impl Operand {
    pub fn of(context: &mut Context<'_>, function: &str, value: &Value) -> Result<Operand> {
        if let Some(number) = Scalar::of(value) {
            return Ok(Operand::Number(number));
        }
        if let Some(view) = read(value) {
            return Ok(Operand::Array(view.clone()));
        }
        if value.as_list().is_some() || value.as_range().is_some() {
            return Ok(Operand::Array(view_of(context, function, value, None)?));
        }
        Err(wrong(function, "tensors, numbers and lists of numbers", value))
    }

    pub fn shape(&self) -> &[usize] {
        match self {
            Operand::Array(view) => &view.shape,
            Operand::Number(_) => &[],
        }
    }

    pub fn dtype(&self) -> DType {
        match self {
            Operand::Array(view) => view.dtype(),
            Operand::Number(number) => number.dtype(),
        }
    }

    /// The kind that both have together.
    pub fn common_dtype(&self, other: &Operand) -> DType {
        match (self, other) {
            (Operand::Array(a), Operand::Array(b)) => a.dtype().with(b.dtype()),
            (Operand::Array(a), Operand::Number(b)) | (Operand::Number(b), Operand::Array(a)) => {
                a.dtype().with_number(b.dtype())
            }
            (Operand::Number(a), Operand::Number(b)) => a.dtype().with(b.dtype()),
        }
    }

    /// Bytes that its elements take as another kind, if they are not used as they are.
    fn bytes_as(&self, dtype: DType) -> usize {
        match self {
            Operand::Array(view) if view.dtype() != dtype || !view.is_packed() => view.len() * dtype.bytes(),
            _ => 0,
        }
    }

    /// All of it as an array of a shape that it is broadcast to.
    pub fn whole<T: Element>(&self, shape: &[usize]) -> View
    where
        bool: crate::buffer::Convert<T>,
        i64: crate::buffer::Convert<T>,
        f32: crate::buffer::Convert<T>,
        f64: crate::buffer::Convert<T>,
        C64: crate::buffer::Convert<T>,
    {
        let own: Shape = self.shape().into();
        let view = match self {
            Operand::Array(view) if view.dtype() == T::DTYPE => view.clone(),
            Operand::Array(view) => View::of_items(own, view.widened::<T>().into_owned()),
            Operand::Number(number) => View::of_items(own, vec![number.to::<T>().unwrap_or_default()]),
        };
        view.broadcast(shape)
    }

    fn as_f64(&self) -> Cow<'_, [f64]> {
        match self {
            Operand::Array(view) => view.widened(),
            Operand::Number(number) => Cow::Owned(vec![number.to().unwrap_or_default()]),
        }
    }
}

/// The packed elements of an operand as one kind.
macro_rules! items {
    ($operand:expr, $type:ty) => {
        match $operand {
            Operand::Array(view) => view.widened::<$type>(),
            Operand::Number(number) => Cow::Owned(vec![number.to::<$type>().unwrap_or_default()]),
        }
    };
}

/// A result, and whether it does not fit.
type Checked<T> = (T, bool);

fn integers(operation: Operation, a: i64, b: i64) -> Checked<i64> {
    match operation {
        Operation::Add => a.overflowing_add(b),
        Operation::Subtract => a.overflowing_sub(b),
        Operation::Multiply => a.overflowing_mul(b),
        Operation::FloorDivide => {
            if b == 0 {
                return (0, true);
            }
            let (quotient, wraps) = a.overflowing_div(b);
            let is_between = !wraps && a % b != 0 && (a < 0) != (b < 0);
            (quotient - i64::from(is_between), wraps)
        }
        Operation::Modulo => match b {
            0 => (0, true),
            -1 => (0, false),
            _ => {
                let rest = a % b;
                (if rest != 0 && (rest < 0) != (b < 0) { rest + b } else { rest }, false)
            }
        },
        Operation::Power => match (u32::try_from(b), a) {
            (Ok(exponent), _) => a.overflowing_pow(exponent),
            (Err(_), 0 | 1) if b > 0 => (a, false),
            (Err(_), -1) if b > 0 => (if b % 2 == 0 { 1 } else { -1 }, false),
            _ => (0, true),
        },
        Operation::Minimum => (a.min(b), false),
        Operation::Maximum => (a.max(b), false),
        Operation::Divide | Operation::Atan2 | Operation::Hypot => unreachable!("computed as floats"),
    }
}

/// NaN beside a number is NaN: what is missing stays missing.
macro_rules! float_operation {
    ($name:ident $type:ty) => {
        #[inline(always)]
        fn $name(operation: Operation, a: $type, b: $type) -> $type {
            match operation {
                Operation::Add => a + b,
                Operation::Subtract => a - b,
                Operation::Multiply => a * b,
                Operation::Divide => a / b,
                Operation::FloorDivide => floored_division(a.into(), b.into()).0 as $type,
                Operation::Modulo => floored_division(a.into(), b.into()).1 as $type,
                Operation::Power => a.powf(b),
                Operation::Minimum => {
                    if a < b || a.is_nan() {
                        a
                    } else {
                        b
                    }
                }
                Operation::Maximum => {
                    if a > b || a.is_nan() {
                        a
                    } else {
                        b
                    }
                }
                Operation::Atan2 => a.atan2(b),
                Operation::Hypot => a.hypot(b),
            }
        }
    };
}

float_operation! { doubles f64 }
float_operation! { singles f32 }

#[inline(always)]
fn complexes(operation: Operation, a: C64, b: C64) -> C64 {
    match operation {
        Operation::Add => a + b,
        Operation::Subtract => a - b,
        Operation::Multiply => a * b,
        Operation::Divide => a / b,
        Operation::Power if b.im == 0.0 && b.re.fract() == 0.0 && b.re.abs() <= 64.0 => a.powi(b.re as i32),
        Operation::Power => a.powc(b),
        _ => unreachable!("refused before"),
    }
}

/// Has an operation known where its loop is compiled, so that the loop holds nothing else.
macro_rules! for_each_operation {
    ($operation:expr, [$($name:ident)*], $known:ident => $body:expr) => {
        match $operation {
            $(Operation::$name => {
                const $known: Operation = Operation::$name;
                $body
            })*
            #[allow(unreachable_patterns)]
            _ => unreachable!("refused before"),
        }
    };
}

/// The elements of a temporary of this type and shape, if it may be changed in place.
fn reused<T: Element>(value: &Value, shape: &[usize]) -> Option<Vec<T>> {
    take_buffer(value, |view| {
        let fits = view.dtype() == T::DTYPE && view.shape[..] == *shape && view.offset == 0 && view.is_packed();
        if !fits || view.buffer.len() != view.len() {
            return None;
        }
        let items = T::items_mut(Arc::get_mut(&mut view.buffer)?)?;
        let taken = std::mem::take(items);
        // The temporary is empty now, and says so.
        *view = View::of_items::<T>([0].as_slice().into(), Vec::new());
        Some(taken)
    })
}

fn cost(operation: Operation) -> Cost {
    match operation {
        Operation::Add | Operation::Subtract | Operation::Multiply | Operation::Divide => Cost::Small,
        Operation::Minimum | Operation::Maximum => Cost::Small,
        _ => Cost::Large,
    }
}

/// Elements up to which an operation on floats is done at once: what goes before it would take longer.
const FEW: usize = 256;

/// The sum, difference, product or quotient of a few floats: of two packed tensors of one shape, or of one and a number.
fn of_few(context: &Context<'_>, operation: Operation, left: &Value, right: &Value) -> Option<Value> {
    fn computed(operation: Operation, pairs: impl Iterator<Item = (f64, f64)>) -> Option<Vec<f64>> {
        Some(match operation {
            Operation::Add => pairs.map(|(x, y)| x + y).collect(),
            Operation::Subtract => pairs.map(|(x, y)| x - y).collect(),
            Operation::Multiply => pairs.map(|(x, y)| x * y).collect(),
            Operation::Divide => pairs.map(|(x, y)| x / y).collect(),
            _ => return None,
        })
    }
    let few = |value| {
        let view = read(value)?;
        (view.buffer.len() <= FEW).then_some(view)
    };
    let alike = |view: &View| (Shape::from_slice(&view.shape), Strides::from_slice(&view.strides));
    let ((shape, strides), items) = match (left.as_number(), right.as_number()) {
        (None, None) => {
            let (a, b) = (few(left)?, few(right)?);
            let (x, y) = (a.packed::<f64>()?, b.packed::<f64>()?);
            if a.shape != b.shape {
                return None;
            }
            (alike(&a), computed(operation, x.iter().copied().zip(y.iter().copied()))?)
        }
        (None, Some(y)) => {
            let a = few(left)?;
            (alike(&a), computed(operation, a.packed()?.iter().map(|&x| (x, y)))?)
        }
        (Some(x), None) => {
            let b = few(right)?;
            (alike(&b), computed(operation, b.packed()?.iter().map(|&y| (x, y)))?)
        }
        _ => return None,
    };
    let is_number = shape.is_empty();
    let view = View { shape, strides, offset: 0, buffer: Arc::new(Buffer::F64(items)) };
    Some(if is_number { give_result(context, view) } else { give(context, view) })
}

/// `left operation right`, where one at least is a tensor.
pub(crate) fn operate(context: &mut Context<'_>, operation: Operation, left: &Value, right: &Value) -> Result<Outcome> {
    context.work(1)?;
    if let Some(result) = of_few(context, operation, left, right) {
        return Ok(result.into());
    }
    let (sign, verb) = operation.sign();
    let mut operands = [Operand::of(context, sign, left)?, Operand::of(context, sign, right)?];
    let shape = common_shape(operands[0].shape(), operands[1].shape())
        .map_err(|axis| does_not_fit(context, (sign, verb), (operands[0].shape(), operands[1].shape()), axis))?;
    let mut dtype = operation.kind(operands[0].common_dtype(&operands[1]));
    let is_ordered = matches!(
        operation,
        Operation::Add | Operation::Subtract | Operation::Multiply | Operation::Divide | Operation::Power
    );
    if dtype == DType::C64 && !is_ordered {
        return Err(Error::type_error(format!("cannot {verb} complex numbers"))
            .with_hint("real(t), imag(t) and abs(t) are tensors of floats"));
    }
    // A negative power of integers is a fraction, as it is of one integer.
    if dtype == DType::I64
        && operation == Operation::Power
        && let Operand::Number(Scalar::I64(..0)) = operands[1]
    {
        dtype = DType::F64;
    }
    let size = checked_size(context, sign, &shape, dtype)?;
    let converted: usize = operands.iter().map(|operand| operand.bytes_as(dtype)).sum();
    checked_bytes(context, sign, converted + size * dtype.bytes())?;
    let cost = cost(operation);
    let shapes: [Shape; 2] = [operands[0].shape().into(), operands[1].shape().into()];
    macro_rules! floats {
        ($type:ty, $compute:ident, [$($name:ident)*]) => {{
            // An operand whose elements are taken over is not needed any more.
            let mut taken = None;
            for (at, value) in [left, right].into_iter().enumerate() {
                let is_candidate = matches!(&operands[at], Operand::Array(view) if view.shape == shape && view.dtype() == dtype);
                if taken.is_none() && is_candidate && value.is_unique() {
                    operands[at] = Operand::Number(Scalar::Bool(false));
                    match reused::<$type>(value, &shape) {
                        Some(items) => taken = Some((at, items)),
                        None => operands[at] = Operand::of(context, sign, value)?,
                    }
                }
            }
            let items = match taken {
                Some((at, mut items)) => {
                    let other = items!(&operands[1 - at], $type);
                    let other = Side { items: &other, shape: &shapes[1 - at] };
                    for_each_operation!(operation, [$($name)*], KNOWN => match at {
                        0 => pairs_in_place(context, cost, &shape, &mut items, &other, |x, y| $compute(KNOWN, x, y))?,
                        _ => pairs_in_place(context, cost, &shape, &mut items, &other, |x, y| $compute(KNOWN, y, x))?,
                    });
                    items
                }
                None => {
                    let (a, b) = (items!(&operands[0], $type), items!(&operands[1], $type));
                    let (a, b) = (Side { items: &a, shape: &shapes[0] }, Side { items: &b, shape: &shapes[1] });
                    for_each_operation!(operation, [$($name)*], KNOWN => {
                        pairs(context, cost, &shape, (&a, &b), |x, y| ($compute(KNOWN, x, y), false))?
                    }).expect("floats always fit")
                }
            };
            View::of_items(shape, items)
        }};
    }
    let view = match dtype {
        DType::Bool => {
            // Only the smaller or the greater of two booleans is one.
            let (a, b) = (items!(&operands[0], bool), items!(&operands[1], bool));
            let (a, b) = (Side { items: &a, shape: &shapes[0] }, Side { items: &b, shape: &shapes[1] });
            let is_least = operation == Operation::Minimum;
            let items = pairs(context, cost, &shape, (&a, &b), |x, y| (if is_least { x & y } else { x | y }, false))?;
            View::of_items(shape, items.expect("booleans always fit"))
        }
        DType::I64 => {
            let (a, b) = (items!(&operands[0], i64), items!(&operands[1], i64));
            let (a, b) = (Side { items: &a, shape: &shapes[0] }, Side { items: &b, shape: &shapes[1] });
            let items = for_each_operation!(
                operation,
                [Add Subtract Multiply FloorDivide Modulo Power Minimum Maximum],
                KNOWN => pairs(context, cost, &shape, (&a, &b), |x, y| integers(KNOWN, x, y))?
            );
            match items {
                Ok(items) => View::of_items(shape, items),
                Err(at) => {
                    let one = |side: &Side<'_, i64>| {
                        let whole = View::of_items(side.shape.into(), side.items.to_vec());
                        whole.broadcast(&shape).items::<i64>()[at]
                    };
                    return Err(not_fitting(operation, one(&a), one(&b), &shown_place(&shape, at)));
                }
            }
        }
        DType::F32 => {
            floats!(f32, singles, [Add Subtract Multiply Divide FloorDivide Modulo Power Minimum Maximum Atan2 Hypot])
        }
        DType::F64 => {
            floats!(f64, doubles, [Add Subtract Multiply Divide FloorDivide Modulo Power Minimum Maximum Atan2 Hypot])
        }
        DType::C64 => floats!(C64, complexes, [Add Subtract Multiply Divide Power]),
    };
    Ok(give(context, view).into())
}

/// The error of integers whose result is none.
#[cold]
fn not_fitting(operation: Operation, a: i64, b: i64, place: &str) -> Error {
    let sign = operation.sign().0;
    if b == 0 && matches!(operation, Operation::FloorDivide | Operation::Modulo) {
        return Error::new(ErrorKind::ZeroDivisionError, format!("{a} cannot be divided by zero, at {place}"));
    }
    if operation == Operation::Power && b < 0 {
        return Error::new(ErrorKind::ValueError, format!("{a} ^ {b} is no integer, at {place}"))
            .with_hint("t.astype(\"f64\") is a tensor of floats");
    }
    Error::new(ErrorKind::OverflowError, format!("{a} {sign} {b} does not fit an integer of 64 bits, at {place}"))
        .with_hint("t.astype(\"f64\") is a tensor of floats")
}

/// A comparison, element by element: a tensor of booleans.
pub(crate) fn test(context: &mut Context<'_>, test: Test, left: &Value, right: &Value) -> Result<Outcome> {
    let sign = match test {
        Test::Less => "<",
        Test::LessEqual => "<=",
        Test::Greater => ">",
        Test::GreaterEqual => ">=",
        Test::Equal => "eq",
        Test::NotEqual => "ne",
    };
    let operands = [Operand::of(context, sign, left)?, Operand::of(context, sign, right)?];
    let shape = common_shape(operands[0].shape(), operands[1].shape())
        .map_err(|axis| does_not_fit(context, (sign, "compare"), (operands[0].shape(), operands[1].shape()), axis))?;
    checked_size(context, sign, &shape, DType::Bool)?;
    let dtype = operands[0].common_dtype(&operands[1]);
    let converted: usize = operands.iter().map(|operand| operand.bytes_as(dtype)).sum();
    checked_bytes(context, sign, converted + shape.iter().product::<usize>())?;
    macro_rules! tested {
        ($type:ty, [$($name:ident $compare:expr;)*]) => {{
            let (a, b) = (items!(&operands[0], $type), items!(&operands[1], $type));
            let (a, b) = (
                Side { items: &a, shape: operands[0].shape() },
                Side { items: &b, shape: operands[1].shape() },
            );
            match test {
                $(Test::$name => {
                    pairs(context, Cost::Small, &shape, (&a, &b), |x, y| (($compare)(&x, &y), false))?
                })*
                #[allow(unreachable_patterns)]
                _ => return Err(Error::type_error("complex numbers have no order").with_hint("abs(t) is a tensor of floats")),
            }
        }};
    }
    macro_rules! ordered {
        ($type:ty) => {
            tested!($type, [
                Less <$type>::lt;
                LessEqual <$type>::le;
                Greater <$type>::gt;
                GreaterEqual <$type>::ge;
                Equal <$type>::eq;
                NotEqual <$type>::ne;
            ])
        };
    }
    let items = match dtype {
        DType::Bool => ordered!(bool),
        DType::I64 => ordered!(i64),
        DType::F32 => ordered!(f32),
        DType::F64 => ordered!(f64),
        DType::C64 => tested!(C64, [Equal <C64>::eq; NotEqual <C64>::ne;]),
    };
    Ok(give_result(context, View::of_items(shape, items.expect("booleans always fit"))).into())
}

fn logic(context: &mut Context<'_>, arguments: Arguments<'_>, logic: Logic, name: &str) -> Result<Outcome> {
    let operands = [Operand::of(context, name, arguments.at(0))?, Operand::of(context, name, arguments.at(1))?];
    for (operand, value) in operands.iter().zip(arguments.positional()) {
        if operand.dtype() != DType::Bool {
            return Err(wrong(name, "tensors of booleans", value).with_hint("t.ne(0) is one of them"));
        }
    }
    let shape = common_shape(operands[0].shape(), operands[1].shape())
        .map_err(|axis| does_not_fit(context, (name, "compare"), (operands[0].shape(), operands[1].shape()), axis))?;
    let (a, b) = (items!(&operands[0], bool), items!(&operands[1], bool));
    let (a, b) = (Side { items: &a, shape: operands[0].shape() }, Side { items: &b, shape: operands[1].shape() });
    let apply = |x: bool, y: bool| match logic {
        Logic::And => x & y,
        Logic::Or => x | y,
        Logic::Xor => x ^ y,
    };
    let items = pairs(context, Cost::Small, &shape, (&a, &b), |x, y| (apply(x, y), false))?;
    Ok(give_result(context, View::of_items(shape, items.expect("booleans always fit"))).into())
}

/// `is_close(t, u, epsilon)`: a tensor of booleans.
fn is_close(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "is_close";
    let operands = [Operand::of(context, NAME, arguments.at(0))?, Operand::of(context, NAME, arguments.at(1))?];
    let epsilon = match arguments.get(2) {
        None => context.epsilon(),
        Some(epsilon) => motet_vm::builtins::arguments::number(NAME, epsilon)?,
    };
    let shape = common_shape(operands[0].shape(), operands[1].shape())
        .map_err(|axis| does_not_fit(context, (NAME, "compare"), (operands[0].shape(), operands[1].shape()), axis))?;
    if operands.iter().any(|operand| operand.dtype() == DType::C64) {
        return Err(wrong(NAME, "tensors of real numbers", arguments.at(0))
            .with_hint("abs(a - b) < 1e-9 compares complex ones"));
    }
    checked_size(context, NAME, &shape, DType::Bool)?;
    let (a, b) = (operands[0].as_f64(), operands[1].as_f64());
    let (a, b) = (Side { items: &a, shape: operands[0].shape() }, Side { items: &b, shape: operands[1].shape() });
    let close =
        |x: f64, y: f64| x == y || (x - y).abs() <= epsilon * x.abs().max(y.abs()).max(1.0) && (x - y).is_finite();
    let items = pairs(context, Cost::Small, &shape, (&a, &b), |x, y| (close(x, y), false))?;
    Ok(give_result(context, View::of_items(shape, items.expect("booleans always fit"))).into())
}

macro_rules! natives {
    ($($name:ident $reverse:ident $operation:ident;)*) => {
        $(fn $name(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
            operate(context, Operation::$operation, arguments.at(0), arguments.at(1))
        }

        fn $reverse(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
            operate(context, Operation::$operation, arguments.at(1), arguments.at(0))
        })*
    };
}

natives! {
    add reverse_add Add;
    subtract reverse_subtract Subtract;
    multiply reverse_multiply Multiply;
    divide reverse_divide Divide;
    floor_divide reverse_floor_divide FloorDivide;
    modulo reverse_modulo Modulo;
    power reverse_power Power;
}

macro_rules! functions {
    ($($name:ident $operation:ident;)*) => {
        $(fn $name(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
            operate(context, Operation::$operation, arguments.at(0), arguments.at(1))
        })*
    };
}

functions! {
    minimum Minimum;
    maximum Maximum;
    atan2 Atan2;
    hypot Hypot;
}

macro_rules! tests {
    ($($name:ident $test:ident;)*) => {
        $(fn $name(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
            test(context, Test::$test, arguments.at(0), arguments.at(1))
        })*
    };
}

/// `atan2(y, x)` where x is the tensor.
fn reverse_atan2(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    operate(context, Operation::Atan2, arguments.at(1), arguments.at(0))
}

tests! {
    lt Less;
    le LessEqual;
    gt Greater;
    ge GreaterEqual;
    eq Equal;
    ne NotEqual;
}

fn logical_and(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    logic(context, arguments, Logic::And, "logical_and")
}

fn logical_or(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    logic(context, arguments, Logic::Or, "logical_or")
}

fn logical_xor(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    logic(context, arguments, Logic::Xor, "logical_xor")
}

fn compare(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    Err(Error::type_error(format!("a tensor has no order beside {}", describe(arguments.at(1))))
        .with_hint("`<` compares element by element; sort by a number: sort(tensors, by: t => t.sum())"))
}

macro_rules! methods {
    ($($signature:literal $call:ident $documentation:literal;)*) => {
        &[$(Entry::method(&crate::tensor::TENSOR, $signature, $call, $documentation).pure(),)*]
    };
}

pub(crate) static METHODS: &[Entry] = methods! {
    "add(tensor, other)" add "What `+` means: element by element; integers that do not fit are an error.";
    "reverse_add(tensor, left)" reverse_add "The same with the other operand on the left.";
    "subtract(tensor, other)" subtract "What `-` means.";
    "reverse_subtract(tensor, left)" reverse_subtract "The same with the other operand on the left.";
    "multiply(tensor, other)" multiply "What `*` means: element by element; `@` multiplies matrices.";
    "reverse_multiply(tensor, left)" reverse_multiply "The same with the other operand on the left.";
    "divide(tensor, other)" divide "What `/` means: floats.";
    "reverse_divide(tensor, left)" reverse_divide "The same with the other operand on the left.";
    "floor_divide(tensor, other)" floor_divide "What `~/` means.";
    "reverse_floor_divide(tensor, left)" reverse_floor_divide "The same with the other operand on the left.";
    "modulo(tensor, other)" modulo "What `%` means.";
    "reverse_modulo(tensor, left)" reverse_modulo "The same with the other operand on the left.";
    "power(tensor, other)" power "What `^` means.";
    "reverse_power(tensor, left)" reverse_power "The same with the other operand on the left.";
    "pow(tensor, exponent)" power "Each element to a power.";
    "minimum(tensor, other)" minimum "The smaller one of each two elements; NaN beside a number is NaN.";
    "maximum(tensor, other)" maximum "The greater one of each two elements; NaN beside a number is NaN.";
    "atan2(y, x)" atan2 "The angle of each point (x, y).";
    "reverse_atan2(x, y)" reverse_atan2 "The same with the other operand first.";
    "hypot(x, y)" hypot "The length of each vector (x, y).";
    "lt(tensor, other)" lt "What `<` means: a tensor of booleans.";
    "le(tensor, other)" le "What `<=` means: a tensor of booleans.";
    "gt(tensor, other)" gt "What `>` means: a tensor of booleans.";
    "ge(tensor, other)" ge "What `>=` means: a tensor of booleans.";
    "eq(tensor, other)" eq "Whether elements are equal: a tensor of booleans. `==` says whether whole tensors are.";
    "ne(tensor, other)" ne "Whether elements differ: a tensor of booleans.";
    "compare(tensor, other)" compare "Whole tensors have no order.";
    "is_close(tensor, other, epsilon = 1e-9)" is_close "Whether elements are equal but for rounding: a tensor of booleans.";
    "logical_and(tensor, other)" logical_and "Whether both are true, element by element.";
    "logical_or(tensor, other)" logical_or "Whether one at least is true, element by element.";
    "logical_xor(tensor, other)" logical_xor "Whether just one is true, element by element.";
};
