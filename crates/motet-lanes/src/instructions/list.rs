//! The list itself. See the parent module for what each column means.
//!
//! The names that a handler's WGSL may use are those of the step loop in `kernel/process.wgsl`: `x` and `y` are the
//! sources as `u32` (`y` is the immediate where it is not 0), `xi`, `yi`, `xf`, `yf` the same as `i32` and `f32`, and
//! what the instruction yields goes to `result`. An instruction without a result sets `writes = NOTHING`.

use super::{Field, Handler, Instruction, Operand};

const RD: Operand = Operand::Integer(Field::Destination);
const RA: Operand = Operand::Integer(Field::First);
const RB: Operand = Operand::IntegerOrImmediate;
const PD: Operand = Operand::Pair(Field::Destination);
const PA: Operand = Operand::Pair(Field::First);
const PB: Operand = Operand::PairOrImmediate;
const FD: Operand = Operand::Float(Field::Destination);
const FA: Operand = Operand::Float(Field::First);
const FB: Operand = Operand::FloatOrImmediate;
const FB_ONLY: Operand = Operand::Float(Field::Second);
const IMM: Operand = Operand::Immediate;
const FIMM: Operand = Operand::FloatImmediate;
const LABEL: Operand = Operand::Target;
const AT_RA: Operand = Operand::Address(Field::First);
const AT_RD: Operand = Operand::Address(Field::Destination);

/// What all 64-bit instructions share: one place that reads and writes the high words.
const WIDE: &str = "let pair = wide(opcode, first, second, immediate); result = pair.x; high = pair.y; \
    writes = select(ONE, TWO, opcode < 0x56u || opcode == 0x59u);";

macro_rules! instructions {
    ($($number:literal $name:ident $mnemonic:literal [$($operand:ident),*] $place:ident $wgsl:expr, $effect:literal;)*) => {
        /// The number of an instruction.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Opcode {
            $(#[doc = $effect] $name = $number,)*
        }

        /// Every instruction, by number.
        pub const ALL: &[Instruction] = &[
            $(Instruction {
                opcode: Opcode::$name,
                mnemonic: $mnemonic,
                operands: &[$($operand),*],
                effect: $effect,
                handler: Handler::$place($wgsl),
            },)*
        ];
    };
}

