//! Natives for what lies above the rest: menus and modal boxes; and for fields that open something: colours and dates.

use super::arguments::{Call, text_of};
use super::choices::read_then;
use super::widgets::{inside, put, widget};
use crate::tree::Kind;
use motet_vm::builtins::Entry;
use motet_vm::builtins::arguments::bad_value;
use motet_vm::memory::Value;
use motet_vm::native::{Arguments, CallArguments, Outcome};
use motet_vm::{Context, Error, Result};

fn ui_menu(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let call = Call::new(context, "ui_menu", arguments, 1, &[])?;
    if call.builder.is_in_menu() {
        return Err(bad_value("ui_menu cannot lie in another menu"));
    }
    let title = call.text(context, call.at(0));
    inside(context, call, Kind::Menu(title), CallArguments::None)
}

fn ui_modal(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let mut call = Call::new(context, "ui_modal", arguments, 2, &[])?;
    let signal = call.at(0).clone();
    let value = call.signal(context, &signal)?;
    let title = text_of(call.at(1), context.gene());
    let content = call.common.callback.take().ok_or_else(|| {
        Error::type_error("ui_modal takes a function that adds what lies in it")
            .with_hint("ui_modal(is_open, \"Settings\", () => …)")
    })?;
    read_then(call, &signal, Kind::Modal { value, title: title.into() }, None, content)
}

fn ui_color_picker(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let call = Call::new(context, "ui_color_picker", arguments, 1, &[])?;
    let value = call.signal(context, call.at(0))?;
    put(context, call, Kind::ColorPicker(value))
}

fn ui_date_picker(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let call = Call::new(context, "ui_date_picker", arguments, 1, &["min", "max"])?;
    let value = call.signal(context, call.at(0))?;
    let end = |name: &str| {
        let day = |value: Value| {
            let text = text_of(&value, context.gene());
            crate::calendar::parse(&text).ok_or_else(|| {
                bad_value(format!("{name} of ui_date_picker is a day such as \"2026-11-28\", not {text:?}"))
            })
        };
        call.option(name).map(day).transpose()
    };
    let range = [end("min")?, end("max")?];
    put(context, call, Kind::DatePicker { value, range })
}

pub(super) static NATIVES: &[Entry] = &[
    widget(
        "ui_menu(title, style = \"\", f, options = null)",
        ui_menu,
        "In a window: a button that opens a menu of the buttons, ticks and lines that the function adds.",
    ),
    widget(
        "ui_modal(signal, title, style = \"\", f, options = null)",
        ui_modal,
        "In a window: a box above all else while the signal holds true, with what the function adds. Escape, and a click \
         beside it, set the signal to false.",
    ),
    widget(
        "ui_color_picker(signal, style = \"\", options = null)",
        ui_color_picker,
        "In a window: a field for a colour; the signal holds it as `\"#3cb4be\"`.",
    ),
    widget(
        "ui_date_picker(signal, style = \"\", options = null)",
        ui_date_picker,
        "In a window: a field for a day; the signal holds it as `\"2026-11-28\"`, or null; `min`, `max`.",
    ),
];
