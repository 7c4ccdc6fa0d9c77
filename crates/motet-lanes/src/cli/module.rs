//! Modules for the command line: reading them, and their arguments and results as text.

use super::CommandError;
use motet_middle::{Module, Type};
use std::io::Read;
use std::path::Path;

/// Whether the file at this path holds a module.
pub(super) fn is_module(path: &Path) -> bool {
    if path.extension().is_some_and(|extension| extension == "wat" || extension == "wasm") {
        return true;
    }
    let mut start = [0; 4];
    std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut start)).is_ok() && motet_wasm::is_binary(&start)
}

/// Reads a module.
pub(super) fn read(path: &Path) -> Result<Module, CommandError> {
    let name = path.display().to_string();
    let mut bytes =
        std::fs::read(path).map_err(|error| CommandError::Misuse(format!("cannot read `{name}`: {error}")))?;
    let wrong = |error: motet_wasm::ReadError| match error {
        motet_wasm::ReadError::Text { message } => CommandError::Program(format!("error: {message}")),
        other => CommandError::Program(format!("error: {name}: {other}")),
    };
    if !motet_wasm::is_binary(&bytes) {
        let text = String::from_utf8(bytes)
            .map_err(|_| CommandError::Program(format!("error: {name}: it is neither a module nor text")))?;
        bytes = motet_wasm::from_text(&name, &text).map_err(wrong)?;
    }
    motet_wasm::read(&bytes).map_err(wrong)
}

/// An argument's bits. `#` is the number of the process.
pub(super) fn argument(text: &str, of: Type, number: u32) -> Result<u64, CommandError> {
    let wrong = || CommandError::Misuse(format!("`{text}` is not a value of the type {of}"));
    let text = if text == "#" { &number.to_string() } else { text };
    Ok(match of {
        Type::I32 => {
            let value: i64 = text.parse().map_err(|_| wrong())?;
            let fits = (i64::from(i32::MIN)..=i64::from(u32::MAX)).contains(&value);
            if fits { u64::from(value as u32) } else { return Err(wrong()) }
        }
        Type::I64 => match text.parse::<i64>() {
            Ok(value) => value.cast_unsigned(),
            Err(_) => text.parse::<u64>().map_err(|_| wrong())?,
        },
        Type::F32 => u64::from(text.parse::<f32>().map_err(|_| wrong())?.to_bits()),
        Type::F64 => text.parse::<f64>().map_err(|_| wrong())?.to_bits(),
        Type::Function | Type::Foreign => return Err(wrong()),
    })
}

/// A result as text.
pub(super) fn show(bits: u64, of: Type) -> String {
    match of {
        Type::I32 => (bits as u32).cast_signed().to_string(),
        Type::I64 => bits.cast_signed().to_string(),
        Type::F32 => f32::from_bits(bits as u32).to_string(),
        Type::F64 => f64::from_bits(bits).to_string(),
        Type::Function | Type::Foreign if bits == 0 => "null".to_owned(),
        Type::Function => "a function".to_owned(),
        Type::Foreign => "a reference".to_owned(),
    }
}
