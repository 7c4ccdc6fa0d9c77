//! Steps and data to text.

use super::Template;
use super::expression::{Comparison, Expression, Literal};
use super::parse::{Filter, Names, Step};
use crate::place::{Fault, Stop};
use motet_vm::Context;
use motet_vm::builtins::arguments::describe;
use motet_vm::builtins::iterate::{add_text, entries};
use motet_vm::memory::{Tag, Value};
use std::cmp::Ordering;

type Rendered<T> = Result<T, Stop>;

/// A loop that goes on.
struct Loop<'t> {
    names: &'t Names,
    /// What is walked over: elements, or values with their keys.
    keys: Vec<Value>,
    values: Vec<Value>,
    at: usize,
}

struct Renderer<'t> {
    function: &'static str,
    template: &'t Template,
    data: &'t Value,
    loops: Vec<Loop<'t>>,
    out: String,
}

pub(super) fn text(
    context: &mut Context<'_>,
    function: &'static str,
    template: &Template,
    data: &Value,
) -> Rendered<String> {
    let mut renderer = Renderer { function, template, data, loops: Vec::new(), out: String::new() };
    renderer.run(context)?;
    Ok(renderer.out)
}

impl<'t> Renderer<'t> {
    fn run(&mut self, context: &mut Context<'_>) -> Rendered<()> {
        let template = self.template;
        let mut at = 0;
        while let Some(step) = template.steps.get(at) {
            context.work(1)?;
            at += 1;
            match step {
                Step::Text(range) => add_text(context, self.function, &mut self.out, &template.text[range.clone()])?,
                Step::Value { expression, filters, at } => {
                    let value = self.value(context, expression, *at)?;
                    self.write(context, value, filters, *at)?;
                }
                Step::Jump(target) => at = *target,
                Step::Unless(condition, target) => {
                    if !self.found(context, condition)?.is_some_and(|value| is_true(&value)) {
                        at = *target;
                    }
                }
                Step::Begin { names, over, none, at: place } => {
                    let over = self.value(context, over, *place)?;
                    let (keys, values) = self.walked(context, &over, names, *place)?;
                    if values.is_empty() {
                        at = *none;
                    } else {
                        self.loops.push(Loop { names, keys, values, at: 0 });
                    }
                }
                Step::Next(first) => {
                    let Some(inner) = self.loops.last_mut() else { continue };
                    inner.at += 1;
                    if inner.at < inner.values.len() {
                        at = *first;
                    } else {
                        self.loops.pop();
                    }
                }
            }
        }
        Ok(())
    }

    /// What a loop walks over.
    fn walked(
        &self,
        context: &mut Context<'_>,
        over: &Value,
        names: &Names,
        at: usize,
    ) -> Rendered<(Vec<Value>, Vec<Value>)> {
        let is_keyed = match over.tag() {
            Tag::Record => true,
            Tag::Map => over.as_map().is_some_and(|map| !map.is_set()),
            _ => false,
        };
        if is_keyed {
            let (keys, values) = entries(over, context.heap());
            context.work(keys.len())?;
            return match names.second {
                Some(_) => Ok((keys, values)),
                None => Ok((Vec::new(), keys)),
            };
        }
        if names.second.is_some() {
            return Err(Fault::new(
                at,
                format!("keys and values are walked over in a record or map, not in {}", describe(over)),
            )
            .into());
        }
        let values = match over.tag() {
            Tag::Null => Vec::new(),
            Tag::List => over.as_list().map(|list| list.items().to_vec()).unwrap_or_default(),
            Tag::Map => entries(over, context.heap()).0,
            Tag::Foreign => {
                let object = over.as_foreign().map(|foreign| foreign.object());
                let Some((object, length)) = object.and_then(|object| Some((object, object.length()?))) else {
                    return Err(no_walk(over, at));
                };
                context.work(length)?;
                (0..length).filter_map(|index| object.element(index, context.heap())).collect()
            }
            _ => return Err(no_walk(over, at)),
        };
        context.work(values.len())?;
        Ok((Vec::new(), values))
    }

