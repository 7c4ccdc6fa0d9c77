//! Strings: taking them apart, changing their form, making them as wide as wanted. Positions count characters; everything
//! is linear in the length of the strings.

use motet_vm::builtins::arguments::{WithOptions, bad_value, count, text, too_big, wrong};
use motet_vm::builtins::iterate::add_item;
use motet_vm::builtins::{Entry, Kinds};
use motet_vm::memory::Value;
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Result};

fn string(context: &Context<'_>, text: &str) -> Outcome {
    context.heap().string(text).into()
}

fn list_of<'a>(context: &mut Context<'_>, name: &str, parts: impl Iterator<Item = &'a str>) -> Result<Outcome> {
    let mut items = Vec::new();
    for part in parts {
        let part = context.heap().string(part);
        add_item(context, name, &mut items, part)?;
    }
    Ok(context.heap().list(items).into())
}

const LIMIT: &[&str] = &["limit"];

/// `split(text, separator, limit: n)`.
fn split(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let arguments = WithOptions::of("split", arguments, 1, LIMIT)?;
    let source = text("split", &arguments.positional[0])?.as_str();
    let limit = match arguments.option("limit") {
        Some(limit) => count("split", "the limit", &limit)?.max(1),
        None => usize::MAX,
    };
    let Some(separator) = arguments.at(1).filter(|separator| !separator.is_null()) else {
        if limit == usize::MAX {
            return list_of(context, "split", source.split_whitespace());
        }
        return split_words(context, source, limit);
    };
    let separator = text("split", separator)?.as_str();
    if separator.is_empty() {
        return Err(bad_value("split takes a separator of one character at least")
            .with_hint("chars(text) gives the characters"));
    }
    // A single byte is found without preparing a search.
    if let (usize::MAX, &[byte @ 0..128]) = (limit, separator.as_bytes()) {
        list_of(context, "split", source.split(byte as char))
    } else if limit == usize::MAX {
        list_of(context, "split", source.split(separator))
    } else {
        list_of(context, "split", source.splitn(limit, separator))
    }
}

/// Words, of which the last one is all the rest.
fn split_words(context: &mut Context<'_>, source: &str, limit: usize) -> Result<Outcome> {
    let mut words = Vec::new();
    let mut rest = source.trim();
    while !rest.is_empty() {
        let end = if words.len() + 1 == limit { None } else { rest.find(char::is_whitespace) };
        let (word, after) = rest.split_at(end.unwrap_or(rest.len()));
        let word = context.heap().string(word);
        add_item(context, "split", &mut words, word)?;
        rest = after.trim_start();
    }
    Ok(context.heap().list(words).into())
}

fn lines(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    list_of(context, "lines", text("lines", arguments.at(0))?.lines())
}

fn words(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    list_of(context, "words", text("words", arguments.at(0))?.split_whitespace())
}

fn chars(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let source = text("chars", arguments.at(0))?;
    if source.length() > context.most_items() {
        return Err(too_big("chars", source.length(), context.most_items(), "elements"));
    }
    let mut items = Vec::new();
    for character in source.chars() {
        let character = context.heap().character(character);
        add_item(context, "chars", &mut items, character)?;
    }
    Ok(context.heap().list(items).into())
}

/// Which characters `trim` takes away: white space, or those in a string.
fn trimmed<'a>(
    arguments: &Arguments<'a>,
    name: &str,
    white: fn(&'a str) -> &'a str,
    listed: fn(&'a str, &[char]) -> &'a str,
) -> Result<&'a str> {
    let source = text(name, arguments.at(0))?.as_str();
    match arguments.get(1) {
        None => Ok(white(source)),
        Some(characters) => {
            let characters: Vec<char> = text(name, characters)?.chars().collect();
            Ok(listed(source, &characters))
        }
    }
}

fn trim(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let result = trimmed(&arguments, "trim", str::trim, |text, characters| text.trim_matches(characters))?;
    Ok(string(context, result))
}

fn trim_start(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let listed = |text, characters: &[char]| str::trim_start_matches(text, characters);
    Ok(string(context, trimmed(&arguments, "trim_start", str::trim_start, listed)?))
}

