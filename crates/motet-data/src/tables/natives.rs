//! What programs call of tables.

use super::aggregate::Aggregate;
use super::calls;
use super::column::{Builder, Cell};
use super::combine::{self, How, On};
use super::csv::{self, CSV_OPTIONS};
use super::keys::{all, distinct, sorted};
use super::print;
use super::read;
use super::table::{TABLE, Table, argument, check_names, check_room, check_rows, own};
use super::write;
use motet_vm::builtins::arguments::{
    WithOptions, bad_value, count, describe as shown, end_of_slice, integer, is_callable, out_of_range, place, wrong,
};
use motet_vm::builtins::iterate::entries;
use motet_vm::builtins::{Entry, NativeModule, Place};
use motet_vm::memory::Value;
use motet_vm::native::{Arguments, CallArguments, Outcome};
use motet_vm::{Context, Error, ErrorKind, Result};
use std::sync::Arc;

/// What a function of the libraries gives that this build may not have.
fn elsewhere(context: &Context<'_>, name: &str, arguments: &[Value]) -> Result<Outcome> {
    let function =
        context.builtin(name).ok_or_else(|| Error::new(ErrorKind::PermissionError, "this program has no files"))?;
    Ok(Outcome::TailCall { function, arguments: CallArguments::Many(arguments.to_vec()) })
}

fn make(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    Ok(read::of_value(context, "table", arguments.at(0))?.give(context).into())
}

fn parse_csv(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "tables.parse_csv";
    let given = WithOptions::of(NAME, arguments, 1, CSV_OPTIONS)?;
    Ok(csv::csv(context, NAME, &given)?.give(context).into())
}

fn content_of(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    elsewhere(context, "read_bytes", &[arguments.at(0).clone()])
}

/// Tables below one another: columns that one does not have are missing in its rows.
fn concat(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "concat";
    let list = arguments.get(0).and_then(Value::as_list).map(|list| list.items().to_vec());
    let given = match &list {
        Some(items) if arguments.len() == 1 => items.as_slice(),
        _ => arguments.positional(),
    };
    let tables = given.iter().map(|value| argument(NAME, value)).collect::<Result<Vec<_>>>()?;
    let length: usize = tables.iter().map(|table| table.length).sum();
    check_rows(NAME, length)?;
    check_room(context, NAME, tables.iter().map(|table| table.bytes()).sum())?;
    let mut names: Vec<Arc<str>> = Vec::new();
    for name in tables.iter().flat_map(|table| &table.names) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    let mut columns = Vec::with_capacity(names.len());
    for name in &names {
        let mut builder = Builder::default();
        for table in &tables {
            context.work(table.length)?;
            let column = table.place(name).map(|place| &table.columns[place]);
            for row in 0..table.length {
                let cell = column.map_or(Cell::Missing, |column| column.cell(row));
                builder.push(cell).map_err(|clash| {
                    Error::type_error(format!(
                        "{NAME}: column {name:?} is of the type {} in one table, and of the type {} in another",
                        clash.column.name(),
                        clash.cell.name()
                    ))
                })?;
            }
        }
        columns.push(Arc::new(builder.finish()));
    }
    Ok(Table::new(names, columns, length).give(context).into())
}

/// The cells of a column as a list.
fn cells(context: &mut Context<'_>, table: &Table, place: usize) -> Result<Value> {
    context.work(table.length)?;
    check_room(context, "column", table.length.saturating_mul(2 * size_of::<Value>()))?;
    let heap = context.heap();
    Ok(heap.list(table.columns[place].cells().map(|cell| cell.value(heap)).collect()))
}

fn column(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let table = own(&arguments);
    let place = table.find_value("column", arguments.at(1))?;
    Ok(cells(context, &table, place)?.into())
}

