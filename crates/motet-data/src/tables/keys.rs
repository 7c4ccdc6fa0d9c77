//! Rows that have the same cells in some columns: what groups, joins and distinct rows are made of.

use super::column::{Cell, Column};
use super::table::Table;
use crate::dates::Moment;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use motet_vm::{Context, Result};

/// The key of a row, as bytes that equal keys have in common. Numbers count whatever their types; so does what is missing.
fn write_key(cell: Cell<'_>, key: &mut Vec<u8>) {
    match cell {
        Cell::Missing => key.push(0),
        Cell::Int(int) => {
            key.push(1);
            key.extend(int.to_le_bytes());
        }
        Cell::Float(float) if float as i64 as f64 == float && float.abs() < 9e15 => {
            write_key(Cell::Int(float as i64), key);
        }
        Cell::Float(float) => {
            key.push(2);
            // There are many NaNs.
            let float = if float.is_nan() { f64::NAN } else { float };
            key.extend(float.to_le_bytes());
        }
        Cell::Bool(truth) => key.extend([3, truth.into()]),
        Cell::Text(text) => {
            key.push(4);
            key.extend((text.len() as u64).to_le_bytes());
            key.extend(text.as_bytes());
        }
        Cell::Date(moment) => {
            let text = match moment {
                // The same moment is the same key, whatever its zone.
                Moment::Zoned(zoned) => zoned.timestamp().to_string(),
                other => other.text(),
            };
            key.push(5);
            key.extend((text.len() as u64).to_le_bytes());
            key.extend(text.as_bytes());
        }
    }
}

/// The group of each row, numbered by their first rows.
pub(super) struct Groups {
    /// Of each row.
    pub group_of: Vec<u32>,
    /// The first row of each.
    pub first: Vec<u32>,
}

type Numbers = HashMap<Vec<u8>, u32, FixedState>;

/// The number of a key, which is copied only if it is new; `u32::MAX` then.
fn number_of<'n>(numbers: &'n mut Numbers, key: &[u8]) -> &'n mut u32 {
    numbers.entry_ref(key).or_insert(u32::MAX)
}

/// Numbers keys as they come.
struct Numbering {
    groups: Groups,
}

impl Numbering {
    fn add(&mut self, entry: &mut u32) {
        let row = self.groups.group_of.len() as u32;
        if *entry == u32::MAX {
            *entry = self.groups.first.len() as u32;
            self.groups.first.push(row);
        }
        self.groups.group_of.push(*entry);
    }
}

impl Groups {
    pub fn of(context: &mut Context<'_>, columns: &[&Column], length: usize) -> Result<Groups> {
        let groups = Groups { group_of: Vec::with_capacity(length), first: Vec::new() };
        let mut numbering = Numbering { groups };
        if let [column] = columns {
            if let Some(ints) = column.whole_ints() {
                let mut numbers = HashMap::<i64, u32, FixedState>::with_hasher(FixedState::default());
                for portion in ints.chunks(1024) {
                    context.work(portion.len())?;
                    for int in portion {
                        numbering.add(numbers.entry(*int).or_insert(u32::MAX));
                    }
                }
                return Ok(numbering.groups);
            }
            let mut numbers = HashMap::<Option<&str>, u32, FixedState>::with_hasher(FixedState::default());
            let texts = column.cells().map(|cell| match cell {
                Cell::Missing => Some(None),
                Cell::Text(text) => Some(Some(text)),
                _ => None,
            });
            for (row, text) in texts.enumerate() {
                let Some(text) = text else { break };
                if row % 1024 == 0 {
                    context.work(1024)?;
                }
                numbering.add(numbers.entry(text).or_insert(u32::MAX));
            }
            if numbering.groups.group_of.len() == length {
                return Ok(numbering.groups);
            }
            numbering.groups.group_of.clear();
            numbering.groups.first.clear();
        }
        let mut numbers = Numbers::with_hasher(FixedState::default());
        let mut key = Vec::new();
        for row in 0..length {
            context.work(columns.len() + 1)?;
            key.clear();
            columns.iter().for_each(|column| write_key(column.cell(row), &mut key));
            numbering.add(number_of(&mut numbers, &key));
        }
        Ok(numbering.groups)
    }

