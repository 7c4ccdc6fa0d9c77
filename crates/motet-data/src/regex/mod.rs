//! Regular expressions: `regex(r"…")` compiles a pattern, and its methods look for it in texts.
//!
//! | module | its one job |
//! |---|---|
//! | `pattern` | compiled patterns, and the errors of those that cannot be compiled |
//! | `quick` | finding matches that begin in few ways |
//! | `search` | looking for a pattern, match by match: here, or on a thread of the pool where a text is long |
//! | `found` | what is done with matches: records of them, their texts, what stands between them |
//! | `replace` | replacing what is found by texts and by what functions give |
//!
//! The time of a search grows with pattern and text, never exponentially. So there is nothing in patterns that would need
//! trying: no references to groups, no look-around.

mod found;
mod pattern;
mod quick;
mod replace;
mod search;

use found::{All, First, Parts, Records, Texts, Whether};
use motet_vm::builtins::Entry;
use motet_vm::builtins::arguments::{WithOptions, count, text, wrong};
use motet_vm::builtins::iterate::add_text;
use motet_vm::memory::{ForeignKind, Str, Value};
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Result};
use pattern::{Flags, Pattern};
use search::{Wanted, search};
use std::sync::Arc;

pub(crate) static REGEX: ForeignKind = ForeignKind::new("Regex");

const FLAGS: &[&str] = &["ignore_case", "multi_line", "dot_all", "extended"];

fn regex(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let given = WithOptions::of("regex", arguments, 1, FLAGS)?;
    let source = text("regex", arguments.at(0))?;
    let flags = Flags {
        ignore_case: given.flag("ignore_case"),
        multi_line: given.flag("multi_line"),
        dot_all: given.flag("dot_all"),
        extended: given.flag("extended"),
    };
    let pattern = Pattern::compile(context, source, flags)?;
    Ok(context.heap().shared_foreign(Arc::new(pattern)).into())
}

/// A text in which no character means anything but itself.
fn regex_escape(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let text = text("regex_escape", arguments.at(0))?;
    let mut escaped = String::new();
    for character in text.chars() {
        context.work(1)?;
        if regex_syntax::is_meta_character(character) {
            add_text(context, "regex_escape", &mut escaped, "\\")?;
        }
        add_text(context, "regex_escape", &mut escaped, character.encode_utf8(&mut [0; 4]))?;
    }
    Ok(context.heap().string(&escaped).into())
}

/// The pattern that a method was called of.
fn receiver(arguments: &Arguments<'_>) -> Arc<Pattern> {
    let foreign = arguments.at(0).as_foreign().expect("a method of regular expressions");
    foreign.shared_as::<Pattern>().expect("a method of regular expressions")
}

/// The text that a method looks at.
fn subject<'a>(name: &str, arguments: &Arguments<'a>) -> Result<&'a Str> {
    let value = arguments.at(1);
    value.as_string().ok_or_else(|| {
        let error = wrong(name, "a string", value);
        if value.as_bytes().is_some() { error.with_hint("decode(bytes) is their text") } else { error }
    })
}

fn matches(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    subject("matches", &arguments)?;
    let wanted = Wanted { groups: false, ..Wanted::FIRST };
    search(context, receiver(&arguments), arguments.at(1), wanted, Whether { name: "matches", is_found: false })
}

/// Whether the whole text is what the pattern describes: what a pattern of `match` asks.
fn matches_pattern(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    if arguments.at(1).as_string().is_none() {
        return Ok(Value::FALSE.into());
    }
    let wanted = Wanted { groups: false, ..Wanted::WHOLE };
    search(context, receiver(&arguments), arguments.at(1), wanted, Whether { name: "match", is_found: false })
}

/// The first match of some kind.
fn first(context: &mut Context<'_>, arguments: &Arguments<'_>, name: &'static str, wanted: Wanted) -> Result<Outcome> {
    let pattern = receiver(arguments);
    let consumer = First { name, records: Records::new(pattern.clone()), first: Value::NULL };
    search(context, pattern, arguments.at(1), wanted, consumer)
}

fn full_match(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    subject("full_match", &arguments)?;
    first(context, &arguments, "full_match", Wanted::WHOLE)
}

