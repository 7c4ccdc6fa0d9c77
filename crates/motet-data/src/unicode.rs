//! The module `unicode`: what texts are beyond their characters.

use motet_vm::builtins::arguments::{bad_value, text, too_big};
use motet_vm::builtins::{Entry, NativeModule};
use motet_vm::memory::{Value, account};
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Result};
use unicode_normalization::UnicodeNormalization;
use unicode_width::UnicodeWidthChar;

/// Characters that are looked at between two safe points.
const PIECE: usize = 1 << 12;

/// A text of these characters, with safe points in between.
fn collect(
    context: &mut Context<'_>,
    function: &str,
    mut characters: impl Iterator<Item = char>,
    size: usize,
) -> Result<Outcome> {
    let mut out = String::with_capacity(size.min(account::room() / 4));
    loop {
        let before = out.len();
        out.extend(characters.by_ref().take(PIECE));
        if out.len() == before {
            return Ok(context.heap().string(&out).into());
        }
        context.work(PIECE)?;
        let most = context.most_text();
        if out.len() > most || out.len() > account::room() / 3 {
            return Err(too_big(function, out.len(), most, "bytes"));
        }
    }
}

fn normalize(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "unicode.normalize";
    let given = text(NAME, arguments.at(0))?.as_str();
    let form = match arguments.get(1) {
        None => "NFC",
        Some(form) => text(NAME, form)?.as_str(),
    };
    match form {
        "NFC" => collect(context, NAME, given.nfc(), given.len()),
        "NFD" => collect(context, NAME, given.nfd(), given.len()),
        "NFKC" => collect(context, NAME, given.nfkc(), given.len()),
        "NFKD" => collect(context, NAME, given.nfkd(), given.len()),
        _ => Err(bad_value(format!("{NAME} has the forms NFC, NFD, NFKC and NFKD, not {form:?}"))),
    }
}

fn fold_case(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "unicode.fold_case";
    let given = text(NAME, arguments.at(0))?.as_str();
    // Through capital letters, so that ß and ss, and both kinds of sigma, become the same.
    let folded = given.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase);
    let folded = folded.map(|character| if character == 'ς' { 'σ' } else { character });
    collect(context, NAME, folded, given.len())
}

pub(crate) fn width(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let given = text("unicode.width", arguments.at(0))?.as_str();
    let mut columns = 0;
    let mut characters = given.chars();
    loop {
        let mut piece = characters.by_ref().take(PIECE).peekable();
        if piece.peek().is_none() {
            return Ok(Value::int(columns as i64).into());
        }
        columns += piece.map(|character| character.width().unwrap_or(0)).sum::<usize>();
        context.work(PIECE.min(given.len()))?;
    }
}

pub(crate) static MODULE: NativeModule = NativeModule {
    name: "unicode",
    documentation: "What texts are beyond their characters.",
    entries: &[
        Entry::function(
            "normalize(text, form = \"NFC\")",
            normalize,
            "A text in a normal form: NFC, NFD, NFKC or NFKD. Texts that look alike are equal then.",
        )
        .pure(),
        Entry::function(
            "fold_case(text)",
            fold_case,
            "A text in which capital and small letters are the same, to compare texts by: `Straße` and `STRASSE` become equal.",
        )
        .pure(),
        Entry::function(
            "width(text)",
            width,
            "How many columns of a terminal a text takes: East Asian characters and emoji take two, accents none.",
        )
        .pure(),
    ],
    source: None,
};
