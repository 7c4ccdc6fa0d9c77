//! Tables of tables: groups, joins, pivots, rolling windows, descriptions.

use super::aggregate::{Aggregate, quantile};
use super::column::{Builder, Cell, Cells, Column, NO_ROW, Type};
use super::keys::{END, Groups, Index, all};
use super::table::{Table, check_names, check_room, check_rows};
use motet_vm::builtins::arguments::{bad_value, wrong};
use motet_vm::memory::Value;
use motet_vm::{Context, Result};
use std::sync::Arc;

fn columns_at<'t>(table: &'t Table, places: &[usize]) -> Vec<&'t Column> {
    places.iter().map(|&place| &*table.columns[place]).collect()
}

/// What a group's new column holds: an aggregate of a column, or the number of rows.
pub(super) type Wanted = (String, Aggregate, Option<usize>);

/// What a new column of groups is made by.
pub(super) enum Asked {
    Aggregate(Wanted),
    /// The program's function makes it of each group's table, later: until then nothing is known of it.
    Function(String, Value),
}

/// What a program asks for of groups: `{total: ["sum", "price"], rows: "count"}`.
pub(super) fn wanted(function: &str, table: &Table, name: &str, value: &Value) -> Result<Wanted> {
    let fail = || {
        wrong(function, "an aggregate and a column, as in {total: [\"sum\", \"price\"]}", value)
            .with_hint("\"count\" alone counts rows")
    };
    if value.as_str().is_some() {
        let aggregate = Aggregate::of(function, value)?;
        return if aggregate == Aggregate::Count { Ok((name.to_owned(), aggregate, None)) } else { Err(fail()) };
    }
    let pair = value.as_list().map(|list| list.items().to_vec()).unwrap_or_default();
    let [aggregate, column] = pair.as_slice() else { return Err(fail()) };
    let aggregate = Aggregate::of(function, aggregate)?;
    let place = table.find_value(function, column)?;
    aggregate.check(function, &table.names[place], &table.columns[place])?;
    Ok((name.to_owned(), aggregate, Some(place)))
}

/// A row for each group, in the order of their first rows.
pub(super) fn group(
    context: &mut Context<'_>,
    function: &str,
    table: &Table,
    by: &[usize],
    wanted: &[Asked],
) -> Result<Table> {
    let groups = Groups::of(context, &columns_at(table, by), table.length)?;
    let mut result = table.with_columns(by).take(context, function, &groups.first)?;
    let (rows, ends) = groups.sorted();
    for asked in wanted {
        let (Asked::Aggregate((name, ..)) | Asked::Function(name, _)) = asked;
        if result.place(name).is_some() {
            return Err(bad_value(format!("{function}: two columns have the name {name:?}")));
        }
        let Asked::Aggregate((_, aggregate, place)) = asked else {
            result.put(name, Builder::default().filled(groups.count()));
            continue;
        };
        let mut start = 0;
        let column = match place {
            None => {
                let counts = ends.iter().map(|&end| (end - std::mem::replace(&mut start, end)) as i64);
                Column::new(Cells::Int(counts.collect()), None)
            }
            Some(place) => {
                let column = &table.columns[*place];
                let mut builder = Builder::of(aggregate.kind(column));
                for &end in &ends {
                    context.work((end - start) / 2 + 1)?;
                    aggregate.add(function, column, &rows[start..end], &mut builder)?;
                    start = end;
                }
                builder.finish()
            }
        };
        result.put(name, column);
    }
    Ok(result)
}

/// The tables of each group.
pub(super) fn parts(context: &mut Context<'_>, function: &str, table: &Table, by: &[usize]) -> Result<Vec<Table>> {
    let groups = Groups::of(context, &columns_at(table, by), table.length)?;
    let (rows, ends) = groups.sorted();
    let mut start = 0;
    let mut parts = Vec::with_capacity(ends.len());
    for end in ends {
        parts.push(table.take(context, function, &rows[start..end])?);
        start = end;
    }
    Ok(parts)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    Inner,
    Left,
    Right,
    Full,
    Semi,
    Anti,
}

impl How {
    pub fn of(function: &str, value: Option<Value>) -> Result<How> {
        let Some(value) = value else { return Ok(How::Inner) };
        Ok(match value.as_str() {
            Some("inner") => How::Inner,
            Some("left") => How::Left,
            Some("right") => How::Right,
            Some("full" | "outer") => How::Full,
            Some("semi") => How::Semi,
            Some("anti") => How::Anti,
            _ => {
                return Err(wrong(
                    function,
                    "\"inner\", \"left\", \"right\", \"full\", \"semi\" or \"anti\" as how",
                    &value,
                ));
            }
        })
    }
}

/// Which columns of two tables are compared.
pub(super) struct On {
    pub left: Vec<usize>,
    pub right: Vec<usize>,
}

