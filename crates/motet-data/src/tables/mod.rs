//! Tables: typed columns with names. The function `table`, the module `tables`, and the methods of tables.
//!
//! | module | its one job |
//! |---|---|
//! | `texts` | many texts in one string |
//! | `column` | cells of one type, any of which may be missing |
//! | `table` | columns of equal length with names, as values of programs |
//! | `read` | tables of records and of columns |
//! | `csv`, `plain` | tables of CSV; rows of it without quotes |
//! | `growing` | columns of CSV, which find their type while they are read |
//! | `fields` | what a field of CSV is |
//! | `write` | tables as CSV and JSON lines |
//! | `keys` | rows that have the same cells; their order |
//! | `aggregate` | what stands for many cells |
//! | `calls` | functions of the program that are called with rows |
//! | `combine` | groups, joins, pivots, rolling windows, descriptions |
//! | `print` | tables as people read them |
//! | `natives` | what programs call |
//!
//! A table is immutable: each step gives a new one, which shares the columns that did not change.

mod aggregate;
mod calls;
mod column;
mod combine;
mod csv;
mod fields;
mod growing;
mod keys;
mod natives;
mod plain;
mod print;
mod read;
mod table;
mod texts;
mod write;

pub(crate) use natives::{METHODS, MODULE, NATIVES};
pub(crate) use table::TABLE;

use motet_vm::builtins::Field;
use table::Table;

pub(crate) static FIELDS: &[Field] = &[
    Field {
        kind: &TABLE,
        name: "names",
        read: |isolate, value| {
            let heap = isolate.heap();
            Some(heap.list(Table::of(value)?.names.iter().map(|name| heap.string(name)).collect()))
        },
        documentation: "The names of its columns: a list.",
    },
    Field {
        kind: &TABLE,
        name: "types",
        read: |isolate, value| {
            let (heap, table) = (isolate.heap(), Table::of(value)?);
            let mut layout = table.layout();
            let kinds = table.columns.iter().map(|column| heap.string(column.kind().name())).collect();
            Some(layout.record(kinds, heap))
        },
        documentation: "The types of its columns by their names: \"int\", \"float\", \"bool\", \"text\" or \"date\".",
    },
];
