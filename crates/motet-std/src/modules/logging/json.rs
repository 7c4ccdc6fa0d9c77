//! Fields of a line as JSON. Values lie few deep there: what lies deeper, and what JSON has no form for, is written as its
//! text.

use motet_vm::json::quote;
use motet_vm::memory::{Tag, Value};
use motet_vm::{Context, Result};

/// How deep lists and records are written as such.
const DEPTH: usize = 8;

pub(super) fn write(context: &mut Context<'_>, out: &mut String, value: &Value) -> Result<()> {
    write_at(context, out, value, DEPTH)
}

fn write_at(context: &mut Context<'_>, out: &mut String, value: &Value, depth: usize) -> Result<()> {
    context.work(1)?;
    match value.tag() {
        Tag::Null | Tag::True | Tag::False | Tag::Int => out.push_str(&context.text_of(value, false)?),
        Tag::Float if value.as_float().is_some_and(f64::is_finite) => out.push_str(&context.text_of(value, false)?),
        Tag::List if depth > 0 => {
            let items = value.as_list().expect("a list").items().to_vec();
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_at(context, out, item, depth - 1)?;
            }
            out.push(']');
        }
        Tag::Record if depth > 0 => {
            let mut fields = Vec::new();
            let record = value.as_record().expect("a record");
            record.for_each(|name, value| fields.push((name.as_str().to_owned(), value.clone())));
            out.push('{');
            for (index, (name, value)) in fields.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                quote(out, name);
                out.push(':');
                write_at(context, out, value, depth - 1)?;
            }
            out.push('}');
        }
        _ => {
            let text = match context.error_line(value) {
                Some(line) => line,
                None => context.text_of(value, false)?,
            };
            quote(out, &text);
        }
    }
    Ok(())
}