/// `table["price"]`, `table[["city", "price"]]`, `table[3]`, `table[2..5]`, `table[mask]`.
fn get_index(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "table[…]";
    let (table, index) = (own(&arguments), arguments.at(1));
    if arguments.len() > 2 {
        return Err(bad_value("a table has one index: a name, a list of names, a row, or a range of rows")
            .with_hint("table[row].column is one cell, table[\"column\"][row] too"));
    }
    if index.as_str().is_some() {
        let place = table.find_value(NAME, index)?;
        return Ok(cells(context, &table, place)?.into());
    }
    if let Some(row) = index.as_int() {
        let found = place(row, table.length).ok_or_else(|| out_of_range("table", row, table.length))?;
        return Ok(table.row(found, &mut table.layout(), context.heap()).into());
    }
    if let Some(range) = index.as_range() {
        let from = end_of_slice(range.start.unwrap_or(0), table.length);
        let last = range.end.map_or(table.length, |end| end_of_slice(end, table.length));
        let end = if range.inclusive && range.end.is_some() { (last + 1).min(table.length) } else { last };
        let step = usize::try_from(range.step).ok().filter(|step| *step > 0);
        let step = step.ok_or_else(|| bad_value("a range of rows has a step of 1 or more"))?;
        let rows: Vec<u32> = (from..end.max(from)).step_by(step).map(|row| row as u32).collect();
        return Ok(table.take(context, NAME, &rows)?.give(context).into());
    }
    let list =
        index.as_list().ok_or_else(|| wrong(NAME, "a name, a list of names, a row or a range of rows", index))?;
    let items = list.items().to_vec();
    if items.iter().any(|item| item.as_bool().is_some()) {
        return take_where(context, &table, &items);
    }
    Ok(table.with_columns(&table.find_all(NAME, &items)?).give(context).into())
}

fn set_index(_: &mut Context<'_>, _: Arguments<'_>) -> Result<Outcome> {
    Err(Error::type_error("a table does not change").with_hint("table.with({name: values}) gives another one"))
}

/// The rows whose value in a list is true.
fn take_where(context: &mut Context<'_>, table: &Table, items: &[Value]) -> Result<Outcome> {
    const NAME: &str = "filter";
    if items.len() != table.length {
        return Err(bad_value(format!("{NAME}: there are {} booleans for {} rows", items.len(), table.length)));
    }
    context.work(items.len())?;
    let mut rows = Vec::new();
    for (row, item) in items.iter().enumerate() {
        match item.as_bool() {
            Some(true) => rows.push(row as u32),
            Some(false) => {}
            // What is not known is not so.
            None if item.is_null() => {}
            None => return Err(wrong(NAME, &format!("true or false for each row, of which row {row}"), item)),
        }
    }
    Ok(table.take(context, NAME, &rows)?.give(context).into())
}

fn filter(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "filter";
    let (table, condition) = (own(&arguments), arguments.at(1));
    if let Some(list) = condition.as_list() {
        let items = list.items().to_vec();
        return take_where(context, &table, &items);
    }
    if is_callable(condition) {
        let rows = table.clone();
        let then = move |context: &mut Context<'_>, results: Vec<Value>| take_where(context, &table, &results);
        return calls::with_rows(context, NAME, rows, condition.clone(), Box::new(then));
    }
    if condition.as_record().is_none() {
        return Err(wrong(NAME, "a function, a record or a list of booleans", condition));
    }
    let (names, values) = entries(condition, context.heap());
    let mut rows = all(table.length);
    for (name, value) in names.iter().zip(&values) {
        let column = &table.columns[table.find_value(NAME, name)?];
        let wanted = Cell::of(value).ok_or_else(|| wrong(NAME, "values that columns hold", value))?;
        context.work(rows.len())?;
        rows.retain(|&row| column.cell(row as usize).is_same(wanted));
    }
    Ok(table.take(context, NAME, &rows)?.give(context).into())
}

