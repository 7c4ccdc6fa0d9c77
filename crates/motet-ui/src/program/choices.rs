//! Natives for choosing and for what opens and closes: radio buttons, choices with a menu, tabs, collapsing boxes, areas
//! that scroll, and fields for numbers.

use super::arguments::{Call, text_of};
use super::build::{Builder, Common};
use super::widgets::{inside, put, widget};
use crate::style::{Display, Style};
use crate::tree::Kind;
use motet_vm::builtins::arguments::{bad_value, wrong};
use motet_vm::builtins::{Builtins, Entry};
use motet_vm::memory::{Symbol, Value};
use motet_vm::native::{Arguments, CallArguments, Outcome, Resume};
use motet_vm::{Context, Error, Result};
use std::sync::Arc;

fn ui_radio(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let call = Call::new(context, "ui_radio", arguments, 3, &[])?;
    let value = call.signal(context, call.at(0))?;
    let this = context.freeze_for(call.at(1), "a radio button")?;
    let label = call.text(context, call.at(2));
    put(context, call, Kind::Radio { value, this, label })
}

fn ui_combobox(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let call = Call::new(context, "ui_combobox", arguments, 2, &[])?;
    let value = call.signal(context, call.at(0))?;
    let list = call.at(1).as_list().ok_or_else(|| wrong("ui_combobox", "a list of options", call.at(1)))?;
    let items: Vec<Value> = list.items().to_vec();
    let mut options = Vec::with_capacity(items.len());
    for item in &items {
        options.push((text_of(item, context.gene()).into(), context.freeze_for(item, "an option")?));
    }
    put(context, call, Kind::Combobox { value, options })
}

/// What is opened when a signal has been read, so that the build follows the signal.
struct Reading {
    function: &'static str,
    builder: Arc<Builder>,
    kept: Value,
    content: Value,
    /// What it opens; none when it is open.
    start: Option<(Kind, Common)>,
    /// The heads of tabs, which come first in the box.
    bar: Option<(Kind, Common)>,
    depth: Option<usize>,
}

impl Resume for Reading {
    fn resume(mut self: Box<Self>, context: &mut Context<'_>, result: Value) -> Result<Outcome> {
        let Some((kind, common)) = self.start.take() else {
            self.close();
            return Ok(Value::NULL.into());
        };
        let is_modal = matches!(kind, Kind::Modal { .. });
        if is_modal && !result.is_truthy() {
            return Ok(Value::NULL.into());
        }
        self.depth = Some(self.builder.open(kind, common, &self.kept, context)?);
        if let Some((kind, common)) = self.bar.take() {
            self.builder.add(kind, common, &self.kept, context)?;
        }
        let index = result.as_int().or(result.as_number().map(|number| number as i64)).unwrap_or_default();
        let function = self.content.clone();
        let arguments = if is_modal { CallArguments::None } else { CallArguments::One(Value::int(index)) };
        Ok(Outcome::Call { function, arguments, then: self })
    }

    fn failed(self: Box<Self>, _: &mut Context<'_>, error: Error) -> Result<Outcome> {
        self.close();
        Err(error)
    }

    fn name(&self) -> &'static str {
        self.function
    }

    fn trace(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.content);
        visit(&self.kept);
        let commons = self.start.iter().chain(&self.bar).map(|(_, common)| common);
        for common in commons {
            common.callback.iter().for_each(&mut *visit);
            common.parts.iter().for_each(|(_, function)| visit(function));
        }
    }
}

impl Reading {
    fn close(&self) {
        if let Some(depth) = self.depth {
            self.builder.close(depth);
        }
    }
}

/// Reads a signal and then opens what depends on it: see [`Reading`].
pub(super) fn read_then(
    mut call: Call<'_>,
    signal: &Value,
    kind: Kind,
    bar: Option<(Kind, Common)>,
    content: Value,
) -> Result<Outcome> {
    let method = Builtins::of_machine().method_of(signal, Symbol::intern("value"));
    let read = method.ok_or_else(|| wrong(call.function, "a signal", signal))?.value();
    let start = Some((kind, std::mem::take(&mut call.common)));
    let Call { function, builder, kept, .. } = call;
    let then = Box::new(Reading { function, builder, kept, content, start, bar, depth: None });
    Ok(Outcome::Call { function: read, arguments: CallArguments::One(signal.clone()), then })
}

