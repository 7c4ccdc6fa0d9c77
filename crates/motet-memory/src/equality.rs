//! `==` and `<`. Values compare by value and deeply, integers and floats as numbers, cases of enums by their fields, other
//! instances, functions and foreign objects by identity. A class that defines `equals` is the interpreter's business:
//! [`is_equal_but`] collects the pairs that it must ask about.
//!
//! Nothing recurses on Rust's stack: pairs still to be compared are on a work list. Cyclic data terminate, because a pair
//! that was met before is taken as equal: if it is not, the place where it is found out ends the comparison anyway.
//!
//! A comparison of much data takes long. What must be able to stop passes a [`Patience`]: it is told of the work before it
//! is done, and gives up by answering false.

use super::class::Class;
use super::hash::hash_value;
use super::map::Map;
use super::numbers::{compare_int_float, is_equal_int_float};
use super::tag::Tag;
use super::value::Value;
use foldhash::fast::FixedState;
use hashbrown::HashSet;
use std::cmp::Ordering;

/// Pairs are remembered after this many, so that small values pay nothing for it.
const REMEMBER_AFTER: usize = 64;
/// Maps whose keys are maps whose keys are maps …: keys this deep are equal only if they are the same object.
const KEY_DEPTH: u32 = 16;
/// Lists nested deeper than this have no order.
const ORDER_DEPTH: usize = 100_000;

/// Asked before some work whether it is to be done: so many units, each about as long as comparing two numbers.
pub type Patience<'a> = &'a mut dyn FnMut(usize) -> bool;

/// The [`Patience`] was at an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GaveUp;

/// Texts from this size on count as work of their own, a unit for so many bytes.
pub const LONG_TEXT: usize = 4096;
const BYTES_PER_UNIT: usize = 64;

/// What a look at two values tells.
enum Look {
    Equal,
    Different,
    /// Containers of one kind: their contents decide.
    Deep,
}

fn known(equal: bool) -> Look {
    if equal { Look::Equal } else { Look::Different }
}

#[inline]
fn look(a: &Value, b: &Value) -> Look {
    if a.tag() != b.tag() {
        return known(is_equal_mixed(a, b));
    }
    match a.tag() {
        Tag::Float => known(f64::from_bits(a.payload()) == f64::from_bits(b.payload())),
        _ if a.payload() == b.payload() => Look::Equal,
        Tag::String => known(a.as_str() == b.as_str()),
        Tag::MadeSymbol => known(a.symbol_text() == b.symbol_text()),
        Tag::Bytes => known(a.as_bytes() == b.as_bytes()),
        Tag::Range => known(match (a.as_range(), b.as_range()) {
            (Some(a), Some(b)) => (a.start, a.end, a.step, a.inclusive) == (b.start, b.end, b.step, b.inclusive),
            _ => false,
        }),
        Tag::Complex => known(match (a.as_complex(), b.as_complex()) {
            (Some(a), Some(b)) => a.re == b.re && a.im == b.im,
            _ => false,
        }),
        Tag::BoundMethod => known(match (a.as_bound_method(), b.as_bound_method()) {
            (Some(a), Some(b)) => a.receiver.is_same(&b.receiver) && a.function.is_same(&b.function),
            _ => false,
        }),
        Tag::List | Tag::Record | Tag::Map | Tag::Node => Look::Deep,
        Tag::Instance => match (class_of(a), class_of(b)) {
            (Some(a), Some(b)) if std::ptr::eq(a, b) && a.is_compared_by_value() => Look::Deep,
            _ => Look::Different,
        },
        Tag::Foreign => known(match (a.as_foreign(), b.as_foreign()) {
            (Some(a), Some(b)) => {
                let (a, b) = (a.object(), b.object());
                a.family() == b.family() && a.equals(b)
            }
            _ => false,
        }),
        _ => Look::Different,
    }
}

fn class_of(value: &Value) -> Option<&Class> {
    value.as_instance()?.class()
}