fn rows_between(context: &mut Context<'_>, table: &Table, from: usize, end: usize) -> Result<Outcome> {
    context.work((end - from).saturating_mul(table.columns.len() + 1))?;
    check_room(context, "rows", (end - from).saturating_mul(48 + 16 * table.columns.len()))?;
    let mut layout = table.layout();
    let heap = context.heap();
    let rows = (from..end).map(|row| table.row(row, &mut layout, heap)).collect();
    Ok(heap.list(rows).into())
}

fn rows(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let table = own(&arguments);
    rows_between(context, &table, 0, table.length)
}

fn to_record(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let table = own(&arguments);
    let values = (0..table.columns.len()).map(|place| cells(context, &table, place)).collect::<Result<Vec<_>>>()?;
    Ok(table.layout().record(values, context.heap()).into())
}

fn select(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let table = own(&arguments);
    let places = table.find_all("select", &arguments.positional()[1..])?;
    let chosen = table.with_columns(&places);
    check_names("select", &chosen.names)?;
    Ok(chosen.give(context).into())
}

fn drop_columns(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let table = own(&arguments);
    let places = table.find_all("drop", &arguments.positional()[1..])?;
    let kept: Vec<usize> = (0..table.names.len()).filter(|place| !places.contains(place)).collect();
    Ok(table.with_columns(&kept).give(context).into())
}

fn rename(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "rename";
    let table = own(&arguments);
    if arguments.at(1).as_record().is_none() {
        return Err(wrong(NAME, "a record of new names, as in {old: \"new\"}", arguments.at(1)));
    }
    let (keys, values) = entries(arguments.at(1), context.heap());
    let mut renamed = (*table).clone();
    for (key, value) in keys.iter().zip(&values) {
        let name = value.as_str().ok_or_else(|| wrong(NAME, "texts as names of columns", value))?;
        renamed.names[table.find_value(NAME, key)?] = name.into();
    }
    check_names(NAME, &renamed.names)?;
    Ok(renamed.give(context).into())
}

/// How many rows are asked for: the second argument, or 10.
fn asked_rows(function: &str, arguments: &Arguments<'_>) -> Result<usize> {
    arguments.get(1).map_or(Ok(10), |given| count(function, "rows", given))
}

fn head(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let table = own(&arguments);
    let rows = asked_rows("head", &arguments)?.min(table.length);
    Ok(table.part(context, "head", 0, rows)?.give(context).into())
}

fn tail(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let table = own(&arguments);
    let rows = asked_rows("tail", &arguments)?.min(table.length);
    Ok(table.part(context, "tail", table.length - rows, table.length)?.give(context).into())
}

fn slice(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "slice";
    let table = own(&arguments);
    let end = |value: &Value| Ok::<_, Error>(end_of_slice(integer(NAME, "an end", value)?, table.length));
    let from = end(arguments.at(1))?;
    let to = arguments.get(2).map_or(Ok(table.length), end)?;
    Ok(table.part(context, NAME, from, to)?.give(context).into())
}

fn sort(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "sort";
    let given = WithOptions::of(NAME, arguments, 1, &["descending"])?;
    let table = own(&arguments);
    let places = table.find_all(NAME, &given.positional[1..])?;
    if places.is_empty() {
        return Err(bad_value(format!("{NAME} takes the names of the columns that decide the order")));
    }
    let directions = match given.option("descending") {
        None => vec![false; places.len()],
        Some(value) => match value.as_list() {
            Some(list) if list.items().len() == places.len() => list.items().iter().map(Value::is_truthy).collect(),
            Some(_) => {
                return Err(bad_value(format!(
                    "{NAME}: `descending` has a boolean for each of {} columns",
                    places.len()
                )));
            }
            None => vec![value.is_truthy(); places.len()],
        },
    };
    let by: Vec<(usize, bool)> = places.into_iter().zip(directions).collect();
    check_room(context, NAME, table.length.saturating_mul(8))?;
    let mut rows = all(table.length);
    sorted(context, &table, &by, &mut rows)?;
    Ok(table.take(context, NAME, &rows)?.give(context).into())
}

