//! The natives that add widgets to the window that is being built.

use super::arguments::Call;
use crate::tree::{Kind, Text};
use motet_vm::builtins::Entry;
use motet_vm::builtins::arguments::wrong;
use motet_vm::memory::Value;
use motet_vm::native::{Arguments, CallArguments, Outcome, Resume};
use motet_vm::{Context, Error, Result};
use std::sync::Arc;

/// A box whose function adds what lies in it.
struct Inside {
    name: &'static str,
    builder: Arc<super::build::Builder>,
    depth: usize,
}

impl Resume for Inside {
    fn resume(self: Box<Self>, _: &mut Context<'_>, _: Value) -> Result<Outcome> {
        self.builder.close(self.depth);
        Ok(Value::NULL.into())
    }

    fn failed(self: Box<Self>, _: &mut Context<'_>, error: Error) -> Result<Outcome> {
        self.builder.close(self.depth);
        Err(error)
    }

    fn name(&self) -> &'static str {
        self.name
    }

    fn trace(&self, _: &mut dyn FnMut(&Value)) {}
}

/// Opens a box and calls the function that adds what lies in it.
pub(super) fn inside(
    context: &mut Context<'_>,
    mut call: Call<'_>,
    kind: Kind,
    arguments: CallArguments,
) -> Result<Outcome> {
    let Some(function) = call.common.callback.take() else {
        return Err(Error::type_error(format!("{} takes a function that adds what lies in it", call.function))
            .with_hint(format!("{}(\"p-4\", () => do {{ ui_label(\"inside\") }})", call.function)));
    };
    let depth = call.builder.open(kind, std::mem::take(&mut call.common), &call.kept, context)?;
    let then = Box::new(Inside { name: call.function, builder: call.builder, depth });
    Ok(Outcome::Call { function, arguments, then })
}

/// Adds a widget.
pub(super) fn add(context: &Context<'_>, mut call: Call<'_>, kind: Kind) -> Result<Outcome> {
    let clicked = call.builder.add(kind, std::mem::take(&mut call.common), &call.kept, context)?;
    Ok(Value::bool(clicked).into())
}

/// Adds a widget that has nothing to say.
pub(super) fn put(context: &Context<'_>, call: Call<'_>, kind: Kind) -> Result<Outcome> {
    add(context, call, kind)?;
    Ok(Value::NULL.into())
}

fn ui_box(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let call = Call::new(context, "ui_box", arguments, 0, &[])?;
    inside(context, call, Kind::Box, CallArguments::None)
}

fn ui_label(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let call = Call::new(context, "ui_label", arguments, 1, &[])?;
    let text = call.text(context, call.at(0));
    put(context, call, Kind::Label(text))
}

fn ui_button(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let call = Call::new(context, "ui_button", arguments, 1, &["on_click", "shortcut"])?;
    let text = call.text(context, call.at(0));
    let mut call = call;
    if let Some(function) = call.option("on_click") {
        call.common.callback = Some(function);
    }
    let shortcut = match call.option("shortcut") {
        None => None,
        Some(keys) => Some(super::arguments::shortcut("ui_button", &keys)?),
    };
    let is_item = call.builder.is_in_menu();
    add(context, call, Kind::Button { text, shortcut, is_item })
}

fn ui_text_input(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let call = Call::new(context, "ui_text_input", arguments, 1, &["lines", "hint", "secret"])?;
    let value = call.signal(context, call.at(0))?;
    let lines = call.number_option("lines")?.map(|lines| lines.clamp(1.0, 10_000.0) as u32);
    let hint = call.option("hint").map(|hint| super::arguments::text_of(&hint, context.gene())).unwrap_or_default();
    let is_secret = call.flag("secret");
    let submits = call.common.callback.is_some();
    add(context, call, Kind::TextInput { value, lines, hint: hint.into(), is_secret, submits })
}

fn ui_slider(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let call = Call::new(context, "ui_slider", arguments, 3, &["step", "label"])?;
    let value = call.signal(context, call.at(0))?;
    let (low, high) = (call.fixed_number(call.at(1), "the low end")?, call.fixed_number(call.at(2), "the high end")?);
    if low >= high {
        return Err(motet_vm::builtins::arguments::bad_value(format!("ui_slider has no room from {low} to {high}")));
    }
    let step = call.number_option("step")?;
    if step.is_some_and(|step| step <= 0.0 || !step.is_finite()) {
        return Err(wrong("ui_slider", "a step above 0", &Value::float(step.unwrap_or_default())));
    }
    let label = call.text_option(context, "label").unwrap_or(Text::Fixed("".into()));
    put(context, call, Kind::Slider { value, low, high, step, label })
}

fn ui_checkbox(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let call = Call::new(context, "ui_checkbox", arguments, 2, &[])?;
    let value = call.signal(context, call.at(0))?;
    let label = call.text(context, call.at(1));
    put(context, call, Kind::Checkbox { value, label })
}

fn ui_progress_bar(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let call = Call::new(context, "ui_progress_bar", arguments, 1, &[])?;
    let part = match call.at(0) {
        part if part.is_null() => None,
        part => Some(call.number(context, part, "the part that is done")?),
    };
    put(context, call, Kind::Progress(part))
}

fn ui_separator(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let call = Call::new(context, "ui_separator", arguments, 0, &[])?;
    put(context, call, Kind::Separator)
}

pub(super) type Code = fn(&mut Context<'_>, Arguments<'_>) -> Result<Outcome>;

/// A widget's native: any number of styles, functions and options behind what it needs.
pub(super) const fn widget(signature: &'static str, call: Code, documentation: &'static str) -> Entry {
    Entry::function(signature, call, documentation).any_keywords()
}

pub(super) static NATIVES: &[Entry] = &[
    widget(
        "ui_box(style = \"\", f, options = null)",
        ui_box,
        "In a window: a box for the widgets that the function adds; below each other, beside each other with `flex-row`.",
    ),
    widget(
        "ui_label(text, style = \"\", options = null)",
        ui_label,
        "In a window: text. A signal as text is followed without calling the app function again.",
    ),
    widget(
        "ui_button(text, style = \"\", f = null, options = null)",
        ui_button,
        "In a window: a button. True in the one rebuild that follows a click; a function is called with each click. `shortcut: \"Ctrl+S\"` \
         is as a click.",
    ),
    widget(
        "ui_text_input(signal, style = \"\", f = null, options = null)",
        ui_text_input,
        "In a window: a field for text, which the signal holds; `lines: 5` for several lines, `hint`, `secret`. The function \
         is called, or the call is true in a rebuild, when Enter is pressed.",
    ),
    widget(
        "ui_slider(signal, low, high, style = \"\", options = null)",
        ui_slider,
        "In a window: a slider for a number, which the signal holds; `step`, `label`.",
    ),
    widget(
        "ui_checkbox(signal, label, style = \"\", options = null)",
        ui_checkbox,
        "In a window: a box to tick; the signal holds true or false.",
    ),
    widget(
        "ui_progress_bar(part, style = \"\", options = null)",
        ui_progress_bar,
        "In a window: how much is done, from 0 to 1: a number or a signal of one; null if that is unknown.",
    ),
    widget("ui_separator(style = \"\", options = null)", ui_separator, "In a window: a line between groups."),
];
