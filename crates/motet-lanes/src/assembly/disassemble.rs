//! Bytes to text. Assembling the text gives the same bytes, whatever they were.

use crate::instructions::{
    Block, Exit, FLOAT_REGISTERS, Field, INSTRUCTION_BYTES, INTEGER_REGISTERS, Instruction, Opcode, Operand, blocks,
};
use std::collections::BTreeSet;
use std::fmt::Write;

/// The text of a program. Bytes behind the last whole instruction are left out, as the lanes leave them.
pub fn disassemble(code: &[u8]) -> String {
    listing(code, &[])
}

/// The same with a comment at the end of each basic block that says where the process goes on.
pub fn disassemble_with_blocks(code: &[u8]) -> String {
    listing(code, &blocks(code))
}

fn listing(code: &[u8], blocks: &[Block]) -> String {
    let (words, _) = code.as_chunks::<INSTRUCTION_BYTES>();
    let decoded: Vec<Option<Decoded>> = words.iter().map(decode).collect();
    let targets: BTreeSet<i32> = decoded
        .iter()
        .flatten()
        .filter(|decoded| decoded.instruction.operands.contains(&Operand::Target))
        .map(|decoded| decoded.immediate)
        .filter(|&target| usize::try_from(target).is_ok_and(|target| target < words.len()))
        .collect();
    let mut blocks = blocks.iter().peekable();
    let mut text = String::new();
    for (index, (word, decoded)) in words.iter().zip(&decoded).enumerate() {
        if targets.contains(&(index as i32)) {
            text.push_str(&label(index as i32));
            text.push_str(":\n");
        }
        let line = match decoded {
            Some(decoded) => decoded.text(&targets),
            None => format!(".raw {:#018x}", u64::from_le_bytes(*word)),
        };
        match blocks.next_if(|block| block.instructions.end == index + 1) {
            Some(block) => writeln!(text, "        {line:<32} ; {}", exit(block)),
            None => writeln!(text, "        {line}"),
        }
        .expect("writing to a string cannot fail");
    }
    text
}

/// Where a process goes on after a block.
fn exit(block: &Block) -> String {
    let name = |target: usize| label(target as i32);
    match block.exit {
        Exit::Falls => format!("goes on at {}", block.instructions.end),
        Exit::Jumps(target) => format!("goes on at {}", name(target)),
        Exit::Branches(target) => format!("goes on at {} or {}", name(target), block.instructions.end),
        Exit::Calls(target) => format!("goes on at {}, then at {}", name(target), block.instructions.end),
        Exit::Returns => "goes on where it was called".into(),
        Exit::Ends => "ends".into(),
    }
}

fn label(index: i32) -> String {
    format!("L{index}")
}

struct Decoded {
    instruction: &'static Instruction,
    fields: [u8; 3],
    immediate: i32,
}

/// Takes an instruction apart, unless the text could not say all of it: fields that are not used, registers beyond
/// their file.
fn decode(word: &[u8; INSTRUCTION_BYTES]) -> Option<Decoded> {
    let [opcode, destination, first, second, immediate @ ..] = *word;
    let instruction = Opcode::from_byte(opcode)?.instruction();
    let decoded =
        Decoded { instruction, fields: [destination, first, second], immediate: i32::from_le_bytes(immediate) };
    decoded.is_plain().then_some(decoded)
}

impl Decoded {
    fn is_plain(&self) -> bool {
        let mut used = [false; 3];
        let mut uses_immediate = false;
        for operand in self.instruction.operands {
            let (field, size) = match *operand {
                Operand::Integer(field) | Operand::Pair(field) => (field, INTEGER_REGISTERS),
                Operand::Float(field) => (field, FLOAT_REGISTERS),
                Operand::Address(field) => {
                    uses_immediate = true;
                    (field, INTEGER_REGISTERS)
                }
                Operand::IntegerOrImmediate | Operand::PairOrImmediate | Operand::FloatOrImmediate => {
                    if self.immediate != 0 {
                        uses_immediate = true;
                        continue;
                    }
                    let is_float = matches!(operand, Operand::FloatOrImmediate);
                    (Field::Second, if is_float { FLOAT_REGISTERS } else { INTEGER_REGISTERS })
                }
                Operand::Immediate | Operand::FloatImmediate | Operand::Target => {
                    uses_immediate = true;
                    continue;
                }
            };
            if usize::from(self.fields[field as usize]) >= size {
                return false;
            }
            used[field as usize] = true;
        }
        let idle_fields = self.fields.iter().zip(used).all(|(&field, used)| used || field == 0);
        idle_fields && (uses_immediate || self.immediate == 0) && self.floats_survive()
    }

