//! What programs call: the module `sqlite`, and the methods of connections.

use crate::cell::{Cell, Table};
use crate::connection::{Answer, Limits, Parameters, Shared, Work, failure};
use crate::cursor::{Portion, bind, columns, read_rows};
use motet_std::access::{self, Gate};
use motet_std::arguments::{over, time_limit};
use motet_std::record;
use motet_std::runtime::block;
use motet_vm::builtins::arguments::{WithOptions, text};
use motet_vm::builtins::{Entry, NativeModule, Place};
use motet_vm::memory::{ForeignKind, ForeignObject, Value};
use motet_vm::native::{Arguments, Outcome};
use motet_vm::operation::{Operation, OperationError};
use motet_vm::{Context, ErrorKind, Result};
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::{Connection, OpenFlags};
use std::sync::Arc;
use std::time::Duration;

pub static DATABASE: ForeignKind = ForeignKind::new("Database");

/// A connection, or a transaction of one.
struct Database {
    shared: Arc<Shared>,
    /// 0 is the connection itself.
    handle: u64,
}

impl ForeignObject for Database {
    fn kind(&self) -> &'static ForeignKind {
        &DATABASE
    }

    fn display(&self) -> Option<String> {
        Some(format!("<Database {}>", self.shared.name))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // A transaction that its task left without an end is undone.
        if self.handle != 0 {
            self.shared.tell(self.handle, Work::End { handle: self.handle, keeps: false, operation: None });
        }
    }
}

/// Rows that are read as they are asked for.
struct Cursor {
    database: Arc<Database>,
    number: u64,
}

static CURSOR: ForeignKind = ForeignKind::new("Cursor");

impl ForeignObject for Cursor {
    fn kind(&self) -> &'static ForeignKind {
        &CURSOR
    }
}

impl Drop for Cursor {
    fn drop(&mut self) {
        self.database.shared.tell(self.database.handle, Work::CloseCursor { cursor: self.number });
    }
}

/// How long a database that another holds is waited for, unless the program says otherwise.
const BUSY: Duration = Duration::from_secs(5);

/// What the path of a database has to pass: reading, and writing if it may be changed.
fn gates(context: &Context<'_>, path: &str, is_read_only: bool) -> Result<Vec<Gate>> {
    let mut gates = vec![access::reading(context, path)?];
    if !is_read_only {
        gates.push(access::writing(context, path)?);
    }
    Ok(gates)
}

/// Statements that open other files: a sandbox knows those alone that `sqlite.open` has asked for.
fn refuse_files(context: AuthContext<'_>) -> Authorization {
    /// `SQLITE_ATTACH` with a name that is not a plain text.
    const ATTACH: i32 = 24;
    match context.action {
        AuthAction::Attach { filename } if !filename.is_empty() && filename != ":memory:" => Authorization::Deny,
        AuthAction::Unknown { code: ATTACH, .. } => Authorization::Deny,
        _ => Authorization::Allow,
    }
}

fn open(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "sqlite.open";
    let options = WithOptions::of(NAME, arguments, 1, &["readonly", "create", "busy"])?;
    let path = text(NAME, options.at(0).unwrap_or(&Value::NULL))?.as_str().to_owned();
    let is_read_only = options.flag("readonly");
    let creates = options.option("create").is_none_or(|create| create.is_truthy());
    let busy = time_limit(NAME, &options, "busy")?.unwrap_or(BUSY);
    let is_in_memory = path.is_empty() || path == ":memory:";
    let gates = if is_in_memory { Vec::new() } else { gates(context, &path, is_read_only)? };
    let permissions = context.permissions();
    let is_confined = !(permissions.read_files && permissions.write_files);
    let work = move || -> Answer<Arc<Shared>> {
        let mut place = std::path::PathBuf::from(&path);
        for gate in &gates {
            place = gate.pass(&path)?;
        }
        let mut flags = OpenFlags::SQLITE_OPEN_NO_MUTEX;
        flags |= if is_read_only { OpenFlags::SQLITE_OPEN_READ_ONLY } else { OpenFlags::SQLITE_OPEN_READ_WRITE };
        if creates && !is_read_only {
            flags |= OpenFlags::SQLITE_OPEN_CREATE;
        }
        Shared::open(&path, busy, move || {
            let mut connection = Connection::open_with_flags(&place, flags)?;
            connection.busy_timeout(busy)?;
            if is_confined {
                connection.authorizer(Some(refuse_files as for<'r> fn(AuthContext<'r>) -> Authorization))?;
            }
            // A file that is no database is found out here and not by a later statement.
            connection.query_row("SELECT count(*) FROM sqlite_master", [], |_| Ok(()))?;
            Ok(connection)
        })
    };
    context.wait_for(
        NAME,
        |operation| block(operation, work),
        |context, shared| Ok(context.heap().shared_foreign(Arc::new(Database { shared, handle: 0 }))),
    )
}

