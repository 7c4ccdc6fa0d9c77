//! What each operation that computes is in SPIR-V.
//!
//! Exact to the bit: what devices and drivers are free to do differently (NaN, minimum, conversions out of range, division by
//! 0) is done by bits and selections.

use crate::compiler::Compiler;
use crate::words::{Id, Op};
use motet_middle::{Numeric, Trap, Type};

// Numbers of GLSL.std.450's functions.
const ROUND_EVEN: u32 = 2;
const FLOOR: u32 = 8;
const CEILING: u32 = 9;
const SQUARE_ROOT: u32 = 31;
const FIND_LOWEST: u32 = 73;
const FIND_HIGHEST: u32 = 75;

const NO_CONTRACTION: u32 = 42;

impl Compiler<'_> {
    /// The result of an operation; `y` is not looked at where there is one operand.
    pub(crate) fn numeric(&mut self, numeric: Numeric, x: Id, y: Id) -> Id {
        use Numeric as N;
        match numeric {
            N::I32EqualsZero => {
                let none = self.word(0);
                self.truth(Op::IEqual, x, none)
            }
            N::I64EqualsZero => {
                let none = self.long(0);
                self.truth(Op::IEqual, x, none)
            }
            N::I32Equal | N::I64Equal => self.truth(Op::IEqual, x, y),
            N::I32NotEqual | N::I64NotEqual => self.truth(Op::INotEqual, x, y),
            N::I32LessSigned | N::I64LessSigned => self.truth(Op::SLessThan, x, y),
            N::I32LessUnsigned | N::I64LessUnsigned => self.truth(Op::ULessThan, x, y),
            N::I32GreaterSigned | N::I64GreaterSigned => self.truth(Op::SGreaterThan, x, y),
            N::I32GreaterUnsigned | N::I64GreaterUnsigned => self.truth(Op::UGreaterThan, x, y),
            N::I32LessOrEqualSigned | N::I64LessOrEqualSigned => self.truth(Op::SLessThanEqual, x, y),
            N::I32LessOrEqualUnsigned | N::I64LessOrEqualUnsigned => self.truth(Op::ULessThanEqual, x, y),
            N::I32GreaterOrEqualSigned | N::I64GreaterOrEqualSigned => self.truth(Op::SGreaterThanEqual, x, y),
            N::I32GreaterOrEqualUnsigned | N::I64GreaterOrEqualUnsigned => self.truth(Op::UGreaterThanEqual, x, y),
            N::F32Equal | N::F64Equal => self.truth(Op::FOrdEqual, x, y),
            N::F32NotEqual | N::F64NotEqual => self.truth(Op::FUnordNotEqual, x, y),
            N::F32Less | N::F64Less => self.truth(Op::FOrdLessThan, x, y),
            N::F32Greater | N::F64Greater => self.truth(Op::FOrdGreaterThan, x, y),
            N::F32LessOrEqual | N::F64LessOrEqual => self.truth(Op::FOrdLessThanEqual, x, y),
            N::F32GreaterOrEqual | N::F64GreaterOrEqual => self.truth(Op::FOrdGreaterThanEqual, x, y),

            N::I32LeadingZeros => self.leading_zeros(x),
            N::I32TrailingZeros => self.trailing_zeros(x),
            N::I32CountOnes => self.plain(Type::I32, Op::BitCount, &[x]),
            N::I64LeadingZeros => {
                let (low, high) = self.halves(x);
                let (low, high) = (self.leading_zeros(low), self.leading_zeros(high));
                self.sum_of_halves(high, low)
            }
            N::I64TrailingZeros => {
                let (low, high) = self.halves(x);
                let (low, high) = (self.trailing_zeros(low), self.trailing_zeros(high));
                self.sum_of_halves(low, high)
            }
            N::I64CountOnes => {
                let (low, high) = self.halves(x);
                let (low, high) =
                    (self.plain(Type::I32, Op::BitCount, &[low]), self.plain(Type::I32, Op::BitCount, &[high]));
                let sum = self.plain(Type::I32, Op::IAdd, &[low, high]);
                self.plain(Type::I64, Op::UConvert, &[sum])
            }
            N::I32Add => self.plain(Type::I32, Op::IAdd, &[x, y]),
            N::I64Add => self.plain(Type::I64, Op::IAdd, &[x, y]),
            N::I32Subtract => self.plain(Type::I32, Op::ISub, &[x, y]),
            N::I64Subtract => self.plain(Type::I64, Op::ISub, &[x, y]),
            N::I32Multiply => self.plain(Type::I32, Op::IMul, &[x, y]),
            N::I64Multiply => self.plain(Type::I64, Op::IMul, &[x, y]),
            N::I32DivideSigned => self.divide(Type::I32, Op::SDiv, x, y),
            N::I64DivideSigned => self.divide(Type::I64, Op::SDiv, x, y),
            N::I32DivideUnsigned => self.divide(Type::I32, Op::UDiv, x, y),
            N::I64DivideUnsigned => self.divide(Type::I64, Op::UDiv, x, y),
            N::I32RemainderSigned => self.divide(Type::I32, Op::SRem, x, y),
            N::I64RemainderSigned => self.divide(Type::I64, Op::SRem, x, y),
            N::I32RemainderUnsigned => self.divide(Type::I32, Op::UMod, x, y),
            N::I64RemainderUnsigned => self.divide(Type::I64, Op::UMod, x, y),
            N::I32And => self.plain(Type::I32, Op::BitwiseAnd, &[x, y]),
            N::I64And => self.plain(Type::I64, Op::BitwiseAnd, &[x, y]),
            N::I32Or => self.plain(Type::I32, Op::BitwiseOr, &[x, y]),
            N::I64Or => self.plain(Type::I64, Op::BitwiseOr, &[x, y]),
            N::I32ExclusiveOr => self.plain(Type::I32, Op::BitwiseXor, &[x, y]),
            N::I64ExclusiveOr => self.plain(Type::I64, Op::BitwiseXor, &[x, y]),
            N::I32ShiftLeft => self.shift(Type::I32, Op::ShiftLeftLogical, x, y),
            N::I64ShiftLeft => self.shift(Type::I64, Op::ShiftLeftLogical, x, y),
            N::I32ShiftRightSigned => self.shift(Type::I32, Op::ShiftRightArithmetic, x, y),
            N::I64ShiftRightSigned => self.shift(Type::I64, Op::ShiftRightArithmetic, x, y),
            N::I32ShiftRightUnsigned => self.shift(Type::I32, Op::ShiftRightLogical, x, y),
            N::I64ShiftRightUnsigned => self.shift(Type::I64, Op::ShiftRightLogical, x, y),
            N::I32RotateLeft => self.rotate(Type::I32, Op::ShiftLeftLogical, Op::ShiftRightLogical, x, y),
            N::I64RotateLeft => self.rotate(Type::I64, Op::ShiftLeftLogical, Op::ShiftRightLogical, x, y),
            N::I32RotateRight => self.rotate(Type::I32, Op::ShiftRightLogical, Op::ShiftLeftLogical, x, y),
            N::I64RotateRight => self.rotate(Type::I64, Op::ShiftRightLogical, Op::ShiftLeftLogical, x, y),

            N::F32Absolute => self.sign(Type::F32, x, None),
            N::F64Absolute => self.sign(Type::F64, x, None),
            N::F32Negate => self.flip(Type::F32, x),
            N::F64Negate => self.flip(Type::F64, x),
            N::F32CopySign => self.sign(Type::F32, x, Some(y)),
            N::F64CopySign => self.sign(Type::F64, x, Some(y)),
            N::F32Ceiling => self.rounded(Type::F32, CEILING, x),
            N::F64Ceiling => self.rounded(Type::F64, CEILING, x),
            N::F32Floor => self.rounded(Type::F32, FLOOR, x),
            N::F64Floor => self.rounded(Type::F64, FLOOR, x),
            N::F32Truncate => self.truncated(Type::F32, x),
            N::F64Truncate => self.truncated(Type::F64, x),
            N::F32Nearest => self.rounded(Type::F32, ROUND_EVEN, x),
            N::F64Nearest => self.nearest(x),
            N::F32SquareRoot => self.extended_function(Type::F32, SQUARE_ROOT, x),
            N::F64SquareRoot => self.extended_function(Type::F64, SQUARE_ROOT, x),
            N::F32Add => self.float_operation(Type::F32, Op::FAdd, x, y),
            N::F64Add => self.float_operation(Type::F64, Op::FAdd, x, y),
            N::F32Subtract => self.float_operation(Type::F32, Op::FSub, x, y),
            N::F64Subtract => self.float_operation(Type::F64, Op::FSub, x, y),
            N::F32Multiply => self.float_operation(Type::F32, Op::FMul, x, y),
            N::F64Multiply => self.float_operation(Type::F64, Op::FMul, x, y),
            // The exact quotient of two floats of 32 bits, rounded to 64 and then to 32 bits, is rounded rightly: a quotient
            // that lies next to the middle between two floats of 32 bits is too far from it. Devices divide floats of 32 bits
            // less exactly.
            N::F32Divide => {
                let (x, y) = (self.plain(Type::F64, Op::FConvert, &[x]), self.plain(Type::F64, Op::FConvert, &[y]));
                let quotient = self.float_operation(Type::F64, Op::FDiv, x, y);
                self.plain(Type::F32, Op::FConvert, &[quotient])
            }
            N::F64Divide => self.float_operation(Type::F64, Op::FDiv, x, y),
            N::F32Minimum => self.least(Type::F32, x, y, false),
            N::F64Minimum => self.least(Type::F64, x, y, false),
            N::F32Maximum => self.least(Type::F32, x, y, true),
            N::F64Maximum => self.least(Type::F64, x, y, true),

            N::I32Wrap => self.plain(Type::I32, Op::UConvert, &[x]),
            N::I64ExtendSigned => self.plain(Type::I64, Op::SConvert, &[x]),
            N::I64ExtendUnsigned => self.plain(Type::I64, Op::UConvert, &[x]),
            N::I32ExtendByte => self.extend(Type::I32, x, 24),
            N::I32ExtendShort => self.extend(Type::I32, x, 16),
            N::I64ExtendByte => self.extend(Type::I64, x, 56),
            N::I64ExtendShort => self.extend(Type::I64, x, 48),
            N::I64ExtendWord => self.extend(Type::I64, x, 32),
            N::I32Reinterpret => self.plain(Type::I32, Op::Bitcast, &[x]),
            N::I64Reinterpret => self.plain(Type::I64, Op::Bitcast, &[x]),
            N::F32Reinterpret => self.plain(Type::F32, Op::Bitcast, &[x]),
            N::F64Reinterpret => self.plain(Type::F64, Op::Bitcast, &[x]),
            N::F32ConvertI32Signed | N::F32ConvertI64Signed => self.plain(Type::F32, Op::ConvertSToF, &[x]),
            N::F32ConvertI32Unsigned | N::F32ConvertI64Unsigned => self.plain(Type::F32, Op::ConvertUToF, &[x]),
            N::F64ConvertI32Signed | N::F64ConvertI64Signed => self.plain(Type::F64, Op::ConvertSToF, &[x]),
            N::F64ConvertI32Unsigned | N::F64ConvertI64Unsigned => self.plain(Type::F64, Op::ConvertUToF, &[x]),
            N::F32Demote => self.demote(x),
            N::F64Promote => self.promote(x),
            N::I32TruncateF32Signed => self.whole(x, Type::F32, Type::I32, true, false),
            N::I32TruncateF32Unsigned => self.whole(x, Type::F32, Type::I32, false, false),
            N::I32TruncateF64Signed => self.whole(x, Type::F64, Type::I32, true, false),
            N::I32TruncateF64Unsigned => self.whole(x, Type::F64, Type::I32, false, false),
            N::I64TruncateF32Signed => self.whole(x, Type::F32, Type::I64, true, false),
            N::I64TruncateF32Unsigned => self.whole(x, Type::F32, Type::I64, false, false),
            N::I64TruncateF64Signed => self.whole(x, Type::F64, Type::I64, true, false),
            N::I64TruncateF64Unsigned => self.whole(x, Type::F64, Type::I64, false, false),
            N::I32SaturateF32Signed => self.whole(x, Type::F32, Type::I32, true, true),
            N::I32SaturateF32Unsigned => self.whole(x, Type::F32, Type::I32, false, true),
            N::I32SaturateF64Signed => self.whole(x, Type::F64, Type::I32, true, true),
            N::I32SaturateF64Unsigned => self.whole(x, Type::F64, Type::I32, false, true),
            N::I64SaturateF32Signed => self.whole(x, Type::F32, Type::I64, true, true),
            N::I64SaturateF32Unsigned => self.whole(x, Type::F32, Type::I64, false, true),
            N::I64SaturateF64Signed => self.whole(x, Type::F64, Type::I64, true, true),
            N::I64SaturateF64Unsigned => self.whole(x, Type::F64, Type::I64, false, true),
        }
    }

    fn plain(&mut self, of: Type, op: Op, operands: &[Id]) -> Id {
        let of = self.type_id(of);
        self.take(op, of, operands)
    }

    /// A test as 0 or 1.
    fn truth(&mut self, op: Op, x: Id, y: Id) -> Id {
        let holds = self.test(op, &[x, y]);
        let (unsigned, one, none) = (self.unsigned(), self.word(1), self.word(0));
        self.select(unsigned, holds, one, none)
    }

    /// A constant of an integer type.
    fn integer(&mut self, of: Type, value: u64) -> Id {
        if of == Type::I64 { self.long(value) } else { self.word(value as u32) }
    }

    fn float_operation(&mut self, of: Type, op: Op, x: Id, y: Id) -> Id {
        let result = self.plain(of, op, &[x, y]);
        self.words.decorate(&[result, NO_CONTRACTION]);
        result
    }

    fn extended_function(&mut self, of: Type, function: u32, x: Id) -> Id {
        let of = self.type_id(of);
        let operands = [self.extensions, function, x];
        self.words.take(Op::ExtInst, of, &operands)
    }

    /// Rounded to a whole number. Drivers lose the sign of a zero, or the payload of a NaN.
    fn rounded(&mut self, of: Type, function: u32, x: Id) -> Id {
        let rounded = self.extended_function(of, function, x);
        self.sign(of, rounded, Some(x))
    }

    /// Rounded towards 0: the magnitude, rounded down. Lavapipe's own function leaves doubles above 2^24 as they are on
    /// processors without AVX-512.
    fn truncated(&mut self, of: Type, x: Id) -> Id {
        let magnitude = self.sign(of, x, None);
        let rounded = self.extended_function(of, FLOOR, magnitude);
        self.sign(of, rounded, Some(x))
    }

    /// A double as the nearest whole number, ties to the even one; likewise.
    fn nearest(&mut self, x: Id) -> Id {
        let of = Type::F64;
        let (half, one, two) = (self.double(0.5), self.double(1.0), self.double(2.0));
        let magnitude = self.sign(of, x, None);
        let lower = self.extended_function(of, FLOOR, magnitude);
        let rest = self.float_operation(of, Op::FSub, magnitude, lower);
        let pairs = self.float_operation(of, Op::FMul, lower, half);
        let pairs = self.extended_function(of, FLOOR, pairs);
        let even = self.float_operation(of, Op::FMul, pairs, two);
        let is_odd = self.test(Op::FOrdLessThan, &[even, lower]);
        let is_above = self.test(Op::FOrdGreaterThan, &[rest, half]);
        let is_between = self.test(Op::FOrdEqual, &[rest, half]);
        let is_odd = self.test(Op::LogicalAnd, &[is_between, is_odd]);
        let goes_up = self.test(Op::LogicalOr, &[is_above, is_odd]);
        let upper = self.float_operation(of, Op::FAdd, lower, one);
        let double = self.float_64();
        let whole = self.select(double, goes_up, upper, lower);
        self.sign(of, whole, Some(x))
    }

    fn leading_zeros(&mut self, x: Id) -> Id {
        // The highest bit's number, or -1.
        let highest = self.extended_function(Type::I32, FIND_HIGHEST, x);
        let most = self.word(31);
        self.plain(Type::I32, Op::ISub, &[most, highest])
    }

    fn trailing_zeros(&mut self, x: Id) -> Id {
        let lowest = self.extended_function(Type::I32, FIND_LOWEST, x);
        let (none, all, unsigned) = (self.word(0), self.word(32), self.unsigned());
        let empty = self.test(Op::IEqual, &[x, none]);
        self.select(unsigned, empty, all, lowest)
    }

    /// Zeros of the first half, and those of the second one if the first is all zeros.
    fn sum_of_halves(&mut self, first: Id, second: Id) -> Id {
        let (all, unsigned) = (self.word(32), self.unsigned());
        let empty = self.test(Op::IEqual, &[first, all]);
        let sum = self.plain(Type::I32, Op::IAdd, &[first, second]);
        let zeros = self.select(unsigned, empty, sum, first);
        self.plain(Type::I64, Op::UConvert, &[zeros])
    }

    /// No divisor of 0 and no overflow ever reaches the machine: a processor would end the program.
    fn divide(&mut self, of: Type, op: Op, x: Id, y: Id) -> Id {
        let (none, one) = (self.integer(of, 0), self.integer(of, 1));
        let type_id = self.type_id(of);
        let by_zero = self.test(Op::IEqual, &[y, none]);
        self.trap_if(by_zero, Trap::DivisionByZero);
        let mut harmless = by_zero;
        if matches!(op, Op::SDiv | Op::SRem) {
            let least = self.integer(of, if of == Type::I64 { 1 << 63 } else { 1 << 31 });
            let minus_one = self.integer(of, u64::MAX);
            let is_least = self.test(Op::IEqual, &[x, least]);
            let is_minus_one = self.test(Op::IEqual, &[y, minus_one]);
            let overflows = self.test(Op::LogicalAnd, &[is_least, is_minus_one]);
            if op == Op::SDiv {
                self.trap_if(overflows, Trap::IntegerOverflow);
            }
            harmless = self.test(Op::LogicalOr, &[by_zero, overflows]);
        }
        // By 1: the remainder of the overflow is 0, as it should be.
        let divisor = self.select(type_id, harmless, one, y);
        self.take(op, type_id, &[x, divisor])
    }

    fn shift(&mut self, of: Type, op: Op, x: Id, y: Id) -> Id {
        let most = self.integer(of, if of == Type::I64 { 63 } else { 31 });
        let count = self.plain(of, Op::BitwiseAnd, &[y, most]);
        self.plain(of, op, &[x, count])
    }

    fn rotate(&mut self, of: Type, there: Op, back: Op, x: Id, y: Id) -> Id {
        let none = self.integer(of, 0);
        let opposite = self.plain(of, Op::ISub, &[none, y]);
        let (one, other) = (self.shift(of, there, x, y), self.shift(of, back, x, opposite));
        self.plain(of, Op::BitwiseOr, &[one, other])
    }

    fn extend(&mut self, of: Type, x: Id, unused: u64) -> Id {
        let unused = self.integer(of, unused);
        let high = self.plain(of, Op::ShiftLeftLogical, &[x, unused]);
        self.plain(of, Op::ShiftRightArithmetic, &[high, unused])
    }

    /// The integer type of a float's bits, and the constants of its sign and of its infinity.
    fn bits_of(&mut self, of: Type) -> (Type, Id, Id, Id) {
        let (integer, sign, infinity, quiet) = match of {
            Type::F64 => (Type::I64, 1 << 63, 0x7FF0_0000_0000_0000, 0x0008_0000_0000_0000),
            _ => (Type::I32, 1 << 31, 0x7F80_0000, 0x0040_0000),
        };
        (integer, self.integer(integer, sign), self.integer(integer, infinity), self.integer(integer, quiet))
    }

    /// A float with the sign of another one, or without.
    fn sign(&mut self, of: Type, x: Id, from: Option<Id>) -> Id {
        let (integer, sign, ..) = self.bits_of(of);
        let bits = self.plain(integer, Op::Bitcast, &[x]);
        let others = self.plain(integer, Op::Not, &[sign]);
        let magnitude = self.plain(integer, Op::BitwiseAnd, &[bits, others]);
        let result = match from {
            Some(from) => {
                let from = self.plain(integer, Op::Bitcast, &[from]);
                let from = self.plain(integer, Op::BitwiseAnd, &[from, sign]);
                self.plain(integer, Op::BitwiseOr, &[magnitude, from])
            }
            None => magnitude,
        };
        self.plain(of, Op::Bitcast, &[result])
    }

    fn flip(&mut self, of: Type, x: Id) -> Id {
        let (integer, sign, ..) = self.bits_of(of);
        let bits = self.plain(integer, Op::Bitcast, &[x]);
        let flipped = self.plain(integer, Op::BitwiseXor, &[bits, sign]);
        self.plain(of, Op::Bitcast, &[flipped])
    }

    /// The lesser or the greater of two floats, by their bits.
    fn least(&mut self, of: Type, x: Id, y: Id, greatest: bool) -> Id {
        let (integer, sign, infinity, quiet) = self.bits_of(of);
        let int = self.type_id(integer);
        let none = self.integer(integer, 0);
        let parts = [x, y].map(|value| {
            let bits = self.plain(integer, Op::Bitcast, &[value]);
            let others = self.plain(integer, Op::Not, &[sign]);
            let magnitude = self.plain(integer, Op::BitwiseAnd, &[bits, others]);
            let is_nan = self.test(Op::UGreaterThan, &[magnitude, infinity]);
            let signed = self.plain(integer, Op::BitwiseAnd, &[bits, sign]);
            let negative = self.test(Op::INotEqual, &[signed, none]);
            // Numbers in the order of their values.
            let (below, above) =
                (self.plain(integer, Op::Not, &[bits]), self.plain(integer, Op::BitwiseOr, &[bits, sign]));
            let key = self.select(int, negative, below, above);
            let quieted = self.plain(integer, Op::BitwiseOr, &[bits, quiet]);
            (bits, is_nan, key, quieted)
        });
        let [(x, x_is_nan, x_key, x_quiet), (y, y_is_nan, y_key, y_quiet)] = parts;
        let compare = if greatest { Op::UGreaterThan } else { Op::ULessThan };
        let first = self.test(compare, &[x_key, y_key]);
        let chosen = self.select(int, first, x, y);
        let chosen = self.select(int, y_is_nan, y_quiet, chosen);
        let chosen = self.select(int, x_is_nan, x_quiet, chosen);
        self.plain(of, Op::Bitcast, &[chosen])
    }

    fn demote(&mut self, x: Id) -> Id {
        let narrow = self.plain(Type::F32, Op::FConvert, &[x]);
        let bits = self.plain(Type::I64, Op::Bitcast, &[x]);
        let (_, high) = self.halves(bits);
        let sign = self.word(1 << 31);
        let sign = self.plain(Type::I32, Op::BitwiseAnd, &[high, sign]);
        let (count, mask, quiet) = (self.long(29), self.word(0x003F_FFFF), self.word(0x7FC0_0000));
        let payload = self.plain(Type::I64, Op::ShiftRightLogical, &[bits, count]);
        let payload = self.plain(Type::I32, Op::UConvert, &[payload]);
        let payload = self.plain(Type::I32, Op::BitwiseAnd, &[payload, mask]);
        let nan = self.plain(Type::I32, Op::BitwiseOr, &[sign, payload]);
        let nan = self.plain(Type::I32, Op::BitwiseOr, &[nan, quiet]);
        let narrow = self.plain(Type::I32, Op::Bitcast, &[narrow]);
        let is_nan = self.is_nan(Type::F64, bits);
        let unsigned = self.unsigned();
        let chosen = self.select(unsigned, is_nan, nan, narrow);
        self.plain(Type::F32, Op::Bitcast, &[chosen])
    }

    fn promote(&mut self, x: Id) -> Id {
        let wide = self.plain(Type::F64, Op::FConvert, &[x]);
        let bits = self.plain(Type::I32, Op::Bitcast, &[x]);
        let long = self.plain(Type::I64, Op::UConvert, &[bits]);
        let (sign, payload) = (self.long(1 << 31), self.long(0x003F_FFFF));
        let (to_sign, to_payload, quiet) = (self.long(32), self.long(29), self.long(0x7FF8_0000_0000_0000));
        let sign = self.plain(Type::I64, Op::BitwiseAnd, &[long, sign]);
        let sign = self.plain(Type::I64, Op::ShiftLeftLogical, &[sign, to_sign]);
        let payload = self.plain(Type::I64, Op::BitwiseAnd, &[long, payload]);
        let payload = self.plain(Type::I64, Op::ShiftLeftLogical, &[payload, to_payload]);
        let nan = self.plain(Type::I64, Op::BitwiseOr, &[sign, payload]);
        let nan = self.plain(Type::I64, Op::BitwiseOr, &[nan, quiet]);
        let wide = self.plain(Type::I64, Op::Bitcast, &[wide]);
        let is_nan = self.is_nan(Type::F32, bits);
        let long = self.unsigned_64();
        let chosen = self.select(long, is_nan, nan, wide);
        self.plain(Type::F64, Op::Bitcast, &[chosen])
    }

    /// Whether these are the bits of a NaN of this type.
    fn is_nan(&mut self, of: Type, bits: Id) -> Id {
        let (integer, sign, infinity, _) = self.bits_of(of);
        let others = self.plain(integer, Op::Not, &[sign]);
        let magnitude = self.plain(integer, Op::BitwiseAnd, &[bits, others]);
        self.test(Op::UGreaterThan, &[magnitude, infinity])
    }

    /// A float as a whole number: a trap where it does not fit, or the nearest one.
    fn whole(&mut self, x: Id, from: Type, to: Type, signed: bool, saturates: bool) -> Id {
        let x = if from == Type::F32 { self.plain(Type::F64, Op::FConvert, &[x]) } else { x };
        let cut = self.truncated(Type::F64, x);
        let above = match (to, signed) {
            (Type::I64, true) => 9_223_372_036_854_775_808.0,
            (Type::I64, false) => 18_446_744_073_709_551_616.0,
            (_, true) => 2_147_483_648.0,
            (_, false) => 4_294_967_296.0,
        };
        let (high, low, none) = (self.double(above), self.double(if signed { -above } else { 0.0 }), self.double(0.0));
        let is_nan = self.test(Op::FUnordNotEqual, &[x, x]);
        let is_low = self.test(Op::FOrdLessThan, &[cut, low]);
        let is_high = self.test(Op::FOrdGreaterThanEqual, &[cut, high]);
        let outside = self.test(Op::LogicalOr, &[is_low, is_high]);
        let unfit = self.test(Op::LogicalOr, &[is_nan, outside]);
        let double = self.float_64();
        let inside = self.select(double, unfit, none, cut);
        // Halves, so that no conversion is asked for what it cannot do.
        let magnitude = self.sign(Type::F64, inside, None);
        let (unit, inverse) = (self.double(4_294_967_296.0), self.double(1.0 / 4_294_967_296.0));
        let high_part = self.float_operation(Type::F64, Op::FMul, magnitude, inverse);
        let high_part = self.extended_function(Type::F64, FLOOR, high_part);
        let taken = self.float_operation(Type::F64, Op::FMul, high_part, unit);
        let low_part = self.float_operation(Type::F64, Op::FSub, magnitude, taken);
        let low_word = self.plain(Type::I32, Op::ConvertFToU, &[low_part]);
        let high_word = self.plain(Type::I32, Op::ConvertFToU, &[high_part]);
        let whole = self.join(low_word, high_word);
        let long = self.unsigned_64();
        let nothing = self.long(0);
        let opposite = self.plain(Type::I64, Op::ISub, &[nothing, whole]);
        let negative = self.test(Op::FOrdLessThan, &[inside, none]);
        let mut value = self.select(long, negative, opposite, whole);
        if saturates {
            let (lowest, highest) = match (to, signed) {
                (Type::I64, true) => (1 << 63, i64::MAX as u64),
                (Type::I64, false) => (0, u64::MAX),
                (_, true) => (1 << 31, i32::MAX as u64),
                (_, false) => (0, u64::from(u32::MAX)),
            };
            let (lowest, highest) = (self.long(lowest), self.long(highest));
            value = self.select(long, is_low, lowest, value);
            value = self.select(long, is_high, highest, value);
        } else {
            self.trap_if(is_nan, Trap::InvalidConversion);
            self.trap_if(outside, Trap::IntegerOverflow);
        }
        if to == Type::I64 { value } else { self.plain(Type::I32, Op::UConvert, &[value]) }
    }
}
