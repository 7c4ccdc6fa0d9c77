//! Arithmetic beyond two small integers or two floats.

use super::calls::attempt;
use super::operands::{borrow, constant, put, register, use_b, use_c};
use super::operators::{self, is_object};
use super::{Control, unwind};
use crate::error::{Error, ErrorKind, Result};
use crate::isolate::{Delivery, Isolate};
use crate::memory::{Tag, Value, append_in_place, floored_division};
use motet_code::{Instruction, LAST_B};

/// An operator with two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Add,
    Sub,
    Mul,
    Div,
    FloorDiv,
    Mod,
    Pow,
    MatMul,
}

impl Operator {
    /// In the order of their numbers.
    pub const ALL: [Operator; 8] = [
        Operator::Add,
        Operator::Sub,
        Operator::Mul,
        Operator::Div,
        Operator::FloorDiv,
        Operator::Mod,
        Operator::Pow,
        Operator::MatMul,
    ];

    /// The method of the left operand, if that is an object, that decides what the operator means.
    pub const fn method(self) -> &'static str {
        self.reverse().split_at("reverse_".len()).1
    }

    /// The same for the right operand.
    pub const fn reverse(self) -> &'static str {
        match self {
            Operator::Add => "reverse_add",
            Operator::Sub => "reverse_subtract",
            Operator::Mul => "reverse_multiply",
            Operator::Div => "reverse_divide",
            Operator::FloorDiv => "reverse_floor_divide",
            Operator::Mod => "reverse_modulo",
            Operator::Pow => "reverse_power",
            Operator::MatMul => "reverse_matrix_multiply",
        }
    }

    /// As `.soc` writes it.
    pub const fn sign(self) -> &'static str {
        match self {
            Operator::Add => "+",
            Operator::Sub => "-",
            Operator::Mul => "*",
            Operator::Div => "/",
            Operator::FloorDiv => "~/",
            Operator::Mod => "%",
            Operator::Pow => "^",
            Operator::MatMul => "@",
        }
    }

    fn verb(self) -> &'static str {
        match self {
            Operator::Add => "add",
            Operator::Sub => "subtract",
            Operator::Mul => "multiply",
            Operator::Div => "divide",
            Operator::FloorDiv => "divide",
            Operator::Mod => "take the remainder of",
            Operator::Pow => "raise to a power",
            Operator::MatMul => "multiply as matrices",
        }
    }

    fn integers(self, a: i64, b: i64) -> Result<Value> {
        let result = match self {
            Operator::Add => a.checked_add(b),
            Operator::Sub => a.checked_sub(b),
            Operator::Mul => a.checked_mul(b),
            Operator::Div => return Ok(Value::float(a as f64 / b as f64)),
            Operator::FloorDiv | Operator::Mod if b == 0 => {
                return Err(Error::new(ErrorKind::ZeroDivisionError, format!("{a} cannot be divided by zero")));
            }
            Operator::FloorDiv => a.checked_div_euclid(b).map(|quotient| {
                // The Euclidean quotient is the floored one for positive divisors only.
                if b < 0 && a.rem_euclid(b) != 0 { quotient - 1 } else { quotient }
            }),
            // The quotient may not fit; the remainder always does.
            Operator::Mod if b == -1 => Some(0),
            Operator::Mod => a.checked_rem_euclid(b).map(|rest| if b < 0 && rest != 0 { rest + b } else { rest }),
            Operator::Pow if b < 0 => return Ok(Value::float((a as f64).powf(b as f64))),
            Operator::Pow => match u32::try_from(b) {
                Ok(exponent) => a.checked_pow(exponent),
                Err(_) if matches!(a, 0 | 1) => Some(a),
                Err(_) if a == -1 => Some(if b % 2 == 0 { 1 } else { -1 }),
                Err(_) => None,
            },
            Operator::MatMul => return Err(self.type_error("integer", "integer")),
        };
        result.map(Value::int).ok_or_else(|| self.overflow(a, b))
    }

    #[cold]
    fn overflow(self, a: i64, b: i64) -> Error {
        let sign = match self {
            Operator::Add => "+",
            Operator::Sub => "-",
            Operator::Mul => "*",
            Operator::Pow => "to the power of",
            _ => "divided by",
        };
        Error::new(ErrorKind::OverflowError, format!("{a} {sign} {b} does not fit an integer of 64 bits")).with_hint(
            "where numbers get that large, big(x) keeps all digits, and floats (1.0 instead of 1) the first sixteen",
        )
    }

    fn floats(self, a: f64, b: f64) -> Result<Value> {
        Ok(Value::float(match self {
            Operator::Add => a + b,
            Operator::Sub => a - b,
            Operator::Mul => a * b,
            Operator::Div => a / b,
            Operator::FloorDiv => floored_division(a, b).0,
            Operator::Mod => floored_division(a, b).1,
            Operator::Pow => a.powf(b),
            Operator::MatMul => return Err(self.type_error("float", "float")),
        }))
    }

    fn complex(self, isolate: &Isolate, a: (f64, f64), b: (f64, f64)) -> Result<Value> {
        let (re, im) = match self {
            Operator::Add => (a.0 + b.0, a.1 + b.1),
            Operator::Sub => (a.0 - b.0, a.1 - b.1),
            Operator::Mul => (a.0 * b.0 - a.1 * b.1, a.0 * b.1 + a.1 * b.0),
            Operator::Div => {
                let size = b.0 * b.0 + b.1 * b.1;
                ((a.0 * b.0 + a.1 * b.1) / size, (a.1 * b.0 - a.0 * b.1) / size)
            }
            Operator::Pow => complex_power(a, b),
            Operator::FloorDiv | Operator::Mod | Operator::MatMul => {
                return Err(self.type_error("complex number", "number"));
            }
        };
        Ok(isolate.heap.complex(re, im))
    }

    #[cold]
    pub(super) fn type_error(self, left: &str, right: &str) -> Error {
        let verb = self.verb();
        let message = match self {
            Operator::Add => format!("cannot add {left} and {right}"),
            Operator::Sub => format!("cannot subtract {right} from {left}"),
            Operator::Mod => format!("cannot take the remainder of {left} and {right}"),
            Operator::Pow => format!("cannot raise {left} to the power of {right}"),
            _ => format!("cannot {verb} {left} and {right}"),
        };
        let error = Error::type_error(message);
        let text = |name: &str| name == "String";
        match self {
            Operator::Add if left == "List" && right == "List" => {
                error.with_hint("to put them together, write [...a, ...b], concat(a, b) or a.extend(b); to add numbers, tensor(a) + tensor(b)")
            }
            Operator::Add if text(left) && right == "Null" || left == "Null" && text(right) => {
                error.with_hint("one side is null; `??` gives a value in place of null")
            }
            Operator::Add if text(left) != text(right) && left != "Future" && right != "Future" => {
                error.with_hint("to build text, write '…${value}…' or str(value)")
            }
            Operator::Mul if matches!((left, right), ("String" | "List", "Int") | ("Int", "String" | "List")) => {
                let each = if left == "List" || right == "List" { "; to multiply each element, xs.map(x => x * 2) or tensor(xs) * 2" } else { "" };
                error.with_hint(format!("to repeat it, write sequence.repeat(count){each}"))
            }
            _ if left == "List" && matches!(right, "Int" | "Float") => {
                error.with_hint(format!("of each element it is xs.map(x => x {} 2)", self.sign()))
            }
            _ if right == "List" && matches!(left, "Int" | "Float") => {
                error.with_hint(format!("of each element it is xs.map(x => 2 {} x)", self.sign()))
            }
            Operator::Mod if text(left) => error.with_hint("to build text, write '…${value}…' or format(\"{:.2}\", x)"),
            Operator::Add if left == "Record" && right == "Record" => {
                error.with_hint("to put them together, write {...a, ...b}")
            }
            Operator::Add if left == "Map" && right == "Map" => error.with_hint("to put them together, write merge(a, b)"),
            Operator::Add if left == "Set" => error.with_hint("to put sets together, write a.union(b)"),
            Operator::Sub if left == "Set" => error.with_hint("without the elements of another one it is a.difference(b)"),
            Operator::Sub if left == "List" && right == "List" => {
                error.with_hint("without the elements of another one it is a.reject(x => x in b); to subtract numbers, tensor(a) - tensor(b)")
            }
            _ if left == "Future" || right == "Future" => {
                error.with_hint("a future is not its result yet: await it")
            }
            _ if left == "Function" || right == "Function" => {
                error.with_hint("one side is a function: it is called with brackets; an operator as a function is `(a, b) => a + b`")
            }
            _ if left == "Null" && right == "Null" => error.with_hint("both sides are null"),
            _ if left == "Null" => error.with_hint("the left side is null; `??` gives a value in place of null"),
            _ if right == "Null" => error.with_hint("the right side is null; `??` gives a value in place of null"),
            _ => error,
        }
    }
}

