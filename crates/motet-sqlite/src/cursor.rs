//! Rows that are read as they are asked for.
//!
//! Rows borrow their statement, so an open cursor is a frame on the stack of the connection's thread: it serves the jobs of
//! the connection until one is for itself. Loops in loops are cursors in cursors. When a program goes on with one that is
//! further out, those further in read what is left of their rows and give way.

use crate::cell::{Cell, Table};
use crate::connection::{Answer, Limits, Parameters, Turn, Worker, failure};
use motet_vm::ErrorKind;
use motet_vm::operation::{Operation, OperationError};
use rusqlite::{Rows, Statement};
use std::cell::RefCell;
use std::collections::HashMap;

/// Rows, and the bytes in them, that come at once.
const PORTION: Limits = Limits { rows: 256, bytes: 1 << 20 };
/// What a cursor that gives way may read.
const REST: Limits = Limits { rows: 1 << 20, bytes: 1 << 28 };
/// Cursors that may be open one inside the other.
const DEPTH: usize = 64;

/// Some rows; the last ones if `is_end`.
pub struct Portion {
    pub table: Table,
    pub is_end: bool,
}

/// What cursors have read that gave way.
#[derive(Default)]
pub struct Cursors {
    read: RefCell<HashMap<u64, Answer<Table>>>,
}

impl Cursors {
    /// Gives the rows of a cursor that gave way; the operation comes back if it is none of those.
    pub fn next_read(&self, cursor: u64, operation: Operation<Portion>) -> Option<Operation<Portion>> {
        let mut read = self.read.borrow_mut();
        let Some(rest) = read.get_mut(&cursor) else { return Some(operation) };
        let portion = match rest {
            Err(error) => Err(error.clone()),
            Ok(table) => {
                let count = table.rows.len().min(PORTION.rows);
                let rows = table.rows.drain(..count).collect();
                Ok(Portion { table: Table { columns: table.columns.clone(), rows }, is_end: table.rows.is_empty() })
            }
        };
        if portion.as_ref().is_ok_and(|portion| portion.is_end) {
            read.remove(&cursor);
        }
        drop(read);
        operation.complete(portion);
        None
    }

    fn keep(&self, cursor: u64, rest: Answer<Table>) {
        self.read.borrow_mut().insert(cursor, rest);
    }

    pub fn forget(&self, cursor: u64) {
        self.read.borrow_mut().remove(&cursor);
    }
}

/// Binds the parameters of a statement: each exactly once.
pub fn bind(statement: &mut Statement<'_>, parameters: &Parameters, name: &str) -> Answer<()> {
    let wanted = statement.parameter_count();
    let wrong = |message: String| OperationError::new(ErrorKind::ValueError, format!("{name}: {message}"));
    match parameters {
        Parameters::Positional(cells) => {
            if cells.len() != wanted {
                return Err(wrong(format!("the statement has {wanted} parameters, and {} are given", cells.len())));
            }
            for (index, cell) in cells.iter().enumerate() {
                statement.raw_bind_parameter(index + 1, cell).map_err(|error| failure(name, &error))?;
            }
        }
        Parameters::Named(cells) => {
            let mut is_bound = vec![false; wanted];
            for (own, cell) in cells {
                let find = |sign: &str| statement.parameter_index(&format!("{sign}{own}")).ok().flatten();
                let Some(index) = [":", "@", "$"].into_iter().find_map(find) else {
                    return Err(wrong(format!("the statement has no parameter :{own}")));
                };
                statement.raw_bind_parameter(index, cell).map_err(|error| failure(name, &error))?;
                is_bound[index - 1] = true;
            }
            if let Some(missing) = is_bound.iter().position(|is_bound| !is_bound) {
                let shown = statement.parameter_name(missing + 1).unwrap_or("?");
                return Err(wrong(format!("nothing is given for the parameter {shown}")));
            }
        }
    }
    Ok(())
}

