//! A second implementation of the instruction set: small, slow, and written from the documentation, not from the
//! kernel. What both compute must be equal.
#![allow(dead_code, reason = "each test binary uses its own part")]

use motet_lanes::EndCause;
use motet_lanes::instructions::Opcode;

pub const HEAP_BYTES: u32 = 65_536;

/// How the device does what Vulkan leaves open. Measured by the tests before they compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arithmetic {
    /// Divides by multiplying with the reciprocal, which rounds twice.
    pub divides_by_reciprocal: bool,
}

/// A process.
#[derive(Clone)]
pub struct Machine {
    pub registers: [i32; 64],
    pub floats: [f32; 32],
    pub heap: Vec<u8>,
    pub executed: u64,
    pub quads: u64,
    pc: u32,
    stack: u32,
    arithmetic: Arithmetic,
}

/// What a step leads to.
enum Next {
    Go(u32),
    End(EndCause),
    /// Waits for something that never comes.
    Block,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finish {
    Ended(EndCause),
    Blocked,
    OutOfSteps,
}

impl Machine {
    pub fn new(arithmetic: Arithmetic) -> Machine {
        Machine {
            registers: [0; 64],
            floats: [0.0; 32],
            heap: vec![0; HEAP_BYTES as usize],
            executed: 0,
            quads: 0,
            pc: 0,
            stack: HEAP_BYTES,
            arithmetic,
        }
    }

    /// Runs at most `steps` instructions.
    pub fn run(&mut self, code: &[u8], steps: u64) -> Finish {
        let (program, _) = code.as_chunks::<8>();
        while self.executed < steps {
            let Some(instruction) = program.get(self.pc as usize) else { return Finish::Ended(EndCause::OutsideCode) };
            self.executed += 1;
            match self.step(instruction) {
                Next::Go(pc) => self.pc = pc,
                Next::End(cause) => return Finish::Ended(cause),
                Next::Block => return Finish::Blocked,
            }
        }
        Finish::OutOfSteps
    }

    fn word(&self, address: u32) -> Option<[u8; 4]> {
        let start = address as usize;
        self.heap.get(start..start + 4).map(|bytes| bytes.try_into().unwrap())
    }

    fn store(&mut self, address: u32, bytes: &[u8]) {
        let start = address as usize;
        if let Some(place) = self.heap.get_mut(start..start + bytes.len()) {
            place.copy_from_slice(bytes);
        }
    }

    fn set_float(&mut self, register: u8, value: f32) {
        self.floats[usize::from(register) % 32] = canonical(value);
    }

    fn pair(&self, register: u8) -> i64 {
        let low = self.registers[usize::from(register) % 64].cast_unsigned();
        let high = self.registers[(usize::from(register) + 1) % 64];
        i64::from(high) << 32 | i64::from(low)
    }

    fn set_pair(&mut self, register: u8, value: i64) {
        self.registers[usize::from(register) % 64] = value as i32;
        self.registers[(usize::from(register) + 1) % 64] = (value >> 32) as i32;
    }

