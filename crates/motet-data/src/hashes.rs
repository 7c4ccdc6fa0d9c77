//! The module `hashes`: what tells data apart, whatever its length.

use crate::codes::{data, room};
use motet_vm::builtins::arguments::WithOptions;
use motet_vm::builtins::{Entry, NativeModule};
use motet_vm::memory::Value;
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Result};
use sha2::Digest;

/// Long data is taken in such pieces, with a safe point after each.
const PIECE: usize = 1 << 16;
/// Bytes that are taken in the time that one unit of work takes.
const BYTES_PER_UNIT: usize = 8;

/// The hash of the first argument, piece by piece, as a text of hexadecimal digits, or as bytes with the option `bytes`.
fn hash<H>(
    context: &mut Context<'_>,
    arguments: Arguments<'_>,
    name: &'static str,
    mut hasher: H,
    take: impl Fn(&mut H, &[u8]),
    finish: impl FnOnce(H) -> Vec<u8>,
) -> Result<Outcome> {
    let given = WithOptions::of(name, arguments, 1, &["bytes"])?;
    let as_bytes = given.flag("bytes");
    for piece in data(name, arguments.at(0))?.chunks(PIECE) {
        context.work(piece.len() / BYTES_PER_UNIT)?;
        take(&mut hasher, piece);
    }
    let found = finish(hasher);
    let value: Value = if as_bytes {
        context.heap().bytes(found)
    } else {
        let mut text = room(context, name, found.len() * 2)?;
        for byte in found {
            for digit in [byte >> 4, byte & 15] {
                text.push(char::from_digit(digit.into(), 16).expect("four bits are a digit"));
            }
        }
        context.heap().string(&text)
    };
    Ok(value.into())
}

fn sha256(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let finish = |hasher: sha2::Sha256| hasher.finalize().to_vec();
    hash(context, arguments, "hashes.sha256", sha2::Sha256::new(), |hasher, piece| hasher.update(piece), finish)
}

fn sha512(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let finish = |hasher: sha2::Sha512| hasher.finalize().to_vec();
    hash(context, arguments, "hashes.sha512", sha2::Sha512::new(), |hasher, piece| hasher.update(piece), finish)
}

fn blake3(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let take = |hasher: &mut blake3::Hasher, piece: &[u8]| _ = hasher.update(piece);
    let finish = |hasher: blake3::Hasher| hasher.finalize().as_bytes().to_vec();
    hash(context, arguments, "hashes.blake3", blake3::Hasher::new(), take, finish)
}

fn crc32(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let mut hasher = crc32fast::Hasher::new();
    for piece in data("hashes.crc32", arguments.at(0))?.chunks(PIECE) {
        context.work(piece.len() / BYTES_PER_UNIT)?;
        hasher.update(piece);
    }
    Ok(Value::int(hasher.finalize().into()).into())
}

pub(crate) static MODULE: NativeModule = NativeModule {
    name: "hashes",
    documentation: "Hashes of bytes, or of a string's UTF-8, as texts of hexadecimal digits; with `bytes`, as bytes.",
    entries: &[
        Entry::function("sha256(data, bytes: false)", sha256, "SHA-256, 32 bytes.").pure(),
        Entry::function("sha512(data, bytes: false)", sha512, "SHA-512, 64 bytes.").pure(),
        Entry::function("blake3(data, bytes: false)", blake3, "BLAKE3, 32 bytes: the fastest of them.").pure(),
        Entry::function(
            "crc32(data)",
            crc32,
            "The check sum of gzip and zip, an integer. It finds accidents, not forgeries.",
        )
        .pure(),
    ],
    source: None,
};
