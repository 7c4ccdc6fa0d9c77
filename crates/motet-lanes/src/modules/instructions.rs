//! The instructions of modules, declared once: the kernel's cases, the compiler and the listing come from this list.
//!
//! An instruction takes eight bytes: opcode, destination, first source, second source, and 32 bits of immediate. Registers
//! are the 64-bit values of the present frame; 32-bit values have zeros above. The second source is the immediate where its
//! field says [`IMMEDIATE`].
//!
//! Bit 0 of an opcode says whether it works on 64 bits. Narrow ones take their immediate without a sign and leave zeros
//! above their result, so that both widths share their statements.
//!
//! The names that the statements may use: `x` and `y`, the sources as `u64`; `sx` and `sy`, the same as signed numbers of
//! the opcode's width; `fx` and `fy`, as floats; `mask`, ones for the opcode's width; `bits`, the width. A result goes to
//! `result`, or as a float to `real` with `is_real = true`.

use crate::instructions::Handler;

/// The second source's field where the immediate is meant.
pub(crate) const IMMEDIATE: u8 = 255;

/// One instruction.
pub(crate) struct Instruction {
    pub opcode: Opcode,
    pub name: &'static str,
    pub handler: Handler,
}

macro_rules! instructions {
    ($($number:literal $opcode:ident $name:literal $place:ident $wgsl:expr;)*) => {
        /// The number of an instruction.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub(crate) enum Opcode {
            $(#[doc = $name] $opcode = $number,)*
        }

        /// Every instruction.
        pub(crate) const ALL: &[Instruction] = &[
            $(Instruction { opcode: Opcode::$opcode, name: $name, handler: Handler::$place($wgsl) },)*
        ];
    };
}

/// Converting a float to an integer. The bits of the immediate: 1 for a result of 64 bits, 2 for one without a sign, 4 to
/// take the nearest number where it does not fit, 8 for a float of 64 bits.
const TRUNCATE: &str = "let from_float = select(f64(bitcast<f32>(u32(x))), bitcast<f64>(x), (immediate & 8u) != 0u); let converted = truncate_float(from_float, immediate); result = converted.value; trap = converted.trap;";
const DIVIDE: &str = "let divided = divide(opcode, x, y, mask); result = divided.value; trap = divided.trap;";
const ROUND: &str = "real = round_float(opcode, fx); is_real = true;";
const LOGIC: &str = "result = select(select(x ^ y, x | y, opcode < 0x1au), x & y, opcode < 0x18u);";
const COMPARE: &str = "result = u64(compare(opcode, sx, sy, x, y));";
const COMPARE_FLOATS: &str = "result = u64(compare_floats(opcode, fx, fy));";

