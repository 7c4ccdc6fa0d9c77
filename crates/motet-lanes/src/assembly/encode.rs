//! Text to bytes, in two passes: the first finds where labels stand, the second encodes.

use super::lex::{Kind, Token, tokens};
use super::{AssemblyError, Diagnostic};
use crate::instructions::{ALL, FLOAT_REGISTERS, Field, INSTRUCTION_BYTES, INTEGER_REGISTERS, Instruction, Operand};
use std::collections::HashMap;
use std::ops::Range;

/// Assembles a text. `name` is what errors call it, for example its file.
pub fn assemble(name: &str, text: &str) -> Result<Vec<u8>, AssemblyError> {
    let mut diagnostics = Vec::new();
    let mut labels = HashMap::new();
    let mut statements = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        match tokens(line, start) {
            Ok(tokens) => match split_labels(tokens, statements.len(), &mut labels) {
                Ok(statement) if statement.is_empty() => {}
                Ok(statement) => statements.push(statement),
                Err(diagnostic) => diagnostics.push(diagnostic),
            },
            Err(diagnostic) => diagnostics.push(diagnostic),
        }
        start += line.len();
    }
    let mut code = Vec::with_capacity(statements.len() * INSTRUCTION_BYTES);
    for statement in &statements {
        match (Encoder { labels: &labels }).statement(statement) {
            Ok(bytes) => code.extend(bytes),
            Err(diagnostic) => diagnostics.push(diagnostic),
        }
    }
    if diagnostics.is_empty() {
        return Ok(code);
    }
    diagnostics.sort_by_key(|diagnostic| diagnostic.span.start);
    Err(AssemblyError::new(name, text, diagnostics))
}

/// Notes the labels in front of a statement, which is number `index`, and gives the rest.
fn split_labels<'t>(
    mut line: Vec<Token<'t>>,
    index: usize,
    labels: &mut HashMap<&'t str, usize>,
) -> Result<Vec<Token<'t>>, Diagnostic> {
    while let [label, colon, ..] = line.as_slice()
        && label.kind == Kind::Name
        && colon.text == ":"
    {
        if labels.insert(label.text, index).is_some() {
            return Err(Diagnostic {
                span: label.span.clone(),
                message: format!("the label `{}` stands twice", label.text),
                hint: Some("give one of them another name".to_owned()),
            });
        }
        line.drain(..2);
    }
    Ok(line)
}

struct Encoder<'t> {
    labels: &'t HashMap<&'t str, usize>,
}

/// An instruction's fields while its operands are read.
#[derive(Default)]
struct Fields {
    registers: [u8; 3],
    immediate: i32,
}

impl Fields {
    fn set(&mut self, field: Field, register: u8) {
        self.registers[field as usize] = register;
    }
}