    pub fn count(&self) -> usize {
        self.first.len()
    }

    /// The rows of each group, one group behind the other, and where each ends.
    pub fn sorted(&self) -> (Vec<u32>, Vec<usize>) {
        let mut ends = vec![0_usize; self.count()];
        self.group_of.iter().for_each(|&group| ends[group as usize] += 1);
        let mut sum = 0;
        for end in &mut ends {
            sum += *end;
            *end = sum - *end;
        }
        // Now each says where its group begins; filling the rows in moves it to the end.
        let mut rows = vec![0_u32; self.group_of.len()];
        for (row, &group) in self.group_of.iter().enumerate() {
            let place = &mut ends[group as usize];
            rows[*place] = row as u32;
            *place += 1;
        }
        (rows, ends)
    }
}

/// The rows of a table by the keys that they have in some columns. Rows of which a part of the key is missing have none.
pub(super) struct Index {
    /// The first row of each key, and the next one of the same key behind each row.
    first: Numbers,
    next: Vec<u32>,
}

pub(super) const END: u32 = u32::MAX;

/// The key of a row; none if a part of it is missing.
fn key_of(columns: &[&Column], row: usize, key: &mut Vec<u8>) -> bool {
    key.clear();
    columns.iter().all(|column| {
        let cell = column.cell(row);
        write_key(cell, key);
        !cell.is_missing()
    })
}

impl Index {
    pub fn of(context: &mut Context<'_>, columns: &[&Column], length: usize) -> Result<Index> {
        let mut index = Index { first: Numbers::with_hasher(FixedState::default()), next: vec![END; length] };
        let mut key = Vec::new();
        // From the end, so that each key's rows come in their order.
        for row in (0..length).rev() {
            context.work(columns.len() + 1)?;
            if key_of(columns, row, &mut key) {
                let first = number_of(&mut index.first, &key);
                index.next[row] = std::mem::replace(first, row as u32);
            }
        }
        Ok(index)
    }

    /// The first row with the key that another table's row has.
    pub fn first(&self, columns: &[&Column], row: usize, key: &mut Vec<u8>) -> u32 {
        if !key_of(columns, row, key) {
            return END;
        }
        self.first.get(key.as_slice()).copied().unwrap_or(END)
    }

    pub fn next(&self, row: u32) -> u32 {
        self.next[row as usize]
    }
}

/// The first rows of each group.
pub(super) fn distinct(context: &mut Context<'_>, table: &Table, places: &[usize]) -> Result<Vec<u32>> {
    let columns: Vec<&Column> = places.iter().map(|&place| &*table.columns[place]).collect();
    Ok(Groups::of(context, &columns, table.length)?.first)
}

/// Rows in the order of some columns; equal ones keep theirs.
pub(super) fn sorted(context: &mut Context<'_>, table: &Table, by: &[(usize, bool)], rows: &mut [u32]) -> Result<()> {
    let length = rows.len();
    context.work(length.saturating_mul(length.max(2).ilog2() as usize) / 4)?;
    rows.sort_by(|&a, &b| {
        let mut order = std::cmp::Ordering::Equal;
        for &(place, is_descending) in by {
            let column = &table.columns[place];
            let (a, b) = (column.cell(a as usize), column.cell(b as usize));
            order = a.order(b);
            // What is missing stands at the end either way.
            if is_descending && !a.is_missing() && !b.is_missing() {
                order = order.reverse();
            }
            if order.is_ne() {
                break;
            }
        }
        order
    });
    Ok(())
}

/// All rows of a table.
pub(super) fn all(length: usize) -> Vec<u32> {
    (0..length as u32).collect()
}