fn trim_end(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let listed = |text, characters: &[char]| str::trim_end_matches(text, characters);
    Ok(string(context, trimmed(&arguments, "trim_end", str::trim_end, listed)?))
}

fn upper(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    Ok(string(context, &text("upper", arguments.at(0))?.to_uppercase()))
}

fn lower(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    Ok(string(context, &text("lower", arguments.at(0))?.to_lowercase()))
}

fn capitalize(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let source = text("capitalize", arguments.at(0))?.as_str();
    let mut characters = source.chars();
    let first = characters.next().into_iter().flat_map(char::to_uppercase);
    Ok(string(context, &first.chain(characters).collect::<String>()))
}

const COUNT: &[&str] = &["count"];

/// `replace(text, from, to, count: n)`.
fn replace(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let arguments = WithOptions::of("replace", arguments, 3, COUNT)?;
    let [source, from, to] = arguments.positional else { unreachable!("the arity says three") };
    let (source, from, to) = (text("replace", source)?, text("replace", from)?, text("replace", to)?);
    if from.is_empty() {
        return Err(bad_value("replace cannot look for the empty string"));
    }
    let limit = match arguments.option("count") {
        Some(limit) => count("replace", "the count", &limit)?,
        None => usize::MAX,
    };
    let found = source.matches(from.as_str()).take(limit).count();
    let length = source.len() as u128 + found as u128 * to.len() as u128;
    if length > context.most_text() as u128 {
        return Err(too_big("replace", length, context.most_text(), "bytes"));
    }
    Ok(string(context, &source.replacen(from.as_str(), to.as_str(), limit)))
}

fn starts_with(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (source, part) = (text("starts_with", arguments.at(0))?, text("starts_with", arguments.at(1))?);
    Ok(Value::bool(source.starts_with(part.as_str())).into())
}

fn ends_with(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (source, part) = (text("ends_with", arguments.at(0))?, text("ends_with", arguments.at(1))?);
    Ok(Value::bool(source.ends_with(part.as_str())).into())
}

/// Where `pad` puts the text.
#[derive(Clone, Copy)]
pub(super) enum Align {
    Left,
    Center,
    Right,
}

/// A text made as wide as wanted.
pub(super) fn padded(
    context: &Context<'_>,
    function: &str,
    source: &str,
    width: usize,
    fill: char,
    align: Align,
) -> Result<String> {
    let missing = width.saturating_sub(source.chars().count());
    if missing.saturating_mul(fill.len_utf8()) > context.most_text() {
        return Err(too_big(function, width, context.most_text(), "characters"));
    }
    let before = match align {
        Align::Left => 0,
        Align::Center => missing / 2,
        Align::Right => missing,
    };
    let mut result = String::with_capacity(source.len() + missing * fill.len_utf8());
    result.extend(std::iter::repeat_n(fill, before));
    result.push_str(source);
    result.extend(std::iter::repeat_n(fill, missing - before));
    Ok(result)
}

fn pad_with(context: &mut Context<'_>, arguments: Arguments<'_>, name: &str, align: Align) -> Result<Outcome> {
    let value = arguments.at(0);
    // Numbers are what people line up most.
    let printed = crate::output::plain(context, value)?;
    let source = value.as_str().unwrap_or(&printed);
    let width = count(name, "the width", arguments.at(1))?;
    let fill = match arguments.get(2) {
        Some(fill) => {
            let mut characters = text(name, fill)?.chars();
            match (characters.next(), characters.next()) {
                (Some(fill), None) => fill,
                _ => return Err(wrong(name, "one character to fill with", fill)),
            }
        }
        None => ' ',
    };
    Ok(string(context, &padded(context, name, source, width, fill, align)?))
}

/// `zfill(value, width)`: the sign stays in front.
fn zfill(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let value = arguments.at(0);
    let printed = crate::output::plain(context, value)?;
    let source = value.as_str().unwrap_or(&printed);
    let width = count("zfill", "the width", arguments.at(1))?;
    let digits = source.trim_start_matches(['-', '+']);
    let sign = &source[..source.len() - digits.len()];
    let filled = padded(context, "zfill", digits, width.saturating_sub(sign.len()), '0', Align::Right)?;
    Ok(string(context, &format!("{sign}{filled}")))
}

