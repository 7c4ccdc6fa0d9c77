//! The operations that compute, declared once: their names, their types, and what they give.
//!
//! Back ends match over [`Numeric`] without a default, so that none can forget a new one, and tests compare what a
//! device computes with [`Numeric::evaluate`].

use crate::{Trap, Type};

/// A value as its bits, and back. Narrow values are extended with zeros.
trait Bits {
    fn from_bits(bits: u64) -> Self;
    fn into_bits(self) -> u64;
}

macro_rules! bits {
    ($($of:ty: |$bits:ident| $from:expr, |$value:ident| $into:expr;)*) => {
        $(impl Bits for $of {
            fn from_bits($bits: u64) -> $of {
                $from
            }

            fn into_bits(self) -> u64 {
                let $value = self;
                $into
            }
        })*
    };
}

bits! {
    u32: |bits| bits as u32, |value| u64::from(value);
    i32: |bits| bits as i32, |value| u64::from(value.cast_unsigned());
    u64: |bits| bits, |value| value;
    i64: |bits| bits.cast_signed(), |value| value.cast_unsigned();
    f32: |bits| f32::from_bits(bits as u32), |value| u64::from(value.to_bits());
    f64: |bits| f64::from_bits(bits), |value| value.to_bits();
    bool: |bits| bits != 0, |value| u64::from(value);
}

fn divide<T>(by_zero: bool, quotient: Option<T>) -> Result<T, Trap> {
    quotient.ok_or(if by_zero { Trap::DivisionByZero } else { Trap::IntegerOverflow })
}

fn truncate<T>(is_nan: bool, fits: bool, value: T) -> Result<T, Trap> {
    match (is_nan, fits) {
        (true, _) => Err(Trap::InvalidConversion),
        (_, false) => Err(Trap::IntegerOverflow),
        _ => Ok(value),
    }
}

fn unary<X: Bits, R>(compute: impl Fn(X) -> R, operands: [u64; 2]) -> R {
    compute(X::from_bits(operands[0]))
}

fn binary<X: Bits, Y: Bits, R>(compute: impl Fn(X, Y) -> R, operands: [u64; 2]) -> R {
    compute(X::from_bits(operands[0]), Y::from_bits(operands[1]))
}

macro_rules! apply {
    (plain ($x:ty) $result:ty, $compute:expr, $operands:expr) => {
        Ok(<$result as Bits>::into_bits(unary::<$x, $result>($compute, $operands)))
    };
    (plain ($x:ty, $y:ty) $result:ty, $compute:expr, $operands:expr) => {
        Ok(<$result as Bits>::into_bits(binary::<$x, $y, $result>($compute, $operands)))
    };
    (may_trap ($x:ty) $result:ty, $compute:expr, $operands:expr) => {
        unary::<$x, Result<$result, Trap>>($compute, $operands).map(<$result as Bits>::into_bits)
    };
    (may_trap ($x:ty, $y:ty) $result:ty, $compute:expr, $operands:expr) => {
        binary::<$x, $y, Result<$result, Trap>>($compute, $operands).map(<$result as Bits>::into_bits)
    };
}

macro_rules! may_trap {
    (plain) => {
        false
    };
    (may_trap) => {
        true
    };
}

macro_rules! numeric {
    ($($name:ident $text:literal [$($operand:ident),*] $result:ident $arguments:tt $gives:ty, $mode:ident $compute:expr;)*) => {
        /// An operation that computes from one or two values.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Numeric {
            $(#[doc = concat!("`", $text, "`")] $name,)*
        }

        impl Numeric {
            /// Every one, in the order of their numbers.
            pub const ALL: &[Numeric] = &[$(Numeric::$name),*];

            /// Its name.
            pub fn name(self) -> &'static str {
                match self {
                    $(Numeric::$name => $text,)*
                }
            }

            /// The types of its operands.
            pub fn operands(self) -> &'static [Type] {
                match self {
                    $(Numeric::$name => &[$(Type::$operand),*],)*
                }
            }

            /// The type of its result.
            pub fn result(self) -> Type {
                match self {
                    $(Numeric::$name => Type::$result,)*
                }
            }

            /// Whether there are operands for which it gives no result.
            pub fn may_trap(self) -> bool {
                match self {
                    $(Numeric::$name => may_trap!($mode),)*
                }
            }

            /// What it gives, as bits, for operands as bits; the second one is not looked at if it has one. Which NaN
            /// comes of a computation is left open, but it is a quiet one.
            pub fn evaluate(self, operands: [u64; 2]) -> Result<u64, Trap> {
                match self {
                    $(Numeric::$name => apply!($mode $arguments $gives, $compute, operands),)*
                }
            }
        }
    };
}