/// What helps if one of two values is a number, and the other one a text that reads as a number.
#[cold]
pub(super) fn number_in_text(left: &Value, right: &Value) -> Option<String> {
    let text = match (left.as_number(), right.as_number()) {
        (Some(_), None) => right.as_str()?,
        (None, Some(_)) => left.as_str()?,
        _ => return None,
    };
    let kind = match text.trim().parse::<i64>() {
        Ok(_) => "int",
        Err(_) if text.trim().starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.')) => {
            text.trim().parse::<f64>().ok()?;
            "float"
        }
        Err(_) => return None,
    };
    let shown: String = text.chars().take(20).collect();
    Some(format!("{shown:?} is a text: {kind}(…) makes a number of it"))
}

/// e^(b ln a), with the exact cases that people expect.
fn complex_power(a: (f64, f64), b: (f64, f64)) -> (f64, f64) {
    if b == (0.0, 0.0) {
        return (1.0, 0.0);
    }
    if a == (0.0, 0.0) {
        return (0.0, 0.0);
    }
    if b.1 == 0.0 && b.0.fract() == 0.0 && b.0.abs() <= 64.0 {
        let mut result = (1.0, 0.0);
        for _ in 0..b.0.abs() as u32 {
            result = (result.0 * a.0 - result.1 * a.1, result.0 * a.1 + result.1 * a.0);
        }
        if b.0 < 0.0 {
            let size = result.0 * result.0 + result.1 * result.1;
            result = (result.0 / size, -result.1 / size);
        }
        return result;
    }
    let (log, angle) = (a.0.hypot(a.1).ln(), a.1.atan2(a.0));
    let (size, turn) = ((b.0 * log - b.1 * angle).exp(), b.1 * log + b.0 * angle);
    (size * turn.cos(), size * turn.sin())
}

