//! Fields to what programs get: records or lists, and values of types.

use super::reader::Reader;
use crate::layout::Layout;
use crate::numbers::{self, Number};
use crate::place::{Place, error_at};
use motet_vm::builtins::arguments::{WithOptions, bad_value, describe, wrong};
use motet_vm::memory::Value;
use motet_vm::{Context, Error, Result};

/// What the fields of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Type {
    Text,
    Guessed,
    Int,
    Float,
    Bool,
}

/// Where the names of the columns come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Header {
    /// The first row.
    Row,
    /// They are known.
    Known,
    /// There are none: rows are lists.
    None,
}

/// See the module.
pub(super) struct Rows {
    function: &'static str,
    header: Header,
    layout: Layout,
    /// What is asked for by the names of columns, until these are known.
    asked: Vec<(String, Type)>,
    /// Of each column; of those beyond it the last.
    types: Vec<Type>,
    otherwise: Type,
}

impl Rows {
    pub fn new(function: &'static str, given: &WithOptions<'_>) -> Result<Rows> {
        let mut rows = Rows {
            function,
            header: Header::Row,
            layout: Layout::default(),
            asked: Vec::new(),
            types: Vec::new(),
            otherwise: if given.flag("guess") { Type::Guessed } else { Type::Text },
        };
        if let Some(types) = given.option("types") {
            rows.asked = asked(function, &types)?;
        }
        match given.option("header") {
            None => {}
            Some(header) if header.as_bool() == Some(true) => {}
            Some(header) if header.as_bool() == Some(false) => {
                rows.header = Header::None;
                if !rows.asked.is_empty() {
                    return Err(bad_value(format!("{function}: types are for columns with names"))
                        .with_hint("give them names: header: [\"a\", \"b\"]"));
                }
            }
            Some(header) => {
                let Some(names) = header.as_list() else {
                    return Err(wrong(function, "true, false or a list of names as header", &header));
                };
                for name in names.items().iter() {
                    let Some(text) = name.as_str() else {
                        return Err(wrong(function, "a list of names as header", name));
                    };
                    if !rows.layout.add(text) {
                        return Err(bad_value(format!("{function}: two columns have the name {text:?}")));
                    }
                }
                rows.header = Header::Known;
                rows.set_types(None).map_err(|(_, message)| bad_value(format!("{function}: {message}")))?;
            }
        }
        Ok(rows)
    }

    /// The value of a row; none if it is the one with the names.
    pub fn row(&mut self, context: &mut Context<'_>, reader: &Reader) -> Result<Option<Value>> {
        if self.header == Header::Row {
            self.read_header(context, reader)?;
            return Ok(None);
        }
        let count = reader.fields().len();
        if self.header == Header::Known && count != self.layout.len() {
            let (line, wanted) = (reader.row_line(), self.layout.len());
            let plural = if count == 1 { "" } else { "s" };
            let message = format!("this row has {count} field{plural}, and the header {wanted}");
            return Err(error_at(
                context,
                self.function,
                Place { line, column: count.min(wanted) + 1 },
                &message,
                None,
            ));
        }
        let mut values = Vec::with_capacity(count);
        for (index, (field, is_quoted)) in reader.fields().enumerate() {
            let kind = self.types.get(index).copied().unwrap_or(self.otherwise);
            match value(context, kind, field, is_quoted) {
                Ok(value) => values.push(value),
                Err(expected) => return Err(self.wrong_field(context, reader, index, field, expected)),
            }
        }
        Ok(Some(match self.header {
            Header::None => context.heap().list(values),
            _ => self.layout.record(values, context.heap()),
        }))
    }

