//! Reading a signal without the lock, if its value is a number, a boolean or null.
//!
//! **The protocol.** Two words: one with a counter and the value's kind, one with its payload. A writer (they come one at a
//! time: they hold the graph's lock) makes the counter odd, writes the payload, and makes the counter even again with the
//! new kind. A reader reads the first word, the payload, and the first word again: if that is even and the same, the two
//! belong together. Else it asks the graph, as it does for values of other kinds.

use motet_concurrency::sync::{AtomicU64, Ordering, fence};
use motet_memory::{Tag, Value};

pub(super) struct Cell {
    /// The counter, shifted by [`COUNT`], and the kind.
    word: AtomicU64,
    payload: AtomicU64,
}

/// Where the counter begins.
const COUNT: u32 = 8;
/// The kind of values that are not in the cell.
const ELSEWHERE: u64 = 0xff;

impl Cell {
    pub fn new(value: &Value) -> Cell {
        let (kind, payload) = encode(value);
        Cell { word: AtomicU64::new(kind), payload: AtomicU64::new(payload) }
    }

    /// Only under the graph's lock.
    pub fn write(&self, value: &Value) {
        let (kind, payload) = encode(value);
        let count = self.word.load(Ordering::Relaxed) >> COUNT;
        self.word.store((count + 1) << COUNT | ELSEWHERE, Ordering::Relaxed);
        fence(Ordering::Release);
        self.payload.store(payload, Ordering::Relaxed);
        self.word.store((count + 2) << COUNT | kind, Ordering::Release);
    }

    /// The value, if it is of a kind that is kept here, and no thread is writing.
    #[inline]
    pub fn read(&self) -> Option<Value> {
        let word = self.word.load(Ordering::Acquire);
        let payload = self.payload.load(Ordering::Relaxed);
        fence(Ordering::Acquire);
        if self.word.load(Ordering::Relaxed) != word {
            return None;
        }
        decode(word & ELSEWHERE, payload)
    }
}

fn encode(value: &Value) -> (u64, u64) {
    match value.tag() {
        Tag::Null | Tag::False | Tag::True | Tag::Int | Tag::Float => (value.tag() as u64, value.payload()),
        _ => (ELSEWHERE, 0),
    }
}

#[inline]
fn decode(kind: u64, payload: u64) -> Option<Value> {
    const NULL: u64 = Tag::Null as u64;
    const FALSE: u64 = Tag::False as u64;
    const TRUE: u64 = Tag::True as u64;
    const INT: u64 = Tag::Int as u64;
    const FLOAT: u64 = Tag::Float as u64;
    Some(match kind {
        INT => Value::int(payload as i64),
        FLOAT => Value::float(f64::from_bits(payload)),
        NULL => Value::NULL,
        FALSE => Value::FALSE,
        TRUE => Value::TRUE,
        _ => return None,
    })
}
