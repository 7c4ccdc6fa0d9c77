//! Arithmetic on values, for natives that add up or multiply; and the numeric kinds of the language as Rust sees them.

use motet_vm::builtins::arguments::{overflow, wrong};
use motet_vm::memory::Value;
use motet_vm::{Context, Result};

/// A number of any kind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Number {
    Int(i64),
    Float(f64),
    Complex(f64, f64),
}

impl Number {
    pub fn of(value: &Value) -> Option<Number> {
        if let Some(integer) = value.as_int() {
            Some(Number::Int(integer))
        } else if let Some(float) = value.as_float() {
            Some(Number::Float(float))
        } else {
            value.as_complex().map(|complex| Number::Complex(complex.re, complex.im))
        }
    }

    pub fn argument(function: &str, value: &Value) -> Result<Number> {
        Number::of(value).ok_or_else(|| wrong(function, "a number", value))
    }

    pub fn value(self, context: &Context<'_>) -> Value {
        match self {
            Number::Int(integer) => Value::int(integer),
            Number::Float(float) => Value::float(float),
            Number::Complex(re, im) => context.heap().complex(re, im),
        }
    }

    /// The numbers are equal, or differ by rounding: by no more than `epsilon` times the greater, or times 1.
    pub fn is_close(self, other: Number, epsilon: f64) -> bool {
        if let (Number::Int(a), Number::Int(b)) = (self, other) {
            // Their difference as floats could be 0 although they are not equal.
            return a == b
                || a.abs_diff(b) as f64 <= epsilon * (a.unsigned_abs().max(b.unsigned_abs()) as f64).max(1.0);
        }
        let ((a, b), (c, d)) = (self.parts(), other.parts());
        let greater = a.hypot(b).max(c.hypot(d));
        // The infinite is close to itself alone.
        (a, b) == (c, d) || greater.is_finite() && (a - c).hypot(b - d) <= epsilon * greater.max(1.0)
    }

    fn parts(self) -> (f64, f64) {
        match self {
            Number::Int(integer) => (integer as f64, 0.0),
            Number::Float(float) => (float, 0.0),
            Number::Complex(re, im) => (re, im),
        }
    }

    pub fn add(self, other: Number) -> Result<Number> {
        Ok(match (self, other) {
            (Number::Int(a), Number::Int(b)) => {
                Number::Int(a.checked_add(b).ok_or_else(|| overflow(format!("{a} + {b}")))?)
            }
            (Number::Complex(..), _) | (_, Number::Complex(..)) => {
                let ((a, b), (c, d)) = (self.parts(), other.parts());
                Number::Complex(a + c, b + d)
            }
            _ => Number::Float(self.parts().0 + other.parts().0),
        })
    }

    pub fn multiply(self, other: Number) -> Result<Number> {
        Ok(match (self, other) {
            (Number::Int(a), Number::Int(b)) => {
                Number::Int(a.checked_mul(b).ok_or_else(|| overflow(format!("{a} * {b}")))?)
            }
            (Number::Complex(..), _) | (_, Number::Complex(..)) => {
                let ((a, b), (c, d)) = (self.parts(), other.parts());
                Number::Complex(a * c - b * d, a * d + b * c)
            }
            _ => Number::Float(self.parts().0 * other.parts().0),
        })
    }

    /// Divided by a count; a float, or complex.
    pub fn divide_by(self, count: usize) -> Number {
        let count = count as f64;
        match self {
            Number::Complex(re, im) => Number::Complex(re / count, im / count),
            _ => Number::Float(self.parts().0 / count),
        }
    }
}