/// `with(table, {name: list, other: function, third: value})`: one after the other, so that a column may be made of those
/// before it.
fn with(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "with";
    let (table, columns) = (own(&arguments), arguments.at(1));
    if columns.as_record().is_none() {
        return Err(wrong(NAME, "a record of columns, as in {total: row => row.price * row.count}", columns));
    }
    let (keys, values) = entries(columns, context.heap());
    let mut wanted = Vec::with_capacity(keys.len());
    for (key, value) in keys.iter().zip(values).rev() {
        let name = key.as_str().ok_or_else(|| wrong(NAME, "texts as names of columns", key))?;
        wanted.push((name.to_owned(), value));
    }
    with_next(context, (*table).clone(), wanted)
}

/// Adds columns, the last of these first.
fn with_next(context: &mut Context<'_>, mut table: Table, mut wanted: Vec<(String, Value)>) -> Result<Outcome> {
    const NAME: &str = "with";
    while let Some((name, value)) = wanted.pop() {
        if is_callable(&value) {
            let rows = Arc::new(table.clone());
            let then = move |context: &mut Context<'_>, results: Vec<Value>| {
                let results = context.heap().list(results);
                let column = read::column(context, NAME, &name, &results, table.length)?;
                table.put(&name, column);
                with_next(context, table, wanted)
            };
            return calls::with_rows(context, NAME, rows, value, Box::new(then));
        }
        let column = read::column(context, NAME, &name, &value, table.length)?;
        table.put(&name, column);
    }
    Ok(table.give(context).into())
}

/// `group(table, ...names, {total: ["sum", "price"], rows: "count", other: function})`
fn group(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "group";
    let table = own(&arguments);
    let Some((last, by)) = arguments.positional()[1..].split_last().filter(|(last, _)| last.as_record().is_some())
    else {
        return Err(wrong(NAME, "a record of what is asked for behind the names of columns", arguments.at(arguments.len() - 1))
            .with_hint("table.group(\"city\", {total: [\"sum\", \"price\"], rows: \"count\"}); table.groups(\"city\") gives a table for each"));
    };
    let places = table.find_all(NAME, by)?;
    let (keys, values) = entries(last, context.heap());
    let mut wanted = Vec::new();
    for (key, value) in keys.iter().zip(values) {
        let name = key.as_str().ok_or_else(|| wrong(NAME, "texts as names of columns", key))?;
        wanted.push(if is_callable(&value) {
            combine::Asked::Function(name.to_owned(), value)
        } else {
            combine::Asked::Aggregate(combine::wanted(NAME, &table, name, &value)?)
        });
    }
    if !wanted.iter().any(|asked| matches!(asked, combine::Asked::Function(..))) {
        return Ok(combine::group(context, NAME, &table, &places, &wanted)?.give(context).into());
    }
    let parts = combine::parts(context, NAME, &table, &places)?;
    let parts = parts.into_iter().map(|part| part.give(context)).collect();
    let grouped = combine::group(context, NAME, &table, &places, &wanted)?;
    let functions = wanted.into_iter().rev().filter_map(|asked| match asked {
        combine::Asked::Function(name, function) => Some((name, function)),
        combine::Asked::Aggregate(_) => None,
    });
    group_next(context, grouped, parts, functions.collect())
}

/// Fills the columns in that functions make of the parts, the last of these first.
fn group_next(
    context: &mut Context<'_>,
    mut grouped: Table,
    parts: Vec<Value>,
    mut functions: Vec<(String, Value)>,
) -> Result<Outcome> {
    const NAME: &str = "group";
    let Some((name, function)) = functions.pop() else { return Ok(grouped.give(context).into()) };
    let each = parts.clone();
    let then = move |context: &mut Context<'_>, results: Vec<Value>| {
        let results = context.heap().list(results);
        let column = read::column(context, NAME, &name, &results, grouped.length)?;
        grouped.put(&name, column);
        group_next(context, grouped, parts, functions)
    };
    calls::with_parts(context, NAME, each, function, Box::new(then))
}

