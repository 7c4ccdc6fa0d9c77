//! Values of the language to those of a database, and back.

use motet_vm::builtins::arguments::{bad_value, describe};
use motet_vm::memory::{FieldName, Value};
use motet_vm::{Context, Error, Result};
use rusqlite::ToSql;
use rusqlite::types::{ToSqlOutput, ValueRef};

/// What a column of a row holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Null,
    Int(i64),
    Float(f64),
    Text(String),
    Bytes(Vec<u8>),
}

impl ToSql for Cell {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Cell::Null => ValueRef::Null,
            Cell::Int(int) => ValueRef::Integer(*int),
            Cell::Float(float) => ValueRef::Real(*float),
            Cell::Text(text) => ValueRef::Text(text.as_bytes()),
            Cell::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

impl Cell {
    /// What a database gave; text that is no UTF-8 comes as its bytes.
    pub fn of(value: ValueRef<'_>) -> Cell {
        match value {
            ValueRef::Null => Cell::Null,
            ValueRef::Integer(int) => Cell::Int(int),
            ValueRef::Real(float) => Cell::Float(float),
            ValueRef::Text(text) => match std::str::from_utf8(text) {
                Ok(text) => Cell::Text(text.to_owned()),
                Err(_) => Cell::Bytes(text.to_vec()),
            },
            ValueRef::Blob(bytes) => Cell::Bytes(bytes.to_vec()),
        }
    }

    /// What a program gives for a parameter.
    pub fn from_value(function: &str, value: &Value) -> Result<Cell> {
        if let Some(int) = value.as_int() {
            return Ok(Cell::Int(int));
        }
        if value.is_null() {
            return Ok(Cell::Null);
        }
        if let Some(bool) = value.as_bool() {
            return Ok(Cell::Int(bool.into()));
        }
        match (value.as_float(), value.as_str(), value.as_bytes()) {
            (Some(float), _, _) if float.is_nan() => {
                Err(bad_value(format!("{function}: a database has no NaN"))
                    .with_hint("null stands for what is not known"))
            }
            (Some(float), _, _) => Ok(Cell::Float(float)),
            (_, Some(text), _) => Ok(Cell::Text(text.to_owned())),
            (_, _, Some(bytes)) => Ok(Cell::Bytes(bytes.to_vec())),
            _ => Err(Error::type_error(format!(
                "{function}: a parameter is null, a boolean, a number, a string or bytes, not {}",
                describe(value)
            ))
            .with_hint("a list or record is kept as text: json.stringify(x); a date as str(x)")),
        }
    }

    pub fn into_value(self, context: &Context<'_>) -> Value {
        match self {
            Cell::Null => Value::NULL,
            Cell::Int(int) => Value::int(int),
            Cell::Float(float) => Value::float(float),
            Cell::Text(text) => context.heap().string(&text),
            Cell::Bytes(bytes) => context.heap().bytes(bytes),
        }
    }

    /// Bytes that it takes, about.
    pub fn size(&self) -> usize {
        size_of::<Cell>()
            + match self {
                Cell::Text(text) => text.len(),
                Cell::Bytes(bytes) => bytes.len(),
                _ => 0,
            }
    }
}

/// Rows of the same columns.
#[derive(Debug, Default)]
pub struct Table {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A list of records.
    pub fn into_value(self, context: &mut Context<'_>) -> Result<Value> {
        let mut items = Vec::with_capacity(self.rows.len());
        let names: Vec<FieldName> = self.columns.iter().map(|name| FieldName::new(name, context.heap())).collect();
        for row in self.rows {
            context.work(row.len())?;
            let heap = context.heap();
            let record = heap.record(names.len());
            let fields = record.as_record().expect("just made");
            for (name, cell) in names.iter().zip(row) {
                fields.set_named(name.clone(), cell.into_value(context), heap).expect("a new record is not frozen");
            }
            items.push(record);
        }
        Ok(context.heap().list(items))
    }
}
