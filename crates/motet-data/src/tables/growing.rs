//! Columns of CSV, which take their cells field by field, and become of the narrowest type that holds all of them.
//!
//! A column begins with the type of its first field. Where a later one does not fit, integers become floats; other columns are
//! read once more from the start, as a wider type. A file has few of those, and types are five, so it is read five times at
//! most.

use super::column::{Cells, Column, Type};
use super::fields::{self, begins_number};
use crate::dates::Moment;
use crate::numbers::{self, Number};

/// Types from the narrowest to the one that holds all.
const WIDER: [Type; 5] = [Type::Int, Type::Float, Type::Bool, Type::Date, Type::Text];

fn wider(a: Type, b: Type) -> Type {
    let place = |kind| WIDER.iter().position(|other| *other == kind);
    if place(a) < place(b) { b } else { a }
}

#[derive(Debug)]
enum State {
    /// It takes fields.
    Growing,
    /// It is to be read once more, as of this type.
    Again(Type),
    /// The first field that is not of the type that was asked for, and its row.
    Wrong(usize, String),
    /// It was read as a whole.
    Complete,
}

/// See the module.
pub(super) struct Growing {
    state: State,
    /// The type that was asked for.
    asked: Option<Type>,
    kind: Type,
    /// None as long as all fields are missing.
    cells: Option<Cells>,
    /// Which are missing, if any are.
    missing: Option<Vec<bool>>,
    /// Rows that there may be.
    room: usize,
}

impl Growing {
    /// A column of so many rows at most, which is to be of a type if one was asked for.
    pub fn new(asked: Option<Type>, room: usize) -> Growing {
        let kind = asked.unwrap_or(Type::Int);
        Growing { state: State::Growing, asked, kind, cells: None, missing: None, room }
    }

    /// A column for the rows of another piece of the text, so many at most, that begins as far as this one has come.
    pub fn beside(&self, room: usize) -> Growing {
        let state = match self.state {
            State::Growing => State::Growing,
            // It takes no fields either.
            _ => State::Complete,
        };
        Growing { state, asked: self.asked, kind: self.kind, cells: None, missing: None, room }
    }

    /// Takes what a column [beside](Self::beside) this one has read, behind what is here.
    pub fn append(&mut self, more: Growing) {
        if !matches!(self.state, State::Growing) {
            return;
        }
        // Types below a column's own do not hold one of its fields. So none below the wider of both holds all.
        let widest = wider(self.kind, more.kind);
        match more.state {
            State::Growing => {}
            State::Again(kind) => return self.read_again(wider(widest, kind)),
            State::Wrong(row, field) => {
                self.state = State::Wrong(self.len() + row, field);
                self.cells = None;
                return;
            }
            State::Complete => return,
        }
        let Some(mut cells) = more.cells else {
            for _ in 0..more.missing.map_or(0, |missing| missing.len()) {
                self.take_missing();
            }
            return;
        };
        let (before, count) = (self.len(), cells.len());
        if self.cells.is_none() {
            self.kind = widest;
            self.cells = Some(Cells::empty(widest, before, self.room));
        }
        self.widen(widest);
        let is_added = self.cells.as_mut().is_some_and(|own| own.append(&mut cells));
        if !is_added {
            return self.read_again(widest);
        }
        match (&mut self.missing, more.missing) {
            (None, None) => {}
            (Some(own), None) => own.resize(before + count, false),
            (own, Some(mut missing)) => {
                let room = self.room.max(before + count);
                let own = own.get_or_insert_with(|| {
                    let mut own = Vec::with_capacity(room);
                    own.resize(before, false);
                    own
                });
                own.append(&mut missing);
            }
        }
    }

    pub fn len(&self) -> usize {
        match &self.cells {
            Some(cells) => cells.len(),
            None => self.missing.as_ref().map_or(0, Vec::len),
        }
    }