    /// Whether printing the immediate as a float and reading it gives the same bits; of the NaNs, one does.
    fn floats_survive(&self) -> bool {
        let is_float = self
            .instruction
            .operands
            .iter()
            .any(|operand| matches!(operand, Operand::FloatImmediate | Operand::FloatOrImmediate));
        !is_float
            || float_text(self.immediate).parse::<f32>().is_ok_and(|value| value.to_bits() == self.immediate as u32)
    }

    fn text(&self, targets: &BTreeSet<i32>) -> String {
        let operands: Vec<String> =
            self.instruction.operands.iter().map(|operand| self.operand(*operand, targets)).collect();
        format!("{:<12} {}", self.instruction.mnemonic, operands.join(", ")).trim_end().to_owned()
    }

    fn operand(&self, operand: Operand, targets: &BTreeSet<i32>) -> String {
        let register = |field: Field| self.fields[field as usize];
        match operand {
            Operand::Integer(field) | Operand::Pair(field) => format!("r{}", register(field)),
            Operand::Float(field) => format!("f{}", register(field)),
            Operand::IntegerOrImmediate | Operand::PairOrImmediate if self.immediate == 0 => {
                format!("r{}", register(Field::Second))
            }
            Operand::FloatOrImmediate if self.immediate == 0 => format!("f{}", register(Field::Second)),
            Operand::IntegerOrImmediate | Operand::PairOrImmediate | Operand::Immediate => self.immediate.to_string(),
            Operand::FloatOrImmediate | Operand::FloatImmediate => float_text(self.immediate),
            Operand::Target if targets.contains(&self.immediate) => label(self.immediate),
            Operand::Target => self.immediate.to_string(),
            Operand::Address(field) => match self.immediate {
                0 => format!("[r{}]", register(field)),
                offset if offset < 0 => format!("[r{} - {}]", register(field), offset.unsigned_abs()),
                offset => format!("[r{} + {offset}]", register(field)),
            },
        }
    }
}

fn float_text(bits: i32) -> String {
    format!("{:?}", f32::from_bits(bits.cast_unsigned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assembly::assemble;

    #[test]
    fn l03_the_text_of_a_program_is_readable() {
        let code = assemble(
            "test",
            "const r1, 3\nagain: sub r1, r1, 1\nstore [r2 - 4], r1\nfadd f1, f2, 0.5\njump_if r1, again\ncall 99\nhalt",
        )
        .unwrap();
        let expected = "        const        r1, 3
L1:
        sub          r1, r1, 1
        store        [r2 - 4], r1
        fadd         f1, f2, 0.5
        jump_if      r1, L1
        call         99
        halt
";
        assert_eq!(disassemble(&code), expected);
    }

    #[test]
    fn l03_a_listing_says_where_blocks_go_on_and_still_is_the_program() {
        let code = assemble("test", "again: sub r1, r1, 1\njump_if r1, again\ncall f\nhalt\nf: ret").unwrap();
        let text = disassemble_with_blocks(&code);
        let expected = "L0:
        sub          r1, r1, 1
        jump_if      r1, L0              ; goes on at L0 or 2
        call         L4                  ; goes on at L4, then at 3
        halt                             ; ends
L4:
        ret                              ; goes on where it was called
";
        assert_eq!(text, expected);
        assert_eq!(assemble("again", &text).as_deref(), Ok(&code[..]));
    }

    #[test]
    fn l03_any_bytes_come_back_from_their_text() {
        let mut state = 0x2545_F491_4F6C_DD1D_u64;
        let mut random = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        for round in 0..20_000 {
            let mut word = random().to_le_bytes();
            let opcodes = crate::instructions::ALL;
            if round % 4 != 0 {
                word[0] = opcodes[random() as usize % opcodes.len()].opcode as u8;
            }
            if round % 3 != 0 {
                word[1..4].iter_mut().for_each(|field| *field %= 64);
            }
            if round % 5 == 0 {
                word[4..].fill(0);
            }
            let text = disassemble(&word);
            assert_eq!(assemble("round trip", &text).as_deref(), Ok(&word[..]), "{text}");
        }
    }
}