fn own(arguments: &Arguments<'_>) -> Arc<Database> {
    let database = arguments.at(0).as_foreign().and_then(|foreign| foreign.shared_as::<Database>());
    database.expect("a method of databases")
}

/// What stands behind the statement: a list, a record with names, or the values themselves.
fn parameters(function: &str, arguments: &Arguments<'_>) -> Result<Parameters> {
    let given = &arguments.positional()[2..];
    if let [only] = given {
        if let Some(list) = only.as_list() {
            let cells = list.items().iter().map(|value| Cell::from_value(function, value)).collect::<Result<_>>()?;
            return Ok(Parameters::Positional(cells));
        }
        if let Some(record) = only.as_record() {
            let mut fields = Vec::new();
            record.for_each(|name, value| fields.push((name.as_str().to_owned(), value.clone())));
            let named = fields.into_iter().map(|(name, value)| Ok((name, Cell::from_value(function, &value)?)));
            return Ok(Parameters::Named(named.collect::<Result<_>>()?));
        }
    }
    let cells = given.iter().map(|value| Cell::from_value(function, value)).collect::<Result<_>>()?;
    Ok(Parameters::Positional(cells))
}

/// Has the connection do something with a statement.
fn with_statement<T: Send + 'static>(
    context: &mut Context<'_>,
    name: &'static str,
    arguments: &Arguments<'_>,
    work: impl FnOnce(&Connection, &str, &Parameters, &str) -> Answer<T> + Send + 'static,
    value: fn(&mut Context<'_>, T) -> Result<Value>,
) -> Result<Outcome> {
    let database = own(arguments);
    let sql = text(name, arguments.at(1))?.as_str().to_owned();
    let parameters = parameters(name, arguments)?;
    ask(context, name, &database, move |connection, shown| work(connection, &sql, &parameters, shown), value)
}

/// Has the connection do something.
fn ask<T: Send + 'static>(
    context: &mut Context<'_>,
    name: &'static str,
    database: &Arc<Database>,
    work: impl FnOnce(&Connection, &str) -> Answer<T> + Send + 'static,
    value: fn(&mut Context<'_>, T) -> Result<Value>,
) -> Result<Outcome> {
    // While the task waits, the connection is in use, even if the program holds it nowhere else.
    let in_use = database.clone();
    let shown = database.shared.name.clone();
    let begin = |operation: Operation<T>| {
        database.shared.ask(database.handle, operation, |operation| {
            Work::Do(Box::new(move |connection: Answer<&Connection>| {
                if operation.is_cancelled() {
                    return;
                }
                let done = connection.and_then(|connection| work(connection, &shown));
                // What was interrupted because nothing waits for it has no result.
                if !operation.is_cancelled() {
                    operation.complete(done);
                }
            }))
        })
    };
    context.wait_for(name, begin, move |context, given| {
        let value = value(context, given);
        drop(in_use);
        value
    })
}

fn query(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let limits = Limits { rows: context.most_items() / 4, bytes: context.most_text() / 4 };
    let work = move |connection: &Connection, sql: &str, parameters: &Parameters, name: &str| {
        let mut statement = connection.prepare(sql).map_err(|error| failure(name, &error))?;
        bind(&mut statement, parameters, name)?;
        let mut table = Table { columns: columns(&statement, name)?, rows: Vec::new() };
        if read_rows(&mut statement.raw_query(), &mut table, limits, name)? {
            return Ok(table);
        }
        let message = format!("{name}: the answer has more than {} rows or {} bytes", limits.rows, limits.bytes);
        Err(OperationError::new(ErrorKind::LimitError, message)
            .with_hint("db.rows(sql) gives the rows one after the other"))
    };
    with_statement(context, "query", &arguments, work, |context, table| table.into_value(context))
}

fn execute(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let work = |connection: &Connection, sql: &str, parameters: &Parameters, name: &str| {
        let mut statement = connection.prepare(sql).map_err(|error| failure(name, &error))?;
        bind(&mut statement, parameters, name)?;
        let before = connection.total_changes();
        let mut rows = statement.raw_query();
        while rows.next().map_err(|error| failure(name, &error))?.is_some() {}
        Ok((connection.total_changes() - before, connection.last_insert_rowid()))
    };
    with_statement(context, "execute", &arguments, work, |context, (changes, last)| {
        Ok(record(context, [("changes", Value::int(changes as i64)), ("last_id", Value::int(last))]))
    })
}

fn script(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let sql = text("script", arguments.at(1))?.as_str().to_owned();
    let work = move |connection: &Connection, name: &str| {
        connection.execute_batch(&sql).map_err(|error| failure(name, &error))
    };
    ask(context, "script", &own(&arguments), work, |_, ()| Ok(Value::NULL))
}

fn close(_: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    own(&arguments).shared.close();
    Ok(Value::NULL.into())
}

fn rows(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    over(context, "std:sqlite", "each_row", &arguments)
}