    fn step(&mut self, instruction: &[u8; 8]) -> Next {
        let [opcode, d, a, b, imm @ ..] = *instruction;
        let imm = i32::from_le_bytes(imm);
        let Some(opcode) = Opcode::from_byte(opcode) else { return Next::End(EndCause::InvalidOpcode) };
        let next = Next::Go(self.pc + 1);
        let left = self.registers[usize::from(a) % 64];
        let right = if imm != 0 { imm } else { self.registers[usize::from(b) % 64] };
        let wide_right = if imm != 0 { i64::from(imm) } else { self.pair(b) };
        let float_left = self.floats[usize::from(a) % 32];
        let float_right =
            if imm != 0 { canonical(f32::from_bits(imm.cast_unsigned())) } else { self.floats[usize::from(b) % 32] };
        let target = self.registers[usize::from(d) % 64];
        let load_from = left.wrapping_add(imm).cast_unsigned();
        let store_to = target.wrapping_add(imm).cast_unsigned();
        let (unsigned_left, unsigned_right) = (left.cast_unsigned(), right.cast_unsigned());

        let integer: i32 = match opcode {
            Opcode::Nop | Opcode::Yield => return next,
            Opcode::Const => imm,
            Opcode::Add => left.wrapping_add(right),
            Opcode::Sub => left.wrapping_sub(right),
            Opcode::Mul => left.wrapping_mul(right),
            Opcode::Div if right == 0 => 0,
            Opcode::Div => left.wrapping_div(right),
            Opcode::Mod if right == 0 => 0,
            Opcode::Mod => left.wrapping_rem(right),
            Opcode::DivUnsigned => unsigned_left.checked_div(unsigned_right).unwrap_or(0).cast_signed(),
            Opcode::ModUnsigned => unsigned_left.checked_rem(unsigned_right).unwrap_or(0).cast_signed(),
            Opcode::And => left & right,
            Opcode::Or => left | right,
            Opcode::Xor => left ^ right,
            Opcode::Shl => left.wrapping_shl(unsigned_right),
            Opcode::Shr => unsigned_left.wrapping_shr(unsigned_right).cast_signed(),
            Opcode::Sar => left.wrapping_shr(unsigned_right),
            Opcode::Equal => i32::from(left == right),
            Opcode::NotEqual => i32::from(left != right),
            Opcode::Less => i32::from(left < right),
            Opcode::LessOrEqual => i32::from(left <= right),
            Opcode::LessUnsigned => i32::from(unsigned_left < unsigned_right),
            Opcode::LessOrEqualUnsigned => i32::from(unsigned_left <= unsigned_right),
            Opcode::IsZero => i32::from(left == 0),
            Opcode::Move => left,

            Opcode::Jump => return Next::Go(imm.cast_unsigned()),
            Opcode::JumpIf if left != 0 => return Next::Go(imm.cast_unsigned()),
            Opcode::JumpUnless if left == 0 => return Next::Go(imm.cast_unsigned()),
            Opcode::JumpIf | Opcode::JumpUnless => return next,
            Opcode::Call if self.stack < 4 => return Next::End(EndCause::StackOverflow),
            Opcode::Call => {
                self.stack -= 4;
                self.store(self.stack, &(self.pc + 1).to_le_bytes());
                return Next::Go(imm.cast_unsigned());
            }
            Opcode::Return => {
                let Some(to) = self.word(self.stack) else { return Next::End(EndCause::StackUnderflow) };
                self.stack += 4;
                return Next::Go(u32::from_le_bytes(to));
            }
            Opcode::Halt => return Next::End(EndCause::Halted),
            Opcode::Input | Opcode::Service => return Next::Block,
            Opcode::InputWaiting => 0,
            Opcode::EmitQuad => {
                self.quads += 1;
                return next;
            }

            Opcode::Load => i32::from_le_bytes(self.word(load_from).unwrap_or_default()),
            Opcode::LoadByte => i32::from(self.heap.get(load_from as usize).copied().unwrap_or(0)),
            Opcode::LoadSignedByte => i32::from(self.heap.get(load_from as usize).copied().unwrap_or(0).cast_signed()),
            Opcode::Store => {
                self.store(store_to, &left.to_le_bytes());
                return next;
            }
            Opcode::StoreByte => {
                self.store(store_to, &left.to_le_bytes()[..1]);
                return next;
            }
            Opcode::FloatStore => {
                self.store(store_to, &float_left.to_le_bytes());
                return next;
            }

            Opcode::AddWide => return self.wide(d, self.pair(a).wrapping_add(wide_right)),
            Opcode::SubWide => return self.wide(d, self.pair(a).wrapping_sub(wide_right)),
            Opcode::MulWide => return self.wide(d, self.pair(a).wrapping_mul(wide_right)),
            Opcode::ShlWide => return self.wide(d, self.pair(a).wrapping_shl(wide_right as u32)),
            Opcode::ShrWide => {
                return self.wide(d, self.pair(a).cast_unsigned().wrapping_shr(wide_right as u32).cast_signed());
            }
            Opcode::SarWide => return self.wide(d, self.pair(a).wrapping_shr(wide_right as u32)),
            Opcode::ExtendWide => return self.wide(d, i64::from(left)),
            Opcode::EqualWide => i32::from(self.pair(a) == wide_right),
            Opcode::LessWide => i32::from(self.pair(a) < wide_right),
            Opcode::LessWideUnsigned => i32::from(self.pair(a).cast_unsigned() < wide_right.cast_unsigned()),

            Opcode::FloatEqual => i32::from(float_left == float_right),
            Opcode::FloatNotEqual => i32::from(float_left != float_right),
            Opcode::FloatLess => i32::from(float_left < float_right),
            Opcode::FloatLessOrEqual => i32::from(float_left <= float_right),
            // Rust's conversions are limited and take NaN to 0, as the documentation asks.
            Opcode::FloatToInteger => float_left as i32,
            Opcode::FloatToUnsigned => (float_left as u32).cast_signed(),
            Opcode::FloatBits => float_left.to_bits().cast_signed(),

            Opcode::FloatAdd => return self.float(d, float_left + float_right),
            Opcode::FloatSub => return self.float(d, float_left - float_right),
            Opcode::FloatMul => return self.float(d, float_left * float_right),
            Opcode::FloatDiv => return self.float(d, self.quotient(float_left, float_right)),
            Opcode::FloatMin => return self.float(d, if float_left < float_right { float_left } else { float_right }),
            Opcode::FloatMax => return self.float(d, if float_left > float_right { float_left } else { float_right }),
            Opcode::FloatSqrt => return self.float(d, float_left.sqrt()),
            Opcode::FloatAbs => return self.float(d, float_left.abs()),
            Opcode::FloatNegate => return self.float(d, -float_left),
            Opcode::FloatFloor => return self.float(d, float_left.floor()),
            Opcode::FloatCeil => return self.float(d, float_left.ceil()),
            Opcode::FloatTrunc => return self.float(d, float_left.trunc()),
            Opcode::FloatNearest => return self.float(d, float_left.round_ties_even()),
            Opcode::FloatMove => return self.float(d, float_left),
            Opcode::FloatConst => return self.float(d, f32::from_bits(imm.cast_unsigned())),
            Opcode::IntegerToFloat => return self.float(d, left as f32),
            Opcode::UnsignedToFloat => return self.float(d, unsigned_left as f32),
            Opcode::FloatFromBits => return self.float(d, f32::from_bits(unsigned_left)),
            Opcode::FloatLoad => {
                let bytes = self.word(load_from).unwrap_or_default();
                return self.float(d, f32::from_le_bytes(bytes));
            }
        };
        self.registers[usize::from(d) % 64] = integer;
        next
    }

    fn float(&mut self, register: u8, value: f32) -> Next {
        self.set_float(register, value);
        Next::Go(self.pc + 1)
    }

    fn wide(&mut self, register: u8, value: i64) -> Next {
        self.set_pair(register, value);
        Next::Go(self.pc + 1)
    }

    fn quotient(&self, left: f32, right: f32) -> f32 {
        if self.arithmetic.divides_by_reciprocal { left * canonical(1.0 / right) } else { left / right }
    }
}

/// What a float register keeps of a value: no subnormal numbers, one NaN.
pub fn canonical(value: f32) -> f32 {
    if value.is_nan() {
        f32::from_bits(0x7FC0_0000)
    } else if value.is_subnormal() {
        0.0_f32.copysign(value)
    } else {
        value
    }
}