    /// A value that must be there.
    fn value(&self, context: &mut Context<'_>, expression: &Expression, at: usize) -> Rendered<Value> {
        if let Some(value) = self.found(context, expression)? {
            return Ok(value);
        }
        let (path, at) = match expression {
            Expression::Path(path, at) => (path.join("."), *at),
            _ => (String::new(), at),
        };
        let fault = Fault::new(at, format!("the data has no `{path}`"));
        Err(fault.with_hint("`{{ name ?? \"\" }}` says what stands for what is not there").into())
    }

    /// What an expression is; none if a name in it is not there.
    fn found(&self, context: &mut Context<'_>, expression: &Expression) -> Rendered<Option<Value>> {
        Ok(match expression {
            Expression::Literal(literal) => Some(match literal {
                Literal::Null => Value::NULL,
                Literal::Bool(truth) => Value::bool(*truth),
                Literal::Int(integer) => Value::int(*integer),
                Literal::Float(float) => Value::float(*float),
                Literal::Text(text) => context.heap().string(text),
            }),
            Expression::Path(path, _) => self.path(context, path),
            Expression::Not(inner) => {
                let value = self.found(context, inner)?;
                Some(Value::bool(!value.is_some_and(|value| is_true(&value))))
            }
            Expression::And(left, right) => match self.found(context, left)?.filter(is_true) {
                None => Some(Value::FALSE),
                Some(_) => self.found(context, right)?.or(Some(Value::NULL)),
            },
            Expression::Or(left, right) => match self.found(context, left)?.filter(is_true) {
                None => self.found(context, right)?.or(Some(Value::NULL)),
                found => found,
            },
            Expression::Else(first, second) => match self.found(context, first)?.filter(|value| !value.is_null()) {
                None => self.found(context, second)?,
                found => found,
            },
            Expression::Compare(comparison, left, right, at) => {
                let left = self.found(context, left)?.unwrap_or_default();
                let right = self.found(context, right)?.unwrap_or_default();
                Some(Value::bool(compared(context, *comparison, &left, &right, *at)?))
            }
        })
    }

    fn path(&self, context: &Context<'_>, path: &[String]) -> Option<Value> {
        let (first, rest) = path.split_first()?;
        let mut value = self.name(context, first, rest.first())?;
        let rest = if first == "loop" && !self.loops.is_empty() { rest.get(1..).unwrap_or_default() } else { rest };
        for name in rest {
            value = member(&value, name, context)?;
        }
        Some(value)
    }

    /// What a name stands for: in the innermost loop that has it, else in the data.
    fn name(&self, context: &Context<'_>, name: &str, next: Option<&String>) -> Option<Value> {
        if name == "loop"
            && let Some(inner) = self.loops.last()
        {
            return match next.map(String::as_str) {
                Some("index") => Some(Value::int(inner.at as i64 + 1)),
                Some("first") => Some(Value::bool(inner.at == 0)),
                Some("last") => Some(Value::bool(inner.at + 1 == inner.values.len())),
                _ => None,
            };
        }
        for inner in self.loops.iter().rev() {
            let own = if inner.keys.is_empty() { &inner.values } else { &inner.keys };
            if inner.names.first == name {
                return own.get(inner.at).cloned();
            }
            if inner.names.second.as_deref() == Some(name) {
                return inner.values.get(inner.at).cloned();
            }
        }
        member(self.data, name, context)
    }