instructions! {
    0x10 Add "add" Step "result = x + y;";
    0x11 Add64 "add64" Step "result = x + y;";
    0x12 Subtract "sub" Step "result = x - y;";
    0x13 Subtract64 "sub64" Step "result = x - y;";
    0x14 Multiply "mul" Step "result = x * y;";
    0x15 Multiply64 "mul64" Step "result = x * y;";
    0x16 And "and" Step LOGIC;
    0x17 And64 "and64" Step LOGIC;
    0x18 Or "or" Step LOGIC;
    0x19 Or64 "or64" Step LOGIC;
    0x1A ExclusiveOr "xor" Step LOGIC;
    0x1B ExclusiveOr64 "xor64" Step LOGIC;
    0x1C ShiftLeft "shl" Step "result = x << shift;";
    0x1D ShiftLeft64 "shl64" Step "result = x << shift;";
    0x1E ShiftRightSigned "sar" Step "result = bitcast<u64>(sx >> shift);";
    0x1F ShiftRightSigned64 "sar64" Step "result = bitcast<u64>(sx >> shift);";
    0x20 ShiftRight "shr" Step "result = x >> shift;";
    0x21 ShiftRight64 "shr64" Step "result = x >> shift;";
    0x22 Equal "eq" Step COMPARE;
    0x23 Equal64 "eq64" Step COMPARE;
    0x24 NotEqual "ne" Step COMPARE;
    0x25 NotEqual64 "ne64" Step COMPARE;
    0x26 LessSigned "lt" Step COMPARE;
    0x27 LessSigned64 "lt64" Step COMPARE;
    0x28 LessUnsigned "ltu" Step COMPARE;
    0x29 LessUnsigned64 "ltu64" Step COMPARE;
    0x2A GreaterSigned "gt" Step COMPARE;
    0x2B GreaterSigned64 "gt64" Step COMPARE;
    0x2C GreaterUnsigned "gtu" Step COMPARE;
    0x2D GreaterUnsigned64 "gtu64" Step COMPARE;
    0x2E LessOrEqualSigned "le" Step COMPARE;
    0x2F LessOrEqualSigned64 "le64" Step COMPARE;
    0x30 LessOrEqualUnsigned "leu" Step COMPARE;
    0x31 LessOrEqualUnsigned64 "leu64" Step COMPARE;
    0x32 GreaterOrEqualSigned "ge" Step COMPARE;
    0x33 GreaterOrEqualSigned64 "ge64" Step COMPARE;
    0x34 GreaterOrEqualUnsigned "geu" Step COMPARE;
    0x35 GreaterOrEqualUnsigned64 "geu64" Step COMPARE;

    0x40 FloatAdd "fadd" Step "real = fx + fy; is_real = true;";
    0x41 FloatAdd64 "fadd64" Step "real = fx + fy; is_real = true;";
    0x42 FloatSubtract "fsub" Step "real = fx - fy; is_real = true;";
    0x43 FloatSubtract64 "fsub64" Step "real = fx - fy; is_real = true;";
    0x44 FloatMultiply "fmul" Step "real = fx * fy; is_real = true;";
    0x45 FloatMultiply64 "fmul64" Step "real = fx * fy; is_real = true;";
    0x46 FloatEqual "feq" Step COMPARE_FLOATS;
    0x47 FloatEqual64 "feq64" Step COMPARE_FLOATS;
    0x48 FloatNotEqual "fne" Step COMPARE_FLOATS;
    0x49 FloatNotEqual64 "fne64" Step COMPARE_FLOATS;
    0x4A FloatLess "flt" Step COMPARE_FLOATS;
    0x4B FloatLess64 "flt64" Step COMPARE_FLOATS;
    0x4C FloatGreater "fgt" Step COMPARE_FLOATS;
    0x4D FloatGreater64 "fgt64" Step COMPARE_FLOATS;
    0x4E FloatLessOrEqual "fle" Step COMPARE_FLOATS;
    0x4F FloatLessOrEqual64 "fle64" Step COMPARE_FLOATS;
    0x50 FloatGreaterOrEqual "fge" Step COMPARE_FLOATS;
    0x51 FloatGreaterOrEqual64 "fge64" Step COMPARE_FLOATS;

    // Narrow: the low word alone.
    0x60 Wrap "wrap" Step "result = x;";
    0x61 Move "mov" Step "result = x;";
    0x63 Constant "const" Step "result = u64(immediate);";
    0x65 ConstantHigh "consthi" Step "result = u64(immediate) << 32u;";
    0x67 OrHigh "orhi" Step "result = x | (u64(immediate) << 32u);";
    // The immediate is a register's number: it holds the condition.
    0x69 Select "select" Step "result = select(y, x, registers[(here + immediate) & WINDOW_MASK] != 0lu);";
    // The immediate is the number of bits above those that are kept.
    0x6A Extend "extend" Step "result = bitcast<u64>(bitcast<i64>(x << immediate) >> immediate);";
    0x6B Extend64 "extend64" Step "result = bitcast<u64>(bitcast<i64>(x << immediate) >> immediate);";
    0x6D Jump "jump" Step "next = immediate; writes = false;";
    0x6F JumpIf "jump_if" Step "next = select(next, immediate, x != 0lu); writes = false;";
    0x71 JumpUnless "jump_unless" Step "next = select(next, immediate, x == 0lu); writes = false;";
    // As many jumps as the immediate says follow, and one for all other indices.
    0x73 JumpTable "jump_table" Step "next = pc + 1u + min(u32(x), immediate); writes = false;";

    0x80 DivideSigned "div" Aside DIVIDE;
    0x81 DivideSigned64 "div64" Aside DIVIDE;
    0x82 DivideUnsigned "divu" Aside DIVIDE;
    0x83 DivideUnsigned64 "divu64" Aside DIVIDE;
    0x84 RemainderSigned "rem" Aside DIVIDE;
    0x85 RemainderSigned64 "rem64" Aside DIVIDE;
    0x86 RemainderUnsigned "remu" Aside DIVIDE;
    0x87 RemainderUnsigned64 "remu64" Aside DIVIDE;
    0x88 RotateLeft "rotl" Aside "result = rotate(x, u32(y), bits);";
    0x89 RotateLeft64 "rotl64" Aside "result = rotate(x, u32(y), bits);";
    0x8A RotateRight "rotr" Aside "result = rotate(x, 0u - u32(y), bits);";
    0x8B RotateRight64 "rotr64" Aside "result = rotate(x, 0u - u32(y), bits);";
    0x8C LeadingZeros "clz" Aside "result = u64(leading_zeros(x) - (64u - bits));";
    0x8D LeadingZeros64 "clz64" Aside "result = u64(leading_zeros(x));";
    0x8E TrailingZeros "ctz" Aside "result = u64(min(trailing_zeros(x), bits));";
    0x8F TrailingZeros64 "ctz64" Aside "result = u64(trailing_zeros(x));";
    0x90 CountOnes "popcnt" Aside "result = u64(countOneBits(u32(x)) + countOneBits(u32(x >> 32u)));";
    0x91 CountOnes64 "popcnt64" Aside "result = u64(countOneBits(u32(x)) + countOneBits(u32(x >> 32u)));";

    0x92 FloatDivide "fdiv" Aside "real = fx / fy; is_real = true;";
    0x93 FloatDivide64 "fdiv64" Aside "real = fx / fy; is_real = true;";
    0x94 FloatSquareRoot "fsqrt" Aside "real = sqrt(fx); is_real = true;";
    0x95 FloatSquareRoot64 "fsqrt64" Aside "real = sqrt(fx); is_real = true;";
    0x96 FloatCeiling "fceil" Aside ROUND;
    0x97 FloatCeiling64 "fceil64" Aside ROUND;
    0x98 FloatFloor "ffloor" Aside ROUND;
    0x99 FloatFloor64 "ffloor64" Aside ROUND;
    0x9A FloatTruncate "ftrunc" Aside ROUND;
    0x9B FloatTruncate64 "ftrunc64" Aside ROUND;
    0x9C FloatNearest "fnearest" Aside ROUND;
    0x9D FloatNearest64 "fnearest64" Aside ROUND;
    0x9E FloatMinimum "fmin" Aside "result = least(x, y, sign_bit, nan_limit);";
    0x9F FloatMinimum64 "fmin64" Aside "result = least(x, y, sign_bit, nan_limit);";
    0xA0 FloatMaximum "fmax" Aside "result = least(x ^ sign_bit, y ^ sign_bit, sign_bit, nan_limit) ^ select(sign_bit, 0lu, is_nan(x, y, sign_bit, nan_limit));";
    0xA1 FloatMaximum64 "fmax64" Aside "result = least(x ^ sign_bit, y ^ sign_bit, sign_bit, nan_limit) ^ select(sign_bit, 0lu, is_nan(x, y, sign_bit, nan_limit));";
    0xA2 FloatCopySign "fcopysign" Aside "result = (x & ~sign_bit) | (y & sign_bit);";
    0xA3 FloatCopySign64 "fcopysign64" Aside "result = (x & ~sign_bit) | (y & sign_bit);";
    0xA5 FloatAbsolute64 "fabs64" Aside "result = x & ~sign_bit;";
    0xA7 FloatNegate64 "fneg64" Aside "result = x ^ sign_bit;";
    0xA9 TruncateFloat "trunc" Aside TRUNCATE;
    // To a float of the opcode's width, from a signed or an unsigned number of 64 bits.
    0xAA FromSigned "fromi" Aside "result = u64(bitcast<u32>(f32(bitcast<i64>(x))));";
    0xAB FromSigned64 "fromi64" Aside "result = bitcast<u64>(f64(bitcast<i64>(x)));";
    0xAC FromUnsigned "fromu" Aside "result = u64(bitcast<u32>(f32(x)));";
    0xAD FromUnsigned64 "fromu64" Aside "result = bitcast<u64>(f64(x));";
    0xAF Demote "demote" Aside "result = demote_float(x);";
    0xB1 Promote "promote" Aside "result = promote_float(x);";

    // The second source's field: 1 << 4 for a result of 32 bits, 1 << 3 for a sign, and the number of bytes as a logarithm.
    0xC1 Load "load" Aside
        "load_bytes = 1u << (second & 3u); let at = (x & 0xfffffffflu) + u64(immediate); load_at = u32(at); if (at + u64(load_bytes) > u64(memory_bytes)) { trap = TRAP_MEMORY; load_bytes = 0u; } loads = true;";
    // The destination's field is the value.
    0xC3 Store "store" Aside
        "store_bytes = 1u << (second & 3u); let at = (x & 0xfffffffflu) + u64(immediate); store_at = u32(at); if (at + u64(store_bytes) > u64(memory_bytes)) { trap = TRAP_MEMORY; store_bytes = 0u; } stored = target_value; writes = false;";
    0xC5 MemorySize "memory_size" Aside "result = u64(memory_bytes / 65536u);";
    // Three registers from the destination on: goal, origin or byte, count. They are used up in portions.
    0xC7 MemoryCopy "memory_copy" Aside
        "writes = false; let goal = target_value & 0xfffffffflu; let count = third_value & 0xfffffffflu; let origin = second_value & 0xfffffffflu; if (goal + count > u64(memory_bytes) || origin + count > u64(memory_bytes)) { trap = TRAP_MEMORY; } else if (count != 0lu) { let part = min(u32(count), 8u); let skip = select(0u, u32(count) - part, goal > origin); load_at = u32(origin) + skip; load_bytes = part; store_at = u32(goal) + skip; store_bytes = part; copies = true; bulk = true; left_over = u32(count) - part; let forward = select(u64(part), 0lu, goal > origin); target_value = goal + forward; second_value = origin + forward; }";
    0xC9 MemoryFill "memory_fill" Aside
        "writes = false; let goal = target_value & 0xfffffffflu; let count = third_value & 0xfffffffflu; if (goal + count > u64(memory_bytes)) { trap = TRAP_MEMORY; } else if (count != 0lu) { let part = min(u32(count), 8u); store_at = u32(goal); store_bytes = part; stored = (second_value & 0xfflu) * 0x0101010101010101lu; bulk = true; left_over = u32(count) - part; target_value = goal + u64(part); }";
    // The immediate says where the data is listed: its first byte in the program, and its length.
    0xCB MemoryInit "memory_init" Aside
        "writes = false; let goal = target_value & 0xfffffffflu; let count = third_value & 0xfffffffflu; let origin = second_value & 0xfffffffflu; let length = cells[cells_at + immediate + 1u]; if (goal + count > u64(memory_bytes) || origin + count > length) { trap = TRAP_MEMORY; } else if (count != 0lu) { let part = min(u32(count), 8u); load_at = u32(cells[cells_at + immediate]) + u32(origin); load_bytes = part; from_code = true; store_at = u32(goal); store_bytes = part; copies = true; bulk = true; left_over = u32(count) - part; target_value = goal + u64(part); second_value = origin + u64(part); }";
    // Empties data or elements: the immediate says where they are listed.
    0xCD Drop "drop" Aside "writes = false; cell_to = cells_at + immediate + 1u; cell_value = 0lu;";

    // A cell of the process: globals, arguments and results.
    0xD1 CellGet "get" Aside "cell_from = cells_at + immediate;";
    0xD3 CellSet "set" Aside "writes = false; cell_to = cells_at + immediate; cell_value = x;";
    // A local that is too far for a register.
    0xD5 FarGet "far_get" Aside "cell_from = cells_at + FAR_START + far + immediate;";
    0xD7 FarSet "far_set" Aside "writes = false; cell_to = cells_at + FAR_START + far + immediate; cell_value = x;";

    // The immediate says where the table is listed: its first cell, its length, its limit.
    0xD9 TableGet "table_get" Aside
        "let index = u32(x); if (u64(index) >= cells[cells_at + immediate + 1u]) { trap = TRAP_TABLE; writes = false; } else { cell_from = cells_at + u32(cells[cells_at + immediate]) + index; }";
    0xDB TableSet "table_set" Aside
        "writes = false; let index = u32(x); if (u64(index) >= cells[cells_at + immediate + 1u]) { trap = TRAP_TABLE; } else { cell_to = cells_at + u32(cells[cells_at + immediate]) + index; cell_value = target_value; }";
    0xDD TableSize "table_size" Aside "cell_from = cells_at + immediate + 1u;";
    // The new elements are null.
    0xDF TableGrow "table_grow" Aside
        "let size = cells[cells_at + immediate + 1u]; let more = x & 0xfffffffflu; if (size + more > cells[cells_at + immediate + 2u]) { result = 0xfffffffflu; } else { result = size; cell_to = cells_at + immediate + 1u; cell_value = size + more; }";
    0xE1 TableFill "table_fill" Aside
        "writes = false; let goal = target_value & 0xfffffffflu; let count = third_value & 0xfffffffflu; if (goal + count > cells[cells_at + immediate + 1u]) { trap = TRAP_TABLE; } else if (count != 0lu) { cell_to = cells_at + u32(cells[cells_at + immediate]) + u32(goal); cell_value = second_value; bulk = true; left_over = u32(count) - 1u; target_value = goal + 1lu; }";
    // The next instruction's immediate says where the table or the elements are listed that are read.
    0xE3 TableCopy "table_copy" Aside
        "writes = false; let goal = target_value & 0xfffffffflu; let count = third_value & 0xfffffffflu; let origin = second_value & 0xfffffffflu; let other = code[code_start + pc + 1u].y; if (goal + count > cells[cells_at + immediate + 1u] || origin + count > cells[cells_at + other + 1u]) { trap = TRAP_TABLE; } else { next = pc + 2u; if (count != 0lu) { let skip = select(0u, u32(count) - 1u, goal > origin); cell_from = cells_at + u32(cells[cells_at + other]) + u32(origin) + skip; cell_to = cells_at + u32(cells[cells_at + immediate]) + u32(goal) + skip; copies = true; bulk = true; left_over = u32(count) - 1u; let forward = select(1lu, 0lu, goal > origin); target_value = goal + forward; second_value = origin + forward; } }";

    // The destination's field is the register at which the callee's frame begins.
    0xF1 Call "call" Aside "writes = false; calls = true; callee = immediate;";
    // The immediate is the signature; the next instruction's says where the table is listed.
    0xF3 CallIndirect "call_indirect" Aside
        "writes = false; let table = code[code_start + pc + 1u].y; let index = u32(x); if (u64(index) >= cells[cells_at + table + 1u]) { trap = TRAP_UNDEFINED; } else { let reference = u32(cells[cells_at + u32(cells[cells_at + table]) + index]); if (reference == 0u) { trap = TRAP_UNINITIALIZED; } else { callee = reference - 1u; calls = true; next = pc + 2u; if (code[code_start + callee * 2u + 1u].x != immediate) { trap = TRAP_SIGNATURE; calls = false; } } }";
    0xF5 Return "return" Aside "writes = false; returns = true;";
    // The destination's field is the first of the registers that hold arguments, and then results.
    0xF7 Host "host" Aside
        "writes = false; if (answered == 0u) { state = BLOCKED_IO; reason = immediate; argument = fp + destination; next = pc; } else { answered = 0u; }";
    // From now on a trap goes to this instruction in the first frame.
    0xF9 Guard "guard" Aside "writes = false; guard = immediate;";
    0xFB Trap "trap" Aside "writes = false; trap = immediate;";
    0xFD Operand "operand" Aside "writes = false;";
}

/// Encodes one instruction.
pub(crate) fn encode(opcode: Opcode, destination: u8, first: u8, second: u8, immediate: u32) -> [u32; 2] {
    [u32::from_le_bytes([opcode as u8, destination, first, second]), immediate]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_are_unique() {
        for (index, one) in ALL.iter().enumerate() {
            for other in &ALL[index + 1..] {
                assert_ne!(one.opcode as u8, other.opcode as u8);
                assert_ne!(one.name, other.name);
            }
        }
    }
}