/// Rows of two tables that have the same cells, side by side.
pub(super) fn join(
    context: &mut Context<'_>,
    function: &str,
    (left, right): (&Table, &Table),
    on: &On,
    how: How,
    suffix: &str,
) -> Result<Table> {
    for (&a, &b) in on.left.iter().zip(&on.right) {
        let (x, y) = (left.columns[a].kind(), right.columns[b].kind());
        if x != y && !(x.is_number() && y.is_number()) {
            return Err(bad_value(format!(
                "{function}: {:?} is of the type {} on the left, and {:?} of the type {} on the right",
                left.names[a],
                x.name(),
                right.names[b],
                y.name()
            )));
        }
    }
    let (left_keys, right_keys) = (columns_at(left, &on.left), columns_at(right, &on.right));
    let index = Index::of(context, &right_keys, right.length)?;
    let (mut from_left, mut from_right) = (Vec::<u32>::new(), Vec::<u32>::new());
    let mut is_met = vec![false; right.length];
    let mut key = Vec::new();
    for row in 0..left.length {
        context.work(on.left.len() + 1)?;
        let mut found = index.first(&left_keys, row, &mut key);
        match how {
            How::Semi | How::Anti => {
                if (found != END) == (how == How::Semi) {
                    from_left.push(row as u32);
                }
                continue;
            }
            How::Left | How::Full if found == END => {
                from_left.push(row as u32);
                from_right.push(NO_ROW);
            }
            _ => {}
        }
        while found != END {
            context.work(1)?;
            if from_left.len() % (1 << 16) == 0 {
                check_rows(function, from_left.len())?;
                check_room(context, function, from_left.len() * 8)?;
            }
            is_met[found as usize] = true;
            from_left.push(row as u32);
            from_right.push(found);
            found = index.next(found);
        }
    }
    if matches!(how, How::Semi | How::Anti) {
        return left.take(context, function, &from_left);
    }
    if matches!(how, How::Right | How::Full) {
        for row in (0..right.length as u32).filter(|&row| !is_met[row as usize]) {
            from_left.push(NO_ROW);
            from_right.push(row);
        }
    }
    let mut result = left.take(context, function, &from_left)?;
    if matches!(how, How::Right | How::Full) {
        // What the rows have in common stands on the right alone, where nothing stands on the left.
        for (&a, &b) in on.left.iter().zip(&on.right) {
            let (own, other) = (&left.columns[a], &right.columns[b]);
            let kind = if own.kind() == other.kind() { own.kind() } else { Type::Float };
            let mut builder = Builder::of(kind);
            for (&row, &across) in from_left.iter().zip(&from_right) {
                let cell = if row == NO_ROW { other.cell(across as usize) } else { own.cell(row as usize) };
                builder.push(cell).map_err(|_| bad_value(format!("{function}: an integer is no float exactly")))?;
            }
            result.columns[a] = Arc::new(builder.finish());
        }
    }
    let others: Vec<usize> = (0..right.names.len()).filter(|place| !on.right.contains(place)).collect();
    let right = right.with_columns(&others).take(context, function, &from_right)?;
    for (name, column) in right.names.iter().zip(right.columns) {
        let name = if result.place(name).is_some() { format!("{name}{suffix}").into() } else { name.clone() };
        result.names.push(name);
        result.columns.push(column);
    }
    check_names(function, &result.names).map_err(|error| error.with_hint("`suffix: \"_other\"` gives them others"))?;
    Ok(result)
}

/// Columns that a pivot makes at most.
const MOST_COLUMNS: usize = 10_000;

/// A row for each key, a column for each text, and in each cell what stands for the rows that have both.
pub(super) fn pivot(
    context: &mut Context<'_>,
    function: &str,
    table: &Table,
    (by, across, values): (&[usize], usize, usize),
    aggregate: Aggregate,
) -> Result<Table> {
    aggregate.check(function, &table.names[values], &table.columns[values])?;
    let rows = Groups::of(context, &columns_at(table, by), table.length)?;
    let columns = Groups::of(context, &columns_at(table, &[across]), table.length)?;
    if columns.count() > MOST_COLUMNS {
        return Err(bad_value(format!(
            "{function}: {:?} has {} distinct cells, more than the {MOST_COLUMNS} columns that a table gets",
            table.names[across],
            columns.count()
        )));
    }
    let cells = rows.count().saturating_mul(columns.count());
    check_room(context, function, cells.saturating_mul(16))?;
    let mut result = table.with_columns(by).take(context, function, &rows.first)?;
    let (order, ends) = columns.sorted();
    let column = &table.columns[values];
    let mut start = 0;
    for (group, end) in ends.into_iter().enumerate() {
        // The rows of this column, by those of the result.
        let mut here: Vec<u32> = order[start..end].to_vec();
        start = end;
        context.work(here.len() * 4 + rows.count())?;
        here.sort_by_key(|&row| rows.group_of[row as usize]);
        let mut builder = Builder::of(aggregate.kind(column));
        let mut at = 0;
        for row in 0..rows.count() as u32 {
            let from = at;
            while at < here.len() && rows.group_of[here[at] as usize] == row {
                at += 1;
            }
            if from == at {
                builder.push(Cell::Missing).expect("what is missing is of any type");
            } else {
                aggregate.add(function, column, &here[from..at], &mut builder)?;
            }
        }
        let cell = table.columns[across].cell(columns.first[group] as usize);
        let name = if cell.is_missing() { "null".to_owned() } else { cell.text() };
        if result.place(&name).is_some() {
            return Err(bad_value(format!("{function}: two columns would have the name {name:?}")));
        }
        result.put(&name, builder.finish());
    }
    Ok(result)
}