/// A number as a complex one.
fn complex_parts(value: &Value) -> Option<(f64, f64)> {
    match value.as_complex() {
        Some(complex) => Some((complex.re, complex.im)),
        None => value.as_number().map(|number| (number, 0.0)),
    }
}

/// Applies an operator. The left operand is owned: what has no other owner grows in place.
pub(crate) fn apply(isolate: &Isolate, operator: Operator, mut left: Value, right: &Value) -> Result<Value> {
    match (left.tag(), right.tag()) {
        (Tag::Int, Tag::Int) => operator.integers(left.payload() as i64, right.payload() as i64),
        (Tag::Int | Tag::Float, Tag::Int | Tag::Float) => {
            operator.floats(left.as_number().expect("the tag says so"), right.as_number().expect("the tag says so"))
        }
        (Tag::String, Tag::String) if operator == Operator::Add => {
            let text = right.as_str().expect("a string");
            if left.is_same(right) || !append_in_place(&mut left, text, &isolate.heap) {
                left = concatenated(isolate, &left, text);
            }
            Ok(left)
        }
        _ => match (complex_parts(&left), complex_parts(right)) {
            (Some(a), Some(b)) => operator.complex(isolate, a, b),
            _ => {
                let error = operator.type_error(isolate.type_name(&left), isolate.type_name(right));
                Err(match number_in_text(&left, right) {
                    Some(hint) => error.with_hint(hint),
                    None => error,
                })
            }
        },
    }
}

/// A new string with room to grow.
fn concatenated(isolate: &Isolate, left: &Value, right: &str) -> Value {
    let left = left.as_str().expect("a string");
    let length = left.len() + right.len();
    let mut result = isolate.heap.string_with_capacity(left, length);
    let appended = append_in_place(&mut result, right, &isolate.heap);
    debug_assert!(appended, "a new string has one owner");
    result
}

/// `target += value` in place: strings with one owner grow, and an error leaves the target as it was.
pub(super) fn add_in_place(isolate: &Isolate, target: &mut Value, value: &Value) -> Result<()> {
    if target.tag() == Tag::String && value.tag() == Tag::String && !target.is_same(value) {
        let text = value.as_str().expect("a string");
        if !append_in_place(target, text, &isolate.heap) {
            // Doubling, so that appending in a loop is linear although the first append copies.
            *target = concatenated(isolate, target, text);
        }
        return Ok(());
    }
    let sum = apply(isolate, Operator::Add, target.clone(), value)?;
    *target = sum;
    Ok(())
}

/// Applies an operator; what it means for objects, they decide.
fn operate(isolate: &mut Isolate, i: Instruction, operator: Operator, left: Value, right: Value) -> Control {
    if is_object(&left) || is_object(&right) {
        return operators::binary(isolate, operator, left, right, Delivery::Register, i.a());
    }
    let result = apply(isolate, operator, left, &right);
    finish(isolate, i, result)
}

fn finish(isolate: &mut Isolate, i: Instruction, result: Result<Value>) -> Control {
    let value = attempt!(isolate, result);
    put(isolate, i.a(), value);
    Control::Next
}

macro_rules! binary {
    ($($name:ident $operator:ident;)*) => {
        $(#[cold]
        #[inline(never)]
        pub(super) fn $name(isolate: &mut Isolate, i: Instruction) -> Control {
            let (left, right) = (use_b(isolate, i), use_c(isolate, i));
            operate(isolate, i, Operator::$operator, left, right)
        })*
    };
}