fn find(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let text = subject("find", &arguments)?;
    let from = arguments.get(2).map_or(Ok(0), |from| count("find", "from", from))?;
    // `from` counts characters. Behind the end there is nothing.
    let Some(from) = text.byte_offset(from) else { return Ok(Value::NULL.into()) };
    first(context, &arguments, "find", Wanted { from, ..Wanted::FIRST })
}

/// How many are wanted at most, as the option of a method says.
fn limit(name: &str, given: &WithOptions<'_>) -> Result<usize> {
    given.option("limit").map_or(Ok(usize::MAX), |limit| count(name, "limit", &limit))
}

fn find_all(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    subject("find_all", &arguments)?;
    let limit = limit("find_all", &WithOptions::of("find_all", arguments, 2, &["limit"])?)?;
    let pattern = receiver(&arguments);
    let consumer = All { records: Records::new(pattern.clone()), items: Vec::new() };
    search(context, pattern, arguments.at(1), Wanted { limit, ..Wanted::ALL }, consumer)
}

fn find_texts(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    subject("find_texts", &arguments)?;
    let limit = limit("find_texts", &WithOptions::of("find_texts", arguments, 2, &["limit"])?)?;
    let wanted = Wanted { limit, groups: false, ..Wanted::ALL };
    search(context, receiver(&arguments), arguments.at(1), wanted, Texts::default())
}

fn split(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    subject("split", &arguments)?;
    let limit = limit("split", &WithOptions::of("split", arguments, 2, &["limit"])?)?;
    let Some(limit) = limit.checked_sub(1) else { return Ok(context.heap().list(Vec::new()).into()) };
    let wanted = Wanted { limit, groups: false, ..Wanted::ALL };
    search(context, receiver(&arguments), arguments.at(1), wanted, Parts::default())
}

fn pattern_text(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    Ok(context.heap().string(receiver(&arguments).source()).into())
}

fn group_names(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let pattern = receiver(&arguments);
    let heap = context.heap();
    let names = pattern.group_names().skip(1).map(|name| name.map_or(Value::NULL, |name| heap.string(name))).collect();
    Ok(heap.list(names).into())
}

pub(crate) static NATIVES: &[Entry] = &[
    Entry::function(
        "regex(pattern, ignore_case: false, multi_line: false, dot_all: false, extended: false)",
        regex,
        "A regular expression, best written as a raw string: `regex(r\"\\d+\")`. With `multi_line`, `^` and `$` are the ends of lines; with `dot_all`, `.` is a line break too; with `extended`, blanks and comments may stand in the pattern. Searching takes time in proportion to the text, whatever the pattern.",
    ),
    Entry::function("regex_escape(text)", regex_escape, "A pattern that finds the text itself."),
    Entry::method(&REGEX, "matches(regex, text)", matches, "Whether the pattern is found anywhere in a text."),
    Entry::method(
        &REGEX,
        "matches_pattern(regex, value)",
        matches_pattern,
        "Whether the whole of a text is what the pattern describes: what the name of a regular expression means as a pattern of `match`.",
    ),
    Entry::method(
        &REGEX,
        "full_match(regex, text)",
        full_match,
        "The match of the whole text, or null: a record as `find` gives it.",
    ),
    Entry::method(
        &REGEX,
        "find(regex, text, from = 0)",
        find,
        "The first match at or behind a place, or null: a record of its `text`, its `start` and `end` in characters, its `groups`, a list of texts, null where a group has no part, and the `named` ones, a record.",
    ),
    Entry::method(&REGEX, "find_all(regex, text, limit: n)", find_all, "A list of all matches, as `find` gives them."),
    Entry::method(&REGEX, "find_texts(regex, text, limit: n)", find_texts, "A list of the texts of all matches."),
    Entry::method(
        &REGEX,
        "replace(regex, text, with, limit: n)",
        replace::replace,
        "The text with another one for each match. In it, `$1` and `${name}` stand for groups, `$0` for the match, `$$` for `$`. A function gets the match and gives the text.",
    ),
    Entry::method(
        &REGEX,
        "split(regex, text, limit: n)",
        split,
        "A list of what stands between the matches; of `limit` parts at most.",
    ),
    Entry::method(&REGEX, "pattern(regex)", pattern_text, "The pattern as it was written."),
    Entry::method(
        &REGEX,
        "group_names(regex)",
        group_names,
        "A list of the names of the groups, null for those without one.",
    ),
];
