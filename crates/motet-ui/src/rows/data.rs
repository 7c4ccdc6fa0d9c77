//! Values of programs as cells of a table: a list of records, a record of columns, a list of rows, a list, or a table.

use crate::binding::shown;
use motet_vm::memory::{ForeignObject, Frozen, Heap, Notation, Value};

/// A column as a program describes it.
#[derive(Clone, Debug, Default)]
pub struct Column {
    /// The field's name, or the place in a row.
    pub field: Box<str>,
    pub label: Option<Box<str>>,
    pub unit: Box<str>,
    pub digits: Option<usize>,
    pub width: Option<f32>,
    /// Right, for numbers; as the values are, if nothing is said.
    pub is_right: Option<bool>,
}

/// How the rows of a value are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Records,
    Columns,
    Lists,
    Plain,
    /// A foreign object that has columns: see `ForeignObject::column_names`.
    Table,
}

/// The object behind a value that is a table.
pub fn table_of(value: &Value) -> Option<&dyn ForeignObject> {
    let object = value.as_foreign()?.object();
    object.column_names().is_some().then_some(object)
}

/// Rows to look at, to see what a column is like.
pub const SAMPLE: usize = 100;
/// Most decimals of a column whose values say nothing else.
const MOST_DIGITS: usize = 6;

/// A value, looked at as a table.
pub struct Data {
    pub value: Frozen,
    shape: Shape,
    pub count: usize,
    pub heads: Vec<Head>,
}

/// A column as it is shown.
#[derive(Clone, Debug)]
pub struct Head {
    key: Key,
    pub label: String,
    pub is_right: bool,
    pub digits: usize,
    pub width: Option<f32>,
}

#[derive(Clone, Debug)]
enum Key {
    Field(Box<str>),
    Place(usize),
    Itself,
}

/// How many rows a value has.
pub fn count_of(value: &Value) -> usize {
    if let Some(record) = value.as_record() {
        let mut most = 0;
        record.for_each(|_, column| most = most.max(column.as_list().map_or(0, |list| list.length())));
        return most;
    }
    if let Some(table) = table_of(value) {
        return table.length().unwrap_or_default();
    }
    value.as_list().map_or(0, |list| list.length())
}

impl Data {
    pub fn new(value: Frozen, columns: &[Column]) -> Data {
        let shape = shape_of(value.value());
        let count = count_of(value.value());
        let mut data = Data { value, shape, count, heads: Vec::new() };
        let described = if columns.is_empty() { data.found_columns() } else { columns.to_vec() };
        data.heads = described.iter().map(|column| data.head(column)).collect();
        data
    }

    /// The columns that the data itself has.
    fn found_columns(&self) -> Vec<Column> {
        let named = |name: &str| Column { field: name.into(), ..Column::default() };
        let mut columns: Vec<Column> = Vec::new();
        let value = self.value.value();
        match self.shape {
            Shape::Columns => {
                if let Some(record) = value.as_record() {
                    record.for_each(|name, _| columns.push(named(name.as_str())));
                }
            }
            Shape::Records => {
                for row in value
                    .as_list()
                    .into_iter()
                    .flat_map(|list| list.items().iter().take(SAMPLE).cloned().collect::<Vec<_>>())
                {
                    let Some(record) = row.as_record() else { continue };
                    record.for_each(|name, _| {
                        if !columns.iter().any(|column| &*column.field == name.as_str()) {
                            columns.push(named(name.as_str()));
                        }
                    });
                }
            }
            Shape::Lists => {
                let widest = |list: &motet_vm::memory::List| {
                    list.items().iter().take(SAMPLE).filter_map(|row| Some(row.as_list()?.length())).max()
                };
                let wide = value.as_list().and_then(widest).unwrap_or_default();
                columns.extend((0..wide).map(|place| named(&place.to_string())));
            }
            Shape::Table => {
                let names = table_of(value).and_then(ForeignObject::column_names).unwrap_or_default();
                columns.extend(names.into_iter().map(named));
            }
            Shape::Plain => columns.push(Column { label: Some("Value".into()), ..Column::default() }),
        }
        columns
    }

    fn head(&self, column: &Column) -> Head {
        let key = match self.shape {
            Shape::Lists => Key::Place(column.field.parse().unwrap_or(usize::MAX)),
            Shape::Plain => Key::Itself,
            Shape::Table => {
                let names = table_of(self.value.value()).and_then(ForeignObject::column_names).unwrap_or_default();
                Key::Place(names.iter().position(|name| **name == *column.field).unwrap_or(usize::MAX))
            }
            Shape::Records | Shape::Columns => Key::Field(column.field.as_ref().into()),
        };
        let sample: Vec<Value> = (0..self.count.min(SAMPLE)).map(|row| self.cell(row, &key)).collect();
        let is_number = |value: &Value| value.is_null() || value.as_number().is_some();
        let numbers = sample.iter().all(is_number) && sample.iter().any(|value| !value.is_null());
        let digits = column.digits.unwrap_or_else(|| digits_of(&sample));
        let label = column.label.as_deref().unwrap_or(&column.field);
        let label = if column.unit.is_empty() { label.to_owned() } else { format!("{label} ({})", column.unit) };
        Head { key, label, is_right: column.is_right.unwrap_or(numbers), digits, width: column.width }
    }