instructions! {
    0x00 Nop "nop" [] Step "writes = NOTHING;", "Does nothing.";
    0x01 Const "const" [RD, IMM] Step "result = immediate;", "`rd = imm`";
    0x02 Add "add" [RD, RA, RB] Step "result = x + y;", "`rd = ra + rb`, wrapping";
    0x03 Sub "sub" [RD, RA, RB] Step "result = x - y;", "`rd = ra - rb`, wrapping";
    0x04 Mul "mul" [RD, RA, RB] Step "result = x * y;", "`rd = ra * rb`, wrapping";
    0x05 Div "div" [RD, RA, RB] Aside "result = divide(opcode, x, y);",
        "`rd = ra / rb`, signed, towards 0; 0 if `rb` is 0; the least integer divided by -1 is itself";
    0x06 Mod "mod" [RD, RA, RB] Aside "result = divide(opcode, x, y);",
        "`rd = ra % rb`, signed, with the sign of `ra`; 0 if `rb` is 0";
    0x07 And "and" [RD, RA, RB] Step "result = x & y;", "`rd = ra & rb`";
    0x08 Or "or" [RD, RA, RB] Step "result = x | y;", "`rd = ra | rb`";
    0x09 Xor "xor" [RD, RA, RB] Step "result = x ^ y;", "`rd = ra ^ rb`";
    0x0A Jump "jump" [LABEL] Step "next = immediate; writes = NOTHING;", "Goes on at the label.";
    0x0B JumpIf "jump_if" [RA, LABEL] Step "next = select(next, immediate, x != 0u); writes = NOTHING;",
        "Goes on at the label if `ra` is not 0.";
    0x0C Shl "shl" [RD, RA, RB] Step "result = x << (y & 31u);", "`rd = ra << rb`; the count is taken modulo 32";
    0x0D Shr "shr" [RD, RA, RB] Step "result = x >> (y & 31u);", "`rd = ra >> rb`, zeros come in from the left";
    0x0E Sar "sar" [RD, RA, RB] Step "result = bitcast<u32>(xi >> (y & 31u));",
        "`rd = ra >> rb`, the sign comes in from the left";

    0x10 Load "load" [RD, AT_RA] Aside "access = LOAD_WORD; address = x + immediate;",
        "Reads the word at the address; 0 outside the heap.";
    0x11 Store "store" [AT_RD, RA] Aside "access = STORE_WORD; address = target_value + immediate; stored = x; writes = NOTHING;",
        "Writes the word `ra`; ignored outside the heap.";
    0x12 LoadByte "load8u" [RD, AT_RA] Aside "access = LOAD_BYTE; address = x + immediate;",
        "Reads a byte, without sign; 0 outside the heap.";
    0x13 LoadSignedByte "load8s" [RD, AT_RA] Aside "access = LOAD_SIGNED_BYTE; address = x + immediate;",
        "Reads a byte and extends its sign; 0 outside the heap.";
    0x14 StoreByte "store8" [AT_RD, RA] Aside "access = STORE_BYTE; address = target_value + immediate; stored = x; writes = NOTHING;",
        "Writes the low byte of `ra`; ignored outside the heap.";

    0x18 DivUnsigned "divu" [RD, RA, RB] Aside "result = divide(opcode, x, y);", "`rd = ra / rb`, unsigned; 0 if `rb` is 0";
    0x19 ModUnsigned "modu" [RD, RA, RB] Aside "result = divide(opcode, x, y);", "`rd = ra % rb`, unsigned; 0 if `rb` is 0";
    0x1A Equal "eq" [RD, RA, RB] Step "result = u32(x == y);", "`rd = 1` if `ra == rb`, else 0";
    0x1B NotEqual "ne" [RD, RA, RB] Step "result = u32(x != y);", "`rd = 1` if `ra != rb`, else 0";
    0x1C Less "lt" [RD, RA, RB] Step "result = u32(xi < yi);", "`rd = 1` if `ra < rb`, signed, else 0";
    0x1D LessOrEqual "le" [RD, RA, RB] Step "result = u32(xi <= yi);", "`rd = 1` if `ra <= rb`, signed, else 0";
    0x1E LessUnsigned "ltu" [RD, RA, RB] Step "result = u32(x < y);", "`rd = 1` if `ra < rb`, unsigned, else 0";
    0x1F LessOrEqualUnsigned "leu" [RD, RA, RB] Step "result = u32(x <= y);",
        "`rd = 1` if `ra <= rb`, unsigned, else 0";

    0x20 Call "call" [LABEL] Aside
        "if (stack >= 4u) { stack -= 4u; access = STORE_WORD; address = stack; stored = pc + 1u; next = immediate; } else { state = DEAD; reason = END_STACK_OVERFLOW; } writes = NOTHING;",
        "Pushes the next instruction's index and goes on at the label; a full stack ends the process.";
    0x21 Return "ret" [] Aside
        "if (stack <= heap_size - 4u) { access = LOAD_RETURN; address = stack; stack += 4u; } else { state = DEAD; reason = END_STACK_UNDERFLOW; } writes = NOTHING;",
        "Pops an index and goes on there; an empty stack ends the process.";
    0x22 JumpUnless "jump_unless" [RA, LABEL] Step "next = select(next, immediate, x == 0u); writes = NOTHING;",
        "Goes on at the label if `ra` is 0.";
    0x23 IsZero "eqz" [RD, RA] Step "result = u32(x == 0u);", "`rd = 1` if `ra` is 0, else 0";
    0x24 Move "mov" [RD, RA] Step "result = x;", "`rd = ra`";

    0x30 Yield "yield" [] Aside "slice_over = true; writes = NOTHING;", "Gives up the rest of the time slice.";
    0x31 Input "input" [RD] Aside
        "writes = NOTHING; if (mailbox_head == mailbox_tail) { state = BLOCKED_INPUT; reason = WAITS_FOR_INPUT; next = pc; } else { receive_event(destination, slot, mailbox_head); mailbox_head += 1u; }",
        "Waits for an input event and puts its four words into `rd` and the three registers that follow.";
    0x32 Service "service" [RD, RA, IMM] Aside
        "if (answered == 0u) { state = BLOCKED_IO; reason = immediate; argument = x; next = pc; writes = NOTHING; } else { result = atomicLoad(&control[desk + DESK_ANSWER]); answered = 0u; }",
        "Asks the host for service `imm` with the argument `ra` and waits; `rd` is the answer.";
    0x33 InputWaiting "input_waiting" [RD] Aside
        "result = mailbox_tail - mailbox_head;",
        "`rd` = the number of input events that wait for this process; does not block.";

    0x40 EmitQuad "emit_quad" [RD, FA, FB_ONLY] Aside
        "emit_quad(float_register(first), float_register(first + 1u), float_register(second), float_register(second + 1u), target_value); writes = NOTHING;",
        "Draws a rectangle at (`fa`, `fa+1`) with the size (`fb`, `fb+1`) in the colour `rd`, 0xRRGGBBAA.";

    0x50 AddWide "add64" [PD, PA, PB] Aside WIDE, "64 bits: `rd: = ra: + rb:`, wrapping";
    0x51 SubWide "sub64" [PD, PA, PB] Aside WIDE, "64 bits: `rd: = ra: - rb:`, wrapping";
    0x52 MulWide "mul64" [PD, PA, PB] Aside WIDE, "64 bits: `rd: = ra: * rb:`, wrapping";
    0x53 ShlWide "shl64" [PD, PA, PB] Aside WIDE, "64 bits: `rd: = ra: << rb:`; the count is taken modulo 64";
    0x54 ShrWide "shr64" [PD, PA, PB] Aside WIDE, "64 bits: `rd: = ra: >> rb:`, zeros come in from the left";
    0x55 SarWide "sar64" [PD, PA, PB] Aside WIDE, "64 bits: `rd: = ra: >> rb:`, the sign comes in from the left";
    0x56 EqualWide "eq64" [RD, PA, PB] Aside WIDE, "`rd = 1` if `ra: == rb:`, else 0";
    0x57 LessWide "lt64" [RD, PA, PB] Aside WIDE, "`rd = 1` if `ra: < rb:`, signed, else 0";
    0x58 LessWideUnsigned "ltu64" [RD, PA, PB] Aside WIDE, "`rd = 1` if `ra: < rb:`, unsigned, else 0";
    0x59 ExtendWide "extend64" [PD, RA] Aside WIDE, "`rd: = ra`, with its sign";

    0x80 FloatAdd "fadd" [FD, FA, FB] Step "result = bitcast<u32>(xf + yf);", "`fd = fa + fb`";
    0x81 FloatSub "fsub" [FD, FA, FB] Step "result = bitcast<u32>(xf - yf);", "`fd = fa - fb`";
    0x82 FloatMul "fmul" [FD, FA, FB] Step "result = bitcast<u32>(xf * yf);", "`fd = fa * fb`";
    0x83 FloatDiv "fdiv" [FD, FA, FB] Step "result = bitcast<u32>(xf / yf);",
        "`fd = fa / fb`, as exact as the device divides (Vulkan asks for 2.5 ULP)";
    0x84 FloatMin "fmin" [FD, FA, FB] Step "result = select(y, x, xf < yf);", "`fd = fa` if `fa < fb`, else `fb`";
    0x85 FloatMax "fmax" [FD, FA, FB] Step "result = select(y, x, xf > yf);", "`fd = fa` if `fa > fb`, else `fb`";
    0x86 FloatSqrt "fsqrt" [FD, FA] Step "result = bitcast<u32>(sqrt(xf));",
        "`fd` = the square root of `fa`, as exact as the device's";
    0x87 FloatAbs "fabs" [FD, FA] Step "result = x & 0x7fffffffu;", "`fd` = `fa` without its sign";
    0x88 FloatNegate "fneg" [FD, FA] Step "result = x ^ 0x80000000u;", "`fd = -fa`";
    0x89 FloatFloor "ffloor" [FD, FA] Step "result = bitcast<u32>(floor(xf));", "`fd` = `fa` rounded down";
    0x8A FloatCeil "fceil" [FD, FA] Step "result = bitcast<u32>(ceil(xf));", "`fd` = `fa` rounded up";
    0x8B FloatTrunc "ftrunc" [FD, FA] Step "result = bitcast<u32>(trunc(xf));", "`fd` = `fa` rounded towards 0";
    0x8C FloatNearest "fnearest" [FD, FA] Step "result = bitcast<u32>(round(xf));",
        "`fd` = `fa` rounded to the nearest whole number, ties to even";
    0x8D FloatMove "fmov" [FD, FA] Step "result = x;", "`fd = fa`";

    0xA0 FloatEqual "feq" [RD, FA, FB] Step "result = u32(xf == yf);", "`rd = 1` if `fa == fb`, else 0";
    0xA1 FloatNotEqual "fne" [RD, FA, FB] Step "result = u32(!(xf == yf));", "`rd = 1` unless `fa == fb`, else 0";
    0xA2 FloatLess "flt" [RD, FA, FB] Step "result = u32(xf < yf);", "`rd = 1` if `fa < fb`, else 0";
    0xA3 FloatLessOrEqual "fle" [RD, FA, FB] Step "result = u32(xf <= yf);", "`rd = 1` if `fa <= fb`, else 0";
    0xA4 FloatToInteger "f2i" [RD, FA] Aside "result = float_to_signed(x);",
        "`rd` = `fa` towards 0, signed, limited to 32 bits; 0 for NaN";
    0xA5 FloatToUnsigned "f2u" [RD, FA] Aside "result = float_to_unsigned(x);",
        "`rd` = `fa` towards 0, unsigned, limited to 32 bits; 0 for NaN";
    0xA6 FloatBits "fbits" [RD, FA] Step "result = x;", "`rd` = the bits of `fa`";
    0xA8 FloatStore "fstore" [AT_RD, FA] Aside "access = STORE_WORD; address = target_value + immediate; stored = x; writes = NOTHING;",
        "Writes the float `fa`; ignored outside the heap.";

    0xB0 FloatConst "fconst" [FD, FIMM] Step "result = immediate;", "`fd = imm`";
    0xB1 IntegerToFloat "i2f" [FD, RA] Step "result = bitcast<u32>(f32(xi));", "`fd` = the signed integer `ra`, rounded";
    0xB2 UnsignedToFloat "u2f" [FD, RA] Step "result = bitcast<u32>(f32(x));", "`fd` = the unsigned integer `ra`, rounded";
    0xB3 FloatFromBits "ffrombits" [FD, RA] Step "result = x;", "`fd` = the float with the bits `ra`";
    0xB8 FloatLoad "fload" [FD, AT_RA] Aside "access = LOAD_WORD; address = x + immediate;",
        "Reads a float; 0 outside the heap.";

    0xFF Halt "halt" [] Step "state = DEAD; reason = END_HALTED; writes = NOTHING;", "Ends the process.";
}