binary! {
    add Add;
    sub Sub;
    mul Mul;
    div Div;
    floor_div FloorDiv;
    modulo Mod;
    pow Pow;
    matmul MatMul;
}

macro_rules! immediate {
    ($($name:ident $operator:ident;)*) => {
        $(#[cold]
        #[inline(never)]
        pub(super) fn $name(isolate: &mut Isolate, i: Instruction) -> Control {
            let left = use_b(isolate, i);
            operate(isolate, i, Operator::$operator, left, Value::int(i.c() as i16 as i64))
        })*
    };
}

immediate! {
    add_immediate Add;
    sub_immediate Sub;
    mul_immediate Mul;
    floor_div_immediate FloorDiv;
    modulo_immediate Mod;
}

macro_rules! with_constant {
    ($($name:ident $operator:ident;)*) => {
        $(#[cold]
        #[inline(never)]
        pub(super) fn $name(isolate: &mut Isolate, i: Instruction) -> Control {
            let (left, right) = (use_b(isolate, i), constant(isolate, i.c()));
            operate(isolate, i, Operator::$operator, left, right)
        })*
    };
}

with_constant! {
    add_constant Add;
    sub_constant Sub;
    mul_constant Mul;
    div_constant Div;
    modulo_constant Mod;
}

macro_rules! constant_with {
    ($($name:ident $operator:ident;)*) => {
        $(#[cold]
        #[inline(never)]
        pub(super) fn $name(isolate: &mut Isolate, i: Instruction) -> Control {
            let (left, right) = (constant(isolate, i.b()), use_c(isolate, i));
            operate(isolate, i, Operator::$operator, left, right)
        })*
    };
}

constant_with! {
    constant_sub Sub;
    constant_mul Mul;
    constant_div Div;
}

#[cold]
#[inline(never)]
pub(super) fn add_to(isolate: &mut Isolate, i: Instruction) -> Control {
    // SAFETY: an operand of the running window; `Update` registers are live, and `b` is another register or the same
    // number.
    let target = unsafe { &mut *register(isolate, i.a()) };
    let value = if i.flags() & LAST_B != 0 { use_b(isolate, i) } else { borrow(isolate, i.b()).clone() };
    if is_object(target) || is_object(&value) {
        return operators::binary(isolate, Operator::Add, target.clone(), value, Delivery::Replace, i.a());
    }
    attempt!(isolate, add_in_place(isolate, target, &value));
    Control::Next
}

#[cold]
#[inline(never)]
pub(super) fn add_to_immediate(isolate: &mut Isolate, i: Instruction) -> Control {
    // SAFETY: an operand of the running window.
    let target = unsafe { &mut *register(isolate, i.a()) };
    let value = Value::int(i.b() as i16 as i64);
    if is_object(target) {
        return operators::binary(isolate, Operator::Add, target.clone(), value, Delivery::Replace, i.a());
    }
    attempt!(isolate, add_in_place(isolate, target, &value));
    Control::Next
}

#[cold]
#[inline(never)]
pub(super) fn sub_from(isolate: &mut Isolate, i: Instruction) -> Control {
    let value = use_b(isolate, i);
    // SAFETY: an operand of the running window.
    let target = unsafe { &mut *register(isolate, i.a()) };
    if is_object(target) || is_object(&value) {
        return operators::binary(isolate, Operator::Sub, target.clone(), value, Delivery::Replace, i.a());
    }
    let result = attempt!(isolate, apply(isolate, Operator::Sub, target.clone(), &value));
    *target = result;
    Control::Next
}

#[cold]
#[inline(never)]
pub(super) fn negate(isolate: &mut Isolate, i: Instruction) -> Control {
    let value = use_b(isolate, i);
    if is_object(&value) {
        return operators::negate(isolate, value, i.a());
    }
    let result = match value.tag() {
        Tag::Int => (value.payload() as i64).checked_neg().map(Value::int).ok_or_else(|| {
            Error::new(
                ErrorKind::OverflowError,
                format!("-({}) does not fit an integer of 64 bits", value.payload() as i64),
            )
        }),
        Tag::Float => Ok(Value::float(-f64::from_bits(value.payload()))),
        Tag::Complex => {
            let complex = value.as_complex().expect("a complex number");
            Ok(isolate.heap.complex(-complex.re, -complex.im))
        }
        tag => {
            let error = Error::type_error(format!("cannot negate {}", isolate.type_name(&value)));
            Err(if tag == Tag::List {
                error.with_hint("of each element: xs.map(x => -x), or -tensor(xs)")
            } else {
                error
            })
        }
    };
    finish(isolate, i, result)
}
