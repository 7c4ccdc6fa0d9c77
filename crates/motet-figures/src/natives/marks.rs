//! Lines across the axes, strips, words.

use super::call::Call;
use super::data;
use crate::figure::{Kind, Layer, Numbers, Words};
use crate::scene::Anchor;
use motet_vm::builtins::Entry;
use motet_vm::builtins::arguments::{bad_value, wrong};
use motet_vm::memory::Value;
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Result};

fn rules(
    context: &mut Context<'_>,
    arguments: Arguments<'_>,
    name: &'static str,
    is_vertical: bool,
) -> Result<Outcome> {
    let mut call = Call::new(context, name, arguments, &[])?;
    let [value] = call.data else { return Err(bad_value(format!("{name} takes a number, or numbers"))) };
    let at: Numbers = match data::length(value) {
        Some(_) if is_vertical => call.x(context, value)?,
        Some(_) => call.y(context, value)?,
        None => vec![data::place(name, "the place", value)?].into(),
    };
    let layer = call.of(Kind::Rules { at, is_vertical });
    call.finish(context, vec![layer])
}

fn hline(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    rules(context, arguments, "hline", false)
}

fn vline(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    rules(context, arguments, "vline", true)
}

fn strip(
    context: &mut Context<'_>,
    arguments: Arguments<'_>,
    name: &'static str,
    is_vertical: bool,
) -> Result<Outcome> {
    let call = Call::new(context, name, arguments, &[])?;
    let [from, to] = call.data else { return Err(bad_value(format!("{name} takes two numbers: from where to where"))) };
    let from = data::place(name, "the beginning", from)?;
    let to = data::place(name, "the end", to)?;
    let layer = call.of(Kind::Strip { from, to, is_vertical });
    call.finish(context, vec![layer])
}

fn hspan(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    strip(context, arguments, "hspan", false)
}

fn vspan(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    strip(context, arguments, "vspan", true)
}

fn anchor(call: &Call<'_>) -> Result<Anchor> {
    let Some(value) = call.option("align") else { return Ok(Anchor::Start) };
    match value.as_str() {
        Some("left") => Ok(Anchor::Start),
        Some("center") => Ok(Anchor::Middle),
        Some("right") => Ok(Anchor::End),
        _ => Err(wrong(call.name, "\"left\", \"center\" or \"right\" as align", &value)),
    }
}

fn words(
    context: &mut Context<'_>,
    call: Call<'_>,
    [x, y, text]: [&Value; 3],
    offset: Option<[f64; 2]>,
) -> Result<Outcome> {
    let name = call.name;
    const MOST: usize = 10_000;
    let text = text.as_str().ok_or_else(|| wrong(name, "a string as text", text))?;
    if text.len() > MOST {
        return Err(motet_vm::builtins::arguments::too_big(name, text.len(), MOST, "bytes of text"));
    }
    let size = call.number("size_of_text")?;
    if let Some(size) = size.filter(|size| !(4.0..=200.0).contains(size)) {
        return Err(bad_value(format!("size_of_text of {name} is from 4 to 200, not {size}")));
    }
    let words = Words {
        x: data::place(name, "x", x)?,
        y: data::place(name, "y", y)?,
        text: text.into(),
        size,
        anchor: anchor(&call)?,
        offset,
        is_relative: call.flag("relative"),
    };
    let layer = Layer { label: None, ..call.of(Kind::Words(words)) };
    call.finish(context, vec![layer])
}

const WORD_OPTIONS: &[&str] = &["align", "relative", "size_of_text", "offset"];

fn text(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let call = Call::new(context, "text", arguments, WORD_OPTIONS)?;
    let [x, y, text] = call.data else {
        return Err(bad_value("text takes x, y and a string").with_hint("text(2, 5, \"here\")"));
    };
    let places = [x, y, text];
    words(context, call, places, None)
}

fn annotate(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let call = Call::new(context, "annotate", arguments, WORD_OPTIONS)?;
    let [x, y, text] = call.data else {
        return Err(
            bad_value("annotate takes x, y and a string").with_hint("annotate(2, 5, \"here\", offset: [30, 20])")
        );
    };
    let offset = match call.option("offset") {
        None => [30.0, 30.0],
        Some(value) => match data::numbers(context, "annotate", "offset", &value)?[..] {
            [right, up] if right.abs() <= 10_000.0 && up.abs() <= 10_000.0 => [right, up],
            _ => return Err(wrong("annotate", "[right, up] in pixels as offset", &value)),
        },
    };
    let places = [x, y, text];
    words(context, call, places, Some(offset))
}

pub(super) const ENTRIES: [Entry; 6] = [
    super::drawing("hline(...data)", hline, "A line across the axes at y, or several."),
    super::drawing("vline(...data)", vline, "A line across the axes at x, or several."),
    super::drawing("hspan(...data)", hspan, "A strip across the axes between two y."),
    super::drawing("vspan(...data)", vspan, "A strip across the axes between two x."),
    super::drawing(
        "text(...data)",
        text,
        "Words at a point: `text(x, y, \"…\")`. `align`, `size_of_text`; with `relative: true`, x and y are shares of the axes.",
    ),
    super::drawing(
        "annotate(...data)",
        annotate,
        "Words beside a point with an arrow to it; `offset: [right, up]` in pixels.",
    ),
];