    fn write(&mut self, context: &mut Context<'_>, value: Value, filters: &[Filter], at: usize) -> Rendered<()> {
        let mut value = value;
        let mut is_raw = false;
        for filter in filters {
            value = match filter {
                Filter::Raw => {
                    is_raw = true;
                    value
                }
                Filter::Length => {
                    let length = match value.as_str() {
                        Some(text) => Some(text.chars().count()),
                        None => motet_vm::builtins::iterate::length(&value),
                    };
                    match length {
                        Some(length) => Value::int(length as i64),
                        None => return Err(Fault::new(at, format!("{} has no length", describe(&value))).into()),
                    }
                }
                Filter::Join => {
                    let Some(items) = value.as_list().map(|list| list.items().to_vec()) else {
                        return Err(Fault::new(at, format!("a list is joined, not {}", describe(&value))).into());
                    };
                    let mut joined = String::new();
                    for (index, item) in items.iter().enumerate() {
                        let text = context.text_of(item, false)?;
                        add_text(context, self.function, &mut joined, if index > 0 { ", " } else { "" })?;
                        add_text(context, self.function, &mut joined, &text)?;
                    }
                    context.heap().string(&joined)
                }
                Filter::Upper | Filter::Lower | Filter::Trim => {
                    let text = context.text_of(&value, false)?;
                    context.work(text.len() / 16)?;
                    let text = match filter {
                        Filter::Upper => text.to_uppercase(),
                        Filter::Lower => text.to_lowercase(),
                        _ => text.trim().to_owned(),
                    };
                    context.heap().string(&text)
                }
            };
        }
        if value.is_null() {
            return Ok(());
        }
        let text = context.text_of(&value, false)?;
        if is_raw || !self.template.is_html {
            return Ok(add_text(context, self.function, &mut self.out, &text)?);
        }
        let mut rest = text.as_str();
        while let Some(place) = rest.find(['&', '<', '>', '"', '\'']) {
            add_text(context, self.function, &mut self.out, &rest[..place])?;
            let escaped = match rest.as_bytes()[place] {
                b'&' => "&amp;",
                b'<' => "&lt;",
                b'>' => "&gt;",
                b'"' => "&quot;",
                _ => "&#39;",
            };
            add_text(context, self.function, &mut self.out, escaped)?;
            rest = &rest[place + 1..];
        }
        Ok(add_text(context, self.function, &mut self.out, rest)?)
    }
}

#[cold]
fn no_walk(value: &Value, at: usize) -> Stop {
    Fault::new(at, format!("a list, a set, a record or a map is walked over, not {}", describe(value))).into()
}

/// What counts as true in a condition: as in the language, and what is empty does not, as in templates elsewhere.
fn is_true(value: &Value) -> bool {
    let is_empty = match value.tag() {
        Tag::String => value.as_str().is_some_and(str::is_empty),
        Tag::List | Tag::Map | Tag::Record => motet_vm::builtins::iterate::length(value) == Some(0),
        Tag::Int | Tag::Float => value.as_number() == Some(0.0),
        _ => false,
    };
    !is_empty && value.is_truthy()
}

/// What is behind a point: a field, the value of a key, or an element.
fn member(value: &Value, name: &str, context: &Context<'_>) -> Option<Value> {
    if let Some(fields) = value.as_fields() {
        return fields.get(name);
    }
    if let Some(map) = value.as_map() {
        return map.get(&context.heap().string(name));
    }
    let list = value.as_list()?;
    list.get(name.parse().ok()?)
}

fn compared(
    context: &mut Context<'_>,
    comparison: Comparison,
    left: &Value,
    right: &Value,
    at: usize,
) -> Rendered<bool> {
    match comparison {
        Comparison::Equal => return Ok(context.is_equal(left, right)?),
        Comparison::Unequal => return Ok(!context.is_equal(left, right)?),
        Comparison::In => return contains(context, left, right, at),
        _ => {}
    }
    let Some(order) = context.compare(left, right)? else {
        let message = format!("{} and {} have no order", describe(left), describe(right));
        return Err(Fault::new(at, message).into());
    };
    Ok(match comparison {
        Comparison::Less => order == Ordering::Less,
        Comparison::LessEqual => order != Ordering::Greater,
        Comparison::Greater => order == Ordering::Greater,
        _ => order != Ordering::Less,
    })
}

fn contains(context: &mut Context<'_>, part: &Value, whole: &Value, at: usize) -> Rendered<bool> {
    if let Some(text) = whole.as_str() {
        context.work(text.len() / 64)?;
        return Ok(part.as_str().is_some_and(|part| text.contains(part)));
    }
    if let Some(map) = whole.as_map() {
        return Ok(map.get(part).is_some());
    }
    if let Some(record) = whole.as_record() {
        return Ok(part.as_str().is_some_and(|name| record.get(name).is_some()));
    }
    let Some(items) = whole.as_list().map(|list| list.items().to_vec()) else {
        if whole.is_null() {
            return Ok(false);
        }
        return Err(Fault::new(at, format!("nothing is in {}", describe(whole))).into());
    };
    for item in &items {
        context.work(1)?;
        if context.is_equal(item, part)? {
            return Ok(true);
        }
    }
    Ok(false)
}