fn ui_tabs(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let mut call = Call::new(context, "ui_tabs", arguments, 2, &[])?;
    let list = call.at(0).as_list().ok_or_else(|| wrong("ui_tabs", "a list of labels", call.at(0)))?;
    let labels: Vec<Box<str>> = list.items().iter().map(|label| text_of(label, context.gene()).into()).collect();
    let signal = call.at(1).clone();
    let value = call.signal(context, &signal)?;
    let content = call.common.callback.take().ok_or_else(|| {
        Error::type_error("ui_tabs takes a function that adds what the open tab holds")
            .with_hint("ui_tabs([\"Data\", \"Plot\"], open, index => …)")
    })?;
    let bar = Common { name: call.common.name.take(), ..Common::default() };
    read_then(call, &signal, Kind::Box, Some((Kind::TabBar { value, labels }, bar)), content)
}

fn ui_collapsing(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let call = Call::new(context, "ui_collapsing", arguments, 1, &["open"])?;
    let title = call.text(context, call.at(0));
    let starts_open = call.flag("open");
    inside(context, call, Kind::Collapsing { title, starts_open }, CallArguments::None)
}

fn ui_scroll_area(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let mut call = Call::new(context, "ui_scroll_area", arguments, 0, &[])?;
    let style = call.common.style.take().unwrap_or_default();
    let display = style.display.or(Some(Display::Column));
    call.common.style = Some(Arc::new(Style { scrolls: true, display, ..(*style).clone() }));
    inside(context, call, Kind::Box, CallArguments::None)
}

fn ui_number_input(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    number(context, arguments, "ui_number_input", false)
}

fn ui_drag_value(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    number(context, arguments, "ui_drag_value", true)
}

fn number(
    context: &mut Context<'_>,
    arguments: Arguments<'_>,
    function: &'static str,
    is_plain: bool,
) -> Result<Outcome> {
    let call = Call::new(context, function, arguments, 1, &["min", "max", "step", "unit"])?;
    let value = call.signal(context, call.at(0))?;
    let low = call.number_option("min")?.unwrap_or(f64::NEG_INFINITY);
    let high = call.number_option("max")?.unwrap_or(f64::INFINITY);
    let step = call.number_option("step")?.unwrap_or(1.0);
    if low > high || low.is_nan() || high.is_nan() || step.is_nan() || step <= 0.0 {
        return Err(bad_value(format!("{function} from {low} to {high} in steps of {step} makes no sense")));
    }
    let unit = call.option("unit").map(|unit| text_of(&unit, context.gene())).unwrap_or_default();
    put(context, call, Kind::NumberInput { value, range: [low, high], step, unit: unit.into(), is_plain })
}

pub(super) static NATIVES: &[Entry] = &[
    widget(
        "ui_radio(signal, value, label, style = \"\", options = null)",
        ui_radio,
        "In a window: a round button that is on while the signal holds this value, and sets it.",
    ),
    widget(
        "ui_combobox(signal, choices, style = \"\", options = null)",
        ui_combobox,
        "In a window: a choice among the values of a list; the signal holds the chosen one.",
    ),
    widget(
        "ui_tabs(labels, signal, f, style = \"\", options = null)",
        ui_tabs,
        "In a window: tabs. The signal holds the number of the open one, and the function adds what it holds.",
    ),
    widget(
        "ui_collapsing(title, style = \"\", f, options = null)",
        ui_collapsing,
        "In a window: a box with a title that the user opens and closes; with `open: true` it begins open.",
    ),
    widget(
        "ui_scroll_area(f, style = \"\", options = null)",
        ui_scroll_area,
        "In a window: a box whose widgets may need more room than it has.",
    ),
    widget(
        "ui_number_input(signal, style = \"\", options = null)",
        ui_number_input,
        "In a window: a field for a number, which the signal holds; dragging changes it, a click edits; `min`, `max`, `step`, \
         `unit`.",
    ),
    widget(
        "ui_drag_value(signal, style = \"\", options = null)",
        ui_drag_value,
        "In a window: a number that dragging changes and a click edits, without a box around it; `min`, `max`, `step`, `unit`.",
    ),
];