numeric! {
    I32EqualsZero "i32.eqz" [I32] I32 (i32) bool, plain |x| x == 0;
    I32Equal "i32.eq" [I32, I32] I32 (i32, i32) bool, plain |x, y| x == y;
    I32NotEqual "i32.ne" [I32, I32] I32 (i32, i32) bool, plain |x, y| x != y;
    I32LessSigned "i32.lt_s" [I32, I32] I32 (i32, i32) bool, plain |x, y| x < y;
    I32LessUnsigned "i32.lt_u" [I32, I32] I32 (u32, u32) bool, plain |x, y| x < y;
    I32GreaterSigned "i32.gt_s" [I32, I32] I32 (i32, i32) bool, plain |x, y| x > y;
    I32GreaterUnsigned "i32.gt_u" [I32, I32] I32 (u32, u32) bool, plain |x, y| x > y;
    I32LessOrEqualSigned "i32.le_s" [I32, I32] I32 (i32, i32) bool, plain |x, y| x <= y;
    I32LessOrEqualUnsigned "i32.le_u" [I32, I32] I32 (u32, u32) bool, plain |x, y| x <= y;
    I32GreaterOrEqualSigned "i32.ge_s" [I32, I32] I32 (i32, i32) bool, plain |x, y| x >= y;
    I32GreaterOrEqualUnsigned "i32.ge_u" [I32, I32] I32 (u32, u32) bool, plain |x, y| x >= y;
    I32LeadingZeros "i32.clz" [I32] I32 (u32) u32, plain |x| x.leading_zeros();
    I32TrailingZeros "i32.ctz" [I32] I32 (u32) u32, plain |x| x.trailing_zeros();
    I32CountOnes "i32.popcnt" [I32] I32 (u32) u32, plain |x| x.count_ones();
    I32Add "i32.add" [I32, I32] I32 (u32, u32) u32, plain |x, y| x.wrapping_add(y);
    I32Subtract "i32.sub" [I32, I32] I32 (u32, u32) u32, plain |x, y| x.wrapping_sub(y);
    I32Multiply "i32.mul" [I32, I32] I32 (u32, u32) u32, plain |x, y| x.wrapping_mul(y);
    I32DivideSigned "i32.div_s" [I32, I32] I32 (i32, i32) i32, may_trap |x, y| divide(y == 0, x.checked_div(y));
    I32DivideUnsigned "i32.div_u" [I32, I32] I32 (u32, u32) u32, may_trap |x, y| divide(y == 0, x.checked_div(y));
    I32RemainderSigned "i32.rem_s" [I32, I32] I32 (i32, i32) i32, may_trap |x, y| divide(y == 0, (y != 0).then(|| x.wrapping_rem(y)));
    I32RemainderUnsigned "i32.rem_u" [I32, I32] I32 (u32, u32) u32, may_trap |x, y| divide(y == 0, x.checked_rem(y));
    I32And "i32.and" [I32, I32] I32 (u32, u32) u32, plain |x, y| x & y;
    I32Or "i32.or" [I32, I32] I32 (u32, u32) u32, plain |x, y| x | y;
    I32ExclusiveOr "i32.xor" [I32, I32] I32 (u32, u32) u32, plain |x, y| x ^ y;
    I32ShiftLeft "i32.shl" [I32, I32] I32 (u32, u32) u32, plain |x, y| x.wrapping_shl(y);
    I32ShiftRightSigned "i32.shr_s" [I32, I32] I32 (i32, i32) i32, plain |x, y| x.wrapping_shr(y as u32);
    I32ShiftRightUnsigned "i32.shr_u" [I32, I32] I32 (u32, u32) u32, plain |x, y| x.wrapping_shr(y);
    I32RotateLeft "i32.rotl" [I32, I32] I32 (u32, u32) u32, plain |x, y| x.rotate_left(y & 31);
    I32RotateRight "i32.rotr" [I32, I32] I32 (u32, u32) u32, plain |x, y| x.rotate_right(y & 31);
    I64EqualsZero "i64.eqz" [I64] I32 (i64) bool, plain |x| x == 0;
    I64Equal "i64.eq" [I64, I64] I32 (i64, i64) bool, plain |x, y| x == y;
    I64NotEqual "i64.ne" [I64, I64] I32 (i64, i64) bool, plain |x, y| x != y;
    I64LessSigned "i64.lt_s" [I64, I64] I32 (i64, i64) bool, plain |x, y| x < y;
    I64LessUnsigned "i64.lt_u" [I64, I64] I32 (u64, u64) bool, plain |x, y| x < y;
    I64GreaterSigned "i64.gt_s" [I64, I64] I32 (i64, i64) bool, plain |x, y| x > y;
    I64GreaterUnsigned "i64.gt_u" [I64, I64] I32 (u64, u64) bool, plain |x, y| x > y;
    I64LessOrEqualSigned "i64.le_s" [I64, I64] I32 (i64, i64) bool, plain |x, y| x <= y;
    I64LessOrEqualUnsigned "i64.le_u" [I64, I64] I32 (u64, u64) bool, plain |x, y| x <= y;
    I64GreaterOrEqualSigned "i64.ge_s" [I64, I64] I32 (i64, i64) bool, plain |x, y| x >= y;
    I64GreaterOrEqualUnsigned "i64.ge_u" [I64, I64] I32 (u64, u64) bool, plain |x, y| x >= y;
    I64LeadingZeros "i64.clz" [I64] I64 (u64) u64, plain |x| u64::from(x.leading_zeros());
    I64TrailingZeros "i64.ctz" [I64] I64 (u64) u64, plain |x| u64::from(x.trailing_zeros());
    I64CountOnes "i64.popcnt" [I64] I64 (u64) u64, plain |x| u64::from(x.count_ones());
    I64Add "i64.add" [I64, I64] I64 (u64, u64) u64, plain |x, y| x.wrapping_add(y);
    I64Subtract "i64.sub" [I64, I64] I64 (u64, u64) u64, plain |x, y| x.wrapping_sub(y);
    I64Multiply "i64.mul" [I64, I64] I64 (u64, u64) u64, plain |x, y| x.wrapping_mul(y);
    I64DivideSigned "i64.div_s" [I64, I64] I64 (i64, i64) i64, may_trap |x, y| divide(y == 0, x.checked_div(y));
    I64DivideUnsigned "i64.div_u" [I64, I64] I64 (u64, u64) u64, may_trap |x, y| divide(y == 0, x.checked_div(y));
    I64RemainderSigned "i64.rem_s" [I64, I64] I64 (i64, i64) i64, may_trap |x, y| divide(y == 0, (y != 0).then(|| x.wrapping_rem(y)));
    I64RemainderUnsigned "i64.rem_u" [I64, I64] I64 (u64, u64) u64, may_trap |x, y| divide(y == 0, x.checked_rem(y));
    I64And "i64.and" [I64, I64] I64 (u64, u64) u64, plain |x, y| x & y;
    I64Or "i64.or" [I64, I64] I64 (u64, u64) u64, plain |x, y| x | y;
    I64ExclusiveOr "i64.xor" [I64, I64] I64 (u64, u64) u64, plain |x, y| x ^ y;
    I64ShiftLeft "i64.shl" [I64, I64] I64 (u64, u64) u64, plain |x, y| x.wrapping_shl(y as u32);
    I64ShiftRightSigned "i64.shr_s" [I64, I64] I64 (i64, i64) i64, plain |x, y| x.wrapping_shr(y as u32);
    I64ShiftRightUnsigned "i64.shr_u" [I64, I64] I64 (u64, u64) u64, plain |x, y| x.wrapping_shr(y as u32);
    I64RotateLeft "i64.rotl" [I64, I64] I64 (u64, u64) u64, plain |x, y| x.rotate_left((y & 63) as u32);
    I64RotateRight "i64.rotr" [I64, I64] I64 (u64, u64) u64, plain |x, y| x.rotate_right((y & 63) as u32);
    F32Equal "f32.eq" [F32, F32] I32 (f32, f32) bool, plain |x, y| x == y;
    F32NotEqual "f32.ne" [F32, F32] I32 (f32, f32) bool, plain |x, y| x != y;
    F32Less "f32.lt" [F32, F32] I32 (f32, f32) bool, plain |x, y| x < y;
    F32Greater "f32.gt" [F32, F32] I32 (f32, f32) bool, plain |x, y| x > y;
    F32LessOrEqual "f32.le" [F32, F32] I32 (f32, f32) bool, plain |x, y| x <= y;
    F32GreaterOrEqual "f32.ge" [F32, F32] I32 (f32, f32) bool, plain |x, y| x >= y;
    F32Absolute "f32.abs" [F32] F32 (u32) u32, plain |x| x & !0x8000_0000;
    F32Negate "f32.neg" [F32] F32 (u32) u32, plain |x| x ^ 0x8000_0000;
    F32Ceiling "f32.ceil" [F32] F32 (f32) f32, plain |x| x.ceil();
    F32Floor "f32.floor" [F32] F32 (f32) f32, plain |x| x.floor();
    F32Truncate "f32.trunc" [F32] F32 (f32) f32, plain |x| x.trunc();
    F32Nearest "f32.nearest" [F32] F32 (f32) f32, plain |x| x.round_ties_even();
    F32SquareRoot "f32.sqrt" [F32] F32 (f32) f32, plain |x| x.sqrt();
    F32Add "f32.add" [F32, F32] F32 (f32, f32) f32, plain |x, y| x + y;
    F32Subtract "f32.sub" [F32, F32] F32 (f32, f32) f32, plain |x, y| x - y;
    F32Multiply "f32.mul" [F32, F32] F32 (f32, f32) f32, plain |x, y| x * y;
    F32Divide "f32.div" [F32, F32] F32 (f32, f32) f32, plain |x, y| x / y;
    F32Minimum "f32.min" [F32, F32] F32 (f32, f32) f32, plain |x, y| if x.is_nan() || y.is_nan() { x + y } else if x < y || (x == y && x.is_sign_negative()) { x } else { y };
    F32Maximum "f32.max" [F32, F32] F32 (f32, f32) f32, plain |x, y| if x.is_nan() || y.is_nan() { x + y } else if x > y || (x == y && x.is_sign_positive()) { x } else { y };
    F32CopySign "f32.copysign" [F32, F32] F32 (u32, u32) u32, plain |x, y| (x & !0x8000_0000) | (y & 0x8000_0000);
    F64Equal "f64.eq" [F64, F64] I32 (f64, f64) bool, plain |x, y| x == y;
    F64NotEqual "f64.ne" [F64, F64] I32 (f64, f64) bool, plain |x, y| x != y;
    F64Less "f64.lt" [F64, F64] I32 (f64, f64) bool, plain |x, y| x < y;
    F64Greater "f64.gt" [F64, F64] I32 (f64, f64) bool, plain |x, y| x > y;
    F64LessOrEqual "f64.le" [F64, F64] I32 (f64, f64) bool, plain |x, y| x <= y;
    F64GreaterOrEqual "f64.ge" [F64, F64] I32 (f64, f64) bool, plain |x, y| x >= y;
    F64Absolute "f64.abs" [F64] F64 (u64) u64, plain |x| x & !0x8000_0000_0000_0000;
    F64Negate "f64.neg" [F64] F64 (u64) u64, plain |x| x ^ 0x8000_0000_0000_0000;
    F64Ceiling "f64.ceil" [F64] F64 (f64) f64, plain |x| x.ceil();
    F64Floor "f64.floor" [F64] F64 (f64) f64, plain |x| x.floor();
    F64Truncate "f64.trunc" [F64] F64 (f64) f64, plain |x| x.trunc();
    F64Nearest "f64.nearest" [F64] F64 (f64) f64, plain |x| x.round_ties_even();
    F64SquareRoot "f64.sqrt" [F64] F64 (f64) f64, plain |x| x.sqrt();
    F64Add "f64.add" [F64, F64] F64 (f64, f64) f64, plain |x, y| x + y;
    F64Subtract "f64.sub" [F64, F64] F64 (f64, f64) f64, plain |x, y| x - y;
    F64Multiply "f64.mul" [F64, F64] F64 (f64, f64) f64, plain |x, y| x * y;
    F64Divide "f64.div" [F64, F64] F64 (f64, f64) f64, plain |x, y| x / y;
    F64Minimum "f64.min" [F64, F64] F64 (f64, f64) f64, plain |x, y| if x.is_nan() || y.is_nan() { x + y } else if x < y || (x == y && x.is_sign_negative()) { x } else { y };
    F64Maximum "f64.max" [F64, F64] F64 (f64, f64) f64, plain |x, y| if x.is_nan() || y.is_nan() { x + y } else if x > y || (x == y && x.is_sign_positive()) { x } else { y };
    F64CopySign "f64.copysign" [F64, F64] F64 (u64, u64) u64, plain |x, y| (x & !0x8000_0000_0000_0000) | (y & 0x8000_0000_0000_0000);
    I32Wrap "i32.wrap_i64" [I64] I32 (u64) u32, plain |x| x as u32;
    I32TruncateF32Signed "i32.trunc_f32_s" [F32] I32 (f32) i32, may_trap |x| truncate(x.is_nan(), x > -2147483904.0 && x < 2147483648.0, x as i32);
    I32SaturateF32Signed "i32.trunc_sat_f32_s" [F32] I32 (f32) i32, plain |x| x as i32;
    I32TruncateF32Unsigned "i32.trunc_f32_u" [F32] I32 (f32) u32, may_trap |x| truncate(x.is_nan(), x > -1.0 && x < 4294967296.0, x as u32);
    I32SaturateF32Unsigned "i32.trunc_sat_f32_u" [F32] I32 (f32) u32, plain |x| x as u32;
    I32TruncateF64Signed "i32.trunc_f64_s" [F64] I32 (f64) i32, may_trap |x| truncate(x.is_nan(), x > -2147483649.0 && x < 2147483648.0, x as i32);
    I32SaturateF64Signed "i32.trunc_sat_f64_s" [F64] I32 (f64) i32, plain |x| x as i32;
    I32TruncateF64Unsigned "i32.trunc_f64_u" [F64] I32 (f64) u32, may_trap |x| truncate(x.is_nan(), x > -1.0 && x < 4294967296.0, x as u32);
    I32SaturateF64Unsigned "i32.trunc_sat_f64_u" [F64] I32 (f64) u32, plain |x| x as u32;
    I64TruncateF32Signed "i64.trunc_f32_s" [F32] I64 (f32) i64, may_trap |x| truncate(x.is_nan(), x > -9223373136366403584.0 && x < 9223372036854775808.0, x as i64);
    I64SaturateF32Signed "i64.trunc_sat_f32_s" [F32] I64 (f32) i64, plain |x| x as i64;
    I64TruncateF32Unsigned "i64.trunc_f32_u" [F32] I64 (f32) u64, may_trap |x| truncate(x.is_nan(), x > -1.0 && x < 18446744073709551616.0, x as u64);
    I64SaturateF32Unsigned "i64.trunc_sat_f32_u" [F32] I64 (f32) u64, plain |x| x as u64;
    I64TruncateF64Signed "i64.trunc_f64_s" [F64] I64 (f64) i64, may_trap |x| truncate(x.is_nan(), x > -9223372036854777856.0 && x < 9223372036854775808.0, x as i64);
    I64SaturateF64Signed "i64.trunc_sat_f64_s" [F64] I64 (f64) i64, plain |x| x as i64;
    I64TruncateF64Unsigned "i64.trunc_f64_u" [F64] I64 (f64) u64, may_trap |x| truncate(x.is_nan(), x > -1.0 && x < 18446744073709551616.0, x as u64);
    I64SaturateF64Unsigned "i64.trunc_sat_f64_u" [F64] I64 (f64) u64, plain |x| x as u64;
    I64ExtendSigned "i64.extend_i32_s" [I32] I64 (i32) i64, plain i64::from;
    I64ExtendUnsigned "i64.extend_i32_u" [I32] I64 (u32) u64, plain u64::from;
    F32ConvertI32Signed "f32.convert_i32_s" [I32] F32 (i32) f32, plain |x| x as f32;
    F32ConvertI32Unsigned "f32.convert_i32_u" [I32] F32 (u32) f32, plain |x| x as f32;
    F32ConvertI64Signed "f32.convert_i64_s" [I64] F32 (i64) f32, plain |x| x as f32;
    F32ConvertI64Unsigned "f32.convert_i64_u" [I64] F32 (u64) f32, plain |x| x as f32;
    F64ConvertI32Signed "f64.convert_i32_s" [I32] F64 (i32) f64, plain f64::from;
    F64ConvertI32Unsigned "f64.convert_i32_u" [I32] F64 (u32) f64, plain f64::from;
    F64ConvertI64Signed "f64.convert_i64_s" [I64] F64 (i64) f64, plain |x| x as f64;
    F64ConvertI64Unsigned "f64.convert_i64_u" [I64] F64 (u64) f64, plain |x| x as f64;
    F32Demote "f32.demote_f64" [F64] F32 (f64) f32, plain |x| x as f32;
    F64Promote "f64.promote_f32" [F32] F64 (f32) f64, plain f64::from;
    I32Reinterpret "i32.reinterpret_f32" [F32] I32 (u32) u32, plain |x| x;
    I64Reinterpret "i64.reinterpret_f64" [F64] I64 (u64) u64, plain |x| x;
    F32Reinterpret "f32.reinterpret_i32" [I32] F32 (u32) u32, plain |x| x;
    F64Reinterpret "f64.reinterpret_i64" [I64] F64 (u64) u64, plain |x| x;
    I32ExtendByte "i32.extend8_s" [I32] I32 (u32) i32, plain |x| i32::from(x as i8);
    I32ExtendShort "i32.extend16_s" [I32] I32 (u32) i32, plain |x| i32::from(x as i16);
    I64ExtendByte "i64.extend8_s" [I64] I64 (u64) i64, plain |x| i64::from(x as i8);
    I64ExtendShort "i64.extend16_s" [I64] I64 (u64) i64, plain |x| i64::from(x as i16);
    I64ExtendWord "i64.extend32_s" [I64] I64 (u64) i64, plain |x| i64::from(x as i32);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_are_unique() {
        for (number, one) in Numeric::ALL.iter().enumerate() {
            assert_eq!(*one as usize, number);
            assert!((1..=2).contains(&one.operands().len()));
            assert!(Numeric::ALL[number + 1..].iter().all(|other| other.name() != one.name()));
            // Every name says which type it gives, comparisons and tests aside.
            let prefix = one.name().split('.').next().unwrap();
            let compares = one.result() == Type::I32 && one.operands().iter().all(|of| of.to_string() == prefix);
            assert!(compares || one.result().to_string() == prefix, "{one:?}");
        }
    }

    #[test]
    fn edges() {
        let table = [
            (Numeric::I32DivideSigned, [0x8000_0000, 0xFFFF_FFFF], Err(Trap::IntegerOverflow)),
            (Numeric::I32DivideSigned, [7, 0], Err(Trap::DivisionByZero)),
            (Numeric::I32RemainderSigned, [0x8000_0000, 0xFFFF_FFFF], Ok(0)),
            (Numeric::I64ShiftLeft, [1, 65], Ok(2)),
            (Numeric::I32RotateRight, [1, 33], Ok(0x8000_0000)),
            (Numeric::I32TruncateF32Signed, [u64::from(f32::NAN.to_bits()), 0], Err(Trap::InvalidConversion)),
            (Numeric::I32TruncateF64Signed, [2_147_483_647.9_f64.to_bits(), 0], Ok(2_147_483_647)),
            (Numeric::I32TruncateF64Signed, [(-2_147_483_648.9_f64).to_bits(), 0], Ok(0x8000_0000)),
            (Numeric::I32TruncateF64Signed, [2_147_483_648.0_f64.to_bits(), 0], Err(Trap::IntegerOverflow)),
            (Numeric::I32TruncateF32Signed, [u64::from((-2_147_483_648.0_f32).to_bits()), 0], Ok(0x8000_0000)),
            (Numeric::I64TruncateF64Signed, [(-9_223_372_036_854_775_808.0_f64).to_bits(), 0], Ok(1 << 63)),
            (Numeric::I32SaturateF32Unsigned, [u64::from((-5.0_f32).to_bits()), 0], Ok(0)),
            (Numeric::F64Minimum, [0.0_f64.to_bits(), (-0.0_f64).to_bits()], Ok((-0.0_f64).to_bits())),
            (Numeric::F64Maximum, [(-0.0_f64).to_bits(), 0.0_f64.to_bits()], Ok(0.0_f64.to_bits())),
            (Numeric::F32CopySign, [0x3F80_0000, 0x8000_0000], Ok(0xBF80_0000)),
            (Numeric::I64ExtendWord, [0x8000_0000, 0], Ok(0xFFFF_FFFF_8000_0000)),
        ];
        for (operation, operands, expected) in table {
            assert_eq!(operation.evaluate(operands), expected, "{}", operation.name());
        }
    }
}
