//! The module `gzip`: bytes, made smaller and whole again.

use crate::codes::data;
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use motet_vm::builtins::arguments::{WithOptions, bad_value, count, too_big, wrong};
use motet_vm::builtins::{Entry, NativeModule};
use motet_vm::memory::account;
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Error, ErrorKind, Result};
use std::io::{ErrorKind as IoKind, Read, Write};

/// Data is taken in such pieces, with a safe point after each.
const PIECE: usize = 1 << 16;
/// Bytes that are made smaller, and whole again, in the time that one unit of work takes.
const PACKED_PER_UNIT: usize = 1;
const UNPACKED_PER_UNIT: usize = 4;

/// There is room for so many bytes, and for what grows by doubling.
fn check_room(context: &Context<'_>, function: &str, size: usize) -> Result<()> {
    let most = context.most_text();
    if size > most || size > account::room() / 3 { Err(too_big(function, size, most, "bytes")) } else { Ok(()) }
}

fn compress(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "gzip.compress";
    let given = WithOptions::of(NAME, arguments, 1, &["level"])?;
    let level = match given.option("level") {
        None => 6,
        Some(level) => count(NAME, "level", &level)?,
    };
    if level > 9 {
        return Err(bad_value(format!("{NAME} has the levels 0 to 9, not {level}")));
    }
    let data = data(NAME, arguments.at(0))?;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(level as u32));
    for piece in data.chunks(PIECE) {
        context.work(piece.len() / PACKED_PER_UNIT)?;
        check_room(context, NAME, encoder.get_ref().len() + piece.len())?;
        encoder.write_all(piece).expect("a list of bytes takes all");
    }
    let packed = encoder.finish().expect("a list of bytes takes all");
    Ok(context.heap().bytes(packed).into())
}

fn decompress(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "gzip.decompress";
    let given = WithOptions::of(NAME, arguments, 1, &["most"])?;
    let most = given.option("most").map(|most| count(NAME, "most", &most)).transpose()?;
    let Some(packed) = arguments.at(0).as_bytes() else { return Err(wrong(NAME, "bytes", arguments.at(0))) };
    let fail = |message: String| Error::new(ErrorKind::ValueError, format!("{NAME}: {message}"));
    if !packed.starts_with(&[0x1f, 0x8b]) {
        return Err(fail("these bytes are not what gzip writes: they do not begin with 1f 8b".into()));
    }
    let mut decoder = MultiGzDecoder::new(packed);
    let mut out = Vec::new();
    let mut piece = vec![0; PIECE];
    loop {
        let read = match decoder.read(&mut piece) {
            Ok(0) => return Ok(context.heap().bytes(out).into()),
            Ok(read) => read,
            Err(error) if error.kind() == IoKind::UnexpectedEof => {
                return Err(fail(format!("these bytes end too early, after {} bytes of data", out.len())));
            }
            Err(error) => return Err(fail(format!("after {} bytes of data: {error}", out.len()))),
        };
        context.work(read / UNPACKED_PER_UNIT)?;
        if most.is_some_and(|most| out.len() + read > most) {
            return Err(fail(format!("there is more data than {} bytes", most.unwrap_or_default())));
        }
        check_room(context, NAME, out.len() + read)?;
        out.extend_from_slice(&piece[..read]);
    }
}

pub(crate) static MODULE: NativeModule = NativeModule {
    name: "gzip",
    documentation: "Bytes, made smaller and whole again, in the form of the program gzip.",
    entries: &[
        Entry::function(
            "compress(data, level: 6)",
            compress,
            "Bytes, or a string's UTF-8, made smaller. The levels go from 0, which is fastest, to 9, which takes longest.",
        )
        .pure(),
        Entry::function(
            "decompress(bytes, most: null)",
            decompress,
            "The bytes that `compress`, or gzip, was given. Their check sum is compared. More data than `most` bytes is an error, and so is more than fits the memory: a few bytes may become very many.",
        )
        .pure(),
    ],
    source: None,
};