    /// Takes the number that begins at a byte, if the column is one of numbers, and the number ends as fields do; gives
    /// where.
    #[inline]
    pub fn take_number(&mut self, text: &str, at: usize, is_end: impl Fn(u8) -> bool) -> Option<usize> {
        let bytes = text.as_bytes();
        if !begins_number(*bytes.get(at)?) {
            return None;
        }
        let (number, end) = match (&self.state, &self.cells) {
            (State::Growing, Some(Cells::Int(_) | Cells::Float(_))) => numbers::read(text, at).ok()?,
            _ => return None,
        };
        if bytes.get(end).is_some_and(|&byte| !is_end(byte)) {
            return None;
        }
        match (self.cells.as_mut()?, number) {
            (Cells::Int(cells), Number::Int(int)) => cells.push(int),
            (Cells::Float(cells), Number::Int(int)) => cells.push(int as f64),
            (Cells::Float(cells), Number::Float(float)) => cells.push(float),
            _ => return None,
        }
        if let Some(missing) = &mut self.missing {
            missing.push(false);
        }
        Some(end)
    }

    /// Takes a field; `absent` are texts that stand for what is missing, beside the empty one.
    pub fn take(&mut self, field: &str, is_quoted: bool, absent: &[String]) {
        if !matches!(self.state, State::Growing) {
            return;
        }
        if !is_quoted && (field.is_empty() || absent.iter().any(|absent| absent == field)) {
            self.take_missing();
            return;
        }
        // What stands in quotes is a text, so all are.
        if is_quoted && self.asked.is_none() {
            self.widen(Type::Text);
        }
        while matches!(self.state, State::Growing) && !self.add(field) {
            if self.asked.is_some() {
                self.state = State::Wrong(self.len(), field.to_owned());
                self.cells = None;
                return;
            }
            let wider = WIDER.into_iter().skip_while(|kind| *kind != self.kind).skip(1);
            self.widen(wider.into_iter().find(|kind| fields::fits(field, *kind)).unwrap_or(Type::Text));
        }
    }

    fn take_missing(&mut self) {
        let length = self.len();
        let missing = self.missing.get_or_insert_with(|| {
            let mut missing = Vec::with_capacity(self.room.max(length + 1));
            missing.resize(length, false);
            missing
        });
        missing.push(true);
        if let Some(cells) = &mut self.cells {
            cells.push_empty();
        }
    }

    /// Adds a cell, if the field is one of the column's type.
    fn add(&mut self, field: &str) -> bool {
        let length = self.len();
        if self.cells.is_none() && !fields::fits(field, self.kind) {
            return false;
        }
        let cells = self.cells.get_or_insert_with(|| Cells::empty(self.kind, length, self.room));
        let is_added = match cells {
            Cells::Int(cells) => fields::int(field).map(|int| cells.push(int)),
            Cells::Float(cells) => fields::float(field).map(|float| cells.push(float)),
            Cells::Bool(cells) => fields::truth(field).map(|truth| cells.push(truth)),
            Cells::Date(cells) => Moment::of_text(field).map(|moment| cells.push(moment)),
            Cells::Text(cells) => {
                cells.push(field);
                Some(())
            }
        };
        if let (Some(()), Some(missing)) = (is_added, &mut self.missing) {
            missing.push(false);
        }
        is_added.is_some()
    }

    /// Becomes of a wider type, now or by being read once more.
    fn widen(&mut self, kind: Type) {
        match &self.cells {
            _ if kind == self.kind => {}
            None => self.kind = kind,
            Some(Cells::Int(ints)) if kind == Type::Float => {
                let mut floats = Vec::with_capacity(self.room.max(ints.len()));
                floats.extend(ints.iter().map(|&int| int as f64));
                self.kind = kind;
                self.cells = Some(Cells::Float(floats));
            }
            Some(_) => self.read_again(kind),
        }
    }

    fn read_again(&mut self, kind: Type) {
        self.state = State::Again(kind);
        (self.cells, self.missing) = (None, None);
    }

    /// All fields were there. Gives whether they are to come once more.
    pub fn end_pass(&mut self) -> bool {
        match self.state {
            State::Growing => self.state = State::Complete,
            State::Again(kind) => {
                self.kind = kind;
                self.state = State::Growing;
                return true;
            }
            State::Wrong(..) | State::Complete => {}
        }
        false
    }

