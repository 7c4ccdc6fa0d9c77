//! Arguments of widgets. Behind what a widget needs come, in any order and all of them optional, a style (a string), a
//! function, and options (a record, or keywords).

use super::build::{Builder, Common};
use crate::binding::{Binding, shown};
use crate::tree::{Number, Text};
use egui::{Key, KeyboardShortcut, Modifiers};
use motet_vm::builtins::arguments::{bad_value, is_callable, wrong};
use motet_vm::memory::{Notation, Value};
use motet_vm::native::Arguments;
use motet_vm::signals::{Computed, Signal};
use motet_vm::{Context, Error, ErrorKind, Result};
use std::sync::Arc;

/// Options that every widget has.
pub const COMMON: &[&str] = &["style", "key", "name", "tooltip", "disabled"];

/// A call of a widget's native, taken apart.
pub struct Call<'a> {
    pub function: &'static str,
    pub builder: Arc<Builder>,
    pub kept: Value,
    pub common: Common,
    arguments: Arguments<'a>,
    record: Option<&'a Value>,
}

impl<'a> Call<'a> {
    /// Takes apart what stands behind the `required` first arguments. `options`: those of this widget alone.
    pub fn new(
        context: &mut Context<'_>,
        function: &'static str,
        arguments: Arguments<'a>,
        required: usize,
        options: &[&'static str],
    ) -> Result<Call<'a>> {
        context.settle(arguments.all())?;
        let (builder, kept) = Builder::of(context, function)?;
        let mut call = Call { function, builder, kept, common: Common::default(), arguments, record: None };
        for value in &arguments.positional()[required.min(arguments.len())..] {
            if let Some(style) = value.as_str() {
                call.common.style = Some(call.builder.style(style));
            } else if value.as_record().is_some() {
                call.record = Some(value);
            } else if is_callable(value) {
                call.common.callback = Some(value.clone());
            } else if !value.is_null() {
                return Err(wrong(function, "a style, a function or options", value));
            }
        }
        call.check_names(options)?;
        let is_gene = context.gene();
        call.common(is_gene)?;
        Ok(call)
    }

    fn check_names(&self, options: &[&'static str]) -> Result<()> {
        let is_known = |name: &str| COMMON.contains(&name) || options.contains(&name);
        let mut unknown = None;
        if let Some(record) = self.record.and_then(Value::as_record) {
            record.for_each(|name, _| {
                if !is_known(name.as_str()) {
                    unknown = Some(name.clone());
                }
            });
        }
        let unknown = unknown
            .or_else(|| self.arguments.keywords().map(|(name, _)| name.clone()).find(|name| !is_known(name.as_str())));
        let Some(name) = unknown else { return Ok(()) };
        let all: Vec<&str> = options.iter().chain(COMMON).copied().collect();
        let error =
            Error::new(ErrorKind::ArityError, format!("{} has no option named {}", self.function, name.as_str()));
        Err(match motet_vm::nearest(name.as_str(), all.iter().copied()) {
            Some(similar) => error.with_hint(format!("did you mean {similar}?")),
            None => error.with_hint(format!("its options are {}", all.join(", "))),
        })
    }

    fn common(&mut self, is_gene: bool) -> Result<()> {
        if let Some(style) = self.option("style") {
            let style = style.as_str().ok_or_else(|| wrong(self.function, "a string as style", &style))?.to_owned();
            self.common.style = Some(self.builder.style(&style));
        }
        self.common.key = self.option("key").map(|key| text_of(&key, is_gene));
        self.common.name = self.option("name").map(|name| text_of(&name, is_gene));
        self.common.tooltip = self.option("tooltip").map(|tooltip| text_of(&tooltip, is_gene));
        self.common.is_disabled = self.flag("disabled");
        Ok(())
    }

    /// A positional argument that must be there.
    pub fn at(&self, index: usize) -> &'a Value {
        self.arguments.at(index)
    }

    /// An option that was given and is not null.
    pub fn option(&self, name: &str) -> Option<Value> {
        let value = self.arguments.named(name).cloned().or_else(|| self.record?.as_record()?.get(name));
        value.filter(|value| !value.is_null())
    }

    pub fn flag(&self, name: &str) -> bool {
        self.option(name).is_some_and(|value| value.is_truthy())
    }

    /// An option that is a number.
    pub fn number_option(&self, name: &str) -> Result<Option<f64>> {
        let number = |value: Value| {
            value.as_number().ok_or_else(|| wrong(self.function, &format!("a number as {name}"), &value))
        };
        self.option(name).map(number).transpose()
    }

    /// Text: a string, a signal that is shown, or any other value as `print` shows it.
    pub fn text(&self, context: &Context<'_>, value: &Value) -> Text {
        match self.builder.link.bind(value, context.gene()) {
            Some(binding) => Text::Bound(binding),
            None => Text::Fixed(text_of(value, context.gene()).into()),
        }
    }

    /// An option that is text.
    pub fn text_option(&self, context: &Context<'_>, name: &str) -> Option<Text> {
        self.option(name).map(|value| self.text(context, &value))
    }

    /// A number, or a signal of one.
    pub fn number(&self, context: &Context<'_>, value: &Value, what: &str) -> Result<Number> {
        if let Some(number) = value.as_number() {
            return Ok(Number::Fixed(number));
        }
        let binding = self.builder.link.bind(value, context.gene());
        binding
            .map(Number::Bound)
            .ok_or_else(|| wrong(self.function, &format!("a number or a signal as {what}"), value))
    }

    /// A number that stands still.
    pub fn fixed_number(&self, value: &Value, what: &str) -> Result<f64> {
        let number = value.as_number().ok_or_else(|| wrong(self.function, &format!("a number as {what}"), value))?;
        if number.is_finite() { Ok(number) } else { Err(bad_value(format!("{what} of {} is {number}", self.function))) }
    }

    /// A signal that the widget reads and sets.
    pub fn signal(&self, context: &Context<'_>, value: &Value) -> Result<Arc<Binding>> {
        if Computed::of(value).is_some() {
            return Err(Error::type_error(format!(
                "{} sets its signal, and a computed value cannot be set",
                self.function
            ))
            .with_hint("show it with ui_label, or give a signal"));
        }
        match self.builder.link.bind(value, context.gene()).filter(|_| Signal::of(value).is_some()) {
            Some(binding) => Ok(binding),
            None => Err(wrong(self.function, "a signal", value)
                .with_hint(format!("let x = signal(0), and then {}(x, …)", self.function))),
        }
    }
}

/// A value as text.
pub fn text_of(value: &Value, is_gene: bool) -> String {
    shown(value, if is_gene { Notation::Gene } else { Notation::Soc })
}

/// Keys such as `Ctrl+S`.
pub fn shortcut(function: &str, value: &Value) -> Result<KeyboardShortcut> {
    let text = value.as_str().ok_or_else(|| wrong(function, "a string such as \"Ctrl+S\" as shortcut", value))?;
    let mut modifiers = Modifiers::NONE;
    let mut parts: Vec<&str> = text.split('+').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        modifiers |= match part {
            "Ctrl" => Modifiers::COMMAND,
            "Shift" => Modifiers::SHIFT,
            "Alt" => Modifiers::ALT,
            other => {
                return Err(bad_value(format!("{function} knows no key {other:?}")).with_hint("Ctrl, Shift and Alt"));
            }
        };
    }
    let key = Key::from_name(last).ok_or_else(|| {
        bad_value(format!("{function} knows no key {last:?}")).with_hint("Enter, Tab, Escape, Up, A, Ctrl+S and so on")
    })?;
    Ok(KeyboardShortcut::new(modifiers, key))
}
