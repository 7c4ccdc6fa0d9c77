//! Sorting the rows of a table. Few rows are sorted at once, many on a thread of their own, while the window goes on.

use super::data::Data;
use motet_vm::memory::Value;
use std::cmp::Ordering;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, channel};

/// Up to so many rows are sorted at once.
const FEW: usize = 20_000;

/// What a cell is compared by.
enum Key {
    Number(f64),
    Text(Box<str>),
    /// Behind all others, whichever way the rows are sorted.
    Missing,
}

fn key_of(value: &Value) -> Key {
    if let Some(number) = value.as_number() {
        return if number.is_nan() { Key::Missing } else { Key::Number(number) };
    }
    match value {
        value if value.is_null() => Key::Missing,
        value => Key::Text(super::data::plain_text(value).into()),
    }
}

/// The rows in the order of a column.
fn sorted(data: &Data, column: usize, descends: bool) -> Vec<u32> {
    let keys: Vec<Key> = (0..data.count).map(|row| key_of(&data.at(row, column))).collect();
    let mut order: Vec<u32> = (0..data.count as u32).collect();
    let turned = |ordering: Ordering| if descends { ordering.reverse() } else { ordering };
    order.sort_by(|a, b| match (&keys[*a as usize], &keys[*b as usize]) {
        (Key::Missing, Key::Missing) => Ordering::Equal,
        (Key::Missing, _) => Ordering::Greater,
        (_, Key::Missing) => Ordering::Less,
        (Key::Number(a), Key::Number(b)) => turned(a.total_cmp(b)),
        (Key::Text(a), Key::Text(b)) => turned(a.cmp(b)),
        (Key::Number(_), Key::Text(_)) => turned(Ordering::Less),
        (Key::Text(_), Key::Number(_)) => turned(Ordering::Greater),
    });
    order
}

/// The order of rows, or what will bring it.
#[derive(Default)]
pub enum Order {
    /// As the data has them.
    #[default]
    Own,
    Sorted(Vec<u32>),
    Awaited(Receiver<Vec<u32>>),
}

impl Order {
    pub fn by(data: &Arc<Data>, column: usize, descends: bool) -> Order {
        if data.count <= FEW {
            return Order::Sorted(sorted(data, column, descends));
        }
        let (sender, receiver) = channel();
        let there = data.clone();
        let sort = move || {
            // The window may have another order by now, and want this one no more.
            let _ = sender.send(sorted(&there, column, descends));
        };
        match std::thread::Builder::new().name("sort".into()).spawn(sort) {
            Ok(_) => Order::Awaited(receiver),
            // Without a thread the window waits.
            Err(_) => Order::Sorted(sorted(data, column, descends)),
        }
    }

    /// Takes what has been brought; true while it is awaited.
    pub fn is_awaited(&mut self) -> bool {
        let Order::Awaited(receiver) = self else { return false };
        match receiver.try_recv() {
            Ok(order) => *self = Order::Sorted(order),
            Err(TryRecvError::Empty) => return true,
            Err(TryRecvError::Disconnected) => *self = Order::Own,
        }
        false
    }

    /// The row of the data that is shown at a place.
    pub fn row(&self, place: usize) -> usize {
        match self {
            Order::Sorted(order) => order.get(place).map_or(place, |row| *row as usize),
            Order::Own | Order::Awaited(_) => place,
        }
    }

    /// Where a row of the data is shown.
    pub fn place(&self, row: usize) -> Option<usize> {
        match self {
            Order::Sorted(order) => order.iter().position(|other| *other as usize == row),
            Order::Own | Order::Awaited(_) => Some(row),
        }
    }
}
