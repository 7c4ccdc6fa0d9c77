//! Tables as values of programs: columns of equal length with names. They are immutable, and all threads may share one.

use super::column::{Column, Rows};
use super::print;
use crate::layout::Layout;
use motet_vm::builtins::arguments::{bad_value, too_big, wrong};
use motet_vm::builtins::keyed::put_entry;
use motet_vm::memory::{ForeignKind, ForeignObject, Heap, Value, account};
use motet_vm::native::Arguments;
use motet_vm::{Context, Error, ErrorKind, Result, nearest};
use std::sync::Arc;

pub(crate) static TABLE: ForeignKind = ForeignKind::new("Table");

/// Rows of a table at most.
pub(super) const MOST_ROWS: usize = 1 << 28;

#[derive(Clone)]
pub(crate) struct Table {
    pub(super) names: Vec<Arc<str>>,
    pub(super) columns: Vec<Arc<Column>>,
    pub(super) length: usize,
}

impl Table {
    pub(super) fn new(names: Vec<Arc<str>>, columns: Vec<Arc<Column>>, length: usize) -> Table {
        debug_assert!(columns.iter().all(|column| column.len() == length));
        Table { names, columns, length }
    }

    /// The table that a value is.
    pub(super) fn of(value: &Value) -> Option<Arc<Table>> {
        value.as_foreign()?.shared_as::<Table>()
    }

    pub(super) fn place(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|own| &**own == name)
    }

    /// The place of a column that must be there.
    pub(super) fn find(&self, function: &str, name: &str) -> Result<usize> {
        self.place(name).ok_or_else(|| {
            let error = Error::new(ErrorKind::KeyError, format!("{function}: the table has no column {name:?}"));
            match nearest(name, self.names.iter().map(|name| &**name)) {
                Some(similar) => error.with_hint(format!("did you mean {similar:?}?")),
                None => error.with_hint(format!("its columns are {}", self.names.join(", "))),
            }
        })
    }

    /// The place of a column that a value names.
    pub(super) fn find_value(&self, function: &str, name: &Value) -> Result<usize> {
        let name = name.as_str().ok_or_else(|| wrong(function, "the name of a column", name))?;
        self.find(function, name)
    }

    /// The places of columns that are named one by one, or in a list.
    pub(super) fn find_all<'a>(
        &self,
        function: &str,
        names: impl IntoIterator<Item = &'a Value>,
    ) -> Result<Vec<usize>> {
        let mut places = Vec::new();
        for name in names {
            match name.as_list() {
                Some(list) => {
                    for name in list.items().iter() {
                        places.push(self.find_value(function, name)?);
                    }
                }
                None => places.push(self.find_value(function, name)?),
            }
        }
        Ok(places)
    }

    /// The rows at these places, in this order.
    pub(super) fn take(&self, context: &mut Context<'_>, function: &str, rows: &Rows) -> Result<Table> {
        let width = self.bytes() / self.length.max(1) + 8 * self.columns.len();
        check_room(context, function, width.saturating_mul(rows.len()))?;
        let mut columns = Vec::with_capacity(self.columns.len());
        for column in &self.columns {
            context.work(rows.len() / 4)?;
            columns.push(Arc::new(column.take(rows)));
        }
        Ok(Table::new(self.names.clone(), columns, rows.len()))
    }

    /// So many rows from a place on.
    pub(super) fn part(&self, context: &mut Context<'_>, function: &str, from: usize, to: usize) -> Result<Table> {
        let rows: Vec<u32> = (from as u32..to.max(from) as u32).collect();
        self.take(context, function, &rows)
    }

    /// With some columns alone, in this order.
    pub(super) fn with_columns(&self, places: &[usize]) -> Table {
        let names = places.iter().map(|&place| self.names[place].clone()).collect();
        let columns = places.iter().map(|&place| self.columns[place].clone()).collect();
        Table::new(names, columns, self.length)
    }

    /// Adds a column behind the others, or puts it in the place of the one that has its name.
    pub(super) fn put(&mut self, name: &str, column: Column) {
        match self.place(name) {
            Some(place) => self.columns[place] = Arc::new(column),
            None => {
                self.names.push(name.into());
                self.columns.push(Arc::new(column));
            }
        }
    }

    pub(super) fn bytes(&self) -> usize {
        self.columns.iter().map(|column| column.bytes()).sum()
    }

    /// A row as a record.
    pub(super) fn row(&self, row: usize, layout: &mut Layout, heap: &Heap) -> Value {
        layout.record(self.columns.iter().map(|column| column.cell(row).value(heap)).collect(), heap)
    }

    pub(super) fn layout(&self) -> Layout {
        let mut layout = Layout::default();
        for name in &self.names {
            layout.add(name);
        }
        layout
    }

    pub(super) fn give(self, context: &Context<'_>) -> Value {
        context.heap().shared_foreign(Arc::new(self))
    }
}

/// The table that a method is called of.
pub(super) fn own(arguments: &Arguments<'_>) -> Arc<Table> {
    Table::of(arguments.at(0)).expect("a method of tables")
}

/// A table that is an argument.
pub(super) fn argument(function: &str, value: &Value) -> Result<Arc<Table>> {
    Table::of(value).ok_or_else(|| wrong(function, "a table", value).with_hint("table(rows) makes one of records"))
}

/// There is room for so many bytes.
pub(super) fn check_room(context: &Context<'_>, function: &str, bytes: usize) -> Result<()> {
    let most = context.most_items().saturating_mul(size_of::<Value>());
    if bytes > most || bytes > account::room() / 2 { Err(too_big(function, bytes, most, "bytes")) } else { Ok(()) }
}

/// A table may have so many rows.
pub(super) fn check_rows(function: &str, rows: usize) -> Result<()> {
    if rows > MOST_ROWS { Err(too_big(function, rows, MOST_ROWS, "rows")) } else { Ok(()) }
}

/// Two columns have no name in common.
pub(super) fn check_names(function: &str, names: &[Arc<str>]) -> Result<()> {
    let mut seen = std::collections::HashSet::new();
    match names.iter().find(|name| !seen.insert(&***name)) {
        None => Ok(()),
        Some(name) => Err(bad_value(format!("{function}: two columns have the name {name:?}"))),
    }
}

impl ForeignObject for Table {
    fn kind(&self) -> &'static ForeignKind {
        &TABLE
    }

    fn bytes(&self) -> usize {
        Table::bytes(self)
    }

    fn length(&self) -> Option<usize> {
        Some(self.length)
    }

    fn element(&self, index: usize, heap: &Heap) -> Option<Value> {
        if index >= self.length {
            return None;
        }
        let record = heap.record(self.names.len());
        for (name, column) in self.names.iter().zip(&self.columns) {
            put_entry(&record, heap.string(name), column.cell(index).value(heap), heap);
        }
        Some(record)
    }

    fn missing_member(&self, name: &str) -> Option<String> {
        self.place(name).map(|_| format!("a column is `t[\"{name}\"]`"))
    }

    fn column_names(&self) -> Option<Vec<&str>> {
        Some(self.names.iter().map(|name| &**name).collect())
    }

    fn table_cell(&self, row: usize, column: usize, heap: &Heap) -> Value {
        let cell = self.columns.get(column).filter(|column| row < column.len());
        cell.map_or(Value::NULL, |column| column.cell(row).value(heap))
    }

    fn equals(&self, other: &dyn ForeignObject) -> bool {
        let Some(other) = other.downcast_ref::<Table>() else { return false };
        self.names == other.names && self.length == other.length && self.columns == other.columns
    }

    fn display(&self) -> Option<String> {
        Some(print::text(self, print::ROWS))
    }
}
