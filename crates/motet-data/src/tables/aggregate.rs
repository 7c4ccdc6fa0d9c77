//! What stands for many cells: sums, means and the like, of groups, of windows, of whole columns. Cells that are missing do not
//! count.

use super::column::{Builder, Cell, Column, Rows, Type};
use motet_vm::builtins::arguments::{bad_value, overflow, wrong};
use motet_vm::memory::Value;
use motet_vm::{Error, Result};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aggregate {
    Count,
    Distinct,
    Sum,
    Mean,
    Min,
    Max,
    Median,
    Variance,
    Deviation,
    First,
    Last,
}

const NAMES: &[(&str, Aggregate)] = &[
    ("count", Aggregate::Count),
    ("distinct", Aggregate::Distinct),
    ("sum", Aggregate::Sum),
    ("mean", Aggregate::Mean),
    ("min", Aggregate::Min),
    ("max", Aggregate::Max),
    ("median", Aggregate::Median),
    ("variance", Aggregate::Variance),
    ("std", Aggregate::Deviation),
    ("first", Aggregate::First),
    ("last", Aggregate::Last),
];

impl Aggregate {
    pub fn of(function: &str, value: &Value) -> Result<Aggregate> {
        let name = value.as_str().ok_or_else(|| wrong(function, "the name of an aggregate", value))?;
        NAMES.iter().find(|(own, _)| *own == name).map(|(_, aggregate)| *aggregate).ok_or_else(|| {
            let names: Vec<&str> = NAMES.iter().map(|(name, _)| *name).collect();
            bad_value(format!("{function}: {name:?} is no aggregate"))
                .with_hint(format!("there are {}", names.join(", ")))
        })
    }

    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(_, own)| *own == self).map_or("", |(name, _)| name)
    }

    fn needs_numbers(self) -> bool {
        matches!(
            self,
            Aggregate::Sum | Aggregate::Mean | Aggregate::Median | Aggregate::Variance | Aggregate::Deviation
        )
    }

    /// Says why the cells of a column have none.
    pub fn check(self, function: &str, name: &str, column: &Column) -> Result<()> {
        if !self.needs_numbers() || column.kind().is_number() || column.kind() == Type::Bool {
            return Ok(());
        }
        Err(Error::type_error(format!(
            "{function}: {} takes numbers, and column {name:?} is of the type {}",
            self.name(),
            column.kind().name()
        )))
    }

    /// The type of what it gives, if cells decide nothing about it.
    pub fn kind(self, column: &Column) -> Type {
        match self {
            Aggregate::Count | Aggregate::Distinct => Type::Int,
            Aggregate::Sum if column.kind() == Type::Bool => Type::Int,
            Aggregate::Mean | Aggregate::Median | Aggregate::Variance | Aggregate::Deviation => Type::Float,
            _ => column.kind(),
        }
    }

    /// Adds what stands for the cells of these rows.
    pub fn add(self, function: &str, column: &Column, rows: &Rows, into: &mut Builder) -> Result<()> {
        let cells = || rows.iter().map(|&row| column.cell(row as usize)).filter(|cell| !cell.is_missing());
        let cell = match self {
            Aggregate::Count => Cell::Int(cells().count() as i64),
            Aggregate::Distinct => {
                let mut sorted: Vec<Cell<'_>> = cells().collect();
                sorted.sort_by(|a, b| a.order(*b));
                sorted.dedup_by(|a, b| a.is_same(*b));
                Cell::Int(sorted.len() as i64)
            }
            Aggregate::Sum => sum(function, column, rows)?,
            Aggregate::Mean => mean(column, rows).map_or(Cell::Missing, |(mean, _)| Cell::Float(mean)),
            Aggregate::Min => cells().min_by(|a, b| a.order(*b)).unwrap_or(Cell::Missing),
            // NaN comes last in the order, and is no largest number.
            Aggregate::Max => cells()
                .filter(|cell| !matches!(cell, Cell::Float(float) if float.is_nan()))
                .max_by(|a, b| a.order(*b))
                .or_else(|| cells().next())
                .unwrap_or(Cell::Missing),
            Aggregate::Median => quantile(column, rows, 0.5),
            Aggregate::Variance => variance(column, rows),
            Aggregate::Deviation => match variance(column, rows) {
                Cell::Float(variance) => Cell::Float(variance.sqrt()),
                cell => cell,
            },
            Aggregate::First => cells().next().unwrap_or(Cell::Missing),
            Aggregate::Last => cells().next_back().unwrap_or(Cell::Missing),
        };
        into.push(cell).expect("the column is of the type of its aggregate");
        Ok(())
    }
}

fn sum(function: &str, column: &Column, rows: &Rows) -> Result<Cell<'static>> {
    if let Some(floats) = column.whole_floats() {
        return Ok(Cell::Float(rows.iter().map(|&row| floats[row as usize]).sum()));
    }
    let mut ints = 0_i64;
    let mut floats = 0.0;
    for &row in rows {
        match column.cell(row as usize) {
            Cell::Int(int) => ints = ints.checked_add(int).ok_or_else(|| overflow(format!("{function}: the sum")))?,
            Cell::Bool(truth) => ints += i64::from(truth),
            Cell::Float(float) => floats += float,
            _ => {}
        }
    }
    Ok(if column.kind() == Type::Float { Cell::Float(floats) } else { Cell::Int(ints) })
}

/// The mean, and how many cells count.
fn mean(column: &Column, rows: &Rows) -> Option<(f64, usize)> {
    let (mut sum, mut count) = (0.0, 0);
    if let Some(floats) = column.whole_floats() {
        rows.iter().for_each(|&row| sum += floats[row as usize]);
        count = rows.len();
    } else {
        for &row in rows {
            if let Some(number) = column.cell(row as usize).number() {
                sum += number;
                count += 1;
            }
        }
    }
    (count > 0).then(|| (sum / count as f64, count))
}

/// Of a sample: by one less than the number of cells. One cell has none.
fn variance(column: &Column, rows: &Rows) -> Cell<'static> {
    let Some((mean, count)) = mean(column, rows).filter(|(_, count)| *count > 1) else { return Cell::Missing };
    let squares =
        rows.iter().filter_map(|&row| column.cell(row as usize).number()).map(|number| (number - mean).powi(2));
    Cell::Float(squares.sum::<f64>() / (count - 1) as f64)
}

/// Between two cells, in proportion.
pub(super) fn quantile(column: &Column, rows: &Rows, part: f64) -> Cell<'static> {
    let mut numbers: Vec<f64> = rows.iter().filter_map(|&row| column.cell(row as usize).number()).collect();
    if numbers.is_empty() {
        return Cell::Missing;
    }
    if numbers.iter().any(|number| number.is_nan()) {
        return Cell::Float(f64::NAN);
    }
    numbers.sort_by(f64::total_cmp);
    let place = part * (numbers.len() - 1) as f64;
    let (low, share) = (place.floor() as usize, place.fract());
    let (a, b) = (numbers[low], numbers[(low + 1).min(numbers.len() - 1)]);
    Cell::Float(if share == 0.0 { a } else { a + (b - a) * share })
}