/// The opposite of a pivot: a row for each cell.
pub(super) fn unpivot(
    context: &mut Context<'_>,
    function: &str,
    table: &Table,
    keep: &[usize],
    (name, value): (&str, &str),
) -> Result<Table> {
    let others: Vec<usize> = (0..table.names.len()).filter(|place| !keep.contains(place)).collect();
    check_rows(function, table.length.saturating_mul(others.len()))?;
    let rows: Vec<u32> = (0..table.length as u32).flat_map(|row| std::iter::repeat_n(row, others.len())).collect();
    let mut result = table.with_columns(keep).take(context, function, &rows)?;
    let (mut names, mut values) = (Builder::default(), Builder::default());
    for row in 0..table.length {
        context.work(others.len() + 1)?;
        for &place in &others {
            names.push(Cell::Text(&table.names[place])).expect("all are texts");
            values.push(table.columns[place].cell(row)).map_err(|clash| {
                bad_value(format!(
                    "{function}: {:?} is of the type {}, and columns before it of the type {}",
                    table.names[place],
                    clash.cell.name(),
                    clash.column.name()
                ))
            })?;
        }
    }
    result.put(name, names.finish());
    result.put(value, values.finish());
    Ok(result)
}

/// What stands for each row and those before it, so many together.
pub(super) fn rolling(
    context: &mut Context<'_>,
    function: &str,
    column: &Column,
    aggregate: Aggregate,
    (size, least): (usize, usize),
) -> Result<Column> {
    let rows = all(column.len());
    let mut builder = Builder::of(aggregate.kind(column));
    for end in 1..=rows.len() {
        let window = &rows[end.saturating_sub(size)..end];
        context.work(window.len() / 2 + 1)?;
        let there = window.iter().filter(|&&row| !column.is_missing(row as usize)).count();
        if there < least {
            builder.push(Cell::Missing).expect("what is missing is of any type");
        } else {
            aggregate.add(function, column, window, &mut builder)?;
        }
    }
    Ok(builder.finish())
}

/// A row for each column: what it holds.
pub(super) fn describe(context: &mut Context<'_>, function: &str, table: &Table) -> Result<Table> {
    let rows = all(table.length);
    let heads = ["column", "type", "count", "missing", "distinct", "mean", "std", "min", "25%", "median", "75%", "max"];
    let mut builders: Vec<Builder> = heads.iter().map(|_| Builder::default()).collect();
    for (name, column) in table.names.iter().zip(&table.columns) {
        context.work(table.length.saturating_mul(8))?;
        let is_number = column.kind().is_number();
        let number = |aggregate: Aggregate| -> Result<Column> {
            let mut one = Builder::default();
            aggregate.add(function, column, &rows, &mut one)?;
            Ok(one.finish())
        };
        let missing = column.missing_count();
        let distinct = Groups::of(context, &[&**column], table.length)?.count() - usize::from(missing > 0);
        let (mean, deviation) = (number(Aggregate::Mean)?, number(Aggregate::Deviation)?);
        let (least, most) = (number(Aggregate::Min)?, number(Aggregate::Max)?);
        let part = |part: f64| if is_number { quantile(column, &rows, part) } else { Cell::Missing };
        // The least and the largest are of the type of their column, so here they are numbers or nothing.
        let float = |column: &Column| match column.cell(0).number() {
            Some(number) if is_number => Cell::Float(number),
            _ => Cell::Missing,
        };
        let cells = [
            Cell::Text(name),
            Cell::Text(column.kind().name()),
            Cell::Int((table.length - missing) as i64),
            Cell::Int(missing as i64),
            Cell::Int(distinct as i64),
            float(&mean),
            float(&deviation),
            float(&least),
            part(0.25),
            part(0.5),
            part(0.75),
            float(&most),
        ];
        for (builder, cell) in builders.iter_mut().zip(cells) {
            builder.push(cell).expect("each has one type");
        }
    }
    let names = heads.iter().map(|&head| head.into()).collect();
    let columns = builders.into_iter().map(|builder| Arc::new(builder.finish())).collect();
    Ok(Table::new(names, columns, table.names.len()))
}