/// Values of different kinds: only numbers can be equal, and symbols.
fn is_equal_mixed(a: &Value, b: &Value) -> bool {
    match (a.tag(), b.tag()) {
        (Tag::Int, Tag::Float) => is_equal_int_float(a.payload() as i64, f64::from_bits(b.payload())),
        (Tag::Float, Tag::Int) => is_equal_int_float(b.payload() as i64, f64::from_bits(a.payload())),
        (Tag::Symbol, Tag::MadeSymbol) | (Tag::MadeSymbol, Tag::Symbol) => a.symbol_text() == b.symbol_text(),
        (Tag::Complex, Tag::Int | Tag::Float) => is_complex_equal(a, b),
        (Tag::Int | Tag::Float, Tag::Complex) => is_complex_equal(b, a),
        (Tag::Foreign, Tag::Int | Tag::Float) => is_foreign_number(a, b),
        (Tag::Int | Tag::Float, Tag::Foreign) => is_foreign_number(b, a),
        _ => false,
    }
}

#[cold]
fn is_foreign_number(object: &Value, number: &Value) -> bool {
    let plain = object.as_foreign().and_then(|foreign| foreign.object().plain_number());
    plain.is_some_and(|plain| is_equal(&plain, number))
}

fn is_complex_equal(complex: &Value, real: &Value) -> bool {
    complex.as_complex().is_some_and(|complex| {
        complex.im == 0.0
            && match real.as_int() {
                Some(int) => is_equal_int_float(int, complex.re),
                None => real.as_float() == Some(complex.re),
            }
    })
}

/// `a == b`.
#[inline]
pub fn is_equal(a: &Value, b: &Value) -> bool {
    match look(a, b) {
        Look::Equal => true,
        Look::Different => false,
        Look::Deep => is_deeply_equal(a, b, KEY_DEPTH),
    }
}

/// `a == b`, as long as the patience lasts.
pub fn is_equal_within(a: &Value, b: &Value, patience: Patience<'_>) -> Result<bool, GaveUp> {
    if is_long_text(a) && is_long_text(b) && !patience(text_work(a)) {
        return Err(GaveUp);
    }
    match look(a, b) {
        Look::Equal => Ok(true),
        Look::Different => Ok(false),
        Look::Deep => {
            let mut pairs = Pairs::new(a, b, None, Some(patience));
            let equal = pairs.compare_all(KEY_DEPTH);
            if pairs.gave_up { Err(GaveUp) } else { Ok(equal) }
        }
    }
}

fn is_long_text(value: &Value) -> bool {
    value.tag() == Tag::String && value.as_str().is_some_and(|text| text.len() >= LONG_TEXT)
}

fn text_work(text: &Value) -> usize {
    text.as_str().map_or(0, |text| text.len() / BYTES_PER_UNIT)
}

/// Whether two values are equal but for pairs that must be asked about, and those pairs.
pub type Questions = (bool, Vec<(Value, Value)>);

/// `a == b`, but for pairs of objects that decide for themselves: `asks` says which do by their first one. The answer holds
/// if those pairs, which are collected, are equal.
pub fn is_equal_but(
    a: &Value,
    b: &Value,
    asks: &dyn Fn(&Value) -> bool,
    patience: Patience<'_>,
) -> Result<Questions, GaveUp> {
    let mut pairs = Pairs::new(a, b, Some(asks), Some(patience));
    let equal = pairs.compare_all(KEY_DEPTH);
    if pairs.gave_up { Err(GaveUp) } else { Ok((equal, pairs.questions)) }
}

/// Whether two values are one key of a map: they are equal, or both NaN.
#[inline]
pub(super) fn is_same_key(a: &Value, b: &Value) -> bool {
    is_same_key_within(a, b, KEY_DEPTH)
}

pub(super) fn is_same_key_within(a: &Value, b: &Value, depth: u32) -> bool {
    match look(a, b) {
        Look::Equal => true,
        Look::Different => is_nan(a) && is_nan(b),
        Look::Deep => depth > 0 && is_deeply_equal(a, b, depth - 1),
    }
}

fn is_nan(value: &Value) -> bool {
    value.as_float().is_some_and(f64::is_nan)
}

/// The pairs of containers that are still to be compared.
struct Pairs<'a> {
    waiting: Vec<(Value, Value)>,
    met: HashSet<(u64, u64), FixedState>,
    count: usize,
    asks: Option<&'a dyn Fn(&Value) -> bool>,
    questions: Vec<(Value, Value)>,
    patience: Option<Patience<'a>>,
    gave_up: bool,
}

