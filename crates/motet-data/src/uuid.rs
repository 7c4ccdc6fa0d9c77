//! The module `uuid`: names that nothing else has, as RFC 9562 has them.

use motet_vm::builtins::arguments::text;
use motet_vm::builtins::{Entry, NativeModule};
use motet_vm::memory::Value;
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Error, ErrorKind, Result};
use std::time::{SystemTime, UNIX_EPOCH};

/// The bytes of a name, with its version and variant, as text.
fn shown(context: &Context<'_>, mut bytes: [u8; 16], version: u8) -> Outcome {
    bytes[6] = bytes[6] & 0x0f | version << 4;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut out = String::with_capacity(36);
    for (index, byte) in bytes.into_iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            out.push('-');
        }
        for digit in [byte >> 4, byte & 15] {
            out.push(char::from_digit(digit.into(), 16).expect("four bits are a digit"));
        }
    }
    context.heap().string(&out).into()
}

/// Bytes of the system's source for secrets.
fn random(function: &str) -> Result<[u8; 16]> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| {
        Error::new(ErrorKind::IoError, format!("{function}: the system gives no random bytes: {error}"))
    })?;
    Ok(bytes)
}

fn v4(context: &mut Context<'_>, _: Arguments<'_>) -> Result<Outcome> {
    Ok(shown(context, random("uuid.v4")?, 4))
}

fn v7(context: &mut Context<'_>, _: Arguments<'_>) -> Result<Outcome> {
    let mut bytes = random("uuid.v7")?;
    // A clock before 1970 counts as that year.
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    bytes[..6].copy_from_slice(&(since.as_millis() as u64).to_be_bytes()[2..]);
    Ok(shown(context, bytes, 7))
}

fn is_valid(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let text = text("uuid.is_valid", arguments.at(0))?.as_str();
    let is_right = |(index, byte): (usize, u8)| match index {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    };
    Ok(Value::bool(text.len() == 36 && text.bytes().enumerate().all(is_right)).into())
}

pub(crate) static MODULE: NativeModule = NativeModule {
    name: "uuid",
    documentation: "Names that nothing else has, as RFC 9562 has them: texts such as `f81d4fae-7dec-4d0f-a765-00a0c91e6bf6`.",
    entries: &[
        Entry::function("v4()", v4, "A name of random digits, from the system's source for secrets."),
        Entry::function("v7()", v7, "A name that begins with the time, so that later ones sort behind earlier ones."),
        Entry::function("is_valid(text)", is_valid, "Whether a text has the form of such a name.").pure(),
    ],
    source: None,
};
