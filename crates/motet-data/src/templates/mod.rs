//! The module `templates`: texts with places for values, with conditions and loops.
//!
//! | module | its one job |
//! |---|---|
//! | `expression` | what stands in a place: names, comparisons, `and` and `or` |
//! | `parse` | the text of a template to steps |
//! | `render` | steps and data to text |
//!
//! A template reads values and calls nothing, so it may come from another hand than the program.

mod expression;
mod parse;
mod render;

use crate::place::Stop;
use motet_vm::builtins::arguments::{WithOptions, text, wrong};
use motet_vm::builtins::{Entry, NativeModule};
use motet_vm::memory::{ForeignKind, ForeignObject, Value};
use motet_vm::native::{Arguments, Outcome};
use motet_vm::{Context, Result};
use parse::Step;
use std::sync::Arc;

pub(crate) static TEMPLATE: ForeignKind = ForeignKind::new("Template");

/// Bytes of a template that are read in the time that one unit of work takes.
const BYTES_PER_UNIT: usize = 8;

/// A template that was read: immutable, so every thread may have it.
struct Template {
    text: String,
    steps: Vec<Step>,
    /// Values are written so that they cannot become parts of HTML.
    is_html: bool,
}

impl ForeignObject for Template {
    fn kind(&self) -> &'static ForeignKind {
        &TEMPLATE
    }

    fn bytes(&self) -> usize {
        self.text.len() + self.steps.len() * size_of::<Step>()
    }
}

impl Template {
    fn read(context: &mut Context<'_>, function: &str, value: &Value, is_html: bool) -> Result<Template> {
        let text = text(function, value)?.as_str();
        context.work(text.len() / BYTES_PER_UNIT)?;
        let steps =
            parse::steps(text).map_err(|fault| Stop::from(fault).into_error(context, function, text.as_bytes(), 1))?;
        Ok(Template { text: text.to_owned(), steps, is_html })
    }

    fn render(&self, context: &mut Context<'_>, function: &'static str, data: &Value) -> Result<Outcome> {
        let out = render::text(context, function, self, data)
            .map_err(|stop| stop.into_error(context, function, self.text.as_bytes(), 1))?;
        Ok(context.heap().string(&out).into())
    }
}

fn compile(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "templates.compile";
    let given = WithOptions::of(NAME, arguments, 1, &["html"])?;
    let template = Template::read(context, NAME, arguments.at(0), given.flag("html"))?;
    Ok(context.heap().shared_foreign(Arc::new(template)).into())
}

fn render_text(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "templates.render";
    let given = WithOptions::of(NAME, arguments, 2, &["html"])?;
    Template::read(context, NAME, arguments.at(0), given.flag("html"))?.render(context, NAME, arguments.at(1))
}

/// `render(template, data)`.
fn render_template(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let template = arguments.at(0).as_foreign().and_then(|foreign| foreign.downcast::<Template>());
    let template = template.ok_or_else(|| wrong("render", "a template", arguments.at(0)))?;
    template.render(context, "render", arguments.at(1))
}

pub(crate) static MODULE: NativeModule = NativeModule {
    name: "templates",
    documentation: "Texts with places for values: `{{ user.name }}`, `{{ price ?? \"unknown\" }}`, `{% if total > 100 and not paid %} … {% elif … %} … {% else %} … {% end %}`, `{% for item in items %} … {% else %} … {% end %}`, `{% for key, value in settings %}`, `{# a comment #}`. Behind a value stands what is made of it: `| upper`, `| lower`, `| trim`, `| length`, `| join`, `| raw`. Empty texts and lists, zero, false and null are false. In a loop there are `loop.index`, from 1, `loop.first` and `loop.last`. A line that has nothing but a tag leaves no line.",
    entries: &[
        Entry::function(
            "render(template, data, html: false)",
            render_text,
            "The text of a template with the values of a record or map. A name that is not there is an error that says the place, but in a condition and before `??`, where it is null; null is an empty text. With `html`, values are escaped, unless `| raw` stands behind one.",
        )
        .pure(),
        Entry::function(
            "compile(template, html: false)",
            compile,
            "A template that is read once and rendered often: `templates.compile(text).render({name: \"Ada\"})`.",
        )
        .pure(),
        Entry::method(&TEMPLATE, "render(template, data)", render_template, "The text of the template with the values of a record or map."),
    ],
    source: None,
};