fn groups(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let table = own(&arguments);
    let places = table.find_all("groups", &arguments.positional()[1..])?;
    let parts = combine::parts(context, "groups", &table, &places)?;
    let parts = parts.into_iter().map(|part| part.give(context)).collect();
    Ok(context.heap().list(parts).into())
}

fn counts(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "counts";
    let table = own(&arguments);
    let places = table.find_all(NAME, &arguments.positional()[1..])?;
    let counted = combine::group(
        context,
        NAME,
        &table,
        &places,
        &[combine::Asked::Aggregate(("count".into(), Aggregate::Count, None))],
    )?;
    let mut rows = all(counted.length);
    sorted(context, &counted, &[(counted.names.len() - 1, true)], &mut rows)?;
    Ok(counted.take(context, NAME, &rows)?.give(context).into())
}

fn unique(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let table = own(&arguments);
    let mut places = table.find_all("unique", &arguments.positional()[1..])?;
    if places.is_empty() {
        places = (0..table.names.len()).collect();
    }
    let rows = distinct(context, &table, &places)?;
    Ok(table.take(context, "unique", &rows)?.give(context).into())
}

/// The columns that `on` names: one, several, or pairs of a record.
fn on(function: &str, left: &Table, right: &Table, value: &Value) -> Result<On> {
    if value.as_record().is_none() {
        let left = left.find_all(function, [value])?;
        let right = right.find_all(function, [value])?;
        return Ok(On { left, right });
    }
    let mut pairs = Vec::new();
    if let Some(record) = value.as_record() {
        record.for_each(|name, other| pairs.push((name.as_str().to_owned(), other.clone())));
    }
    let mut on = On { left: Vec::new(), right: Vec::new() };
    for (name, other) in pairs {
        on.left.push(left.find(function, &name)?);
        on.right.push(right.find_value(function, &other)?);
    }
    Ok(on)
}

fn join(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "join";
    let table = own(&arguments);
    let other = argument(NAME, arguments.at(1))?;
    let how = How::of(NAME, arguments.named("how").cloned())?;
    let suffix = arguments.named("suffix").and_then(Value::as_str).unwrap_or("_right");
    let on = on(NAME, &table, &other, arguments.at(2))?;
    if on.left.is_empty() {
        return Err(bad_value("join takes the names of columns that both tables have, or {left: \"right\"}"));
    }
    Ok(combine::join(context, NAME, (&table, &other), &on, how, suffix)?.give(context).into())
}

fn pivot(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "pivot";
    let table = own(&arguments);
    let by = table.find_all(NAME, [arguments.at(1)])?;
    let places = (by.as_slice(), table.find_value(NAME, arguments.at(2))?, table.find_value(NAME, arguments.at(3))?);
    let aggregate = arguments.named("aggregate").map_or(Ok(Aggregate::Sum), |given| Aggregate::of(NAME, given))?;
    Ok(combine::pivot(context, NAME, &table, places, aggregate)?.give(context).into())
}

fn unpivot(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "unpivot";
    let table = own(&arguments);
    let keep = table.find_all(NAME, [arguments.at(1)])?;
    let name = arguments.named("name").and_then(Value::as_str).unwrap_or("name");
    let value = arguments.named("value").and_then(Value::as_str).unwrap_or("value");
    if name == value || keep.iter().any(|&place| *table.names[place] == *name || *table.names[place] == *value) {
        return Err(bad_value(format!("{NAME}: {name:?} and {value:?} are names that no column has yet")));
    }
    Ok(combine::unpivot(context, NAME, &table, &keep, (name, value))?.give(context).into())
}