/// The names of the columns, which become fields: each must be another.
pub fn columns(statement: &Statement<'_>, name: &str) -> Answer<Vec<String>> {
    let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
    for (index, column) in columns.iter().enumerate() {
        if columns[..index].contains(column) {
            let message = format!("{name}: two columns of the answer are named {column}");
            return Err(OperationError::new(ErrorKind::ValueError, message)
                .with_hint("give one of them another name: `SELECT a.id AS a_id, b.id AS b_id …`"));
        }
    }
    Ok(columns)
}

/// Reads rows up to the limits: true at the end. A full portion is none too much.
pub fn read_rows(rows: &mut Rows<'_>, table: &mut Table, limits: Limits, name: &str) -> Answer<bool> {
    let width = table.columns.len();
    let mut bytes = 0;
    while table.rows.len() < limits.rows && bytes < limits.bytes {
        let Some(row) = rows.next().map_err(|error| failure(name, &error))? else { return Ok(true) };
        let cells = (0..width).map(|index| row.get_ref(index).map(Cell::of)).collect::<Result<Vec<_>, _>>();
        let cells = cells.map_err(|error| failure(name, &error))?;
        bytes += size_of::<Vec<Cell>>() + cells.iter().map(Cell::size).sum::<usize>();
        table.rows.push(cells);
    }
    Ok(false)
}

impl Worker<'_> {
    /// Begins a cursor, and serves the connection until its last row has been asked for or it is closed.
    pub fn open_cursor(&self, number: u64, cursor: u64, sql: &str, parameters: &Parameters, operation: Operation<()>) {
        if self.depth.get() >= DEPTH {
            let message = format!("{}: more than {DEPTH} answers are read at once", self.name);
            return operation.complete(Err(OperationError::new(ErrorKind::LimitError, message)));
        }
        let prepared = self.interruptible(number, || {
            let mut statement = self.connection.prepare(sql).map_err(|error| failure(&self.name, &error))?;
            bind(&mut statement, parameters, &self.name)?;
            let columns = columns(&statement, &self.name)?;
            Ok((statement, columns))
        });
        let (mut statement, columns) = match prepared {
            Ok(prepared) => prepared,
            Err(error) => return operation.complete(Err(error)),
        };
        operation.complete(Ok(()));
        let mut rows = statement.raw_query();
        self.depth.set(self.depth.get() + 1);
        self.serve_cursor(cursor, &mut rows, &columns);
        self.depth.set(self.depth.get() - 1);
    }

    fn serve_cursor(&self, cursor: u64, rows: &mut Rows<'_>, columns: &[String]) {
        let empty = || Table { columns: columns.to_vec(), rows: Vec::new() };
        loop {
            match self.serve(Some(cursor)) {
                Turn::Next(operation, number) => {
                    let mut table = empty();
                    let read = self.interruptible(number, || {
                        if operation.is_cancelled() {
                            return None;
                        }
                        Some(read_rows(rows, &mut table, PORTION, &self.name))
                    });
                    // The next task that asks gets these rows.
                    let Some(read) = read else { continue };
                    let goes_on = matches!(read, Ok(false));
                    operation.complete(read.map(|is_end| Portion { table, is_end }));
                    if !goes_on {
                        return;
                    }
                }
                Turn::Close | Turn::End => return,
                Turn::GiveWay => {
                    let mut table = empty();
                    let rest = match read_rows(rows, &mut table, REST, &self.name) {
                        Ok(true) => Ok(table),
                        Ok(false) => {
                            let message = format!(
                                "{}: two answers are read in turn, and too many rows are left of one",
                                self.name
                            );
                            Err(OperationError::new(ErrorKind::LimitError, message)
                                .with_hint("read one of them whole first: db.query(sql)"))
                        }
                        Err(error) => Err(error),
                    };
                    self.cursors.keep(cursor, rest);
                    return;
                }
            }
        }
    }
}
