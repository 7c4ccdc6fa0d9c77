//! Exact numbers: integers of any size, `big(2) ^ 100`, and decimals, `decimal("0.10")`. Beside integers they stay exact;
//! a float beside them is an error, since it would make them inexact unseen.
//!
//! | module | its one job |
//! |---|---|
//! | `decimal` | decimals by themselves: quotients, rounding, text |
//! | `read` | texts to numbers |
//! | `arithmetic` | what operators make of two numbers, within limits |
//! | `natives` | functions and methods |
//!
//! **Their size is bounded** before they are made, from the sizes of what they are made of: so an operation takes a fraction of
//! a second at most, and needs no thread of its own.

mod arithmetic;
mod decimal;
mod natives;
mod read;

pub(crate) use natives::{METHODS, NATIVES};

use decimal::Decimal;
use motet_vm::memory::{ForeignKind, ForeignObject, Heap, Value};
use num_bigint::BigInt;
use num_traits::ToPrimitive;
use std::cmp::Ordering;
use std::hash::BuildHasher;
use std::sync::Arc;

pub(crate) static BIG: ForeignKind = ForeignKind::new("BigInt").answering_functions();
pub(crate) static DECIMAL: ForeignKind = ForeignKind::new("Decimal").answering_functions();

/// Bits of an integer, and of a decimal's digits, at most.
const MOST_BITS: u64 = 1 << 20;
/// Digits that have so many bits at most.
const MOST_DIGITS: u64 = 300_000;
/// No float needs more digits behind its point.
const PLACES_OF_FLOATS: u32 = 1074;

/// An exact number as programs hold it: immutable, so every thread may have it.
#[derive(Clone, Debug)]
pub(crate) enum Exact {
    Big(BigInt),
    Decimal(Decimal),
}

impl Exact {
    pub fn of(value: &Value) -> Option<&Exact> {
        value.as_foreign()?.downcast()
    }

    /// An integer of the language that has more than 64 bits.
    pub(crate) fn of_digits(digits: &str, heap: &Heap) -> Option<Value> {
        let number = read::integer(digits, 10).ok().filter(|number| number.bits() <= MOST_BITS)?;
        Some(Exact::Big(number).give(heap))
    }

    pub(crate) fn text(&self) -> String {
        match self {
            Exact::Big(number) => number.to_string(),
            Exact::Decimal(decimal) => decimal.to_string(),
        }
    }

    fn give(self, heap: &Heap) -> Value {
        heap.shared_foreign(Arc::new(self))
    }

    fn to_decimal(&self) -> Decimal {
        match self {
            Exact::Big(number) => Decimal::of_integer(number.clone()),
            Exact::Decimal(decimal) => decimal.clone(),
        }
    }

    fn order(&self, other: &Exact) -> Ordering {
        match (self, other) {
            (Exact::Big(a), Exact::Big(b)) => a.cmp(b),
            _ => self.to_decimal().order(&other.to_decimal()),
        }
    }

    /// The nearest float; infinite if it is too large for one.
    fn float(&self) -> f64 {
        match self {
            Exact::Big(number) => number.to_f64().unwrap_or(f64::NAN),
            Exact::Decimal(decimal) => decimal.float(),
        }
    }
}

impl ForeignObject for Exact {
    fn kind(&self) -> &'static ForeignKind {
        match self {
            Exact::Big(_) => &BIG,
            Exact::Decimal(_) => &DECIMAL,
        }
    }

    fn family(&self) -> &'static ForeignKind {
        &BIG
    }

    fn plain_number(&self) -> Option<Value> {
        let stripped = match self {
            Exact::Big(number) => Decimal::of_integer(number.clone()),
            Exact::Decimal(decimal) => decimal.clone().stripped(0),
        };
        if stripped.places == 0
            && let Some(integer) = stripped.digits.to_i64()
        {
            return Some(Value::int(integer));
        }
        if stripped.places > PLACES_OF_FLOATS {
            return None;
        }
        let float = stripped.float();
        let is_exact = float.is_finite() && Decimal::of_float(float).order(&stripped).is_eq();
        is_exact.then(|| Value::float(float))
    }

    fn bytes(&self) -> usize {
        let (Exact::Big(digits) | Exact::Decimal(Decimal { digits, .. })) = self;
        digits.bits() as usize / 8
    }

    fn equals(&self, other: &dyn ForeignObject) -> bool {
        self.compare(other) == Some(Ordering::Equal)
    }

    fn hash(&self) -> Option<u64> {
        // Equal ones have the same digits and places once zeros at the end are away.
        let Decimal { digits, places } = self.to_decimal().stripped(0);
        Some(foldhash::fast::FixedState::default().hash_one((digits, places)))
    }

    fn compare(&self, other: &dyn ForeignObject) -> Option<Ordering> {
        Some(self.order(other.downcast_ref::<Exact>()?))
    }

    fn display(&self) -> Option<String> {
        Some(self.text())
    }

    fn fixed(&self, digits: usize) -> Option<String> {
        let places = u32::try_from(digits).ok().filter(|&places| places <= decimal::MOST_PLACES)?;
        Some(self.to_decimal().rounded(places.into(), decimal::Rounding::HalfUp).to_string())
    }
}