fn rolling(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "rolling";
    let given = WithOptions::of(NAME, arguments, 3, &["least"])?;
    let table = own(&arguments);
    let place = table.find_value(NAME, arguments.at(1))?;
    let size = count(NAME, "size", arguments.at(2))?;
    if size == 0 {
        return Err(bad_value("rolling takes 1 row or more together"));
    }
    let aggregate = given.at(3).map_or(Ok(Aggregate::Mean), |given| Aggregate::of(NAME, given))?;
    let column = &table.columns[place];
    aggregate.check(NAME, &table.names[place], column)?;
    let least = given.option("least").map_or(Ok(size), |least| count(NAME, "least", &least))?;
    let rolled = combine::rolling(context, NAME, column, aggregate, (size, least))?;
    let heap = context.heap();
    Ok(heap.list(rolled.cells().map(|cell| cell.value(heap)).collect()).into())
}

fn describe(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    Ok(combine::describe(context, "describe", &own(&arguments))?.give(context).into())
}

/// The columns that are named, or all.
fn named_or_all(function: &str, table: &Table, arguments: &Arguments<'_>) -> Result<Vec<usize>> {
    let places = table.find_all(function, &arguments.positional()[1..])?;
    Ok(if places.is_empty() { (0..table.names.len()).collect() } else { places })
}

fn drop_missing(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "drop_missing";
    let table = own(&arguments);
    let places = named_or_all(NAME, &table, &arguments)?;
    context.work(table.length.saturating_mul(places.len()))?;
    let is_whole = |row: &u32| !places.iter().any(|&place| table.columns[place].is_missing(*row as usize));
    let rows: Vec<u32> = all(table.length).into_iter().filter(is_whole).collect();
    Ok(table.take(context, NAME, &rows)?.give(context).into())
}

/// `fill(table, value)`, `fill(table, {column: value})`.
fn fill(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "fill";
    let (table, given) = (own(&arguments), arguments.at(1));
    let mut wanted: Vec<(usize, Value)> = Vec::new();
    if given.as_record().is_some() {
        let (keys, values) = entries(given, context.heap());
        for (key, value) in keys.iter().zip(values) {
            wanted.push((table.find_value(NAME, key)?, value));
        }
    } else {
        // One value fills the columns that can hold it.
        let cell = Cell::of(given).ok_or_else(|| wrong(NAME, "a value that columns hold", given))?;
        let places = (0..table.names.len()).filter(|&place| cell.fits(table.columns[place].kind()));
        wanted.extend(places.map(|place| (place, given.clone())));
    }
    let mut filled = (*table).clone();
    for (place, value) in wanted {
        let cell = Cell::of(&value).ok_or_else(|| wrong(NAME, "values that columns hold", &value))?;
        let kind = table.columns[place].kind();
        let misfit = || {
            let (name, kind) = (&table.names[place], kind.name());
            Error::type_error(format!("{NAME}: column {name:?} is of the type {kind}, and holds no {}", shown(&value)))
        };
        if !cell.fits(kind) {
            return Err(misfit());
        }
        context.work(table.length)?;
        let mut builder = Builder::of(kind);
        for own in table.columns[place].cells() {
            builder.push(if own.is_missing() { cell } else { own }).map_err(|_| misfit())?;
        }
        filled.columns[place] = Arc::new(builder.finish());
    }
    Ok(filled.give(context).into())
}

fn fill_forward(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "fill_forward";
    let table = own(&arguments);
    let mut filled = (*table).clone();
    for place in named_or_all(NAME, &table, &arguments)? {
        let column = &table.columns[place];
        context.work(table.length)?;
        let mut last = super::column::NO_ROW;
        let rows: Vec<u32> = all(table.length)
            .into_iter()
            .map(|row| {
                if !column.is_missing(row as usize) {
                    last = row;
                }
                last
            })
            .collect();
        filled.columns[place] = Arc::new(column.take(&rows));
    }
    Ok(filled.give(context).into())
}

