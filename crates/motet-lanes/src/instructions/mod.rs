//! The instruction set, declared once.
//!
//! Kernel generator, assembler, disassembler, documentation and tests all read [`ALL`]; a new instruction is one more
//! entry of `list`. Nothing here knows of devices or of text.
//!
//! An instruction takes eight bytes: opcode, destination, first source, second source, and a little-endian 32-bit
//! immediate. Register numbers are taken modulo the size of their file, so no encoding names a register that does not
//! exist.
//!
//! The numbering carries meaning, which the kernel's decoder uses and a test checks:
//!
//! | opcodes | destination | sources |
//! |---|---|---|
//! | `0x80..=0x9F` | float | float |
//! | `0xA0..=0xAF` | integer | float |
//! | `0xB0..=0xBF` | float | integer |
//! | all others | integer | integer |

mod blocks;
mod list;

pub use blocks::{Block, Exit, blocks};
pub use list::{ALL, Opcode};

use std::fmt;

/// Bytes that one instruction takes in a program.
pub const INSTRUCTION_BYTES: usize = 8;
/// Integer registers of a process.
pub const INTEGER_REGISTERS: usize = 64;
/// Float registers of a process.
pub const FLOAT_REGISTERS: usize = 32;

/// Which byte of the encoding holds an operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// Byte 1.
    Destination,
    /// Byte 2.
    First,
    /// Byte 3.
    Second,
}

/// One operand, in the order in which the assembly text writes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    /// An integer register.
    Integer(Field),
    /// Two integer registers that follow each other, low word first; the text names the first.
    Pair(Field),
    /// A float register.
    Float(Field),
    /// The second source: an integer register, or an immediate other than 0.
    IntegerOrImmediate,
    /// The second source: a pair, or an immediate other than 0, extended with its sign.
    PairOrImmediate,
    /// The second source: a float register, or a constant whose bits are not 0.
    FloatOrImmediate,
    /// An integer in the immediate.
    Immediate,
    /// A float whose bits fill the immediate.
    FloatImmediate,
    /// An instruction's index in the immediate; the text may name a label.
    Target,
    /// A heap address, written `[register + offset]`: an integer register and the immediate as byte offset.
    Address(Field),
}

/// Where the kernel carries an instruction out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handler {
    /// WGSL statements in the step loop's switch.
    Step(&'static str),
    /// WGSL statements behind the step loop: memory, division, 64 bits, all that is long. Such an instruction ends the
    /// lane's present run of steps. Where lanes share one instruction stream, every step pays for all that the step
    /// loop can do, so that this halves the price of the others.
    Aside(&'static str),
}

/// All that is known of one instruction.
#[derive(Clone, Copy, Debug)]
pub struct Instruction {
    /// Its number as an enum.
    pub opcode: Opcode,
    /// Its name in assembly text.
    pub mnemonic: &'static str,
    /// Its operands in the order of the text.
    pub operands: &'static [Operand],
    /// What it does, in one line.
    pub effect: &'static str,
    pub(crate) handler: Handler,
}

impl Instruction {
    /// The instruction with this mnemonic.
    pub fn named(mnemonic: &str) -> Option<&'static Instruction> {
        ALL.iter().find(|instruction| instruction.mnemonic == mnemonic)
    }

    /// The operands as a reader of the documentation sees them, for example `rd, ra, rb|imm`.
    pub fn operand_text(&self) -> String {
        let texts: Vec<String> = self.operands.iter().map(Operand::to_string).collect();
        texts.join(", ")
    }
}

/// The documentation's table of all instructions, as Markdown.
pub fn table() -> String {
    let mut text = String::from("| number | instruction | effect |\n|---|---|---|\n");
    for instruction in ALL {
        let written = format!("{} {}", instruction.mnemonic, instruction.operand_text());
        // A bar would end the cell.
        let [written, effect] = [written.trim_end(), instruction.effect].map(|cell| cell.replace('|', "\\|"));
        text.push_str(&format!("| `{:#04X}` | `{written}` | {effect} |\n", instruction.opcode as u8));
    }
    text
}

