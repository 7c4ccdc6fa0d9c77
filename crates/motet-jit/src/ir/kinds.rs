//! What operations are of: comparisons, operators, widths of memory.

use super::Type;

/// Comparisons. Of floats, all but `NotEqual` are false if one of them is no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    /// Of integers only, both taken as numbers without a sign.
    Below,
}

/// Operators of integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntOperator {
    Add,
    Subtract,
    Multiply,
    And,
    /// Floored; the divisor is greater than 0.
    FloorDivide,
    /// With the sign of the divisor, which is greater than 0.
    Modulo,
}

/// Operators of floats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FloatOperator {
    Add,
    Subtract,
    Multiply,
    Divide,
}

/// Functions of one float.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FloatFunction {
    Negate,
    SquareRoot,
    Absolute,
    Floor,
    Ceiling,
}

/// How much of memory is read or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// A byte without a sign, as an integer.
    Byte,
    /// 32 bits without a sign, as an integer.
    Half,
    /// 32 bits with a sign, as an integer.
    SignedHalf,
    Int,
    Float,
    Address,
}

impl Width {
    /// The type of the value.
    pub fn of(self) -> Type {
        match self {
            Width::Byte | Width::Half | Width::SignedHalf | Width::Int => Type::Int,
            Width::Float => Type::Float,
            Width::Address => Type::Address,
        }
    }
}
