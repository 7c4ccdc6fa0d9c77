//! Columns: cells of one type, any of which may be missing.

use super::texts::Texts;
use crate::dates::Moment;
use motet_vm::memory::{ForeignObject, Heap, Value, print_float};
use std::cmp::Ordering;
use std::sync::Arc;

/// Places of rows. One that is `NO_ROW` stands for a row of which nothing is known.
pub(super) type Rows = [u32];
pub(super) const NO_ROW: u32 = u32::MAX;

/// What one cell holds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cell<'a> {
    Missing,
    Int(i64),
    Float(f64),
    Bool(bool),
    Text(&'a str),
    Date(&'a Moment),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Int,
    Float,
    Bool,
    Text,
    Date,
}

impl Type {
    pub fn name(self) -> &'static str {
        match self {
            Type::Int => "int",
            Type::Float => "float",
            Type::Bool => "bool",
            Type::Text => "text",
            Type::Date => "date",
        }
    }

    pub fn is_number(self) -> bool {
        matches!(self, Type::Int | Type::Float)
    }
}

#[derive(Clone)]
pub(super) enum Cells {
    Int(Vec<i64>),
    Float(Vec<f64>),
    Bool(Vec<bool>),
    Text(Texts),
    Date(Vec<Moment>),
}

impl Cells {
    /// So many cells of a type, all empty, and room for more.
    pub fn empty(kind: Type, length: usize, room: usize) -> Cells {
        fn cells<T: Clone>(empty: &T, length: usize, room: usize) -> Vec<T> {
            let mut cells = Vec::with_capacity(room.max(length));
            cells.resize(length, empty.clone());
            cells
        }
        match kind {
            Type::Int => Cells::Int(cells(&0, length, room)),
            Type::Float => Cells::Float(cells(&0.0, length, room)),
            Type::Bool => Cells::Bool(cells(&false, length, room)),
            Type::Date => Cells::Date(cells(&Moment::default(), length, room)),
            Type::Text => {
                let mut texts = Texts::with_room(room.max(length));
                (0..length).for_each(|_| texts.push(""));
                Cells::Text(texts)
            }
        }
    }

    /// Adds one that is missing.
    pub fn push_empty(&mut self) {
        match self {
            Cells::Int(cells) => cells.push(0),
            Cells::Float(cells) => cells.push(0.0),
            Cells::Bool(cells) => cells.push(false),
            Cells::Text(cells) => cells.push(""),
            Cells::Date(cells) => cells.push(Moment::default()),
        }
    }

    /// Takes the cells of others, if they are of the same type, or are integers and these are floats.
    pub fn append(&mut self, more: &mut Cells) -> bool {
        match (self, more) {
            (Cells::Int(cells), Cells::Int(more)) => cells.append(more),
            (Cells::Float(cells), Cells::Float(more)) => cells.append(more),
            (Cells::Float(cells), Cells::Int(more)) => cells.extend(more.iter().map(|&int| int as f64)),
            (Cells::Bool(cells), Cells::Bool(more)) => cells.append(more),
            (Cells::Text(cells), Cells::Text(more)) => cells.append(more),
            (Cells::Date(cells), Cells::Date(more)) => cells.append(more),
            _ => return false,
        }
        true
    }

    /// Gives back room that much more would fit in.
    pub fn give_back_room(&mut self) {
        fn shrink<T>(cells: &mut Vec<T>) {
            if cells.capacity() - cells.len() > cells.len() / 8 {
                cells.shrink_to_fit();
            }
        }
        match self {
            Cells::Int(cells) => shrink(cells),
            Cells::Float(cells) => shrink(cells),
            Cells::Bool(cells) => shrink(cells),
            Cells::Date(cells) => shrink(cells),
            Cells::Text(cells) => cells.give_back_room(),
        }
    }

    pub fn len(&self) -> usize {
        match self {
            Cells::Int(cells) => cells.len(),
            Cells::Float(cells) => cells.len(),
            Cells::Bool(cells) => cells.len(),
            Cells::Text(cells) => cells.len(),
            Cells::Date(cells) => cells.len(),
        }
    }

    pub fn kind(&self) -> Type {
        match self {
            Cells::Int(_) => Type::Int,
            Cells::Float(_) => Type::Float,
            Cells::Bool(_) => Type::Bool,
            Cells::Text(_) => Type::Text,
            Cells::Date(_) => Type::Date,
        }
    }
}

#[derive(Clone)]
pub(super) struct Column {
    cells: Cells,
    /// Which are missing; none if all are there.
    missing: Option<Vec<bool>>,
}