impl Opcode {
    /// The opcode with this number, if there is one.
    pub fn from_byte(byte: u8) -> Option<Opcode> {
        ALL.iter().map(|instruction| instruction.opcode).find(|opcode| *opcode as u8 == byte)
    }

    /// What is known of it.
    pub fn instruction(self) -> &'static Instruction {
        // The list holds every variant once: both come from the same macro.
        ALL.iter().find(|instruction| instruction.opcode == self).expect("every opcode stands in the list")
    }

    /// Encodes one instruction from raw fields.
    pub fn encode(self, destination: u8, first: u8, second: u8, immediate: i32) -> [u8; INSTRUCTION_BYTES] {
        let [b0, b1, b2, b3] = immediate.to_le_bytes();
        [self as u8, destination, first, second, b0, b1, b2, b3]
    }
}

impl fmt::Display for Field {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Field::Destination => "d",
            Field::First => "a",
            Field::Second => "b",
        })
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Operand::Integer(field) => write!(formatter, "r{field}"),
            Operand::Pair(field) => write!(formatter, "r{field}:"),
            Operand::Float(field) => write!(formatter, "f{field}"),
            Operand::IntegerOrImmediate => write!(formatter, "rb|imm"),
            Operand::PairOrImmediate => write!(formatter, "rb:|imm"),
            Operand::FloatOrImmediate => write!(formatter, "fb|imm"),
            Operand::Immediate | Operand::FloatImmediate => write!(formatter, "imm"),
            Operand::Target => write!(formatter, "label"),
            Operand::Address(field) => write!(formatter, "[r{field} + imm]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field_files(instruction: &Instruction, field: Field) -> Option<bool> {
        instruction.operands.iter().find_map(|operand| match operand {
            Operand::Float(at) if *at == field => Some(true),
            Operand::Integer(at) | Operand::Pair(at) | Operand::Address(at) if *at == field => Some(false),
            Operand::FloatOrImmediate if field == Field::Second => Some(true),
            Operand::IntegerOrImmediate | Operand::PairOrImmediate if field == Field::Second => Some(false),
            _ => None,
        })
    }

    #[test]
    fn l03_numbers_tell_the_register_files() {
        for instruction in ALL {
            // It finds its operands itself, in both files.
            if instruction.opcode == Opcode::EmitQuad {
                continue;
            }
            let byte = instruction.opcode as u8;
            let float_sources = (0x80..0xB0).contains(&byte);
            let float_destination = (0x80..0xA0).contains(&byte) || (0xB0..0xC0).contains(&byte);
            let name = instruction.mnemonic;
            if let Some(float) = field_files(instruction, Field::Destination) {
                assert_eq!(float, float_destination, "destination of {name}");
            }
            for field in [Field::First, Field::Second] {
                if let Some(float) = field_files(instruction, field) {
                    assert_eq!(float, float_sources, "source of {name}");
                }
            }
        }
    }

    #[test]
    fn l03_numbers_and_names_are_unique() {
        for (index, one) in ALL.iter().enumerate() {
            for other in &ALL[index + 1..] {
                assert_ne!(one.opcode as u8, other.opcode as u8);
                assert_ne!(one.mnemonic, other.mnemonic);
            }
        }
    }

    #[test]
    fn l03_opcodes_of_the_source_keep_their_numbers() {
        let source = [
            ("nop", 0x00),
            ("const", 0x01),
            ("add", 0x02),
            ("sub", 0x03),
            ("mul", 0x04),
            ("div", 0x05),
            ("mod", 0x06),
            ("and", 0x07),
            ("or", 0x08),
            ("xor", 0x09),
            ("jump", 0x0A),
            ("jump_if", 0x0B),
            ("shl", 0x0C),
            ("shr", 0x0D),
            ("load", 0x10),
            ("store", 0x11),
            ("call", 0x20),
            ("ret", 0x21),
            ("yield", 0x30),
            ("emit_quad", 0x40),
            ("halt", 0xFF),
        ];
        for (mnemonic, number) in source {
            let instruction = Instruction::named(mnemonic).unwrap_or_else(|| panic!("{mnemonic} is missing"));
            assert_eq!(instruction.opcode as u8, number, "{mnemonic}");
        }
    }
}