fn transaction(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    over(context, "std:sqlite", "in_transaction", &arguments)
}

/// `open_cursor(db, sql, ...parameters)`
fn open_cursor(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "rows";
    let database = own(&arguments);
    let sql = text(NAME, arguments.at(1))?.as_str().to_owned();
    let parameters = parameters(NAME, &arguments)?;
    let number = database.shared.number();
    let cursor = Cursor { database: database.clone(), number };
    let begin = |operation: Operation<()>| {
        database.shared.ask(database.handle, operation, |operation| Work::OpenCursor {
            cursor: number,
            sql,
            parameters,
            operation,
        })
    };
    context.wait_for(NAME, begin, |context, ()| Ok(context.heap().foreign(Box::new(cursor))))
}

/// `next_rows(cursor)`: a list of rows, empty at the end.
fn next_rows(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let cursor = arguments.at(0).as_foreign().and_then(|foreign| foreign.downcast::<Cursor>());
    let cursor = cursor.expect("`open_cursor` made it");
    let (database, number) = (cursor.database.clone(), cursor.number);
    let begin = |operation: Operation<Portion>| {
        database.shared.ask(database.handle, operation, |operation| Work::NextRows { cursor: number, operation })
    };
    let in_use = database.clone();
    context.wait_for("rows", begin, move |context, portion| {
        drop(in_use);
        let is_end = Value::bool(portion.is_end);
        let rows = portion.table.into_value(context)?;
        Ok(record(context, [("rows", rows), ("is_end", is_end)]))
    })
}

/// `begin(db)`: a handle for what belongs to the transaction.
fn begin(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let database = own(&arguments);
    let handle = database.shared.number();
    let work = |operation: Operation<()>| {
        database.shared.ask(database.handle, operation, |operation| Work::Begin { handle, operation })
    };
    let (shared, in_use) = (database.shared.clone(), database.clone());
    context.wait_for("transaction", work, move |context, ()| {
        drop(in_use);
        Ok(context.heap().shared_foreign(Arc::new(Database { shared, handle })))
    })
}

/// `end(transaction, keeps)`
fn end(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let (database, keeps) = (own(&arguments), arguments.at(1).is_truthy());
    let handle = database.handle;
    let work = |operation: Operation<()>| {
        database.shared.ask(handle, operation, |operation| Work::End { handle, keeps, operation: Some(operation) })
    };
    let in_use = database.clone();
    context.wait_for("transaction", work, move |_, ()| {
        drop(in_use);
        Ok(Value::NULL)
    })
}

pub static MODULE: NativeModule = NativeModule {
    name: "sqlite",
    documentation: "Databases in a file. A row is a record by the names of the columns; values are null, integers, floats, strings and bytes. Parameters stand behind a statement, as `?` in order or as `:name` of a record. What SQLite refuses is an `IoError` with its words.",
    entries: &[
        Entry::function(
            "open(path, readonly: false, create: true, busy: 5000)",
            open,
            "A connection to the database in a file, which is made if it is missing; `\":memory:\"` is one in memory. What another connection holds is waited for as long as `busy` says, in milliseconds.",
        ),
        Entry::method(
            &DATABASE,
            "query(db, sql, ...parameters)",
            query,
            "A list of the rows that a statement gives: `db.query(\"SELECT * FROM users WHERE id = ?\", 3)`, or `:id` with `{id: 3}`.",
        )
        .at_least(2),
        Entry::method(
            &DATABASE,
            "rows(db, sql, ...parameters)",
            rows,
            "The same rows one after the other, as they are asked for: an answer may be larger than the memory.",
        )
        .at_least(2),
        Entry::method(
            &DATABASE,
            "execute(db, sql, ...parameters)",
            execute,
            "Runs a statement and gives `{changes, last_id}`: how many rows it changed, and the number of the last one that was inserted.",
        )
        .at_least(2),
        Entry::method(&DATABASE, "script(db, sql)", script, "Runs several statements, without parameters."),
        Entry::method(
            &DATABASE,
            "transaction(db, f)",
            transaction,
            "Calls `f` with a handle for statements that belong together, and gives what `f` gives. If it throws or is cancelled, everything is as before. Statements of others wait meanwhile. One inside another can be undone by itself.",
        ),
        Entry::method(
            &DATABASE,
            "close(db)",
            close,
            "Closes a connection. Tasks that wait for it get an error. One that nothing refers to any more is closed by itself.",
        ),
        Entry::function("open_cursor(db, sql, ...parameters)", open_cursor, "Begins to read rows.").at(Place::Hidden).at_least(2),
        Entry::function("next_rows(cursor)", next_rows, "The next rows.").at(Place::Hidden),
        Entry::function("begin(db)", begin, "Begins a transaction.").at(Place::Hidden),
        Entry::function("end(transaction, keeps)", end, "Ends a transaction.").at(Place::Hidden),
    ],
    source: Some(include_str!("sqlite.soc")),
};