fn to_csv(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "to_csv";
    let given = WithOptions::of(NAME, arguments, 1, write::CSV_OPTIONS)?;
    let text = write::csv(context, NAME, &own(&arguments), &given)?;
    Ok(context.heap().string(&text).into())
}

fn write_csv(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    const NAME: &str = "write_csv";
    let given = WithOptions::of(NAME, arguments, 2, write::CSV_OPTIONS)?;
    let text = write::csv(context, NAME, &own(&arguments), &given)?;
    let text = context.heap().string(&text);
    elsewhere(context, "write_file", &[arguments.at(1).clone(), text])
}

fn to_json_lines(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let text = write::json_lines(context, "to_json_lines", &own(&arguments))?;
    Ok(context.heap().string(&text).into())
}

fn write_json_lines(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let text = write::json_lines(context, "write_json_lines", &own(&arguments))?;
    let text = context.heap().string(&text);
    elsewhere(context, "write_file", &[arguments.at(1).clone(), text])
}

fn text(context: &mut Context<'_>, arguments: Arguments<'_>) -> Result<Outcome> {
    let table = own(&arguments);
    let rows = arguments.named("rows").map_or(Ok(print::ROWS), |rows| count("text", "rows", rows))?;
    let seen = rows.min(table.length);
    context.work(seen.saturating_mul(table.columns.len()))?;
    check_room(context, "text", seen.saturating_mul(table.columns.len()).saturating_mul(64))?;
    Ok(context.heap().string(&print::text(&table, rows)).into())
}

const CSV: &str = "A table of CSV: the first row names the columns, and each column gets the narrowest type that holds all of its fields: integers, floats, booleans, dates or texts. An empty field is missing, and so are the texts of `missing`. `types: {code: String}` says what a column is; a column with a field in quotes is one of texts. `header: false` numbers the columns, a list names them.";

pub(crate) static NATIVES: &[Entry] = &[Entry::function(
    "table(data)",
    make,
    "A table of a list of records, or of a record of columns. A column is of one type, and any of its cells may be missing, which is null.",
)];

pub(crate) static MODULE: NativeModule = NativeModule {
    name: "tables",
    documentation: "Tables of files and of other tables. What a table does by itself are its methods.",
    entries: &[
        Entry::function(
            "parse_csv(text, header: true, delimiter: \",\", quote: null, types: null, missing: null)",
            parse_csv,
            CSV,
        ),
        Entry::function(
            "concat(...tables)",
            concat,
            "Tables, or a list of them, below one another. Columns that one does not have are missing in its rows.",
        ),
        Entry::function("content_of(path)", content_of, "What is in a file.").at(Place::Hidden),
    ],
    source: Some(include_str!("tables.soc")),
};