impl<'a> Cell<'a> {
    /// What a value is as a cell; none for what no cell holds.
    pub fn of(value: &'a Value) -> Option<Cell<'a>> {
        Some(if let Some(int) = value.as_int() {
            Cell::Int(int)
        } else if let Some(float) = value.as_float() {
            Cell::Float(float)
        } else if let Some(text) = value.as_str() {
            Cell::Text(text)
        } else if let Some(truth) = value.as_bool() {
            Cell::Bool(truth)
        } else if value.is_null() {
            Cell::Missing
        } else {
            Cell::Date(Moment::of(value)?)
        })
    }

    pub fn is_missing(self) -> bool {
        matches!(self, Cell::Missing)
    }

    /// A column of this type may hold it.
    pub fn fits(self, kind: Type) -> bool {
        match self {
            Cell::Int(_) => kind.is_number(),
            Cell::Float(_) => kind == Type::Float,
            Cell::Bool(_) => kind == Type::Bool,
            Cell::Text(_) => kind == Type::Text,
            Cell::Date(_) => kind == Type::Date,
            Cell::Missing => true,
        }
    }

    pub fn number(self) -> Option<f64> {
        match self {
            Cell::Int(int) => Some(int as f64),
            Cell::Float(float) => Some(float),
            Cell::Bool(truth) => Some(f64::from(u8::from(truth))),
            _ => None,
        }
    }

    pub fn value(self, heap: &Heap) -> Value {
        match self {
            Cell::Missing => Value::NULL,
            Cell::Int(int) => Value::int(int),
            Cell::Float(float) => Value::float(float),
            Cell::Bool(truth) => Value::bool(truth),
            Cell::Text(text) => heap.string(text),
            Cell::Date(moment) => heap.shared_foreign(Arc::new(moment.clone())),
        }
    }

    /// As files hold it.
    pub fn text(self) -> String {
        match self {
            Cell::Missing => String::new(),
            Cell::Int(int) => int.to_string(),
            Cell::Float(float) => print_float(float),
            Cell::Bool(truth) => truth.to_string(),
            Cell::Text(text) => text.to_owned(),
            Cell::Date(moment) => moment.text(),
        }
    }

    /// The order of cells of one column: what is missing comes last, NaN before it.
    pub fn order(self, other: Cell<'_>) -> Ordering {
        let float = |a: f64, b: f64| a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()));
        match (self, other) {
            (Cell::Missing, Cell::Missing) => Ordering::Equal,
            (Cell::Missing, _) => Ordering::Greater,
            (_, Cell::Missing) => Ordering::Less,
            (Cell::Int(a), Cell::Int(b)) => a.cmp(&b),
            (Cell::Bool(a), Cell::Bool(b)) => a.cmp(&b),
            (Cell::Text(a), Cell::Text(b)) => a.cmp(b),
            (Cell::Date(a), Cell::Date(b)) => {
                // Columns of several kinds of dates have the order of the calendar.
                a.compare(b).unwrap_or_else(|| a.datetime().cmp(&b.datetime()))
            }
            _ => match (self.number(), other.number()) {
                (Some(a), Some(b)) => float(a, b),
                _ => Ordering::Equal,
            },
        }
    }

    /// The same thing: a number whatever its type, and NaN as well.
    pub fn is_same(self, other: Cell<'_>) -> bool {
        let kind = |cell: Cell<'_>| match cell {
            Cell::Missing => 0,
            Cell::Int(_) | Cell::Float(_) => 1,
            Cell::Bool(_) => 2,
            Cell::Text(_) => 3,
            Cell::Date(_) => 4,
        };
        kind(self) == kind(other) && self.order(other) == Ordering::Equal
    }
}

impl Column {
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    pub fn kind(&self) -> Type {
        self.cells.kind()
    }

    pub fn bytes(&self) -> usize {
        let cells = match &self.cells {
            Cells::Int(cells) => cells.capacity() * 8,
            Cells::Float(cells) => cells.capacity() * 8,
            Cells::Bool(cells) => cells.capacity(),
            Cells::Text(cells) => cells.bytes(),
            Cells::Date(cells) => cells.capacity() * size_of::<Moment>(),
        };
        cells + self.missing.as_ref().map_or(0, Vec::capacity)
    }

    #[inline]
    pub fn is_missing(&self, row: usize) -> bool {
        self.missing.as_ref().is_some_and(|missing| missing[row])
    }

    pub fn missing_count(&self) -> usize {
        self.missing.as_ref().map_or(0, |missing| missing.iter().filter(|is_missing| **is_missing).count())
    }