impl<'a> Pairs<'a> {
    fn new(
        a: &Value,
        b: &Value,
        asks: Option<&'a dyn Fn(&Value) -> bool>,
        patience: Option<Patience<'a>>,
    ) -> Pairs<'a> {
        let met = HashSet::with_hasher(FixedState::default());
        let waiting = vec![(a.clone(), b.clone())];
        Pairs { waiting, met, count: 0, asks, questions: Vec::new(), patience, gave_up: false }
    }

    /// Whether some work is to be done.
    fn may_go_on(&mut self, units: usize) -> bool {
        self.gave_up |= self.patience.as_mut().is_some_and(|patience| !patience(units));
        !self.gave_up
    }

    /// Compares the contents of all pairs. False: they differ.
    fn compare_all(&mut self, key_depth: u32) -> bool {
        while let Some((a, b)) = self.waiting.pop() {
            if self.patience.is_some() && !self.may_go_on(size(&a)) {
                return false;
            }
            if !are_contents_equal(&a, &b, key_depth, self) {
                return false;
            }
        }
        true
    }

    /// Compares an entry of one map, whose key the other one does not hold, with the entry there whose key may equal it. Of
    /// several keys with one hash the first is asked about.
    fn compare_entry(&mut self, key: &Value, value: &Value, other: &Map) -> bool {
        if key.tag() != Tag::Instance || !self.asks.is_some_and(|asks| asks(key)) {
            return false;
        }
        let candidates = other.keys_with_hash(hash_value(key));
        let Some(candidate) = candidates.first() else { return false };
        self.questions.push((key.clone(), candidate.clone()));
        other.get(candidate).is_some_and(|other| self.compare(value, &other))
    }

    /// Compares two values, or puts them on the list. False: they differ.
    fn compare(&mut self, a: &Value, b: &Value) -> bool {
        if (a.tag() == Tag::Instance || b.tag() == Tag::Instance)
            && let Some(asks) = self.asks
            && !a.is_same(b)
        {
            // The left one is asked first, as everywhere.
            for (asked, other) in [(a, b), (b, a)] {
                if asked.tag() == Tag::Instance && asks(asked) {
                    self.questions.push((asked.clone(), other.clone()));
                    return true;
                }
            }
        }
        if self.patience.is_some() && is_long_text(a) && is_long_text(b) && !self.may_go_on(text_work(a)) {
            return false;
        }
        match look(a, b) {
            Look::Equal => true,
            Look::Different => false,
            Look::Deep => {
                self.count += 1;
                if self.count <= REMEMBER_AFTER || self.met.insert((a.payload(), b.payload())) {
                    self.waiting.push((a.clone(), b.clone()));
                }
                true
            }
        }
    }
}

#[inline(never)]
fn is_deeply_equal(a: &Value, b: &Value, key_depth: u32) -> bool {
    Pairs::new(a, b, None, None).compare_all(key_depth)
}

/// How many parts a container has.
fn size(container: &Value) -> usize {
    let length = container.as_list().map(|list| list.length());
    let length = length.or_else(|| container.as_fields().map(|fields| fields.length()));
    1 + length.or_else(|| container.as_map().map(|map| map.length())).unwrap_or(0)
}

fn are_contents_equal(a: &Value, b: &Value, key_depth: u32, pairs: &mut Pairs<'_>) -> bool {
    if let (Some(a), Some(b)) = (a.as_list(), b.as_list()) {
        let (a, b) = (a.items(), b.items());
        a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| pairs.compare(a, b))
    } else if let (Some(a), Some(b)) = (a.as_fields(), b.as_fields()) {
        let mut equal = a.length() == b.length();
        if equal {
            a.for_each(|name, value| {
                equal = equal && b.get(name).is_some_and(|other| pairs.compare(value, &other));
            });
        }
        equal
    } else if let (Some(a), Some(b)) = (a.as_map(), b.as_map()) {
        let mut equal = a.length() == b.length() && a.is_set() == b.is_set();
        if equal {
            a.for_each(|key, value| {
                equal = equal
                    && match b.get_within(key, key_depth) {
                        Some(other) => pairs.compare(value, &other),
                        None => pairs.compare_entry(key, value, b),
                    };
            });
        }
        equal
    } else if let (Some(a), Some(b)) = (a.as_node(), b.as_node()) {
        // Null stands for no properties, as an empty record does.
        let is_bare = |props: &Value| props.as_record().is_none_or(|props| props.length() == 0);
        let has_same_props = is_bare(&a.props) && is_bare(&b.props) || pairs.compare(&a.props, &b.props);
        has_same_props && pairs.compare(&a.head, &b.head) && pairs.compare(&a.children, &b.children)
    } else {
        false
    }
}

