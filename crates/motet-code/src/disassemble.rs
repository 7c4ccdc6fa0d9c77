//! Code as text: one line an instruction, the source line above the first instruction that comes from it.

use crate::constant::Constant;
use crate::function::{Capture, Function};
use crate::instruction::{Instruction, LAST_A, LAST_B, LAST_C, VARIANT};
use crate::op::Operand;
use std::collections::HashSet;
use std::fmt::Write;
use std::sync::Arc;

/// The listing of a function and of all functions inside it, each once.
pub fn disassemble(function: &Function) -> String {
    let mut out = String::new();
    list(function, &mut HashSet::new(), &mut out);
    out
}

fn list(function: &Function, listed: &mut HashSet<*const Function>, out: &mut String) {
    listed.insert(function);
    let _ = writeln!(
        out,
        "function {} ({} registers, {} parameters)",
        if function.name.is_empty() { "<anonymous>" } else { &function.name },
        function.registers,
        function.parameters.count()
    );
    for (index, capture) in function.captures.iter().enumerate() {
        let place = match capture {
            Capture::Register(register) => format!("r{register} of the maker"),
            Capture::Captured(captured) => format!("captured {captured} of the maker"),
        };
        let _ = writeln!(out, "  captured {index}: {} from {place}", function.capture_names[index]);
    }
    let mut last_line = None;
    let mut at = 0;
    while at < function.code.len() {
        let span = function.span_at(at);
        let line = function.source.lines().line_of(span.start);
        if last_line != Some(line) {
            let text = &function.source.text[function.source.lines().line_range(line)];
            let _ = writeln!(out, "{:>5} | {}", line + 1, text.trim_end());
            last_line = Some(line);
        }
        let instruction = Instruction(function.code[at]);
        let Some(op) = instruction.op() else {
            let _ = writeln!(out, "  {at:04}  ? {:#x}", function.code[at]);
            at += 1;
            continue;
        };
        let next = at + op.length();
        let mut text = format!("  {at:04}  {:<15}", op.info().name);
        let info = op.info();
        let operands =
            [(info.a, instruction.a(), LAST_A), (info.b, instruction.b(), LAST_B), (info.c, instruction.c(), LAST_C)];
        for (kind, number, last) in operands {
            operand(function, instruction, kind, number, instruction.flags() & last != 0, next, &mut text);
        }
        if instruction.flags() & VARIANT != 0 {
            text.push_str(" variant");
        }
        let _ = writeln!(out, "{}", text.trim_end());
        at = next;
    }
    for handler in &function.handlers {
        let _ = writeln!(
            out,
            "  errors in {:04}..{:04} go to {:04}, error in r{}, kept: {:?}",
            handler.start, handler.end, handler.target, handler.error, handler.keep
        );
    }
    let constants = function.constants.iter().filter_map(|constant| match constant {
        Constant::Function(inner) => Some(inner),
        _ => None,
    });
    for inner in function.functions.iter().chain(constants) {
        if !listed.contains(&Arc::as_ptr(inner)) {
            out.push('\n');
            list(inner, listed, out);
        }
    }
}

fn operand(
    function: &Function,
    instruction: Instruction,
    kind: Operand,
    number: u16,
    last: bool,
    next: usize,
    out: &mut String,
) {
    let _ = match kind {
        Operand::None => Ok(()),
        Operand::Use | Operand::UseCell if last => write!(out, " r{number}!"),
        Operand::Take => write!(out, " r{number}!"),
        Operand::Def
        | Operand::Use
        | Operand::UseCell
        | Operand::DefCell
        | Operand::Update
        | Operand::TakeRange
        | Operand::RecordValues
        | Operand::Window
        | Operand::Counter
        | Operand::Iterator
        | Operand::IteratorDef
        | Operand::DefPair
        | Operand::DefTop => write!(out, " r{number}"),
        Operand::Immediate => write!(out, " {}", number as i16),
        Operand::WideImmediate => write!(out, " {}", instruction.bc()),
        Operand::Count => write!(out, " {number}"),
        Operand::Constant | Operand::Name | Operand::Names | Operand::Known => {
            write!(out, " {}", constant(function, number as usize))
        }
        Operand::WideConstant => write!(out, " {}", constant(function, instruction.bc() as u32 as usize)),
        Operand::Prototype => {
            write!(out, " fn {}", function.functions.get(number as usize).map_or("?", |inner| &inner.name))
        }
        Operand::Captured | Operand::CapturedCell => {
            write!(out, " captured {number} ({})", function.capture_names.get(number as usize).map_or("?", |name| name))
        }
        Operand::Jump => write!(out, " -> {:04}", next as i64 + number as i16 as i64),
        Operand::WideJump => write!(out, " -> {:04}", next as i64 + instruction.bc() as i64),
    };
}

fn constant(function: &Function, index: usize) -> String {
    match function.constants.get(index) {
        None => format!("? constant {index}"),
        Some(Constant::Int(number)) => number.to_string(),
        Some(Constant::Float(number)) => format!("{number:?}"),
        Some(Constant::Imaginary(number)) => format!("{number:?}i"),
        Some(Constant::Str(text)) => format!("{text:?}"),
        Some(Constant::Symbol(name)) => format!(".{name}"),
        Some(Constant::Names(names)) => format!("{{{}}}", names.join(" ")),
        Some(Constant::Extern(name)) => name.to_string(),
        Some(Constant::Function(inner)) => format!("fn {}", inner.name),
        Some(Constant::Datum(_)) => "quoted data".to_string(),
    }
}