    fn cell(&self, row: usize, key: &Key) -> Value {
        let value = self.value.value();
        let of_row = |row: &Value| match key {
            Key::Field(name) => row.as_record().and_then(|record| record.get(&**name)),
            Key::Place(place) => row.as_list().and_then(|list| list.get(*place)),
            Key::Itself => Some(row.clone()),
        };
        let found = match (self.shape, key) {
            (Shape::Columns, Key::Field(name)) => {
                value.as_record().and_then(|record| record.get(&**name)).and_then(|column| column.as_list()?.get(row))
            }
            (Shape::Table, Key::Place(column)) => {
                // A text is made for this look alone, so it needs no heap that stays.
                table_of(value).map(|table| table.table_cell(row, *column, &Heap::new()))
            }
            _ => value.as_list().and_then(|list| list.get(row)).as_ref().and_then(of_row),
        };
        found.unwrap_or(Value::NULL)
    }

    /// A cell's value.
    pub fn at(&self, row: usize, column: usize) -> Value {
        self.cell(row, &self.heads[column].key)
    }

    /// A cell as text; none for one without a value.
    pub fn text(&self, row: usize, column: usize, notation: Notation) -> Option<String> {
        let head = &self.heads[column];
        let value = self.cell(row, &head.key);
        if value.is_null() {
            return None;
        }
        match value.as_number() {
            Some(number) => Some(number_text(number, head.digits)),
            None => Some(shown(&value, notation)),
        }
    }
}

/// A value as text, where no program says in which notation.
pub fn plain_text(value: &Value) -> String {
    shown(value, Notation::Soc)
}

fn shape_of(value: &Value) -> Shape {
    if value.as_record().is_some() {
        return Shape::Columns;
    }
    if table_of(value).is_some() {
        return Shape::Table;
    }
    let first = value.as_list().and_then(|list| list.get(0));
    match first {
        Some(row) if row.as_record().is_some() => Shape::Records,
        Some(row) if row.as_list().is_some() => Shape::Lists,
        _ => Shape::Plain,
    }
}

/// As many decimals as the values have, no more than six.
fn digits_of(values: &[Value]) -> usize {
    let has = |number: f64, digits: usize| {
        let scaled = number * 10f64.powi(digits as i32);
        (scaled - scaled.round()).abs() < 1e-6 * scaled.abs().max(1.0) || !number.is_finite()
    };
    let numbers: Vec<f64> = values.iter().filter_map(Value::as_number).collect();
    (0..MOST_DIGITS).find(|digits| numbers.iter().all(|number| has(*number, *digits))).unwrap_or(MOST_DIGITS)
}

/// A number with its decimals, a narrow space between thousands from five digits on, and the sign that is as wide as a plus.
pub fn number_text(number: f64, digits: usize) -> String {
    if !number.is_finite() || number.abs() >= 1e15 {
        return crate::plot::short(number);
    }
    let plain = format!("{:.digits$}", number.abs());
    let (whole, rest) = plain.split_at(plain.find('.').unwrap_or(plain.len()));
    // What rounds to nothing has no sign.
    let is_negative = number < 0.0 && plain.bytes().any(|byte| (b'1'..=b'9').contains(&byte));
    let mut text = String::from(if is_negative { "\u{2212}" } else { "" });
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && whole.len() >= 5 && (whole.len() - index).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_in_columns() {
        for (number, digits, text) in [
            (1234.0, 0, "1234"),
            (12345.0, 0, "12\u{202f}345"),
            (-1_234_567.5, 1, "\u{2212}1\u{202f}234\u{202f}567.5"),
            (-0.001, 2, "0.00"),
            (0.5, 3, "0.500"),
            (f64::NAN, 2, "–"),
        ] {
            assert_eq!(number_text(number, digits), text);
        }
    }

    #[test]
    fn a_column_has_the_decimals_that_its_values_have() {
        let digits =
            |numbers: &[f64]| digits_of(&numbers.iter().map(|number| Value::float(*number)).collect::<Vec<_>>());
        assert_eq!(digits(&[1.0, 2.0]), 0);
        assert_eq!(digits(&[1.5, 0.25]), 2);
        assert_eq!(digits(&[1.0 / 3.0]), 6);
        assert_eq!(digits(&[]), 0);
    }

    /// Two columns, of which the second has a missing cell.
    struct Two;

    static TWO: motet_vm::memory::ForeignKind = motet_vm::memory::ForeignKind::new("Two");

    impl ForeignObject for Two {
        fn kind(&self) -> &'static motet_vm::memory::ForeignKind {
            &TWO
        }

        fn length(&self) -> Option<usize> {
            Some(2)
        }

        fn column_names(&self) -> Option<Vec<&str>> {
            Some(vec!["name", "n"])
        }

        fn table_cell(&self, row: usize, column: usize, heap: &Heap) -> Value {
            match (row, column) {
                (0, 0) => heap.string("a"),
                (1, 0) => heap.string("b"),
                (0, 1) => Value::int(7),
                _ => Value::NULL,
            }
        }
    }

    #[test]
    fn a_table_shows_its_own_columns_or_those_that_are_asked_for() {
        let heap = Heap::new();
        let value = Frozen::new(&heap.shared_foreign(std::sync::Arc::new(Two))).expect("all threads may use it");
        let data = Data::new(value.clone(), &[]);
        assert_eq!((data.count, data.heads.len()), (2, 2));
        assert_eq!(data.text(0, 0, Notation::Soc).as_deref(), Some("a"));
        assert_eq!(data.text(0, 1, Notation::Soc).as_deref(), Some("7"));
        assert_eq!(data.text(1, 1, Notation::Soc), None);
        assert!(data.heads[1].is_right && !data.heads[0].is_right);
        let asked = ["n", "no such"].map(|name| Column { field: name.into(), ..Column::default() });
        let data = Data::new(value, &asked);
        assert_eq!(data.at(0, 0).as_int(), Some(7));
        assert!(data.at(0, 1).is_null());
    }
}