/// How two values are ordered: numbers by value, strings by code points, booleans, symbols by name, foreign objects as
/// their kind says, lists item by item.
/// None: they have no order.
#[inline]
pub fn compare(a: &Value, b: &Value) -> Option<Ordering> {
    if a.tag() != Tag::List || b.tag() != Tag::List {
        return compare_scalars(a, b);
    }
    compare_lists(a, b, &mut |_| true).unwrap_or(None)
}

/// The same, as long as the patience lasts.
pub fn compare_within(a: &Value, b: &Value, patience: Patience<'_>) -> Result<Option<Ordering>, GaveUp> {
    if a.tag() == Tag::List && b.tag() == Tag::List {
        return compare_lists(a, b, patience);
    }
    if is_long_text(a) && is_long_text(b) && !patience(text_work(a)) {
        return Err(GaveUp);
    }
    Ok(compare_scalars(a, b))
}

/// Two lists that are being compared, and how far the comparison has come.
struct Step {
    a: Value,
    b: Value,
    at: usize,
}

#[inline(never)]
fn compare_lists(a: &Value, b: &Value, patience: Patience<'_>) -> Result<Option<Ordering>, GaveUp> {
    // Outermost first.
    let mut path = vec![Step { a: a.clone(), b: b.clone(), at: 0 }];
    // Pairs of lists that were found equal: lists that share their parts are compared once for each pair, not once for
    // each way that leads to it.
    let mut equal: HashSet<(u64, u64), FixedState> = HashSet::with_hasher(FixedState::default());
    let mut count = 0;
    while let Some(step) = path.last_mut() {
        let (Some(a), Some(b)) = (step.a.as_list(), step.b.as_list()) else { return Ok(None) };
        let (a_item, b_item) = (a.get(step.at), b.get(step.at));
        step.at += 1;
        if !patience(1) {
            return Err(GaveUp);
        }
        match (a_item, b_item) {
            (None, None) => {
                count += 1;
                if count > REMEMBER_AFTER {
                    equal.insert((step.a.payload(), step.b.payload()));
                }
                path.pop();
            }
            (None, Some(_)) => return Ok(Some(Ordering::Less)),
            (Some(_), None) => return Ok(Some(Ordering::Greater)),
            (Some(a), Some(b)) if a.tag() == Tag::List && b.tag() == Tag::List => {
                if equal.contains(&(a.payload(), b.payload())) {
                    continue;
                }
                if path.len() == ORDER_DEPTH {
                    return Ok(None);
                }
                path.push(Step { a, b, at: 0 });
            }
            (Some(a), Some(b)) => {
                if is_long_text(&a) && is_long_text(&b) && !patience(text_work(&a)) {
                    return Err(GaveUp);
                }
                match compare_scalars(&a, &b) {
                    Some(Ordering::Equal) => {}
                    order => return Ok(order),
                }
            }
        }
    }
    Ok(Some(Ordering::Equal))
}

fn compare_scalars(a: &Value, b: &Value) -> Option<Ordering> {
    match (a.tag(), b.tag()) {
        (Tag::Int, Tag::Int) => Some((a.payload() as i64).cmp(&(b.payload() as i64))),
        (Tag::Float, Tag::Float) => a.as_float()?.partial_cmp(&b.as_float()?),
        (Tag::Int, Tag::Float) => compare_int_float(a.as_int()?, b.as_float()?),
        (Tag::Float, Tag::Int) => compare_int_float(b.as_int()?, a.as_float()?).map(Ordering::reverse),
        (Tag::String, Tag::String) if a.payload() == b.payload() => Some(Ordering::Equal),
        (Tag::String, Tag::String) => Some(a.as_str()?.cmp(b.as_str()?)),
        (Tag::Foreign, Tag::Foreign) => {
            let (a, b) = (a.as_foreign()?.object(), b.as_foreign()?.object());
            if a.family() == b.family() { a.compare(b) } else { None }
        }
        (Tag::Bytes, Tag::Bytes) => Some(a.as_bytes()?.cmp(b.as_bytes()?)),
        (Tag::Symbol | Tag::MadeSymbol, Tag::Symbol | Tag::MadeSymbol) => Some(a.symbol_text()?.cmp(b.symbol_text()?)),
        (Tag::False | Tag::True, Tag::False | Tag::True) => Some(a.tag().cmp(&b.tag())),
        _ => None,
    }
}
