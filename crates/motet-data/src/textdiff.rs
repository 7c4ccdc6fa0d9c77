//! The module `textdiff`: what differs between two texts. A comparison cannot be sliced, so it is done on a thread of the pool.

use motet_vm::builtins::arguments::{WithOptions, count, text};
use motet_vm::builtins::iterate::add_item;
use motet_vm::builtins::{Entry, NativeModule};
use motet_vm::memory::{Symbol, Value};
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Result};
use similar::{ChangeTag, TextDiff};

/// Bytes that a comparison takes, for each byte of the texts: a character or line has two numbers and a place.
const BYTES_PER_BYTE: usize = 96;

/// What a part is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Equal,
    Removed,
    Added,
}

impl Kind {
    fn of(tag: ChangeTag) -> Kind {
        match tag {
            ChangeTag::Equal => Kind::Equal,
            ChangeTag::Delete => Kind::Removed,
            ChangeTag::Insert => Kind::Added,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Kind::Equal => "equal",
            Kind::Removed => "removed",
            Kind::Added => "added",
        }
    }
}

/// A part of either text, with the numbers that it has as a line.
struct Part {
    kind: Kind,
    text: String,
    old: Option<usize>,
    new: Option<usize>,
}

/// How texts are taken apart.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Lines,
    Words,
    Characters,
}

fn parts(old: &str, new: &str, by: By) -> Vec<Part> {
    // Without their ends: a last line without one is the same line.
    let (old_lines, new_lines): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let diff = match by {
        By::Lines => TextDiff::from_slices(&old_lines, &new_lines),
        By::Words => TextDiff::from_words(old, new),
        By::Characters => TextDiff::from_chars(old, new),
    };
    let mut parts: Vec<Part> = Vec::new();
    for change in diff.iter_all_changes() {
        let kind = Kind::of(change.tag());
        match parts.last_mut() {
            Some(last) if by != By::Lines && last.kind == kind => last.text.push_str(change.value()),
            _ => parts.push(Part {
                kind,
                text: change.value().to_owned(),
                old: change.old_index(),
                new: change.new_index(),
            }),
        }
    }
    parts
}

/// Both texts, and how much memory comparing them may take.
fn texts(function: &str, arguments: &Arguments<'_>) -> Result<(String, String, usize)> {
    let [old, new] = [text(function, arguments.at(0))?.as_str(), text(function, arguments.at(1))?.as_str()];
    Ok((old.to_owned(), new.to_owned(), (old.len() + new.len()).saturating_mul(BYTES_PER_BYTE)))
}

fn compared(context: &mut Context<'_>, function: &'static str, arguments: &Arguments<'_>, by: By) -> Result<Outcome> {
    let (old, new, bytes) = texts(function, arguments)?;
    context.offload(
        function,
        bytes,
        move || Ok(parts(&old, &new, by)),
        move |context, parts| {
            let mut records = Vec::with_capacity(parts.len());
            for Part { kind, text, old, new } in parts {
                context.work(1)?;
                let heap = context.heap();
                let record = heap.record(4);
                let fields = record.as_record().expect("just made");
                let number = |line: Option<usize>| line.map_or(Value::NULL, |line| Value::int(line as i64 + 1));
                let set = |name: &str, value: Value| {
                    fields.set(Symbol::intern(name), value, heap).expect("not yet frozen");
                };
                set("kind", heap.string(kind.name()));
                set("text", heap.string(&text));
                if by == By::Lines {
                    set("old", number(old));
                    set("new", number(new));
                }
                add_item(context, function, &mut records, record)?;
            }
            Ok(context.heap().list(records))
        },
    )
}

fn lines(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    compared(context, "textdiff.lines", &arguments, By::Lines)
}

fn words(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    compared(context, "textdiff.words", &arguments, By::Words)
}

fn characters(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    compared(context, "textdiff.characters", &arguments, By::Characters)
}

/// `unified(old, new, context: 3, old_name: "old", new_name: "new")`.
fn unified(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "textdiff.unified";
    let given = WithOptions::of(NAME, arguments, 2, &["context", "old_name", "new_name"])?;
    let around = given.option("context").map_or(Ok(3), |lines| count(NAME, "context", &lines))?;
    let name = |option: &str, otherwise: &str| match given.option(option) {
        None => Ok(otherwise.to_owned()),
        Some(value) => Ok(text(NAME, &value)?.as_str().replace(['\n', '\r'], " ")),
    };
    let names = (name("old_name", "old")?, name("new_name", "new")?);
    let (old, new, bytes) = texts(NAME, &arguments)?;
    let work = move || {
        let diff = TextDiff::from_lines(old.as_str(), new.as_str());
        Ok(diff.unified_diff().context_radius(around.min(1 << 30)).header(&names.0, &names.1).to_string())
    };
    context.offload(NAME, bytes, work, |context, text: String| Ok(context.heap().string(&text)))
}

fn similarity(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "textdiff.similarity";
    let (old, new, bytes) = texts(NAME, &arguments)?;
    let work = move || Ok(f64::from(TextDiff::from_chars(old.as_str(), new.as_str()).ratio()));
    context.offload(NAME, bytes, work, |_, ratio| Ok(Value::float(ratio)))
}

pub(crate) static MODULE: NativeModule = NativeModule {
    name: "textdiff",
    documentation: "What differs between two texts.",
    entries: &[
        Entry::function(
            "lines(old, new)",
            lines,
            "Each line of both texts in order, as `{kind, text, old, new}`: the kind is \"equal\", \"removed\" or \"added\"; the numbers are those of the line, null where it is not.",
        )
        .pure(),
        Entry::function(
            "words(old, new)",
            words,
            "The same by words: parts that are equal, removed or added, as `{kind, text}`. Together, all but the added ones are the old text.",
        )
        .pure(),
        Entry::function("characters(old, new)", characters, "The same by characters.").pure(),
        Entry::function(
            "unified(old, new, context: 3, old_name: \"old\", new_name: \"new\")",
            unified,
            "What differs as a text of the form that `diff -u` and `git diff` write, with so many lines around it; empty if nothing differs.",
        )
        .pure(),
        Entry::function(
            "similarity(old, new)",
            similarity,
            "How alike two texts are: 0 if they share no character, 1 if they are equal.",
        )
        .pure(),
    ],
    source: None,
};