    #[inline]
    pub fn cell(&self, row: usize) -> Cell<'_> {
        if self.is_missing(row) {
            return Cell::Missing;
        }
        match &self.cells {
            Cells::Int(cells) => Cell::Int(cells[row]),
            Cells::Float(cells) => Cell::Float(cells[row]),
            Cells::Bool(cells) => Cell::Bool(cells[row]),
            Cells::Text(cells) => Cell::Text(cells.get(row)),
            Cells::Date(cells) => Cell::Date(&cells[row]),
        }
    }

    pub fn cells(&self) -> impl Iterator<Item = Cell<'_>> {
        (0..self.len()).map(|row| self.cell(row))
    }

    /// Integers, if it has them and none is missing.
    pub fn whole_ints(&self) -> Option<&[i64]> {
        match &self.cells {
            Cells::Int(cells) if self.missing.is_none() => Some(cells),
            _ => None,
        }
    }

    /// Floats, if it has them and none is missing.
    pub fn whole_floats(&self) -> Option<&[f64]> {
        match &self.cells {
            Cells::Float(cells) if self.missing.is_none() => Some(cells),
            _ => None,
        }
    }

    /// The cells at these places, in this order.
    pub fn take(&self, rows: &Rows) -> Column {
        fn taken<T: Clone>(cells: &[T], rows: &Rows, nothing: &T) -> Vec<T> {
            let cell = |&row: &u32| if row == NO_ROW { nothing } else { &cells[row as usize] };
            rows.iter().map(cell).cloned().collect()
        }
        let cells = match &self.cells {
            Cells::Int(cells) => Cells::Int(taken(cells, rows, &0)),
            Cells::Float(cells) => Cells::Float(taken(cells, rows, &0.0)),
            Cells::Bool(cells) => Cells::Bool(taken(cells, rows, &false)),
            Cells::Date(cells) => Cells::Date(taken(cells, rows, &Moment::default())),
            Cells::Text(cells) => {
                let mut texts = Texts::default();
                for &row in rows {
                    texts.push(if row == NO_ROW { "" } else { cells.get(row as usize) });
                }
                Cells::Text(texts)
            }
        };
        let has_missing = self.missing.is_some() || rows.contains(&NO_ROW);
        let missing = has_missing
            .then(|| rows.iter().map(|&row| row == NO_ROW || self.is_missing(row as usize)).collect::<Vec<bool>>());
        Column { cells, missing: missing.filter(|missing| missing.contains(&true)) }
    }

    /// A column of cells, and of which are missing, if any are.
    pub fn new(cells: Cells, missing: Option<Vec<bool>>) -> Column {
        Column { cells, missing }
    }
}

impl PartialEq for Column {
    fn eq(&self, other: &Column) -> bool {
        self.len() == other.len() && self.cells().zip(other.cells()).all(|(a, b)| a.is_same(b))
    }
}

/// A column that grows. Its type is that of the first cell that is there; integers become floats when a float comes.
#[derive(Default)]
pub(super) struct Builder {
    cells: Option<Cells>,
    missing: Vec<bool>,
    has_missing: bool,
}

/// A cell of another type than the column.
#[derive(Debug)]
pub(super) struct Clash {
    pub column: Type,
    pub cell: Type,
    /// The integers of the column are too large to be floats exactly.
    pub is_inexact: bool,
}

/// Integers up to this are floats exactly.
const EXACT: u64 = 1 << 53;

impl Builder {
    /// A column of a type that is known.
    pub fn of(kind: Type) -> Builder {
        Builder { cells: Some(Builder::default().empty(kind)), ..Builder::default() }
    }

    pub fn len(&self) -> usize {
        self.missing.len()
    }

    /// Cells of a type, one for each that is missing so far.
    fn empty(&self, kind: Type) -> Cells {
        Cells::empty(kind, self.missing.len(), 0)
    }

    pub fn push(&mut self, cell: Cell<'_>) -> Result<(), Clash> {
        let kind = match cell {
            Cell::Missing => {
                if let Some(cells) = &mut self.cells {
                    cells.push_empty();
                }
                self.missing.push(true);
                self.has_missing = true;
                return Ok(());
            }
            Cell::Int(_) => Type::Int,
            Cell::Float(_) => Type::Float,
            Cell::Bool(_) => Type::Bool,
            Cell::Text(_) => Type::Text,
            Cell::Date(_) => Type::Date,
        };
        if self.cells.is_none() {
            self.cells = Some(self.empty(kind));
        }
        if let (Some(Cells::Int(ints)), Cell::Float(_)) = (&self.cells, cell) {
            if ints.iter().any(|int| int.unsigned_abs() > EXACT) {
                return Err(Clash { column: Type::Int, cell: kind, is_inexact: true });
            }
            self.cells = Some(Cells::Float(ints.iter().map(|&int| int as f64).collect()));
        }
        match (self.cells.as_mut().expect("just made"), cell) {
            (Cells::Int(cells), Cell::Int(int)) => cells.push(int),
            (Cells::Float(cells), Cell::Float(float)) => cells.push(float),
            (Cells::Float(cells), Cell::Int(int)) if int.unsigned_abs() <= EXACT => cells.push(int as f64),
            (Cells::Bool(cells), Cell::Bool(truth)) => cells.push(truth),
            (Cells::Text(cells), Cell::Text(text)) => cells.push(text),
            (Cells::Date(cells), Cell::Date(moment)) => cells.push(moment.clone()),
            (cells, _) => {
                let column = cells.kind();
                return Err(Clash { column, cell: kind, is_inexact: column == Type::Float && kind == Type::Int });
            }
        }
        self.missing.push(false);
        Ok(())
    }

    /// So many cells, all missing.
    pub fn filled(mut self, length: usize) -> Column {
        while self.len() < length {
            self.push(Cell::Missing).expect("what is missing is of any type");
        }
        self.finish()
    }

    /// A column of which nothing is known is one of floats, all missing.
    pub fn finish(self) -> Column {
        let cells = match self.cells {
            Some(cells) => cells,
            None => self.empty(Type::Float),
        };
        Column { cells, missing: self.has_missing.then_some(self.missing) }
    }
}