impl Encoder<'_> {
    fn statement(&self, statement: &[Token<'_>]) -> Result<[u8; INSTRUCTION_BYTES], Diagnostic> {
        let [mnemonic, rest @ ..] = statement else { unreachable!("empty statements are left out") };
        if mnemonic.text == ".raw" {
            return raw(mnemonic, rest);
        }
        let Some(instruction) = Instruction::named(mnemonic.text) else {
            let known = ALL.iter().map(|instruction| instruction.mnemonic);
            return Err(Diagnostic {
                span: mnemonic.span.clone(),
                message: format!("`{}` is no instruction", mnemonic.text),
                hint: closest(mnemonic.text, known).map(|name| format!("there is `{name}`")),
            });
        };
        let usage = || Some(format!("it is written `{} {}`", instruction.mnemonic, instruction.operand_text()));
        let operands: Vec<&[Token<'_>]> =
            if rest.is_empty() { Vec::new() } else { rest.split(|token| token.text == ",").collect() };
        if operands.len() != instruction.operands.len() {
            let wanted = instruction.operands.len();
            let plural = if wanted == 1 { "" } else { "s" };
            return Err(Diagnostic {
                span: mnemonic.span.start..statement[statement.len() - 1].span.end,
                message: format!("`{}` takes {wanted} operand{plural}, not {}", instruction.mnemonic, operands.len()),
                hint: usage(),
            });
        }
        let mut fields = Fields::default();
        for (operand, tokens) in instruction.operands.iter().zip(operands) {
            let Some(first) = tokens.first() else {
                return Err(Diagnostic {
                    span: mnemonic.span.clone(),
                    message: format!("`{}` has a comma with nothing beside it", instruction.mnemonic),
                    hint: usage(),
                });
            };
            let span = first.span.start..tokens[tokens.len() - 1].span.end;
            self.operand(*operand, tokens, span, &mut fields)?;
        }
        let [destination, first, second] = fields.registers;
        Ok(instruction.opcode.encode(destination, first, second, fields.immediate))
    }

    fn operand(
        &self,
        operand: Operand,
        tokens: &[Token<'_>],
        span: Range<usize>,
        fields: &mut Fields,
    ) -> Result<(), Diagnostic> {
        match operand {
            Operand::Integer(field) | Operand::Pair(field) => {
                fields.set(field, register(tokens, span, 'r', INTEGER_REGISTERS)?);
            }
            Operand::Float(field) => fields.set(field, register(tokens, span, 'f', FLOAT_REGISTERS)?),
            Operand::IntegerOrImmediate | Operand::PairOrImmediate => match tokens {
                [token] if token.kind == Kind::Name => {
                    fields.set(Field::Second, register(tokens, span, 'r', INTEGER_REGISTERS)?);
                }
                _ => fields.immediate = not_zero(integer(tokens, span.clone())?, span)?,
            },
            Operand::FloatOrImmediate => match tokens {
                [token] if token.kind == Kind::Name => {
                    fields.set(Field::Second, register(tokens, span, 'f', FLOAT_REGISTERS)?);
                }
                _ => fields.immediate = not_zero(float(tokens, span.clone())?, span)?,
            },
            Operand::Immediate => fields.immediate = integer(tokens, span)?,
            Operand::FloatImmediate => fields.immediate = float(tokens, span)?,
            Operand::Target => fields.immediate = self.target(tokens, span)?,
            Operand::Address(field) => {
                let (base, offset) = address(tokens, span)?;
                fields.set(field, base);
                fields.immediate = offset;
            }
        }
        Ok(())
    }

    fn target(&self, tokens: &[Token<'_>], span: Range<usize>) -> Result<i32, Diagnostic> {
        match tokens {
            [label] if label.kind == Kind::Name => match self.labels.get(label.text) {
                Some(&index) => Ok(index as i32),
                None => Err(Diagnostic {
                    span,
                    message: format!("there is no label `{}`", label.text),
                    hint: closest(label.text, self.labels.keys().copied()).map(|name| format!("there is `{name}`")),
                }),
            },
            _ => integer(tokens, span),
        }
    }
}

fn raw(directive: &Token<'_>, rest: &[Token<'_>]) -> Result<[u8; INSTRUCTION_BYTES], Diagnostic> {
    let digits = match rest {
        [number] => number.text.strip_prefix("0x").map(|digits| digits.replace('_', "")),
        _ => None,
    };
    let value = digits.and_then(|digits| u64::from_str_radix(&digits, 16).ok());
    value.map(u64::to_le_bytes).ok_or_else(|| Diagnostic {
        span: directive.span.clone(),
        message: "`.raw` takes one number of up to 16 hexadecimal digits".to_owned(),
        hint: Some("for example `.raw 0x2A00000000000001`, the lowest byte being the opcode".to_owned()),
    })
}

fn register(tokens: &[Token<'_>], span: Range<usize>, file: char, size: usize) -> Result<u8, Diagnostic> {
    let kind = if file == 'r' { "an integer" } else { "a float" };
    let range = format!("{file}0 to {file}{}", size - 1);
    let wrong = |message: String| {
        Err(Diagnostic { span: span.clone(), message, hint: Some(format!("{kind} register is one of {range}")) })
    };
    let [token] = tokens else { return wrong(format!("{kind} register has to stand here")) };
    let number = token.text.strip_prefix(file).and_then(|digits| digits.parse::<usize>().ok());
    match number {
        Some(number) if number < size => Ok(number as u8),
        Some(_) => wrong(format!("there is no register `{}`", token.text)),
        None => wrong(format!("{kind} register has to stand here, not `{}`", token.text)),
    }
}

/// An integer, signed or unsigned, that fits into 32 bits.
fn integer(tokens: &[Token<'_>], span: Range<usize>) -> Result<i32, Diagnostic> {
    let wrong = |message: &str, hint: &str| {
        Err(Diagnostic { span: span.clone(), message: message.to_owned(), hint: Some(hint.to_owned()) })
    };
    let (negative, number) = match tokens {
        [number] if number.kind == Kind::Number => (false, number.text),
        [sign, number] if sign.text == "-" && number.kind == Kind::Number => (true, number.text),
        _ => return wrong("a number has to stand here", "like 42, -7, 0xFF, 0b101 or 'a'"),
    };
    let digits = number.replace('_', "");
    let magnitude = if let Some(character) = number.strip_prefix('\'') {
        character.chars().next().map(|character| i64::from(u32::from(character)))
    } else if let Some(digits) = digits.strip_prefix("0x") {
        i64::from_str_radix(digits, 16).ok()
    } else if let Some(digits) = digits.strip_prefix("0b") {
        i64::from_str_radix(digits, 2).ok()
    } else {
        digits.parse().ok()
    };
    let Some(magnitude) = magnitude else {
        return wrong(&format!("`{number}` is no integer"), "like 42, -7, 0xFF, 0b101 or 'a'");
    };
    let value = if negative { -magnitude } else { magnitude };
    if (i64::from(i32::MIN)..=i64::from(u32::MAX)).contains(&value) {
        Ok(value as i32)
    } else {
        wrong(&format!("{value} does not fit into 32 bits"), "the range is -2147483648 to 4294967295")
    }
}

/// A float, as its bits.
fn float(tokens: &[Token<'_>], span: Range<usize>) -> Result<i32, Diagnostic> {
    let (sign, number) = match tokens {
        [number] => ("", number.text),
        [sign, number] if sign.text == "-" => ("-", number.text),
        _ => ("", ""),
    };
    match format!("{sign}{}", number.replace('_', "")).parse::<f32>() {
        Ok(value) => Ok(value.to_bits().cast_signed()),
        Err(_) => Err(Diagnostic {
            span,
            message: "a float has to stand here".to_owned(),
            hint: Some("like 1.5, -2, 1e-3, inf or nan".to_owned()),
        }),
    }
}

fn not_zero(immediate: i32, span: Range<usize>) -> Result<i32, Diagnostic> {
    if immediate != 0 {
        return Ok(immediate);
    }
    Err(Diagnostic {
        span,
        message: "an immediate of 0 cannot be encoded here: it means the register".to_owned(),
        hint: Some("use `mov` or `eqz`, or put 0 into a register".to_owned()),
    })
}

/// `[register]`, `[register + offset]` or `[register - offset]`.
fn address(tokens: &[Token<'_>], span: Range<usize>) -> Result<(u8, i32), Diagnostic> {
    let inside = match tokens {
        [open, inside @ .., close] if open.text == "[" && close.text == "]" && !inside.is_empty() => inside,
        _ => {
            return Err(Diagnostic {
                span,
                message: "an address has to stand here".to_owned(),
                hint: Some("like [r1], [r1 + 8] or [r1 - 4]".to_owned()),
            });
        }
    };
    let base = register(&inside[..1], inside[0].span.clone(), 'r', INTEGER_REGISTERS)?;
    let offset = match &inside[1..] {
        [] => 0,
        [plus, offset @ ..] if plus.text == "+" => integer(offset, span)?,
        offset => integer(offset, span)?,
    };
    Ok((base, offset))
}

/// The name that is nearest to a mistyped one, if one is near.
fn closest<'n>(typed: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let limit = typed.len().div_ceil(3);
    names
        .map(|name| (distance(typed, name), name))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, name)| name)
}

/// Letters to add, drop or change to make one name the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, character) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (column, &against) in other.iter().enumerate() {
            let changed = diagonal + usize::from(character != against);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}