pub(crate) static METHODS: &[Entry] = &[
    Entry::method(&TABLE, "get_index(table, ...indexes)", get_index, "What `table[index]` means: by a name the cells of a column, by a list of names a table, by an integer a row, by a range or a list of booleans a table.").at_least(2),
    Entry::method(&TABLE, "set_index(table, ...indexes)", set_index, "A table does not change: this is an error.").at_least(3),
    Entry::method(&TABLE, "column(table, name)", column, "The cells of a column as a list, with null for what is missing."),
    Entry::method(&TABLE, "rows(table)", rows, "Its rows as a list of records. `for (row in table)` walks over them too."),
    Entry::method(&TABLE, "to_record(table)", to_record, "A record with a list for each column."),
    Entry::method(&TABLE, "select(table, ...names)", select, "A table with some columns alone, in this order."),
    Entry::method(&TABLE, "drop(table, ...names)", drop_columns, "A table without some columns."),
    Entry::method(&TABLE, "rename(table, names)", rename, "A table in which columns have other names: `t.rename({old: \"new\"})`."),
    Entry::method(&TABLE, "head(table, rows = 10)", head, "Its first rows."),
    Entry::method(&TABLE, "tail(table, rows = 10)", tail, "Its last rows."),
    Entry::method(&TABLE, "slice(table, from, to = null)", slice, "The rows from one on, up to another; negative ones count from the end."),
    Entry::method(&TABLE, "sort(table, ...names, descending: false)", sort, "Its rows in the order of one column, then of others. `descending` is a boolean, or a list of them. Rows without a value come last, and equal ones keep their order."),
    Entry::method(&TABLE, "filter(table, condition)", filter, "The rows for which a function gives true, whose columns equal those of a record, or for which a list says true."),
    Entry::method(&TABLE, "with(table, columns)", with, "A table with more columns, or others: `t.with({total: row => row.price * row.count, rank: [3, 1, 2], country: \"Italy\"})`."),
    Entry::method(&TABLE, "group(table, ...names)", group, "A row for each group of rows that are equal in some columns, with what is asked for: `t.group(\"city\", {total: [\"sum\", \"price\"], rows: \"count\", spread: part => max(part[\"price\"]) - min(part[\"price\"])})`. There are count, distinct, sum, mean, min, max, median, variance, std, first and last; what is missing does not count.").at_least(2),
    Entry::method(&TABLE, "groups(table, ...names)", groups, "A list with a table for each group of rows that are equal in some columns."),
    Entry::method(&TABLE, "counts(table, ...names)", counts, "How many rows are equal in some columns, the most first."),
    Entry::method(&TABLE, "unique(table, ...names)", unique, "The first of all rows that are equal in some columns, or in all."),
    Entry::method(&TABLE, "join(table, other, on, how: \"inner\", suffix: \"_right\")", join, "The rows of two tables side by side that are equal in a column, in a list of columns, or in `{left: \"right\"}`. `how` is \"inner\", \"left\", \"right\", \"full\", \"semi\" or \"anti\". What is missing equals nothing."),
    Entry::method(&TABLE, "pivot(table, rows, columns, values, aggregate: \"sum\")", pivot, "A row for each cell of one column, a column for each cell of another, and in them what stands for a third."),
    Entry::method(&TABLE, "unpivot(table, keep, name: \"name\", value: \"value\")", unpivot, "A row for each cell: the columns that are kept, the name of the cell's column, and its value."),
    Entry::method(&TABLE, "rolling(table, name, size, aggregate = \"mean\", least: null)", rolling, "A list: of each row, what stands for a column in this row and those before it, `size` together. Where fewer than `least` have a value, or fewer than `size`, it is null."),
    Entry::method(&TABLE, "describe(table)", describe, "A row for each column: its type, how many cells are there, missing and distinct, and of numbers the mean and the like."),
    Entry::method(&TABLE, "drop_missing(table, ...names)", drop_missing, "The rows in which nothing is missing, in some columns or in all."),
    Entry::method(&TABLE, "fill(table, value)", fill, "A table in which a value stands for what is missing: in all columns of its type, or by a record in each its own."),
    Entry::method(&TABLE, "fill_forward(table, ...names)", fill_forward, "A table in which what is missing is what stands above it."),
    Entry::method(&TABLE, "to_csv(table, header: true, delimiter: \",\", quote: null)", to_csv, "A table as CSV, which reads back as it was."),
    Entry::method(&TABLE, "write_csv(table, path, header: true, delimiter: \",\", quote: null)", write_csv, "Writes a table to a file as CSV."),
    Entry::method(&TABLE, "to_json_lines(table)", to_json_lines, "A table as JSON lines: an object for each row."),
    Entry::method(&TABLE, "write_json_lines(table, path)", write_json_lines, "Writes a table to a file as JSON lines."),
    Entry::method(&TABLE, "text(table, rows: 20)", text, "A table as `println` shows it, with so many rows."),
];