fn pad_start(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    pad_with(context, arguments, "pad_start", Align::Right)
}

fn pad_end(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    pad_with(context, arguments, "pad_end", Align::Left)
}

fn pad(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    pad_with(context, arguments, "pad", Align::Center)
}

/// Whether a string is not empty and all its characters are of a kind.
fn all_characters(arguments: &Arguments<'_>, name: &str, is: fn(char) -> bool) -> Result<Outcome> {
    let source = text(name, arguments.at(0))?;
    Ok(Value::bool(!source.is_empty() && source.chars().all(is)).into())
}

fn is_digit(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    all_characters(&arguments, "is_digit", |character| character.is_ascii_digit())
}

fn is_letter(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    all_characters(&arguments, "is_letter", char::is_alphabetic)
}

fn is_space(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    all_characters(&arguments, "is_space", char::is_whitespace)
}

/// What is written where the result is not used: strings never change.
const TEXT: &str = "text";

pub(super) static NATIVES: &[Entry] = &[
    Entry::function(
        "split(text, separator = null, limit: n)",
        split,
        "The parts of a string between separators; without one, its words. With a limit, at most so many parts, the last one with all the rest.",
    ).pure()
    .on(Kinds::STRING),
    Entry::function("lines(text)", lines, "The lines of a string, without their ends.").pure().on(Kinds::STRING),
    Entry::function("words(text)", words, "The parts of a string between white space.").pure().on(Kinds::STRING),
    Entry::function("chars(text)", chars, "The characters of a string, each a string.").pure().on(Kinds::STRING),
    Entry::function("trim(text, characters = white)", trim, "A string without white space, or these characters, at both ends.").pure_or(TEXT)
        .on(Kinds::STRING),
    Entry::function("trim_start(text, characters = white)", trim_start, "A string without white space, or these characters, at its start.").pure_or(TEXT)
        .on(Kinds::STRING),
    Entry::function("trim_end(text, characters = white)", trim_end, "A string without white space, or these characters, at its end.").pure_or(TEXT)
        .on(Kinds::STRING),
    Entry::function("upper(text)", upper, "A string in capital letters.").pure_or(TEXT).on(Kinds::STRING),
    Entry::function("lower(text)", lower, "A string in small letters.").pure_or(TEXT).on(Kinds::STRING),
    Entry::function("capitalize(text)", capitalize, "A string whose first letter is a capital one.").pure_or(TEXT).on(Kinds::STRING),
    Entry::function("replace(text, from, to, count: n)", replace, "A string with each `from` replaced by `to`, or only the first ones.").pure_or(TEXT)
        .on(Kinds::STRING),
    Entry::function("starts_with(text, part)", starts_with, "Whether a string begins with another.").pure().on(Kinds::STRING),
    Entry::function("ends_with(text, part)", ends_with, "Whether a string ends with another.").pure().on(Kinds::STRING),
    Entry::function("pad_start(value, width, fill = \" \")", pad_start, "The text of a value, filled up on the left to a width.").pure_or(TEXT)
        .on(Kinds::STRING.and(Kinds::NUMBER)),
    Entry::function("zfill(value, width)", zfill, "The text of a number, filled up with zeros on the left to a width.").pure()
        .on(Kinds::STRING.and(Kinds::NUMBER)),
    Entry::function("pad_end(value, width, fill = \" \")", pad_end, "The text of a value, filled up on the right to a width.").pure_or(TEXT)
        .on(Kinds::STRING.and(Kinds::NUMBER)),
    Entry::function("pad(value, width, fill = \" \")", pad, "The text of a value, filled up on both sides to a width.").pure_or(TEXT)
        .on(Kinds::STRING.and(Kinds::NUMBER)),
    Entry::function("is_digit(text)", is_digit, "Whether a string consists of digits 0 to 9, one at least.").pure().on(Kinds::STRING),
    Entry::function("is_letter(text)", is_letter, "Whether a string consists of letters, one at least.").pure().on(Kinds::STRING),
    Entry::function("is_space(text)", is_space, "Whether a string consists of white space, one character at least.").pure().on(Kinds::STRING),
];