    fn read_header(&mut self, context: &mut Context<'_>, reader: &Reader) -> Result<()> {
        for (index, (name, _)) in reader.fields().enumerate() {
            context.work(1)?;
            if !self.layout.add(name) {
                let place = Place { line: reader.row_line(), column: index + 1 };
                let message = format!("two columns have the name {name:?}");
                let hint = "header: [\"a\", \"b\"] gives them other names, header: false makes lists of rows";
                return Err(error_at(context, self.function, place, &message, Some(hint)));
            }
        }
        self.header = Header::Known;
        let line = reader.row_line();
        self.set_types(Some(line)).map_err(|(line, message)| {
            error_at(context, self.function, Place { line: line.unwrap_or(1), column: 1 }, &message, None)
        })
    }

    /// The names are known: so are the types.
    fn set_types(&mut self, line: Option<usize>) -> std::result::Result<(), (Option<usize>, String)> {
        if self.asked.is_empty() {
            return Ok(());
        }
        self.types = vec![self.otherwise; self.layout.len()];
        for (name, kind) in &self.asked {
            match self.layout.place(name) {
                Some(place) => self.types[place] = *kind,
                None => return Err((line, format!("there is no column {name:?} to give a type to"))),
            }
        }
        Ok(())
    }

    #[cold]
    fn wrong_field(
        &self,
        context: &mut Context<'_>,
        reader: &Reader,
        index: usize,
        field: &str,
        expected: &str,
    ) -> Error {
        let place = Place { line: reader.row_line(), column: index + 1 };
        let shown: String = field.chars().take(40).collect();
        let name = self.layout.name(index).unwrap_or_default();
        error_at(context, self.function, place, &format!("{name:?} is {expected}, not {shown:?}"), None)
    }
}

/// The types that a record gives to columns.
fn asked(function: &str, types: &Value) -> Result<Vec<(String, Type)>> {
    let Some(fields) = types.as_record() else { return Err(wrong(function, "a record of types", types)) };
    let mut asked = Vec::new();
    let mut refused = None;
    fields.for_each(|name, kind| {
        let kind_name = kind.as_class().map(|class| class.name().as_str().to_owned());
        let kind_read = match kind_name.as_deref() {
            Some("Int") => Type::Int,
            Some("Float" | "Number") => Type::Float,
            Some("Bool") => Type::Bool,
            Some("String") => Type::Text,
            _ => {
                refused = Some(kind.clone());
                return;
            }
        };
        asked.push((name.as_str().to_owned(), kind_read));
    });
    match refused {
        None => Ok(asked),
        Some(kind) => Err(bad_value(format!("{function}: a column is not of the type {}", describe(&kind)))
            .with_hint("the types of columns are Int, Float, Bool and String")),
    }
}

/// The value of a field, or what it should have been.
#[inline]
fn value(context: &Context<'_>, kind: Type, field: &str, is_quoted: bool) -> std::result::Result<Value, &'static str> {
    Ok(match kind {
        Type::Text => context.heap().string(field),
        Type::Guessed if is_quoted => context.heap().string(field),
        Type::Guessed => guessed(context, field),
        _ if field.is_empty() => Value::NULL,
        Type::Int => Value::int(field.trim().parse().map_err(|_| "an integer of 64 bits")?),
        Type::Float => Value::float(field.trim().parse().map_err(|_| "a number")?),
        Type::Bool => truth(field.trim()).ok_or("true or false")?,
    })
}

fn truth(field: &str) -> Option<Value> {
    match field {
        "true" | "True" | "TRUE" => Some(Value::TRUE),
        "false" | "False" | "FALSE" => Some(Value::FALSE),
        _ => None,
    }
}

/// What a field looks like. What begins with 0 as numbers do not is a text, as post codes are.
fn guessed(context: &Context<'_>, field: &str) -> Value {
    match field.as_bytes().first() {
        None => return Value::NULL,
        Some(b'0'..=b'9' | b'-') => {
            if let Ok((number, end)) = numbers::read(field, 0)
                && end == field.len()
            {
                match number {
                    Number::Int(integer) => return Value::int(integer),
                    Number::Float(float) => return Value::float(float),
                    Number::Big(_) => {}
                }
            }
        }
        _ => {}
    }
    truth(field).unwrap_or_else(|| context.heap().string(field))
}