    /// The first field that is not of the type that was asked for: its row, itself, the type.
    pub fn wrong(&self) -> Option<(usize, &str, Type)> {
        match &self.state {
            State::Wrong(row, field) => Some((*row, field, self.kind)),
            _ => None,
        }
    }

    /// A column of which nothing is known is one of texts.
    pub fn finish(self) -> Column {
        let length = self.len();
        let kind = self.asked.unwrap_or(Type::Text);
        let mut cells = self.cells.unwrap_or_else(|| Cells::empty(kind, length, 0));
        cells.give_back_room();
        Column::new(cells, self.missing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(column: &mut Growing, rows: &[&str]) {
        for row in rows {
            let number = column.take_number(row, 0, |_| false);
            if number.is_none() {
                column.take(row, false, &[]);
            }
        }
    }

    /// Reads rows as often as they are asked for, all in one go, or in rounds of three pieces of `piece` rows.
    fn read(rows: &[&str], asked: Option<Type>, piece: Option<usize>) -> (Growing, usize) {
        let (mut column, mut passes) = (Growing::new(asked, rows.len()), 0);
        loop {
            passes += 1;
            match piece {
                None => take(&mut column, rows),
                Some(piece) => {
                    for round in rows.chunks(3 * piece) {
                        let pieces: Vec<Growing> = round
                            .chunks(piece)
                            .map(|rows| {
                                let mut beside = column.beside(rows.len());
                                take(&mut beside, rows);
                                beside
                            })
                            .collect();
                        pieces.into_iter().for_each(|piece| column.append(piece));
                    }
                }
            }
            if !column.end_pass() {
                return (column, passes);
            }
        }
    }

    fn shown(column: &Column) -> Vec<String> {
        (0..column.len()).map(|row| format!("{:?}", column.cell(row))).collect()
    }

    #[test]
    fn a_column_has_the_narrowest_type_that_holds_all_of_its_fields() {
        let pool = [
            "",
            "1",
            "-7",
            "2.5",
            "1e3",
            " 3 ",
            "007",
            "99999999999999999999",
            "true",
            "FALSE",
            "2026-11-28",
            "2026-11-28T10:00",
            "x",
            "1x",
            "-",
        ];
        let mut seed = 3u64;
        let mut seen = [false; 5];
        for round in 0..3000 {
            let rows: Vec<&str> = (0..1 + round % 6)
                .map(|_| {
                    seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                    // Fields that are alike come together more often than chance has it.
                    let (from, few) = (round % pool.len(), 2 + round % 3);
                    pool[(from + (seed >> 33) as usize % few) % pool.len()]
                })
                .collect();
            let (column, passes) = read(&rows, None, None);
            let column = column.finish();
            let there = || rows.iter().filter(|row| !row.is_empty());
            let holds_all = |kind: &Type| there().next().is_some() && there().all(|row| fields::fits(row, *kind));
            let expected = WIDER.into_iter().find(holds_all).unwrap_or(Type::Text);
            assert_eq!(column.kind(), expected, "{rows:?}");
            assert_eq!(column.len(), rows.len());
            let expected = rows.iter().filter(|row| row.is_empty()).count();
            assert_eq!(column.missing_count(), expected, "{rows:?}");
            assert!(passes <= WIDER.len(), "{rows:?}");
            for piece in 1..3 {
                let (in_pieces, passes) = read(&rows, None, Some(piece));
                assert_eq!(shown(&in_pieces.finish()), shown(&column), "{rows:?}");
                assert!(passes <= WIDER.len(), "{rows:?}");
            }
            for kind in WIDER {
                let (whole, _) = read(&rows, Some(kind), None);
                let (in_pieces, _) = read(&rows, Some(kind), Some(1 + round % 3));
                assert_eq!(in_pieces.wrong(), whole.wrong(), "{rows:?}");
                if whole.wrong().is_none() {
                    assert_eq!(shown(&in_pieces.finish()), shown(&whole.finish()), "{rows:?}");
                }
            }
            seen[column.kind() as usize] = true;
        }
        assert_eq!(seen, [true; 5]);
    }
}
